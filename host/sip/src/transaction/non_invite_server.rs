//! The non-INVITE server transaction as a pure state machine. It knows no messages, no clock and no transport.

use super::effect::{Class, Effect, News};
use super::timer::{Timer, Timing};

#[cfg(test)]
#[path = "non_invite_server_tests.rs"]
mod tests;

/// The states of RFC 3261 figure 8.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The request came; nothing was sent.
    Trying,
    /// A provisional response was sent.
    Proceeding,
    /// A final response was sent; it answers retransmissions.
    Completed,
    /// To be dropped.
    Terminated,
}

/// What can happen to a non-INVITE server transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The request came once more.
    Retransmission,
    /// The transaction user responds.
    Respond(Class),
    /// A timer that was started fired.
    Timer(Timer),
    /// The transport could not send.
    TransportError,
}

/// RFC 3261 §17.2.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NonInviteServer {
    state: State,
    reliable: bool,
}

impl NonInviteServer {
    /// The machine of a request that just came.
    pub fn start(reliable: bool, timing: &Timing, effects: &mut Vec<Effect>) -> Self {
        effects.push(Effect::Start(Timer::Abandon, timing.timeout()));
        Self {
            state: State::Trying,
            reliable,
        }
    }

    /// The state it is in.
    pub fn state(&self) -> State {
        self.state
    }

    /// Moves by one event and appends what is to be done.
    pub fn handle(&mut self, event: Event, timing: &Timing, effects: &mut Vec<Effect>) {
        use State::{Completed, Proceeding, Terminated, Trying};
        self.state = match (self.state, event) {
            // A provisional response from the TU MUST lead to Proceeding.
            (Trying | Proceeding, Event::Respond(Class::Provisional)) => {
                effects.extend([Effect::Send, Effect::Keep]);
                Proceeding
            }
            // A retransmitted request in Proceeding MUST get the latest provisional response again.
            (Proceeding, Event::Retransmission) => {
                effects.push(Effect::Resend);
                Proceeding
            }
            // A final response MUST lead to Completed; Timer J MUST be 64*T1, zero over reliable transports.
            (Trying | Proceeding, Event::Respond(Class::Success | Class::Failure)) => {
                effects.push(Effect::Send);
                if self.reliable {
                    Terminated
                } else {
                    effects.push(Effect::Keep);
                    effects.push(Effect::Start(Timer::J, timing.timeout()));
                    Completed
                }
            }
            // RFC 4320 §4.2: a final response later than Timer F of the client is of no use to anybody.
            (Trying | Proceeding, Event::Timer(Timer::Abandon)) => Terminated,
            // A retransmitted request in Completed MUST get the final response again.
            (Completed, Event::Retransmission) => {
                effects.push(Effect::Resend);
                Completed
            }
            (Completed, Event::Timer(Timer::J)) => Terminated,
            // RFC 6026 §8.8: the server transaction SHOULD inform the TU of the failure, and MUST remain in
            // the current state
            (Trying | Proceeding, Event::TransportError) => {
                effects.push(Effect::Inform(News::TransportError));
                self.state
            }
            (state, _) => state,
        };
    }
}
