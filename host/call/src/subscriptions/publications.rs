//! What clients have published about themselves (RFC 3903): documents with a tag each, until they expire. Who may publish
//! is decided before.

use std::collections::{BTreeSet, HashMap};
use std::time::Instant;

use bytes::Bytes;

use crate::keys::{AddressOfRecord, Map};
use crate::limits;
use crate::subscriptions::mailbox::Mailbox;
use crate::subscriptions::package::Package;

/// What was published.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum State {
    /// A presence document, kept as it came.
    Presence(Bytes),
    /// How many messages wait.
    Messages(Mailbox),
}

impl State {
    pub(crate) fn package(&self) -> Package {
        match self {
            State::Presence(_) => Package::Presence,
            State::Messages(_) => Package::MessageSummary,
        }
    }
}

#[derive(Debug)]
struct Publication {
    etag: String,
    client: AddressOfRecord,
    state: State,
    expires_at: Instant,
}

/// All publications.
#[derive(Debug, Default)]
pub(crate) struct Publications {
    all: Map<u64, Publication>,
    /// Those of a client, the latest last.
    clients: HashMap<AddressOfRecord, Vec<u64>>,
    due: BTreeSet<(Instant, u64)>,
}

impl Publications {
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether a client may publish one more document.
    pub(crate) fn has_room(&self, client: &AddressOfRecord) -> bool {
        let own = self.clients.get(client).map_or(0, Vec::len);
        own < limits::PUBLICATIONS_OF_ONE && self.all.len() < limits::PUBLICATIONS
    }

    /// The document of a client that says whether it can be reached, and its tag.
    pub(crate) fn presence(&self, client: &AddressOfRecord) -> Option<(&str, &Bytes)> {
        self.latest(client, |one| match &one.state {
            State::Presence(body) => Some((one.etag.as_str(), body)),
            State::Messages(_) => None,
        })
    }

    /// How many messages were published to wait for a client.
    pub(crate) fn messages(&self, client: &AddressOfRecord) -> Option<Mailbox> {
        self.latest(client, |one| match one.state {
            State::Messages(mailbox) => Some(mailbox),
            State::Presence(_) => None,
        })
    }

    /// The publication of that tag.
    pub(crate) fn find(
        &self,
        client: &AddressOfRecord,
        package: Package,
        etag: &str,
    ) -> Option<u64> {
        let own = self.clients.get(client)?;
        own.iter().copied().find(|key| {
            let found = self.all.get(key);
            found.is_some_and(|one| one.etag == etag && one.state.package() == package)
        })
    }

    /// Publishes something under a new name.
    pub(crate) fn insert(
        &mut self,
        key: u64,
        client: &AddressOfRecord,
        state: State,
        (etag, expires_at): (String, Instant),
    ) {
        self.clients.entry(client.clone()).or_default().push(key);
        self.due.insert((expires_at, key));
        let publication = Publication {
            etag,
            client: client.clone(),
            state,
            expires_at,
        };
        self.all.insert(key, publication);
    }

    /// Gives what was published another tag and another end, and another content if there is one.
    pub(crate) fn renew(
        &mut self,
        key: u64,
        state: Option<State>,
        (etag, expires_at): (String, Instant),
    ) {
        let Some(publication) = self.all.get_mut(&key) else {
            return;
        };
        self.due.remove(&(publication.expires_at, key));
        self.due.insert((expires_at, key));
        publication.etag = etag;
        publication.expires_at = expires_at;
        if let Some(state) = state {
            publication.state = state;
        }
    }

    /// Removes a publication.
    pub(crate) fn remove(&mut self, key: u64) -> Option<(AddressOfRecord, Package)> {
        let publication = self.all.remove(&key)?;
        self.due.remove(&(publication.expires_at, key));
        let client = publication.client;
        if let Some(own) = self.clients.get_mut(&client) {
            own.retain(|other| *other != key);
            if own.is_empty() {
                self.clients.remove(&client);
            }
        }
        Some((client, publication.state.package()))
    }

    /// Removes one that has expired and says whose it was.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<(AddressOfRecord, Package)> {
        let (at, key) = *self.due.first()?;
        if at > now {
            return None;
        }
        self.due.remove(&(at, key));
        self.remove(key)
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.due.first().map(|(at, _)| *at)
    }

    /// Removes what clients published for which `known` says no.
    pub(crate) fn retain_clients(&mut self, known: impl Fn(&AddressOfRecord) -> bool) {
        let unknown = self.clients.iter().filter(|(client, _)| !known(client));
        let keys: Vec<u64> = unknown.flat_map(|(_, keys)| keys).copied().collect();
        for key in keys {
            self.remove(key);
        }
    }

    fn latest<'p, T>(
        &'p self,
        client: &AddressOfRecord,
        wanted: impl Fn(&'p Publication) -> Option<T>,
    ) -> Option<T> {
        let own = self.clients.get(client)?;
        let mut publications = own.iter().rev().filter_map(|key| self.all.get(key));
        publications.find_map(wanted)
    }
}
