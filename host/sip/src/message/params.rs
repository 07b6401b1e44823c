//! Parameters: `;name=value` behind a Via, an address, a URI.

use std::borrow::Cow;

use crate::message::text::{find_outside, is_token, trim_text, unquote};

/// The parameters of a URI or of a header field value, in order. Names are compared without case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Params<'a> {
    text: &'a str,
}

/// One parameter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Param<'a> {
    /// The name as it was written.
    pub name: &'a str,
    /// The value as it was written, quotes included; `None` if there is no equals sign.
    pub raw_value: Option<&'a str>,
}

impl<'a> Param<'a> {
    /// The value, unquoted; empty if there is none.
    pub fn value(&self) -> Cow<'a, str> {
        unquote(self.raw_value.unwrap_or(""))
    }
}

impl<'a> Params<'a> {
    /// The parameters in `text`, which begins behind the first semicolon. `None` if a name is no token, a parameter is
    /// empty (but for the last) or a quoted string is never closed.
    pub fn parse(text: &'a str) -> Option<Params<'a>> {
        let params = Params { text };
        let mut rest = Some(text);
        while let Some(text) = rest {
            let (piece, behind) = split(text)?;
            rest = behind;
            if trim_text(piece).is_empty() {
                // Some phones end the list with a semicolon.
                if rest.is_none() {
                    break;
                }
                return None;
            }
            let param = param(piece);
            if !is_token(param.name.as_bytes()) || !is_value(param.raw_value) {
                return None;
            }
        }
        Some(params)
    }

    /// Without a check: for text that [`Params::parse`] has accepted, or that the URI grammar has.
    pub(crate) fn trusted(text: &'a str) -> Params<'a> {
        Params { text }
    }

    /// The first parameter of that name: its value unquoted, empty if it has none. `None` if it is not there.
    pub fn get(&self, name: &str) -> Option<Cow<'a, str>> {
        self.find(name).map(|param| param.value())
    }

    /// The first parameter of that name.
    pub fn find(&self, name: &str) -> Option<Param<'a>> {
        self.iter()
            .find(|param| param.name.eq_ignore_ascii_case(name))
    }

    /// Whether a parameter of that name is there, with or without a value.
    pub fn has(&self, name: &str) -> bool {
        self.find(name).is_some()
    }

    /// All parameters in order.
    pub fn iter(&self) -> impl Iterator<Item = Param<'a>> + use<'a> {
        let mut rest = Some(self.text);
        std::iter::from_fn(move || {
            let (piece, behind) = split(rest?)?;
            rest = behind;
            Some(piece)
        })
        .filter(|piece| !trim_text(piece).is_empty())
        .map(param)
    }

    /// The text of all of them as it was written, without the leading semicolon.
    pub fn as_str(&self) -> &'a str {
        self.text
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        trim_text(self.text).is_empty()
    }
}

/// The text up to the next semicolon, and what follows it.
fn split(text: &str) -> Option<(&str, Option<&str>)> {
    match find_outside(text.as_bytes(), b';', false).ok()? {
        Some(semicolon) => Some((text.get(..semicolon)?, text.get(semicolon + 1..))),
        None => Some((text, None)),
    }
}

fn param(piece: &str) -> Param<'_> {
    match piece.split_once('=') {
        Some((name, value)) => Param {
            name: trim_text(name),
            raw_value: Some(trim_text(value)),
        },
        None => Param {
            name: trim_text(piece),
            raw_value: None,
        },
    }
}

/// A quoted string and nothing behind it, or text without white space and separators that would change its meaning.
fn is_value(value: Option<&str>) -> bool {
    let Some(value) = value.map(str::as_bytes) else {
        return true;
    };
    if value.first() == Some(&b'"') {
        return crate::message::text::quoted_length(value) == Some(value.len());
    }
    !value
        .iter()
        .any(|byte| matches!(byte, b'"' | b'<' | b'>' | b',' | b' ' | b'\t' | b'\r' | b'\n'))
}

#[cfg(test)]
mod tests;
