//! HTTP requests to the hosts that the operator granted to this plugin. The switch keeps the connections open and shares
//! them between calls. Only this call waits.

use std::fmt;
use std::time::Duration;

use serde::de::DeserializeOwned;

use crate::backend;
use crate::call::Header;

/// A request in the making. At most 64 header fields, a URL of 8 KiB and a body of 1 MiB.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// The method.
    pub method: String,
    /// The URL, `http://` or `https://`.
    pub url: String,
    /// The header fields.
    pub headers: Vec<Header>,
    /// The body.
    pub body: Vec<u8>,
    /// How long the response may take: milliseconds. `None`: until the wall deadline of the decision.
    pub timeout_milliseconds: Option<u32>,
}

/// A response, whatever its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// The header fields in order.
    pub headers: Vec<Header>,
    /// The whole body.
    pub body: Vec<u8>,
}

/// Why there is no response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HttpError {
    /// The host is not granted; the text says which.
    Denied(String),
    /// The request cannot be sent as it is; the text says why.
    InvalidRequest(String),
    /// No connection, or it broke; the text says what happened.
    Connection(String),
    /// No whole response in time.
    Timeout,
    /// The response is larger than the operator allows.
    TooLarge,
}

impl fmt::Display for HttpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            HttpError::Denied(text) => write!(f, "not granted: {text}"),
            HttpError::InvalidRequest(text) => write!(f, "invalid request: {text}"),
            HttpError::Connection(text) => write!(f, "connection: {text}"),
            HttpError::Timeout => f.write_str("no response in time"),
            HttpError::TooLarge => f.write_str("the response is too large"),
        }
    }
}

impl std::error::Error for HttpError {}

/// A GET request.
pub fn get(url: impl Into<String>) -> Request {
    request("GET", url.into())
}

/// A POST request.
pub fn post(url: impl Into<String>) -> Request {
    request("POST", url.into())
}

impl Request {
    /// Adds a header field.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Request {
        self.headers.push(Header {
            name: name.into(),
            value: value.into(),
        });
        self
    }

    /// Sets the body and says what it is.
    #[must_use]
    pub fn body(self, content_type: &str, body: impl Into<Vec<u8>>) -> Request {
        let mut request = self.header("content-type", content_type);
        request.body = body.into();
        request
    }

    /// How long the response may take.
    #[must_use]
    pub fn within(mut self, time: Duration) -> Request {
        self.timeout_milliseconds = Some(u32::try_from(time.as_millis()).unwrap_or(u32::MAX));
        self
    }

    /// Sends it and waits for the whole response.
    pub fn send(self) -> Result<Response, HttpError> {
        backend::fetch(self)
    }
}

impl Response {
    /// The value of the first header field of this name, without regard to case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|h| h.name.eq_ignore_ascii_case(name))
            .map(|h| h.value.as_str())
    }

    /// The body as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, serde_json::Error> {
        serde_json::from_slice(&self.body)
    }
}

fn request(method: &str, url: String) -> Request {
    Request {
        method: method.to_owned(),
        url,
        headers: Vec::new(),
        body: Vec::new(),
        timeout_milliseconds: None,
    }
}
