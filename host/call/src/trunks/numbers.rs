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
