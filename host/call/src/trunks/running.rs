//! What moves trunks: a new configuration, time, answers. Each machine is stepped in a file of its own.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rand::RngExt;
use switchhook_sip::flow::Flow;
use switchhook_sip::locate::Candidate;
use switchhook_sip::message::{HeaderName, Response};
use switchhook_sip::transaction::ClientTransaction;

use crate::call::target::flow_to;
use crate::config::Config;
use crate::config::trunks::Trunk;
use crate::core::Core;
use crate::keys::Lookup;
use crate::trunks::enrolling::{enrol, is_asked};
use crate::trunks::enrolment::{Enrolment, Event};
use crate::trunks::load::Load;
use crate::trunks::state::{Host, State, Task, TrunkId};
use crate::trunks::watch::{Finding, Watch};
use crate::trunks::watching::{answered, ask_host, found, watch_due};

/// Over how long the first questions to all trunks are spread.
const SPREAD: Duration = Duration::from_secs(2);

/// Makes the trunks those of the configuration: those that are new begin, those that are gone or changed end. Calls of a trunk that
/// only changed are still counted.
pub(crate) fn configure(core: &mut Core) {
    let config = Arc::clone(&core.config);
    let mut gone: Vec<TrunkId> = Vec::new();
    for (id, state) in &core.trunks.states {
        let domain = config.domains.get(&state.domain);
        let same = domain.is_some_and(|domain| {
            let mut trunks = domain.trunks.iter();
            trunks.any(|trunk| trunk.name == state.trunk.name && is_same(trunk, &state.trunk))
        });
        if !same && !state.is_gone {
            gone.push(*id);
        }
    }
    let mut loads: HashMap<(String, String), Load> = HashMap::new();
    for id in gone {
        leave(core, id);
        if let Some(state) = core.trunks.states.get_mut(&id) {
            let key = (state.domain.clone(), state.trunk.name.clone());
            loads.insert(key, std::mem::replace(&mut state.load, Load::new(core.now)));
        }
    }
    core.trunks.names.clear();
    for (id, state) in core.trunks.states.iter_mut().filter(|(_, s)| !s.is_gone) {
        // What needs no new start takes effect at once.
        let domain = config.domains.get(&state.domain);
        let trunk = domain.and_then(|d| d.trunks.iter().find(|t| t.name == state.trunk.name));
        state.trunk = trunk.cloned().unwrap_or_else(|| state.trunk.clone());
        let names = core.trunks.names.entry(state.domain.clone()).or_default();
        names.insert(state.trunk.name.clone(), *id);
    }
    begin_new(core, &config, loads);
    forget_ended(core);
}

/// Takes our contacts back everywhere; no trunk is asked anything any more.
pub(crate) fn leave_all(core: &mut Core) {
    if std::mem::replace(&mut core.trunks.leaving, true) {
        return;
    }
    let all: Vec<_> = core.trunks.states.keys().copied().collect();
    for id in all {
        leave(core, id);
    }
}

/// Does what is due.
pub(crate) fn due(core: &mut Core) {
    let mut has_done = false;
    while let Some(task) = core.trunks.take_due(core.now) {
        has_done = true;
        match task {
            Task::Enrolment(id) => enrol(core, id, Event::Due),
            Task::Watch(id, place) => watch_due(core, id, place),
        }
    }
    // This is asked at every timer of the exchange, of which few are a trunk's.
    if has_done {
        forget_ended(core);
    }
}

/// A host was resolved.
pub(crate) fn resolved(core: &mut Core, lookup: Lookup, candidates: Vec<Candidate>) {
    match core.trunks.lookups.remove(&lookup) {
        Some(Task::Enrolment(id)) => enrol(core, id, Event::Resolved(candidates)),
        Some(Task::Watch(id, place)) => {
            let asked = candidates.first().is_some_and(|candidate| {
                flow_to(core, candidate.transport, candidate.address)
                    .is_some_and(|flow| ask_host(core, id, place, flow))
            });
            if !asked {
                let why = match candidates.is_empty() {
                    true => "its name cannot be resolved",
                    false => "nothing can be sent there",
                };
                found(core, id, place, Finding::Failed(why.to_owned()));
            }
        }
        None => {}
    }
    forget_ended(core);
}

/// A response to a request of ours.
pub(crate) fn response(core: &mut Core, tx: ClientTransaction, flow: Flow, response: &Response) {
    if !response.is_final() {
        return;
    }
    match core.trunks.requests.remove(&tx) {
        Some(Task::Enrolment(id)) if is_asked(core, id, tx) => {
            if let Some(enrolment) = core.trunks.enrolment(id) {
                // Its connection, if it is one.
                enrolment.flow = Some(flow);
            }
            enrol(core, id, Event::Response(response));
        }
        Some(Task::Watch(id, place)) => {
            let finding = match response.status() {
                408 | 502..=504 => Finding::Failed(response.status().to_string()),
                _ => Finding::Answered,
            };
            let rest = response.seconds(HeaderName::RetryAfter);
            if let (503, Some(seconds), Some(host)) =
                (response.status(), rest, core.trunks.host(id, place))
            {
                let length = Duration::from_secs(seconds.into());
                host.watch.rest(core.now, length);
            }
            answered(core, id, place, tx, finding);
        }
        Some(Task::Enrolment(_)) | None => {}
    }
    forget_ended(core);
}

