//! What the operator set for this plugin: one JSON document, read in parts.
//!
//! A call gets a fresh instance, so a plugin reads its settings for every call. The switch has parsed them once; ask it
//! for the part that this call needs ([`get`] with a pointer), and a large table costs no more than a small one.

use std::borrow::Cow;

use serde::de::DeserializeOwned;

use crate::backend;
use crate::error::Error;
use crate::pattern::{is_literal, specificity};

/// The whole settings. Fields that are absent are the business of `#[serde(default)]`.
pub fn load<T: DeserializeOwned>() -> Result<T, Error> {
    let text = json("").unwrap_or_else(|| "{}".to_owned());
    serde_json::from_str(&text).map_err(|error| Error::from(error).context("settings"))
}

/// The value that an RFC 6901 pointer leads to (`/url`, `/routes/1001`); `None` if there is none.
///
/// # Errors
/// If the value is not a `T`.
pub fn get<T: DeserializeOwned>(pointer: &str) -> Result<Option<T>, Error> {
    let Some(text) = json(pointer) else {
        return Ok(None);
    };
    let value = serde_json::from_str(&text)
        .map_err(|error| Error::from(error).context(format_args!("settings at {pointer}")))?;
    Ok(Some(value))
}

/// The JSON text of the value that a pointer leads to.
pub fn json(pointer: &str) -> Option<String> {
    backend::settings_get(pointer)
}

/// The names of the members of the object that a pointer leads to, in the order of the document; `None` if there is no object.
pub fn names(pointer: &str) -> Option<Names> {
    backend::settings_names(pointer).map(Names)
}

/// A pointer one step deeper: the member `name` of the value at `pointer`, with `~` and `/` escaped.
pub fn child(pointer: &str, name: &str) -> String {
    let mut deeper = String::with_capacity(pointer.len() + name.len() + 1);
    deeper.push_str(pointer);
    deeper.push('/');
    for character in name.chars() {
        match character {
            '~' => deeper.push_str("~0"),
            '/' => deeper.push_str("~1"),
            other => deeper.push(other),
        }
    }
    deeper
}

/// The pointer to the member of an object of dialplan patterns that a number leads to: the number itself, else the pattern with the
/// longest literal prefix, among equals the first. `None` if none matches, or there is no object.
pub fn find(pointer: &str, number: &str) -> Option<String> {
    // A number that reads as a pattern could only be found as what it is not.
    if is_literal(number) {
        let own = child(pointer, number);
        if json(&own).is_some() {
            return Some(own);
        }
    }
    let mut best: Option<(usize, Cow<'_, str>)> = None;
    let names = names(pointer)?;
    for name in names.iter().filter(|name| !is_literal(name)) {
        let Some(length) = specificity(&name, number) else {
            continue;
        };
        if best.as_ref().is_none_or(|(longest, _)| length > *longest) {
            best = Some((length, name));
        }
    }
    best.map(|(_, name)| child(pointer, &name))
}

/// The names of an object's members. They stay one JSON text, read as it is iterated: a thousand of them cost a few
/// microseconds.
#[derive(Debug, Clone)]
pub struct Names(String);

impl Names {
    /// The names, in order.
    pub fn iter(&self) -> impl Iterator<Item = Cow<'_, str>> {
        NameIter {
            rest: self.0.trim_start().strip_prefix('[').unwrap_or_default(),
        }
    }
}

struct NameIter<'a> {
    /// What follows the last name: `,"next", … ]`.
    rest: &'a str,
}

impl<'a> Iterator for NameIter<'a> {
    type Item = Cow<'a, str>;

    fn next(&mut self) -> Option<Cow<'a, str>> {
        let quoted = match self.rest.strip_prefix(',').unwrap_or(self.rest) {
            near if near.starts_with('"') => near,
            far => far.get(far.find('"')?..)?,
        };
        let after_quote = quoted.get(1..)?;
        let end = quote_or_backslash(after_quote.as_bytes())?;
        if after_quote.as_bytes().get(end) == Some(&b'"') {
            let (name, rest) = after_quote.split_at(end);
            self.rest = &rest[1..];
            return Some(Cow::Borrowed(name));
        }
        let mut texts = serde_json::Deserializer::from_str(quoted).into_iter::<String>();
        let name = texts.next()?.ok()?;
        self.rest = quoted.get(texts.byte_offset()..)?;
        Some(Cow::Owned(name))
    }
}

/// Where the first `"` or `\` stands. Eight bytes at once: a table of a thousand names is read for one decision.
fn quote_or_backslash(bytes: &[u8]) -> Option<usize> {
    const ONES: u64 = u64::from_le_bytes([0x01; 8]);
    const HIGHS: u64 = u64::from_le_bytes([0x80; 8]);
    let mut at = 0;
    while let Some(word) = bytes.get(at..).and_then(|rest| rest.first_chunk::<8>()) {
        let word = u64::from_le_bytes(*word);
        // A byte of zero is the lowest one that borrows while its own highest bit is not set.
        let zeros = |word: u64| word.wrapping_sub(ONES) & !word & HIGHS;
        let found =
            zeros(word ^ (ONES * u64::from(b'"'))) | zeros(word ^ (ONES * u64::from(b'\\')));
        if found != 0 {
            return Some(at + found.trailing_zeros() as usize / 8);
        }
        at += 8;
    }
    let found = bytes
        .get(at..)?
        .iter()
        .position(|byte| matches!(byte, b'"' | b'\\'))?;
    Some(at + found)
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
