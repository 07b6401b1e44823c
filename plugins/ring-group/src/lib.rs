//! The plugin `ring-group`: groups that ring in an order, with a backup and a mailbox. This is the glue; the logic is in [`group`].

pub mod group;

use switchhook_sdk::prelude::*;

/// The plugin.
pub struct RingGroup;

impl Router for RingGroup {
    fn route(call: &Call) -> Result<Decision, Error> {
        group::route(call)
    }
}

export_router!(RingGroup);
