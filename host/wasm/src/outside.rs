//! HTTP requests of the switch itself, under the same rules as those of plugins: only to hosts that are granted, and only to the
//! addresses that a granted name may lead to.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, header};
use http_body_util::{BodyExt, Full};

use crate::imports::http_client::{HttpClient, SendError};
use crate::imports::http_connect::Endpoint;
use crate::spec::Grants;

/// A client for HTTP and HTTPS. It keeps idle connections, follows no redirects, and has no time limit of its own.
#[derive(Debug)]
pub struct Outside {
    client: HttpClient,
}

/// What came back, whatever its status.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    headers: HeaderMap,
    /// The body.
    pub body: Bytes,
}

impl Answer {
    /// The value of a header field, if it is there and is text; several are joined by commas.
    pub fn header(&self, name: &str) -> Option<String> {
        let values = self.headers.get_all(name).iter();
        let values: Vec<&str> = values.filter_map(|value| value.to_str().ok()).collect();
        (!values.is_empty()).then(|| values.join(", "))
    }
}

impl Outside {
    /// A client that may ask these hosts.
    pub fn new(grants: Grants) -> Outside {
        Outside {
            client: HttpClient::new(grants),
        }
    }

    /// Sends a GET, or with a body a POST, and reads the whole answer. Names of `headers` are in lower case.
    ///
    /// # Errors
    /// A sentence: the URL is not one, its host is not granted, there is no connection, or the body is larger than `limit`.
    pub async fn send(
        &self,
        url: &str,
        headers: &[(&'static str, &str)],
        body: Option<Bytes>,
        limit: usize,
    ) -> Result<Answer, String> {
        let uri: Uri = url.parse().map_err(|_| format!("{url} is no URL"))?;
        let endpoint = Endpoint::of(&uri)
            .ok_or_else(|| format!("{url} does not begin with http:// or https:// and a host"))?;
        let authority = uri.authority().map_or("", |authority| authority.as_str());
        if authority.contains('@') {
            return Err("the URL has user information".to_owned());
        }
        let host = HeaderValue::from_str(authority).map_err(|_| "the host is not valid")?;
        let path = uri.path_and_query().map_or("/", |path| path.as_str());
        let method = match body {
            Some(_) => Method::POST,
            None => Method::GET,
        };
        let body = Full::new(body.unwrap_or_default());
        let mut request = Request::new(body.map_err(|never| match never {}).boxed_unsync());
        *request.method_mut() = method;
        *request.uri_mut() = Uri::try_from(path).map_err(|_| "the path is not valid")?;
        request.headers_mut().insert(header::HOST, host);
        for (name, value) in headers {
            let value = HeaderValue::from_str(value)
                .map_err(|_| format!("the value of {name} is not valid"))?;
            let name = HeaderName::from_static(name);
            request.headers_mut().append(name, value);
        }
        let (parts, body) = self
            .client
            .send(endpoint, request, limit)
            .await
            .map_err(|error| match error {
                SendError::Denied(text) | SendError::Connection(text) => text,
                SendError::TooLarge => format!("the answer is larger than {limit} bytes"),
            })?;
        Ok(Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body,
        })
    }
}
