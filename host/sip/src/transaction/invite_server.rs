//! The INVITE server transaction as a pure state machine. It knows no messages, no clock and no transport.

use super::effect::{Class, Effect, News};
use super::timer::{Timer, Timing};

#[cfg(test)]
#[path = "invite_server_tests.rs"]
mod tests;

/// The states of RFC 6026 figure 7 (RFC 3261 figure 7 with Accepted).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// The INVITE came; no final response yet.
    Proceeding,
    /// A final response other than 2xx was sent; the ACK is awaited.
    Completed,
    /// The ACK came; its retransmissions are absorbed.
    Confirmed,
    /// A 2xx was sent; retransmitted INVITEs are absorbed.
    Accepted,
    /// To be dropped.
    Terminated,
}

/// What can happen to an INVITE server transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Event {
    /// The INVITE came once more.
    Retransmission,
    /// An ACK that matches.
    Ack,
    /// The transaction user responds.
    Respond(Class),
    /// A timer that was started fired.
    Timer(Timer),
    /// The transport could not send.
    TransportError,
}

/// RFC 3261 §17.2.1 with RFC 6026 §7.1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct InviteServer {
    state: State,
    reliable: bool,
    resent: u8,
}

impl InviteServer {
    /// The machine of an INVITE that just came. The 100 within 200 ms is the transaction user's to send.
    pub fn start(reliable: bool) -> Self {
        Self {
            state: State::Proceeding,
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
        use State::{Accepted, Completed, Confirmed, Proceeding, Terminated};
        self.state = match (self.state, event) {
            // "If a request retransmission is received while in the Proceeding state, the most recent provisional
            // response that was received from the TU MUST be passed to the transport layer for retransmission."
            (Proceeding, Event::Retransmission) => {
                effects.push(Effect::Resend);
                Proceeding
            }
            (Proceeding, Event::Respond(Class::Provisional)) => {
                effects.extend([Effect::Send, Effect::Keep]);
                Proceeding
            }
            // RFC 6026 §7.1: "the server transaction MUST … transition to Accepted … MUST start Timer L"; the 2xx is the
            // transaction user's to retransmit.
            (Proceeding, Event::Respond(Class::Success)) => {
                effects.extend([Effect::Send, Effect::Forget]);
                effects.push(Effect::Start(Timer::L, timing.timeout()));
                Accepted
            }
            // "For unreliable transports, timer G is set to fire in T1 seconds … When the Completed state is entered,
            // timer H MUST be set to fire in 64*T1 seconds for all transports."
            (Proceeding, Event::Respond(Class::Failure)) => {
                effects.extend([Effect::Send, Effect::Keep]);
                if !self.reliable {
                    effects.push(Effect::Start(Timer::G, timing.t1));
                }
                effects.push(Effect::Start(Timer::H, timing.timeout()));
                Completed
            }
            // "while in the Completed state, if a request retransmission is received, the server SHOULD pass the
            // response to the transport for retransmission"
            (Completed, Event::Retransmission) => {
                effects.push(Effect::Resend);
                Completed
            }
            // "If timer G fires, the response is passed to the transport layer once more for retransmission, and timer G
            // is set to fire in MIN(2*T1, T2) seconds."
            (Completed, Event::Timer(Timer::G)) => {
                self.resent = self.resent.saturating_add(1);
                effects.push(Effect::Resend);
                let interval = timing.doubling_to_t2(self.resent);
                effects.push(Effect::Start(Timer::G, interval));
                Completed
            }
            // "If an ACK is received while … in the Completed state, the server transaction MUST transition to the
            // Confirmed state." Timer I: T4 for unreliable transports, zero for reliable ones.
            (Completed, Event::Ack) => {
                effects.push(Effect::Forget);
                if self.reliable {
                    Terminated
                } else {
                    effects.push(Effect::Start(Timer::I, timing.t4));
                    Confirmed
                }
            }
            // "If timer H fires while in the Completed state, it implies that the ACK was never received. In this case,
            // the server transaction MUST transition to the Terminated state, and MUST indicate to the TU …"
            (Completed, Event::Timer(Timer::H)) => {
                effects.push(Effect::Inform(News::Timeout));
                Terminated
            }
            (Confirmed, Event::Timer(Timer::I)) => Terminated,
            // RFC 6026 §7.1: "Any ACKs received from the network while in the Accepted state MUST be passed directly to
            // the TU and not absorbed."
            (Accepted, Event::Ack) => {
                effects.push(Effect::Inform(News::Ack));
                Accepted
            }
            // RFC 6026 §7.1: "if the TU passes a 2xx … while in the Accepted state, the server transaction MUST pass the
            // response to the transport layer for transmission"
            (Accepted, Event::Respond(Class::Success)) => {
                effects.push(Effect::Send);
                Accepted
            }
            (Accepted, Event::Timer(Timer::L)) => Terminated,
            // RFC 6026 §7.1: "the transaction layer SHOULD inform the TU that a failure has occurred, and MUST remain in
            // the current state"
            (Proceeding | Completed | Accepted, Event::TransportError) => {
                effects.push(Effect::Inform(News::TransportError));
                self.state
            }
            (state, _) => state,
        };
    }
}
