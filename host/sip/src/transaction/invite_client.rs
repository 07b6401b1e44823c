//! The INVITE client transaction as a pure state machine. It knows no messages, no clock and no transport.

use super::effect::{Class, Effect, News};
use super::timer::{Timer, Timing};

#[cfg(test)]
#[path = "invite_client_tests.rs"]
mod tests;

/// The states of RFC 6026 figure 8 (RFC 3261 figure 5 with Accepted).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The INVITE was sent, nothing came back.
    Calling,
    /// A provisional response came.
    Proceeding,
    /// A final response other than 2xx came and was acknowledged.
    Completed,
    /// A 2xx came; further ones are handed up.
    Accepted,
    /// To be dropped.
    Terminated,
}

/// What can happen to an INVITE client transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// A response to the INVITE.
    Response(Class),
    /// The transaction user wants the INVITE cancelled.
    Cancel,
    /// A timer that was started fired.
    Timer(Timer),
    /// The transport could not send.
    TransportError,
}

/// How far a CANCEL has got.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Cancel {
    No,
    Wanted,
    Sent,
}

/// RFC 3261 §17.1.1 with RFC 6026 §7.2.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InviteClient {
    state: State,
    reliable: bool,
    resent: u8,
    cancel: Cancel,
}

impl InviteClient {
    /// The machine of an INVITE that the transaction user hands over to be sent.
    pub fn start(reliable: bool, timing: &Timing, effects: &mut Vec<Effect>) -> Self {
        effects.extend([Effect::Send, Effect::Keep]);
        // "If an unreliable transport is being used, the client transaction MUST start timer A with a value of T1."
        if !reliable {
            effects.push(Effect::Start(Timer::A, timing.t1));
        }
        // "For any transport, the client transaction MUST start timer B with a value of 64*T1 seconds."
        effects.push(Effect::Start(Timer::B, timing.timeout()));
        Self {
            state: State::Calling,
            reliable,
            resent: 0,
            cancel: Cancel::No,
        }
    }

    /// The state it is in.
    pub fn state(&self) -> State {
        self.state
    }

    /// Moves by one event and appends what is to be done.
    pub fn handle(&mut self, event: Event, timing: &Timing, effects: &mut Vec<Effect>) {
        use State::{Accepted, Calling, Completed, Proceeding, Terminated};
        self.state = match (self.state, event) {
            // "When timer A fires, the client transaction MUST retransmit the request … and MUST reset the timer with a
            // value of 2*T1."
            (Calling, Event::Timer(Timer::A)) => {
                self.resent = self.resent.saturating_add(1);
                effects.push(Effect::Resend);
                effects.push(Effect::Start(Timer::A, timing.doubling(self.resent)));
                Calling
            }
            // "If the client transaction is still in the Calling state when timer B fires, the client transaction
            // SHOULD inform the TU that a timeout has occurred."
            (Calling, Event::Timer(Timer::B)) => {
                effects.push(Effect::Inform(News::Timeout));
                Terminated
            }
            // "the provisional response MUST be passed to the TU"
            (Calling | Proceeding, Event::Response(Class::Provisional)) => {
                effects.push(Effect::Inform(News::Response));
                if self.cancel == Cancel::Wanted {
                    self.send_cancel(timing, effects);
                }
                Proceeding
            }
            // RFC 6026 §8.4: "a 2xx response … causes the client transaction to enter the Accepted state … timer M"
            (Calling | Proceeding, Event::Response(Class::Success)) => {
                effects.push(Effect::Inform(News::Response));
                effects.push(Effect::Forget);
                effects.push(Effect::Start(Timer::M, timing.timeout()));
                Accepted
            }
            // "reception of a response with status code from 300-699 MUST cause the client transaction to transition to
            // Completed. The client transaction MUST pass the received response up to the TU, and … MUST generate an ACK"
            (Calling | Proceeding, Event::Response(Class::Failure)) => {
                effects.push(Effect::Acknowledge);
                effects.push(Effect::Inform(News::Response));
                // "Timer D … a value of zero seconds for reliable transports"
                if self.reliable {
                    Terminated
                } else {
                    effects.push(Effect::Start(Timer::D, timing.timeout()));
                    Completed
                }
            }
            // §9.1: "If no provisional response has been received, the CANCEL request MUST NOT be sent"
            (Calling, Event::Cancel) => {
                self.cancel = Cancel::Wanted;
                Calling
            }
            (Proceeding, Event::Cancel) => {
                if self.cancel != Cancel::Sent {
                    self.send_cancel(timing, effects);
                }
                Proceeding
            }
            // §9.1: "If there is no final response for the original request in 64*T1 seconds, the client SHOULD then
            // consider the original transaction cancelled and SHOULD destroy the client transaction"
            (Proceeding, Event::Timer(Timer::Abandon)) => {
                effects.push(Effect::Inform(News::Timeout));
                Terminated
            }
            // "Any retransmissions of the final response that are received while in the Completed state MUST cause the
            // ACK to be re-passed to the transport layer … but MUST NOT be passed up to the TU."
            (Completed, Event::Response(Class::Failure)) => {
                effects.push(Effect::Resend);
                Completed
            }
            (Completed, Event::Timer(Timer::D)) => Terminated,
            // RFC 6026 §8.4: "any 2xx response … in the Accepted state MUST be passed to the TU"
            (Accepted, Event::Response(Class::Success)) => {
                effects.push(Effect::Inform(News::Response));
                Accepted
            }
            (Accepted, Event::Timer(Timer::M)) => Terminated,
            // §17.1.4: "the client transaction SHOULD inform the TU … and SHOULD transition directly to Terminated".
            // A connection lost while a call rings counts too: the next destination shall not wait for it.
            (Calling | Proceeding | Completed, Event::TransportError) => {
                effects.push(Effect::Inform(News::TransportError));
                Terminated
            }
            (state, _) => state,
        };
    }

    fn send_cancel(&mut self, timing: &Timing, effects: &mut Vec<Effect>) {
        self.cancel = Cancel::Sent;
        effects.push(Effect::Cancel);
        effects.push(Effect::Start(Timer::Abandon, timing.timeout()));
    }
}
