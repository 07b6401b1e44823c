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
        // Timer E MUST start with T1 over unreliable transports.
        if !reliable {
            effects.push(Effect::Start(Timer::E, timing.t1));
        }
        // Timer F SHOULD start with 64*T1 over any transport.
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
            // Timer E in Trying: the request is retransmitted, at intervals that double up to T2.
            (Trying, Event::Timer(Timer::E)) => {
                self.resent = self.resent.saturating_add(1);
                effects.push(Effect::Resend);
                let interval = timing.doubling_to_t2(self.resent);
                effects.push(Effect::Start(Timer::E, interval));
                Trying
            }
            // Timer E in Proceeding: the request MUST be retransmitted, and the timer MUST be set to T2.
            (Proceeding, Event::Timer(Timer::E)) => {
                effects.push(Effect::Resend);
                effects.push(Effect::Start(Timer::E, timing.t2));
                Proceeding
            }
            // Timer F: the TU SHOULD be told of the time-out.
            (Trying | Proceeding, Event::Timer(Timer::F)) => {
                effects.push(Effect::Inform(News::Timeout));
                Terminated
            }
            // Provisional responses MUST be passed up.
            (Trying | Proceeding, Event::Response(Class::Provisional)) => {
                effects.push(Effect::Inform(News::Response));
                Proceeding
            }
            // 200-699 MUST be passed up and MUST lead to Completed.
            (Trying | Proceeding, Event::Response(Class::Success | Class::Failure)) => {
                effects.push(Effect::Inform(News::Response));
                effects.push(Effect::Forget);
                // Timer K MUST be T4 over unreliable transports, zero over reliable ones.
                if self.reliable {
                    Terminated
                } else {
                    effects.push(Effect::Start(Timer::K, timing.t4));
                    Completed
                }
            }
            (Completed, Event::Timer(Timer::K)) => Terminated,
            // §17.1.4: the TU SHOULD be told, and the transaction SHOULD end.
            (Trying | Proceeding, Event::TransportError) => {
                effects.push(Effect::Inform(News::TransportError));
                Terminated
            }
            (state, _) => state,
        };
    }
}
