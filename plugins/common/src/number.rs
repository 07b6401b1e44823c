//! Telephone numbers: in the international form of E.164, and whether there is one at all.

use switchhook_sdk::prelude::*;

use crate::node::{Node, setting};

/// How numbers are dialled where a trunk or a client is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Habits<'a> {
    /// The country code, `49`.
    pub country: Option<&'a str>,
    /// What stands before a national number, `0`.
    pub national: Option<&'a str>,
    /// What stands before an international number, `00`.
    pub international: Option<&'a str>,
    /// The area code of numbers without any prefix.
    pub area: Option<&'a str>,
    /// From how many digits on a number without prefix is one of the public network; fewer are an extension.
    pub shortest: u32,
}

/// The members of settings that [`Habits::read`] reads.
pub const HABITS: [&str; 5] = [
    "country_code",
    "national_prefix",
    "international_prefix",
    "area_code",
    "shortest",
];

impl Habits<'_> {
    /// A number in the international form if it has one, else as it is, by the habits in the member `dialling` of the settings.
    ///
    /// # Errors
    /// If there is a mistake in them.
    pub fn apply(number: &str) -> Result<String, Error> {
        let dialling = setting("/dialling")?;
        let habits = match &dialling {
            Some(value) => Habits::read(&Node::root(value, "dialling"))?,
            None => Habits::default(),
        };
        Ok(habits.e164(number).unwrap_or_else(|| number.to_owned()))
    }
}

impl<'a> Habits<'a> {
    /// Reads them: an object.
    ///
    /// # Errors
    /// If there is a mistake in it.
    pub fn read(node: &Node<'a, '_>) -> Result<Habits<'a>, Error> {
        node.object(&HABITS)?;
        let digits = |name: &str| -> Result<Option<&'a str>, Error> {
            let Some(text) = node.text_at(name)? else {
                return Ok(None);
            };
            if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(node.error(format_args!("`{name}` must be digits")));
            }
            Ok(Some(text))
        };
        Ok(Habits {
            country: digits("country_code")?,
            national: digits("national_prefix")?,
            international: digits("international_prefix")?,
            area: digits("area_code")?,
            shortest: node.integer_at("shortest", 1, 20, 5)?,
        })
    }

    /// A number as `+` and digits; `None` if it is none of the public network.
    pub fn e164(&self, number: &str) -> Option<String> {
        let (plus, digits) = bare(number)?;
        let (code, rest) = if plus {
            (String::new(), digits.as_str())
        } else if let Some(rest) = strip(&digits, self.international) {
            (String::new(), rest)
        } else if let Some(rest) = strip(&digits, self.national) {
            (self.country?.to_owned(), rest)
        } else if digits.len() >= self.shortest as usize {
            let area = self.area.unwrap_or_default();
            (format!("{}{area}", self.country?), digits.as_str())
        } else {
            return None;
        };
        // E.164 §6: at most 15 digits, and no country code begins with 0.
        let whole = format!("+{code}{rest}");
        let valid = (3..=16).contains(&whole.len()) && !whole.starts_with("+0");
        valid.then_some(whole)
    }
}

/// Whether the caller hid the number, or never had one.
pub fn is_anonymous(call: &Call) -> bool {
    const HIDDEN: [&str; 6] = [
        "",
        "anonymous",
        "restricted",
        "unavailable",
        "unknown",
        "private",
    ];
    let caller = call.caller.trim();
    HIDDEN.iter().any(|word| caller.eq_ignore_ascii_case(word))
        // RFC 3323 §4.1.1.3
        || call.header("From").is_some_and(|from| from.to_ascii_lowercase().contains("@anonymous.invalid"))
        || asks_for_privacy(call)
}

/// Whether the caller asks that the number be withheld (RFC 3323 §4.2, RFC 3325 §9.3).
fn asks_for_privacy(call: &Call) -> bool {
    let wanted = |value: &str| {
        let mut words = value.split(';').map(str::trim);
        words.any(|word| {
            ["id", "user"]
                .iter()
                .any(|it| it.eq_ignore_ascii_case(word))
        })
    };
    call.headers
        .iter()
        .any(|header| header.name.eq_ignore_ascii_case("Privacy") && wanted(&header.value))
}

/// The digits of a number without what people put between them; whether a `+` stands before them.
fn bare(number: &str) -> Option<(bool, String)> {
    let number = number.trim();
    let (plus, rest) = match number.strip_prefix('+') {
        Some(rest) => (true, rest),
        None => (false, number),
    };
    let mut digits = String::with_capacity(rest.len());
    for character in rest.chars() {
        match character {
            '0'..='9' => digits.push(character),
            ' ' | '-' | '.' | '/' | '(' | ')' => {}
            _ => return None,
        }
    }
    (!digits.is_empty()).then_some((plus, digits))
}

fn strip<'d>(digits: &'d str, prefix: Option<&str>) -> Option<&'d str> {
    digits.strip_prefix(prefix?)
}

#[cfg(test)]
#[path = "number_tests.rs"]
mod tests;
