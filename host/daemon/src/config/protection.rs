//! The section `[protection]`: who is limited, who is banned, for what and how long.

use std::time::Duration;

use switchhook_call::cidr::Cidr;
use switchhook_call::guard::Protection;

use crate::config::section::Section;
use crate::config::settings;

/// Never suspected if the file does not say: this machine itself, often a proxy that everybody's messages come through.
const ALLOWED: [&str; 2] = ["127.0.0.0/8", "::1"];
/// What tools that look for weak switches call themselves in User-Agent, if the file does not say.
const SCANNERS: [&str; 8] = [
    "friendly-scanner",
    "friendly-request",
    "sipvicious",
    "sipcli",
    "sip-scan",
    "sundayddr",
    "sivus",
    "pplsip",
];

/// Reads `[protection]`.
pub fn protection(root: &Section<'_>) -> settings::Protection {
    let mut guard = Protection {
        allow: ALLOWED
            .iter()
            .filter_map(|range| range.parse().ok())
            .collect(),
        ..Protection::default()
    };
    let mut scanners: Vec<String> = SCANNERS.map(str::to_owned).into();
    if let Some(section) = root.section("protection") {
        if let Some(enabled) = section.boolean("enabled") {
            guard.enabled = enabled;
        }
        if section.value("allow").is_some() {
            guard.allow = ranges(&section);
        }
        if section.value("scanners").is_some() {
            let names = section.strings("scanners").into_iter();
            scanners = names.map(|name| name.value.to_ascii_lowercase()).collect();
            if scanners.iter().any(String::is_empty) {
                section.error("`scanners`: an empty name would be in every User-Agent");
            }
        }
        numbers(&section, &mut guard);
        section.finish();
    }
    if !guard.enabled {
        scanners.clear();
    }
    settings::Protection { guard, scanners }
}

fn numbers(section: &Section<'_>, guard: &mut Protection) {
    let whole = |key: &str, most: u64| section.integer(key, 1..=most);
    if let Some(number) = whole("messages_per_second", 1_000_000) {
        guard.messages_per_second = number as u32;
    }
    if let Some(number) = whole("burst", 1_000_000) {
        guard.burst = number as u32;
    }
    if let Some(number) = whole("failures", 10_000) {
        guard.failures = number as u32;
    }
    let day = 24 * 3600;
    if let Some(seconds) = whole("window_seconds", day) {
        guard.window = Duration::from_secs(seconds);
    }
    if let Some(seconds) = whole("ban_seconds", 30 * day) {
        guard.ban = Duration::from_secs(seconds);
    }
    if let Some(seconds) = whole("ban_max_seconds", 30 * day) {
        guard.ban_max = Duration::from_secs(seconds);
    }
    if guard.ban > guard.ban_max {
        section.error("`ban_seconds` is more than `ban_max_seconds`");
    }
}

fn ranges(section: &Section<'_>) -> Vec<Cidr> {
    let mut ranges = Vec::new();
    for text in section.strings("allow") {
        match text.value.parse() {
            Ok(range) => ranges.push(range),
            Err(error) => {
                let message = format!("`allow`: \"{}\": {error}", text.value);
                section.problems().error(text.offset, message);
            }
        }
    }
    ranges
}
