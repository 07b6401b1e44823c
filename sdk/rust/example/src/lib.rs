//! The plugin reception, which every language has: see `sdk/example/README.md`.

use switchhook_sdk::prelude::*;
use switchhook_sdk::script::Step;
use switchhook_sdk::time::LocalTime;
use switchhook_sdk::verb::Gather;

/// The plugin.
pub struct Reception;

export_router!(Reception);

impl Router for Reception {
    fn route(call: &Call) -> Result<Decision, Error> {
        let blocked: Vec<String> = settings::get("/blocked")?.unwrap_or_default();
        if blocked.contains(&call.caller) {
            log::warn("a blocked caller was refused");
            let refusal = respond(603).reason("Not today");
            return Ok(refusal.header("X-Blocked", &call.caller).into());
        }
        if call.attempt > 0 {
            return Ok(respond(480).header("Retry-After", "60").into());
        }
        if call.callee == "0"
            && let Some(operator) = settings::get::<String>("/operator")?
        {
            return Ok(menu().then(ring([operator])).into());
        }
        if let Some(number) = outside_number(call)? {
            return outside(number);
        }
        house(call)
    }

    fn resume(_: &Call, tag: &str, outcome: &Outcome) -> Result<Continuation, Error> {
        let Outcome::Digits(keys) = outcome else {
            return Ok(proceed());
        };
        Ok(match (tag, keys.digits.as_str()) {
            ("menu", "1") => ring([ring_group("sales")]).within(30.seconds()).into(),
            ("menu", "2") => enqueue("support").tag("support").into(),
            _ => proceed(),
        })
    }
}

fn menu() -> Step<Gather> {
    gather(1)
        .prompt(say("Press 1 for sales, 2 for support."))
        .tag("menu")
}

/// What follows the prefix, if at least four characters do.
fn outside_number(call: &Call) -> Result<Option<&str>, Error> {
    let prefix: Option<String> = settings::get("/outside/prefix")?;
    Ok(prefix
        .and_then(|prefix| call.callee.strip_prefix(prefix.as_str()))
        .filter(|rest| rest.chars().count() >= 4))
}

fn outside(number: &str) -> Result<Decision, Error> {
    let carrier: String = settings::get("/outside/trunk")?.unwrap_or_default();
    let count = state::increment("outside-calls", 1, Some(86_400.seconds()))?;
    let mut call = ring([trunk(carrier, number)]).header("X-Call-Count", count.to_string());
    if let Some(shown) = settings::get::<String>("/outside/caller_id")? {
        call = call.showing(shown);
    }
    Ok(call.into())
}

/// A number of the house: its client, its mobile, its mailbox.
fn house(call: &Call) -> Result<Decision, Error> {
    if settings::names("/numbers").is_none() {
        return Err(Error::new("settings: no numbers"));
    }
    let number = settings::child("/numbers", &call.callee);
    let of = |name| settings::child(&number, name);
    let Some(client_name) = settings::get::<String>(&of("client"))? else {
        return Ok(next().with("reception", "unknown").into());
    };
    if !is_open(call)? {
        return Ok(voicemail(client_name).into());
    }
    let mobile = mobile(&of("mobile"))?;
    if !directory::registered(&client_name) {
        return Ok(match mobile {
            Some(mobile) => ring([mobile]).into(),
            None => voicemail(client_name).into(),
        });
    }
    let seconds: u32 = settings::get(&of("ring_seconds"))?.unwrap_or(25);
    let desk = ring([client(client_name).ringing(seconds.seconds())]);
    Ok(match mobile {
        Some(mobile) => desk.then(ring([mobile])).into(),
        None => desk.into(),
    })
}

/// The mobile behind the trunk; none without a trunk.
fn mobile(pointer: &str) -> Result<Option<Target>, Error> {
    let carrier: Option<String> = settings::get("/outside/trunk")?;
    let number: Option<String> = settings::get(pointer)?;
    Ok(carrier
        .zip(number)
        .map(|(carrier, number)| trunk(carrier, number)))
}

fn is_open(call: &Call) -> Result<bool, Error> {
    let Some(zone) = settings::get::<String>("/hours/zone")? else {
        return Ok(true);
    };
    let from: u8 = settings::get("/hours/from")?.unwrap_or(0);
    let to: u8 = settings::get("/hours/to")?.unwrap_or(24);
    let clock: LocalTime = time::local(&zone, call.received_at)?;
    Ok(clock.is_working_day() && (from..to).contains(&clock.hour))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_decides_as_the_plugin_does_in_every_language() {
        testing::Cases::new(include_str!("../../../example/cases.json"))
            .settings(include_str!("../../../example/settings.json"))
            .router::<Reception>()
            .run();
    }

    #[test]
    fn the_log_does_not_name_the_caller() {
        let host = testing::Host::new()
            .settings(switchhook_sdk::serde_json::json!({"blocked": ["+15550100"]}));
        host.route::<Reception>(&testing::call("+15550100", "100"))
            .unwrap();
        assert!(!format!("{:?}", host.log()).contains("+15550100"));
    }
}
