//! What clients may do: `client_limits` of a domain, and `limits` of one client, which go before them.

use std::sync::Arc;

use switchhook_call::config::client_limits::{ClientLimits, Destinations};
use switchhook_call::dialplan::Pattern;

use crate::config::section::Section;

/// Reads the limits that stand under this key.
pub fn client_limits(section: &Section<'_>, key: &str) -> ClientLimits {
    let Some(table) = section.section(key) else {
        return ClientLimits::default();
    };
    let number = |key, most: u64| {
        let number = table.integer(key, 0..=most);
        number.map(|number| u32::try_from(number).unwrap_or(u32::MAX))
    };
    let limits = ClientLimits {
        contacts: number("contacts", 1_000),
        calls: number("calls", 10_000),
        destinations: destinations(&table),
        minutes_per_day: number("minutes_per_day", 1_000_000),
        minutes_per_month: number("minutes_per_month", 10_000_000),
    };
    table.finish();
    limits
}

fn destinations(table: &Section<'_>) -> Option<Arc<Destinations>> {
    let destinations = table.section("destinations")?;
    let read = Destinations {
        allow: patterns(&destinations, "allow"),
        deny: patterns(&destinations, "deny"),
    };
    if read.allow.is_empty() && read.deny.is_empty() {
        destinations.error("`destinations` needs `allow`, `deny` or both: patterns of numbers");
    }
    destinations.finish();
    Some(Arc::new(read))
}

fn patterns(section: &Section<'_>, key: &str) -> Vec<Pattern> {
    let mut patterns = Vec::new();
    for text in section.strings(key) {
        match Pattern::new(&text.value) {
            Ok(pattern) => patterns.push(pattern),
            Err(error) => {
                let message = format!("`{key}`: \"{}\": {error}", text.value);
                section.problems().error(text.offset, message);
            }
        }
    }
    patterns
}

#[cfg(test)]
#[path = "client_limits_tests.rs"]
mod tests;
