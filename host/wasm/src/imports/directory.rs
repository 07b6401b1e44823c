//! What the switch knows of the clients, agents and queues in the domain of the call.

use switchhook_routing::directory::{Agent, AgentStatus, Queue};

use crate::contract::v0_2::directory as wit;
use crate::limits;
use crate::recording::{shown, shown_option};
use crate::store::Host;

const INTERFACE: &str = "directory";

impl wit::Host for Host {
    fn registered(&mut self, client: String) -> bool {
        let noting = self.note(INTERFACE, "registered", || shown(&client));
        let registered = self.core.shared.directory.registered(&self.domain, &client);
        self.noted(noting, || registered.to_string());
        registered
    }

    fn contacts(&mut self, client: String) -> Vec<String> {
        let noting = self.note(INTERFACE, "contacts", || shown(&client));
        let contacts = self.core.shared.directory.contacts(&self.domain, &client);
        self.noted(noting, || shown(&contacts.join(", ")));
        contacts
    }

    fn active_calls(&mut self, client: String) -> u32 {
        let noting = self.note(INTERFACE, "active-calls", || shown(&client));
        let directory = &self.core.shared.directory;
        let calls = directory.active_calls(&self.domain, &client);
        self.noted(noting, || calls.to_string());
        calls
    }

    fn find_agent(&mut self, name: String) -> Option<wit::Agent> {
        let noting = self.note(INTERFACE, "find-agent", || shown(&name));
        let agent = self.core.shared.directory.agent(&self.domain, &name);
        self.noted(noting, || format!("{agent:?}"));
        agent.map(self::agent)
    }

    fn agents(&mut self, skill: Option<String>) -> Vec<wit::Agent> {
        let noting = self.note(INTERFACE, "agents", || shown_option(skill.as_deref()));
        let directory = &self.core.shared.directory;
        let mut agents = directory.agents(&self.domain, skill.as_deref());
        agents.truncate(limits::AGENTS);
        self.noted(noting, || format!("{} agents", agents.len()));
        agents.into_iter().map(agent).collect()
    }

    fn find_queue(&mut self, name: String) -> Option<wit::Queue> {
        let noting = self.note(INTERFACE, "find-queue", || shown(&name));
        let queue = self.core.shared.directory.queue(&self.domain, &name);
        self.noted(noting, || format!("{queue:?}"));
        queue.map(self::queue)
    }
}

fn agent(agent: Agent) -> wit::Agent {
    wit::Agent {
        name: agent.name,
        client: agent.client,
        status: match agent.status {
            AgentStatus::Available => wit::AgentStatus::Available,
            AgentStatus::Busy => wit::AgentStatus::Busy,
            AgentStatus::Away => wit::AgentStatus::Away,
            AgentStatus::Offline => wit::AgentStatus::Offline,
        },
        since: agent.since,
        skills: agent.skills,
    }
}

fn queue(queue: Queue) -> wit::Queue {
    wit::Queue {
        name: queue.name,
        waiting: queue.waiting,
        longest_wait_seconds: queue.longest_wait_seconds,
        agents_available: queue.agents_available,
    }
}
