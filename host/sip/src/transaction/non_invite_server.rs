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
            // "While in the Trying state, if the TU passes a provisional response to the server transaction, the server
            // transaction MUST enter the Proceeding state."
            (Trying | Proceeding, Event::Respond(Class::Provisional)) => {
                effects.extend([Effect::Send, Effect::Keep]);
                Proceeding
            }
            // "If a retransmission of the request is received while in the Proceeding state, the most recently sent
            // provisional response MUST be passed to the transport layer for retransmission."
            (Proceeding, Event::Retransmission) => {
                effects.push(Effect::Resend);
                Proceeding
            }
            // "If the TU passes a final response (status codes 200-699) to the server while in the Proceeding state, the
            // transaction MUST enter the Completed state" and Timer J MUST be set to 64*T1, zero for reliable transports.
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
            // "the server transaction MUST pass the final response to the transport layer for retransmission whenever a
            // retransmission of the request is received"
            (Completed, Event::Retransmission) => {
                effects.push(Effect::Resend);
                Completed
            }
            (Completed, Event::Timer(Timer::J)) => Terminated,
            // RFC 6026 §7.1: "the transaction layer SHOULD inform the TU that a failure has occurred, and MUST remain in
            // the current state"
            (Trying | Proceeding, Event::TransportError) => {
                effects.push(Effect::Inform(News::TransportError));
                self.state
            }
            (state, _) => state,
        };
    }
}
