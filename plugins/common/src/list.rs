//! Lists of numbers and patterns in the settings. A short list is an array and is read whole; a long one is an object, whose members
//! are looked up one by one, so that its size does not matter.

use switchhook_sdk::pattern::{is_literal, specificity};
use switchhook_sdk::prelude::*;

use crate::node::{Node, setting};

/// Longer numbers are not looked up in an object: no number is longer, and each character costs a call of the switch.
const LONGEST_NUMBER: usize = 40;

/// Whether a number is in the list that a pointer leads to: an array of numbers and patterns (`+49151*`), or an object whose
/// names are numbers, or beginnings with `*` after them.
///
/// # Errors
/// If it is something else.
pub fn contains(pointer: &str, number: &str) -> Result<bool, Error> {
    if settings::names(pointer).is_none() {
        let Some(value) = setting(pointer)? else {
            return Ok(false);
        };
        let name = pointer.trim_start_matches('/');
        return matches_any(&Node::root(&value, name), number);
    }
    if settings::json(&settings::child(pointer, number)).is_some_and(|value| is_on(&value)) {
        return Ok(true);
    }
    Ok(longest_prefix(pointer, number, "*").is_some_and(|(_, value)| is_on(&value)))
}

/// Whether a list holds the caller, in the international form (`number`) or as the number was sent.
///
/// # Errors
/// As [`contains`].
pub fn holds_caller(pointer: &str, call: &Call, number: &str) -> Result<bool, Error> {
    Ok(contains(pointer, number)? || number != call.caller && contains(pointer, &call.caller)?)
}

/// The member of the object at a pointer whose name is this number, or else the most specific pattern that matches it.
pub fn most_specific(pointer: &str, number: &str) -> Option<String> {
    if is_literal(number) && settings::json(&settings::child(pointer, number)).is_some() {
        return Some(number.to_owned());
    }
    let mut best: Option<(usize, String)> = None;
    for name in settings::names(pointer)?.iter() {
        if let Some(found) = specificity(&name, number)
            && best.as_ref().is_none_or(|(most, _)| found > *most)
        {
            best = Some((found, name.into_owned()));
        }
    }
    best.map(|(_, name)| name)
}

/// Whether a number is matched by a pattern, or by one of an array of them.
///
/// # Errors
/// If one is no text.
pub fn matches_any(node: &Node<'_, '_>, number: &str) -> Result<bool, Error> {
    for pattern in node.one_or_more() {
        if specificity(pattern.text()?, number).is_some() {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The longest beginning of a number (with `suffix` after it) that is a member of the object at a pointer, and the JSON text of
/// its value.
pub fn longest_prefix<'n>(
    pointer: &str,
    number: &'n str,
    suffix: &str,
) -> Option<(&'n str, String)> {
    let ends = number
        .char_indices()
        .map(|(at, character)| at + character.len_utf8());
    let mut ends: Vec<usize> = ends.take(LONGEST_NUMBER).collect();
    ends.insert(0, 0);
    ends.iter().rev().find_map(|end| {
        let prefix = &number[..*end];
        let member = settings::child(pointer, &format!("{prefix}{suffix}"));
        settings::json(&member).map(|value| (prefix, value))
    })
}

fn is_on(value: &str) -> bool {
    !matches!(value, "false" | "null")
}

#[cfg(test)]
#[path = "list_tests.rs"]
mod tests;
