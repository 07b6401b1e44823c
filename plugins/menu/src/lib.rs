//! The plugin `menu`: callers choose by pressing keys. This is the glue; the logic is in [`menu`].

pub mod menu;
pub mod settings;

use switchhook_sdk::prelude::*;

/// The plugin.
pub struct Menus;

impl Router for Menus {
    fn route(call: &Call) -> Result<Decision, Error> {
        menu::route(call)
    }

    fn resume(_: &Call, tag: &str, outcome: &Outcome) -> Result<Continuation, Error> {
        menu::resume(tag, outcome)
    }
}

export_router!(Menus);
