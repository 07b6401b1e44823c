//! What of a server's answer is kept: the fields that the settings name, as text. No answer is a mistake of the settings.

use std::collections::BTreeMap;

use plugin_common::lookup::Fetched;
use plugin_common::node::{Node, scalar};
use switchhook_sdk::http::Response;
use switchhook_sdk::prelude::*;
use switchhook_sdk::serde_json::{self, Value};

/// The fields by name.
pub type Fields = BTreeMap<String, String>;

/// Reads a response: the fields that JSON pointers (`pointers`, by name) lead to. 204, 404 and 410, and an answer without any of the
/// fields, say that the caller is not known.
///
/// # Errors
/// If the status is none of success, the body no JSON, or a pointer no text.
pub fn digest(response: &Response, pointers: Option<&Node<'_, '_>>) -> Result<Fetched, Error> {
    let mut fields = Fields::new();
    match response.status {
        204 | 404 | 410 => {}
        200..=299 => {
            let body: Value = response
                .json()
                .map_err(|error| Error::from(error).context("the answer is no JSON"))?;
            if let Some(pointers) = pointers {
                for (name, pointer) in pointers.members()? {
                    if let Some(value) = body.pointer(pointer.text()?).and_then(text) {
                        fields.insert(name.to_owned(), value);
                    }
                }
            }
        }
        status => return Err(Error::new(format_args!("status {status}"))),
    }
    Ok(Fetched {
        negative: fields.is_empty(),
        text: serde_json::to_string(&fields)?,
    })
}

/// Reads what was kept.
pub fn fields(kept: &str) -> Fields {
    serde_json::from_str(kept).unwrap_or_default()
}

/// A field as text. Of a list its length counts: `open_tickets` is 3.
fn text(value: &Value) -> Option<String> {
    match value {
        Value::Array(items) => Some(items.len().to_string()),
        other => scalar(other),
    }
}
