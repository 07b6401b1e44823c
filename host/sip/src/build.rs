//! Builds messages: one `Vec` of bytes, written from front to back. What is given as a value can hold no line end, so
//! nothing that comes from outside can add a field.

use std::fmt::{self, Display, Write};
use std::net::{IpAddr, SocketAddr};

use bytes::Bytes;
use memchr::memchr2;

use crate::message::fields::Fields;
use crate::message::header_name::HeaderName;
use crate::message::request::Request;
use crate::message::text::trim_end;
use crate::message::via::Via;
use crate::uri::host::host_ip;

/// A message in the making. The start line comes first, then header fields in the order of the calls, then
/// [`Builder::finish`] with Content-Length and body.
#[derive(Debug, Clone)]
pub struct Builder {
    bytes: Vec<u8>,
    body: Vec<u8>,
}

/// Enough for most messages without a second allocation.
const CAPACITY: usize = 1024;

impl Builder {
    /// A request. The URI is written as it is: it should come from [`crate::uri::view::Uri`] or be made of checked parts.
    pub fn request(method: &str, uri: &str) -> Builder {
        let mut builder = Builder::empty();
        extend_clean(&mut builder.bytes, method.as_bytes());
        builder.bytes.push(b' ');
        extend_clean(&mut builder.bytes, uri.as_bytes());
        builder.bytes.extend_from_slice(b" SIP/2.0\r\n");
        builder
    }

    /// A response. An empty reason is allowed.
    pub fn response(status: u16, reason: impl Display) -> Builder {
        Builder::empty().start_line(format_args!("SIP/2.0 {status} {reason}"))
    }

    /// A response to a request (RFC 3261 §8.2.6): all Via with `received` and `rport` if [`stamp_via`] was told the
    /// source, From, To with `to_tag` unless it has a tag, Call-ID, CSeq; Record-Route if the response makes a dialog, and
    /// Timestamp with a 100. Without a `reason` the usual one.
    pub fn response_to(
        request: &Request,
        status: u16,
        reason: Option<&str>,
        to_tag: Option<&str>,
    ) -> Builder {
        let reason = reason.unwrap_or_else(|| reason_phrase(status));
        let mut builder = Builder::empty();
        builder.bytes.extend_from_slice(b"SIP/2.0 ");
        builder.push_number(status.into());
        builder.bytes.push(b' ');
        extend_clean(&mut builder.bytes, reason.as_bytes());
        builder.bytes.extend_from_slice(b"\r\n");
        let copies_route = (101..300).contains(&status) && request.method().makes_dialog();
        let mut is_topmost = true;
        for (name, value) in request.all_fields() {
            builder = match name {
                HeaderName::Via if std::mem::take(&mut is_topmost) => {
                    let via = request.via();
                    let rest = value.get(via.as_bytes().len()..).unwrap_or(&[]);
                    write_stamped_via(builder, &via, rest, request.source())
                }
                HeaderName::To if request.to().tag().is_none() => {
                    builder.tagged_header(name, value, to_tag)
                }
                HeaderName::RecordRoute if copies_route => builder.raw_header(name, value),
                HeaderName::Timestamp if status == 100 => builder.raw_header(name, value),
                HeaderName::Via
                | HeaderName::From
                | HeaderName::To
                | HeaderName::CallId
                | HeaderName::CSeq => builder.raw_header(name, value),
                _ => builder,
            };
        }
        builder
    }

