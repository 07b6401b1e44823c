//! Everything that a plugin needs, for `use switchhook_sdk::prelude::*`.

pub use crate::call::{Attestation, Call, Header, Origin, Variable};
pub use crate::decision::{Continuation, Decision};
pub use crate::error::Error;
pub use crate::event::{Event, EventKind};
pub use crate::gatekeeper::Gatekeeper;
pub use crate::observer::Observer;
pub use crate::outcome::{Outcome, UnconnectedReason};
pub use crate::prompt::{Prompt, ToneKind};
pub use crate::registration::{Grant, Refusal, Registration};
pub use crate::router::Router;
pub use crate::script::{
    IntoPrompt, IntoPrompts, IntoScript, IntoTarget, RingTime, Seconds, announce, answer, client,
    conference, delegate, enqueue, file, gather, longest_idle, next, pause, pause_recording,
    proceed, random_order, record_call, record_message, redial, respond, ring, ring_group,
    round_robin, say, send_digits, sequential, set_variable, stop_recording, stream, tone, trunk,
    uri, voicemail, web,
};
#[cfg(not(target_family = "wasm"))]
pub use crate::testing;
pub use crate::verb::{Endpoint, Script, Strategy, StreamTrack, Target, Verb};
pub use crate::view::CallView;
pub use crate::{directory, gate, http, log, metrics, random, settings, state, time};
pub use crate::{export_gatekeeper, export_observer, export_plugin, export_router};
