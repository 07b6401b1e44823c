//! One stream connection from its first byte to its last: the handshake of its transport, then whole messages in both directions. It
//! does not know other connections.

use std::io;

use bytes::Bytes;
use switchhook_sip::flow::{Flow, Transport};
use switchhook_sip::framing::{Frame, Framer};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_rustls::rustls::pki_types::CertificateDer;
use webpki::EndEntityCert;

use crate::limits;
use crate::streams::StreamEvent;
use crate::streams::tls::Tls;
use crate::streams::websocket;

/// Serves a connection that somebody made to us, until either direction is over.
pub async fn accepted(
    stream: TcpStream,
    flow: Flow,
    queue: mpsc::Receiver<Bytes>,
    events: &mpsc::Sender<StreamEvent>,
    tls: &Tls,
) {
    let _ = stream.set_nodelay(true);
    let result = match flow.transport {
        Transport::Tls => match handshake(tls.accept(flow.listener, stream)).await {
            Ok(stream) => {
                identify(flow, stream.get_ref().1.peer_certificates(), events).await;
                run(tokio::io::split(stream), flow, queue, events).await
            }
            Err(error) => Err(error),
        },
        Transport::Ws => websocket::accepted(stream, flow, queue, events).await,
        Transport::Wss => match handshake(tls.accept(flow.listener, stream)).await {
            Ok(stream) => websocket::accepted(stream, flow, queue, events).await,
            Err(error) => Err(error),
        },
        Transport::Tcp | Transport::Udp => run(stream.into_split(), flow, queue, events).await,
    };
    report(flow, result);
}

/// Serves a connection that we made.
pub async fn made(
    stream: TcpStream,
    flow: Flow,
    queue: mpsc::Receiver<Bytes>,
    events: &mpsc::Sender<StreamEvent>,
    tls: &Tls,
) {
    let _ = stream.set_nodelay(true);
    let result = match flow.transport {
        Transport::Tls => match handshake(tls.connect(flow.peer, stream)).await {
            Ok(stream) => {
                identify(flow, stream.get_ref().1.peer_certificates(), events).await;
                run(tokio::io::split(stream), flow, queue, events).await
            }
            Err(error) => Err(error),
        },
        _ => run(stream.into_split(), flow, queue, events).await,
    };
    report(flow, result);
}

async fn handshake<T>(work: impl Future<Output = io::Result<T>>) -> io::Result<T> {
    timeout(limits::HANDSHAKE, work).await?
}

/// Tells the names of a peer that has shown a certificate. rustls has verified it by now.
async fn identify(
    flow: Flow,
    chain: Option<&[CertificateDer<'_>]>,
    events: &mpsc::Sender<StreamEvent>,
) {
    let names = names_of(chain.and_then(<[_]>::first));
    if !names.is_empty() {
        let _ = events.send(StreamEvent::Identified { flow, names }).await;
    }
}

fn names_of(certificate: Option<&CertificateDer<'_>>) -> Vec<String> {
    let parsed = certificate.and_then(|der| EndEntityCert::try_from(der).ok());
    parsed.map_or_else(Vec::new, |parsed| {
        let names = parsed.valid_dns_names().take(limits::CERTIFICATE_NAMES);
        names.map(str::to_lowercase).collect()
    })
}

fn report(flow: Flow, result: io::Result<()>) {
    if let Err(error) = result {
        tracing::debug!(transport = %flow.transport, peer = %flow.peer, %error, "connection ended");
    }
}

/// Serves the halves of a connection; those of TCP do without the lock that halves of TLS share.
async fn run(
    (reader, writer): (impl AsyncRead + Unpin, impl AsyncWrite + Unpin),
    flow: Flow,
    queue: mpsc::Receiver<Bytes>,
    events: &mpsc::Sender<StreamEvent>,
) -> io::Result<()> {
    // Pongs come from the reading half and leave by the writing one.
    let (pongs, pong_receiver) = mpsc::channel(1);
    tokio::select! {
        result = read(reader, flow, events, pongs) => result,
        result = write(writer, queue, pong_receiver) => result,
    }
}

async fn read(
    mut reader: impl AsyncRead + Unpin,
    flow: Flow,
    events: &mpsc::Sender<StreamEvent>,
    pongs: mpsc::Sender<()>,
) -> io::Result<()> {
    let mut framer = Framer::new();
    let mut buffer = vec![0; 8 * 1024];
    loop {
        let patience = if framer.is_empty() {
            limits::CONNECTION_IDLE
        } else {
            limits::CONNECTION_STALL
        };
        let length = timeout(patience, reader.read(&mut buffer)).await??;
        if length == 0 {
            return Ok(());
        }
        framer.push(&buffer[..length]);
        while let Some(frame) = framer.next() {
            match frame {
                Ok(Frame::Message(bytes)) => {
                    let event = StreamEvent::Message { flow, bytes };
                    if events.send(event).await.is_err() {
                        return Ok(());
                    }
                }
                // RFC 5626 §3.5.1: a ping of two CRLFs is answered with one. A pong that waits is enough for two pings.
                Ok(Frame::KeepAlive) => {
                    let _ = pongs.try_send(());
                }
                Err(error) => {
                    return Err(io::Error::new(
                        io::ErrorKind::InvalidData,
                        format!("{error:?}"),
                    ));
                }
            }
        }
    }
}

async fn write(
    mut writer: impl AsyncWrite + Unpin,
    mut queue: mpsc::Receiver<Bytes>,
    mut pongs: mpsc::Receiver<()>,
) -> io::Result<()> {
    loop {
        let bytes = tokio::select! {
            bytes = queue.recv() => match bytes {
                Some(bytes) => bytes,
                None => return Ok(()),
            },
            Some(()) = pongs.recv() => Bytes::from_static(b"\r\n"),
        };
        timeout(limits::CONNECTION_STALL, async {
            writer.write_all(&bytes).await?;
            // TLS keeps what it has encrypted until it is told that this is all.
            writer.flush().await
        })
        .await??;
    }
}
