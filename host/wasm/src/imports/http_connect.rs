//! One HTTP connection within the grants: the name is checked, then every address it leads to; the connection goes to an address
//! that was checked, so that a second look-up cannot lead elsewhere.

use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use hyper::client::conn::http1::{Builder, SendRequest};
use hyper::rt::{Read, Write};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;
use tokio_rustls::rustls::{ClientConfig, RootCertStore};
use wasmtime_wasi_http::Error as WasiError;
use wasmtime_wasi_http::io::TokioIo;

use crate::spec::Grants;

/// A request's body on the way to the server; the error type is the one that bodies made by guests have.
pub(crate) type Body = UnsyncBoxBody<Bytes, WasiError>;

/// Where a connection goes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) struct Endpoint {
    pub(crate) tls: bool,
    /// As in the URL, IPv6 addresses without brackets.
    pub(crate) host: String,
    pub(crate) port: u16,
}

/// Why there is no connection.
#[derive(Debug)]
pub(crate) enum ConnectError {
    /// Not within the grants.
    Denied(String),
    /// Not to be had.
    Failed(String),
}

impl Endpoint {
    /// The endpoint of a URL; `None` if it is not `http://` or `https://` with a host.
    pub(crate) fn of(uri: &http::Uri) -> Option<Endpoint> {
        let tls = match uri.scheme_str()? {
            "http" => false,
            "https" => true,
            _ => return None,
        };
        let host = uri.host()?;
        let host = host
            .strip_prefix('[')
            .and_then(|h| h.strip_suffix(']'))
            .unwrap_or(host);
        let port = uri.port_u16().unwrap_or(if tls { 443 } else { 80 });
        Some(Endpoint {
            tls,
            host: host.to_ascii_lowercase(),
            port,
        })
    }
}

/// Opens a connection. It runs in a task of its own until the sender is dropped.
pub(crate) async fn connect(
    grants: &Grants,
    endpoint: &Endpoint,
) -> Result<SendRequest<Body>, ConnectError> {
    let stream = TcpStream::connect(addresses(grants, endpoint).await?.as_slice())
        .await
        .map_err(|error| ConnectError::Failed(error.to_string()))?;
    // A request is written in one piece; waiting for more would only delay it. If it cannot be set, it is slower.
    let _ = stream.set_nodelay(true);
    if !endpoint.tls {
        return handshake(TokioIo::new(stream)).await;
    }
    let name = ServerName::try_from(endpoint.host.clone()).map_err(|_| {
        ConnectError::Failed("the host has no name that a certificate can have".into())
    })?;
    let stream = TlsConnector::from(tls_config())
        .connect(name, stream)
        .await
        .map_err(|error| ConnectError::Failed(format!("TLS: {error}")))?;
    handshake(TokioIo::new(stream)).await
}

async fn handshake<T>(stream: T) -> Result<SendRequest<Body>, ConnectError>
where
    T: Read + Write + Unpin + Send + 'static,
{
    let (sender, connection) = Builder::new()
        .handshake(stream)
        .await
        .map_err(|error| ConnectError::Failed(error.to_string()))?;
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection of a plugin broke");
        }
    });
    Ok(sender)
}

/// The addresses of an endpoint that are granted; at least one.
async fn addresses(grants: &Grants, endpoint: &Endpoint) -> Result<Vec<SocketAddr>, ConnectError> {
    let Endpoint { tls, host, port } = endpoint;
    let grant = grants.find(*tls, host, *port).ok_or_else(|| {
        ConnectError::Denied(format!(
            "{host}:{port} is not among the hosts that may be asked"
        ))
    })?;
    let found: Vec<SocketAddr> = match host.parse::<IpAddr>() {
        Ok(address) => vec![SocketAddr::new(address, *port)],
        Err(_) => tokio::net::lookup_host((host.as_str(), *port))
            .await
            .map_err(|error| ConnectError::Failed(format!("{host} cannot be resolved: {error}")))?
            .collect(),
    };
    let granted: Vec<_> = found
        .iter()
        .copied()
        .filter(|address| grant.allows_address(address.ip()))
        .collect();
    match found.first() {
        _ if !granted.is_empty() => Ok(granted),
        Some(address) => Err(ConnectError::Denied(format!(
            "{host} leads to {}, which may not be asked (`{host}:{port}={}` would)",
            address.ip(),
            address.ip()
        ))),
        None => Err(ConnectError::Failed(format!("{host} has no address"))),
    }
}

fn tls_config() -> Arc<ClientConfig> {
    static CONFIG: OnceLock<Arc<ClientConfig>> = OnceLock::new();
    let config = CONFIG.get_or_init(|| {
        let roots = RootCertStore {
            roots: webpki_roots::TLS_SERVER_ROOTS.into(),
        };
        let config = ClientConfig::builder()
            .with_root_certificates(roots)
            .with_no_client_auth();
        Arc::new(config)
    });
    Arc::clone(config)
}
