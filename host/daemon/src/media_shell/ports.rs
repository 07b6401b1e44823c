//! A pair of bound sockets: RTP on an even port, RTCP on the next one.

use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};

use socket2::{Domain, Protocol, Socket, Type};
use switchhook_media::limits::PACKET_BYTES;

/// The most packets that one draining of a socket reads.
const DRAIN_PACKETS: usize = 512;

/// Two bound sockets, non-blocking.
#[derive(Debug)]
pub(crate) struct PortPair {
    pub(crate) rtp: UdpSocket,
    pub(crate) rtcp: UdpSocket,
    pub(crate) advertised: IpAddr,
    pub(crate) port: u16,
}

impl PortPair {
    /// Binds `port` (even) and the next one. `AddrInUse` if either is taken.
    pub(crate) fn bind(address: IpAddr, advertised: IpAddr, port: u16) -> io::Result<PortPair> {
        let next = port.checked_add(1).ok_or(io::ErrorKind::AddrNotAvailable)?;
        Ok(PortPair {
            rtp: bind(SocketAddr::new(address, port))?,
            rtcp: bind(SocketAddr::new(address, next))?,
            advertised,
            port,
        })
    }

    /// Throws away what has arrived. Whether anything had.
    pub(crate) fn drain(&self) -> bool {
        let rtp = drain(&self.rtp);
        let rtcp = drain(&self.rtcp);
        rtp || rtcp
    }
}

fn bind(address: SocketAddr) -> io::Result<UdpSocket> {
    let domain = Domain::for_address(address);
    let socket = Socket::new(domain, Type::DGRAM.nonblocking(), Some(Protocol::UDP))?;
    if address.is_ipv6() {
        socket.set_only_v6(true)?;
    }
    socket.bind(&address.into())?;
    Ok(socket.into())
}

fn drain(socket: &UdpSocket) -> bool {
    let mut buffer = [0; PACKET_BYTES];
    let mut found = false;
    for _ in 0..DRAIN_PACKETS {
        if socket.recv_from(&mut buffer).is_err() {
            break;
        }
        found = true;
    }
    found
}
