//! The section `[domains.NAME.parking]`: the numbers that callers are parked at.

use switchhook_call::config::Parking;

use crate::config::section::{Located, Section};

/// How many slots a domain may have.
const SLOTS: usize = 1000;
/// How long a parked caller waits before who parked it is called: seconds.
const TIMEOUT_SECONDS: u32 = 120;

/// Reads the slots of a domain; without the section there are none.
pub fn parking(domain: &Section<'_>) -> Parking {
    let Some(section) = domain.section("parking") else {
        return Parking::default();
    };
    let mut slots: Vec<String> = Vec::new();
    for written in section.strings("slots") {
        match range(&written.value) {
            Some(numbers) if slots.len() + numbers.len() <= SLOTS => slots.extend(numbers),
            Some(_) => error(
                &section,
                &written,
                format!("`slots`: more than {SLOTS} of them"),
            ),
            None => {
                let message = format!(
                    "`slots`: \"{}\" is neither a number nor a range like \"701-709\"",
                    written.value
                );
                error(&section, &written, message);
            }
        }
    }
    if slots.is_empty() {
        section.error("parking needs `slots`: numbers, or ranges like \"701-709\"");
    }
    let mut seen = slots.clone();
    seen.sort();
    let twice = seen
        .iter()
        .zip(seen.iter().skip(1))
        .find(|(one, next)| one == next);
    if let Some((slot, _)) = twice {
        section.error(format!("`slots`: {slot} stands here twice"));
    }
    let seconds = section.integer("timeout_seconds", 0..=86_400);
    let timeout_seconds = seconds.and_then(|seconds| u32::try_from(seconds).ok());
    section.finish();
    Parking {
        slots,
        timeout_seconds: timeout_seconds.unwrap_or(TIMEOUT_SECONDS),
    }
}

/// A number, or all from one to another of the same length.
fn range(written: &str) -> Option<Vec<String>> {
    let is_number = |text: &str| {
        (1..=9).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let Some((first, last)) = written.split_once('-') else {
        return is_number(written).then(|| vec![written.to_owned()]);
    };
    if !is_number(first) || !is_number(last) || first.len() != last.len() {
        return None;
    }
    let width = first.len();
    let (first, last): (u32, u32) = (first.parse().ok()?, last.parse().ok()?);
    let count = last.checked_sub(first)? as usize + 1;
    let numbers = (first..=last).take(count.min(SLOTS + 1));
    Some(numbers.map(|number| format!("{number:0width$}")).collect())
}

fn error(section: &Section<'_>, at: &Located<String>, message: String) {
    section.problems().error(at.offset, message);
}

#[cfg(test)]
#[path = "parking_tests.rs"]
mod tests;
