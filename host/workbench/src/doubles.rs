//! A directory of clients, agents and queues that a case describes.

use switchhook_routing::directory::{Agent, Queue};
use switchhook_wasm::directory::Directory;

use crate::case::Population;

/// Knows what a case says, whatever the domain.
#[derive(Debug, Clone, Default)]
pub struct Described(pub Population);

impl Directory for Described {
    fn contacts(&self, _domain: &str, client: &str) -> Vec<String> {
        let presence = self.0.clients.get(client);
        presence.map_or_else(Vec::new, |presence| presence.contacts.clone())
    }

    fn active_calls(&self, _domain: &str, client: &str) -> u32 {
        let presence = self.0.clients.get(client);
        presence.map_or(0, |presence| presence.active_calls)
    }

    fn agent(&self, _domain: &str, name: &str) -> Option<Agent> {
        let agents = self.0.agents.iter();
        agents.into_iter().find(|agent| agent.name == name).cloned()
    }

    fn agents(&self, _domain: &str, skill: Option<&str>) -> Vec<Agent> {
        let has = |agent: &&Agent| {
            skill.is_none_or(|skill| agent.skills.iter().any(|known| known == skill))
        };
        self.0.agents.iter().filter(has).cloned().collect()
    }

    fn queue(&self, _domain: &str, name: &str) -> Option<Queue> {
        let queues = self.0.queues.iter();
        queues.into_iter().find(|queue| queue.name == name).cloned()
    }
}
