//! The signature of a request by the Standard Webhooks specification: `v1,` and the HMAC-SHA256 of id, time and body.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use switchhook_sdk::prelude::*;

/// The identifier of a request: the same if the same question is sent again, another for every other question.
pub fn message_id(question: &str, body: &[u8]) -> String {
    let mark = mark(body);
    format!("msg_{question}_{mark}")
}

/// Six bytes of a digest, hexadecimal: two texts hardly ever have the same.
pub fn mark(text: &[u8]) -> String {
    Sha256::digest(text)
        .iter()
        .take(6)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// The value of `webhook-signature`.
///
/// # Errors
/// If the secret is empty, or begins with `whsec_` and is not Base64 after it.
pub fn sign(secret: &str, id: &str, seconds: u64, body: &[u8]) -> Result<String, Error> {
    let key = match secret.strip_prefix("whsec_") {
        Some(encoded) => STANDARD
            .decode(encoded)
            .map_err(|_| Error::new("the secret is not Base64 after `whsec_`"))?,
        None => secret.as_bytes().to_vec(),
    };
    if key.is_empty() {
        return Err(Error::new("the secret is empty"));
    }
    let mut mac = Hmac::<Sha256>::new_from_slice(&key)?;
    mac.update(format!("{id}.{seconds}.").as_bytes());
    mac.update(body);
    Ok(format!(
        "v1,{}",
        STANDARD.encode(mac.finalize().into_bytes())
    ))
}

#[cfg(test)]
#[path = "signature_tests.rs"]
mod tests;
