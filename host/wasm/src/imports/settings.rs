//! The operator's settings for a plugin: parsed once for a version, read in parts by its instances.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use serde_json::Value;

use crate::contract::v0_2::settings as wit;
use crate::error::PluginError;
use crate::limits;
use crate::recording::{shown, shown_option};
use crate::store::Host;

/// A settings document.
#[derive(Debug)]
pub(crate) struct Settings {
    document: Value,
    /// The document as text: what a plugin that reads all of it asks for in every decision.
    text: String,
    /// Lists of names that were asked for: writing down a thousand of them takes longer than the rest of a decision.
    names: Mutex<HashMap<String, String>>,
}

/// Lists of names that are kept.
const NAMES: usize = 64;

impl Settings {
    pub(crate) fn parse(text: &str) -> Result<Settings, PluginError> {
        let invalid = |why: String| PluginError::Invalid(format!("the settings {why}"));
        if text.len() > limits::SETTINGS_BYTES {
            return Err(invalid(format!(
                "are larger than {} bytes",
                limits::SETTINGS_BYTES
            )));
        }
        let text = if text.trim().is_empty() { "{}" } else { text };
        let document: Value =
            serde_json::from_str(text).map_err(|error| invalid(format!("are no JSON: {error}")))?;
        Ok(Settings {
            text: document.to_string(),
            document,
            names: Mutex::default(),
        })
    }

    /// The value at an RFC 6901 pointer, as JSON text.
    fn get(&self, pointer: &str) -> Option<String> {
        if pointer.is_empty() {
            return Some(self.text.clone());
        }
        self.document.pointer(pointer).map(Value::to_string)
    }

    /// The names of an object's members in the document's order, as the text of a JSON array.
    fn names(&self, pointer: &str) -> Option<String> {
        let mut kept = self.names.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(names) = kept.get(pointer) {
            return Some(names.clone());
        }
        let object = self.document.pointer(pointer)?.as_object()?;
        let names = object
            .keys()
            .map(|name| Value::from(name.as_str()))
            .collect();
        let text = Value::Array(names).to_string();
        if kept.len() < NAMES {
            kept.insert(pointer.to_owned(), text.clone());
        }
        Some(text)
    }
}

impl wit::Host for Host {
    fn get(&mut self, pointer: String) -> Option<String> {
        let noting = self.note("settings", "get", || shown(&pointer));
        let value = self.core.settings.get(&pointer);
        self.noted(noting, || shown_option(value.as_deref()));
        value
    }

    fn names(&mut self, pointer: String) -> Option<String> {
        let noting = self.note("settings", "names", || shown(&pointer));
        let names = self.core.settings.names(&pointer);
        self.noted(noting, || shown_option(names.as_deref()));
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_read_by_pointer() {
        let settings = Settings::parse(r#"{"routes": {"1/": ["a"], "~": 2}, "on": true}"#).unwrap();
        assert_eq!(settings.get("/routes/1~1").as_deref(), Some(r#"["a"]"#));
        assert_eq!(settings.get("/routes/1~1/0").as_deref(), Some(r#""a""#));
        assert_eq!(settings.get("/routes/~0").as_deref(), Some("2"));
        assert_eq!(settings.get("/on").as_deref(), Some("true"));
        assert_eq!(settings.get("/off"), None);
        assert_eq!(settings.get("on"), None);
    }

    #[test]
    fn the_empty_pointer_is_the_whole_document() {
        let settings = Settings::parse(r#"{ "b" : 1, "a" : 2 }"#).unwrap();
        assert_eq!(settings.get("").as_deref(), Some(r#"{"b":1,"a":2}"#));
        assert_eq!(
            Settings::parse(" \n").unwrap().get("").as_deref(),
            Some("{}")
        );
    }

    #[test]
    fn names_keep_the_order_of_the_document() {
        let settings = Settings::parse(r#"{"z": 1, "a": {"\"": 1}, "m": []}"#).unwrap();
        assert_eq!(settings.names("").as_deref(), Some(r#"["z","a","m"]"#));
        assert_eq!(settings.names("").as_deref(), Some(r#"["z","a","m"]"#));
        assert_eq!(settings.names("/a").as_deref(), Some(r#"["\""]"#));
        assert_eq!(settings.names("/m"), None);
        assert_eq!(settings.names("/x"), None);
    }

    #[test]
    fn settings_that_are_no_json_or_too_large_are_refused() {
        assert!(Settings::parse("{").is_err());
        let large = format!("\"{}\"", "x".repeat(limits::SETTINGS_BYTES));
        assert!(Settings::parse(&large).is_err());
    }
}
