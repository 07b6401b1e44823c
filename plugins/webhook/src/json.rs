//! Reading what an application wrote: numbers as texts, texts as numbers.

use switchhook_sdk::prelude::*;
use switchhook_sdk::serde_json::Value;

/// A member that is a number, or a text that reads as one; `None` if it is absent or null.
///
/// # Errors
/// If it is something else, or less than 0.
pub fn number(object: &Value, name: &str) -> Result<Option<f64>, Error> {
    let number = match object.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::Number(number)) => number.as_f64(),
        Some(Value::String(text)) => text.trim().parse().ok(),
        Some(_) => None,
    };
    match number {
        Some(number) if number.is_finite() && number >= 0.0 => Ok(Some(number)),
        _ => Err(Error::new(format_args!(
            "`{name}` is not a number of at least 0"
        ))),
    }
}

/// A member that is a text that is not empty, or a number as text.
pub fn text(object: &Value, name: &str) -> Option<String> {
    match object.get(name)? {
        Value::String(text) if !text.is_empty() => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}

/// At most so many bytes of a text, whole characters.
pub fn cut(text: &str, bytes: usize) -> &str {
    &text[..text.floor_char_boundary(bytes)]
}

/// `192.0.2.7` and 5060 of `192.0.2.7:5060`, `2001:db8::7` and 5060 of `[2001:db8::7]:5060`; port 0 if there is none.
pub fn address_and_port(address: &str) -> (&str, u16) {
    let (host, port) = match address
        .strip_prefix('[')
        .and_then(|rest| rest.split_once(']'))
    {
        Some((inside, after)) => (inside, after.trim_start_matches(':')),
        None => address.rsplit_once(':').unwrap_or((address, "")),
    };
    (host, port.parse().unwrap_or(0))
}
