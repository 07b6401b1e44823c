//! The header fields and the body, which requests and responses share. The five fields that every message needs are
//! checked before a value of this type exists, so that their accessors cannot fail; all others are read when asked for.

use std::borrow::Cow;
use std::net::SocketAddr;

use bytes::Bytes;

use crate::message::cseq::{self, CSeq};
use crate::message::error::InvalidValue;
use crate::message::header_name::{HeaderName, OTHER};
use crate::message::name_addr::{self, NameAddr};
use crate::message::scan::{Field, Index};
use crate::message::text::{Elements, Span, number, unfold};
use crate::message::via::{self, Via};
use crate::method::Method;

/// The header fields and the body of a message: one buffer and the offsets of what lies in it. A clone copies offsets,
/// not bytes.
#[derive(Debug, Clone)]
pub struct Fields {
    pub(crate) raw: Bytes,
    pub(crate) places: Box<Places>,
    pub(crate) body: Span,
    pub(crate) source: Option<SocketAddr>,
}

/// Where the fields lie. On the heap: a message is handed on a dozen times, and this is nearly all of it.
#[derive(Debug, Clone)]
pub(crate) struct Places {
    pub(crate) index: Index,
    pub(crate) needed: Needed,
}

/// The fields that every message has, by offsets into the buffer and into their values.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Needed {
    /// The first value of the first Via.
    pub(crate) via: Span,
    pub(crate) via_at: via::Spans,
    pub(crate) from: Span,
    pub(crate) from_at: name_addr::Spans,
    pub(crate) to: Span,
    pub(crate) to_at: name_addr::Spans,
    pub(crate) call_id: Span,
    pub(crate) cseq: Span,
    pub(crate) cseq_at: cseq::Spans,
}

