//! One call: the caller's leg, the legs towards destinations, the script between them. A call is a value that is told
//! what happened to it; it never sees another call.

pub(crate) mod attestation;
pub(crate) mod bridge;
pub(crate) mod caller;
pub(crate) mod connect;
pub(crate) mod contacts;
pub(crate) mod deadlines;
pub(crate) mod deciding;
pub(crate) mod early;
pub(crate) mod end;
pub(crate) mod extensions;
pub(crate) mod failure;
pub(crate) mod features;
pub(crate) mod in_dialog;
pub(crate) mod in_dialog_responses;
pub(crate) mod invite;
pub(crate) mod journal;
pub(crate) mod leg;
pub(crate) mod media;
pub(crate) mod media_verbs;
pub(crate) mod peer;
pub(crate) mod progress;
pub(crate) mod provisional;
pub(crate) mod reconnect;
pub(crate) mod relay;
pub(crate) mod renewal;
pub(crate) mod routing;
pub(crate) mod script;
pub(crate) mod state;
pub(crate) mod step;
pub(crate) mod strategy;
pub(crate) mod target;
pub(crate) mod timers;
pub(crate) mod updating;
