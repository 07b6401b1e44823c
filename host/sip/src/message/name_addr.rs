//! An address of a header field: From, To, Contact, Route and their like (RFC 3261 §20.10).

use std::borrow::Cow;
use std::fmt;

use crate::message::error::InvalidValue;
use crate::message::params::{self, Params};
use crate::message::text::{Span, quoted_length, text, trim, trim_end, unfold, unquote};
use crate::uri::parse::Spans as UriSpans;
use crate::uri::view::Uri;

/// An address: display name, URI, parameters.
#[derive(Debug, Clone, Copy)]
pub struct NameAddr<'a> {
    value: &'a [u8],
    at: Spans,
}

/// Where the parts of an address lie in a header field value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Spans {
    display: Span,
    uri: Span,
    uri_at: UriSpans,
    params: Span,
    /// The value of the parameter `tag`; empty if it has none. Asked for again and again of From and To.
    tag: Option<Span>,
}

impl Spans {
    /// Whether there is a tag without a value.
    pub(crate) fn has_empty_tag(&self) -> bool {
        self.tag.is_some_and(Span::is_empty)
    }

    pub(crate) fn parse(value: &[u8]) -> Option<Spans> {
        let begin = value
            .iter()
            .position(|byte| !crate::message::text::is_white(*byte))?;
        let from = value.get(begin..)?;
        let display_end = match from.first()? {
            b'"' => {
                let end = quoted_length(from)?;
                let gap = from.get(end..)?.iter().position(|byte| *byte == b'<')?;
                if !trim(from.get(end..end + gap)?).is_empty() {
                    return None;
                }
                Some((end, end + gap))
            }
            _ => from
                .iter()
                .position(|byte| matches!(byte, b'<' | b'"' | b';' | b','))
                .filter(|at| from.get(*at) == Some(&b'<'))
                .map(|at| (at, at)),
        };
        match display_end {
            Some((display_end, angle)) => {
                let display = trim_end(from.get(..display_end)?);
                let behind = from.get(angle + 1..)?;
                let close = behind.iter().position(|byte| *byte == b'>')?;
                Spans::assemble(
                    value,
                    display,
                    behind.get(..close)?,
                    behind.get(close + 1..)?,
                )
            }
            None => {
                // Without brackets what follows a semicolon are parameters of the field, and a URI that has a question
                // mark or a comma must have brackets.
                let end = from.iter().position(|byte| *byte == b';');
                let end = end.unwrap_or(from.len());
                let uri = trim_end(from.get(..end)?);
                if uri.iter().any(|byte| matches!(byte, b'?' | b',')) {
                    return None;
                }
                Spans::assemble(value, &[], uri, from.get(end..)?)
            }
        }
    }

    fn assemble<'a>(value: &[u8], display: &[u8], uri: &[u8], params: &'a [u8]) -> Option<Spans> {
        let uri_at = UriSpans::parse(uri)?;
        let params = match trim(params) {
            [] => &[],
            [b';', params @ ..] => params,
            _ => return None,
        };
        let mut tag = None;
        if !params.is_empty() {
            let is_text = params.is_ascii() || std::str::from_utf8(params).is_ok();
            let see = |name: &[u8], value: Option<&'a [u8]>| {
                if tag.is_none() && name.eq_ignore_ascii_case(b"tag") {
                    tag = Some(value.unwrap_or_default());
                }
            };
            if !is_text || !params::check(params, see) {
                return None;
            }
        }
        let span = |piece: &[u8]| match piece {
            [] => Span::default(),
            piece => Span::of(piece, value),
        };
        Some(Spans {
            display: span(display),
            uri: span(uri),
            uri_at,
            params: span(params),
            tag: tag.map(span),
        })
    }
}

impl<'a> NameAddr<'a> {
    /// An address from one value of a header field. A quoted display name may hold anything; one without quotes anything
    /// but quotes, commas and semicolons.
    pub fn parse(value: &'a [u8]) -> Result<NameAddr<'a>, InvalidValue> {
        let at = Spans::parse(value).ok_or(InvalidValue)?;
        Ok(NameAddr::trusted(value, at))
    }

    /// From spans that were found in this same value.
    pub(crate) fn trusted(value: &'a [u8], at: Spans) -> NameAddr<'a> {
        NameAddr { value, at }
    }

    /// The display name, unquoted and unfolded, bytes that are no UTF-8 replaced; `None` if there is none.
    pub fn display_name(&self) -> Option<Cow<'a, str>> {
        let raw = self.raw_display_name()?;
        let unfolded = unfold(raw);
        if !unfolded.starts_with('"') {
            return Some(unfolded);
        }
        Some(match unfolded {
            Cow::Borrowed(quoted) => unquote(quoted),
            Cow::Owned(quoted) => Cow::Owned(unquote(&quoted).into_owned()),
        })
    }

    /// The display name as it was written, quotes included.
    pub fn raw_display_name(&self) -> Option<&'a [u8]> {
        let raw = self.at.display.bytes(self.value);
        (!self.at.display.is_empty()).then_some(raw)
    }

    /// The URI.
    pub fn uri(&self) -> Uri<'a> {
        Uri::trusted(self.at.uri.bytes(self.value), self.at.uri_at)
    }

    /// The parameters behind the URI.
    pub fn params(&self) -> Params<'a> {
        Params::trusted(self.at.params.bytes(self.value))
    }

    /// The value of a parameter, unquoted; empty if it has none, `None` if it is not there.
    pub fn param(&self, name: &str) -> Option<Cow<'a, str>> {
        self.params().get(name)
    }

    /// The tag of From or To. An empty one counts as none.
    pub fn tag(&self) -> Option<&'a str> {
        let tag = self.at.tag.filter(|tag| !tag.is_empty())?;
        Some(text(tag.bytes(self.value)))
    }

    /// The `expires` parameter of a Contact in seconds; `None` if it is not there or no number, 2³²−1 if it is greater.
    pub fn expires(&self) -> Option<u32> {
        let param = self.params().find("expires")?;
        let seconds = crate::message::text::number(param.raw_value?.as_bytes())?;
        Some(u32::try_from(seconds).unwrap_or(u32::MAX))
    }

    /// The `q` parameter of a Contact in thousandths, 1000 if it is not there or malformed.
    pub fn q_thousandths(&self) -> u16 {
        let parse = || {
            let param = self.params().find("q")?;
            let (whole, fraction) = param
                .raw_value?
                .split_once('.')
                .unwrap_or((param.raw_value?, ""));
            let whole: u16 = if whole.is_empty() {
                0
            } else {
                whole.parse().ok()?
            };
            let mut thousandths = whole.checked_mul(1000)?;
            let mut weight = 100;
            for digit in fraction.chars().take(3) {
                thousandths += u16::try_from(digit.to_digit(10)?).ok()? * weight;
                weight /= 10;
            }
            (thousandths <= 1000).then_some(thousandths)
        };
        parse().unwrap_or(1000)
    }

    /// The whole value as it was written.
    pub fn as_bytes(&self) -> &'a [u8] {
        self.value
    }
}

/// The whole value, unfolded.
impl fmt::Display for NameAddr<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&unfold(self.value))
    }
}

#[cfg(test)]
mod tests;
