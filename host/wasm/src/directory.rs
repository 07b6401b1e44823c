//! What plugins may read of the switch's clients, agents and queues; the switch implements it over its concurrent view.

use switchhook_routing::directory::{Agent, Queue};

/// The clients of the switch's domains, read as they are at that moment.
///
/// Called from the middle of a decision: it must not block.
pub trait Directory: Send + Sync {
    /// The contacts that a client has registered now, as SIP URIs, most recent first.
    fn contacts(&self, domain: &str, client: &str) -> Vec<String>;

    /// How many calls a client takes part in now, ringing ones included.
    fn active_calls(&self, domain: &str, client: &str) -> u32;

    /// Whether a client has at least one contact now.
    fn registered(&self, domain: &str, client: &str) -> bool {
        !self.contacts(domain, client).is_empty()
    }

    /// An agent of the domain by its name; none unless the switch has agents.
    fn agent(&self, _domain: &str, _name: &str) -> Option<Agent> {
        None
    }

    /// The agents of the domain, those with a skill if one is given. A plugin sees at most
    /// [`limits::AGENTS`](crate::limits::AGENTS) of them.
    fn agents(&self, _domain: &str, _skill: Option<&str>) -> Vec<Agent> {
        Vec::new()
    }

    /// A queue of the domain by its name; none unless the switch has queues.
    fn queue(&self, _domain: &str, _name: &str) -> Option<Queue> {
        None
    }
}

/// A directory without clients: for trying plugins outside of a switch.
#[derive(Debug, Clone, Copy, Default)]
pub struct EmptyDirectory;

impl Directory for EmptyDirectory {
    fn contacts(&self, _domain: &str, _client: &str) -> Vec<String> {
        Vec::new()
    }

    fn active_calls(&self, _domain: &str, _client: &str) -> u32 {
        0
    }
}
