//! Stream connections: TCP, TLS and WebSocket, accepted and made, one task each, with bounded queues in both directions. Reuse is by
//! peer. What runs over a connection is [`connection`]'s business.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use socket2::{Domain, Protocol, Socket, Type};
use switchhook_sip::flow::{Flow, ListenerId, Transport};
use switchhook_sip::reply;
use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::limits;
use crate::streams::tls::Tls;

pub mod connection;
pub mod tls;
pub mod websocket;

/// What the tasks of listeners and connections tell the loop.
#[derive(Debug)]
pub enum StreamEvent {
    /// Somebody connected.
    Accepted {
        /// The listener that was connected to.
        listener: ListenerId,
        /// The connection.
        stream: TcpStream,
        /// Who.
        peer: SocketAddr,
    },
    /// The peer of a connection has shown a certificate, and it was verified.
    Identified {
        /// The connection.
        flow: Flow,
        /// The DNS names in the certificate.
        names: Vec<String>,
    },
    /// A whole message arrived.
    Message {
        /// Where from.
        flow: Flow,
        /// The message.
        bytes: Bytes,
    },
    /// A connection is over.
    Closed {
        /// Its number.
        connection: u64,
    },
}

/// All stream connections of one loop.
#[derive(Debug)]
pub struct Streams {
    connections: HashMap<u64, Connection>,
    by_peer: HashMap<(ListenerId, SocketAddr), u64>,
    listeners: HashMap<ListenerId, (Transport, SocketAddr)>,
    tls: Arc<Tls>,
    next: u64,
    events: mpsc::Sender<StreamEvent>,
    /// Ends all tasks when the loop ends.
    tasks: JoinSet<()>,
}

#[derive(Debug)]
struct Connection {
    flow: Flow,
    queue: mpsc::Sender<Bytes>,
    /// Whether something was sent without naming the connection: then a failure concerns that flow too.
    anonymous: bool,
}

impl Streams {
    /// Starts to accept on the listeners. Events come through the receiver. Connections are numbered from `first` on.
    ///
    /// # Errors
    /// The runtime cannot watch one more file.
    pub fn new(
        listeners: Vec<(ListenerId, Transport, std::net::TcpListener)>,
        tls: Arc<Tls>,
        first: u64,
    ) -> io::Result<(Streams, mpsc::Receiver<StreamEvent>)> {
        let (events, receiver) = mpsc::channel(limits::STREAM_MESSAGES);
        let mut streams = Streams {
            connections: HashMap::new(),
            by_peer: HashMap::new(),
            listeners: HashMap::new(),
            tls,
            next: first,
            events,
            tasks: JoinSet::new(),
        };
        for (id, transport, listener) in listeners {
            let bound = (transport, listener.local_addr()?);
            streams.listeners.insert(id, bound);
            let listener = TcpListener::from_std(listener)?;
            streams
                .tasks
                .spawn(accept(id, listener, streams.events.clone()));
        }
        Ok((streams, receiver))
    }

    /// How many connections there are.
    pub fn count(&self) -> usize {
        self.connections.len()
    }

    /// Takes over an accepted connection; one too many is closed.
    pub fn accepted(&mut self, listener: ListenerId, stream: TcpStream, peer: SocketAddr) {
        if self.connections.len() >= limits::CONNECTIONS {
            tracing::warn!(
                limit = limits::CONNECTIONS,
                "connection refused: there are too many"
            );
            return;
        }
        let Some((transport, _)) = self.listeners.get(&listener).copied() else {
            return;
        };
        let peer = SocketAddr::new(peer.ip().to_canonical(), peer.port());
        let (flow, queue, events) = self.add(transport, listener, peer);
        let tls = Arc::clone(&self.tls);
        self.tasks.spawn(async move {
            connection::accepted(stream, flow, queue, &events, &tls).await;
            closed(flow, &events).await;
        });
    }

    /// Queues a message; connects first if the flow names no connection and there is none to the peer.
    ///
    /// # Errors
    /// The flows that have failed: the connection is gone, cannot be made, or takes nothing any more and was dropped.
    pub fn send(&mut self, flow: Flow, bytes: Bytes) -> Result<(), Vec<Flow>> {
        let flow = self.present(flow, &bytes);
        let reused = flow
            .connection
            .or_else(|| self.by_peer.get(&(flow.listener, flow.peer)).copied());
        let Some(id) = reused.or_else(|| self.connect(flow.listener, flow.peer)) else {
            return Err(vec![flow]);
        };
        let Some(connection) = self.connections.get_mut(&id) else {
            return Err(vec![flow]);
        };
        connection.anonymous |= flow.connection.is_none();
        if connection.queue.try_send(bytes).is_err() {
            tracing::debug!(peer = %flow.peer, "connection dropped: it takes nothing any more");
            return Err(self.closed(id));
        }
        Ok(())
    }

