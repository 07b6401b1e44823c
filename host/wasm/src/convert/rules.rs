//! The rules of texts and numbers in an answer. Each error says which rule is broken, in words for the plugin's author.

use crate::limits;

/// Which rule of the contract an answer breaks.
pub(crate) type Broken = String;

/// A text of 1 to `limit` bytes without control characters.
pub(crate) fn text(what: &str, text: String, limit: usize) -> Result<String, Broken> {
    let text = sized(what, text, limit)?;
    if has_control(&text) {
        return Err(format!("{what} has control characters"));
    }
    Ok(text)
}

/// A text of 1 to `limit` bytes, if there is one.
pub(crate) fn optional(
    what: &str,
    value: Option<String>,
    limit: usize,
) -> Result<Option<String>, Broken> {
    value.map(|value| text(what, value, limit)).transpose()
}

/// A text of 1 to `limit` bytes of any kind.
pub(crate) fn sized(what: &str, text: String, limit: usize) -> Result<String, Broken> {
    match text.len() {
        0 => Err(format!("{what} is empty")),
        length if length > limit => Err(format!("{what} has {length} bytes, {limit} are allowed")),
        _ => Ok(text),
    }
}

/// A reason phrase.
pub(crate) fn reason(reason: Option<String>) -> Result<Option<String>, Broken> {
    match reason {
        Some(reason) if reason.len() > limits::REASON_BYTES || has_control(&reason) => {
            Err("the reason is too long or has control characters".into())
        }
        reason => Ok(reason),
    }
}

/// The tag of a verb.
pub(crate) fn tag(tag: Option<String>) -> Result<Option<String>, Broken> {
    optional("the tag", tag, limits::NAME_BYTES)
}

/// Keys of a telephone, perhaps none. There are 16 of them.
pub(crate) fn keys(what: &str, keys: String) -> Result<String, Broken> {
    if keys.len() > limits::KEYS {
        return Err(format!(
            "{what} has {} keys, {} are allowed",
            keys.len(),
            limits::KEYS
        ));
    }
    match keys.chars().find(|key| !is_key(*key)) {
        Some(other) => Err(format!(
            "{what} has {other:?}, which is none of 0123456789*#ABCD"
        )),
        None => Ok(keys),
    }
}

pub(crate) fn is_key(key: char) -> bool {
    matches!(key, '0'..='9' | '*' | '#' | 'A'..='D')
}

/// A URL of one of these schemes.
pub(crate) fn url(what: &str, url: String, schemes: &[&str]) -> Result<String, Broken> {
    let url = text(what, url, limits::MEDIA_URL_BYTES)?;
    let is_allowed = url.split_once("://").is_some_and(|(scheme, rest)| {
        !rest.is_empty()
            && schemes
                .iter()
                .any(|allowed| scheme.eq_ignore_ascii_case(allowed))
    }) && !url.contains(' ');
    if is_allowed {
        Ok(url)
    } else {
        Err(format!(
            "{what} is not a URL of {}",
            schemes.join(": or ") + ":"
        ))
    }
}

pub(crate) fn sip_uri(uri: String) -> Result<String, Broken> {
    let uri = text("the URI", uri, limits::URI_BYTES)?;
    let scheme = uri.split_once(':').map(|(scheme, _)| scheme);
    let is_sip =
        scheme.is_some_and(|s| s.eq_ignore_ascii_case("sip") || s.eq_ignore_ascii_case("sips"));
    let is_clean = !uri
        .bytes()
        .any(|b| b == b' ' || b == b'<' || b == b'>' || b == b'"');
    if is_sip && is_clean {
        Ok(uri)
    } else {
        Err("the URI is not a sip: or sips: URI".into())
    }
}

/// A number from 1 to `limit`.
pub(crate) fn within(what: &str, value: u32, limit: u32) -> Result<u32, Broken> {
    between(what, value, 1, limit)
}

/// A number from `least` to `most`.
pub(crate) fn between(what: &str, value: u32, least: u32, most: u32) -> Result<u32, Broken> {
    if (least..=most).contains(&value) {
        Ok(value)
    } else {
        Err(format!("{what} is {value}, not between {least} and {most}"))
    }
}

pub(crate) fn optional_within(
    what: &str,
    value: Option<u32>,
    limit: u32,
) -> Result<Option<u32>, Broken> {
    value.map(|value| within(what, value, limit)).transpose()
}

pub(crate) fn at_most(what: &str, count: usize, limit: usize) -> Result<(), Broken> {
    if count > limit {
        Err(format!("{count} {what}, {limit} are allowed"))
    } else {
        Ok(())
    }
}

pub(crate) fn has_control(text: &str) -> bool {
    text.bytes().any(|byte| byte.is_ascii_control())
}
