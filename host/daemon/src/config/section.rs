//! Reads one TOML table key by key, and reports wrong types, values out of range and keys that nobody asked for.
//!
//! Unlike deserialising into a struct, it does not stop at the first mistake.

use std::cell::RefCell;
use std::ops::RangeInclusive;
use std::str::FromStr;

use serde::de::DeserializeOwned;
use toml::Spanned;
use toml::de::{DeTable, DeValue, ValueDeserializer};

use crate::config::problem::Problems;

/// A value and the byte offset it stands at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Where it stands in the file.
    pub offset: usize,
}

/// One table that is being read.
pub struct Section<'a> {
    table: &'a DeTable<'a>,
    offset: usize,
    name: String,
    asked: RefCell<Vec<String>>,
    problems: &'a Problems,
}

impl<'a> Section<'a> {
    /// Begins to read `table`, which stands at `offset` and is called `name` in messages.
    pub fn new(
        table: &'a DeTable<'a>,
        offset: usize,
        name: impl Into<String>,
        problems: &'a Problems,
    ) -> Section<'a> {
        Section {
            table,
            offset,
            name: name.into(),
            asked: RefCell::default(),
            problems,
        }
    }

    /// Where the table stands.
    pub fn offset(&self) -> usize {
        self.offset
    }

    /// Where findings go.
    pub fn problems(&self) -> &'a Problems {
        self.problems
    }

    /// Notes an error at the table itself.
    pub fn error(&self, message: impl Into<String>) {
        self.problems.error(self.offset, message);
    }

    /// The raw value of a key.
    pub fn value(&self, key: &str) -> Option<&'a Spanned<DeValue<'a>>> {
        self.asked.borrow_mut().push(key.to_owned());
        self.table
            .iter()
            .find(|(name, _)| name.get_ref() == key)
            .map(|(_, value)| value)
    }

    /// A string.
    pub fn string(&self, key: &str) -> Option<Located<String>> {
        let value = self.value(key)?;
        let text = value.get_ref().as_str().map(str::to_owned);
        self.expect(key, value, text, "a string")
    }

    /// A string that must be there and not be empty.
    pub fn required_string(&self, key: &str) -> Option<Located<String>> {
        match self.string(key) {
            Some(found) if found.value.is_empty() => {
                self.problems
                    .error(found.offset, format!("`{key}` must not be empty"));
                None
            }
            Some(found) => Some(found),
            None => {
                if self.value(key).is_none() {
                    self.error(format!("{} needs `{key}`", self.name));
                }
                None
            }
        }
    }

    /// A string that `T` is parsed from; `what` says what it should have been.
    pub fn parsed<T: FromStr>(&self, key: &str, what: &str) -> Option<Located<T>> {
        let Located { value, offset } = self.string(key)?;
        match value.parse() {
            Ok(value) => Some(Located { value, offset }),
            Err(_) => {
                self.problems
                    .error(offset, format!("`{key}`: \"{value}\" is not {what}"));
                None
            }
        }
    }

    /// One of several words, each standing for a value.
    pub fn choice<T: Copy>(&self, key: &str, choices: &[(&str, T)]) -> Option<T> {
        let Located { value, offset } = self.string(key)?;
        let found = choices
            .iter()
            .find(|(word, _)| *word == value)
            .map(|(_, choice)| *choice);
        if found.is_none() {
            let words: Vec<_> = choices
                .iter()
                .map(|(word, _)| format!("\"{word}\""))
                .collect();
            let words = words.join(", ");
            self.problems
                .error(offset, format!("`{key}`: \"{value}\" is none of {words}"));
        }
        found
    }

    /// A whole number within a range.
    pub fn integer(&self, key: &str, range: RangeInclusive<u64>) -> Option<u64> {
        let value = self.value(key)?;
        let number = value
            .get_ref()
            .as_integer()
            .and_then(|n| u64::from_str_radix(n.as_str(), n.radix()).ok())
            .filter(|n| range.contains(n));
        let what = format!("a whole number from {} to {}", range.start(), range.end());
        self.expect(key, value, number, &what)
            .map(|found| found.value)
    }

    /// `true` or `false`.
    pub fn boolean(&self, key: &str) -> Option<bool> {
        let value = self.value(key)?;
        self.expect(key, value, value.get_ref().as_bool(), "true or false")
            .map(|found| found.value)
    }

    /// An array of strings; empty if absent. A lone string counts as an array of one.
    pub fn strings(&self, key: &str) -> Vec<Located<String>> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        if let Some(text) = value.get_ref().as_str() {
            return vec![Located {
                value: text.to_owned(),
                offset: value.span().start,
            }];
        }
        let Some(items) = value.get_ref().as_array() else {
            self.problems.error(
                value.span().start,
                format!("`{key}` must be an array of strings"),
            );
            return Vec::new();
        };
        let item = |item: &'a Spanned<DeValue<'a>>| {
            let text = item.get_ref().as_str().map(str::to_owned);
            self.expect(key, item, text, "an array of strings")
        };
        items.iter().filter_map(item).collect()
    }

    /// A table.
    pub fn section(&self, key: &str) -> Option<Section<'a>> {
        let value = self.value(key)?;
        let table = value.get_ref().as_table();
        let found = self.expect(key, value, table, "a table")?;
        let name = if self.name.is_empty() {
            format!("[{key}]")
        } else {
            format!("`{key}`")
        };
        Some(Section::new(found.value, found.offset, name, self.problems))
    }

    /// An array of tables; empty if absent.
    pub fn sections(&self, key: &str) -> Vec<Section<'a>> {
        let Some(value) = self.value(key) else {
            return Vec::new();
        };
        let Some(items) = value.get_ref().as_array() else {
            let message = format!("`{key}` must be an array of tables: [[…{key}]]");
            self.problems.error(value.span().start, message);
            return Vec::new();
        };
        let item = |item: &'a Spanned<DeValue<'a>>| {
            let found = self.expect(key, item, item.get_ref().as_table(), "an array of tables")?;
            Some(Section::new(
                found.value,
                found.offset,
                format!("[[{key}]]"),
                self.problems,
            ))
        };
        items.iter().filter_map(item).collect()
    }

    /// Every entry, in the order of the file; all keys count as asked for.
    pub fn entries(&self) -> Vec<(Located<String>, &'a Spanned<DeValue<'a>>)> {
        let mut entries: Vec<_> = self
            .table
            .iter()
            .map(|(key, value)| {
                self.asked.borrow_mut().push(key.get_ref().to_string());
                (
                    Located {
                        value: key.get_ref().to_string(),
                        offset: key.span().start,
                    },
                    value,
                )
            })
            .collect();
        entries.sort_by_key(|(key, _)| key.offset);
        entries
    }

    /// Every entry that is a table of its own, by name.
    pub fn named_sections(&self) -> Vec<(Located<String>, Section<'a>)> {
        let mut sections = Vec::new();
        for (key, value) in self.entries() {
            let table = value.get_ref().as_table();
            if let Some(found) = self.expect(&key.value, value, table, "a table") {
                let name = format!("\"{}\"", key.value);
                sections.push((
                    key.clone(),
                    Section::new(found.value, key.offset, name, self.problems),
                ));
            }
        }
        sections
    }

    /// Ends the reading: keys that nobody asked for are errors.
    pub fn finish(self) {
        let asked = self.asked.into_inner();
        for (key, _) in self.table {
            let name = key.get_ref().as_ref();
            if asked.iter().any(|known| known == name) {
                continue;
            }
            let place = if self.name.is_empty() {
                "the top level"
            } else {
                &self.name
            };
            let mut message = format!("unknown key `{name}` in {place}");
            if let Some(near) = nearest(name, asked.iter().map(String::as_str)) {
                message.push_str(&format!("; did you mean `{near}`?"));
            }
            self.problems.error(key.span().start, message);
        }
    }

    fn expect<T>(
        &self,
        key: &str,
        value: &Spanned<DeValue<'_>>,
        found: Option<T>,
        what: &str,
    ) -> Option<Located<T>> {
        let offset = value.span().start;
        if found.is_none() {
            self.problems
                .error(offset, format!("`{key}` must be {what}"));
        }
        Some(Located {
            value: found?,
            offset,
        })
    }
}

/// Deserialises a value with serde; mistakes are reported at their own place.
pub fn deserialise<T: DeserializeOwned>(
    value: &Spanned<DeValue<'_>>,
    problems: &Problems,
) -> Option<T> {
    match T::deserialize(ValueDeserializer::from(value.clone())) {
        Ok(value) => Some(value),
        Err(error) => {
            let at = error.span().unwrap_or(value.span()).start;
            problems.error(at, error.message().to_owned());
            None
        }
    }
}

/// The candidate that `word` is probably a misspelling of.
pub fn nearest<'w>(word: &str, candidates: impl Iterator<Item = &'w str>) -> Option<&'w str> {
    candidates
        .map(|candidate| (strsim::jaro_winkler(word, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map(|(_, candidate)| candidate)
}
