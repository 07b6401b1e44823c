//! Placeholders in scripts and URLs: `{caller}`, `{callee}`, `{caller_name}`, `{domain}`, what the plugin found out, and the call's
//! variables. A word that is put in is not looked at again; a placeholder that nothing is known of stays as it is.

use std::fmt::Write;

use switchhook_sdk::prelude::*;
use switchhook_sdk::serde_json::Value;

/// What the placeholders stand for.
#[derive(Debug, Clone)]
pub struct Words<'a> {
    call: &'a Call,
    own: Vec<(String, String)>,
}

/// How a word is written into a text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Escape {
    /// As it is.
    Plain,
    /// Fit for the user part of a SIP URI (RFC 3261 §25.1): nothing of it ends that part.
    SipUser,
    /// Fit for a part of an HTTP URL: only unreserved characters stay (RFC 3986 §2.3).
    Url,
}

impl<'a> Words<'a> {
    /// The words of a call.
    pub fn new(call: &'a Call) -> Words<'a> {
        Words {
            call,
            own: Vec::new(),
        }
    }

    /// Adds a word of the plugin's own. It comes before the variable of the call with the same name.
    pub fn add(&mut self, name: impl Into<String>, word: impl Into<String>) {
        self.own.push((name.into(), word.into()));
    }

    /// A word of the plugin's own.
    pub fn own(&self, name: &str) -> Option<&str> {
        let own = self.own.iter().find(|(own, _)| own == name);
        own.map(|(_, word)| word.as_str())
    }

    /// The call.
    pub fn call(&self) -> &'a Call {
        self.call
    }

    /// A text with its placeholders filled.
    pub fn text(&self, template: &str, escape: Escape) -> String {
        let mut filled = String::with_capacity(template.len() + 16);
        let mut left = template;
        while let Some((before, placeholder)) = left.split_once('{') {
            filled.push_str(before);
            let word = placeholder
                .split_once('}')
                .and_then(|(name, after)| Some((self.word(name)?, after)));
            left = match word {
                Some((word, after)) => {
                    write(word, escape, &mut filled);
                    after
                }
                None => {
                    filled.push('{');
                    placeholder
                }
            };
        }
        filled.push_str(left);
        filled
    }

    /// Fills every text of a value. In members named `uri` words are escaped for a SIP URI, in those named `url` for a URL.
    pub fn fill(&self, value: &mut Value) {
        self.fill_escaped(value, Escape::Plain);
    }

    fn fill_escaped(&self, value: &mut Value, escape: Escape) {
        match value {
            Value::String(text) if text.contains('{') => *text = self.text(text, escape),
            Value::Array(items) => {
                for item in items {
                    self.fill_escaped(item, escape);
                }
            }
            Value::Object(members) => {
                for (name, member) in members {
                    let escape = match name.as_str() {
                        "uri" => Escape::SipUser,
                        "url" => Escape::Url,
                        _ => escape,
                    };
                    self.fill_escaped(member, escape);
                }
            }
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }

    fn word(&self, name: &str) -> Option<&str> {
        if let Some(word) = self.own(name) {
            return Some(word);
        }
        match name {
            "caller" => Some(&self.call.caller),
            "callee" => Some(&self.call.callee),
            "caller_name" => Some(&self.call.caller_name),
            "domain" => Some(&self.call.domain),
            name => self.call.variable(name),
        }
    }
}

fn write(word: &str, escape: Escape, out: &mut String) {
    let unreserved: &[u8] = match escape {
        Escape::Plain => return out.push_str(word),
        Escape::SipUser => b"-_.!~*'()&=+$,",
        Escape::Url => b"-_.~",
    };
    for byte in word.bytes() {
        if byte.is_ascii_alphanumeric() || unreserved.contains(&byte) {
            out.push(char::from(byte));
        } else {
            // Writing into a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
    }
}

#[cfg(test)]
#[path = "words_tests.rs"]
mod tests;
