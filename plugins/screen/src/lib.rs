//! The plugin `screen`: ends or marks unwanted calls, in the phase `screen`. This is the glue; the logic is in [`screen`] and
//! [`checks`].

pub mod checks;
pub mod rate;
pub mod screen;

use switchhook_sdk::prelude::*;

/// The plugin.
pub struct Screen;

impl Router for Screen {
    fn route(call: &Call) -> Result<Decision, Error> {
        screen::route(call)
    }
}

export_router!(Screen);
