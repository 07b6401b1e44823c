//! The calls to the switch in a component: the generated imports, with the SDK's own types around them.

use crate::bindings::switchhook::plugin::{directory, http, log, settings, state};
use crate::bindings::wasi::{clocks::wall_clock, random::random};
use crate::convert;
use crate::http::{HttpError, Request, Response};
use crate::log::Level;
use crate::state::StateError;

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

pub(crate) fn now() -> u64 {
    let now = wall_clock::now();
    now.seconds * 1_000 + u64::from(now.nanoseconds / 1_000_000)
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

pub(crate) fn fetch(request: Request) -> Result<Response, HttpError> {
    http::fetch(&convert::request(request))
        .map(convert::response)
        .map_err(convert::http_error)
}
