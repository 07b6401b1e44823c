//! Certificates: those the switch shows, by the name that is asked for, and those it trusts. They are read again without a
//! connection noticing: one that is up keeps what it was made with.

use std::collections::HashMap;
use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

use switchhook_sip::flow::ListenerId;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_rustls::client::TlsStream as ClientStream;
use tokio_rustls::rustls::crypto::CryptoProvider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use tokio_rustls::rustls::server::{ClientHello, ResolvesServerCert, WebPkiClientVerifier};
use tokio_rustls::rustls::sign::CertifiedKey;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig, crypto};
use tokio_rustls::server::TlsStream as ServerStream;
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// Names of peers that are remembered, so that what they show can be checked against the name they were found by.
const NAMES: usize = 4_096;

/// The files of one certificate: the chain, the server's own first, and its key, both PEM.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Files {
    /// The chain.
    pub certificate: PathBuf,
    /// The key.
    pub key: PathBuf,
}

impl Files {
    /// Whether they can be used.
    ///
    /// # Errors
    /// A sentence that names the file that cannot.
    pub fn check(&self) -> Result<(), String> {
        certified(&crypto::ring::default_provider(), self).map(|_| ())
    }
}

/// Whether a file has certificates of authorities.
///
/// # Errors
/// A sentence that names the file.
pub fn check_authorities(file: &Path) -> Result<(), String> {
    add(&mut RootCertStore::empty(), file)
}

/// What TLS is configured with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TlsSettings {
    /// The certificate of each listener.
    pub listeners: HashMap<ListenerId, ListenerTls>,
    /// The certificates of domains, shown to who asks for that name.
    pub domains: HashMap<String, Files>,
    /// More authorities that servers' certificates may come from, beside the public ones.
    pub authorities: Vec<PathBuf>,
}

impl TlsSettings {
    /// Every file that is read.
    pub fn files(&self) -> impl Iterator<Item = PathBuf> {
        let of_listeners = self.listeners.values().flat_map(|listener| {
            let Files { certificate, key } = &listener.files;
            [certificate, key]
                .into_iter()
                .chain(&listener.client_authorities)
        });
        let of_domains = self.domains.values();
        let of_domains = of_domains.flat_map(|files| [&files.certificate, &files.key]);
        let all: Vec<_> = of_listeners
            .chain(of_domains)
            .chain(&self.authorities)
            .cloned()
            .collect();
        all.into_iter()
    }
}

/// What a listener shows and asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenerTls {
    /// What it shows who asks for no name that is ours.
    pub files: Files,
    /// The authorities whose certificates clients must show; `None`: they show none.
    pub client_authorities: Option<PathBuf>,
}

/// All of it, ready for use.
pub struct Tls {
    state: RwLock<State>,
    names: RwLock<HashMap<SocketAddr, String>>,
}

struct State {
    acceptors: HashMap<ListenerId, TlsAcceptor>,
    connector: TlsConnector,
}

impl fmt::Debug for Tls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tls")
    }
}

impl Tls {
    /// Reads all certificates.
    ///
    /// # Errors
    /// A sentence that names the file that cannot be used.
    pub fn new(settings: &TlsSettings) -> Result<Tls, String> {
        Ok(Tls {
            state: RwLock::new(State::read(settings)?),
            names: RwLock::default(),
        })
    }

    /// Reads all certificates again; what is wrong leaves the old ones in place.
    ///
    /// # Errors
    /// As for [`Tls::new`].
    pub fn reload(&self, settings: &TlsSettings) -> Result<(), String> {
        let state = State::read(settings)?;
        *self.state.write().unwrap_or_else(PoisonError::into_inner) = state;
        Ok(())
    }

    /// Remembers the name that an address was found by: what is checked when we connect there.
    pub fn found(&self, name: &str, addresses: &[SocketAddr]) {
        let mut names = self.names.write().unwrap_or_else(PoisonError::into_inner);
        if names.len() + addresses.len() > NAMES {
            names.clear();
        }
        for address in addresses {
            names.insert(*address, name.to_owned());
        }
    }