impl Fields {
    /// The topmost Via.
    pub fn via(&self) -> Via<'_> {
        Via::trusted(
            self.bytes(self.places.needed.via),
            self.places.needed.via_at,
        )
    }

    /// All values of Via, topmost first.
    pub fn vias(&self) -> impl Iterator<Item = Result<Via<'_>, InvalidValue>> {
        self.values(HeaderName::Via).map(Via::parse)
    }

    /// From.
    pub fn from(&self) -> NameAddr<'_> {
        NameAddr::trusted(
            self.bytes(self.places.needed.from),
            self.places.needed.from_at,
        )
    }

    /// To.
    pub fn to(&self) -> NameAddr<'_> {
        NameAddr::trusted(self.bytes(self.places.needed.to), self.places.needed.to_at)
    }

    /// Call-ID. Compared byte by byte, with case.
    pub fn call_id(&self) -> &str {
        std::str::from_utf8(self.bytes(self.places.needed.call_id)).unwrap_or("")
    }

    /// CSeq.
    pub fn cseq(&self) -> CSeq<'_> {
        let method = self
            .places
            .needed
            .cseq_at
            .method
            .bytes(self.bytes(self.places.needed.cseq));
        CSeq {
            number: self.places.needed.cseq_at.number,
            method: Method::from_name(std::str::from_utf8(method).unwrap_or("")),
        }
    }

    /// Max-Forwards, if it is there; at most 255.
    pub fn max_forwards(&self) -> Option<u32> {
        self.seconds(HeaderName::MaxForwards)
    }

    /// Expires in seconds; `None` if it is not there or no number, 2³²−1 if it is greater.
    pub fn expires(&self) -> Option<u32> {
        self.seconds(HeaderName::Expires)
    }

    /// The number that a field begins with, parameters and comments ignored: Min-Expires, Session-Expires, Retry-After …
    /// 2³²−1 if it is greater.
    pub fn seconds(&self, name: HeaderName<'_>) -> Option<u32> {
        let value = self.raw_header(name)?;
        let end = value.iter().position(|byte| !byte.is_ascii_digit());
        let digits = value.get(..end.unwrap_or(value.len()))?;
        Some(u32::try_from(number(digits)?).unwrap_or(u32::MAX))
    }

    /// The first address of Contact that is well formed. `Contact: *` is none.
    pub fn contact(&self) -> Option<NameAddr<'_>> {
        self.contacts().find_map(Result::ok)
    }

    /// All addresses of Contact. `Contact: *` is left out: see [`Fields::has_star_contact`].
    pub fn contacts(&self) -> impl Iterator<Item = Result<NameAddr<'_>, InvalidValue>> {
        self.values(HeaderName::Contact)
            .filter(|value| *value != b"*")
            .map(NameAddr::parse)
    }

    /// Whether there is `Contact: *`, which removes all bindings (RFC 3261 §10.2.2).
    pub fn has_star_contact(&self) -> bool {
        self.values(HeaderName::Contact).any(|value| value == b"*")
    }

    /// The addresses of Route, in order.
    pub fn routes(&self) -> impl Iterator<Item = Result<NameAddr<'_>, InvalidValue>> {
        self.addresses(HeaderName::Route)
    }

    /// The addresses of Record-Route, in order. A UAC reverses them into its route set (RFC 3261 §12.1.2).
    pub fn record_routes(&self) -> impl Iterator<Item = Result<NameAddr<'_>, InvalidValue>> {
        self.addresses(HeaderName::RecordRoute)
    }

    /// The values of a field whose values are addresses: P-Asserted-Identity, Refer-To, Diversion, Path …
    pub fn addresses<'a>(
        &'a self,
        name: HeaderName<'a>,
    ) -> impl Iterator<Item = Result<NameAddr<'a>, InvalidValue>> {
        self.values(name).map(NameAddr::parse)
    }

    /// The first value of a field, unfolded. A comma list stays whole.
    pub fn header<'n>(&self, name: impl Into<HeaderName<'n>>) -> Option<Cow<'_, str>> {
        self.raw_header(name).map(unfold)
    }

    /// The first value of a field as it was written, trimmed. A comma list stays whole.
    pub fn raw_header<'n>(&self, name: impl Into<HeaderName<'n>>) -> Option<&[u8]> {
        let name = name.into();
        let number = name.number();
        let mut fields = self.places.index.iter();
        let field = fields.find(|field| field.name == number && self.is_written(field, name))?;
        Some(self.bytes(field.value))
    }

    /// All values of a field, unfolded, in order: the elements of its comma lists if its grammar says list, else one a
    /// field. Empty elements are left out.
    pub fn headers<'a>(
        &'a self,
        name: impl Into<HeaderName<'a>>,
    ) -> impl Iterator<Item = Cow<'a, str>> {
        self.values(name.into())
            .filter(|value| !value.is_empty())
            .map(unfold)
    }

    /// Whether the comma list `name` has that element, whatever its case: `has_option(HeaderName::Supported, "100rel")`.
    pub fn has_option(&self, name: HeaderName<'_>, option: &str) -> bool {
        self.values(name)
            .any(|value| value.eq_ignore_ascii_case(option.as_bytes()))
    }

    /// All fields in order: the name as it was written, and the value as it was written, trimmed, folds in it.
    pub fn all_headers(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.places
            .index
            .iter()
            .map(|field| (self.name_text(field), self.bytes(field.value)))
    }

    /// All fields in order with their names in canonical form.
    pub fn all_fields(&self) -> impl Iterator<Item = (HeaderName<'_>, &[u8])> {
        self.places.index.iter().map(|field| {
            let name = HeaderName::from_number(field.name);
            let name = name.unwrap_or_else(|| HeaderName::Other(self.name_text(field)));
            (name, self.bytes(field.value))
        })
    }

    /// Content-Type, unfolded.
    pub fn content_type(&self) -> Option<Cow<'_, str>> {
        self.header(HeaderName::ContentType)
    }

    /// The body: as long as Content-Length says, without one all that follows the header section.
    pub fn body(&self) -> &[u8] {
        self.bytes(self.body)
    }

    /// The body, sharing the buffer of the message.
    pub fn body_bytes(&self) -> Bytes {
        let (start, end) = (usize::from(self.body.start), usize::from(self.body.end));
        if start < end && end <= self.raw.len() {
            self.raw.slice(start..end)
        } else {
            Bytes::new()
        }
    }

    /// The bytes that the message was made from.
    pub fn raw(&self) -> &Bytes {
        &self.raw
    }

    /// Where the message came from, if [`crate::build::stamp_via`] was told.
    pub fn source(&self) -> Option<SocketAddr> {
        self.source
    }

    /// The raw values of a field, comma lists split.
    pub(crate) fn values<'a>(&'a self, name: HeaderName<'a>) -> impl Iterator<Item = &'a [u8]> {
        let is_list = name.is_list();
        self.raw_values(name).flat_map(move |value| {
            let mut elements = Elements::new(value);
            let mut whole = Some(value);
            std::iter::from_fn(move || {
                if is_list {
                    elements.next()
                } else {
                    whole.take()
                }
            })
        })
    }

    /// The raw values of a field, one a field.
    pub(crate) fn raw_values<'a>(&'a self, name: HeaderName<'a>) -> impl Iterator<Item = &'a [u8]> {
        let number = name.number();
        let fields = self.places.index.iter();
        fields
            .filter(move |field| field.name == number && self.is_written(field, name))
            .map(|field| self.bytes(field.value))
    }

    pub(crate) fn bytes(&self, span: Span) -> &[u8] {
        span.bytes(&self.raw)
    }

    /// Whether a field with the number of `name` has that name: nothing but its text tells those that are not known.
    fn is_written(&self, field: &Field, name: HeaderName<'_>) -> bool {
        field.name != OTHER || self.name_text(field).eq_ignore_ascii_case(name.as_str())
    }

    fn name_text(&self, field: &Field) -> &str {
        let start = usize::from(field.name_start);
        let name = self.raw.get(start..start + usize::from(field.name_length));
        std::str::from_utf8(name.unwrap_or(&[])).unwrap_or("")
    }
}
