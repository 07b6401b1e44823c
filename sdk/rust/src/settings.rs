//! What the operator set for this plugin: one JSON document, read in parts.
//!
//! A call gets a fresh instance, so a plugin reads its settings for every call. The switch has parsed them once; ask it
//! for the part that this call needs ([`get`] with a pointer), and a large table costs no more than a small one.

use std::borrow::Cow;

use serde::de::DeserializeOwned;

use crate::backend;
use crate::error::Error;

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
        let bytes = self.rest.as_bytes();
        let start = bytes.iter().position(|byte| *byte == b'"')?;
        let mut end = start + 1;
        let mut escaped = false;
        loop {
            match bytes.get(end)? {
                b'"' => break,
                b'\\' => {
                    escaped = true;
                    end += 2;
                }
                _ => end += 1,
            }
        }
        // Both cuts are at quotation marks, so they are at character boundaries.
        let quoted = &self.rest[start..=end];
        let plain = &self.rest[start + 1..end];
        self.rest = &self.rest[end + 1..];
        if escaped {
            return serde_json::from_str(quoted).ok().map(Cow::Owned);
        }
        Some(Cow::Borrowed(plain))
    }
}

#[cfg(test)]
#[path = "settings_tests.rs"]
mod tests;
