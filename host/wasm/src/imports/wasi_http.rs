//! `wasi:http` within the same grants as the plain import: the name and every address are checked, the time ends with the
//! decision.

use std::sync::Arc;

use http::uri::PathAndQuery;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt, Limited};
use tokio::time::Instant;
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use crate::imports::http_client::HttpClient;
use crate::imports::http_connect::{self, ConnectError, Endpoint};
use crate::limits;

/// What `wasi:http` asks before it sends.
pub(crate) struct Hooks {
    client: Arc<HttpClient>,
    deadline: Instant,
    body_limit: usize,
    requests: u32,
}

type Sent = (
    Response<WasiBody>,
    Box<dyn Future<Output = Result<(), Error>> + Send>,
);

impl Hooks {
    pub(crate) fn new(client: Arc<HttpClient>, deadline: Instant, body_limit: usize) -> Hooks {
        Hooks {
            client,
            deadline,
            body_limit,
            requests: 0,
        }
    }
}

impl WasiHttpHooks for Hooks {
    fn send_request(
        &mut self,
        request: Request<WasiBody>,
        options: Option<RequestOptions>,
        _processed: Box<dyn Future<Output = Result<(), Error>> + Send>,
    ) -> Box<dyn Future<Output = Result<Sent, Error>> + Send> {
        self.requests += 1;
        let (requests, client) = (self.requests, Arc::clone(&self.client));
        let (wall, body_limit) = (self.deadline, self.body_limit);
        let first_byte = options.and_then(|options| options.first_byte_timeout);
        let deadline = first_byte.map_or(wall, |timeout| wall.min(Instant::now() + timeout));
        Box::new(async move {
            if requests > limits::HTTP_REQUESTS {
                return Err(Error::HttpRequestDenied);
            }
            tokio::time::timeout_at(deadline, send(&client, request, body_limit))
                .await
                .map_err(|_| Error::ConnectionReadTimeout)?
        })
    }
}

async fn send(
    client: &HttpClient,
    mut request: Request<WasiBody>,
    body_limit: usize,
) -> Result<Sent, Error> {
    let endpoint = Endpoint::of(request.uri()).ok_or(Error::HttpRequestUriInvalid)?;
    let path = request
        .uri()
        .path_and_query()
        .map_or("/", PathAndQuery::as_str);
    *request.uri_mut() = Uri::try_from(path).map_err(|_| Error::HttpRequestUriInvalid)?;
    let connected = http_connect::connect(client.grants(), &endpoint).await;
    let mut sender = connected.map_err(|error| match error {
        ConnectError::Denied(text) => {
            tracing::info!(target: "plugin", "a request of a plugin was denied: {text}");
            Error::HttpRequestDenied
        }
        ConnectError::Failed(_) => Error::DestinationUnavailable,
    })?;
    let response = sender.send_request(request).await.map_err(Error::from)?;
    let response = response.map(|body| {
        let limited = Limited::new(body, body_limit);
        let broken = move |_| Error::HttpResponseBodySize(Some(body_limit as u64));
        limited.map_err(broken).boxed_unsync()
    });
    // The connection has a task of its own and ends with its sender, which must live for as long as the body is read.
    let connection = async move {
        drop(sender);
        Ok(())
    };
    Ok((response, Box::new(connection)))
}
