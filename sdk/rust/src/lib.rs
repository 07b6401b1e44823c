//! What a routing plugin for Switchhook is written against.
//!
//! A plugin looks at a [`Call`](call::Call) and says what to do with it. The switch carries the answer out; nothing of
//! the plugin runs while a phone rings. The logic is plain Rust and is tested natively with [`testing::Host`].
//!
//! ```
//! use switchhook_sdk::prelude::*;
//!
//! struct Reception;
//!
//! impl Router for Reception {
//!     fn route(call: &Call) -> Result<Decision, Error> {
//!         if call.caller.starts_with("+1900") {
//!             return Ok(respond(603).into());
//!         }
//!         Ok(ring(["1001", "1002"]).within(20.seconds()).then(respond(480)).into())
//!     }
//! }
//!
//! export_router!(Reception);
//! # let decision = testing::Host::new().route::<Reception>(&testing::call("alice", "100")).unwrap();
//! # assert!(matches!(decision, Decision::Script(script) if script.len() == 2));
//! # assert_eq!(testing::Host::new().route::<Reception>(&testing::call("+19005550100", "100")).unwrap(), respond(603).into());
//! ```
//!
//! The types of calls and scripts are those of the switch itself (`switchhook-routing`), re-exported here; there is no
//! second set. Calling the switch back is done with the small modules [`settings`], [`state`], [`directory`],
//! [`http`], [`time`], [`log`], [`metrics`] and [`random`]. In a native build they talk to the test double of [`testing`].
//!
//! Beside routing calls, a plugin can decide who registers ([`Gatekeeper`](gatekeeper::Gatekeeper)) and be told what happens
//! ([`Observer`](observer::Observer)); [`export_plugin!`] takes those of the three that it is.

pub use serde;
pub use serde_json;
pub use switchhook_routing::{call, decision, event, outcome, prompt, record, registration, verb};

pub mod directory;
pub mod error;
mod export;
pub mod gate;
pub mod gatekeeper;
pub mod http;
pub mod log;
pub mod metrics;
pub mod observer;
pub mod pattern;
pub mod prelude;
pub mod random;
pub mod router;
pub mod script;
pub mod settings;
pub mod state;
#[cfg(not(target_family = "wasm"))]
pub mod testing;
pub mod time;
pub mod view;

#[doc(hidden)]
pub mod bindings;
mod convert;

#[cfg(all(any(target_family = "wasm", test), feature = "allocator"))]
mod allocator;

#[cfg_attr(target_family = "wasm", path = "backend_wasm.rs")]
#[cfg_attr(not(target_family = "wasm"), path = "backend_native.rs")]
mod backend;

/// What the macros expand to; not for use by hand.
#[doc(hidden)]
pub mod __private {
    pub use crate::bindings;
    pub use crate::bindings::gatekeeper::export as export_gatekeeper;
    pub use crate::bindings::gatekeeper::exports::switchhook::plugin::gatekeeper::Guest as GatekeeperGuest;
    pub use crate::bindings::observer::export as export_observer;
    pub use crate::bindings::observer::exports::switchhook::plugin::observer::Guest as ObserverGuest;
    pub use crate::bindings::router::export as export_router;
    pub use crate::bindings::router::exports::switchhook::plugin::router::Guest as RouterGuest;
    pub use crate::bindings::switchhook::plugin::types;
    pub use crate::convert::{observe, register, resume, route};
}

#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
