//! A share of the calls, chosen by a hash: the same call, or the same caller, is always on the same side.

use plugin_common::node::Node;
use switchhook_sdk::prelude::*;

/// Whether a call belongs to a percentage of the calls (`by` `call`, as usual) or of the callers (`by` `caller`).
///
/// Two conditions with the same percentage choose the same calls, so that rules can go together; 10 and then 20 percent hold the first
/// 10 within the 20.
///
/// # Errors
/// If it is no percentage, or `by` is something else.
pub fn holds(
    node: &Node<'_, '_>,
    by: Option<&str>,
    whole: &Node<'_, '_>,
    call: &Call,
) -> Result<bool, Error> {
    let percent = node.number()?;
    if !(0.0..=100.0).contains(&percent) {
        return Err(node.error("must be from 0 to 100"));
    }
    let subject = match by {
        None | Some("call") => &call.id,
        Some("caller") => &call.caller,
        Some(_) => return Err(whole.error("`by` must be `call` or `caller`")),
    };
    // Hundredths of a percent.
    let place = hash(subject) % 10_000;
    Ok((place as f64) < percent * 100.0)
}

/// FNV-1a with a final mixing, since names that count up differ in their last byte alone.
fn hash(text: &str) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for byte in text.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash ^= hash >> 33;
    hash = hash.wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash ^ (hash >> 33)
}

#[cfg(test)]
#[path = "split_tests.rs"]
mod tests;
