//! A web application that the webhook plugin asks: answers every request with the same body.

use std::net::SocketAddr;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;

/// See the module. Dropping it closes its port and its connections.
pub struct Application {
    address: SocketAddr,
    requests: UnboundedReceiver<String>,
    _tasks: JoinSet<()>,
}

impl Application {
    /// Listens on loopback and answers 200 with `body`, as JSON.
    ///
    /// # Panics
    /// No port is free.
    pub async fn start(body: &'static str) -> Application {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (sender, requests) = unbounded_channel();
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(serve(stream, body, sender.clone()));
            }
        });
        Application {
            address,
            requests,
            _tasks: tasks,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The body of the next request.
    ///
    /// # Panics
    /// There was none.
    pub async fn request(&mut self) -> serde_json::Value {
        let body = self.requests.recv().await.expect("a request");
        serde_json::from_str(&body).expect("JSON")
    }
}

async fn serve(mut stream: TcpStream, answer: &'static str, requests: UnboundedSender<String>) {
    let mut received = Vec::new();
    loop {
        let Some(length) = whole(&received) else {
            if !matches!(stream.read_buf(&mut received).await, Ok(1..)) {
                return;
            }
            continue;
        };
        let request: Vec<u8> = received.drain(..length.0 + length.1).collect();
        let body = String::from_utf8_lossy(&request[length.0..]).into_owned();
        let _ = requests.send(body);
        let response = format!(
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{answer}",
            answer.len()
        );
        if stream.write_all(response.as_bytes()).await.is_err() {
            return;
        }
    }
}

/// The lengths of head and body of the first request, if it is there whole.
fn whole(received: &[u8]) -> Option<(usize, usize)> {
    let head = received.windows(4).position(|bytes| bytes == b"\r\n\r\n")? + 4;
    let text = String::from_utf8_lossy(&received[..head]).to_lowercase();
    let body = text
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"))
        .map_or(0, |length| length.trim().parse().expect("a length"));
    (received.len() >= head + body).then_some((head, body))
}
