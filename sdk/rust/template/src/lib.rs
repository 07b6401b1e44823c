//! Rings the client that a number belongs to, then lets its mailbox take the call.

use switchhook_sdk::prelude::*;

/// The plugin.
pub struct Plugin;

export_router!(Plugin);

impl Router for Plugin {
    fn route(call: &Call) -> Result<Decision, Error> {
        let number = settings::child("/numbers", &call.callee);
        let Some(name) = settings::get::<String>(&number)? else {
            return Ok(next().into());
        };
        if !directory::registered(&name) {
            return Ok(voicemail(name).into());
        }
        Ok(ring([&name]).within(20.seconds()).then(voicemail(&name)).into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_decides_as_its_cases_say() {
        testing::Cases::new(include_str!("../cases.json"))
            .settings(include_str!("../settings.json"))
            .router::<Plugin>()
            .run();
    }

    #[test]
    fn without_settings_every_call_is_left_to_the_next_plugin() {
        let host = testing::Host::new();
        let call = testing::call("1001", "100");
        assert_eq!(host.route::<Plugin>(&call), Ok(next().into()));
    }
}
