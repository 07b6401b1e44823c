//! Registrations at trunks, carried out: what the machine wants sent or resolved is, what comes of it is told to the machine.

use switchhook_sip::flow::{Flow, Transport};
use switchhook_sip::locate::Candidate;
use switchhook_sip::transaction::ClientTransaction;

use crate::call::target::{Way, flow_to, way};
use crate::config::trunks::Place;
use crate::core::Core;
use crate::keys::Owner;
use crate::names::bracketed;
use crate::output::Output;
use crate::trunks::enrolment::{Effect, Event};
use crate::trunks::state::{Task, TrunkId, ask_resolver};
use crate::trunks::status::{TrunkChange, TrunkNews};
use crate::trunks::wording;

/// Whether an answer is the one that is waited for.
pub(crate) fn is_asked(core: &Core, id: TrunkId, tx: ClientTransaction) -> bool {
    core.trunks
        .states
        .get(&id)
        .is_some_and(|state| state.asked == Some(tx))
}

/// Steps a registration, and does what it says.
pub(crate) fn enrol(core: &mut Core, id: TrunkId, event: Event<'_>) {
    let (now, trunks) = (core.now, &mut core.trunks);
    let Some(enrolment) = trunks.enrolment(id) else {
        return;
    };
    let mut effects: Vec<_> = enrolment.handle(now, &mut core.rng, event);
    effects.reverse();
    while let Some(effect) = effects.pop() {
        let failed = match effect {
            Effect::Resolve(elsewhere) => {
                let place = elsewhere.map(|e| {
                    (
                        Place {
                            host: e.host,
                            port: e.port,
                        },
                        e.transport,
                    )
                });
                resolve(core, id, place).map(Event::Resolved)
            }
            Effect::Send(candidate) => {
                match flow_to(core, candidate.transport, candidate.address) {
                    Some(flow) => {
                        register(core, id, flow);
                        None
                    }
                    None => Some(Event::Unanswered(503)),
                }
            }
            Effect::SendOver(flow) => {
                register(core, id, flow);
                None
            }
            Effect::Tell => {
                tell_registration(core, id);
                None
            }
        };
        if let Some(event) = failed
            && let Some(enrolment) = core.trunks.enrolment(id)
        {
            let more = enrolment.handle(now, &mut core.rng, event);
            effects.extend(more.into_iter().rev());
        }
    }
    let due = core
        .trunks
        .enrolment(id)
        .and_then(|enrolment| enrolment.due);
    core.trunks.schedule(Task::Enrolment(id), due);
}

/// Where a host is, if it is an address; else it is asked for. `place`: not the trunk's own hosts.
fn resolve(
    core: &mut Core,
    id: TrunkId,
    place: Option<(Place, Option<Transport>)>,
) -> Option<Vec<Candidate>> {
    let outbound = core.trunks.states.get(&id)?.trunk.outbound.clone()?;
    let places = match place {
        Some((place, transport)) => vec![(place, transport)],
        None => outbound
            .places()
            .map(|place| (place, outbound.transport))
            .collect(),
    };
    let mut candidates = Vec::new();
    let mut names = Vec::new();
    for (place, transport) in places {
        match way(core, &bracketed(&place.host), place.port, transport) {
            Ok(Way::Flow(flow)) => candidates.push(Candidate {
                transport: flow.transport,
                address: flow.peer,
            }),
            Ok(Way::Name {
                host,
                port,
                transport,
            }) => names.push((host, port, transport)),
            Err(_) => {}
        }
    }
    // One question at a time: of several names another one after each failure.
    let tries = core.trunks.enrolment(id).map_or(0, |e| e.failures());
    let turn = tries as usize % names.len().max(1);
    let name = names.into_iter().nth(turn);
    let Some(name) = name.filter(|_| candidates.is_empty()) else {
        return Some(candidates);
    };
    ask_resolver(core, Task::Enrolment(id), name);
    None
}

fn register(core: &mut Core, id: TrunkId, flow: Flow) {
    // Out of its place, since writing it needs all of the exchange.
    let Some(mut state) = core.trunks.states.remove(&id) else {
        return;
    };
    if let (Some(registration), Some(enrolment)) = (&state.trunk.registration, &mut state.enrolment)
    {
        enrolment.flow = Some(flow);
        let bytes = wording::register(core, &state.trunk, registration, enrolment, flow);
        let tx = core.request(Owner::Trunks, flow, bytes);
        core.trunks.requests.insert(tx, Task::Enrolment(id));
        state.asked = Some(tx);
    }
    core.trunks.states.insert(id, state);
}

fn tell_registration(core: &mut Core, id: TrunkId) {
    let Some(state) = core.trunks.states.get(&id) else {
        return;
    };
    let Some(enrolment) = &state.enrolment else {
        return;
    };
    let news = TrunkNews {
        domain: state.domain.clone(),
        trunk: state.trunk.name.clone(),
        change: TrunkChange::Registration {
            state: enrolment.shown,
            reason: enrolment.reason.clone(),
        },
    };
    core.outputs.push_back(Output::Trunk(news));
}
