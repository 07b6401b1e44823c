//! The phone's signalling socket: UDP, or one TCP connection to the switch.

use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use anyhow::Context as _;
use bytes::Bytes;
use switchhook_sip::flow::Transport;
use switchhook_sip::framing::{Frame, Framer};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpStream, UdpSocket};

/// The longest datagram that is read.
const DATAGRAM: usize = 65_535;

/// See the module.
pub(super) enum Wire {
    Udp(UdpSocket),
    Tcp {
        stream: TcpStream,
        framer: Framer,
        buffer: Vec<u8>,
    },
}

impl Wire {
    /// A socket that reaches `server`, bound to `local` or to the address that the route to the server suggests.
    pub(super) async fn open(
        transport: Transport,
        server: SocketAddr,
        local: Option<IpAddr>,
    ) -> anyhow::Result<Wire> {
        if transport == Transport::Udp {
            let address = local_address(server, local).await?;
            let socket = UdpSocket::bind(SocketAddr::new(address, 0)).await;
            let socket =
                socket.with_context(|| format!("cannot open a UDP socket on {address}"))?;
            // A connected socket is told when nobody listens at the other end.
            socket
                .connect(server)
                .await
                .with_context(|| format!("cannot reach {server}"))?;
            return Ok(Wire::Udp(socket));
        }
        let stream = TcpStream::connect(server).await;
        let stream = stream.with_context(|| format!("nobody listens on {server} (TCP)"))?;
        stream.set_nodelay(true)?;
        Ok(Wire::Tcp {
            stream,
            framer: Framer::new(),
            buffer: vec![0; DATAGRAM],
        })
    }

    pub(super) fn local(&self) -> io::Result<SocketAddr> {
        match self {
            Wire::Udp(socket) => socket.local_addr(),
            Wire::Tcp { stream, .. } => stream.local_addr(),
        }
    }

    pub(super) async fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Wire::Udp(socket) => socket.send(bytes).await.map(drop),
            Wire::Tcp { stream, .. } => stream.write_all(bytes).await,
        }
    }

    /// The next message. Cancelling it loses nothing.
    pub(super) async fn receive(&mut self) -> io::Result<Bytes> {
        match self {
            Wire::Udp(socket) => {
                let mut buffer = vec![0; DATAGRAM];
                let length = socket.recv(&mut buffer).await?;
                buffer.truncate(length);
                Ok(Bytes::from(buffer))
            }
            Wire::Tcp {
                stream,
                framer,
                buffer,
            } => loop {
                match framer.next() {
                    Some(Ok(Frame::Message(bytes))) => return Ok(bytes),
                    Some(Ok(Frame::KeepAlive)) => stream.write_all(b"\r\n").await?,
                    Some(Err(error)) => {
                        return Err(io::Error::new(
                            io::ErrorKind::InvalidData,
                            format!("{error:?}"),
                        ));
                    }
                    None => match stream.read(buffer).await? {
                        0 => return Err(io::ErrorKind::UnexpectedEof.into()),
                        length => framer.push(&buffer[..length]),
                    },
                }
            },
        }
    }
}

/// The address of ours that the server sees.
async fn local_address(server: SocketAddr, local: Option<IpAddr>) -> anyhow::Result<IpAddr> {
    if let Some(address) = local {
        return Ok(address);
    }
    let any = match server {
        SocketAddr::V4(_) => IpAddr::V4(Ipv4Addr::UNSPECIFIED),
        SocketAddr::V6(_) => IpAddr::V6(Ipv6Addr::UNSPECIFIED),
    };
    let probe = UdpSocket::bind(SocketAddr::new(any, 0)).await?;
    probe
        .connect(server)
        .await
        .with_context(|| format!("there is no route to {server}"))?;
    Ok(probe.local_addr()?.ip())
}
