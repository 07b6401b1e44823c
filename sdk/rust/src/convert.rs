//! Between the generated bindings and the switch's vocabulary: the only place where both are known. Texts are moved, not copied.
#![cfg_attr(
    not(target_family = "wasm"),
    allow(dead_code, reason = "natively only the tests convert")
)]

use crate::bindings::switchhook::plugin::{
    http as wit_http, log as wit_log, state as wit_state, types as wit,
};
use crate::call::{Call, Header, Origin, Variable};
use crate::decision::Decision;
use crate::http::{HttpError, Request, Response};
use crate::log::Level;
use crate::router::Router;
use crate::state::StateError;
use crate::verb::{Connect, Endpoint, Respond, Strategy, Target, Verb};

/// What the exported `route` does.
pub fn route<R: Router>(call: wit::Call) -> Result<wit::Decision, String> {
    R::route(&self::call(call))
        .map(decision)
        .map_err(|error| error.text().to_owned())
}

fn call(call: wit::Call) -> Call {
    Call {
        id: call.id,
        sip_call_id: call.sip_call_id,
        domain: call.domain,
        caller: call.caller,
        caller_name: call.caller_name,
        callee: call.callee,
        origin: match call.origin {
            wit::Origin::Client(name) => Origin::Client(name),
            wit::Origin::Trunk(name) => Origin::Trunk(name),
            wit::Origin::Api => Origin::Api,
        },
        source_address: call.source_address,
        received_at: call.received_at,
        attempt: call.attempt,
        transferred: call.transferred,
        answered: call.answered,
        headers: call.headers.into_iter().map(header_in).collect(),
        codecs: call.codecs,
        variables: call
            .variables
            .into_iter()
            .map(|v| Variable {
                name: v.name,
                value: v.value,
            })
            .collect(),
    }
}

fn decision(decision: Decision) -> wit::Decision {
    match decision {
        Decision::Script(script) => wit::Decision::Script(script.into_iter().map(verb).collect()),
        Decision::Next(variables) => wit::Decision::Next(
            variables
                .into_iter()
                .map(|v| wit::Variable {
                    name: v.name,
                    value: v.value,
                })
                .collect(),
        ),
    }
}

fn verb(verb: Verb) -> wit::Verb {
    match verb {
        Verb::Connect(it) => wit::Verb::Connect(connect(it)),
        Verb::Respond(it) => wit::Verb::Respond(respond(it)),
        Verb::Pause(it) => wit::Verb::Pause(wit::Pause {
            milliseconds: it.milliseconds,
        }),
        Verb::Delegate(it) => wit::Verb::Delegate(wit::Delegate { plugin: it.plugin }),
        Verb::Redial(it) => wit::Verb::Redial(wit::Redial { callee: it.callee }),
    }
}

fn connect(connect: Connect) -> wit::Connect {
    wit::Connect {
        targets: connect.targets.into_iter().map(target).collect(),
        strategy: match connect.strategy {
            Strategy::Simultaneous => wit::Strategy::Simultaneous,
            Strategy::Sequential => wit::Strategy::Sequential,
        },
        timeout_seconds: connect.timeout_seconds,
        caller_id: connect.caller_id,
        headers: connect.headers.into_iter().map(header_out).collect(),
    }
}

fn target(target: Target) -> wit::Target {
    wit::Target {
        endpoint: match target.endpoint {
            Endpoint::Client(username) => wit::Endpoint::Client(username),
            Endpoint::Trunk(it) => wit::Endpoint::Trunk(wit::TrunkNumber {
                trunk: it.trunk,
                number: it.number,
            }),
            Endpoint::Uri(uri) => wit::Endpoint::Uri(uri),
        },
        ring_seconds: target.ring_seconds,
    }
}

fn respond(respond: Respond) -> wit::Respond {
    wit::Respond {
        status: respond.status,
        reason: respond.reason,
        headers: respond.headers.into_iter().map(header_out).collect(),
    }
}

fn header_in(header: wit::Header) -> Header {
    Header {
        name: header.name,
        value: header.value,
    }
}

fn header_out(header: Header) -> wit::Header {
    wit::Header {
        name: header.name,
        value: header.value,
    }
}

pub(crate) fn level(level: Level) -> wit_log::Level {
    match level {
        Level::Trace => wit_log::Level::Trace,
        Level::Debug => wit_log::Level::Debug,
        Level::Info => wit_log::Level::Info,
        Level::Warn => wit_log::Level::Warn,
        Level::Error => wit_log::Level::Error,
    }
}

pub(crate) fn state_error(error: wit_state::StateError) -> StateError {
    match error {
        wit_state::StateError::BadKey => StateError::BadKey,
        wit_state::StateError::TooLarge => StateError::TooLarge,
        wit_state::StateError::Quota => StateError::Quota,
        wit_state::StateError::NotANumber => StateError::NotANumber,
    }
}

pub(crate) fn request(request: Request) -> wit_http::Request {
    wit_http::Request {
        method: request.method,
        url: request.url,
        headers: request.headers.into_iter().map(header_out).collect(),
        body: request.body,
        timeout_milliseconds: request.timeout_milliseconds,
    }
}

pub(crate) fn response(response: wit_http::Response) -> Response {
    Response {
        status: response.status,
        headers: response.headers.into_iter().map(header_in).collect(),
        body: response.body,
    }
}

pub(crate) fn http_error(error: wit_http::Error) -> HttpError {
    match error {
        wit_http::Error::Denied(text) => HttpError::Denied(text),
        wit_http::Error::InvalidRequest(text) => HttpError::InvalidRequest(text),
        wit_http::Error::Connection(text) => HttpError::Connection(text),
        wit_http::Error::Timeout => HttpError::Timeout,
        wit_http::Error::TooLarge => HttpError::TooLarge,
    }
}

#[cfg(test)]
#[path = "convert_tests.rs"]
mod tests;
