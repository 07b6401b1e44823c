//! What the switch knows of the clients, agents and queues in the domain of the call, as it is at this moment.

use crate::backend;

pub use switchhook_routing::directory::{Agent, AgentStatus, Queue};

/// Whether a client has at least one contact.
pub fn registered(client: &str) -> bool {
    backend::registered(client)
}

/// The contacts of a client, as SIP URIs, most recent first; empty if it is not registered.
pub fn contacts(client: &str) -> Vec<String> {
    backend::contacts(client)
}

/// How many calls a client takes part in, ringing ones included.
pub fn active_calls(client: &str) -> u32 {
    backend::active_calls(client)
}

/// An agent by name; `None` if the domain has none of that name.
pub fn agent(name: &str) -> Option<Agent> {
    backend::find_agent(name)
}

/// The agents of the domain, at most 1,000; those with a skill if one is given.
pub fn agents(skill: Option<&str>) -> Vec<Agent> {
    backend::agents(skill)
}

/// A queue by name; `None` if the domain has none of that name.
pub fn queue(name: &str) -> Option<Queue> {
    backend::find_queue(name)
}
