//! The non-INVITE client transaction as a pure state machine. It knows no messages, no clock and no transport.

use super::effect::{Class, Effect, News};
use super::timer::{Timer, Timing};

#[cfg(test)]
#[path = "non_invite_client_tests.rs"]
mod tests;

/// The states of RFC 3261 figure 6.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The request was sent, nothing came back.
    Trying,
    /// A provisional response came.
    Proceeding,
    /// A final response came; its retransmissions are absorbed.
    Completed,
    /// To be dropped.
    Terminated,
}

/// What can happen to a non-INVITE client transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A response to the request.
    Response(Class),
    /// A timer that was started fired.
    Timer(Timer),
    /// The transport could not send.
    TransportError,
}

/// RFC 3261 §17.1.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NonInviteClient {
    state: State,
    reliable: bool,
    resent: u8,
}

impl NonInviteClient {
    /// The machine of a request that the transaction user hands over to be sent.
    pub fn start(reliable: bool, timing: &Timing, effects: &mut Vec<Effect>) -> Self {
        effects.extend([Effect::Send, Effect::Keep]);
        // "If an unreliable transport is in use, the client transaction MUST set timer E to fire in T1 seconds."
        if !reliable {
            effects.push(Effect::Start(Timer::E, timing.t1));
        }
        // "the client transaction SHOULD set timer F to fire in 64*T1 seconds"
        effects.push(Effect::Start(Timer::F, timing.timeout()));
        Self {
            state: State::Trying,
            reliable,
            resent: 0,
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
            // "If timer E fires first … the timer is reset, but this time with a value of MIN(2*T1, T2)."
            (Trying, Event::Timer(Timer::E)) => {
                self.resent = self.resent.saturating_add(1);
                effects.push(Effect::Resend);
                let interval = timing.doubling_to_t2(self.resent);
                effects.push(Effect::Start(Timer::E, interval));
                Trying
            }
            // "If Timer E fires while in the Proceeding state, the request MUST be passed to the transport layer for
            // retransmission, and Timer E MUST be reset with a value of T2 seconds."
            (Proceeding, Event::Timer(Timer::E)) => {
                effects.push(Effect::Resend);
                effects.push(Effect::Start(Timer::E, timing.t2));
                Proceeding
            }
            // "If Timer F fires … the client transaction SHOULD inform the TU about the timeout"
            (Trying | Proceeding, Event::Timer(Timer::F)) => {
                effects.push(Effect::Inform(News::Timeout));
                Terminated
            }
            // "If a provisional response is received … the response MUST be passed to the TU"
            (Trying | Proceeding, Event::Response(Class::Provisional)) => {
                effects.push(Effect::Inform(News::Response));
                Proceeding
            }
            // "If a final response (status codes 200-699) is received … the response MUST be passed to the TU, and the
            // client transaction MUST transition to the Completed state."
            (Trying | Proceeding, Event::Response(Class::Success | Class::Failure)) => {
                effects.push(Effect::Inform(News::Response));
                effects.push(Effect::Forget);
                // "it MUST set Timer K to fire in T4 seconds for unreliable transports, and zero seconds for reliable"
                if self.reliable {
                    Terminated
                } else {
                    effects.push(Effect::Start(Timer::K, timing.t4));
                    Completed
                }
            }
            (Completed, Event::Timer(Timer::K)) => Terminated,
            // §17.1.4: "the client transaction SHOULD inform the TU … and SHOULD transition directly to Terminated"
            (Trying | Proceeding, Event::TransportError) => {
                effects.push(Effect::Inform(News::TransportError));
                Terminated
            }
            (state, _) => state,
        };
    }
}
