//! Any bytes after a WebSocket handshake, and instead of one: no panic, and no message larger than it may be. The server's side is the
//! daemon's own file; the rest of the daemon, which would bring a WebAssembly compiler along, is not built.
#![no_main]

use std::time::Duration;

use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use switchhook_sip::flow::{Flow, ListenerId, Transport};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::mpsc;

#[path = "../../../host/daemon/src/limits.rs"]
#[allow(dead_code)]
mod limits;
mod streams {
    use bytes::Bytes;
    use switchhook_sip::flow::Flow;

    /// What of the daemon's enum a WebSocket connection tells.
    #[allow(dead_code)]
    pub enum StreamEvent {
        Message { flow: Flow, bytes: Bytes },
    }
}
#[path = "../../../host/daemon/src/streams/websocket.rs"]
mod websocket;

const HANDSHAKE: &[u8] = b"GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Protocol: sip\r\n\r\n";

fuzz_target!(|input: (bool, Vec<u8>)| {
    let (greets, bytes) = input;
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .expect("a runtime");
    runtime.block_on(talk(greets, bytes));
});

async fn talk(greets: bool, bytes: Vec<u8>) {
    let (mut client, server) = tokio::io::duplex(1 << 20);
    let flow = Flow {
        transport: Transport::Ws,
        listener: ListenerId(0),
        peer: ([192, 0, 2, 1], 40000).into(),
        connection: Some(1),
    };
    let (events, mut told) = mpsc::channel(1 << 12);
    let (to_client, queue) = mpsc::channel(1);
    let served = tokio::spawn(async move {
        let _ = websocket::accepted(server, flow, queue, &events).await;
    });
    if greets {
        let _ = client.write_all(HANDSHAKE).await;
    }
    let _ = client.write_all(&bytes).await;
    let _ = to_client.try_send(Bytes::from_static(b"\xff"));
    let _ = client.shutdown().await;
    let mut answers = Vec::new();
    let _ = tokio::time::timeout(Duration::from_secs(60), client.read_to_end(&mut answers)).await;
    served.await.expect("the connection's task does not panic");
    while let Ok(streams::StreamEvent::Message { bytes, .. }) = told.try_recv() {
        assert!(bytes.len() <= limits::WEBSOCKET_MESSAGE_BYTES);
    }
}
