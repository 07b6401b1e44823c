//! The UDP sockets: bound with large buffers, drained in batches, never waited for when sending.

use std::io;
use std::net::SocketAddr;
use std::task::{Context, Poll};

use bytes::Bytes;
use socket2::{Domain, Protocol, Socket, Type};
use switchhook_sip::flow::{Flow, ListenerId, Transport};
use switchhook_sip::stun;
use tokio::net::UdpSocket;

use crate::limits;

/// One listening UDP socket.
#[derive(Debug)]
pub struct Udp {
    listener: ListenerId,
    socket: UdpSocket,
    address: SocketAddr,
}

impl Udp {
    /// Makes a bound socket part of the runtime that is running.
    ///
    /// # Errors
    /// The runtime cannot watch one more file.
    pub fn new(listener: ListenerId, socket: std::net::UdpSocket) -> io::Result<Udp> {
        let address = socket.local_addr()?;
        Ok(Udp {
            listener,
            socket: UdpSocket::from_std(socket)?,
            address,
        })
    }

    /// The listener that it is.
    pub fn listener(&self) -> ListenerId {
        self.listener
    }

    /// Waits until sending was possible once: before that the runtime believes that it is not.
    ///
    /// # Errors
    /// The runtime is shutting down.
    pub async fn writable(&self) -> io::Result<()> {
        self.socket.writable().await
    }

    /// Whether something can be read.
    pub fn poll_readable(&self, context: &mut Context<'_>) -> Poll<()> {
        self.socket.poll_recv_ready(context).map(|_| ())
    }

    /// Reads what has arrived, up to a batch. Gives how many datagrams were read. What is not heard is dropped before it costs more.
    pub fn receive(
        &self,
        buffer: &mut [u8],
        hears: impl Fn(SocketAddr, &[u8]) -> bool,
        mut take: impl FnMut(Flow, Bytes),
    ) -> usize {
        for count in 0..limits::DATAGRAMS_PER_TURN {
            match self.socket.try_recv_from(buffer) {
                Ok((length, peer)) => {
                    let bytes = &buffer[..length];
                    if is_keep_alive(bytes) || !hears(peer, bytes) {
                        continue;
                    }
                    if stun::is_stun(bytes) {
                        self.answer_stun(bytes, peer);
                    } else {
                        take(self.flow(peer), Bytes::copy_from_slice(bytes));
                    }
                }
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return count,
                // What an ICMP message said about an earlier datagram; that one's timer deals with it.
                Err(_) => {}
            }
        }
        limits::DATAGRAMS_PER_TURN
    }

    /// Sends a datagram at once. A full buffer loses it, as a network may.
    ///
    /// # Errors
    /// It can never arrive: no route, too large, another address family.
    pub fn send(&self, peer: SocketAddr, bytes: &[u8]) -> io::Result<()> {
        match self.socket.try_send_to(bytes, self.mapped(peer)) {
            Ok(_) => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                tracing::debug!(%peer, "datagram lost: the send buffer is full");
                Ok(())
            }
            Err(error) => Err(error),
        }
    }

    /// RFC 5626 §8: a client asks where it is seen to be, and keeps its mapping open by asking.
    fn answer_stun(&self, request: &[u8], peer: SocketAddr) {
        if let Some(answer) = stun::answer(request, peer) {
            let _ = self.socket.try_send_to(&answer, peer);
        }
    }

    fn flow(&self, peer: SocketAddr) -> Flow {
        let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
        Flow {
            transport: Transport::Udp,
            listener: self.listener,
            peer,
            connection: None,
        }
    }

    /// A dual-stack IPv6 socket sends to IPv4 peers by their mapped addresses.
    fn mapped(&self, peer: SocketAddr) -> SocketAddr {
        match (self.address, peer) {
            (SocketAddr::V6(_), SocketAddr::V4(v4)) => {
                SocketAddr::new(v4.ip().to_ipv6_mapped().into(), v4.port())
            }
            _ => peer,
        }
    }
}

/// Binds a UDP socket; `shared`: others of ours are bound to the same address, and each peer's datagrams reach one of them.
///
/// # Errors
/// The address is taken or not ours.
pub fn bind(address: SocketAddr, shared: bool) -> io::Result<std::net::UdpSocket> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::DGRAM,
        Some(Protocol::UDP),
    )?;
    socket.set_nonblocking(true)?;
    // The kernel gives what net.core.rmem_max and wmem_max allow.
    socket.set_recv_buffer_size(limits::SOCKET_BUFFER_BYTES)?;
    socket.set_send_buffer_size(limits::SOCKET_BUFFER_BYTES)?;
    socket.set_reuse_port(shared)?;
    socket.bind(&address.into())?;
    Ok(socket.into())
}

/// An empty datagram, CRLF or zeros, sent to keep a NAT's mapping (RFC 5626 §3.5.1 in the form that phones use).
fn is_keep_alive(bytes: &[u8]) -> bool {
    bytes.len() <= 4 && bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n' | 0))
}
