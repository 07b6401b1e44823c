//! How the calls of a domain are conducted where SIP leaves a choice: reliable provisional responses, session timers.
//! Plain values.

use std::collections::HashMap;

use switchhook_routing::call::Origin;
use switchhook_sip::session_timer::Terms;

/// Whether provisional responses are exchanged reliably with somebody (RFC 3262).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reliability {
    /// Never: the extension is neither offered nor used.
    Off,
    /// Where the other side supports it.
    #[default]
    Supported,
    /// Always: who calls without it is refused with 421, and whoever is called is required to have it.
    Required,
}

/// How the calls of a domain are conducted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DialogRules {
    /// With whoever is not named in the next two.
    pub reliability: Reliability,
    /// With clients, by username.
    pub clients: HashMap<String, Reliability>,
    /// With trunks, by name.
    pub trunks: HashMap<String, Reliability>,
    /// The session timers that are asked for and accepted (RFC 4028); `None`: none.
    pub session_timer: Option<Terms>,
}

impl Default for DialogRules {
    fn default() -> DialogRules {
        DialogRules {
            reliability: Reliability::default(),
            clients: HashMap::new(),
            trunks: HashMap::new(),
            session_timer: Some(Terms {
                seconds: 1800,
                min_seconds: 90,
            }),
        }
    }
}

impl DialogRules {
    /// What holds for whoever calls.
    pub(crate) fn reliability_of(&self, origin: &Origin) -> Reliability {
        match origin {
            Origin::Client(user) => self.reliability_of_client(user),
            Origin::Trunk(name) => self.reliability_of_trunk(name),
            Origin::Api => self.reliability,
        }
    }

    /// What holds for a client.
    pub(crate) fn reliability_of_client(&self, user: &str) -> Reliability {
        self.clients.get(user).copied().unwrap_or(self.reliability)
    }

    /// What holds for a trunk.
    pub(crate) fn reliability_of_trunk(&self, name: &str) -> Reliability {
        self.trunks.get(name).copied().unwrap_or(self.reliability)
    }
}
