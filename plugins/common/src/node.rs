//! A value of the settings together with the way to it, so that a mistake is reported as `rules[2].when.caller: …`. The way costs
//! nothing until there is a mistake.

use std::fmt;

use switchhook_sdk::prelude::*;
use switchhook_sdk::serde_json::{self, Map, Value};

/// The way to a value: the steps up to the root, on the stack of whoever reads.
#[derive(Debug, Clone, Copy)]
struct Path<'p> {
    up: Option<&'p Path<'p>>,
    step: Step<'p>,
}

#[derive(Debug, Clone, Copy)]
enum Step<'p> {
    Name(&'p str),
    Index(usize),
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(up) = self.up {
            up.fmt(f)?;
        }
        match self.step {
            Step::Name(name) if self.up.is_some() => write!(f, ".{name}"),
            Step::Name(name) => f.write_str(name),
            Step::Index(index) => write!(f, "[{index}]"),
        }
    }
}

/// A value and the way to it.
#[derive(Debug, Clone, Copy)]
pub struct Node<'v, 'p> {
    /// The value.
    pub value: &'v Value,
    path: Path<'p>,
}

impl<'v> Node<'v, '_> {
    /// A value that is known by this name.
    pub fn root<'p>(value: &'v Value, name: &'p str) -> Node<'v, 'p> {
        let step = Step::Name(name);
        let path = Path { up: None, step };
        Node { value, path }
    }

    /// An error at this place.
    pub fn error(&self, text: impl fmt::Display) -> Error {
        Error::new(format_args!("{}: {text}", self.path))
    }

    /// Makes sure that it is an object with no other members than these.
    ///
    /// # Errors
    /// If it is none, or has a member that nobody reads.
    pub fn object(&self, known: &[&str]) -> Result<&'v Map<String, Value>, Error> {
        let map = self.map()?;
        for name in map.keys() {
            if !known.contains(&name.as_str()) {
                let known = known.join(", ");
                return Err(self.error(format_args!("unknown key `{name}` (known: {known})")));
            }
        }
        Ok(map)
    }

    /// A member of an object; `None` if it is absent or null, or if this is no object.
    pub fn member<'s>(&'s self, name: &'s str) -> Option<Node<'v, 's>> {
        let value = self.value.get(name).filter(|value| !value.is_null())?;
        Some(self.below(value, Step::Name(name)))
    }

    /// All members of an object.
    ///
    /// # Errors
    /// If it is none.
    pub fn members<'s>(&'s self) -> Result<impl Iterator<Item = (&'v str, Node<'v, 's>)>, Error>
    where
        'v: 's,
    {
        let members = self.map()?.iter();
        Ok(members.map(|(name, value)| (name.as_str(), self.below(value, Step::Name(name)))))
    }

    /// All elements of an array.
    ///
    /// # Errors
    /// If it is none.
    pub fn items<'s>(&'s self) -> Result<impl Iterator<Item = Node<'v, 's>>, Error>
    where
        'v: 's,
    {
        let Value::Array(items) = self.value else {
            return Err(self.error("must be an array"));
        };
        let numbered = items.iter().enumerate();
        Ok(numbered.map(|(index, value)| self.below(value, Step::Index(index))))
    }

    /// The elements of an array, or the value itself: what may be written with and without brackets.
    pub fn one_or_more<'s>(&'s self) -> Vec<Node<'v, 's>> {
        match self.value {
            Value::Array(items) => {
                let numbered = items.iter().enumerate();
                numbered
                    .map(|(index, value)| self.below(value, Step::Index(index)))
                    .collect()
            }
            value => vec![Node {
                value,
                path: self.path,
            }],
        }
    }

    /// The text.
    ///
    /// # Errors
    /// If it is none.
    pub fn text(&self) -> Result<&'v str, Error> {
        self.value
            .as_str()
            .ok_or_else(|| self.error("must be a text"))
    }

    /// True or false.
    ///
    /// # Errors
    /// If it is neither.
    pub fn boolean(&self) -> Result<bool, Error> {
        self.value
            .as_bool()
            .ok_or_else(|| self.error("must be true or false"))
    }

    /// A whole number from `low` to `high`.
    ///
    /// # Errors
    /// If it is none, or out of bounds.
    pub fn integer(&self, low: u32, high: u32) -> Result<u32, Error> {
        self.value
            .as_u64()
            .and_then(|number| u32::try_from(number).ok())
            .filter(|number| (low..=high).contains(number))
            .ok_or_else(|| self.error(format_args!("must be a whole number from {low} to {high}")))
    }

    /// Any number.
    ///
    /// # Errors
    /// If it is none.
    pub fn number(&self) -> Result<f64, Error> {
        self.value
            .as_f64()
            .ok_or_else(|| self.error("must be a number"))
    }

    /// What a text, a number or a truth value is as text.
    ///
    /// # Errors
    /// If it is something else.
    pub fn scalar(&self) -> Result<String, Error> {
        scalar(self.value).ok_or_else(|| self.error("must be a text, a number, true or false"))
    }

    /// A text member.
    ///
    /// # Errors
    /// If it is there and no text.
    pub fn text_at(&self, name: &str) -> Result<Option<&'v str>, Error> {
        self.member(name).map(|node| node.text()).transpose()
    }

    /// A whole number as member; `default` if it is absent.
    ///
    /// # Errors
    /// If it is there and no such number.
    pub fn integer_at(&self, name: &str, low: u32, high: u32, default: u32) -> Result<u32, Error> {
        self.member(name)
            .map_or(Ok(default), |node| node.integer(low, high))
    }

    /// A member that must be there.
    ///
    /// # Errors
    /// If it is absent.
    pub fn required<'s>(&'s self, name: &'s str) -> Result<Node<'v, 's>, Error> {
        self.member(name)
            .ok_or_else(|| self.error(format_args!("`{name}` is missing")))
    }

    fn map(&self) -> Result<&'v Map<String, Value>, Error> {
        self.value
            .as_object()
            .ok_or_else(|| self.error("must be an object"))
    }

    fn below<'s>(&'s self, value: &'v Value, step: Step<'s>) -> Node<'v, 's> {
        let up = Some(&self.path);
        Node {
            value,
            path: Path { up, step },
        }
    }
}

/// What a text, a number or a truth value is as text; `None` for anything else.
pub fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// The value in the settings that a pointer leads to; `None` if it is absent or null.
///
/// # Errors
/// Only if the switch gave no JSON.
pub fn setting(pointer: &str) -> Result<Option<Value>, Error> {
    let Some(text) = settings::json(pointer) else {
        return Ok(None);
    };
    let value: Value = serde_json::from_str(&text)?;
    Ok(Some(value).filter(|value| !value.is_null()))
}

#[cfg(test)]
#[path = "node_tests.rs"]
mod tests;
