//! The plain HTTP import: one function, a request in, a response out.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, header};
use http_body_util::{BodyExt, Empty, Full};
use switchhook_routing::call;
use tokio::time::{Duration, Instant};

use crate::contract::v0_2::http as wit;
use crate::imports::http_client::SendError;
use crate::imports::http_connect::{Body, Endpoint};
use crate::limits;
use crate::recording::shown;
use crate::store::Host;
use crate::trace::{HttpAnswer, HttpExchange};

impl wit::Host for Host {
    async fn fetch(&mut self, request: wit::Request) -> Result<wit::Response, wit::Error> {
        let noting = self.note("http", "fetch", || {
            format!("{} {}", shown(&request.method), shown(&request.url))
        });
        if noting.is_none() {
            return self.answer(request).await;
        }
        let mut exchange = HttpExchange {
            method: request.method.clone(),
            url: request.url.clone(),
            headers: request.headers.iter().map(header_of).collect(),
            body: request.body.clone(),
            answer: HttpAnswer::Timeout,
        };
        let answer = self.answer(request).await;
        exchange.answer = recorded(&answer);
        if let Some(recorder) = &self.recorder {
            recorder.notes().http.push(exchange);
        }
        self.noted(noting, || match &answer {
            Ok(response) => format!("{}, {} bytes", response.status, response.body.len()),
            Err(error) => format!("{error:?}"),
        });
        answer
    }
}

impl Host {
    async fn answer(&mut self, request: wit::Request) -> Result<wit::Response, wit::Error> {
        self.http_requests += 1;
        let by_wasi = self.wasi.as_ref().map_or(0, |wasi| wasi.http_requests());
        if self.http_requests + by_wasi > limits::HTTP_REQUESTS {
            let text = format!(
                "more than {} requests in one decision",
                limits::HTTP_REQUESTS
            );
            return Err(wit::Error::Denied(text));
        }
        let deadline = deadline(Instant::now(), self.deadline, request.timeout_milliseconds);
        let body_limit = self.core.spec.budget.response_bytes;
        if let Some(answers) = &self.core.answers {
            let (method, url) = (request.method.clone(), request.url.clone());
            prepare(request)?;
            return replayed(answers.next(&method, &url), body_limit);
        }
        let (endpoint, request) = prepare(request)?;
        let sent = self.core.shared.http.send(endpoint, request, body_limit);
        let (parts, body) = match tokio::time::timeout_at(deadline, sent).await {
            Err(_) => return Err(wit::Error::Timeout),
            Ok(Err(SendError::Denied(text))) => return Err(wit::Error::Denied(text)),
            Ok(Err(SendError::Connection(text))) => return Err(wit::Error::Connection(text)),
            Ok(Err(SendError::TooLarge)) => return Err(wit::Error::TooLarge),
            Ok(Ok(response)) => response,
        };
        let headers = parts
            .headers
            .iter()
            .take(limits::HTTP_HEADERS)
            .map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
                wit::Header {
                    name: name.as_str().to_owned(),
                    value,
                }
            });
        Ok(wit::Response {
            status: parts.status.as_u16(),
            headers: headers.collect(),
            body: body.into(),
        })
    }
}

fn header_of(header: &wit::Header) -> call::Header {
    call::Header {
        name: header.name.clone(),
        value: header.value.clone(),
    }
}

/// An answer as it is noted down.
fn recorded(answer: &Result<wit::Response, wit::Error>) -> HttpAnswer {
    match answer {
        Ok(response) => HttpAnswer::Response {
            status: response.status,
            headers: response.headers.iter().map(header_of).collect(),
            body: response.body.clone(),
        },
        Err(wit::Error::Denied(text)) => HttpAnswer::Denied(text.clone()),
        Err(wit::Error::InvalidRequest(text)) => HttpAnswer::Invalid(text.clone()),
        Err(wit::Error::Connection(text)) => HttpAnswer::Connection(text.clone()),
        Err(wit::Error::Timeout) => HttpAnswer::Timeout,
        Err(wit::Error::TooLarge) => HttpAnswer::TooLarge,
    }
}

/// An answer that was noted down, given again.
fn replayed(answer: HttpAnswer, body_limit: usize) -> Result<wit::Response, wit::Error> {
    match answer {
        HttpAnswer::Response { body, .. } if body.len() > body_limit => Err(wit::Error::TooLarge),
        HttpAnswer::Response {
            status,
            headers,
            body,
        } => {
            let header = |header: call::Header| wit::Header {
                name: header.name,
                value: header.value,
            };
            Ok(wit::Response {
                status,
                headers: headers.into_iter().map(header).collect(),
                body,
            })
        }
        HttpAnswer::Denied(text) => Err(wit::Error::Denied(text)),
        HttpAnswer::Invalid(text) => Err(wit::Error::InvalidRequest(text)),
        HttpAnswer::Connection(text) => Err(wit::Error::Connection(text)),
        HttpAnswer::Timeout => Err(wit::Error::Timeout),
        HttpAnswer::TooLarge => Err(wit::Error::TooLarge),
    }
}

