//! What the exported functions do: take in, ask the plugin, give out.

use crate::bindings::switchhook::plugin::types as wit;
use crate::convert::{call, event, registration, verb};
use crate::gatekeeper::Gatekeeper;
use crate::observer::Observer;
use crate::router::Router;

/// What the exported `route` does.
pub fn route<R: Router>(asked: wit::Call) -> Result<wit::Decision, String> {
    R::route(&call::call(asked))
        .map(verb::decision)
        .map_err(|error| error.text().to_owned())
}

/// What the exported `resume` does.
pub fn resume<R: Router>(
    asked: wit::Call,
    tag: &str,
    outcome: wit::Outcome,
) -> Result<wit::Continuation, String> {
    R::resume(&call::call(asked), tag, &call::outcome(outcome))
        .map(verb::continuation)
        .map_err(|error| error.text().to_owned())
}

/// What the exported `register` does.
pub fn register<G: Gatekeeper>(asked: wit::Registration) -> Result<wit::Grant, wit::Refusal> {
    G::register(&registration::registration(asked))
        .map(registration::grant)
        .map_err(registration::refusal)
}

/// What the exported `on-event` does.
pub fn observe<O: Observer>(told: wit::Event) {
    O::on_event(&event::event(told));
}
