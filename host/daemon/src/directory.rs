//! What plugins may read of the switch: who is registered, who has calls. The loop writes it, plugins read it meanwhile.

use dashmap::DashMap;
use switchhook_call::output::ViewChange;

/// The view of all clients.
#[derive(Debug, Default)]
pub struct Directory {
    clients: DashMap<String, Client>,
}

#[derive(Debug, Default)]
struct Client {
    contacts: Vec<String>,
    active_calls: u32,
}

impl Directory {
    /// Writes one change. A client without contacts and calls takes no room.
    pub fn apply(&self, change: ViewChange) {
        let (domain, client) = match &change {
            ViewChange::Contacts { domain, client, .. }
            | ViewChange::ActiveCalls { domain, client, .. } => (domain, client),
        };
        let key = key(domain, client);
        let mut entry = self.clients.entry(key.clone()).or_default();
        match change {
            ViewChange::Contacts { contacts, .. } => entry.contacts = contacts,
            ViewChange::ActiveCalls { count, .. } => entry.active_calls = count,
        }
        let unused = entry.contacts.is_empty() && entry.active_calls == 0;
        drop(entry);
        if unused {
            self.clients.remove(&key);
        }
    }
}

impl switchhook_wasm::directory::Directory for Directory {
    fn contacts(&self, domain: &str, client: &str) -> Vec<String> {
        let found = self.clients.get(&key(domain, client));
        found
            .map(|client| client.contacts.clone())
            .unwrap_or_default()
    }

    fn active_calls(&self, domain: &str, client: &str) -> u32 {
        self.clients
            .get(&key(domain, client))
            .map_or(0, |client| client.active_calls)
    }

    fn registered(&self, domain: &str, client: &str) -> bool {
        let found = self.clients.get(&key(domain, client));
        found.is_some_and(|client| !client.contacts.is_empty())
    }
}

fn key(domain: &str, client: &str) -> String {
    let mut key = String::with_capacity(domain.len() + client.len() + 1);
    key.push_str(client);
    key.push('@');
    key.push_str(domain);
    key
}

#[cfg(test)]
mod tests {
    use switchhook_wasm::directory::Directory as _;

    use super::*;

    #[test]
    fn a_client_without_contacts_and_calls_takes_no_room() {
        let directory = Directory::default();
        let contacts = |contacts: &[&str]| ViewChange::Contacts {
            domain: "example.org".to_owned(),
            client: "1001".to_owned(),
            contacts: contacts.iter().map(|&contact| contact.to_owned()).collect(),
        };
        let calls = |count| ViewChange::ActiveCalls {
            domain: "example.org".to_owned(),
            client: "1001".to_owned(),
            count,
        };
        directory.apply(contacts(&["sip:1001@192.0.2.1"]));
        directory.apply(calls(2));
        assert!(directory.registered("example.org", "1001"));
        assert!(!directory.registered("example.com", "1001"));
        assert_eq!(directory.active_calls("example.org", "1001"), 2);
        directory.apply(contacts(&[]));
        assert!(!directory.registered("example.org", "1001"));
        assert_eq!(directory.active_calls("example.org", "1001"), 2);
        directory.apply(calls(0));
        assert!(directory.clients.is_empty());
    }
}
