//! The plugin `caller`: finds out who calls and says what follows. This is the glue; the logic is in [`caller`] and [`answer`].

pub mod answer;
pub mod caller;

use switchhook_sdk::prelude::*;

/// The plugin.
pub struct Caller;

impl Router for Caller {
    fn route(call: &Call) -> Result<Decision, Error> {
        caller::route(call)
    }
}

export_router!(Caller);