    /// Appends a header field. Line ends in the value become spaces. Content-Length is [`Builder::finish`]'s.
    #[must_use]
    pub fn header<'n>(mut self, name: impl Into<HeaderName<'n>>, value: impl Display) -> Builder {
        self.add_header(name, value);
        self
    }

    /// As [`Builder::header`], for loops.
    pub fn add_header<'n>(&mut self, name: impl Into<HeaderName<'n>>, value: impl Display) {
        self.begin_field(name.into());
        self.write(value);
        self.bytes.extend_from_slice(b"\r\n");
    }

    /// Appends a header field of any bytes, such as a value of a received message. Line ends, so also folds, become
    /// spaces.
    #[must_use]
    pub fn raw_header<'n>(mut self, name: impl Into<HeaderName<'n>>, value: &[u8]) -> Builder {
        self.add_raw_header(name, value);
        self
    }

    /// As [`Builder::raw_header`], for loops.
    pub fn add_raw_header<'n>(&mut self, name: impl Into<HeaderName<'n>>, value: &[u8]) {
        self.begin_field(name.into());
        extend_clean(&mut self.bytes, value);
        self.bytes.extend_from_slice(b"\r\n");
    }

    /// Appends a header field that is a number.
    #[must_use]
    pub fn number<'n>(mut self, name: impl Into<HeaderName<'n>>, value: u32) -> Builder {
        self.begin_field(name.into());
        self.push_number(value.into());
        self.bytes.extend_from_slice(b"\r\n");
        self
    }

    /// Appends CSeq.
    #[must_use]
    pub fn cseq(mut self, number: u32, method: &str) -> Builder {
        self.begin_field(HeaderName::CSeq);
        self.push_number(number.into());
        self.bytes.push(b' ');
        extend_clean(&mut self.bytes, method.as_bytes());
        self.bytes.extend_from_slice(b"\r\n");
        self
    }

    /// Appends all fields of that name of a received message, in their order.
    #[must_use]
    pub fn copy<'n>(mut self, from: &Fields, name: impl Into<HeaderName<'n>>) -> Builder {
        let name = name.into();
        for value in from.raw_values(name) {
            self.add_raw_header(name, value);
        }
        self
    }

    /// The body, and a Content-Type at this place. The last call counts.
    #[must_use]
    pub fn body(self, content_type: &str, body: &[u8]) -> Builder {
        self.header(HeaderName::ContentType, content_type)
            .bare_body(body)
    }

    /// The body without a Content-Type, for one that is among the header fields already.
    #[must_use]
    pub fn bare_body(mut self, body: &[u8]) -> Builder {
        self.body = body.to_vec();
        self
    }

    /// The message, with Content-Length.
    pub fn finish(mut self) -> Bytes {
        let length = self.body.len();
        self.begin_field(HeaderName::ContentLength);
        self.push_number(length as u64);
        self.bytes.extend_from_slice(b"\r\n\r\n");
        self.bytes.extend_from_slice(&self.body);
        Bytes::from(self.bytes)
    }

    /// A field of an address, with a tag behind it.
    pub(crate) fn tagged_header(
        mut self,
        name: HeaderName<'_>,
        value: &[u8],
        tag: Option<&str>,
    ) -> Builder {
        self.begin_field(name);
        let Some(tag) = tag else {
            extend_clean(&mut self.bytes, value);
            self.bytes.extend_from_slice(b"\r\n");
            return self;
        };
        // Some phones end the parameters with a semicolon.
        let value = value.strip_suffix(b";").map_or(value, trim_end);
        extend_clean(&mut self.bytes, value);
        self.bytes.extend_from_slice(b";tag=");
        extend_clean(&mut self.bytes, tag.as_bytes());
        self.bytes.extend_from_slice(b"\r\n");
        self
    }

    fn empty() -> Builder {
        Builder {
            bytes: Vec::with_capacity(CAPACITY),
            body: Vec::new(),
        }
    }

    fn start_line(mut self, line: fmt::Arguments<'_>) -> Builder {
        self.write(line);
        self.bytes.extend_from_slice(b"\r\n");
        self
    }

    fn write(&mut self, value: impl Display) {
        // Writing to a vector does not fail.
        let _ = write!(Clean(&mut self.bytes), "{value}");
    }

    /// Digits without the machinery of formatting, which costs more than a whole header field.
    fn push_number(&mut self, mut number: u64) {
        let start = self.bytes.len();
        loop {
            self.bytes.push(b'0' + (number % 10) as u8);
            number /= 10;
            if number == 0 {
                break;
            }
        }
        if let Some(digits) = self.bytes.get_mut(start..) {
            digits.reverse();
        }
    }

    fn push_address(&mut self, address: IpAddr) {
        let IpAddr::V4(address) = address else {
            return self.write(address);
        };
        let [first, others @ ..] = address.octets();
        self.push_number(first.into());
        for octet in others {
            self.bytes.push(b'.');
            self.push_number(octet.into());
        }
    }

    fn begin_field(&mut self, name: HeaderName<'_>) {
        match name {
            HeaderName::Other(name) => extend_clean(&mut self.bytes, name.as_bytes()),
            known => self.bytes.extend_from_slice(known.as_str().as_bytes()),
        }
        self.bytes.extend_from_slice(b": ");
    }
}

/// Tells a request where it came from, so that responses carry `received` and `rport` in the topmost Via (RFC 3261
/// §18.2.1, RFC 3581 §4). The stored bytes stay as they are.
pub fn stamp_via(request: &mut Request, source: SocketAddr) {
    request.fields.source = Some(source);
}

