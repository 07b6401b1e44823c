//! What of a header field may go over from one leg to the other: nothing that shows where in its network a side is, or what
//! stands there.

use std::net::IpAddr;

use switchhook_sip::build::Builder;
use switchhook_sip::flow::Flow;
use switchhook_sip::message::{Fields, HeaderName, NameAddr};
use switchhook_sip::uri::Uri;

use crate::call::peer::is_private;
use crate::core::Core;

/// Copies a field of a message of one side into one to the other, which is reached over this flow.
pub(crate) fn copy(
    core: &Core,
    builder: Builder,
    from: &Fields,
    name: HeaderName<'_>,
    towards: Option<Flow>,
) -> Builder {
    match name {
        HeaderName::AlertInfo
        | HeaderName::CallInfo
        | HeaderName::Warning
        | HeaderName::RetryAfter => (from.headers(name))
            .filter_map(|value| shown(core, name, &value, towards))
            .fold(builder, |builder, value| builder.header(name, value)),
        _ => builder.copy(from, name),
    }
}

/// A value of such a field for a side that is reached over this flow; `None`: nothing of it. Other fields are as they are.
pub(crate) fn shown(
    core: &Core,
    name: HeaderName<'_>,
    value: &str,
    towards: Option<Flow>,
) -> Option<String> {
    match name {
        HeaderName::AlertInfo | HeaderName::CallInfo => info(name, value, towards?),
        HeaderName::Warning => warning(core, value, towards?),
        HeaderName::RetryAfter => retry_after(value),
        _ => Some(value.to_owned()),
    }
}

/// A value of Alert-Info or Call-Info for a side that is reached over this flow. An address of a private network says nothing
/// to somebody outside of it, but for the ring tone that phones take from the rest of the URI.
fn info(name: HeaderName<'_>, value: &str, towards: Flow) -> Option<String> {
    if is_private(towards.peer.ip()) {
        return Some(value.to_owned());
    }
    let address = NameAddr::parse(value.as_bytes()).ok()?;
    let uri = address.uri();
    let Some(host) = host_of(&uri).filter(|host| is_inner(host)) else {
        return Some(value.to_owned());
    };
    match name {
        HeaderName::AlertInfo => Some(value.replace(host, "127.0.0.1")),
        _ => None,
    }
}

/// A value of Warning with our name in the place of whoever warns: `399 host "text"` (RFC 3261 §20.43).
fn warning(core: &Core, value: &str, towards: Flow) -> Option<String> {
    let (code, rest) = value.trim().split_once(' ')?;
    let (_, text) = rest.split_once(' ')?;
    let is_whole = code.len() == 3 && code.bytes().all(|byte| byte.is_ascii_digit());
    let host = &core.listener(towards.listener)?.advertised_host;
    is_whole.then(|| format!("{code} {host} {}", text.trim()))
}

/// The seconds of Retry-After, without the comment in which some servers name themselves.
fn retry_after(value: &str) -> Option<String> {
    let digits = value.trim().split(|c: char| !c.is_ascii_digit()).next()?;
    (!digits.is_empty()).then(|| digits.to_owned())
}

/// The host of a URI of any scheme.
fn host_of<'a>(uri: &Uri<'a>) -> Option<&'a str> {
    if uri.is_sip() {
        return Some(uri.host());
    }
    let (_, rest) = uri.as_str().split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next()?;
    let host = authority.rsplit('@').next()?;
    if let Some(end) = host.find(']') {
        return host.get(..=end);
    }
    host.split(':').next()
}

/// Whether a host is an address of a private network; the loopback is everybody's.
fn is_inner(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    let address = host.parse::<IpAddr>();
    address.is_ok_and(|ip| is_private(ip) && !ip.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn towards(peer: &str) -> Flow {
        Flow {
            transport: switchhook_sip::flow::Transport::Udp,
            listener: switchhook_sip::flow::ListenerId(0),
            peer: peer.parse().unwrap(),
            connection: None,
        }
    }

    #[test]
    fn an_inner_address_stays_inside() {
        let outside = towards("198.51.100.1:5060");
        let alert = |value| info(HeaderName::AlertInfo, value, outside);
        let call = |value| info(HeaderName::CallInfo, value, outside);
        assert_eq!(
            alert("<http://10.1.2.3:80/Bellcore-dr2>;info=x").unwrap(),
            "<http://127.0.0.1:80/Bellcore-dr2>;info=x"
        );
        assert_eq!(call("<http://user@192.168.1.1/me.png>;purpose=icon"), None);
        assert_eq!(call("<sip:10.0.0.1:5060>;purpose=x"), None);
        assert_eq!(call("<http://[fd00::1]:80/x>"), None);
        for plain in [
            "<http://example.org/me.png>",
            "<http://127.0.0.1>;info=a",
            "<urn:alert:x>",
        ] {
            assert_eq!(call(plain).unwrap(), plain);
        }
        let inside = towards("192.168.7.7:5060");
        let icon = "<http://192.168.1.1/me.png>";
        assert_eq!(info(HeaderName::CallInfo, icon, inside).unwrap(), icon);
    }

    #[test]
    fn retry_after_is_a_number() {
        assert_eq!(
            retry_after("30 (ask pbx-7.internal);duration=5").unwrap(),
            "30"
        );
        assert_eq!(retry_after("soon"), None);
    }
}
