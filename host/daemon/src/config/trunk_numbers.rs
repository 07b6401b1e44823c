//! How numbers are written at a trunk: `rewrite_in`, `rewrite_out`, `e164`.

use switchhook_call::dialplan::Pattern;
use switchhook_call::trunks::numbers::{E164, Edit, Form, Numbers, Rule, Which};

use crate::config::section::{Located, Section};

const RULES: usize = 256;

/// Reads the keys of a trunk that are about numbers.
pub fn numbers(section: &Section<'_>) -> Numbers {
    Numbers {
        inward: rules(section, "rewrite_in"),
        outward: rules(section, "rewrite_out"),
        e164: e164(section),
    }
}

fn rules(section: &Section<'_>, key: &str) -> Vec<Rule> {
    let sections = section.sections(key);
    if sections.len() > RULES {
        section.error(format!("`{key}` has more than {RULES} rules"));
    }
    sections.into_iter().filter_map(rule).collect()
}

/// `{ match = "+*", strip = 1, add = "00" }` or `{ match = "0*", replace = "+49*" }`.
fn rule(section: Section<'_>) -> Option<Rule> {
    let pattern = section
        .required_string("match")
        .and_then(|text| pattern(&section, &text));
    let both = [
        ("callee", Some(Which::Callee)),
        ("caller", Some(Which::Caller)),
        ("both", None),
    ];
    let which = section.choice("number", &both).flatten();
    let length = |key| section.integer(key, 1..=64).map(|length| length as usize);
    let text = |key| section.string(key).map(|found| found.value);
    let (strip, strip_end) = (length("strip"), length("strip_end"));
    let (add, append, replace) = (text("add"), text("append"), section.string("replace"));
    let cuts = strip.is_some() || strip_end.is_some() || add.is_some() || append.is_some();
    let edit = match replace {
        Some(replace) => {
            if cuts {
                let message = "`replace` beside `strip`, `add` and the like: use one of them";
                section.problems().error(replace.offset, message);
            }
            if let Some(pattern) = &pattern {
                check_star(&section, pattern, &replace);
            }
            Edit::Replace(replace.value)
        }
        None => Edit::Cut {
            strip: strip.unwrap_or(0),
            strip_end: strip_end.unwrap_or(0),
            add: add.unwrap_or_default(),
            append: append.unwrap_or_default(),
        },
    };
    section.finish();
    Some(Rule {
        pattern: pattern?,
        which,
        edit,
    })
}

/// What the `*` of a replacement stands for must be plain.
fn check_star(section: &Section<'_>, pattern: &Pattern, replace: &Located<String>) {
    let stars = replace.value.matches('*').count();
    let plain =
        |alternative: &String| alternative.ends_with('*') && alternative.matches('*').count() == 1;
    if stars > 1 || stars == 1 && !pattern.alternatives().iter().all(plain) {
        section.problems().error(
            replace.offset,
            "a `*` in `replace` stands for the one `*` at the end of `match`",
        );
    }
}

/// Compiles a pattern of numbers, or says what is wrong with it.
pub fn pattern(section: &Section<'_>, text: &Located<String>) -> Option<Pattern> {
    match Pattern::new(&text.value) {
        Ok(pattern) => Some(pattern),
        Err(error) => {
            let message = format!("\"{}\": {error}", text.value);
            section.problems().error(text.offset, message);
            None
        }
    }
}

fn e164(section: &Section<'_>) -> Option<E164> {
    let section = section.section("e164")?;
    let digits = |key: &str| {
        let text = section.string(key)?;
        if !text.value.bytes().all(|byte| byte.is_ascii_digit()) {
            let message = format!("`{key}` must be digits");
            section.problems().error(text.offset, message);
        }
        Some(text.value)
    };
    let country = digits("country");
    if country.as_ref().is_none_or(String::is_empty) {
        section.error("`e164` needs `country`, such as \"49\"");
    }
    let forms = [
        ("as-is", Form::AsIs),
        ("plus", Form::Plus),
        ("digits", Form::Digits),
        ("international", Form::International),
        ("national", Form::National),
    ];
    let e164 = E164 {
        country: country.unwrap_or_default(),
        area: digits("area").unwrap_or_default(),
        international_prefix: digits("international_prefix").unwrap_or_else(|| "00".to_owned()),
        national_prefix: digits("national_prefix").unwrap_or_else(|| "0".to_owned()),
        local_digits: (section.integer("local_digits", 1..=15)).map_or(5, |digits| digits as usize),
        form: section.choice("write", &forms).unwrap_or_default(),
    };
    section.finish();
    Some(e164)
}
