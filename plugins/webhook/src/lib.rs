//! The plugin `webhook`: asks a web application what to do with each call. This is the glue; the logic is in [`webhook`]
//! and in the two payload formats, [`callhook`] and [`incoming_call`].

pub mod callhook;
pub mod incoming_call;
pub mod settings;
pub mod signature;
pub mod timestamp;
pub mod webhook;

use switchhook_sdk::prelude::*;

/// The plugin.
pub struct Webhook;

impl Router for Webhook {
    fn route(call: &Call) -> Result<Decision, Error> {
        webhook::route(call)
    }
}

export_router!(Webhook);
