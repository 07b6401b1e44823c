//! The HTTP connections of one plugin: kept while idle and used again by all its instances and versions with the same grants.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use bytes::Bytes;
use http::response::Parts;
use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::client::conn::http1::SendRequest;

use crate::imports::http_connect::{self, Body, ConnectError, Endpoint};
use crate::limits;
use crate::spec::Grants;

/// Connections of one plugin.
#[derive(Debug)]
pub(crate) struct HttpClient {
    grants: Grants,
    idle: Mutex<HashMap<Endpoint, Vec<Idle>>>,
}

#[derive(Debug)]
struct Idle {
    sender: SendRequest<Body>,
    since: Instant,
}

/// Why there is no response.
#[derive(Debug)]
pub(crate) enum SendError {
    /// Not within the grants.
    Denied(String),
    /// No connection, or it broke.
    Connection(String),
    /// The body is larger than allowed.
    TooLarge,
}

impl From<ConnectError> for SendError {
    fn from(error: ConnectError) -> SendError {
        match error {
            ConnectError::Denied(text) => SendError::Denied(text),
            ConnectError::Failed(text) => SendError::Connection(text),
        }
    }
}

impl HttpClient {
    pub(crate) fn new(grants: Grants) -> HttpClient {
        HttpClient {
            grants,
            idle: Mutex::default(),
        }
    }

    pub(crate) fn grants(&self) -> &Grants {
        &self.grants
    }

    /// Sends a request (its URI in origin form) and reads the whole response. No time limit of its own.
    pub(crate) async fn send(
        &self,
        endpoint: Endpoint,
        mut request: Request<Body>,
        body_limit: usize,
    ) -> Result<(Parts, Bytes), SendError> {
        // An idle connection may be closed by the server just now. Then the request comes back unsent and takes the next.
        while let Some(mut sender) = self.take_idle(&endpoint) {
            if sender.ready().await.is_err() {
                continue;
            }
            match sender.try_send_request(request).await {
                Ok(response) => return self.finish(endpoint, sender, response, body_limit).await,
                Err(mut error) => match error.take_message() {
                    Some(unsent) => request = unsent,
                    None => return Err(SendError::Connection(error.into_error().to_string())),
                },
            }
        }
        let mut sender = http_connect::connect(&self.grants, &endpoint).await?;
        let response = sender
            .send_request(request)
            .await
            .map_err(|error| SendError::Connection(error.to_string()))?;
        self.finish(endpoint, sender, response, body_limit).await
    }

    async fn finish(
        &self,
        endpoint: Endpoint,
        sender: SendRequest<Body>,
        response: Response<Incoming>,
        body_limit: usize,
    ) -> Result<(Parts, Bytes), SendError> {
        let (parts, body) = response.into_parts();
        let body = read(body, body_limit).await?;
        self.put_idle(endpoint, sender);
        Ok((parts, body))
    }

    fn take_idle(&self, endpoint: &Endpoint) -> Option<SendRequest<Body>> {
        let mut idle = self.idle();
        let connections = idle.get_mut(endpoint)?;
        // The last one was used last: it is the warmest, and the others grow old and are dropped.
        let taken = std::iter::from_fn(|| connections.pop())
            .find(|idle| idle.since.elapsed() < limits::HTTP_IDLE && !idle.sender.is_closed());
        if taken.is_none() {
            idle.remove(endpoint);
        }
        taken.map(|idle| idle.sender)
    }

    fn put_idle(&self, endpoint: Endpoint, sender: SendRequest<Body>) {
        if sender.is_closed() {
            return;
        }
        let mut idle = self.idle();
        let connections = idle.entry(endpoint).or_default();
        if connections.len() >= limits::HTTP_IDLE_CONNECTIONS {
            connections.remove(0);
        }
        let now = Instant::now();
        if connections
            .first()
            .is_some_and(|oldest| now - oldest.since >= limits::HTTP_IDLE)
        {
            connections.retain(|idle| now - idle.since < limits::HTTP_IDLE);
        }
        connections.push(Idle { sender, since: now });
    }

    fn idle(&self) -> MutexGuard<'_, HashMap<Endpoint, Vec<Idle>>> {
        // A map of connections has no state that a panic could leave half done.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn read(mut body: Incoming, limit: usize) -> Result<Bytes, SendError> {
    let mut whole = Vec::new();
    let mut first: Option<Bytes> = None;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|error| SendError::Connection(error.to_string()))?;
        let Ok(data) = frame.into_data() else {
            continue;
        };
        let length = first.as_ref().map_or(whole.len(), Bytes::len) + data.len();
        if length > limit {
            return Err(SendError::TooLarge);
        }
        match first.take() {
            // Nearly every answer is one piece, which need not be copied.
            None if whole.is_empty() => first = Some(data),
            None => whole.extend_from_slice(&data),
            Some(begin) => {
                whole.extend_from_slice(&begin);
                whole.extend_from_slice(&data);
            }
        }
    }
    Ok(first.unwrap_or_else(|| whole.into()))
}
