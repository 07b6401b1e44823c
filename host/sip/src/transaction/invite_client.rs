//! The INVITE client transaction as a pure state machine. It knows no messages, no clock and no transport.

use super::effect::{Class, Effect, News};
use super::timer::{Timer, Timing};

#[cfg(test)]
#[path = "invite_client_tests.rs"]
mod tests;

/// The states of RFC 3261 figure 5 as RFC 6026 replaces it, with Accepted.
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
        // Timer A MUST start with T1 over unreliable transports.
        if !reliable {
            effects.push(Effect::Start(Timer::A, timing.t1));
        }
        // Timer B MUST start with 64*T1 over any transport.
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

    /// Whether it is cancelled, or will be once it is known over there.
    pub fn is_cancelled(&self) -> bool {
        self.cancel != Cancel::No
    }

    /// Moves by one event and appends what is to be done.
    pub fn handle(&mut self, event: Event, timing: &Timing, effects: &mut Vec<Effect>) {
        use State::{Accepted, Calling, Completed, Proceeding, Terminated};
        self.state = match (self.state, event) {
            // Timer A: the request MUST be retransmitted, and the timer set to twice what it was.
            (Calling, Event::Timer(Timer::A)) => {
                self.resent = self.resent.saturating_add(1);
                effects.push(Effect::Resend);
                effects.push(Effect::Start(Timer::A, timing.doubling(self.resent)));
                Calling
            }
            // Timer B in Calling: the TU SHOULD be told of the time-out; no ACK is made.
            (Calling, Event::Timer(Timer::B)) => {
                effects.push(Effect::Inform(News::Timeout));
                Terminated
            }
            // Provisional responses MUST be passed up, and the request SHOULD NOT be retransmitted any longer.
            (Calling | Proceeding, Event::Response(Class::Provisional)) => {
                effects.push(Effect::Inform(News::Response));
                if self.cancel == Cancel::Wanted {
                    self.send_cancel(timing, effects);
                }
                Proceeding
            }
            // RFC 6026 §8.4: a 2xx MUST be passed up and leads to Accepted, which Timer M limits.
            (Calling | Proceeding, Event::Response(Class::Success)) => {
                effects.push(Effect::Inform(News::Response));
                effects.push(Effect::Forget);
                effects.push(Effect::Start(Timer::M, timing.timeout()));
                Accepted
            }
            // 300-699 MUST lead to Completed; the response MUST be passed up, and an ACK MUST be generated.
            (Calling | Proceeding, Event::Response(Class::Failure)) => {
                effects.push(Effect::Acknowledge);
                effects.push(Effect::Inform(News::Response));
                // Timer D is zero over reliable transports.
                if self.reliable {
                    Terminated
                } else {
                    effects.push(Effect::Start(Timer::D, timing.timeout()));
                    Completed
                }
            }
            // §9.1: before a provisional response the CANCEL MUST NOT be sent.
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
            // §9.1: without a final response 64*T1 after the CANCEL the transaction SHOULD be destroyed.
            (Proceeding, Event::Timer(Timer::Abandon)) => {
                effects.push(Effect::Inform(News::Timeout));
                Terminated
            }
            // A retransmitted final response MUST be acknowledged again and MUST NOT be passed up.
            (Completed, Event::Response(Class::Failure)) => {
                effects.push(Effect::Resend);
                Completed
            }
            (Completed, Event::Timer(Timer::D)) => Terminated,
            // RFC 6026 §8.4: every 2xx in Accepted MUST be passed up.
            (Accepted, Event::Response(Class::Success)) => {
                effects.push(Effect::Inform(News::Response));
                Accepted
            }
            (Accepted, Event::Timer(Timer::M)) => Terminated,
            // §17.1.4: the TU SHOULD be told, and the transaction SHOULD end.
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
