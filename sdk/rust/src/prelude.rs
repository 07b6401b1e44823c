//! Everything that a plugin needs, for `use switchhook_sdk::prelude::*`.

pub use crate::call::{Call, Header, Origin, Variable};
pub use crate::decision::Decision;
pub use crate::error::Error;
pub use crate::export_router;
pub use crate::router::Router;
pub use crate::script::{
    IntoScript, IntoTarget, RingTime, Seconds, client, delegate, next, pause, redial, respond,
    ring, sequential, trunk, uri,
};
#[cfg(not(target_family = "wasm"))]
pub use crate::testing;
pub use crate::verb::{Endpoint, Script, Strategy, Target, Verb};
pub use crate::view::CallView;
pub use crate::{clock, directory, http, log, random, settings, state};
