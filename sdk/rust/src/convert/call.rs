//! Calls and outcomes, from the switch; calls in the phase `veto` with the script proposed.

use crate::bindings::switchhook::plugin::types as wit;
use crate::call::{Attestation, Call, Header, Origin, Variable};
use crate::convert::verb;
use crate::outcome::{Digits, Outcome, Recorded, Unconnected, UnconnectedReason};

pub(super) fn call(call: wit::Call) -> Call {
    Call {
        id: call.id,
        sip_call_id: call.sip_call_id,
        domain: call.domain,
        caller: call.caller,
        caller_name: call.caller_name,
        callee: call.callee,
        origin: origin(call.origin),
        source_address: call.source_address,
        received_at: call.received_at,
        attempt: call.attempt,
        transferred: call.transferred,
        answered: call.answered,
        headers: headers(call.headers),
        codecs: call.codecs,
        attestation: match call.attestation {
            wit::Attestation::Unknown => Attestation::Unknown,
            wit::Attestation::Full => Attestation::Full,
            wit::Attestation::Partial => Attestation::Partial,
            wit::Attestation::Gateway => Attestation::Gateway,
            wit::Attestation::Failed => Attestation::Failed,
        },
        variables: variables(call.variables),
        proposed: call.proposed.into_iter().map(verb::verb_in).collect(),
    }
}

pub(super) fn origin(origin: wit::Origin) -> Origin {
    match origin {
        wit::Origin::Client(name) => Origin::Client(name),
        wit::Origin::Trunk(name) => Origin::Trunk(name),
        wit::Origin::Api => Origin::Api,
    }
}

pub(super) fn headers(headers: Vec<wit::Header>) -> Vec<Header> {
    let header = |it: wit::Header| Header {
        name: it.name,
        value: it.value,
    };
    headers.into_iter().map(header).collect()
}

pub(super) fn headers_out(headers: Vec<Header>) -> Vec<wit::Header> {
    let header = |it: Header| wit::Header {
        name: it.name,
        value: it.value,
    };
    headers.into_iter().map(header).collect()
}

pub(super) fn variables(variables: Vec<wit::Variable>) -> Vec<Variable> {
    variables.into_iter().map(variable).collect()
}

pub(super) fn variable(variable: wit::Variable) -> Variable {
    Variable {
        name: variable.name,
        value: variable.value,
    }
}

pub(super) fn variables_out(variables: Vec<Variable>) -> Vec<wit::Variable> {
    variables.into_iter().map(variable_out).collect()
}

pub(super) fn variable_out(variable: Variable) -> wit::Variable {
    wit::Variable {
        name: variable.name,
        value: variable.value,
    }
}

pub(super) fn outcome(outcome: wit::Outcome) -> Outcome {
    match outcome {
        wit::Outcome::Completed => Outcome::Completed,
        wit::Outcome::Digits(it) => Outcome::Digits(Digits {
            digits: it.digits,
            finish_key: it.finish_key,
        }),
        wit::Outcome::NoInput => Outcome::NoInput,
        wit::Outcome::Unconnected(it) => Outcome::Unconnected(Unconnected {
            reason: match it.reason {
                wit::UnconnectedReason::NoAnswer => UnconnectedReason::NoAnswer,
                wit::UnconnectedReason::Busy => UnconnectedReason::Busy,
                wit::UnconnectedReason::Declined => UnconnectedReason::Declined,
                wit::UnconnectedReason::Unreachable => UnconnectedReason::Unreachable,
                wit::UnconnectedReason::Failed => UnconnectedReason::Failed,
            },
            status: it.status,
        }),
        wit::Outcome::Recorded(it) => Outcome::Recorded(Recorded {
            url: it.url,
            milliseconds: it.milliseconds,
        }),
        wit::Outcome::TimedOut => Outcome::TimedOut,
        wit::Outcome::Failed(why) => Outcome::Failed(why),
        wit::Outcome::NotAvailable(why) => Outcome::NotAvailable(why),
    }
}
