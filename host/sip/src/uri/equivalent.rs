//! Comparison of URIs (RFC 3261 §19.1.4).

use std::borrow::Cow;

use crate::uri::escape::unescape;
use crate::uri::view::Uri;

/// Parameters that must be in both URIs or in none: one of them alone makes another URI.
const DECISIVE: [&str; 5] = ["user", "ttl", "method", "maddr", "transport"];

pub(super) fn equivalent(left: &Uri<'_>, right: &Uri<'_>) -> bool {
    if !left.scheme().eq_ignore_ascii_case(right.scheme()) {
        return false;
    }
    if left.is_tel() {
        return same_number(left, right) && same_params(left, right);
    }
    if !left.is_sip() {
        return left.opaque() == right.opaque();
    }
    left.user() == right.user()
        && left.password() == right.password()
        && same_host(left, right)
        && left.port() == right.port()
        && same_params(left, right)
        && same_headers(left, right)
}

fn same_host(left: &Uri<'_>, right: &Uri<'_>) -> bool {
    left.host().eq_ignore_ascii_case(right.host())
        || left.ip().is_some_and(|address| right.ip() == Some(address))
}

/// RFC 3966 §4: visual separators do not count.
fn same_number(left: &Uri<'_>, right: &Uri<'_>) -> bool {
    let digits = |uri: &Uri<'_>| -> String {
        let number = uri.user().unwrap_or_default();
        number
            .chars()
            .filter(|digit| !matches!(digit, '-' | '.' | '(' | ')'))
            .map(|digit| digit.to_ascii_lowercase())
            .collect()
    };
    digits(left) == digits(right)
}

/// A parameter in both must have the same value; one in only one of them is ignored, unless it is decisive.
fn same_params(left: &Uri<'_>, right: &Uri<'_>) -> bool {
    let agrees = |one: &Uri<'_>, other: &Uri<'_>| {
        one.params().iter().all(|param| {
            let name = unescape(param.name);
            match other.param(&name) {
                Some(value) => {
                    let own = unescape(param.raw_value.unwrap_or(""));
                    own.eq_ignore_ascii_case(&value)
                }
                None => {
                    !one.is_tel()
                        && !DECISIVE
                            .iter()
                            .any(|known| known.eq_ignore_ascii_case(&name))
                }
            }
        })
    };
    agrees(left, right) && agrees(right, left)
}

/// Header fields are never ignored; their order does not count.
fn same_headers(left: &Uri<'_>, right: &Uri<'_>) -> bool {
    if left.raw_headers() == right.raw_headers() {
        return true;
    }
    let sorted = |uri: &Uri<'_>| {
        let mut headers: Vec<(String, Cow<'_, str>)> = Vec::new();
        for (name, value) in uri.headers() {
            headers.push((name.to_ascii_lowercase(), value.into_owned().into()));
        }
        headers.sort();
        headers
    };
    sorted(left) == sorted(right)
}
