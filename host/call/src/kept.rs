//! What must survive a restart: bindings, what clients have set for themselves, what they have used up. The exchange puts
//! each piece out whenever it changes ([`Output::Keep`]) and takes all of them back once, before anything else
//! ([`Input::Restore`]). Where they lie meanwhile (a file, a database) is not known here.
//!
//! [`Output::Keep`]: crate::output::Output::Keep
//! [`Input::Restore`]: crate::input::Input::Restore

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use switchhook_routing::registration::Grant;
use switchhook_sip::flow::{Flow, Transport};

use crate::core::Core;
use crate::date::Day;

/// One piece. The latest with the same [`Kept::key`] is the one that counts.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(tag = "kept", rename_all = "kebab-case")
)]
pub enum Kept {
    /// The contacts of a client.
    Bindings(KeptBindings),
    /// What a client has set for itself.
    Settings(KeptSettings),
    /// What a client has used up of its minutes.
    Usage(KeptUsage),
}

/// What tells pieces apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct KeptKey<'a> {
    /// Of what it is: `bindings`, `settings`, `usage`.
    pub kind: &'static str,
    /// The domain's name, in lower case.
    pub domain: &'a str,
    /// The client's username.
    pub client: &'a str,
}

/// All contacts of a client that outlive a restart.
#[derive(Debug, Clone, PartialEq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct KeptBindings {
    /// The domain's name, in lower case.
    pub domain: String,
    /// The client's username.
    pub client: String,
    /// The contacts; none: it is not registered.
    pub bindings: Vec<KeptBinding>,
    /// What its gatekeeper has granted it. It may hold a password.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub grant: Option<Arc<Grant>>,
}

/// A contact that outlives a restart: one of datagrams, or one that a new connection can be made to (it is behind a proxy, or
/// names a TCP port of the address that it registered from). All others are reached by their connection and nothing else; the
/// restart closes it, and a binding whose flow has failed is gone (RFC 5626 §5.3): callers would wait for nothing.
#[derive(Debug, Clone, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct KeptBinding {
    /// What was registered.
    pub contact: Arc<Contact>,
    /// The transport that it was registered over, as [`Transport::as_str`] has it.
    pub transport: String,
    /// The address that our socket was bound to.
    pub bound: SocketAddr,
    /// Where the registration came from.
    pub peer: SocketAddr,
    /// When it ends: milliseconds since the Unix epoch.
    pub expires_at: u64,
    /// The number of the REGISTER that it was refreshed by.
    pub cseq: u32,
}

impl KeptBinding {
    pub(crate) fn transport(&self) -> Option<Transport> {
        Transport::parse(&self.transport)
    }
}

/// A contact as it was registered: all that a refresh does not change.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(default)
)]
pub struct Contact {
    /// The URI.
    pub uri: Box<str>,
    /// `+sip.instance`: the device (RFC 5626 §4.1); empty if it names none.
    pub instance: Box<str>,
    /// `reg-id`: which of the device's flows (RFC 5626 §4.2); 0 if it names none.
    pub reg_id: u32,
    /// The preference, in thousandths.
    pub q: u16,
    /// Values of Path (RFC 3327), the proxy next to us first.
    pub path: Box<[Box<str>]>,
    /// Whether it was registered through a proxy: what else comes from there need not be its own.
    pub proxied: bool,
    /// The Call-ID of the registration.
    pub call_id: Box<str>,
    /// What the device calls itself (User-Agent).
    pub user_agent: Arc<str>,
}

/// A contact as it is now.
#[derive(Debug, Clone, PartialEq)]
pub struct Registered {
    /// The client's username.
    pub client: String,
    /// What was registered.
    pub contact: Arc<Contact>,
    /// Where the registration came from.
    pub flow: Flow,
    /// For how long it is good yet.
    pub left: Duration,
}

impl Default for Contact {
    fn default() -> Contact {
        Contact {
            uri: Box::default(),
            instance: Box::default(),
            reg_id: 0,
            q: 1000,
            path: Box::default(),
            proxied: false,
            call_id: Box::default(),
            user_agent: Arc::from(""),
        }
    }
}

/// What a client has set for itself, by its phone's codes for example. It goes before the configuration.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct KeptSettings {
    /// The domain's name, in lower case.
    pub domain: String,
    /// The client's username.
    pub client: String,
    /// Whether it wants no calls; `None`: as it is configured.
    pub do_not_disturb: Option<bool>,
    /// Where its calls go instead, one for each occasion that it has set.
    pub forwards: Vec<KeptForward>,
}

/// How long a client has talked in calls that it made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct KeptUsage {
    /// The domain's name, in lower case.
    pub domain: String,
    /// The client's username.
    pub client: String,
    /// The day (UTC) that it is of: its year,
    pub year: u64,
    /// its month, from 1,
    pub month: u8,
    /// and its number in the month, from 1.
    pub day: u8,
    /// On that day.
    pub milliseconds_of_day: u64,
    /// In that month until then.
    pub milliseconds_of_month: u64,
}

/// Where calls go on an occasion.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct KeptForward {
    /// On which occasion.
    pub when: ForwardWhen,
    /// The number or URI; `None`: nowhere, although it is configured.
    pub to: Option<String>,
}

/// When a call is forwarded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum ForwardWhen {
    /// At once.
    Always,
    /// When the client is busy.
    Busy,
    /// When it does not answer in time.
    NoAnswer,
    /// When it is not registered, or cannot be reached.
    Unreachable,
}

impl Kept {
    /// What tells it from others.
    pub fn key(&self) -> KeptKey<'_> {
        let (kind, domain, client) = match self {
            Kept::Bindings(kept) => ("bindings", &kept.domain, &kept.client),
            Kept::Settings(kept) => ("settings", &kept.domain, &kept.client),
            Kept::Usage(kept) => ("usage", &kept.domain, &kept.client),
        };
        KeptKey {
            kind,
            domain,
            client,
        }
    }

    /// Whether it says no more than its absence does. `now`: milliseconds since the Unix epoch.
    pub fn is_void(&self, now: u64) -> bool {
        match self {
            Kept::Bindings(kept) => kept.bindings.iter().all(|b| b.expires_at <= now),
            Kept::Settings(kept) => kept.do_not_disturb.is_none() && kept.forwards.is_empty(),
            Kept::Usage(kept) => {
                let today = Day::of(now);
                (kept.year, kept.month) != (today.year, today.month)
            }
        }
    }
}

/// Takes back what was kept. What is not of a domain and a client of this exchange's configuration is passed over: an
/// exchange may be given everything and takes what is its own.
pub(crate) fn restore(core: &mut Core, all: Vec<Kept>) {
    for kept in all {
        let KeptKey { domain, client, .. } = kept.key();
        let domain = core.config.domains.get(domain);
        if domain.is_none_or(|domain| domain.client(client).is_none()) {
            continue;
        }
        match kept {
            Kept::Bindings(kept) => crate::restoring::restore(core, kept),
            Kept::Usage(kept) => crate::allowance::restore(core, kept),
            Kept::Settings(kept) => core.restore_settings(kept),
        }
    }
}
