//! SIP over WebSocket (RFC 7118): the handshake with its subprotocol, a message a frame. Only the server's side: browsers come to us.

use std::io;

use bytes::Bytes;
use futures_util::{SinkExt, StreamExt};
use switchhook_sip::flow::Flow;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::mpsc;
use tokio::time::{interval, timeout};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::http::{HeaderValue, StatusCode};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};

use crate::limits;
use crate::streams::StreamEvent;

const SUBPROTOCOL: &str = "sip";
const PROTOCOL_FIELD: &str = "Sec-WebSocket-Protocol";

/// Serves a WebSocket connection that a client made, until either direction is over.
///
/// # Errors
/// The handshake fails, the connection breaks or is silent for too long.
pub async fn accepted(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    flow: Flow,
    queue: mpsc::Receiver<Bytes>,
    events: &mpsc::Sender<StreamEvent>,
) -> io::Result<()> {
    let config = WebSocketConfig::default()
        .max_message_size(Some(limits::WEBSOCKET_MESSAGE_BYTES))
        .max_frame_size(Some(limits::WEBSOCKET_MESSAGE_BYTES));
    let shaking = tokio_tungstenite::accept_hdr_async_with_config(stream, greet, Some(config));
    let socket = timeout(limits::HANDSHAKE, shaking)
        .await?
        .map_err(io::Error::other)?;
    exchange(socket, flow, queue, events).await
}

/// RFC 7118 §4.1: "the client MUST include the value 'sip' in the Sec-WebSocket-Protocol header"; so must our answer.
#[expect(
    clippy::result_large_err,
    reason = "the library's own error type, made once per refused handshake"
)]
fn greet(request: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
    let offered = request.headers().get_all(PROTOCOL_FIELD);
    let speaks_sip = offered.iter().any(|value| {
        let names = value.to_str().unwrap_or_default().split(',');
        names
            .map(str::trim)
            .any(|name| name.eq_ignore_ascii_case(SUBPROTOCOL))
    });
    if !speaks_sip {
        let mut refusal = ErrorResponse::new(Some("the subprotocol must be `sip`".to_owned()));
        *refusal.status_mut() = StatusCode::BAD_REQUEST;
        return Err(refusal);
    }
    let value = HeaderValue::from_static(SUBPROTOCOL);
    response.headers_mut().insert(PROTOCOL_FIELD, value);
    Ok(response)
}

async fn exchange(
    socket: WebSocketStream<impl AsyncRead + AsyncWrite + Unpin>,
    flow: Flow,
    mut queue: mpsc::Receiver<Bytes>,
    events: &mpsc::Sender<StreamEvent>,
) -> io::Result<()> {
    let (mut writer, mut reader) = socket.split();
    let mut silence = interval(limits::WEBSOCKET_PING);
    silence.reset();
    let mut heard = true;
    loop {
        tokio::select! {
            message = reader.next() => {
                heard = true;
                let bytes = match message {
                    Some(Ok(Message::Text(text))) => Bytes::from(text),
                    Some(Ok(Message::Binary(bytes))) => bytes,
                    // The library answers pings and close frames when it is read on.
                    Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => continue,
                    Some(Ok(Message::Close(_)) | Err(Error::ConnectionClosed)) | None => return Ok(()),
                    Some(Err(error)) => return Err(io::Error::other(error)),
                };
                // The keep-alive of streams (RFC 5626 §3.5.1), which clients also use here: two line ends are answered with one.
                if bytes.iter().all(|byte| matches!(byte, b'\r' | b'\n')) {
                    if bytes.len() >= 4 {
                        let pong = framed(Bytes::from_static(b"\r\n"));
                        timeout(limits::CONNECTION_STALL, writer.send(pong)).await?.map_err(io::Error::other)?;
                    }
                    continue;
                }
                if events.send(StreamEvent::Message { flow, bytes }).await.is_err() {
                    return Ok(());
                }
            }
            // RFC 7118 §6: either side may ping. A browser that does not answer is gone, whatever TCP believes.
            _ = silence.tick() => {
                if !std::mem::take(&mut heard) {
                    return Err(io::ErrorKind::TimedOut.into());
                }
                let ping = Message::Ping(Bytes::new());
                timeout(limits::CONNECTION_STALL, writer.send(ping)).await?.map_err(io::Error::other)?;
            }
            bytes = queue.recv() => {
                let Some(bytes) = bytes else { return Ok(()) };
                timeout(limits::CONNECTION_STALL, writer.send(framed(bytes))).await?.map_err(io::Error::other)?;
            }
        }
    }
}

/// RFC 7118 §5: text frames where the message is UTF-8, else binary ones.
fn framed(bytes: Bytes) -> Message {
    match std::str::from_utf8(&bytes) {
        Ok(text) => Message::text(text),
        Err(_) => Message::Binary(bytes),
    }
}
