//! The trunks of an exchange and how they are: each has its registration, its hosts, its calls. What moves them is `running`'s.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::time::{Duration, Instant};

use switchhook_sip::flow::Transport;
use switchhook_sip::transaction::ClientTransaction;

use crate::config::trunks::{Place, Trunk};
use crate::core::Core;
use crate::keys::{Lookup, Map, Owner};
use crate::names::bracketed;
use crate::trunks::enrolment::Enrolment;
use crate::trunks::load::{Channel, Direction, Excess, Load};
use crate::trunks::status::RegistrationState;
use crate::trunks::watch::Watch;

/// A trunk, by a number that no other one of the exchange has had.
pub(crate) type TrunkId = u32;

/// A part of a trunk that does something of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Task {
    /// Its registration.
    Enrolment(TrunkId),
    /// Its host of this place.
    Watch(TrunkId, usize),
}

impl Task {
    pub(crate) fn trunk(self) -> TrunkId {
        match self {
            Task::Enrolment(id) | Task::Watch(id, _) => id,
        }
    }
}

/// The trunks of an exchange.
#[derive(Debug, Default)]
pub(crate) struct Trunks {
    /// By domain and name.
    pub(crate) names: HashMap<String, HashMap<String, TrunkId>>,
    pub(crate) states: BTreeMap<TrunkId, State>,
    pub(crate) deadlines: BTreeSet<(Instant, Task)>,
    /// The deadline of each task among those.
    pub(crate) set: BTreeMap<Task, Instant>,
    pub(crate) requests: Map<ClientTransaction, Task>,
    pub(crate) lookups: Map<Lookup, Task>,
    pub(crate) last: TrunkId,
    pub(crate) leaving: bool,
}

/// A trunk and how it is.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) domain: String,
    /// What is configured of it; what it was, if it is no longer there and its contact is taken back.
    pub(crate) trunk: Trunk,
    pub(crate) load: Load,
    pub(crate) enrolment: Option<Enrolment>,
    /// The transaction of its last REGISTER.
    pub(crate) asked: Option<ClientTransaction>,
    pub(crate) hosts: Vec<Host>,
    pub(crate) failed_over: u64,
    pub(crate) is_gone: bool,
}

/// A host of a trunk.
#[derive(Debug)]
pub(crate) struct Host {
    pub(crate) place: Place,
    pub(crate) watch: Watch,
    /// The transaction of the OPTIONS that is under way.
    pub(crate) asked: Option<ClientTransaction>,
}

impl Trunks {
    /// How many answers are awaited, of hosts and of resolvers.
    pub(crate) fn asked(&self) -> usize {
        self.requests.len() + self.lookups.len()
    }

    /// When [`due`] is to be called.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.deadlines.first().map(|(at, _)| *at)
    }

    /// Whether anything is to be waited for before the exchange may end: a contact that is being taken back.
    pub(crate) fn is_leaving(&self) -> bool {
        let mut enrolments = self.states.values().filter_map(|s| s.enrolment.as_ref());
        self.leaving && enrolments.any(|enrolment| !enrolment.is_over())
    }

    /// A channel for one more call, if there may be one more. `Ok(None)`: the trunk is no longer configured.
    pub(crate) fn take(
        &mut self,
        now: Instant,
        domain: &str,
        trunk: &str,
        direction: Direction,
    ) -> Result<Option<Channel>, Excess> {
        let Some(state) = self.state(domain, trunk) else {
            return Ok(None);
        };
        let limits = &state.trunk.limits;
        state.load.take(now, limits, direction).map(Some)
    }

    /// Whether calls to this host of a trunk are worth trying: it is up, and we are registered there if we want to be.
    pub(crate) fn is_ready(&self, now: Instant, domain: &str, trunk: &str, place: usize) -> bool {
        let id = self.names.get(domain).and_then(|names| names.get(trunk));
        let Some(state) = id.and_then(|id| self.states.get(id)) else {
            return true;
        };
        let registered = state
            .enrolment
            .as_ref()
            .is_none_or(|enrolment| enrolment.shown != RegistrationState::Failed);
        let host = state.hosts.get(place);
        registered && host.is_none_or(|host| !host.watch.is_down(now))
    }

    /// A call went on to another host or trunk. `rest`: how long this one asked to be left alone.
    pub(crate) fn failed_over(
        &mut self,
        now: Instant,
        (domain, trunk, place): (&str, &str, usize),
        rest: Option<Duration>,
    ) {
        let Some(state) = self.state(domain, trunk) else {
            return;
        };
        state.failed_over += 1;
        if let (Some(host), Some(rest)) = (state.hosts.get_mut(place), rest) {
            host.watch.rest(now, rest);
        }
    }

    fn state(&mut self, domain: &str, trunk: &str) -> Option<&mut State> {
        let id = self.names.get(domain)?.get(trunk)?;
        self.states.get_mut(id)
    }

    /// Sets the deadline of a task, in place of the one it has.
    pub(crate) fn schedule(&mut self, task: Task, at: Option<Instant>) {
        if let Some(before) = self.set.remove(&task) {
            self.deadlines.remove(&(before, task));
        }
        if let Some(at) = at {
            self.set.insert(task, at);
            self.deadlines.insert((at, task));
        }
    }

    pub(crate) fn take_due(&mut self, now: Instant) -> Option<Task> {
        let (at, task) = self.deadlines.first().copied()?;
        if at > now {
            return None;
        }
        self.schedule(task, None);
        Some(task)
    }

    pub(crate) fn enrolment(&mut self, id: TrunkId) -> Option<&mut Enrolment> {
        self.states.get_mut(&id)?.enrolment.as_mut()
    }

    pub(crate) fn host(&mut self, id: TrunkId, place: usize) -> Option<&mut Host> {
        self.states.get_mut(&id)?.hosts.get_mut(place)
    }
}

/// Has a name resolved for a task: host, port and transport.
pub(crate) fn ask_resolver(
    core: &mut Core,
    task: Task,
    (host, port, transport): (String, Option<u16>, Option<Transport>),
) {
    let lookup = core.resolve(host, port, transport);
    core.owners.lookups.insert(lookup, Owner::Trunks);
    core.trunks.lookups.insert(lookup, task);
}

/// Host and port, as they stand in a URI.
pub(crate) fn written(place: &Place) -> String {
    let host = bracketed(&place.host);
    match place.port {
        Some(port) => format!("{host}:{port}"),
        None => host.into_owned(),
    }
}
