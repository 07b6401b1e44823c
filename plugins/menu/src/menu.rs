//! Says a menu, and says what follows a key.
//!
//! A script is: answer, gather, and behind them what the menu falls back to. So the caller is never left without a next step: when keys
//! cannot be collected, when the caller presses nothing, or when something fails, the rest of the script follows.

use switchhook_sdk::prelude::*;
use switchhook_sdk::verb::Gather;

use crate::settings::{Action, Jump, MENUS, Menu};

/// The variable of a dialplan entry that names the menu.
const NAME: &str = "menu.name";
/// The prefix of the variables that keep what was pressed: `menu.choice.main`.
const CHOICE: &str = "menu.choice.";
/// Marks the tags of this plugin.
const MARK: &str = "menu";

/// The menu of the route, of the dialled number, or the one to start with; else the next plugin. A call that comes again because
/// nobody took it has had its menu: it goes on to the next plugin.
///
/// # Errors
/// If the menu is malformed or not there.
pub fn route(call: &Call) -> Result<Decision, Error> {
    if call.attempt > 0 {
        return Ok(next().into());
    }
    let Some(name) = menu_of(call)? else {
        return Ok(next().into());
    };
    let mut script = said(&name, &Menu::named(&name)?, Again::First)?;
    if !call.answered && settings::get("/answer")?.unwrap_or(true) {
        script.insert(0, Verb::Answer);
    }
    Ok(Decision::Script(script))
}

fn menu_of(call: &Call) -> Result<Option<String>, Error> {
    if let Some(name) = call.variable(NAME) {
        return Ok(Some(name.to_owned()));
    }
    if let Some(pointer) = settings::find("/numbers", &call.callee) {
        return settings::get(&pointer);
    }
    settings::get("/start")
}

/// What follows a menu.
///
/// # Errors
/// If what the key leads to is malformed or not there: then the menu's fallback follows.
pub fn resume(tag: &str, outcome: &Outcome) -> Result<Continuation, Error> {
    let Some((name, tries)) = read_tag(tag) else {
        return Ok(proceed());
    };
    let keys = match outcome {
        Outcome::Digits(keys) => keys.digits.as_str(),
        Outcome::NoInput => "",
        // What the switch cannot do, and whatever else came between: the fallback follows.
        _ => return Ok(proceed()),
    };
    let menu = Menu::named(name)?;
    if keys.is_empty() {
        return again(name, &menu, tries, Again::NothingPressed);
    }
    let options = format!("{}/options", settings::child(MENUS, name));
    let Some(pointer) = option(&options, keys) else {
        return again(name, &menu, tries, Again::WrongKey);
    };
    let action = Action::at(&pointer)?.ok_or_else(|| Error::new("the option is gone"))?;
    let script = match action {
        Action::Script(script) => script,
        Action::Jump(Jump::Menu(other)) => said(&other, &Menu::named(&other)?, Again::First)?,
        Action::Jump(Jump::Plugin(plugin)) => delegate(plugin).into_script(),
        Action::Jump(Jump::Redial(number)) => {
            redial(number.replace("{digits}", keys)).into_script()
        }
        Action::Jump(Jump::Repeat(_)) => return again(name, &menu, tries, Again::Asked),
    };
    let chosen = set_variable(format!("{CHOICE}{name}"), keys).into_script();
    Ok(Continuation::Script([chosen, script].concat()))
}

/// The pointer to the option for these keys: their own, else one of as many keys with `?` for any of them, the first that fits. No
/// dialplan pattern: `*` is a key here.
fn option(options: &str, keys: &str) -> Option<String> {
    let own = settings::child(options, keys);
    if settings::json(&own).is_some() {
        return Some(own);
    }
    let fits = |name: &str| {
        let each = name.bytes().zip(keys.bytes());
        name.len() == keys.len() && each.into_iter().all(|(n, key)| n == b'?' || n == key)
    };
    let names = settings::names(options)?;
    let name = names.iter().find(|name| fits(name))?;
    Some(settings::child(options, &name))
}

/// Why a menu is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Again {
    First,
    WrongKey,
    NothingPressed,
    Asked,
}

/// The menu once more, or its fallback if it was said often enough.
fn again(name: &str, menu: &Menu, tries: u8, why: Again) -> Result<Continuation, Error> {
    if tries >= menu.retries {
        return Ok(proceed());
    }
    said_again(name, menu, why, tries + 1).map(Continuation::Script)
}

fn said(name: &str, menu: &Menu, why: Again) -> Result<Script, Error> {
    said_again(name, menu, why, 0)
}

fn said_again(name: &str, menu: &Menu, why: Again, tries: u8) -> Result<Script, Error> {
    let before: &[Prompt] = match why {
        Again::WrongKey => &menu.invalid,
        Again::NothingPressed => &menu.timeout,
        Again::First | Again::Asked => &[],
    };
    let gather = Verb::Gather(Gather {
        prompts: [before, &menu.prompts].concat(),
        max_digits: menu.digits,
        finish_keys: menu.finish_keys.clone(),
        first_digit_milliseconds: menu.first_digit_milliseconds,
        inter_digit_milliseconds: menu.inter_digit_milliseconds,
        tag: Some(format!("{MARK}/{tries}/{name}")),
    });
    let mut script = vec![gather];
    script.extend(fallback(name)?);
    Ok(script)
}

/// What stands behind a menu.
fn fallback(name: &str) -> Result<Script, Error> {
    let pointer = format!("{}/fallback", settings::child(MENUS, name));
    Ok(match Action::at(&pointer)? {
        None => Script::new(),
        Some(Action::Script(script)) => script,
        Some(Action::Jump(Jump::Plugin(plugin))) => delegate(plugin).into_script(),
        Some(Action::Jump(Jump::Redial(number))) => redial(number).into_script(),
        Some(Action::Jump(Jump::Menu(_) | Jump::Repeat(_))) => {
            return Err(Error::new(format_args!(
                "the fallback of the menu `{name}` is a menu: the caller would never leave it"
            )));
        }
    })
}

/// Menu and number of tries of a tag of this plugin.
fn read_tag(tag: &str) -> Option<(&str, u8)> {
    let (mark, rest) = tag.split_once('/')?;
    let (tries, name) = rest.split_once('/')?;
    (mark == MARK).then_some((name, tries.parse().ok()?))
}

#[cfg(test)]
#[path = "menu_tests.rs"]
mod tests;
