//! What a client has set for the calls that are for it: that it is not to be disturbed, and where they go instead. How a
//! call is sent there is `call/diverting.rs`.

use std::collections::HashMap;

use switchhook_routing::verb::Endpoint;

use crate::codes::Occasion;
use crate::core::Core;
use crate::keys::AddressOfRecord;
use crate::limits;
use crate::subscriptions::package::Package;

/// Where calls for a client go instead.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ForwardTo {
    /// A number, as if the client had dialled it: its own dialplan says where it goes.
    Number(String),
    /// A destination.
    Endpoint(Endpoint),
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
    /// After how long it counts as not answering: seconds; `None`: as long as the call may ring anyway. Only counts with
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

/// What clients have set by themselves; those that have not are as they are configured.
#[derive(Debug, Default)]
pub(crate) struct Changed(HashMap<AddressOfRecord, ClientSettings>);

impl Changed {
    /// What was set, and by whom.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&AddressOfRecord, &ClientSettings)> {
        self.0.iter()
    }
}

impl Core {
    /// What holds for a client: what it has set, else what it is configured with.
    pub(crate) fn settings_of(&self, client: &AddressOfRecord) -> ClientSettings {
        if let Some(settings) = self.changed.0.get(client) {
            return settings.clone();
        }
        let domain = self.config.domains.get(&client.domain);
        let configured = domain.and_then(|domain| domain.client(&client.user));
        configured
            .map(|client| client.settings.clone())
            .unwrap_or_default()
    }

    /// Whether there is room for what a client sets for itself.
    pub(crate) fn can_set(&self, client: &AddressOfRecord) -> bool {
        let all = &self.changed.0;
        all.len() < limits::CHANGED_CLIENTS || all.contains_key(client)
    }

    /// A client sets something for itself.
    pub(crate) fn set_settings(&mut self, client: &AddressOfRecord, settings: ClientSettings) {
        if self.can_set(client) {
            self.changed.0.insert(client.clone(), settings);
            self.subscriptions.touch(client, &[Package::Presence]);
        }
    }

    /// Forgets what clients have set for which `known` says no.
    pub(crate) fn retain_settings(&mut self, known: impl Fn(&AddressOfRecord) -> bool) {
        self.changed.0.retain(|client, _| known(client));
    }
}