    /// The flow itself; a response whose connection is gone goes over another one (RFC 3261 §18.2.2).
    fn present(&self, flow: Flow, bytes: &Bytes) -> Flow {
        let is_gone = flow
            .connection
            .is_some_and(|id| !self.connections.contains_key(&id));
        match reply::address(bytes).filter(|_| is_gone) {
            Some(peer) => Flow {
                peer,
                connection: None,
                ..flow
            },
            None => flow,
        }
    }

    /// Forgets a connection that is over. Gives the flows that messages were sent on.
    pub fn closed(&mut self, id: u64) -> Vec<Flow> {
        while self.tasks.try_join_next().is_some() {}
        let Some(connection) = self.connections.remove(&id) else {
            return Vec::new();
        };
        let Connection {
            flow, anonymous, ..
        } = connection;
        let place = (flow.listener, flow.peer);
        if self.by_peer.get(&place) == Some(&id) {
            self.by_peer.remove(&place);
        }
        let unnamed = anonymous.then_some(Flow {
            connection: None,
            ..flow
        });
        std::iter::once(flow).chain(unnamed).collect()
    }

    fn connect(&mut self, listener: ListenerId, peer: SocketAddr) -> Option<u64> {
        let (transport, bound) = *self.listeners.get(&listener)?;
        // Nobody listens behind a browser, and a server of WebSockets is somebody's URL (RFC 7118 §5).
        if matches!(transport, Transport::Ws | Transport::Wss) {
            return None;
        }
        if self.connections.len() >= limits::CONNECTIONS {
            tracing::warn!(
                limit = limits::CONNECTIONS,
                "not connected: there are too many"
            );
            return None;
        }
        let (flow, queue, events) = self.add(transport, listener, peer);
        let tls = Arc::clone(&self.tls);
        self.tasks.spawn(async move {
            match timeout(limits::CONNECT, open(bound, peer)).await {
                Ok(Ok(stream)) => connection::made(stream, flow, queue, &events, &tls).await,
                Ok(Err(error)) => tracing::debug!(%peer, %error, "not connected"),
                Err(_) => tracing::debug!(%peer, "not connected in time"),
            }
            closed(flow, &events).await;
        });
        flow.connection
    }

    fn add(
        &mut self,
        transport: Transport,
        listener: ListenerId,
        peer: SocketAddr,
    ) -> (Flow, mpsc::Receiver<Bytes>, mpsc::Sender<StreamEvent>) {
        let id = self.next;
        self.next += 1;
        let (queue, receiver) = mpsc::channel(limits::CONNECTION_QUEUE);
        let flow = Flow {
            transport,
            listener,
            peer,
            connection: Some(id),
        };
        let connection = Connection {
            flow,
            queue,
            anonymous: false,
        };
        self.connections.insert(id, connection);
        self.by_peer.insert((listener, peer), id);
        (flow, receiver, self.events.clone())
    }
}

/// Binds a TCP listener; `shared`: others of ours are bound to the same address, and each connection reaches one of them.
///
/// # Errors
/// The address is taken or not ours.
pub fn bind(address: SocketAddr, shared: bool) -> io::Result<std::net::TcpListener> {
    let socket = Socket::new(
        Domain::for_address(address),
        Type::STREAM,
        Some(Protocol::TCP),
    )?;
    socket.set_reuse_address(true)?;
    socket.set_reuse_port(shared)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(1024)?;
    Ok(socket.into())
}

async fn accept(listener_id: ListenerId, listener: TcpListener, events: mpsc::Sender<StreamEvent>) {
    loop {
        match listener.accept().await {
            Ok((stream, peer)) => {
                let event = StreamEvent::Accepted {
                    listener: listener_id,
                    stream,
                    peer,
                };
                if events.send(event).await.is_err() {
                    return;
                }
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
        }
    }
}

/// Connects from the address that the listener is bound to, so that the peer sees the one it knows.
async fn open(bound: SocketAddr, peer: SocketAddr) -> io::Result<TcpStream> {
    let socket = if peer.is_ipv4() {
        TcpSocket::new_v4()?
    } else {
        TcpSocket::new_v6()?
    };
    if !bound.ip().is_unspecified() && bound.is_ipv4() == peer.is_ipv4() {
        socket.bind(SocketAddr::new(bound.ip(), 0))?;
    }
    socket.connect(peer).await
}

async fn closed(flow: Flow, events: &mpsc::Sender<StreamEvent>) {
    if let Some(connection) = flow.connection {
        let _ = events.send(StreamEvent::Closed { connection }).await;
    }
}

#[cfg(test)]
mod tests;
