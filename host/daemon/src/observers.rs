//! Observers: plugins that are told what happens to calls. The loop leaves an event here and goes on.
//!
//! Every call has a mailbox for each of its observers. The events of one mailbox are told in order, one at a time; mailboxes do not
//! wait for each other, but take turns where more of them have something than may be told at once. What waits is bounded:
//! beyond it the oldest events of a call are dropped and counted. Observers use the current version of their plugin.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use switchhook_routing::event::Event;
use switchhook_wasm::plugins::Plugins;
use tokio::runtime::Handle;
use tokio::sync::Notify;
use tokio::time::timeout;

use crate::config::settings::Domain;
use crate::limits;

/// The observers of each domain that has some, by the domain's name.
pub type ByDomain = HashMap<String, Vec<Arc<str>>>;

/// Who observes which domain.
pub fn by_domain(domains: &[Domain]) -> ByDomain {
    let observed = domains.iter().filter(|domain| !domain.observers.is_empty());
    observed
        .map(|domain| {
            let names = domain.observers.iter().map(|name| Arc::from(name.as_str()));
            (domain.name.clone(), names.collect())
        })
        .collect()
}

/// How one observer is.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct ObserverStatus {
    /// Events that wait for it.
    pub waiting: u64,
    /// Events that it was told.
    pub told: u64,
    /// Of them, those that it failed at.
    pub failed: u64,
    /// Events that were dropped because too many waited.
    pub dropped: u64,
}

/// See the module.
pub struct Observers {
    shared: Arc<Shared>,
    runtime: Handle,
}

impl Observers {
    /// Observers that are told on `runtime`.
    pub fn new(plugins: Arc<Plugins>, runtime: Handle, by_domain: ByDomain) -> Observers {
        Observers {
            shared: Arc::new(Shared {
                plugins,
                by_domain: RwLock::new(Arc::new(by_domain)),
                queues: Mutex::default(),
                quiet: Notify::new(),
            }),
            runtime,
        }
    }

    /// Other observers from now on. What waits is still told.
    pub fn configure(&self, by_domain: ByDomain) {
        let mut place = self
            .shared
            .by_domain
            .write()
            .unwrap_or_else(PoisonError::into_inner);
        *place = Arc::new(by_domain);
    }

    /// Leaves an event to be told. Never waits.
    pub fn tell(&self, event: Event) {
        let by_domain = self.shared.by_domain();
        let Some(observers) = by_domain.get(&event.subject.domain) else {
            return;
        };
        let mut queues = self.shared.queues();
        for observer in observers {
            let key = Key {
                observer: Arc::clone(observer),
                call: Arc::from(event.subject.call_id.as_str()),
            };
            queues.push(key, event.clone());
        }
        while let Some((key, event)) = queues.begin() {
            let shared = Arc::clone(&self.shared);
            self.runtime.spawn(shared.tell_on(key, event));
        }
    }

    /// How each observer is that was ever told anything or has anything to be told, by name.
    pub fn status(&self) -> BTreeMap<String, ObserverStatus> {
        let queues = self.shared.queues();
        let status = queues.accounts.iter();
        status
            .map(|(name, status)| (name.to_string(), *status))
            .collect()
    }

    /// Waits until everything was told, at most for so long. False: something was not.
    pub async fn flush(&self, patience: Duration) -> bool {
        let quiet = async {
            loop {
                let changed = self.shared.quiet.notified();
                if self.shared.queues().is_quiet() {
                    return;
                }
                changed.await;
            }
        };
        timeout(patience, quiet).await.is_ok()
    }
}

struct Shared {
    plugins: Arc<Plugins>,
    by_domain: RwLock<Arc<ByDomain>>,
    queues: Mutex<Queues>,
    quiet: Notify,
}

impl Shared {
    fn by_domain(&self) -> Arc<ByDomain> {
        let place = self
            .by_domain
            .read()
            .unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&place)
    }

    fn queues(&self) -> MutexGuard<'_, Queues> {
        self.queues.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells one event, then whatever has waited longest, until nothing waits.
    async fn tell_on(self: Arc<Shared>, key: Key, event: Event) {
        let mut next = Some((key, event));
        while let Some((key, event)) = next {
            let turn = Turn {
                shared: &self,
                key,
                failed: true,
            };
            let told = self.plugins.observe(&turn.key.observer, &event).await;
            if let Err(error) = &told {
                let (plugin, call) = (&*turn.key.observer, &event.subject.call_id);
                tracing::debug!(plugin, call, number = event.sequence, %error, "event not observed");
            }
            turn.end(told.is_err());
            next = self.queues().begin();
        }
    }
}

