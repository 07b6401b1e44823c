//! The view of a URI that borrows its text, and its owned form. Nothing is unescaped before someone asks.

use std::borrow::Cow;
use std::fmt;
use std::net::IpAddr;

use crate::message::params::Params;
use crate::message::text::{Span, text};
use crate::uri::host::host_ip;
use crate::uri::parse::Spans;
use crate::uri::{equivalent, escape};

/// A URI that borrows its text.
#[derive(Debug, Clone, Copy)]
pub struct Uri<'a> {
    bytes: &'a [u8],
    at: Spans,
}

/// A URI that owns its text.
#[derive(Debug, Clone)]
pub struct UriBuf {
    text: Box<str>,
    at: Spans,
}

/// The text is no URI: no scheme, white space, or a sip URI whose user, host or port is malformed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InvalidUri;

impl<'a> Uri<'a> {
    /// A URI from its text (RFC 3261 §19.1.1). Unknown schemes are accepted: what stands behind them stays text.
    pub fn parse(text: &'a str) -> Result<Uri<'a>, InvalidUri> {
        let bytes = text.as_bytes();
        let at = Spans::parse(bytes).ok_or(InvalidUri)?;
        Ok(Uri { bytes, at })
    }

    /// From spans that were found in this same text.
    pub(crate) fn trusted(bytes: &'a [u8], at: Spans) -> Uri<'a> {
        Uri { bytes, at }
    }

    /// The text as it was written.
    pub fn as_str(&self) -> &'a str {
        text(self.bytes)
    }

    /// The scheme as it was written, without the colon.
    pub fn scheme(&self) -> &'a str {
        text(
            self.bytes
                .get(..usize::from(self.at.scheme_end))
                .unwrap_or(&[]),
        )
    }

    /// Whether it is a sip or sips URI, so that it has a host.
    pub fn is_sip(&self) -> bool {
        self.scheme().eq_ignore_ascii_case("sip") || self.is_sips()
    }

    /// Whether it is a sips URI.
    pub fn is_sips(&self) -> bool {
        self.scheme().eq_ignore_ascii_case("sips")
    }

    /// Whether it is a tel URI (RFC 3966); [`Uri::user`] is its number.
    pub fn is_tel(&self) -> bool {
        self.scheme().eq_ignore_ascii_case("tel")
    }

    /// All that follows the scheme's colon.
    pub fn opaque(&self) -> &'a str {
        text(
            self.bytes
                .get(usize::from(self.at.scheme_end) + 1..)
                .unwrap_or(&[]),
        )
    }

    /// The user part as it was written, escapes and parameters of the user included; of a tel URI the number.
    pub fn raw_user(&self) -> Option<&'a str> {
        self.at.user.map(|span| self.piece(span))
    }

    /// The user part, unescaped; of a tel URI the number.
    pub fn user(&self) -> Option<Cow<'a, str>> {
        self.raw_user().map(escape::unescape)
    }

    /// The password as it was written.
    pub fn raw_password(&self) -> Option<&'a str> {
        self.at.password.map(|span| self.piece(span))
    }

    /// The password, unescaped. RFC 3261 advises against its use.
    pub fn password(&self) -> Option<Cow<'a, str>> {
        self.raw_password().map(escape::unescape)
    }

    /// The host of a sip URI: a name, an IPv4 address or an IPv6 address in brackets; empty for other schemes.
    pub fn host(&self) -> &'a str {
        self.piece(self.at.host)
    }

    /// The host, if it is an address.
    pub fn ip(&self) -> Option<IpAddr> {
        host_ip(self.host())
    }

    /// The port, if one is named.
    pub fn port(&self) -> Option<u16> {
        self.at.port
    }

    /// Host and port as they were written.
    pub fn host_port(&self) -> &'a str {
        self.piece(self.at.host_port)
    }

    /// The parameters of a sip or tel URI.
    pub fn params(&self) -> Params<'a> {
        Params::trusted(self.at.params.bytes(self.bytes))
    }

    /// The value of a parameter, unescaped; empty if it has none, `None` if it is not there.
    pub fn param(&self, name: &str) -> Option<Cow<'a, str>> {
        let param = self.params().find(name)?;
        Some(escape::unescape(param.raw_value.unwrap_or("")))
    }

    /// The header fields behind the question mark, as they were written; empty if there are none.
    pub fn raw_headers(&self) -> &'a str {
        self.piece(self.at.headers)
    }

    /// The header fields behind the question mark: name and value, unescaped.
    pub fn headers(&self) -> impl Iterator<Item = (Cow<'a, str>, Cow<'a, str>)> + use<'a> {
        let pairs = self
            .raw_headers()
            .split('&')
            .filter(|pair| !pair.is_empty());
        pairs.map(|pair| {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            (escape::unescape(name), escape::unescape(value))
        })
    }

    /// The same URI with a text of its own.
    pub fn to_owned(&self) -> UriBuf {
        UriBuf {
            text: self.as_str().into(),
            at: self.at,
        }
    }

    /// Whether both name the same resource by the rules of RFC 3261 §19.1.4, which is coarser than the same text. URIs
    /// of other schemes are compared as text, tel numbers without visual separators (RFC 3966 §4).
    pub fn equivalent(&self, other: &Uri<'_>) -> bool {
        equivalent::equivalent(self, other)
    }

    fn piece(&self, span: Span) -> &'a str {
        text(span.bytes(self.bytes))
    }
}

impl UriBuf {
    /// A URI from its text.
    pub fn parse(text: &str) -> Result<UriBuf, InvalidUri> {
        Uri::parse(text).map(|uri| uri.to_owned())
    }

    /// The view that has all the accessors.
    pub fn as_uri(&self) -> Uri<'_> {
        Uri {
            bytes: self.text.as_bytes(),
            at: self.at,
        }
    }

    /// The text as it was written.
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

impl fmt::Display for Uri<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for UriBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Display for InvalidUri {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not a URI")
    }
}

impl std::error::Error for InvalidUri {}
