//! Who calls, towards a trunk and from it: `trusted`, `caller_id`, `identity`, `from`, `diversion`, `history_info`.

use switchhook_call::trunks::identity::{CallerIdPolicy, IdentityHeader, IdentityPolicy};

use crate::config::section::Section;
use crate::config::trunk_numbers::pattern;

const HEADERS: [(&str, IdentityHeader); 3] = [
    ("p-asserted-identity", IdentityHeader::Asserted),
    ("p-preferred-identity", IdentityHeader::Preferred),
    ("remote-party-id", IdentityHeader::RemoteParty),
];

/// Reads the keys of a trunk that are about callers.
pub fn identity(section: &Section<'_>) -> IdentityPolicy {
    let (from_user, from_host) = from(section);
    IdentityPolicy {
        trusted: section.boolean("trusted").unwrap_or(false),
        caller_id: caller_id(section),
        headers: headers(section),
        from_user,
        from_host,
        diversion: section.boolean("diversion").unwrap_or(true),
        history_info: section.boolean("history_info").unwrap_or(true),
    }
}

/// `"pass"`, `"anonymous"`, `{ fixed = "+4930123" }`, `{ allowed = ["+4930123*"], default = "+49301230" }`.
fn caller_id(section: &Section<'_>) -> CallerIdPolicy {
    let Some(value) = section.value("caller_id") else {
        return CallerIdPolicy::Pass;
    };
    let wrong = "`caller_id` is \"pass\", \"anonymous\", { fixed = \"NUMBER\" } or { allowed = [\"PATTERN\"], default = \"NUMBER\" }";
    if let Some(word) = value.get_ref().as_str() {
        return match word {
            "pass" => CallerIdPolicy::Pass,
            "anonymous" => CallerIdPolicy::Anonymous,
            _ => {
                section.problems().error(value.span().start, wrong);
                CallerIdPolicy::Pass
            }
        };
    }
    if !value.get_ref().is_table() {
        section.problems().error(value.span().start, wrong);
        return CallerIdPolicy::Pass;
    }
    let Some(table) = section.section("caller_id") else {
        return CallerIdPolicy::Pass;
    };
    let fixed = table.string("fixed");
    let allowed = table.strings("allowed");
    let default = table.string("default").map(|default| default.value);
    let policy = match fixed {
        Some(fixed) if allowed.is_empty() && default.is_none() => {
            CallerIdPolicy::Fixed(fixed.value)
        }
        None if !allowed.is_empty() => CallerIdPolicy::Allowed {
            numbers: (allowed.iter())
                .filter_map(|text| pattern(&table, text))
                .collect(),
            default,
        },
        _ => {
            table.error(wrong);
            CallerIdPolicy::Pass
        }
    };
    table.finish();
    policy
}

fn headers(section: &Section<'_>) -> Vec<IdentityHeader> {
    let mut headers = Vec::new();
    for name in section.strings("identity") {
        let lower = name.value.to_lowercase();
        match HEADERS.iter().find(|(known, _)| *known == lower) {
            Some((_, header)) => headers.push(*header),
            None => {
                let known: Vec<_> = HEADERS
                    .iter()
                    .map(|(known, _)| format!("\"{known}\""))
                    .collect();
                let message = format!(
                    "`identity`: \"{}\" is none of {}",
                    name.value,
                    known.join(", ")
                );
                section.problems().error(name.offset, message);
            }
        }
    }
    headers
}

/// `from = { user = "account", host = "carrier.example" }`.
fn from(section: &Section<'_>) -> (String, String) {
    let Some(table) = section.section("from") else {
        return Default::default();
    };
    let text = |key| {
        table
            .string(key)
            .map(|found| found.value)
            .unwrap_or_default()
    };
    let from = (text("user"), text("host"));
    table.finish();
    from
}