/// No response came (408), or the request could not be sent (503).
pub(crate) fn unanswered(core: &mut Core, tx: ClientTransaction, status: u16) {
    match core.trunks.requests.remove(&tx) {
        Some(Task::Enrolment(id)) if is_asked(core, id, tx) => {
            enrol(core, id, Event::Unanswered(status));
        }
        Some(Task::Watch(id, place)) => {
            let why = match status {
                408 => "no response",
                _ => "nothing can be sent there",
            };
            answered(core, id, place, tx, Finding::Failed(why.to_owned()));
        }
        Some(Task::Enrolment(_)) | None => {}
    }
    forget_ended(core);
}

/// Whether what runs for a trunk can go on with this configuration.
fn is_same(new: &Trunk, old: &Trunk) -> bool {
    new.outbound == old.outbound && new.registration == old.registration && new.health == old.health
}

fn begin_new(core: &mut Core, config: &Config, mut loads: HashMap<(String, String), Load>) {
    // In an order that does not depend on a hash: the same seed gives the same bytes.
    let mut domains: Vec<_> = config.domains.values().collect();
    domains.sort_by(|a, b| a.name.cmp(&b.name));
    for domain in domains {
        for trunk in &domain.trunks {
            let names = core.trunks.names.entry(domain.name.clone()).or_default();
            if names.contains_key(&trunk.name) {
                continue;
            }
            core.trunks.last += 1;
            let id = core.trunks.last;
            names.insert(trunk.name.clone(), id);
            let load = loads.remove(&(domain.name.clone(), trunk.name.clone()));
            let load = load.unwrap_or_else(|| Load::new(core.now));
            begin(core, id, &domain.name, trunk, load);
        }
    }
}

fn begin(core: &mut Core, id: TrunkId, domain: &str, trunk: &Trunk, load: Load) {
    let enrolment = trunk.registration.as_ref().map(|registration| {
        let call_id = core.call_id(domain);
        let tag = core.tag();
        let start = soon(core);
        Enrolment::new(core.now, start, registration.expires_seconds, call_id, tag)
    });
    let places: Vec<_> = trunk
        .outbound
        .iter()
        .flat_map(|outbound| outbound.places())
        .collect();
    let mut hosts = Vec::with_capacity(places.len());
    for place in places {
        let first = trunk.health.is_some().then(|| soon(core));
        hosts.push(Host {
            place,
            watch: Watch::new(core.now, first),
            asked: None,
        });
    }
    if let Some(enrolment) = &enrolment {
        core.trunks.schedule(Task::Enrolment(id), enrolment.due);
    }
    for (place, host) in hosts.iter().enumerate() {
        core.trunks.schedule(Task::Watch(id, place), host.watch.due);
    }
    let state = State {
        domain: domain.to_owned(),
        trunk: trunk.clone(),
        load,
        enrolment,
        asked: None,
        hosts,
        failed_over: 0,
        is_gone: false,
    };
    core.trunks.states.insert(id, state);
}

fn soon(core: &mut Core) -> Instant {
    core.now + SPREAD.mul_f64(core.rng.random_range(0.0..1.0))
}

fn leave(core: &mut Core, id: TrunkId) {
    let places = match core.trunks.states.get_mut(&id) {
        Some(state) => state.hosts.len(),
        None => return,
    };
    for place in 0..places {
        core.trunks.schedule(Task::Watch(id, place), None);
    }
    let leaving = core.trunks.leaving;
    if let Some(state) = core.trunks.states.get_mut(&id) {
        // At the end of the exchange it is still shown how they are.
        state.is_gone = !leaving;
    }
    enrol(core, id, Event::Leave);
}

/// Drops the trunks that are gone and have nothing under way.
fn forget_ended(core: &mut Core) {
    let trunks = &mut core.trunks;
    let is_ended =
        |state: &State| state.is_gone && state.enrolment.as_ref().is_none_or(Enrolment::is_over);
    if !trunks.states.values().any(is_ended) {
        return;
    }
    trunks.states.retain(|_, state| !is_ended(state));
    let ended: Vec<_> = trunks
        .set
        .keys()
        .copied()
        .filter(|task| !trunks.states.contains_key(&task.trunk()))
        .collect();
    for task in ended {
        trunks.schedule(task, None);
    }
}
