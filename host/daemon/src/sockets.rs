//! The signalling sockets, bound before any loop runs. With several loops each has its own at every address.

use std::net::SocketAddr;

use anyhow::Context as _;
use switchhook_sip::flow::{ListenerId, Transport};

use crate::config::settings::Listen;
use crate::{streams, udp};

/// The sockets of one loop, bound but not yet watched by any runtime.
#[derive(Debug, Default)]
pub struct Sockets {
    /// For datagrams.
    pub udp: Vec<(ListenerId, std::net::UdpSocket)>,
    /// For connections.
    pub streams: Vec<(ListenerId, Transport, std::net::TcpListener)>,
}

/// Binds the listeners once for each of `loops` loops; also gives the addresses that they are really bound to.
///
/// # Errors
/// An address is taken or not ours.
pub fn bind(listeners: &[Listen], loops: u8) -> anyhow::Result<(Vec<Sockets>, Vec<SocketAddr>)> {
    let mut all: Vec<Sockets> = Vec::new();
    all.resize_with(usize::from(loops), Sockets::default);
    let mut addresses = Vec::new();
    for (index, listen) in listeners.iter().enumerate() {
        let id = ListenerId(index as u16);
        let Listen {
            transport, address, ..
        } = listen;
        let bound = bind_one(&mut all, id, *transport, *address);
        let bound =
            bound.with_context(|| format!("{transport} {address} cannot be listened on"))?;
        addresses.push(bound);
    }
    Ok((all, addresses))
}

fn bind_one(
    all: &mut [Sockets],
    id: ListenerId,
    transport: Transport,
    address: SocketAddr,
) -> std::io::Result<SocketAddr> {
    let shared = all.len() > 1;
    let mut bound = address;
    if shared && address.port() != 0 {
        // Sockets that share an address would share it with those of another switch, too: that must be an error.
        match transport {
            Transport::Udp => drop(udp::bind(address, false)?),
            _ => drop(streams::bind(address, false)?),
        }
    }
    for sockets in all {
        if transport == Transport::Udp {
            let socket = udp::bind(bound, shared)?;
            bound = socket.local_addr()?;
            sockets.udp.push((id, socket));
        } else {
            let socket = streams::bind(bound, shared)?;
            bound = socket.local_addr()?;
            sockets.streams.push((id, transport, socket));
        }
    }
    Ok(bound)
}
