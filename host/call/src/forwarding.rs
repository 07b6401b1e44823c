//! What a client has set for the calls that are for it: that it is not to be disturbed, and where they go instead. How a
//! call is sent there is `call/diverting.rs`.

use std::collections::HashMap;

use switchhook_routing::verb::Endpoint;

use crate::codes::Occasion;
use crate::config::Domain;
use crate::core::Core;
use crate::kept::{ForwardWhen, Kept, KeptForward, KeptSettings};
use crate::keys::AddressOfRecord;
use crate::limits;
use crate::output::Output;
use crate::subscriptions::package::Package;

/// Where calls for a client go instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ForwardTo {
    /// A number, as if the client had dialled it: its own dialplan says where it goes.
    Number(String),
    /// A destination.
    Endpoint(Endpoint),
}

impl ForwardTo {
    /// What a client has set: a SIP URI, or a number.
    fn of_text(text: &str) -> ForwardTo {
        if text.starts_with("sip:") || text.starts_with("sips:") {
            ForwardTo::Endpoint(Endpoint::Uri(text.to_owned()))
        } else {
            ForwardTo::Number(text.to_owned())
        }
    }
}

impl std::fmt::Display for ForwardTo {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            ForwardTo::Number(number) => f.write_str(number),
            ForwardTo::Endpoint(Endpoint::Client(name)) => write!(f, "client:{name}"),
            ForwardTo::Endpoint(Endpoint::Trunk(to)) => {
                write!(f, "trunk:{}/{}", to.trunk, to.number)
            }
            ForwardTo::Endpoint(Endpoint::Uri(uri)) => f.write_str(uri),
            ForwardTo::Endpoint(Endpoint::RingGroup(name)) => write!(f, "group:{name}"),
        }
    }
}

/// What a client has set for the calls that are for it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClientSettings {
    /// Its phones are not called: it is busy.
    pub do_not_disturb: bool,
    /// Where all its calls go; its phones are not called.
    pub always: Option<ForwardTo>,
    /// Where they go when it is busy.
    pub busy: Option<ForwardTo>,
    /// Where they go when it does not answer.
    pub no_answer: Option<ForwardTo>,
    /// Where they go when it has no phone that can be reached.
    pub unreachable: Option<ForwardTo>,
    /// After how long it counts as not answering: seconds; `None`: [`limits::FORWARD_SECONDS`]. Only counts with
    /// [`ClientSettings::no_answer`].
    pub seconds: Option<u32>,
}

impl ClientSettings {
    /// Where calls go on this occasion.
    pub fn forward(&self, occasion: Occasion) -> Option<&ForwardTo> {
        match occasion {
            Occasion::Always => self.always.as_ref(),
            Occasion::Busy => self.busy.as_ref(),
            Occasion::NoAnswer => self.no_answer.as_ref(),
            Occasion::Unreachable => self.unreachable.as_ref(),
        }
    }

    /// Sets where calls go on this occasion.
    pub fn set_forward(&mut self, occasion: Occasion, to: Option<ForwardTo>) {
        match occasion {
            Occasion::Always => self.always = to,
            Occasion::Busy => self.busy = to,
            Occasion::NoAnswer => self.no_answer = to,
            Occasion::Unreachable => self.unreachable = to,
        }
    }
}

/// Something that a client sets for itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Change {
    /// That it is not to be disturbed, or is.
    DoNotDisturb(bool),
    /// Where its calls go on this occasion; `None`: nowhere.
    Forward(Occasion, Option<String>),
}

/// What clients have set by themselves; all else is as it is configured.
#[derive(Debug, Default)]
pub(crate) struct Changed(HashMap<AddressOfRecord, KeptSettings>);

impl Changed {
    /// Who has set something.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &AddressOfRecord> {
        self.0.keys()
    }
}

impl Core {
    /// What holds for a client: what it has set, else what it is configured with.
    pub(crate) fn settings_of(&self, client: &AddressOfRecord) -> ClientSettings {
        let domain = self.config.domains.get(&client.domain);
        let configured = domain.and_then(|domain| domain.client(&client.user));
        let mut settings = configured
            .map(|client| client.settings.clone())
            .unwrap_or_default();
        if let Some(kept) = self.changed.0.get(client) {
            settings.do_not_disturb = kept.do_not_disturb.unwrap_or(settings.do_not_disturb);
            for forward in &kept.forwards {
                let to = forward.to.as_deref().map(ForwardTo::of_text);
                settings.set_forward(occasion(forward.when), to);
            }
        }
        settings
    }

    /// Whether a client may have set anything: most have not, and nothing more need be looked up then.
    pub(crate) fn has_settings(&self, domain: &Domain, user: &str) -> bool {
        !self.changed.0.is_empty()
            || (domain.client(user))
                .is_some_and(|client| client.settings != ClientSettings::default())
    }

    /// Whether there is room for what a client sets for itself.
    pub(crate) fn can_set(&self, client: &AddressOfRecord) -> bool {
        let all = &self.changed.0;
        all.len() < limits::CHANGED_CLIENTS || all.contains_key(client)
    }

    /// A client sets something for itself, for good.
    pub(crate) fn change_settings(&mut self, client: &AddressOfRecord, changes: Vec<Change>) {
        if !self.can_set(client) {
            return;
        }
        let kept = self.changed.0.entry(client.clone()).or_default();
        client.domain.clone_into(&mut kept.domain);
        client.user.clone_into(&mut kept.client);
        for change in changes {
            match change {
                Change::DoNotDisturb(on) => kept.do_not_disturb = Some(on),
                Change::Forward(on, to) => {
                    let when = when(on);
                    kept.forwards.retain(|forward| forward.when != when);
                    kept.forwards.push(KeptForward { when, to });
                }
            }
        }
        let kept = kept.clone();
        self.outputs
            .push_back(Output::Keep(Box::new(Kept::Settings(kept))));
        self.subscriptions.touch(client, &[Package::Presence]);
    }

    /// Takes back what a client had set before a restart.
    pub(crate) fn restore_settings(&mut self, kept: KeptSettings) {
        let client = AddressOfRecord {
            domain: kept.domain.clone(),
            user: kept.client.clone(),
        };
        if self.can_set(&client) {
            self.changed.0.insert(client, kept);
        }
    }

    /// Forgets what clients have set for which `known` says no.
    pub(crate) fn retain_settings(&mut self, known: impl Fn(&AddressOfRecord) -> bool) {
        self.changed.0.retain(|client, _| known(client));
    }
}

fn occasion(when: ForwardWhen) -> Occasion {
    match when {
        ForwardWhen::Always => Occasion::Always,
        ForwardWhen::Busy => Occasion::Busy,
        ForwardWhen::NoAnswer => Occasion::NoAnswer,
        ForwardWhen::Unreachable => Occasion::Unreachable,
    }
}

fn when(occasion: Occasion) -> ForwardWhen {
    match occasion {
        Occasion::Always => ForwardWhen::Always,
        Occasion::Busy => ForwardWhen::Busy,
        Occasion::NoAnswer => ForwardWhen::NoAnswer,
        Occasion::Unreachable => ForwardWhen::Unreachable,
    }
}
