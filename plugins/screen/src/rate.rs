//! How many calls one caller, address, client, trunk or called number may make in a window, which begins with the first of them. Counted
//! in the plugin's state, so by all its instances together.

use std::net::Ipv6Addr;
use std::time::Duration;

use plugin_common::node::{Node, setting};
use switchhook_sdk::prelude::*;

use crate::screen::Verdict;

/// A key of the state has 256 bytes at most, and callers choose what they send.
const LONGEST_SUBJECT: usize = 128;

/// Counts the call under each limit; the first that it is beyond gives the verdict. What cannot be counted (the plugin's state is full)
/// passes.
///
/// # Errors
/// If a limit is wrong.
pub fn check(call: &Call) -> Result<Option<Verdict>, Error> {
    let Some(limits) = setting("/rates")? else {
        return Ok(None);
    };
    let root = Node::root(&limits, "rates");
    for (index, limit) in root.items()?.enumerate() {
        limit.object(&["by", "calls", "seconds"])?;
        let calls = limit.required("calls")?.integer(1, 1_000_000)?;
        let seconds = limit.required("seconds")?.integer(1, 86_400)?;
        let by = limit.required("by")?;
        let Some(subject) = subject(&by, call)? else {
            continue;
        };
        let key = format!("rate:{index}:{}", shortened(&subject));
        match state::increment(&key, 1, Some(Duration::from_secs(seconds.into()))) {
            Ok(count) if count > i64::from(calls) => return Ok(Some(Verdict::Rate { seconds })),
            Ok(_) => {}
            Err(error) => log::warn(format!("calls are not counted: {error}")),
        }
    }
    Ok(None)
}

/// Whose calls are counted; `None` if the call has no such.
fn subject(by: &Node<'_, '_>, call: &Call) -> Result<Option<String>, Error> {
    Ok(match by.text()? {
        "caller" => Some(call.caller.clone()),
        "callee" => Some(call.callee.clone()),
        "source" => Some(network(&call.source_address)),
        "client" => call.client().map(str::to_owned),
        "trunk" => call.trunk().map(str::to_owned),
        _ => {
            return Err(by.error("must be `caller`, `callee`, `source`, `client` or `trunk`"));
        }
    })
}

/// The address without its port; of an IPv6 address the network, since whoever has one address there has all of its /64.
fn network(source: &str) -> String {
    let (host, _) = source.rsplit_once(':').unwrap_or((source, ""));
    let inside = host
        .strip_prefix('[')
        .and_then(|host| host.strip_suffix(']'));
    match inside.and_then(|host| host.parse::<Ipv6Addr>().ok()) {
        Some(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        None => host.to_owned(),
    }
}

fn shortened(subject: &str) -> &str {
    let mut end = subject.len().min(LONGEST_SUBJECT);
    while !subject.is_char_boundary(end) {
        end -= 1;
    }
    &subject[..end]
}

#[cfg(test)]
#[path = "rate_tests.rs"]
mod tests;
