//! A web application that the webhook plugin asks, with the answers that a test gives it.

use std::net::SocketAddr;
use std::sync::Arc;

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::world::PATIENCE;

type Answer = Arc<dyn Fn(&Request) -> (u16, Value) + Send + Sync>;

/// A request that the application got.
#[derive(Debug, Clone)]
pub struct Request {
    /// The host and port that it was sent to.
    pub host: String,
    /// The path of its URL.
    pub path: String,
    /// Its body.
    pub body: Value,
}

/// See the module. Dropping it closes its port and its connections.
pub struct Application {
    address: SocketAddr,
    requests: UnboundedReceiver<Request>,
    tasks: JoinSet<()>,
}

impl Application {
    /// Listens on loopback and answers everything with 200 and `body`, which is JSON.
    ///
    /// # Panics
    /// No port is free, or `body` is no JSON.
    pub async fn start(body: &'static str) -> Application {
        let body: Value = serde_json::from_str(body).expect("JSON");
        let any = SocketAddr::from(([127, 0, 0, 1], 0));
        Application::serve(any, move |_| (200, body.clone())).await
    }

    /// Listens at an address of loopback and answers with a status and JSON.
    ///
    /// # Panics
    /// The port is not free.
    pub async fn serve(
        address: SocketAddr,
        answer: impl Fn(&Request) -> (u16, Value) + Send + Sync + 'static,
    ) -> Application {
        let listener = TcpListener::bind(address).await.expect("a port");
        let address = listener.local_addr().expect("an address");
        let (sender, requests) = unbounded_channel();
        let answer: Answer = Arc::new(answer);
        let mut tasks = JoinSet::new();
        tasks.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                connections.spawn(converse(stream, Arc::clone(&answer), sender.clone()));
            }
        });
        Application {
            address,
            requests,
            tasks,
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
    pub async fn request(&mut self) -> Value {
        self.next().await.body
    }

    /// The body of the next request to a path; others are passed over.
    ///
    /// # Panics
    /// There was none in time.
    pub async fn request_to(&mut self, path: &str) -> Value {
        loop {
            let request = self.next().await;
            if request.path == path {
                return request.body;
            }
        }
    }

    async fn next(&mut self) -> Request {
        let next = timeout(PATIENCE, self.requests.recv()).await;
        next.ok().flatten().expect("a request")
    }

    /// Ends it as a crash does: its port and its connections are closed.
    pub async fn kill(mut self) {
        self.tasks.shutdown().await;
    }
}

async fn converse(mut stream: TcpStream, answer: Answer, requests: UnboundedSender<Request>) {
    let mut received = Vec::new();
    loop {
        let Some((head, body)) = whole(&received) else {
            if !matches!(stream.read_buf(&mut received).await, Ok(1..)) {
                return;
            }
            continue;
        };
        let request: Vec<u8> = received.drain(..head + body).collect();
        let text = String::from_utf8_lossy(&request[..head]).into_owned();
        let request = Request {
            host: field(&text, "host").unwrap_or_default(),
            path: text.split(' ').nth(1).unwrap_or_default().to_owned(),
            body: serde_json::from_slice(&request[head..]).expect("JSON"),
        };
        let (status, answer) = answer(&request);
        let _ = requests.send(request);
        let answer = answer.to_string();
        let response = format!(
            "HTTP/1.1 {status} -\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{answer}",
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
    let text = String::from_utf8_lossy(&received[..head]);
    let body = field(&text, "content-length").map_or(0, |length| length.parse().expect("a length"));
    (received.len() >= head + body).then_some((head, body))
}

/// The value of a header field.
fn field(head: &str, name: &str) -> Option<String> {
    head.lines().find_map(|line| {
        let (field, value) = line.split_once(':')?;
        field
            .eq_ignore_ascii_case(name)
            .then(|| value.trim().to_owned())
    })
}
