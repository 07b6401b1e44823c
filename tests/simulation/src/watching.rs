//! Those who watch in a seed's world: two clients whose lamps follow the calls of others and the messages of their own
//! mailboxes, and who send messages. All drawn from the seed, apart from what people do.

use std::sync::Arc;
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use switchhook_call::config::{Client, Config};
use switchhook_call::input::{Command, Input};
use switchhook_call::keys::AddressOfRecord;
use switchhook_call::subscriptions::mailbox::Mailbox;
use switchhook_sip::digest::Ha1;

use crate::handset::DOMAIN;
use crate::watcher::{Deed, Usage, Watcher};
use crate::world::World;

/// Their names.
pub const WATCHERS: [&str; 2] = ["lamp", "panel"];
/// The longest that a subscription lasts: seconds.
const LONGEST: u32 = 1_800;
/// How long after the end of everything the last lamp is out: two transactions that nobody answers, and what follows.
const SETTLE: Duration = Duration::from_secs(150);

/// What a seed has drawn of them.
pub struct Watching {
    rng: SmallRng,
    /// How many messages were set last in the mailbox of the first.
    set: u32,
}

/// What they saw.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct WatchTally {
    /// NOTIFYs that they got.
    pub notified: u64,
    /// How many of them said that somebody talks.
    pub lit: u64,
    /// Messages that they sent and somebody took.
    pub delivered: u64,
    /// Requests of theirs that nobody answered.
    pub unanswered: u64,
}

impl WatchTally {
    /// That of a world.
    #[must_use]
    pub fn of(world: &World) -> WatchTally {
        let mut tally = WatchTally::default();
        for watcher in &world.watchers {
            tally.notified += watcher.notified;
            tally.lit += watcher.lit;
            tally.delivered += watcher.messages.1;
            tally.unanswered += watcher.unanswered;
        }
        tally
    }

    /// Adds those of another world.
    pub fn add(&mut self, other: &WatchTally) {
        self.notified += other.notified;
        self.lit += other.lit;
        self.delivered += other.delivered;
        self.unanswered += other.unanswered;
    }
}

impl Watching {
    /// What a seed draws; `None`: nobody watches in its world.
    #[must_use]
    pub fn new(seed: u64) -> Option<Watching> {
        let mut rng = SmallRng::seed_from_u64(seed ^ 0x6c61_6d70);
        rng.random_ratio(1, 3).then_some(Watching { rng, set: 0 })
    }

    /// The same configuration with them as clients.
    #[must_use]
    pub fn configure(&self, config: &Config) -> Arc<Config> {
        let mut config = config.clone();
        if let Some(domain) = config.domains.get_mut(DOMAIN) {
            for name in WATCHERS {
                let client = Client {
                    username: name.to_owned(),
                    ha1: Some(Ha1::from_password(name, DOMAIN, name)),
                    ..Client::default()
                };
                domain.clients.insert(name.to_owned(), client);
            }
        }
        Arc::new(config)
    }

    /// They move in, and it is planned what they do. Calls begin at `first` and within `season`.
    pub fn populate(
        &mut self,
        world: &mut World,
        people: &[&str],
        first: Duration,
        season: Duration,
    ) {
        let switch = world.switch_address();
        for (index, name) in WATCHERS.into_iter().enumerate() {
            let seed = self.rng.random();
            world
                .watchers
                .push(Watcher::new(name, index as u8 + 1, switch, seed));
            world.plan_deed(self.span(first / 2), index, Deed::Register);
            for _ in 0..self.rng.random_range(1..=3) {
                let whom = people[self.rng.random_range(0..people.len())];
                let seconds = self.length();
                let at = self.span(first);
                world.plan_deed(at, index, Deed::Watch(whom.to_owned(), seconds));
            }
            let seconds = self.length();
            world.plan_deed(self.span(first), index, Deed::WatchMailbox(seconds));
            for _ in 0..self.rng.random_range(0..4) {
                let other = [people[0], WATCHERS[0], WATCHERS[1], "nobody"];
                let whom = other[self.rng.random_range(0..other.len())];
                let at = first + self.span(season);
                world.plan_deed(at, index, Deed::Send(whom.to_owned()));
            }
        }
        let mut at = first;
        for _ in 0..self.rng.random_range(0..6) {
            // A publication has its answer, or never gets one, before the next.
            at += Duration::from_secs(40) + self.span(Duration::from_secs(10));
            let new = self.rng.random_range(0..4);
            world.plan_deed(at, 1, Deed::Publish(new));
            self.set = self.rng.random_range(0..4);
            let command = Command::Mailbox {
                mailbox: address(WATCHERS[0]),
                counts: Mailbox {
                    new: self.set,
                    ..Mailbox::default()
                },
            };
            world.plan_input(at, Input::Command(command));
        }
    }

