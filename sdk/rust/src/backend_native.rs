//! The calls to the switch in a native build: they go to the test double that is in use on this thread.

use crate::directory::{Agent, Queue};
use crate::http::{HttpError, Request, Response};
use crate::log::Level;
use crate::state::StateError;
use crate::testing::{self, with_current};
use crate::time::LocalTime;

pub(crate) fn settings_get(pointer: &str) -> Option<String> {
    with_current(|host| host.settings.pointer(pointer).map(ToString::to_string))
}

pub(crate) fn settings_names(pointer: &str) -> Option<String> {
    with_current(|host| {
        let names: Vec<&String> = host
            .settings
            .pointer(pointer)?
            .as_object()?
            .keys()
            .collect();
        serde_json::to_string(&names).ok()
    })
}

pub(crate) fn log(level: Level, message: &str) {
    with_current(|host| host.log.push((level, message.to_owned())));
}

pub(crate) fn registered(client: &str) -> bool {
    !contacts(client).is_empty()
}

pub(crate) fn contacts(client: &str) -> Vec<String> {
    with_current(|host| {
        host.clients
            .get(client)
            .map(|c| c.contacts.clone())
            .unwrap_or_default()
    })
}

pub(crate) fn active_calls(client: &str) -> u32 {
    with_current(|host| host.clients.get(client).map_or(0, |c| c.active_calls))
}

pub(crate) fn find_agent(name: &str) -> Option<Agent> {
    with_current(|host| host.agents.iter().find(|agent| agent.name == name).cloned())
}

pub(crate) fn agents(skill: Option<&str>) -> Vec<Agent> {
    let can = |agent: &Agent| skill.is_none_or(|skill| agent.skills.iter().any(|s| s == skill));
    with_current(|host| host.agents.iter().filter(|a| can(a)).cloned().collect())
}

pub(crate) fn find_queue(name: &str) -> Option<Queue> {
    with_current(|host| host.queues.iter().find(|queue| queue.name == name).cloned())
}

pub(crate) fn local(zone: &str, at: u64) -> Result<LocalTime, String> {
    testing::local(zone, at)
}

pub(crate) fn metrics_count(name: &str, labels: &[(&str, &str)], by: u64) {
    with_current(|host| host.measure(name, labels, by as f64));
}

pub(crate) fn metrics_gauge(name: &str, labels: &[(&str, &str)], value: f64) {
    with_current(|host| host.measure(name, labels, value));
}

pub(crate) fn metrics_observe(name: &str, labels: &[(&str, &str)], seconds: f64) {
    with_current(|host| host.measure(name, labels, seconds));
}

pub(crate) fn now() -> u64 {
    with_current(|host| host.now)
}

pub(crate) fn random(length: u32) -> Vec<u8> {
    with_current(|host| (0..length).map(|_| host.next_random()).collect())
}

pub(crate) fn state_get(key: &str) -> Option<Vec<u8>> {
    with_current(|host| host.live_value(key).cloned())
}

pub(crate) fn state_set(
    key: &str,
    value: &[u8],
    ttl_seconds: Option<u32>,
) -> Result<(), StateError> {
    with_current(|host| host.store(key, value.to_vec(), ttl_seconds))
}

pub(crate) fn state_delete(key: &str) -> bool {
    with_current(|host| {
        let was_there = host.live_value(key).is_some();
        host.state.remove(key);
        was_there
    })
}

pub(crate) fn state_increment(
    key: &str,
    by: i64,
    ttl_seconds: Option<u32>,
) -> Result<i64, StateError> {
    with_current(|host| host.add(key, by, ttl_seconds))
}

pub(crate) fn state_compare_and_set(
    key: &str,
    expected: Option<&[u8]>,
    value: &[u8],
    ttl_seconds: Option<u32>,
) -> Result<bool, StateError> {
    with_current(|host| {
        if host.live_value(key).map(Vec::as_slice) != expected {
            return Ok(false);
        }
        host.store(key, value.to_vec(), ttl_seconds)?;
        Ok(true)
    })
}

pub(crate) fn fetch(request: Request) -> Result<Response, HttpError> {
    let server = with_current(|host| {
        host.requests.push(request.clone());
        host.server.clone()
    });
    match server {
        Some(server) => server(&request),
        None => Err(HttpError::Denied(format!(
            "no host is granted: {}",
            request.url
        ))),
    }
}
