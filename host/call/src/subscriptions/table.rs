//! The subscriptions there are: who watches whom, until when, and when each is due to be looked at. It sends nothing.

use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};

use crate::call::peer::Peer;
use crate::keys::{AddressOfRecord, Map};
use crate::limits;
use crate::subscriptions::package::Package;

/// Why a subscription ends, as Subscription-State says it (RFC 6665 §4.1.3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    /// It was not refreshed, or was given up.
    Timeout,
    /// The subscriber or what it watches is no more.
    NoResource,
    /// The subscriber is to prove once more who it is.
    Deactivated,
}

impl End {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            End::Timeout => "timeout",
            End::NoResource => "noresource",
            End::Deactivated => "deactivated",
        }
    }
}

/// A subscription: one dialog with one who watches (RFC 6665 §4.5).
#[derive(Debug)]
pub(crate) struct Subscription {
    pub(crate) key: u64,
    pub(crate) peer: Peer,
    pub(crate) package: Package,
    /// The `id` of Event, if it has one.
    pub(crate) id: Option<String>,
    pub(crate) watched: AddressOfRecord,
    pub(crate) subscriber: AddressOfRecord,
    pub(crate) expires_at: Instant,
    /// It is over once this has been told.
    pub(crate) end: Option<End>,
    /// Whether it has been.
    pub(crate) is_over: bool,
    /// Whether a NOTIFY is on its way; the next waits for what comes of it.
    pub(crate) is_sending: bool,
    /// Whether the state may be another than what was told.
    pub(crate) is_stale: bool,
    /// Whether to tell even what was told before.
    pub(crate) must_tell: bool,
    /// No NOTIFY before this.
    pub(crate) not_before: Instant,
    /// The number of the next document, where documents are numbered.
    pub(crate) version: u32,
    /// What was told, to be compared with.
    pub(crate) told: String,
    /// The dialogs that were told as alive.
    pub(crate) alive: Vec<String>,
    scheduled: Option<Instant>,
}

impl Subscription {
    pub(crate) fn new(
        key: u64,
        peer: Peer,
        (package, id): (Package, Option<String>),
        (subscriber, watched): (AddressOfRecord, AddressOfRecord),
        now: Instant,
    ) -> Subscription {
        Subscription {
            key,
            peer,
            package,
            id,
            watched,
            subscriber,
            expires_at: now,
            end: None,
            is_over: false,
            is_sending: false,
            is_stale: true,
            must_tell: true,
            not_before: now,
            version: 0,
            told: String::new(),
            alive: Vec::new(),
            scheduled: None,
        }
    }

    /// How long it lasts from now on; nothing at all: it is over once the state has been told.
    pub(crate) fn prolong(&mut self, now: Instant, seconds: u32) {
        self.expires_at = now + Duration::from_secs(seconds.into());
        if seconds == 0 {
            self.end = Some(End::Timeout);
        }
        // "the notifier … MUST send a NOTIFY immediately" (RFC 6665 §4.2.1.2), the throttle notwithstanding.
        self.is_stale = true;
        self.must_tell = true;
        self.not_before = now;
    }

    fn next(&self) -> Instant {
        if self.is_sending {
            // Whatever comes of the NOTIFY comes from the transaction.
            return self.expires_at + limits::SUBSCRIPTION_GRACE;
        }
        match self.is_stale || self.end.is_some() {
            true => self.not_before.min(self.expires_at),
            false => self.expires_at,
        }
    }
}

/// One who watches, as operators see it.
#[derive(Debug, Clone, Copy)]
pub struct Watcher<'a> {
    /// Who watches.
    pub subscriber: &'a AddressOfRecord,
    /// Who is watched: a client, a mailbox, or what nobody knows.
    pub watched: &'a AddressOfRecord,
    /// What is watched of it.
    pub package: Package,
    /// How long it lasts unless it is refreshed.
    pub left: Duration,
}

/// Why there is no new subscription.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refused {
    /// The subscriber has too many.
    TooMany,
    /// There are too many in all.
    Full,
}

