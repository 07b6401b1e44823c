//! The calls to the switch in a component: the generated imports, with the SDK's own types around them.

use crate::bindings::switchhook::plugin::{directory, http, log, metrics, settings, state, time};
use crate::bindings::wasi::random::random;
use crate::convert;
use crate::directory::{Agent, Queue};
use crate::http::{HttpError, Request, Response};
use crate::log::Level;
use crate::state::StateError;
use crate::time::LocalTime;

pub(crate) fn settings_get(pointer: &str) -> Option<String> {
    settings::get(pointer)
}

pub(crate) fn settings_names(pointer: &str) -> Option<String> {
    settings::names(pointer)
}

pub(crate) fn log(level: Level, message: &str) {
    log::write(convert::level(level), message);
}

pub(crate) fn registered(client: &str) -> bool {
    directory::registered(client)
}

pub(crate) fn contacts(client: &str) -> Vec<String> {
    directory::contacts(client)
}

pub(crate) fn active_calls(client: &str) -> u32 {
    directory::active_calls(client)
}

pub(crate) fn find_agent(name: &str) -> Option<Agent> {
    directory::find_agent(name).map(convert::agent)
}

pub(crate) fn agents(skill: Option<&str>) -> Vec<Agent> {
    directory::agents(skill)
        .into_iter()
        .map(convert::agent)
        .collect()
}

pub(crate) fn find_queue(name: &str) -> Option<Queue> {
    directory::find_queue(name).map(convert::queue)
}

pub(crate) fn now() -> u64 {
    time::now()
}

pub(crate) fn local(zone: &str, at: u64) -> Result<LocalTime, String> {
    time::local(zone, at).map(convert::local_time)
}

pub(crate) fn metrics_count(name: &str, labels: &[(&str, &str)], by: u64) {
    metrics::count(name, &convert::labels(labels), by);
}

pub(crate) fn metrics_gauge(name: &str, labels: &[(&str, &str)], value: f64) {
    metrics::gauge(name, &convert::labels(labels), value);
}

pub(crate) fn metrics_observe(name: &str, labels: &[(&str, &str)], seconds: f64) {
    metrics::observe(name, &convert::labels(labels), seconds);
}

pub(crate) fn random(length: u32) -> Vec<u8> {
    random::get_random_bytes(length.into())
}

pub(crate) fn state_get(key: &str) -> Option<Vec<u8>> {
    state::get(key)
}

pub(crate) fn state_set(
    key: &str,
    value: &[u8],
    ttl_seconds: Option<u32>,
) -> Result<(), StateError> {
    state::set(key, value, ttl_seconds).map_err(convert::state_error)
}

pub(crate) fn state_delete(key: &str) -> bool {
    state::delete(key)
}

pub(crate) fn state_increment(
    key: &str,
    by: i64,
    ttl_seconds: Option<u32>,
) -> Result<i64, StateError> {
    state::increment(key, by, ttl_seconds).map_err(convert::state_error)
}

pub(crate) fn state_compare_and_set(
    key: &str,
    expected: Option<&[u8]>,
    value: &[u8],
    ttl_seconds: Option<u32>,
) -> Result<bool, StateError> {
    state::compare_and_set(key, expected, value, ttl_seconds).map_err(convert::state_error)
}

pub(crate) fn fetch(request: Request) -> Result<Response, HttpError> {
    http::fetch(&convert::request(request))
        .map(convert::response)
        .map_err(convert::http_error)
}
