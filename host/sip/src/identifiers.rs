//! Branches, tags and Call-IDs of our own making. Each carries the number of the exchange that made it, so that the
//! socket thread hands a message to its owner without a table. The randomness is the caller's.

use hmac::{Hmac, Mac};
use rand_core::Rng;
use sha2::Sha256;

/// The magic cookie that begins every branch of RFC 3261 (§8.1.1.7).
pub const BRANCH_COOKIE: &str = "z9hG4bK";

const MARK: &str = "sh";
const DIGITS: &[u8; 32] = b"0123456789abcdefghijklmnopqrstuv";

/// A new branch: the cookie, the exchange number, 65 random bits.
pub fn branch(rng: &mut impl Rng, exchange: u8) -> String {
    let mut text = String::with_capacity(BRANCH_COOKIE.len() + 17);
    text.push_str(BRANCH_COOKIE);
    push_identifier(&mut text, rng, exchange);
    text
}

/// A new tag for From or To: the exchange number, 65 random bits (RFC 3261 §19.3 wants 32 at least).
pub fn tag(rng: &mut impl Rng, exchange: u8) -> String {
    let mut text = String::with_capacity(17);
    push_identifier(&mut text, rng, exchange);
    text
}

/// A new Call-ID: the exchange number, 130 random bits, and the host (RFC 3261 §8.1.1.4).
pub fn call_id(rng: &mut impl Rng, exchange: u8, host: &str) -> String {
    let mut text = String::with_capacity(32 + host.len());
    push_identifier(&mut text, rng, exchange);
    push_random(&mut text, rng);
    text.push('@');
    // An IPv6 reference has brackets, which a word of the grammar allows.
    text.push_str(host);
    text
}

/// An identifier that only who knows the secret can make or tell, always the same for the same parts: 32 hexadecimal digits of
/// a keyed hash (RFC 2104).
pub fn derived(secret: &[u8], parts: &[&str]) -> String {
    let Ok(mut hash) = Hmac::<Sha256>::new_from_slice(secret) else {
        return String::new();
    };
    for part in parts {
        hash.update(part.as_bytes());
        // No text has this byte: the parts cannot be told in another way.
        hash.update(&[0xff]);
    }
    let digest = hash.finalize().into_bytes();
    let digits = digest
        .iter()
        .take(16)
        .flat_map(|byte| [byte >> 4, byte & 15]);
    digits
        .filter_map(|digit| char::from_digit(digit.into(), 16))
        .collect()
}

/// The number of the exchange that made this branch; `None` if none of ours did.
pub fn exchange_of_branch(branch: &str) -> Option<u8> {
    exchange_of(branch.strip_prefix(BRANCH_COOKIE)?)
}

/// The number of the exchange that made this tag; `None` if none of ours did.
pub fn exchange_of_tag(tag: &str) -> Option<u8> {
    exchange_of(tag)
}

/// The number of the exchange that made this Call-ID; `None` if none of ours did.
pub fn exchange_of_call_id(call_id: &str) -> Option<u8> {
    exchange_of(call_id)
}

fn exchange_of(text: &str) -> Option<u8> {
    let number = text.strip_prefix(MARK)?.get(..2)?;
    if number.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        u8::from_str_radix(number, 16).ok()
    } else {
        None
    }
}

fn push_identifier(text: &mut String, rng: &mut impl Rng, exchange: u8) {
    text.push_str(MARK);
    for digit in [exchange >> 4, exchange & 15] {
        text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
    }
    push_random(text, rng);
}

/// Appends 13 digits of 5 random bits each.
fn push_random(text: &mut String, rng: &mut impl Rng) {
    let mut bits = u128::from(rng.next_u64()) | u128::from(rng.next_u32()) << 64;
    for _ in 0..13 {
        let digit = DIGITS.get((bits & 31) as usize).copied().unwrap_or(b'0');
        text.push(char::from(digit));
        bits >>= 5;
    }
}

#[cfg(test)]
mod tests;
