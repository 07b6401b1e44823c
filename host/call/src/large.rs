//! Requests too large for a datagram go over TCP, and back to UDP where that is refused (RFC 3261 §18.1.1).

use bytes::Bytes;
use switchhook_sip::flow::{Flow, Transport};
use switchhook_sip::transaction::ClientTransaction;

use crate::call::target::flow_to;
use crate::core::Core;
use crate::limits;

/// Sends a request, over TCP if it must not go by UDP.
pub(crate) fn send(core: &mut Core, flow: Flow, request: Bytes) -> ClientTransaction {
    match by_tcp(core, flow, &request) {
        Some(other) => core.layer.request_or(core.now, other, (flow, request)),
        None => core.layer.request(core.now, flow, request),
    }
}

/// The request as it goes over TCP. `None`: it is small enough, or must go as it is.
///
/// A client that registered over UDP is reached that way and no other, whatever the size: most are behind a NAT.
fn by_tcp(core: &Core, flow: Flow, request: &Bytes) -> Option<(Flow, Bytes)> {
    if flow.transport != Transport::Udp
        || request.len() <= limits::DATAGRAM_REQUEST_BYTES
        || core.keep_alive.is_client(core.now, flow)
        || core.reach.is_avoided(core.now, Transport::Tcp, flow.peer)
        || names_transport(request)
        || is_fixed(core, flow)
    {
        return None;
    }
    let tcp = flow_to(core, Transport::Tcp, flow.peer)?;
    // What names our own end of the way: both are ours to the letter.
    let via = |flow: Flow| format!("SIP/2.0/{} {}", flow.transport, core.sent_by(flow));
    let moved = replace(request, via(flow).as_bytes(), via(tcp).as_bytes())?;
    let contact = core.contact(tcp).as_bytes();
    let moved = replace(&moved, core.contact(flow).as_bytes(), contact).unwrap_or(moved);
    Some((tcp, moved))
}

/// Whether the next hop, the topmost Route or else the Request-URI, says which transport to use.
fn names_transport(request: &[u8]) -> bool {
    let mut lines = header_section(request).split(|byte| *byte == b'\n');
    let start = lines.next().unwrap_or_default();
    let route = lines.find(|line| {
        line.get(..6)
            .is_some_and(|name| name.eq_ignore_ascii_case(b"route:"))
    });
    let hop = route.unwrap_or(start);
    let hop = hop.split(|byte| *byte == b',').next().unwrap_or_default();
    find(hop, b";transport=").is_some()
}

/// Whether this is where a trunk is that is configured to be reached by UDP.
fn is_fixed(core: &Core, flow: Flow) -> bool {
    let trunks = core
        .config
        .domains
        .values()
        .flat_map(|domain| &domain.trunks);
    let mut outbound = trunks.filter_map(|trunk| trunk.outbound.as_ref());
    let ip = flow.peer.ip();
    outbound.any(|outbound| {
        outbound.transport == Some(Transport::Udp)
            && switchhook_sip::uri::host_ip(&outbound.host).is_some_and(|host| host == ip)
    })
}

/// The same message with the first occurrence in its header section replaced.
fn replace(message: &Bytes, old: &[u8], new: &[u8]) -> Option<Bytes> {
    let at = find(header_section(message), old)?;
    let (before, rest) = message.split_at_checked(at)?;
    let after = rest.get(old.len()..)?;
    Some(Bytes::from([before, new, after].concat()))
}

fn header_section(message: &[u8]) -> &[u8] {
    let end = find(message, b"\r\n\r\n").unwrap_or(message.len());
    message.get(..end).unwrap_or(message)
}

fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len())
        .position(|window| window == wanted)
}