/// When the request must be over: soon enough before the wall deadline for the guest to decide without the answer.
fn deadline(now: Instant, wall: Instant, timeout_milliseconds: Option<u32>) -> Instant {
    const RESERVE_MAX: Duration = Duration::from_millis(50);
    let reserve = (wall.saturating_duration_since(now) / 10).min(RESERVE_MAX);
    let latest = wall - reserve;
    timeout_milliseconds.map_or(latest, |timeout| {
        latest.min(now + Duration::from_millis(timeout.into()))
    })
}

/// The request as it is sent, and where.
fn prepare(request: wit::Request) -> Result<(Endpoint, Request<Body>), wit::Error> {
    let invalid = |text: &str| wit::Error::InvalidRequest(text.to_owned());
    if request.method.len() > 32 {
        return Err(invalid("the method is too long"));
    }
    let method = Method::from_bytes(request.method.as_bytes())
        .ok()
        .filter(|method| method != Method::CONNECT)
        .ok_or_else(|| invalid("the method is no token, or CONNECT"))?;
    if request.url.len() > limits::HTTP_URL_BYTES {
        return Err(invalid("the URL is too long"));
    }
    if request.body.len() > limits::HTTP_REQUEST_BODY {
        return Err(invalid("the body is too long"));
    }
    let url: Uri = request
        .url
        .parse()
        .map_err(|_| invalid("the URL is not valid"))?;
    let endpoint = Endpoint::of(&url)
        .ok_or_else(|| invalid("the URL does not begin with http:// or https:// and a host"))?;
    let authority = url.authority().map_or("", |authority| authority.as_str());
    // What stands before an `@` is a name and password for the server, and a trap for the reader.
    if authority.contains('@') {
        return Err(invalid(
            "the URL has user information; use an Authorization field",
        ));
    }
    let host = HeaderValue::from_str(authority).map_err(|_| invalid("the host is not valid"))?;
    let path = url.path_and_query().map_or("/", |path| path.as_str());
    let path = Uri::try_from(path).map_err(|_| invalid("the path is not valid"))?;

    let mut headers = headers(request.headers)?;
    headers.insert(header::HOST, host);
    let body = if request.body.is_empty() {
        Empty::new().map_err(|never| match never {}).boxed_unsync()
    } else {
        Full::new(Bytes::from(request.body))
            .map_err(|never| match never {})
            .boxed_unsync()
    };
    let mut sent = Request::new(body);
    *sent.method_mut() = method;
    *sent.uri_mut() = path;
    *sent.headers_mut() = headers;
    Ok((endpoint, sent))
}

fn headers(fields: Vec<wit::Header>) -> Result<HeaderMap, wit::Error> {
    let invalid = |text: String| wit::Error::InvalidRequest(text);
    if fields.len() > limits::HTTP_HEADERS {
        return Err(invalid(format!(
            "more than {} header fields",
            limits::HTTP_HEADERS
        )));
    }
    let mut headers = HeaderMap::with_capacity(fields.len() + 1);
    for field in fields {
        let name = HeaderName::from_bytes(field.name.as_bytes())
            .map_err(|_| invalid("a header field's name is no token".into()))?;
        if is_of_the_connection(&name) {
            return Err(invalid(format!(
                "the header field {name} is written by the switch"
            )));
        }
        let value = HeaderValue::from_str(&field.value)
            .map_err(|_| invalid(format!("the value of {name} is not valid")))?;
        headers.append(name, value);
    }
    Ok(headers)
}

/// Fields that say how the message is carried (RFC 9110 §7.6.1), and Host: through them one could reach what is not granted.
fn is_of_the_connection(name: &HeaderName) -> bool {
    [
        header::HOST,
        header::CONTENT_LENGTH,
        header::TRANSFER_ENCODING,
        header::CONNECTION,
        header::UPGRADE,
        header::TE,
        header::TRAILER,
        header::EXPECT,
        header::PROXY_AUTHORIZATION,
        HeaderName::from_static("keep-alive"),
        HeaderName::from_static("proxy-connection"),
    ]
    .contains(name)
}

#[cfg(test)]
mod tests;