/// A mailbox whose event is being told. Whatever ends the telling, the mailbox goes on.
struct Turn<'s> {
    shared: &'s Shared,
    key: Key,
    failed: bool,
}

impl Turn<'_> {
    fn end(mut self, failed: bool) {
        self.failed = failed;
    }
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        let mut queues = self.shared.queues();
        queues.end(&self.key, self.failed);
        if queues.is_quiet() {
            self.shared.quiet.notify_waiters();
        }
    }
}

/// An observer and a call.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    observer: Arc<str>,
    call: Arc<str>,
}

/// What waits for one observer about one call. Exists as long as something does or is being told.
#[derive(Debug, Default)]
struct Mailbox {
    waiting: VecDeque<Event>,
    being_told: bool,
}

#[derive(Debug, Default)]
struct Queues {
    mailboxes: HashMap<Key, Mailbox>,
    /// Mailboxes with something in them that is not being told, those first that have waited longest.
    ready: VecDeque<Key>,
    waiting: usize,
    being_told: usize,
    accounts: HashMap<Arc<str>, ObserverStatus>,
}

impl Queues {
    fn push(&mut self, key: Key, event: Event) {
        let waits = self
            .mailboxes
            .get(&key)
            .is_some_and(|mailbox| !mailbox.waiting.is_empty());
        if self.waiting >= limits::WAITING_EVENTS {
            // The oldest of this call, else of the call that has waited longest.
            let victim = if waits {
                Some(&key)
            } else {
                self.ready.front()
            };
            match victim.cloned() {
                Some(victim) => self.drop_oldest(&victim, victim == key),
                None => {
                    self.count_dropped(&key);
                    return;
                }
            }
        }
        self.waiting += 1;
        self.account(&key).waiting += 1;
        let mailbox = self.mailboxes.entry(key.clone()).or_default();
        mailbox.waiting.push_back(event);
        if !waits && !mailbox.being_told {
            self.ready.push_back(key);
        }
    }

    /// `refilled`: another event takes its place at once.
    fn drop_oldest(&mut self, key: &Key, refilled: bool) {
        let Some(mailbox) = self.mailboxes.get_mut(key) else {
            return;
        };
        if mailbox.waiting.pop_front().is_none() {
            return;
        }
        if mailbox.waiting.is_empty() && !mailbox.being_told && !refilled {
            self.mailboxes.remove(key);
            // Not to be refilled: it is the first of those that are ready.
            self.ready.pop_front();
        }
        self.waiting -= 1;
        self.account(key).waiting -= 1;
        self.count_dropped(key);
    }

    fn count_dropped(&mut self, key: &Key) {
        let account = self.account(key);
        account.dropped += 1;
        let dropped = account.dropped;
        if dropped.is_power_of_two() {
            let plugin = &*key.observer;
            tracing::warn!(
                plugin,
                dropped,
                "events are dropped: the observer does not keep up"
            );
        }
    }

    /// The next event to tell, if one more may be told now.
    fn begin(&mut self) -> Option<(Key, Event)> {
        if self.being_told >= limits::OBSERVED_AT_ONCE {
            return None;
        }
        let key = self.ready.pop_front()?;
        let mailbox = self.mailboxes.get_mut(&key)?;
        let event = mailbox.waiting.pop_front()?;
        mailbox.being_told = true;
        self.being_told += 1;
        self.waiting -= 1;
        self.account(&key).waiting -= 1;
        Some((key, event))
    }

    fn end(&mut self, key: &Key, failed: bool) {
        self.being_told -= 1;
        let account = self.account(key);
        account.told += 1;
        account.failed += u64::from(failed);
        if let Entry::Occupied(mut mailbox) = self.mailboxes.entry(key.clone()) {
            mailbox.get_mut().being_told = false;
            if mailbox.get().waiting.is_empty() {
                mailbox.remove();
            } else {
                self.ready.push_back(key.clone());
            }
        }
    }

    fn account(&mut self, key: &Key) -> &mut ObserverStatus {
        self.accounts.entry(Arc::clone(&key.observer)).or_default()
    }

    fn is_quiet(&self) -> bool {
        self.waiting == 0 && self.being_told == 0
    }
}

#[cfg(test)]
#[path = "observers_tests.rs"]
mod tests;