    /// How long a subscription lasts: a short one is refreshed, and told everything again; a long one is told what changes.
    fn length(&mut self) -> u32 {
        match self.rng.random_ratio(1, 2) {
            true => self.rng.random_range(60..=300),
            false => LONGEST,
        }
    }

    fn span(&mut self, most: Duration) -> Duration {
        Duration::from_micros(self.rng.random_range(0..=most.as_micros() as u64))
    }

    /// What is broken after all calls. Time passes: the subscriptions end.
    pub fn check(&self, world: &mut World, lossless: bool) -> Vec<String> {
        world.run_for(SETTLE);
        let mut broken = Vec::new();
        for watcher in &world.watchers {
            broken.extend(watcher.complaints.iter().cloned());
            if lossless && watcher.unanswered > 0 {
                broken.push(format!("nobody answered {}", watcher.name));
            }
            for usage in &watcher.usages {
                let complaint = self.complaint(world, watcher, usage, lossless);
                let name = &watcher.name;
                broken.extend(complaint.map(|says| format!("{name}: {says}: {usage:?}")));
            }
        }
        for watcher in 0..world.watchers.len() {
            world.plan_deed(world.elapsed(), watcher, Deed::Leave);
        }
        let end = world.now + SETTLE + Duration::from_secs(LONGEST.into());
        world.run_for(SETTLE);
        while !lossless && world.exchange.subscriptions() > 0 && world.now < end {
            world.run_for(SETTLE);
        }
        let left = world.exchange.subscriptions();
        if left > 0 {
            broken.push(format!("{left} subscriptions are left"));
        }
        broken
    }

    fn complaint(
        &self,
        world: &World,
        watcher: &Watcher,
        usage: &Usage,
        lossless: bool,
    ) -> Option<String> {
        let lives = world.exchange.watchers().any(|one| {
            one.subscriber.user == watcher.name
                && one.watched.user == usage.whom
                && one.package.as_str() == usage.package
        });
        if !lives {
            return lossless.then(|| "a subscription is lost".to_owned());
        }
        usage.until.filter(|until| *until > world.now)?;
        let Some(told) = &usage.told else {
            return Some("it was told nothing".to_owned());
        };
        // A restart forgets subscriptions, which watchers begin anew when they refresh, and how many messages wait.
        (world.seen.restarts == 0).then_some(())?;
        if usage.package == "dialog" {
            let states = ["trying", "early", "confirmed"];
            let on = |state: &&str| told.contains(&format!("<state>{state}</state>"));
            let lit = states.iter().find(|state| on(state));
            return lit.map(|state| format!("the lamp still says {state}"));
        }
        let expected = match watcher.name == WATCHERS[0] {
            true => self.set,
            false => watcher.published?,
        };
        let says = told.contains(&format!("Voice-Message: {expected}/0 "));
        (!says).then(|| format!("it should say that {expected} messages wait"))
    }
}

fn address(user: &str) -> AddressOfRecord {
    AddressOfRecord {
        domain: DOMAIN.to_owned(),
        user: user.to_owned(),
    }
}
