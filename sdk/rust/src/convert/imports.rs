//! What goes to and comes from the imported functions.

use crate::bindings::switchhook::plugin::{
    directory as wit_directory, http as wit_http, log as wit_log, metrics as wit_metrics,
    state as wit_state, time as wit_time,
};
use crate::convert::call::{headers, headers_out};
use crate::directory::{Agent, AgentStatus, Queue};
use crate::http::{HttpError, Request, Response};
use crate::log::Level;
use crate::state::StateError;
use crate::time::LocalTime;

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
        headers: headers_out(request.headers),
        body: request.body,
        timeout_milliseconds: request.timeout_milliseconds,
    }
}

pub(crate) fn response(response: wit_http::Response) -> Response {
    Response {
        status: response.status,
        headers: headers(response.headers),
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

pub(crate) fn local_time(time: wit_time::LocalTime) -> LocalTime {
    LocalTime {
        year: time.year,
        month: time.month,
        day: time.day,
        weekday: time.weekday,
        hour: time.hour,
        minute: time.minute,
        second: time.second,
        offset_minutes: time.offset_minutes,
    }
}

pub(crate) fn labels(labels: &[(&str, &str)]) -> Vec<wit_metrics::Label> {
    let label = |(name, value): &(&str, &str)| wit_metrics::Label {
        name: (*name).to_owned(),
        value: (*value).to_owned(),
    };
    labels.iter().map(label).collect()
}

pub(crate) fn agent(agent: wit_directory::Agent) -> Agent {
    Agent {
        name: agent.name,
        client: agent.client,
        status: match agent.status {
            wit_directory::AgentStatus::Available => AgentStatus::Available,
            wit_directory::AgentStatus::Busy => AgentStatus::Busy,
            wit_directory::AgentStatus::Away => AgentStatus::Away,
            wit_directory::AgentStatus::Offline => AgentStatus::Offline,
        },
        since: agent.since,
        skills: agent.skills,
    }
}

pub(crate) fn queue(queue: wit_directory::Queue) -> Queue {
    Queue {
        name: queue.name,
        waiting: queue.waiting,
        longest_wait_seconds: queue.longest_wait_seconds,
        agents_available: queue.agents_available,
    }
}
