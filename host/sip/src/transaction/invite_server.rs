//! The INVITE server transaction as a pure state machine. It knows no messages, no clock and no transport.

use super::effect::{Class, Effect, News};
use super::timer::{Timer, Timing};

#[cfg(test)]
#[path = "invite_server_tests.rs"]
mod tests;

/// The states of RFC 3261 figure 7 as RFC 6026 replaces it, with Accepted.
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
            // A retransmitted request in Proceeding MUST get the latest provisional response again.
            (Proceeding, Event::Retransmission) => {
                effects.push(Effect::Resend);
                Proceeding
            }
            (Proceeding, Event::Respond(Class::Provisional)) => {
                effects.extend([Effect::Send, Effect::Keep]);
                Proceeding
            }
            // RFC 6026 §7.1: a 2xx leads to Accepted, which Timer L limits; it is the
            // transaction user's to retransmit.
            (Proceeding, Event::Respond(Class::Success)) => {
                effects.extend([Effect::Send, Effect::Forget]);
                effects.push(Effect::Start(Timer::L, timing.timeout()));
                Accepted
            }
            // Timer G starts with T1 over unreliable transports; Timer H MUST start with 64*T1 over all.
            (Proceeding, Event::Respond(Class::Failure)) => {
                effects.extend([Effect::Send, Effect::Keep]);
                if !self.reliable {
                    effects.push(Effect::Start(Timer::G, timing.t1));
                }
                effects.push(Effect::Start(Timer::H, timing.timeout()));
                Completed
            }
            // A retransmitted request in Completed SHOULD get the final response again.
            (Completed, Event::Retransmission) => {
                effects.push(Effect::Resend);
                Completed
            }
            // Timer G: the response is retransmitted, at intervals that double up to T2.
            (Completed, Event::Timer(Timer::G)) => {
                self.resent = self.resent.saturating_add(1);
                effects.push(Effect::Resend);
                let interval = timing.doubling_to_t2(self.resent);
                effects.push(Effect::Start(Timer::G, interval));
                Completed
            }
            // An ACK in Completed MUST lead to Confirmed. Timer I: T4 for unreliable transports, zero for reliable ones.
            (Completed, Event::Ack) => {
                effects.push(Effect::Forget);
                if self.reliable {
                    Terminated
                } else {
                    effects.push(Effect::Start(Timer::I, timing.t4));
                    Confirmed
                }
            }
            // Timer H in Completed: the ACK never came; the transaction MUST end and MUST tell the TU.
            (Completed, Event::Timer(Timer::H)) => {
                effects.push(Effect::Inform(News::Timeout));
                Terminated
            }
            (Confirmed, Event::Timer(Timer::I)) => Terminated,
            // RFC 6026 §7.1: ACKs in Accepted MUST be passed up and not absorbed.
            (Accepted, Event::Ack) => {
                effects.push(Effect::Inform(News::Ack));
                Accepted
            }
            // RFC 6026 §7.1: a 2xx from the TU in Accepted MUST be sent.
            (Accepted, Event::Respond(Class::Success)) => {
                effects.push(Effect::Send);
                Accepted
            }
            (Accepted, Event::Timer(Timer::L)) => Terminated,
            // RFC 6026 §8.8: the server transaction SHOULD inform the TU of the failure, and MUST remain in
            // the current state
            (Proceeding | Completed | Accepted, Event::TransportError) => {
                effects.push(Effect::Inform(News::TransportError));
                self.state
            }
            (state, _) => state,
        };
    }
}
