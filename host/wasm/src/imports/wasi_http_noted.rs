//! `wasi:http` for developers: what is sent and what comes back is read whole and noted down, or comes from a recording.

use std::sync::Arc;
use std::time::Instant;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::{BodyExt, Full};
use switchhook_routing::call::Header;
use wasmtime_wasi_http::{Error, WasiBody};

use crate::core::Core;
use crate::imports::wasi_http::{self, Sent};
use crate::recording::{Recorder, shown};
use crate::trace::{HostCall, HttpAnswer, HttpExchange};

/// Sends a request, or takes its answer from the recording.
pub(crate) async fn send(
    core: &Arc<Core>,
    recorder: Option<&Recorder>,
    request: Request<WasiBody>,
    deadline: tokio::time::Instant,
) -> Result<Sent, Error> {
    let begun = Instant::now();
    let (parts, body) = request.into_parts();
    let (method, url) = (parts.method.to_string(), parts.uri.to_string());
    let headers = fields(&parts.headers);
    let body = body.collect().await?.to_bytes();
    let answer = match &core.answers {
        Some(answers) => answers.next(&method, &url),
        None => {
            let request = Request::from_parts(parts, whole(body.clone()));
            let limit = core.spec.budget.response_bytes;
            let sent = network(core, request, limit);
            match tokio::time::timeout_at(deadline, sent).await {
                Ok(Ok(answer)) => answer,
                Ok(Err(error)) => failed(&error),
                Err(_) => HttpAnswer::Timeout,
            }
        }
    };
    if let Some(recorder) = recorder {
        let result = match &answer {
            HttpAnswer::Response { status, body, .. } => format!("{status}, {} bytes", body.len()),
            other => format!("{other:?}"),
        };
        let mut notes = recorder.notes();
        notes.host_calls.push(HostCall {
            interface: "wasi:http",
            function: "handle",
            summary: format!("{method} {} → {result}", shown(&url)),
            nanoseconds: u64::try_from(begun.elapsed().as_nanos()).unwrap_or(u64::MAX),
        });
        notes.http.push(HttpExchange {
            method,
            url,
            headers,
            body: body.into(),
            answer: answer.clone(),
        });
    }
    given(answer)
}

async fn network(
    core: &Arc<Core>,
    request: Request<WasiBody>,
    limit: usize,
) -> Result<HttpAnswer, Error> {
    let (response, connection) = wasi_http::send(&core.shared.http, request, limit).await?;
    let (parts, body) = response.into_parts();
    let body = body.collect().await?.to_bytes();
    // It keeps the connection open while the body is read.
    Box::into_pin(connection).await?;
    Ok(HttpAnswer::Response {
        status: parts.status.as_u16(),
        headers: fields(&parts.headers),
        body: body.into(),
    })
}

fn given(answer: HttpAnswer) -> Result<Sent, Error> {
    let (status, headers, body) = match answer {
        HttpAnswer::Response {
            status,
            headers,
            body,
        } => (status, headers, body),
        HttpAnswer::Denied(_) => return Err(Error::HttpRequestDenied),
        HttpAnswer::Invalid(_) => return Err(Error::HttpRequestUriInvalid),
        HttpAnswer::Connection(_) => return Err(Error::DestinationUnavailable),
        HttpAnswer::Timeout => return Err(Error::ConnectionReadTimeout),
        HttpAnswer::TooLarge => return Err(Error::HttpResponseBodySize(None)),
    };
    let mut response = Response::builder().status(status);
    for header in headers {
        response = response.header(header.name, header.value);
    }
    let response = response
        .body(whole(body.into()))
        .map_err(|error| Error::InternalError(Some(error.to_string())))?;
    Ok((response, Box::new(async { Ok(()) })))
}

fn failed(error: &Error) -> HttpAnswer {
    match error {
        Error::HttpRequestDenied => HttpAnswer::Denied("not granted to this plugin".into()),
        Error::HttpRequestUriInvalid => HttpAnswer::Invalid("the URL is not valid".into()),
        Error::HttpResponseBodySize(_) => HttpAnswer::TooLarge,
        other => HttpAnswer::Connection(format!("{other:?}")),
    }
}

fn fields(headers: &HeaderMap) -> Vec<Header> {
    let field = |(name, value): (&http::HeaderName, &http::HeaderValue)| Header {
        name: name.as_str().to_owned(),
        value: String::from_utf8_lossy(value.as_bytes()).into_owned(),
    };
    headers.iter().map(field).collect()
}

fn whole(body: Bytes) -> WasiBody {
    Full::new(body)
        .map_err(|never| match never {})
        .boxed_unsync()
}
