//! The plugin `rules`: ordered rules with conditions; the first that fits decides. This is the glue; the logic is in [`rules`],
//! [`condition`] and the modules of its kinds.

pub mod availability;
pub mod condition;
pub mod moment;
pub mod rules;
pub mod split;
pub mod texts;

use switchhook_sdk::prelude::*;

/// The plugin.
pub struct Rules;

impl Router for Rules {
    fn route(call: &Call) -> Result<Decision, Error> {
        rules::route(call)
    }
}

export_router!(Rules);
