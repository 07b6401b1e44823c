//! The trait of a plugin that routes calls.

use crate::call::Call;
use crate::decision::{Continuation, Decision};
use crate::error::Error;
use crate::outcome::Outcome;

/// A plugin that decides where calls go.
pub trait Router {
    /// Decides about a call: the first time, and again (with `attempt` one higher, at most 3) each time a script ended
    /// without connecting it.
    ///
    /// Unless the operator chose a warm pool, every call gets a fresh instance: what this function leaves in memory is gone the
    /// next time. Use [`state`](crate::state) for what must stay. After an error the fallback of the route takes over.
    fn route(call: &Call) -> Result<Decision, Error>;

    /// Says what follows a verb that was given this tag, now that it is over. Without a word of its own, a plugin lets the rest of
    /// the script follow; so it is after an error, too.
    fn resume(call: &Call, tag: &str, outcome: &Outcome) -> Result<Continuation, Error> {
        let _ = (call, tag, outcome);
        Ok(Continuation::Proceed)
    }
}
