//! What the operator sets for this plugin. `settings.schema.json` says the same to `switchhook check`. It is read in parts: a call
//! needs one menu, and one option of it.

use serde::Deserialize;
use serde::de::IgnoredAny;
use switchhook_sdk::prelude::*;
use switchhook_sdk::{serde, serde_json};

/// What a caller hears and presses.
#[derive(Debug, Clone, Deserialize)]
#[serde(crate = "serde", deny_unknown_fields)]
pub struct Menu {
    /// What the caller hears.
    pub prompts: Vec<Prompt>,
    /// What comes before it is said again after a key that leads nowhere.
    #[serde(default)]
    pub invalid: Vec<Prompt>,
    /// What comes before it is said again when no key was pressed.
    #[serde(default)]
    pub timeout: Vec<Prompt>,
    /// How many keys at most.
    #[serde(default = "one")]
    pub digits: u8,
    /// Keys that finish the input.
    #[serde(default)]
    pub finish_keys: String,
    /// How long the caller may take for the first key: milliseconds.
    #[serde(default = "first_key")]
    pub first_digit_milliseconds: u32,
    /// How long the caller may take between two keys: milliseconds.
    #[serde(default = "next_key")]
    pub inter_digit_milliseconds: u32,
    /// How often it is said again.
    #[serde(default = "two")]
    pub retries: u8,
    /// Read one at a time, by pointer.
    #[serde(default)]
    pub options: Option<IgnoredAny>,
    /// Read by pointer.
    #[serde(default)]
    pub fallback: Option<IgnoredAny>,
}

/// Where the menus lie.
pub const MENUS: &str = "/menus";

impl Menu {
    /// A menu by its name.
    ///
    /// # Errors
    /// If there is none, or it is malformed.
    pub fn named(name: &str) -> Result<Menu, Error> {
        settings::get(&settings::child(MENUS, name))?
            .ok_or_else(|| Error::new(format_args!("there is no menu `{name}`")))
    }
}

/// What an option leads to.
#[derive(Debug, Clone, PartialEq)]
pub enum Action {
    /// This is carried out.
    Script(Script),
    /// Something shorter to say.
    Jump(Jump),
}

/// What an option leads to, if it is not a script.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(crate = "serde", rename_all = "kebab-case")]
pub enum Jump {
    /// Another menu.
    Menu(String),
    /// Another plugin of the switch decides.
    Plugin(String),
    /// The call is routed anew; `{digits}` is what was pressed.
    Redial(String),
    /// The menu is said again.
    Repeat(bool),
}

impl Action {
    /// What stands at a pointer; `None` if nothing does.
    ///
    /// # Errors
    /// If it is no action.
    pub fn at(pointer: &str) -> Result<Option<Action>, Error> {
        let Some(json) = settings::json(pointer) else {
            return Ok(None);
        };
        let action = if json.starts_with('[') {
            serde_json::from_str(&json).map(Action::Script)
        } else {
            serde_json::from_str(&json).map(Action::Jump)
        };
        action
            .map(Some)
            .map_err(|error| Error::from(error).context(format_args!("settings at {pointer}")))
    }
}

fn one() -> u8 {
    1
}

fn two() -> u8 {
    2
}

fn first_key() -> u32 {
    5_000
}

fn next_key() -> u32 {
    3_000
}
