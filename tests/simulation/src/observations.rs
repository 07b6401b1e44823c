//! What the exchange of a world has told, for the checks.

use switchhook_call::keys::{CallKey, Ticket};
use switchhook_routing::event::Event;
use switchhook_routing::record::CallRecord;

/// Everything that the exchange told the world.
#[derive(Debug, Default)]
pub struct Observations {
    /// Call records, in order.
    pub records: Vec<CallRecord>,
    /// Events, in order.
    pub events: Vec<Event>,
    /// `Output::CallEnded`, in order.
    pub ended: Vec<CallKey>,
    /// Calls that were to be decided.
    pub decided: Vec<Ticket>,
    /// Switch's identifiers of the calls for which the fake plugin failed or never answered.
    pub failed_decisions: Vec<String>,
    /// How often the fake plugin was asked back.
    pub resumed: u64,
    /// How many of them had keys.
    pub gathered: u64,
    /// How often the fake gatekeeper was asked.
    pub gated: u64,
    /// Switch's identifiers of the calls that a script of the fake plugin refused.
    pub refused_by_script: Vec<String>,
    /// How often the switch was started anew.
    pub restarts: u64,
    /// Calls that had ended by then.
    pub ended_before: usize,
    /// What a restart has lost that it must not, in words.
    pub lost_in_restart: Vec<String>,
}
