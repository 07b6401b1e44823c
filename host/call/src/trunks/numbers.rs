//! How numbers are written at a trunk and here: rules that cut and add, and the way from national to international numbers
//! (ITU-T E.164) and back. Pure text.

use crate::dialplan::Pattern;

/// How numbers are written at a trunk.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Numbers {
    /// Rules for numbers of its calls; the first that matches is applied.
    pub inward: Vec<Rule>,
    /// Rules for numbers of calls to it; the first that matches is applied.
    pub outward: Vec<Rule>,
    /// What makes national numbers international and back, where no rule matches.
    pub e164: Option<E164>,
}

/// Which number of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Which {
    /// The one that is called.
    Callee,
    /// The one that calls.
    Caller,
}

/// A rule about numbers that match.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rule {
    /// The numbers that it is about.
    pub pattern: Pattern,
    /// Which number of a call it is about; `None`: both.
    pub which: Option<Which>,
    /// What is done to them.
    pub edit: Edit,
}

/// What is done to a number.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Characters are cut off its beginning and end, then text is put before and behind.
    Cut {
        /// How many characters at the beginning.
        strip: usize,
        /// How many characters at the end.
        strip_end: usize,
        /// What is put before.
        add: String,
        /// What is put behind.
        append: String,
    },
    /// This takes its place; a `*` in it is what the last `*` of the pattern stands for.
    Replace(String),
}

/// How national numbers become international ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct E164 {
    /// The country code, without plus: `49`.
    pub country: String,
    /// The area code of local numbers, without the national prefix: `30`; empty: local numbers stay as they are.
    pub area: String,
    /// What international numbers begin with, beside plus: `00`.
    pub international_prefix: String,
    /// What national numbers begin with: `0`; empty in countries that dial none.
    pub national_prefix: String,
    /// The shortest local number that is made international; shorter ones, such as 112, stay as they are.
    pub local_digits: usize,
    /// How numbers are written to the trunk.
    pub form: Form,
}

/// How an international number is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Form {
    /// As it is.
    #[default]
    AsIs,
    /// `+4930123`.
    Plus,
    /// `4930123`.
    Digits,
    /// `004930123`.
    International,
    /// `030123` within the country, `0043…` elsewhere.
    National,
}

impl Numbers {
    /// A number of a call from the trunk, as it is here.
    pub fn inward(&self, which: Which, number: &str) -> String {
        if let Some(written) = by_rules(&self.inward, which, number) {
            return written;
        }
        let to_e164 = |e164: &E164| e164.international(number);
        (self.e164.as_ref())
            .and_then(to_e164)
            .unwrap_or_else(|| number.to_owned())
    }

    /// A number of a call to the trunk, as the trunk wants it.
    pub fn outward(&self, which: Which, number: &str) -> String {
        if let Some(written) = by_rules(&self.outward, which, number) {
            return written;
        }
        let from_e164 = |e164: &E164| e164.written(number);
        (self.e164.as_ref())
            .and_then(from_e164)
            .unwrap_or_else(|| number.to_owned())
    }
}

fn by_rules(rules: &[Rule], which: Which, number: &str) -> Option<String> {
    let about = |rule: &&Rule| {
        rule.which.is_none_or(|only| only == which) && rule.pattern.matches(number).is_some()
    };
    rules.iter().find(about).map(|rule| rule.apply(number))
}

impl Rule {
    fn apply(&self, number: &str) -> String {
        match &self.edit {
            Edit::Cut {
                strip,
                strip_end,
                add,
                append,
            } => {
                let length = number.chars().count();
                let kept = length.saturating_sub(strip_end.saturating_add(*strip));
                let middle: String = number.chars().skip(*strip).take(kept).collect();
                format!("{add}{middle}{append}")
            }
            Edit::Replace(text) => text.replacen('*', self.rest(number), 1),
        }
    }

    /// What the `*` at the end of the pattern stands for.
    fn rest<'n>(&self, number: &'n str) -> &'n str {
        let of = |alternative: &String| {
            let (start, _) = alternative.split_once('*')?;
            let length: usize = number
                .chars()
                .take(start.chars().count())
                .map(char::len_utf8)
                .sum();
            let (head, rest) = number.split_at_checked(length)?;
            let same = start.chars().zip(head.chars());
            let fits = head.chars().count() == start.chars().count();
            (fits
                && same
                    .into_iter()
                    .all(|(wanted, is)| wanted == '?' || wanted == is))
            .then_some((start.len(), rest))
        };
        let alternatives = self.pattern.alternatives().iter().filter_map(of);
        // Of several alternatives that fit the longest, as a dialplan has it.
        alternatives
            .max_by_key(|(length, _)| *length)
            .map_or("", |(_, rest)| rest)
    }
}

impl E164 {
    /// The number with plus and country code; `None`: it is none that this could be said of.
    fn international(&self, number: &str) -> Option<String> {
        if !is_number(number) || number.starts_with('+') {
            return None;
        }
        let after = |prefix: &str| number.strip_prefix(prefix).filter(|_| !prefix.is_empty());
        if let Some(rest) = after(&self.international_prefix) {
            return (!rest.is_empty()).then(|| ["+", rest].concat());
        }
        if let Some(rest) = after(&self.national_prefix) {
            return (!rest.is_empty()).then(|| ["+", &self.country, rest].concat());
        }
        let is_long = number.len() >= self.local_digits;
        if self.national_prefix.is_empty() && is_long && self.area.is_empty() {
            return Some(["+", &self.country, number].concat());
        }
        (is_long && !self.area.is_empty())
            .then(|| ["+", &self.country, &self.area, number].concat())
    }

    /// The number in the form of the trunk; `None`: as it is.
    fn written(&self, number: &str) -> Option<String> {
        let number = match number.starts_with('+') {
            true => number.to_owned(),
            false => self.international(number)?,
        };
        let digits = number.strip_prefix('+').filter(|_| is_number(&number))?;
        let abroad = || [&self.international_prefix, digits].concat();
        match self.form {
            Form::AsIs => None,
            Form::Plus => Some(number.clone()),
            Form::Digits => Some(digits.to_owned()),
            Form::International => Some(abroad()),
            Form::National => Some(match digits.strip_prefix(&self.country) {
                Some(rest) => [&self.national_prefix, rest].concat(),
                None => abroad(),
            }),
        }
    }
}

/// Digits, perhaps with a plus.
fn is_number(text: &str) -> bool {
    let digits = text.strip_prefix('+').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests;
