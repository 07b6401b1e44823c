//! Parameters: `;name=value` behind a Via, an address, a URI.

use std::borrow::Cow;

use crate::message::text::{
    find_outside, is_token, is_white, quoted_length, split_at_byte, text, trim, unquote,
};

/// The parameters of a URI or of a header field value, in order. Names are compared without case.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Params<'a> {
    bytes: &'a [u8],
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
        let bytes = text.as_bytes();
        (bytes.is_empty() || check(bytes, |_, _| ())).then_some(Params { bytes })
    }

    /// Without a check: for bytes that [`check`] or the URI grammar has accepted, and that are UTF-8.
    pub(crate) fn trusted(bytes: &'a [u8]) -> Params<'a> {
        Params { bytes }
    }

    /// The first parameter of that name: its value unquoted, empty if it has none. `None` if it is not there.
    pub fn get(&self, name: &str) -> Option<Cow<'a, str>> {
        self.find(name).map(|param| param.value())
    }

    /// The first parameter of that name.
    pub fn find(&self, name: &str) -> Option<Param<'a>> {
        self.pieces()
            .find(|piece| piece.name.eq_ignore_ascii_case(name.as_bytes()))
            .map(Piece::param)
    }

    /// The value of the first parameter of that name, as it was written.
    pub(crate) fn find_raw(&self, name: &str) -> Option<Option<&'a [u8]>> {
        self.pieces()
            .find(|piece| piece.name.eq_ignore_ascii_case(name.as_bytes()))
            .map(|piece| piece.value)
    }

    /// Whether a parameter of that name is there, with or without a value.
    pub fn has(&self, name: &str) -> bool {
        self.find_raw(name).is_some()
    }

    /// All parameters in order.
    pub fn iter(&self) -> impl Iterator<Item = Param<'a>> + use<'a> {
        self.pieces().map(Piece::param)
    }

    /// The text of all of them as it was written, without the leading semicolon.
    pub fn as_str(&self) -> &'a str {
        text(self.bytes)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        trim(self.bytes).is_empty()
    }

    /// All parameters in order, in bytes.
    pub(crate) fn pieces(&self) -> impl Iterator<Item = Piece<'a>> + use<'a> {
        let mut rest = self.bytes;
        std::iter::from_fn(move || {
            while !rest.is_empty() {
                let (piece, behind) = match find_outside(rest, b';', false).ok()? {
                    Some(semicolon) => (rest.get(..semicolon)?, rest.get(semicolon + 1..)?),
                    None => (rest, [].as_slice()),
                };
                rest = behind;
                let piece = Piece::new(piece);
                if !piece.name.is_empty() {
                    return Some(piece);
                }
            }
            None
        })
    }
}

/// A parameter in bytes, trimmed.
pub(crate) struct Piece<'a> {
    pub(crate) name: &'a [u8],
    pub(crate) value: Option<&'a [u8]>,
}

impl<'a> Piece<'a> {
    fn new(piece: &'a [u8]) -> Piece<'a> {
        let (name, value) = match split_at_byte(piece, b'=') {
            Some((name, value)) => (name, Some(trim(value))),
            None => (piece, None),
        };
        let name = trim(name);
        Piece { name, value }
    }

    fn param(self) -> Param<'a> {
        Param {
            name: text(self.name),
            raw_value: self.value.map(text),
        }
    }
}

/// Whether the bytes behind a first semicolon are parameters: tokens, each with a value or none. `see` gets each name and
/// value, trimmed, in order.
pub(crate) fn check<'a>(bytes: &'a [u8], mut see: impl FnMut(&'a [u8], Option<&'a [u8]>)) -> bool {
    let mut rest = bytes;
    loop {
        let name_length = rest
            .iter()
            .position(|byte| matches!(byte, b';' | b'='))
            .unwrap_or(rest.len());
        let Some((name, behind)) = rest.split_at_checked(name_length) else {
            return false;
        };
        let name = trim(name);
        if name.is_empty() && behind.is_empty() {
            // Some phones end the list with a semicolon.
            return true;
        }
        if !is_token(name) {
            return false;
        }
        let behind = match behind {
            [b'=', value @ ..] => match value_length(value) {
                Some(length) => {
                    let (value, behind) = value.split_at_checked(length).unwrap_or((value, &[]));
                    see(name, Some(trim(value)));
                    behind
                }
                None => return false,
            },
            behind => {
                see(name, None);
                behind
            }
        };
        match behind {
            [] => return true,
            [_, next @ ..] => rest = next,
        }
    }
}

#[allow(clippy::indexing_slicing)] // The compiler runs it: a slip is an error there, no panic.
const ENDS_VALUE: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = matches!(
            byte as u8,
            0..=b' ' | 0x7f | b';' | b'"' | b'<' | b'>' | b','
        );
        byte += 1;
    }
    table
};

/// How far a value reaches, up to a semicolon or the end: a quoted string and nothing behind it, or text without white
/// space and controls inside and without separators that would change its meaning.
fn value_length(bytes: &[u8]) -> Option<usize> {
    let begin = bytes.iter().position(|byte| !is_white(*byte));
    let begin = begin.unwrap_or(bytes.len());
    let value = bytes.get(begin..)?;
    let length = match value.first() {
        Some(b'"') => quoted_length(value)?,
        _ => value
            .iter()
            .position(|byte| ENDS_VALUE.get(usize::from(*byte)) == Some(&true))
            .unwrap_or(value.len()),
    };
    let behind = value.get(length..)?;
    let gap = behind.iter().position(|byte| !is_white(*byte));
    let end = gap.unwrap_or(behind.len());
    matches!(behind.get(end), None | Some(b';')).then_some(begin + length + end)
}

#[cfg(test)]
mod tests;
