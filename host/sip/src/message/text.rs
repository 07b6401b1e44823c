//! The lexical ground that every view stands on: white space and folds, tokens, quoted strings, comma lists.

use std::borrow::Cow;

use memchr::memchr;

/// A piece of a text by offsets, so that it outlives no borrow. `u16` because a message has at most 65,535 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Span {
    pub(crate) start: u16,
    pub(crate) end: u16,
}

impl Span {
    /// Both offsets; beyond the limit of a message they saturate, and the piece is empty.
    pub(crate) fn new(start: usize, end: usize) -> Span {
        Span {
            start: u16::try_from(start).unwrap_or(u16::MAX),
            end: u16::try_from(end).unwrap_or(u16::MAX),
        }
    }

    /// Where `piece`, a part of `whole`, lies in it.
    pub(crate) fn of(piece: &[u8], whole: &[u8]) -> Span {
        let start = (piece.as_ptr() as usize).saturating_sub(whole.as_ptr() as usize);
        Span::new(start, start + piece.len())
    }

    pub(crate) fn bytes(self, whole: &[u8]) -> &[u8] {
        whole
            .get(usize::from(self.start)..usize::from(self.end))
            .unwrap_or(&[])
    }

    pub(crate) fn is_empty(self) -> bool {
        self.start >= self.end
    }
}

/// Linear white space: SP and HT, and CR and LF, which inside a value are parts of a fold.
pub(crate) const fn is_white(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\r' | b'\n')
}

pub(crate) fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [first, rest @ ..] = bytes {
        if !is_white(*first) {
            break;
        }
        bytes = rest;
    }
    trim_end(bytes)
}

pub(crate) fn trim_end(mut bytes: &[u8]) -> &[u8] {
    while let [rest @ .., last] = bytes {
        if !is_white(*last) {
            break;
        }
        bytes = rest;
    }
    bytes
}

/// Bytes that were checked to be UTF-8, as text.
pub(crate) fn text(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or("")
}

/// Where `byte` is. For the few bytes of a header field a plain loop beats a searcher that must be set up.
pub(crate) fn find(bytes: &[u8], byte: u8) -> Option<usize> {
    bytes.iter().position(|other| *other == byte)
}

/// What stands before and behind the first `byte`.
pub(crate) fn split_at_byte(bytes: &[u8], byte: u8) -> Option<(&[u8], &[u8])> {
    let at = find(bytes, byte)?;
    Some((bytes.get(..at)?, bytes.get(at + 1..)?))
}

/// The bytes that a token is made of (RFC 3261 §25.1).
#[allow(clippy::indexing_slicing)] // The compiler runs it: a slip is an error there, no panic.
const TOKEN: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 256 {
        table[byte] = matches!(byte as u8, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'!' | b'%' | b'*' | b'_'
            | b'+' | b'`' | b'\'' | b'~');
        byte += 1;
    }
    table
};

pub(crate) fn is_token_byte(byte: u8) -> bool {
    TOKEN.get(usize::from(byte)) == Some(&true)
}

pub(crate) fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().all(|byte| is_token_byte(*byte))
}

/// The value with its folds as single spaces (RFC 3261 §7.3.1) and bytes that are no UTF-8 replaced.
pub(crate) fn unfold(value: &[u8]) -> Cow<'_, str> {
    let text = String::from_utf8_lossy(value);
    if !value.iter().any(|byte| matches!(byte, b'\r' | b'\n')) {
        return text;
    }
    let mut unfolded = String::with_capacity(text.len());
    for line in text
        .split(['\r', '\n'])
        .map(|line| line.trim_matches([' ', '\t']))
    {
        if !unfolded.is_empty() && !line.is_empty() {
            unfolded.push(' ');
        }
        unfolded.push_str(line);
    }
    Cow::Owned(unfolded)
}

/// The text of a parameter or display name: a quoted string without quotes and backslashes, all else as it is.
pub(crate) fn unquote(text: &str) -> Cow<'_, str> {
    let Some(inner) = text.strip_prefix('"') else {
        return Cow::Borrowed(text);
    };
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    if !inner
        .bytes()
        .any(|byte| matches!(byte, b'\\' | b'\r' | b'\n'))
    {
        return Cow::Borrowed(inner);
    }
    let mut unquoted = String::with_capacity(inner.len());
    let mut characters = inner.chars();
    while let Some(character) = characters.next() {
        match character {
            '\\' => unquoted.extend(characters.next()),
            '\r' => {}
            '\n' => unquoted.truncate(unquoted.trim_end().len()),
            other => unquoted.push(other),
        }
    }
    Cow::Owned(unquoted)
}

/// Where the quoted string that `bytes` begins with ends: the offset behind its closing quote.
pub(crate) fn quoted_length(bytes: &[u8]) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in bytes.iter().enumerate().skip(1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// The first of `stops` in `bytes` that stands outside of quoted strings, and of angle brackets if `angles`. `Err` if a
/// quote or an angle bracket is never closed.
pub(crate) fn find_outside(bytes: &[u8], stop: u8, angles: bool) -> Result<Option<usize>, ()> {
    // Nearly always nothing is quoted before the stop.
    let mark = |byte: &u8| *byte == stop || matches!(byte, b'"' | b'<' | b'>');
    let mut at = match bytes.iter().position(mark) {
        Some(at) if bytes.get(at) == Some(&stop) => return Ok(Some(at)),
        Some(at) => at,
        None => return Ok(None),
    };
    let mut in_angles = false;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'"' => at += quoted_length(bytes.get(at..).unwrap_or(&[])).ok_or(())? - 1,
            b'<' if angles => in_angles = true,
            b'>' if angles => in_angles = false,
            byte if *byte == stop && !in_angles => return Ok(Some(at)),
            _ => {}
        }
        at += 1;
    }
    if in_angles { Err(()) } else { Ok(None) }
}

/// The elements of a comma list, trimmed. A comma inside quotes or angle brackets separates nothing; after a quote or
/// bracket that is never closed the rest is one element.
#[derive(Debug, Clone)]
pub(crate) struct Elements<'a> {
    rest: Option<&'a [u8]>,
}

impl<'a> Elements<'a> {
    pub(crate) fn new(value: &'a [u8]) -> Elements<'a> {
        Elements { rest: Some(value) }
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        let rest = self.rest.take()?;
        if memchr(b',', rest).is_none() {
            return Some(trim(rest));
        }
        let Ok(Some(comma)) = find_outside(rest, b',', true) else {
            return Some(trim(rest));
        };
        let (element, behind) = rest.split_at_checked(comma)?;
        self.rest = behind.get(1..);
        Some(trim(element))
    }
}

/// A number of decimal digits; saturates at `u64::MAX`, so that no length of it hurts. `None` if there is anything else.
pub(crate) fn number(bytes: &[u8]) -> Option<u64> {
    if bytes.is_empty() {
        return None;
    }
    bytes.iter().try_fold(0_u64, |number, byte| {
        byte.is_ascii_digit().then(|| {
            number
                .saturating_mul(10)
                .saturating_add(u64::from(byte - b'0'))
        })
    })
}

#[cfg(test)]
mod tests;