/// Writes the first Via field: its topmost value, with the source, and the further values `rest` of the same field.
pub(crate) fn write_stamped_via(
    mut builder: Builder,
    via: &Via<'_>,
    rest: &[u8],
    source: Option<SocketAddr>,
) -> Builder {
    builder.begin_field(HeaderName::Via);
    match source {
        None => extend_clean(&mut builder.bytes, via.as_bytes()),
        Some(source) => {
            extend_clean(&mut builder.bytes, via.before_params());
            let mut wants_port = false;
            for param in via.params().pieces() {
                let is_port = param.name.eq_ignore_ascii_case(b"rport");
                wants_port |= is_port;
                if !is_port && !param.name.eq_ignore_ascii_case(b"received") {
                    builder.bytes.push(b';');
                    extend_clean(&mut builder.bytes, param.name);
                    if let Some(value) = param.value {
                        builder.bytes.push(b'=');
                        extend_clean(&mut builder.bytes, value);
                    }
                }
            }
            // RFC 3581 §4: a request for rport gets received too, even if it is the address of sent-by.
            if wants_port || host_ip(via.host()) != Some(source.ip()) {
                builder.bytes.extend_from_slice(b";received=");
                builder.push_address(source.ip());
            }
            if wants_port {
                builder.bytes.extend_from_slice(b";rport=");
                builder.push_number(source.port().into());
            }
        }
    }
    extend_clean(&mut builder.bytes, rest);
    builder.bytes.extend_from_slice(b"\r\n");
    builder
}

/// A `Write` that turns line ends into spaces.
struct Clean<'a>(&'a mut Vec<u8>);

impl fmt::Write for Clean<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        extend_clean(self.0, text.as_bytes());
        Ok(())
    }
}

fn extend_clean(to: &mut Vec<u8>, bytes: &[u8]) {
    if memchr2(b'\r', b'\n', bytes).is_none() {
        to.extend_from_slice(bytes);
        return;
    }
    to.extend(bytes.iter().map(|byte| match byte {
        b'\r' | b'\n' => b' ',
        other => *other,
    }));
}

/// The usual reason phrase of a status (RFC 3261 §21 and its extensions), of an unknown one that of its class.
pub fn reason_phrase(status: u16) -> &'static str {
    match status {
        100 => "Trying",
        180 => "Ringing",
        181 => "Call Is Being Forwarded",
        182 => "Queued",
        183 => "Session Progress",
        199 => "Early Dialog Terminated",
        200 => "OK",
        202 => "Accepted",
        204 => "No Notification",
        300 => "Multiple Choices",
        301 => "Moved Permanently",
        302 => "Moved Temporarily",
        305 => "Use Proxy",
        380 => "Alternative Service",
        400..=499 => client_error_phrase(status),
        500 => "Server Internal Error",
        501 => "Not Implemented",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        504 => "Server Time-out",
        505 => "Version Not Supported",
        513 => "Message Too Large",
        555 => "Push Notification Service Not Supported",
        580 => "Precondition Failure",
        600 => "Busy Everywhere",
        603 => "Decline",
        604 => "Does Not Exist Anywhere",
        606 => "Not Acceptable",
        607 => "Unwanted",
        608 => "Rejected",
        _ => class_phrase(status),
    }
}

fn class_phrase(status: u16) -> &'static str {
    match status {
        ..200 => "Session Progress",
        200..300 => "OK",
        300..400 => "Redirection",
        400..500 => "Bad Request",
        500..600 => "Server Failure",
        _ => "Global Failure",
    }
}

fn client_error_phrase(status: u16) -> &'static str {
    match status {
        401 => "Unauthorized",
        402 => "Payment Required",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        406 => "Not Acceptable",
        407 => "Proxy Authentication Required",
        408 => "Request Timeout",
        410 => "Gone",
        412 => "Conditional Request Failed",
        413 => "Request Entity Too Large",
        414 => "Request-URI Too Long",
        415 => "Unsupported Media Type",
        416 => "Unsupported URI Scheme",
        417 => "Unknown Resource-Priority",
        420 => "Bad Extension",
        421 => "Extension Required",
        422 => "Session Interval Too Small",
        423 => "Interval Too Brief",
        424 => "Bad Location Information",
        425 => "Bad Alert Message",
        428 => "Use Identity Header",
        429 => "Provide Referrer Identity",
        430 => "Flow Failed",
        433 => "Anonymity Disallowed",
        436 => "Bad Identity Info",
        437 => "Unsupported Credential",
        438 => "Invalid Identity Header",
        439 => "First Hop Lacks Outbound Support",
        440 => "Max-Breadth Exceeded",
        469 => "Bad Info Package",
        470 => "Consent Needed",
        480 => "Temporarily Unavailable",
        481 => "Call/Transaction Does Not Exist",
        482 => "Loop Detected",
        483 => "Too Many Hops",
        484 => "Address Incomplete",
        485 => "Ambiguous",
        486 => "Busy Here",
        487 => "Request Terminated",
        488 => "Not Acceptable Here",
        489 => "Bad Event",
        491 => "Request Pending",
        493 => "Undecipherable",
        494 => "Security Agreement Required",
        _ => "Bad Request",
    }
}

#[cfg(test)]
mod tests;
