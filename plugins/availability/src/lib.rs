//! The plugin `availability`: looks who can take the call before it rings. This is the glue; the logic is in [`availability`].

pub mod availability;

use switchhook_sdk::prelude::*;

/// The plugin.
pub struct Availability;

impl Router for Availability {
    fn route(call: &Call) -> Result<Decision, Error> {
        availability::route(call)
    }
}

export_router!(Availability);