    /// The server's side of the handshake.
    ///
    /// # Errors
    /// It fails, or the listener has no certificate.
    pub async fn accept<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        listener: ListenerId,
        stream: S,
    ) -> io::Result<ServerStream<S>> {
        let acceptor = self.read().acceptors.get(&listener).cloned();
        let acceptor = acceptor.ok_or_else(|| io::Error::other("no certificate"))?;
        acceptor.accept(stream).await
    }

    /// The client's side of the handshake. The peer must show a certificate for the name it was found by, or for its address.
    ///
    /// # Errors
    /// It fails.
    pub async fn connect<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        peer: SocketAddr,
        stream: S,
    ) -> io::Result<ClientStream<S>> {
        let connector = self.read().connector.clone();
        let name = match self.name_of(peer) {
            Some(name) => ServerName::try_from(name).map_err(io::Error::other)?,
            None => ServerName::from(peer.ip()),
        };
        connector.connect(name, stream).await
    }

    fn name_of(&self, peer: SocketAddr) -> Option<String> {
        let names = self.names.read().unwrap_or_else(PoisonError::into_inner);
        names.get(&peer).cloned()
    }

    fn read(&self) -> std::sync::RwLockReadGuard<'_, State> {
        self.state.read().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn read(settings: &TlsSettings) -> Result<State, String> {
        let provider = Arc::new(crypto::ring::default_provider());
        let mut domains = HashMap::new();
        for (name, files) in &settings.domains {
            let key = certified(&provider, files)?;
            domains.insert(name.clone(), Arc::new(key));
        }
        let domains = Arc::new(domains);
        let mut acceptors = HashMap::new();
        for (id, listener) in &settings.listeners {
            let own = Arc::new(certified(&provider, &listener.files)?);
            let certificates = Certificates {
                own,
                domains: Arc::clone(&domains),
            };
            let config = server(
                &provider,
                certificates,
                listener.client_authorities.as_deref(),
            )?;
            acceptors.insert(*id, TlsAcceptor::from(Arc::new(config)));
        }
        let connector = TlsConnector::from(Arc::new(client(&provider, &settings.authorities)?));
        Ok(State {
            acceptors,
            connector,
        })
    }
}

/// Chooses by the name that the client asks for (SNI).
#[derive(Debug)]
struct Certificates {
    own: Arc<CertifiedKey>,
    domains: Arc<HashMap<String, Arc<CertifiedKey>>>,
}

impl ResolvesServerCert for Certificates {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let named = hello
            .server_name()
            .and_then(|name| self.domains.get(&name.to_ascii_lowercase()));
        Some(Arc::clone(named.unwrap_or(&self.own)))
    }
}

fn server(
    provider: &Arc<CryptoProvider>,
    certificates: Certificates,
    client_authorities: Option<&Path>,
) -> Result<ServerConfig, String> {
    let builder = ServerConfig::builder_with_provider(Arc::clone(provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    let builder = match client_authorities {
        Some(file) => {
            let mut roots = RootCertStore::empty();
            add(&mut roots, file)?;
            let verifier =
                WebPkiClientVerifier::builder_with_provider(Arc::new(roots), Arc::clone(provider))
                    .build()
                    .map_err(|error| format!("{}: {error}", file.display()))?;
            builder.with_client_cert_verifier(verifier)
        }
        None => builder.with_no_client_auth(),
    };
    Ok(builder.with_cert_resolver(Arc::new(certificates)))
}

fn client(provider: &Arc<CryptoProvider>, authorities: &[PathBuf]) -> Result<ClientConfig, String> {
    let mut roots = RootCertStore::from_iter(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    for file in authorities {
        add(&mut roots, file)?;
    }
    let builder = ClientConfig::builder_with_provider(Arc::clone(provider))
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?;
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

fn add(roots: &mut RootCertStore, file: &Path) -> Result<(), String> {
    for certificate in chain(file)? {
        roots
            .add(certificate)
            .map_err(|error| format!("{}: {error}", file.display()))?;
    }
    Ok(())
}

fn certified(provider: &CryptoProvider, files: &Files) -> Result<CertifiedKey, String> {
    let chain = chain(&files.certificate)?;
    let key = PrivateKeyDer::from_pem_file(&files.key)
        .map_err(|error| format!("{}: {error}", files.key.display()))?;
    let key = CertifiedKey::from_der(chain, key, provider)
        .map_err(|error| format!("{}: {error}", files.certificate.display()))?;
    Ok(key)
}

fn chain(file: &Path) -> Result<Vec<CertificateDer<'static>>, String> {
    let in_file = |error: &dyn fmt::Display| format!("{}: {error}", file.display());
    let certificates = CertificateDer::pem_file_iter(file).map_err(|error| in_file(&error))?;
    let chain: Vec<_> = certificates
        .collect::<Result<_, _>>()
        .map_err(|error| in_file(&error))?;
    if chain.is_empty() {
        return Err(in_file(&"there is no certificate in it"));
    }
    Ok(chain)
}
