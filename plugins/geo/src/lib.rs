//! The plugin `geo`: leads calls to the branch of their region. This is the glue; the logic is in [`geo`].

pub mod geo;

use switchhook_sdk::prelude::*;

/// The plugin.
pub struct Geo;

impl Router for Geo {
    fn route(call: &Call) -> Result<Decision, Error> {
        geo::route(call)
    }
}

export_router!(Geo);
