//! A carrier: takes every call at once, by UDP and TCP on one port, and remembers how each request came. It has no audio.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use switchhook_sip::build::Builder;
use switchhook_sip::flow::Transport;
use switchhook_sip::framing::{Frame, Framer};
use switchhook_sip::message::Request;
use switchhook_sip::method::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream, UdpSocket};
use tokio::task::JoinHandle;

use crate::world::eventually;

type Taken = Arc<Mutex<Vec<(Transport, Request)>>>;

/// See the module. Dropping it ends it.
pub struct Carrier {
    /// Where it listens.
    pub address: SocketAddr,
    taken: Taken,
    tasks: Vec<JoinHandle<()>>,
}

impl Carrier {
    /// Starts on a free port of this address.
    ///
    /// # Panics
    /// No port can be had.
    pub async fn start(ip: &str) -> Carrier {
        let mut carrier = Carrier::without_tcp(ip).await;
        let listener = TcpListener::bind(carrier.address)
            .await
            .expect("the port is free for TCP too");
        let taken = Arc::clone(&carrier.taken);
        carrier.tasks.push(tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let address = stream.local_addr().expect("an address");
                tokio::spawn(serve(stream, address, Arc::clone(&taken)));
            }
        }));
        carrier
    }

    /// The same, but TCP is refused.
    ///
    /// # Panics
    /// No port can be had.
    pub async fn without_tcp(ip: &str) -> Carrier {
        let ip = ip.parse().expect("an address");
        let socket = UdpSocket::bind(SocketAddr::new(ip, 0))
            .await
            .expect("a port");
        let address = socket.local_addr().expect("an address");
        let taken = Taken::default();
        let remembered = Arc::clone(&taken);
        let task = tokio::spawn(async move {
            let mut buffer = vec![0; 65_535];
            while let Ok((length, peer)) = socket.recv_from(&mut buffer).await {
                let bytes = Bytes::copy_from_slice(&buffer[..length]);
                if let Some(response) = take(&remembered, Transport::Udp, address, bytes) {
                    let _ = socket.send_to(&response, peer).await;
                }
            }
        });
        Carrier {
            address,
            taken,
            tasks: vec![task],
        }
    }

    /// The first request of this method, and the transport that it came by, once it has come.
    ///
    /// # Panics
    /// It does not, in time.
    pub async fn request(&self, method: Method<'static>) -> (Transport, Request) {
        eventually(&format!("{method:?} to the carrier"), async || {
            let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
            let found = taken.iter().find(|(_, request)| request.method() == method);
            found.cloned()
        })
        .await
    }

    /// How many requests have come.
    pub fn requests(&self) -> usize {
        let taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.len()
    }
}

impl Drop for Carrier {
    fn drop(&mut self) {
        for task in &self.tasks {
            task.abort();
        }
    }
}

async fn serve(mut stream: TcpStream, address: SocketAddr, taken: Taken) {
    let mut framer = Framer::new();
    let mut buffer = vec![0; 8_192];
    while let Ok(length @ 1..) = stream.read(&mut buffer).await {
        framer.push(&buffer[..length]);
        while let Some(Ok(frame)) = framer.next() {
            if let Frame::Message(bytes) = frame
                && let Some(response) = take(&taken, Transport::Tcp, address, bytes)
                && stream.write_all(&response).await.is_err()
            {
                return;
            }
        }
    }
}

/// Remembers a request, and gives its answer.
fn take(taken: &Taken, transport: Transport, address: SocketAddr, bytes: Bytes) -> Option<Bytes> {
    let request = Request::from_bytes(bytes).ok()?;
    let mut all = taken.lock().unwrap_or_else(PoisonError::into_inner);
    all.push((transport, request.clone()));
    if request.method() == Method::Ack {
        return None;
    }
    let mut response = Builder::response_to(&request, 200, None, Some("carrier"));
    if request.method() == Method::Invite {
        let contact = format!("<sip:{address};transport={}>", transport.as_param());
        response = response.header("Contact", contact);
        let family = if address.is_ipv6() { "IP6" } else { "IP4" };
        let ip = address.ip();
        let sdp = format!(
            "v=0\r\no=- 1 1 IN {family} {ip}\r\ns=-\r\nc=IN {family} {ip}\r\nt=0 0\r\nm=audio 9000 RTP/AVP 0\r\n"
        );
        response = response.body("application/sdp", sdp.as_bytes());
    }
    Some(response.finish())
}
