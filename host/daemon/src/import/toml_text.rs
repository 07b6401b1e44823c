//! Pieces of TOML as text.

use toml::Value;

/// A text in quotes.
pub fn quoted(text: &str) -> String {
    Value::String(text.to_owned()).to_string()
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
