//! Conversions to and from the messages and URIs of `rsip`. Its enums are closed, so not all of ours can be said there;
//! what it says, we can say.

use std::fmt;

use ::rsip::common::uri::param::Param;
use ::rsip::common::uri::{Auth, Host, HostWithPort, Scheme};
use ::rsip::headers::{self, UntypedHeader};

use crate::build::Builder;
use crate::message::error::ParseError;
use crate::message::fields::Fields;
use crate::message::header_name::HeaderName;
use crate::message::request::Request;
use crate::message::response::Response;
use crate::message::text::unfold;
use crate::uri::view::{InvalidUri, Uri, UriBuf};

/// `rsip` has no value for this method or URI.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotRepresentable;

impl fmt::Display for NotRepresentable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("rsip has no value for this method or URI")
    }
}

impl std::error::Error for NotRepresentable {}

/// Fails for an unknown method and for a Request-URI that is not representable.
impl TryFrom<&Request> for ::rsip::Request {
    type Error = NotRepresentable;

    fn try_from(request: &Request) -> Result<::rsip::Request, NotRepresentable> {
        let name = request.method().as_str();
        let methods = ::rsip::Method::all();
        let method = methods
            .into_iter()
            .find(|method| method.to_string() == name);
        Ok(::rsip::Request {
            method: method.ok_or(NotRepresentable)?,
            uri: request.uri().try_into()?,
            version: ::rsip::Version::V2,
            headers: their_headers(request),
            body: request.body().to_vec(),
        })
    }
}

/// The reason phrase is lost: `rsip` derives it from the status.
impl From<&Response> for ::rsip::Response {
    fn from(response: &Response) -> ::rsip::Response {
        ::rsip::Response {
            status_code: response.status().into(),
            version: ::rsip::Version::V2,
            headers: their_headers(response),
            body: response.body().to_vec(),
        }
    }
}

/// Fails for schemes other than sip and sips and for URIs with header fields.
impl TryFrom<Uri<'_>> for ::rsip::Uri {
    type Error = NotRepresentable;

    fn try_from(uri: Uri<'_>) -> Result<::rsip::Uri, NotRepresentable> {
        if !uri.is_sip() || !uri.raw_headers().is_empty() {
            return Err(NotRepresentable);
        }
        let auth = uri.raw_user().map(|user| Auth {
            user: user.to_owned(),
            password: uri.raw_password().map(str::to_owned),
        });
        // As a name, because it writes IPv6 addresses without brackets.
        let host = Host::Domain(uri.host().into());
        let params = uri.params();
        let params = params.iter().map(|param| {
            let other = Param::Other(
                param.name.to_owned().into(),
                param.raw_value.map(|value| value.to_owned().into()),
            );
            Param::try_from((param.name, param.raw_value)).unwrap_or(other)
        });
        Ok(::rsip::Uri {
            scheme: Some(if uri.is_sips() {
                Scheme::Sips
            } else {
                Scheme::Sip
            }),
            auth,
            host_with_port: HostWithPort {
                host,
                port: uri.port().map(Into::into),
            },
            params: params.collect(),
            headers: Vec::new(),
        })
    }
}

impl TryFrom<&::rsip::Request> for Request {
    type Error = ParseError;

    fn try_from(request: &::rsip::Request) -> Result<Request, ParseError> {
        let builder = Builder::request(&request.method.to_string(), &request.uri.to_string());
        Request::from_bytes(ours(builder, &request.headers, &request.body))
    }
}

impl TryFrom<&::rsip::Response> for Response {
    type Error = ParseError;

    fn try_from(response: &::rsip::Response) -> Result<Response, ParseError> {
        let status = response.status_code.code();
        let builder = Builder::response(status, crate::build::reason_phrase(status));
        Response::from_bytes(ours(builder, &response.headers, &response.body))
    }
}

impl TryFrom<&::rsip::Uri> for UriBuf {
    type Error = InvalidUri;

    fn try_from(uri: &::rsip::Uri) -> Result<UriBuf, InvalidUri> {
        UriBuf::parse(&uri.to_string())
    }
}

fn ours(mut builder: Builder, headers: &::rsip::Headers, body: &[u8]) -> bytes::Bytes {
    for header in headers.iter() {
        let line = header.to_string();
        let (name, value) = line.split_once(':').unwrap_or((&line, ""));
        let name = HeaderName::from_name(name);
        if name != HeaderName::ContentLength {
            builder.add_header(name, value.trim());
        }
    }
    builder.bare_body(body).finish()
}

fn their_headers(fields: &Fields) -> ::rsip::Headers {
    let all = fields.all_fields();
    let headers: Vec<::rsip::Header> = all
        .map(|(name, value)| their_header(name, unfold(value).into_owned()))
        .collect();
    headers.into()
}

macro_rules! their_header {
    ($name:ident, $value:ident, $($known:ident)*) => {
        match $name {
            $(HeaderName::$known => ::rsip::Header::$known(headers::$known::new($value)),)*
            other => ::rsip::Header::Other(other.as_str().to_owned(), $value),
        }
    };
}

fn their_header(name: HeaderName<'_>, value: String) -> ::rsip::Header {
    their_header!(name, value,
        Accept AcceptEncoding AcceptLanguage AlertInfo Allow AuthenticationInfo Authorization CSeq CallId CallInfo Contact
        ContentDisposition ContentEncoding ContentLanguage ContentLength ContentType Date ErrorInfo Event Expires From
        InReplyTo MaxForwards MimeVersion MinExpires Organization Priority ProxyAuthenticate ProxyAuthorization
        ProxyRequire RecordRoute ReplyTo Require RetryAfter Route Server Subject SubscriptionState Supported Timestamp To
        Unsupported UserAgent Via Warning WwwAuthenticate)
}
