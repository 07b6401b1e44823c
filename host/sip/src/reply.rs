//! Where a response goes whose connection is gone (RFC 3261 §18.2.2). It opens nothing.

use std::net::SocketAddr;

use bytes::Bytes;

use crate::flow::Transport;
use crate::message::response::Response;
use crate::uri::host_ip;

/// "the server SHOULD open a connection to the IP address in the received parameter, if present, using the port in the sent-by value, or
/// the default port for that transport". `None`: it is no response, or names no address: the host of a WebSocket client, for one.
pub fn address(response: &Bytes) -> Option<SocketAddr> {
    if !response.starts_with(b"SIP/2.0 ") {
        return None;
    }
    let response = Response::from_bytes(response.clone()).ok()?;
    let via = response.via();
    let transport = Transport::parse(via.transport())?;
    let ip = via.received().or_else(|| host_ip(via.host()))?;
    let port = via.port().unwrap_or(transport.default_port());
    Some(SocketAddr::new(ip, port))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(via: &str) -> Option<String> {
        let text = format!(
            "SIP/2.0 200 OK\r\nVia: {via}\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\n\
             Call-ID: 1\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
        );
        address(&Bytes::from(text)).map(|address| address.to_string())
    }

    #[test]
    fn it_is_where_the_request_came_from_by_the_port_that_its_sender_listens_on() {
        let via = "SIP/2.0/TCP phone.example;branch=z9hG4bK1;received=192.0.2.7;rport=40000";
        assert_eq!(of(via).as_deref(), Some("192.0.2.7:5060"));
        let via = "SIP/2.0/TLS 192.0.2.7:5071;branch=z9hG4bK1";
        assert_eq!(of(via).as_deref(), Some("192.0.2.7:5071"));
        let via = "SIP/2.0/TLS [2001:db8::7];branch=z9hG4bK1";
        assert_eq!(of(via).as_deref(), Some("[2001:db8::7]:5061"));
    }

    #[test]
    fn a_host_that_is_no_address_is_not_looked_for() {
        assert_eq!(of("SIP/2.0/TCP phone.example;branch=z9hG4bK1"), None);
        assert_eq!(
            address(&Bytes::from_static(b"INVITE sip:a SIP/2.0\r\n\r\n")),
            None
        );
    }
}
