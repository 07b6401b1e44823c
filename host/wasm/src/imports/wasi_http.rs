//! `wasi:http` within the same grants as the plain import: the name and every address are checked, the time ends with the
//! decision.

use std::sync::Arc;

use http::uri::PathAndQuery;
use http::{Request, Response, Uri};
use http_body_util::{BodyExt, Limited};
use tokio::time::{Instant, timeout_at};
use wasmtime_wasi_http::{Error, RequestOptions, WasiBody, WasiHttpHooks};

use crate::core::Core;
use crate::imports::http_client::HttpClient;
use crate::imports::http_connect::{self, ConnectError, Endpoint};
use crate::imports::wasi_http_noted;
use crate::limits;
use crate::recording::Recorder;

/// What `wasi:http` asks before it sends.
pub(crate) struct Hooks {
    core: Arc<Core>,
    recorder: Option<Recorder>,
    deadline: Instant,
    requests: u32,
    /// Requests of the same question by `http.fetch`: one limit is for both.
    by_fetch: u32,
}

pub(crate) type Sent = (
    Response<WasiBody>,
    Box<dyn Future<Output = Result<(), Error>> + Send>,
);

impl Hooks {
    pub(crate) fn new(core: &Arc<Core>, recorder: Option<Recorder>) -> Hooks {
        Hooks {
            core: Arc::clone(core),
            recorder,
            deadline: Instant::now(),
            requests: 0,
            by_fetch: 0,
        }
    }

    /// Another question begins.
    pub(crate) fn begin(&mut self) {
        self.requests = 0;
    }

    /// What is sent next belongs to a question with this deadline, and so many requests were sent another way.
    pub(crate) fn is_asked(&mut self, deadline: Instant, by_fetch: u32) {
        self.deadline = deadline;
        self.by_fetch = by_fetch;
    }

    /// Requests of this question.
    pub(crate) fn requests(&self) -> u32 {
        self.requests
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
        let is_allowed = self.requests + self.by_fetch <= limits::HTTP_REQUESTS;
        let (core, recorder) = (Arc::clone(&self.core), self.recorder.clone());
        let (wall, body_limit) = (self.deadline, core.spec.budget.response_bytes);
        let first_byte = options.and_then(|options| options.first_byte_timeout);
        let deadline = first_byte.map_or(wall, |timeout| wall.min(Instant::now() + timeout));
        Box::new(async move {
            if !is_allowed {
                return Err(Error::HttpRequestDenied);
            }
            if recorder.is_none() && core.answers.is_none() {
                return timeout_at(deadline, send(&core.shared.http, request, body_limit))
                    .await
                    .map_err(|_| Error::ConnectionReadTimeout)?;
            }
            wasi_http_noted::send(&core, recorder.as_ref(), request, deadline).await
        })
    }
}

pub(crate) async fn send(
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
