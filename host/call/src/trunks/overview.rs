//! How trunks are, as an operator sees it. It changes nothing.

use std::time::Instant;

use crate::core::Core;
use crate::trunks::state::{Host, State, written};
use crate::trunks::status::{HostStatus, RegistrationState, RegistrationStatus, TrunkStatus};

/// How all trunks are, by domain and name.
pub(crate) fn status(core: &Core, now: Instant) -> Vec<TrunkStatus> {
    let states = core.trunks.states.values().filter(|state| !state.is_gone);
    let mut all: Vec<_> = states.map(|state| status_of(core, now, state)).collect();
    all.sort_by(|a, b| (&a.domain, &a.name).cmp(&(&b.domain, &b.name)));
    all
}

fn status_of(core: &Core, now: Instant, state: &State) -> TrunkStatus {
    let (calls_in, calls_out) = state.load.open();
    let registration = state.enrolment.as_ref().map(|enrolment| {
        let until = enrolment.until(now);
        RegistrationStatus {
            state: match (enrolment.shown, until) {
                (RegistrationState::Registered, None) => RegistrationState::Failed,
                (shown, _) => shown,
            },
            reason: enrolment.reason.clone(),
            since_ms: core.epoch_ms(enrolment.since),
            next_ms: enrolment.next().map(|at| core.epoch_ms(at)),
            until_ms: until.map(|at| core.epoch_ms(at)),
        }
    });
    let host = |host: &Host| {
        let (state, reason, since) = host.watch.shown(now);
        HostStatus {
            host: written(&host.place),
            state,
            reason: reason.to_owned(),
            since_ms: core.epoch_ms(since),
        }
    };
    TrunkStatus {
        domain: state.domain.clone(),
        name: state.trunk.name.clone(),
        registration,
        hosts: state.hosts.iter().map(host).collect(),
        calls_in,
        calls_out,
        limits: state.trunk.limits.clone(),
        taken_in: state.load.taken_in,
        taken_out: state.load.taken_out,
        refused: state.load.refused,
        failed_over: state.failed_over,
    }
}