/// All subscriptions.
#[derive(Debug, Default)]
pub(crate) struct Subscriptions {
    all: Map<u64, Box<Subscription>>,
    /// By whom they watch. The names come from the network.
    watched: HashMap<AddressOfRecord, Vec<(Package, u64)>>,
    subscribers: HashMap<AddressOfRecord, usize>,
    due: BTreeSet<(Instant, u64)>,
}

impl Subscriptions {
    /// How many there are.
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether anybody watches anybody: else nothing need be told.
    pub(crate) fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// Whether a subscriber may have one more.
    pub(crate) fn has_room(&self, subscriber: &AddressOfRecord) -> Result<(), Refused> {
        if self.all.len() >= limits::SUBSCRIPTIONS {
            return Err(Refused::Full);
        }
        match self.subscribers.get(subscriber) {
            Some(count) if *count >= limits::SUBSCRIPTIONS_OF_ONE => Err(Refused::TooMany),
            _ => Ok(()),
        }
    }

    pub(crate) fn insert(&mut self, subscription: Box<Subscription>) {
        let watchers = self
            .watched
            .entry(subscription.watched.clone())
            .or_default();
        watchers.push((subscription.package, subscription.key));
        *self
            .subscribers
            .entry(subscription.subscriber.clone())
            .or_insert(0) += 1;
        self.put(subscription);
    }

    /// Takes a subscription out to work on it; then it is put back, or forgotten.
    pub(crate) fn take(&mut self, key: u64) -> Option<Box<Subscription>> {
        self.all.remove(&key)
    }

    pub(crate) fn put(&mut self, mut subscription: Box<Subscription>) {
        let next = Some(subscription.next());
        if next != subscription.scheduled {
            self.unschedule(&subscription);
            if let Some(at) = next {
                self.due.insert((at, subscription.key));
            }
            subscription.scheduled = next;
        }
        self.all.insert(subscription.key, subscription);
    }

    /// A subscription that was taken out is over.
    pub(crate) fn forget(&mut self, subscription: &Subscription) {
        self.unschedule(subscription);
        if let Some(watchers) = self.watched.get_mut(&subscription.watched) {
            watchers.retain(|(_, key)| *key != subscription.key);
            if watchers.is_empty() {
                self.watched.remove(&subscription.watched);
            }
        }
        if let Some(count) = self.subscribers.get_mut(&subscription.subscriber) {
            *count = count.saturating_sub(1);
            if *count == 0 {
                self.subscribers.remove(&subscription.subscriber);
            }
        }
    }

    /// The state of somebody may have changed: whoever watches it is told, as soon as may be.
    pub(crate) fn touch(&mut self, watched: &AddressOfRecord, packages: &[Package]) {
        if self.all.is_empty() {
            return;
        }
        let Some(watchers) = self.watched.get(watched) else {
            return;
        };
        for (package, key) in watchers {
            if !packages.contains(package) {
                continue;
            }
            let Some(subscription) = self.all.get_mut(key) else {
                continue;
            };
            if std::mem::replace(&mut subscription.is_stale, true) {
                continue;
            }
            let next = subscription.next();
            if let Some(before) = subscription.scheduled.replace(next) {
                self.due.remove(&(before, *key));
            }
            self.due.insert((next, *key));
        }
    }

    /// A subscription that is to be looked at.
    pub(crate) fn take_due(&mut self, now: Instant) -> Option<Box<Subscription>> {
        let (at, key) = *self.due.first()?;
        if at > now {
            return None;
        }
        self.due.remove(&(at, key));
        let mut subscription = self.all.remove(&key)?;
        subscription.scheduled = None;
        Some(subscription)
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.due.first().map(|(at, _)| *at)
    }

    /// The subscriptions for which `wanted` says yes.
    pub(crate) fn find(&self, wanted: impl Fn(&Subscription) -> bool) -> Vec<u64> {
        let all = self.all.values().filter(|one| wanted(one));
        let mut keys: Vec<_> = all.map(|one| one.key).collect();
        keys.sort_unstable();
        keys
    }

    /// Every subscription there is.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &Subscription> {
        self.all.values().map(AsRef::as_ref)
    }

    fn unschedule(&mut self, subscription: &Subscription) {
        if let Some(at) = subscription.scheduled {
            self.due.remove(&(at, subscription.key));
        }
    }
}
