//! The watch over hosts of trunks, carried out: what the machine wants asked is asked, what comes of it is told to the machine.

use switchhook_sip::flow::Flow;
use switchhook_sip::transaction::ClientTransaction;

use crate::call::target::{Way, way};
use crate::core::Core;
use crate::keys::Owner;
use crate::names::bracketed;
use crate::output::Output;
use crate::trunks::state::{Task, TrunkId, ask_resolver, written};
use crate::trunks::status::{TrunkChange, TrunkNews};
use crate::trunks::watch::{Finding, Wish};
use crate::trunks::wording;

/// A host is to be asked, or has been asked for too long.
pub(crate) fn watch_due(core: &mut Core, id: TrunkId, place: usize) {
    let now = core.now;
    let Some(state) = core.trunks.states.get_mut(&id) else {
        return;
    };
    let health = state.trunk.health.clone().unwrap_or_default();
    let transport = state.trunk.outbound.as_ref().and_then(|o| o.transport);
    let Some(host) = state.hosts.get_mut(place) else {
        return;
    };
    let wish = host.watch.due(now, &health);
    let due = host.watch.due;
    let asked = host.place.clone();
    core.trunks.schedule(Task::Watch(id, place), due);
    match wish {
        Wish::GiveUp(changed) => {
            if let Some(host) = core.trunks.host(id, place) {
                host.asked = None;
            }
            if changed {
                tell_host(core, id, place);
            }
        }
        Wish::Ask => match way(core, &bracketed(&asked.host), asked.port, transport) {
            Ok(Way::Flow(flow)) => {
                ask_host(core, id, place, flow);
            }
            Ok(Way::Name {
                host,
                port,
                transport,
            }) => {
                ask_resolver(core, Task::Watch(id, place), (host, port, transport));
            }
            Err(_) => found(
                core,
                id,
                place,
                Finding::Failed("nothing can be sent there".to_owned()),
            ),
        },
    }
}

/// Asks a host. `false`: there is none.
pub(crate) fn ask_host(core: &mut Core, id: TrunkId, place: usize, flow: Flow) -> bool {
    let Some(state) = core.trunks.states.get(&id) else {
        return false;
    };
    let Some(host) = state.hosts.get(place) else {
        return false;
    };
    let (to, from) = (written(&host.place), state.domain.clone());
    let bytes = wording::options(core, &to, &from, flow);
    let tx = core.request(Owner::Trunks, flow, bytes);
    core.trunks.requests.insert(tx, Task::Watch(id, place));
    if let Some(host) = core.trunks.host(id, place) {
        host.asked = Some(tx);
    }
    true
}

/// An answer to an OPTIONS, if it is the one that is waited for.
pub(crate) fn answered(
    core: &mut Core,
    id: TrunkId,
    place: usize,
    tx: ClientTransaction,
    finding: Finding,
) {
    let host = core.trunks.host(id, place);
    let is_waited_for = host.is_some_and(|host| {
        let is = host.asked == Some(tx);
        if is {
            host.asked = None;
        }
        is
    });
    if is_waited_for {
        found(core, id, place, finding);
    }
}

/// What came of asking a host.
pub(crate) fn found(core: &mut Core, id: TrunkId, place: usize, finding: Finding) {
    let now = core.now;
    let Some(state) = core.trunks.states.get_mut(&id) else {
        return;
    };
    let health = state.trunk.health.clone().unwrap_or_default();
    let is_gone = state.is_gone;
    let Some(host) = state.hosts.get_mut(place) else {
        return;
    };
    let changed = host.watch.found(now, &health, finding);
    let due = host.watch.due.filter(|_| !is_gone && !core.trunks.leaving);
    core.trunks.schedule(Task::Watch(id, place), due);
    if changed {
        tell_host(core, id, place);
    }
}

fn tell_host(core: &mut Core, id: TrunkId, place: usize) {
    let Some(state) = core.trunks.states.get(&id) else {
        return;
    };
    let Some(host) = state.hosts.get(place) else {
        return;
    };
    let (shown, reason, _) = host.watch.shown(core.now);
    let news = TrunkNews {
        domain: state.domain.clone(),
        trunk: state.trunk.name.clone(),
        change: TrunkChange::Host {
            host: written(&host.place),
            state: shown,
            reason: reason.to_owned(),
        },
    };
    core.outputs.push_back(Output::Trunk(news));
}
