//! What a transaction's state machine asks of the layer around it. Nothing is done here: the layer carries effects out.

use std::time::Duration;

use super::timer::Timer;

/// One thing to be done, in the order the state machine listed it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Send the message that came with the event.
    Send,
    /// Store the message that came with the event as the one that [`Effect::Resend`] means.
    Keep,
    /// Send the kept message once more; nothing if there is none yet.
    Resend,
    /// Make the ACK for the final response at hand (RFC 3261 §17.1.1.3), send it, keep it in place of the request.
    Acknowledge,
    /// Make and send the CANCEL for the kept INVITE (RFC 3261 §9.1), in a transaction of its own.
    Cancel,
    /// Drop the kept message: it is not sent again.
    Forget,
    /// Start a timer.
    Start(Timer, Duration),
    /// Tell the transaction user.
    Inform(News),
}

/// What the transaction user is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum News {
    /// The response at hand.
    Response,
    /// The ACK at hand.
    Ack,
    /// The other side did not answer in time.
    Timeout,
    /// The transport could not send.
    TransportError,
}

/// The class of a response, as far as transactions tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// 1xx.
    Provisional,
    /// 2xx.
    Success,
    /// 3xx to 6xx.
    Failure,
}

impl Class {
    /// The class of a status code; what is above 699 counts as a failure.
    pub fn of(status: u16) -> Self {
        match status {
            0..=199 => Self::Provisional,
            200..=299 => Self::Success,
            _ => Self::Failure,
        }
    }
}
