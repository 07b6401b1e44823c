//! Streams on loopback, with certificates made for the occasion.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use futures_util::{SinkExt, StreamExt};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::{self, Message};

use super::tls::{Files, ListenerTls, Tls, TlsSettings};
use super::*;

const OPTIONS: &[u8] = b"OPTIONS sip:a@example.org SIP/2.0\r\nContent-Length: 0\r\n\r\n";
const ANSWER: &[u8] = b"SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n";

/// A certificate authority and a folder for what it signs.
struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    folder: PathBuf,
}

impl Authority {
    fn new(name: &str) -> Authority {
        let folder =
            std::env::temp_dir().join(format!("switchhook-tls-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap();
        std::fs::write(folder.join("ca.pem"), issuer.pem()).unwrap();
        Authority { issuer, folder }
    }

    fn file(&self) -> PathBuf {
        self.folder.join("ca.pem")
    }

    /// A certificate for a name, in files named after `file`.
    fn sign(&self, file: &str, name: &str) -> Files {
        let key = KeyPair::generate().unwrap();
        let params = CertificateParams::new(vec![name.to_owned()]).unwrap();
        let certificate = params.signed_by(&key, &self.issuer).unwrap();
        let files = Files {
            certificate: self.folder.join(format!("{file}.pem")),
            key: self.folder.join(format!("{file}.key")),
        };
        std::fs::write(&files.certificate, certificate.pem()).unwrap();
        std::fs::write(&files.key, key.serialize_pem()).unwrap();
        files
    }

    fn connector(&self, own: Option<&Files>) -> TlsConnector {
        let mut roots = RootCertStore::empty();
        roots
            .add(CertificateDer::from_pem_file(self.file()).unwrap())
            .unwrap();
        let builder =
            ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
                .with_safe_default_protocol_versions()
                .unwrap()
                .with_root_certificates(roots);
        let config = match own {
            Some(files) => {
                let chain = vec![CertificateDer::from_pem_file(&files.certificate).unwrap()];
                builder
                    .with_client_auth_cert(chain, PrivateKeyDer::from_pem_file(&files.key).unwrap())
                    .unwrap()
            }
            None => builder.with_no_client_auth(),
        };
        TlsConnector::from(Arc::new(config))
    }
}

impl Drop for Authority {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

/// Streams with one listener, and a task that answers every message on its flow.
struct Server {
    address: SocketAddr,
    tls: Arc<Tls>,
}

impl Server {
    fn start(transport: Transport, settings: &TlsSettings) -> Server {
        let listener = bind("127.0.0.1:0".parse().unwrap(), false).unwrap();
        let address = listener.local_addr().unwrap();
        let tls = Arc::new(Tls::new(settings).unwrap());
        let (mut streams, mut events) = Streams::new(
            vec![(ListenerId(0), transport, listener)],
            Arc::clone(&tls),
            0,
        )
        .unwrap();
        tokio::spawn(async move {
            while let Some(event) = events.recv().await {
                match event {
                    StreamEvent::Accepted {
                        listener,
                        stream,
                        peer,
                    } => streams.accepted(listener, stream, peer),
                    StreamEvent::Identified { flow, names } => {
                        assert_eq!((flow.transport, names.len()), (Transport::Tls, 1));
                    }
                    StreamEvent::Message { flow, bytes } => {
                        assert_eq!(flow.transport, transport);
                        assert_eq!(bytes, OPTIONS);
                        streams.send(flow, Bytes::from_static(ANSWER)).unwrap();
                    }
                    StreamEvent::Closed { connection } => drop(streams.closed(connection)),
                }
            }
        });
        Server { address, tls }
    }

    async fn tcp(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// The certificate that is shown to a client that asks for this name.
    async fn shown(&self, authority: &Authority, name: &str) -> Vec<u8> {
        let name = ServerName::try_from(name.to_owned()).unwrap();
        let stream = authority
            .connector(None)
            .connect(name, self.tcp().await)
            .await
            .unwrap();
        stream.get_ref().1.peer_certificates().unwrap()[0].to_vec()
    }
}

fn settings(files: Files) -> TlsSettings {
    let listener = ListenerTls {
        files,
        client_authorities: None,
    };
    TlsSettings {
        listeners: [(ListenerId(0), listener)].into(),
        ..TlsSettings::default()
    }
}

fn text(message: &[u8]) -> Message {
    Message::text(std::str::from_utf8(message).unwrap())
}

fn der(path: &Path) -> Vec<u8> {
    CertificateDer::from_pem_file(path).unwrap().to_vec()
}

async fn ask(stream: &mut (impl AsyncReadExt + AsyncWriteExt + Unpin)) -> std::io::Result<Vec<u8>> {
    stream.write_all(OPTIONS).await?;
    stream.flush().await?;
    let mut answer = vec![0; ANSWER.len()];
    stream.read_exact(&mut answer).await?;
    Ok(answer)
}

#[tokio::test]
async fn a_request_over_tcp_is_answered_on_its_connection() {
    let server = Server::start(Transport::Tcp, &TlsSettings::default());
    assert_eq!(ask(&mut server.tcp().await).await.unwrap(), ANSWER);
}

#[tokio::test]
async fn a_request_over_tls_is_answered_on_its_connection() {
    let authority = Authority::new("server");
    let server = Server::start(
        Transport::Tls,
        &settings(authority.sign("own", "sip.example.org")),
    );
    let name = ServerName::try_from("sip.example.org").unwrap();
    let mut stream = authority
        .connector(None)
        .connect(name, server.tcp().await)
        .await
        .unwrap();
    assert_eq!(ask(&mut stream).await.unwrap(), ANSWER);
}

#[tokio::test]
async fn each_domain_shows_its_own_certificate_and_new_ones_are_taken_up() {
    let authority = Authority::new("sni");
    let mut settings = settings(authority.sign("own", "sip.example.org"));
    settings
        .domains
        .insert("example.com".into(), authority.sign("com", "example.com"));
    let server = Server::start(Transport::Tls, &settings);
    let own = &settings.listeners[&ListenerId(0)].files.certificate;
    assert_eq!(server.shown(&authority, "sip.example.org").await, der(own));
    let before = der(&settings.domains["example.com"].certificate);
    assert_eq!(server.shown(&authority, "example.com").await, before);

    let name = ServerName::try_from("example.com").unwrap();
    let mut open = authority
        .connector(None)
        .connect(name, server.tcp().await)
        .await
        .unwrap();
    authority.sign("com", "example.com");
    server.tls.reload(&settings).unwrap();
    let after = der(&settings.domains["example.com"].certificate);
    assert_ne!(after, before);
    assert_eq!(server.shown(&authority, "example.com").await, after);
    assert_eq!(
        ask(&mut open).await.unwrap(),
        ANSWER,
        "a connection that is up stays"
    );

    std::fs::write(&settings.domains["example.com"].key, "nonsense").unwrap();
    let error = server.tls.reload(&settings).unwrap_err();
    assert!(error.contains("com.key"), "{error}");
    assert_eq!(
        server.shown(&authority, "example.com").await,
        after,
        "what is wrong changes nothing"
    );
}

#[tokio::test]
async fn a_listener_can_insist_on_certificates_of_clients() {
    let authority = Authority::new("mutual");
    let mut settings = settings(authority.sign("own", "sip.example.org"));
    if let Some(listener) = settings.listeners.get_mut(&ListenerId(0)) {
        listener.client_authorities = Some(authority.file());
    }
    let server = Server::start(Transport::Tls, &settings);
    let name = ServerName::try_from("sip.example.org").unwrap();
    let own = authority.sign("client", "carrier.example");
    let connected = authority
        .connector(Some(&own))
        .connect(name.clone(), server.tcp().await)
        .await;
    assert_eq!(ask(&mut connected.unwrap()).await.unwrap(), ANSWER);
    // With TLS 1.3 the client learns of the refusal when it reads.
    let refused = match authority
        .connector(None)
        .connect(name, server.tcp().await)
        .await
    {
        Ok(mut stream) => ask(&mut stream).await.is_err(),
        Err(_) => true,
    };
    assert!(refused);
}

#[tokio::test]
async fn we_connect_only_to_who_shows_the_name_they_were_found_by() {
    let authority = Authority::new("client");
    let server = Server::start(
        Transport::Tls,
        &settings(authority.sign("own", "sip.example.org")),
    );
    let trusting = TlsSettings {
        authorities: vec![authority.file()],
        ..TlsSettings::default()
    };
    let tls = Tls::new(&trusting).unwrap();
    assert!(
        tls.connect(server.address, server.tcp().await)
            .await
            .is_err(),
        "127.0.0.1 is not its name"
    );
    tls.found("other.example.org", &[server.address]);
    assert!(
        tls.connect(server.address, server.tcp().await)
            .await
            .is_err()
    );
    tls.found("sip.example.org", &[server.address]);
    let mut stream = tls
        .connect(server.address, server.tcp().await)
        .await
        .unwrap();
    assert_eq!(ask(&mut stream).await.unwrap(), ANSWER);
    let public = Tls::new(&TlsSettings::default()).unwrap();
    public.found("sip.example.org", &[server.address]);
    assert!(
        public
            .connect(server.address, server.tcp().await)
            .await
            .is_err(),
        "an authority that nobody trusts"
    );
}

async fn websocket(
    server: &Server,
    protocol: &'static str,
) -> Result<tokio_tungstenite::WebSocketStream<TcpStream>, tungstenite::Error> {
    let mut request = format!("ws://{}/", server.address)
        .into_client_request()
        .unwrap();
    let value = tungstenite::http::HeaderValue::from_static(protocol);
    request
        .headers_mut()
        .insert("Sec-WebSocket-Protocol", value);
    let (socket, response) = tokio_tungstenite::client_async(request, server.tcp().await).await?;
    assert_eq!(response.headers()["Sec-WebSocket-Protocol"], "sip");
    Ok(socket)
}

#[tokio::test]
async fn a_message_is_a_websocket_message() {
    let server = Server::start(Transport::Ws, &TlsSettings::default());
    let mut socket = websocket(&server, "chat, sip").await.unwrap();
    for message in [text(OPTIONS), Message::binary(OPTIONS)] {
        socket.send(message).await.unwrap();
        assert_eq!(socket.next().await.unwrap().unwrap(), text(ANSWER));
    }
    socket.send(Message::text("\r\n\r\n")).await.unwrap();
    let pong = socket.next().await.unwrap().unwrap();
    assert_eq!(pong, Message::text("\r\n"));
    socket
        .send(Message::Ping(Bytes::from_static(b"there?")))
        .await
        .unwrap();
    assert_eq!(
        socket.next().await.unwrap().unwrap(),
        Message::Pong(Bytes::from_static(b"there?"))
    );
}

#[tokio::test]
async fn a_client_that_does_not_offer_sip_is_refused() {
    let server = Server::start(Transport::Ws, &TlsSettings::default());
    let error = websocket(&server, "chat").await.unwrap_err();
    assert!(matches!(error, tungstenite::Error::Http(response) if response.status() == 400));
}

#[tokio::test]
async fn a_message_that_is_too_long_ends_the_connection() {
    let server = Server::start(Transport::Ws, &TlsSettings::default());
    let mut socket = websocket(&server, "sip").await.unwrap();
    let long = "x".repeat(limits::WEBSOCKET_MESSAGE_BYTES + 1);
    // The other end may be gone before all of it is sent.
    let _ = socket.send(Message::text(long)).await;
    assert!(!matches!(socket.next().await, Some(Ok(Message::Text(_)))));
}

#[tokio::test]
async fn websockets_run_over_tls_too() {
    let authority = Authority::new("wss");
    let server = Server::start(
        Transport::Wss,
        &settings(authority.sign("own", "sip.example.org")),
    );
    let name = ServerName::try_from("sip.example.org").unwrap();
    let stream = authority
        .connector(None)
        .connect(name, server.tcp().await)
        .await
        .unwrap();
    let mut request = "wss://sip.example.org/".into_client_request().unwrap();
    let value = tungstenite::http::HeaderValue::from_static("sip");
    request
        .headers_mut()
        .insert("Sec-WebSocket-Protocol", value);
    let (mut socket, _) = tokio_tungstenite::client_async(request, stream)
        .await
        .unwrap();
    socket.send(Message::binary(OPTIONS)).await.unwrap();
    assert_eq!(socket.next().await.unwrap().unwrap(), text(ANSWER));
}
