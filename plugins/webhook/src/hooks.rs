//! Which URL a call's questions and events go to: variables of the call before the settings.

use switchhook_sdk::prelude::*;

use crate::settings::Settings;

/// The variable of a dialplan entry that names the URL of CallHook.
pub const CALL_HOOK: &str = "webhook.call-hook";
/// The variable of a dialplan entry that names the URL of StatusHook.
pub const STATUS_HOOK: &str = "webhook.status-hook";

/// Where a call's question goes.
///
/// # Errors
/// If neither the dialplan nor the settings say.
pub fn of_call<'a>(call: &'a Call, settings: &'a Settings) -> Result<&'a str, Error> {
    call.variable(CALL_HOOK)
        .or(settings.url.as_deref())
        .ok_or_else(|| {
            Error::new(format_args!(
                "no URL: neither `url` in the settings nor the variable `{CALL_HOOK}` of the route"
            ))
        })
}

/// The variable that carries the URL of StatusHook to the events of a call that has none of its own.
pub fn status_of_call(call: &Call, settings: &Settings) -> Option<Verb> {
    let url = settings.status_url.as_ref()?;
    call.variable(STATUS_HOOK).is_none().then(|| {
        Verb::SetVariable(Variable {
            name: STATUS_HOOK.to_owned(),
            value: url.clone(),
        })
    })
}

/// Where an event goes; `None`: nobody wants it.
pub fn of_event(event: &Event) -> Option<&str> {
    event
        .subject
        .variables
        .iter()
        .find(|variable| variable.name == STATUS_HOOK)
        .map(|variable| variable.value.as_str())
        .filter(|url| !url.is_empty())
}
