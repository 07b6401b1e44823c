//! Where a message came from and where one must go: transport, listening socket, peer, connection.

use std::fmt;
use std::net::SocketAddr;

/// A transport that SIP runs over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Transport {
    /// Datagrams (RFC 3261 §18).
    Udp,
    /// A byte stream (RFC 3261 §18.3).
    Tcp,
    /// TLS over TCP (RFC 3261 §26.3.1).
    Tls,
    /// WebSocket (RFC 7118).
    Ws,
    /// WebSocket over TLS (RFC 7118).
    Wss,
}

impl Transport {
    /// The name as it stands in a Via, upper case.
    pub const fn as_str(self) -> &'static str {
        match self {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
            Transport::Tls => "TLS",
            Transport::Ws => "WS",
            Transport::Wss => "WSS",
        }
    }

    /// The value of the `transport` parameter of a URI, lower case.
    pub const fn as_param(self) -> &'static str {
        match self {
            Transport::Udp => "udp",
            Transport::Tcp => "tcp",
            Transport::Tls => "tls",
            Transport::Ws => "ws",
            Transport::Wss => "wss",
        }
    }

    /// Whether the transport delivers by itself, so that requests are not retransmitted (RFC 3261 §17).
    pub const fn is_reliable(self) -> bool {
        !matches!(self, Transport::Udp)
    }

    /// The port when none is named: 5060, 5061 with TLS, 80 and 443 for WebSocket.
    pub const fn default_port(self) -> u16 {
        match self {
            Transport::Udp | Transport::Tcp => 5060,
            Transport::Tls => 5061,
            Transport::Ws => 80,
            Transport::Wss => 443,
        }
    }

    /// The transport of that name, whatever its case; `None` for one that this crate does not know.
    pub fn parse(name: &str) -> Option<Transport> {
        [
            Transport::Udp,
            Transport::Tcp,
            Transport::Tls,
            Transport::Ws,
            Transport::Wss,
        ]
        .into_iter()
        .find(|transport| transport.as_str().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A listening socket of the switch, by its place in the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ListenerId(pub u16);

/// Where a message came from, or must go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Flow {
    /// The transport.
    pub transport: Transport,
    /// The listening socket it belongs to: for UDP the socket to send from.
    pub listener: ListenerId,
    /// The other end.
    pub peer: SocketAddr,
    /// Stream transports: the connection that the message arrived on. `None`: reuse one to the peer, or connect.
    pub connection: Option<u64>,
}
