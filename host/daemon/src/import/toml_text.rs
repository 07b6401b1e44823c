//! Pieces of TOML as text.

use serde_json::Value;

/// A text in quotes.
pub fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}

/// A key, in quotes if it needs them.
pub fn key(text: &str) -> String {
    let bare = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    if !text.is_empty() && text.chars().all(bare) {
        text.to_owned()
    } else {
        quoted(text)
    }
}

/// An array of texts.
pub fn array<'t>(texts: impl IntoIterator<Item = &'t str>) -> String {
    let texts: Vec<_> = texts.into_iter().map(quoted).collect();
    format!("[{}]", texts.join(", "))
}

/// A table of texts on one line.
pub fn table<'t>(members: impl IntoIterator<Item = (&'t str, &'t str)>) -> String {
    let member = |(name, text): (&str, &str)| format!("{} = {}", key(name), quoted(text));
    let members: Vec<_> = members.into_iter().map(member).collect();
    format!("{{ {} }}", members.join(", "))
}

/// JSON as TOML on one line. `null` has no counterpart and is left out.
pub fn value(json: &Value) -> String {
    match json {
        Value::Array(items) => {
            let items: Vec<_> = items.iter().filter(|v| !v.is_null()).map(value).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(members) => {
            let members = members.iter().filter(|(_, member)| !member.is_null());
            let members: Vec<_> = members
                .map(|(name, member)| format!("{} = {}", key(name), value(member)))
                .collect();
            format!("{{ {} }}", members.join(", "))
        }
        Value::String(text) => quoted(text),
        other => other.to_string(),
    }
}
