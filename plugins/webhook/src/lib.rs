//! The plugin `webhook`: asks a web application what to do with each call, who may register, and tells it what happens. This is the
//! glue; the logic is in [`router`], [`reghook`] and [`statushook`].

pub mod ask;
pub mod breaker;
pub mod cache;
pub mod callhook;
pub mod hooks;
pub mod incoming_call;
pub mod json;
pub mod reghook;
pub mod router;
pub mod settings;
pub mod signature;
pub mod statushook;
pub mod timestamp;

use switchhook_sdk::prelude::*;

/// The plugin.
pub struct Webhook;

impl Router for Webhook {
    fn route(call: &Call) -> Result<Decision, Error> {
        router::route(call)
    }
}

impl Gatekeeper for Webhook {
    fn register(registration: &Registration) -> Result<Grant, Refusal> {
        reghook::register(registration)
    }
}

impl Observer for Webhook {
    fn on_event(event: &Event) {
        statushook::tell(event);
    }
}

export_plugin!(Webhook: Router, Gatekeeper, Observer);
