//! A plugin in ten lines: `cargo build --example reception --target wasm32-unknown-unknown`, or `plugins/build.sh`.

use switchhook_sdk::prelude::*;

struct Reception;

impl Router for Reception {
    fn route(call: &Call) -> Result<Decision, Error> {
        if call.caller.starts_with("+1900") {
            return Ok(respond(603).into());
        }
        Ok(ring(["1001", "1002"])
            .within(20.seconds())
            .then(respond(480))
            .into())
    }
}

export_router!(Reception);
