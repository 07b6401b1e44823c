//! Reliable provisional responses (RFC 3262): their numbers and repetition on the side that sends them, their order on the
//! side that gets them. It sends nothing: who owns the INVITE does.

use std::time::{Duration, Instant};

use crate::transaction::Timing;

#[cfg(test)]
mod tests;

/// The largest first number of a UAS: "between 1 and 2**31 - 1" (RFC 3262 §3).
pub const FIRST_MAX: u32 = (1 << 31) - 1;

/// The value of RAck (RFC 3262 §7.2): which response to which request a PRACK acknowledges.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RAck<'a> {
    /// The RSeq of the response.
    pub number: u32,
    /// The number of CSeq of the request that it answered.
    pub cseq: u32,
    /// The method of that request.
    pub method: &'a str,
}

impl<'a> RAck<'a> {
    /// Reads a value. `None`: it is malformed.
    pub fn parse(value: &'a str) -> Option<RAck<'a>> {
        let mut words = value.split_ascii_whitespace();
        let number = words.next()?.parse().ok()?;
        let cseq = words.next()?.parse().ok()?;
        let method = words.next()?;
        words.next().is_none().then_some(RAck {
            number,
            cseq,
            method,
        })
    }
}

/// What is due of an unacknowledged response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ProvisionalAction {
    /// Pass it to `Layer::respond` again.
    Resend,
    /// No PRACK within 64·T1: the INVITE SHOULD be rejected with a 5xx (RFC 3262 §3).
    GiveUp,
}

/// The reliable provisional responses of one INVITE, as the UAS sends them: one at a time (RFC 3262 §3).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reliably {
    timing: Timing,
    next_number: u32,
    waiting: Option<Waiting>,
    /// The numbers below [`Reliably::next_number`] from here on were acknowledged or given up.
    first: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Waiting {
    number: u32,
    /// `None`: the final response was sent.
    repetition: Option<Repetition>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Repetition {
    interval: Duration,
    next: Instant,
    give_up: Instant,
}

impl Reliably {
    /// None sent yet. `first` is the number of the first one, chosen at random.
    pub fn new(first: u32, timing: Timing) -> Reliably {
        let first = first.clamp(1, FIRST_MAX);
        Reliably {
            timing,
            next_number: first,
            waiting: None,
            first,
        }
    }

    /// Whether one waits for its PRACK: "the UAS MUST NOT send a second reliable provisional response until the first is
    /// acknowledged".
    pub fn is_waiting(&self) -> bool {
        self.waiting.is_some()
    }

    /// One is sent: its RSeq, one higher than that of the one before.
    pub fn send(&mut self, now: Instant) -> u32 {
        let number = self.next_number;
        self.next_number = number.saturating_add(1);
        self.waiting = Some(Waiting {
            number,
            repetition: Some(Repetition {
                interval: self.timing.t1,
                next: now + self.timing.t1,
                give_up: now + self.timing.timeout(),
            }),
        });
        number
    }

    /// A PRACK for this number. `false`: nothing that waits has it, so that it gets 481.
    pub fn acknowledge(&mut self, number: u32) -> bool {
        match self.waiting {
            Some(waiting) if waiting.number == number => {
                self.waiting = None;
                true
            }
            _ => false,
        }
    }

    /// Whether a response of that number was ever sent.
    pub fn has_sent(&self, number: u32) -> bool {
        (self.first..self.next_number).contains(&number)
    }

    /// The final response was sent: nothing is repeated any more. "The UAS … MUST be prepared to process PRACK requests for
    /// those outstanding responses".
    pub fn stop(&mut self) {
        if let Some(waiting) = &mut self.waiting {
            waiting.repetition = None;
        }
    }

    /// When [`Reliably::handle_timeout`] has something to do.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let repetition = self.waiting?.repetition?;
        Some(repetition.next.min(repetition.give_up))
    }

    /// What is due at `now`. The interval starts at T1 and doubles with each repetition.
    pub fn handle_timeout(&mut self, now: Instant) -> Option<ProvisionalAction> {
        let repetition = self.waiting.as_mut()?.repetition.as_mut()?;
        if now >= repetition.give_up {
            self.waiting = None;
            return Some(ProvisionalAction::GiveUp);
        }
        if now < repetition.next {
            return None;
        }
        repetition.interval = repetition.interval.saturating_mul(2);
        repetition.next = now + repetition.interval;
        Some(ProvisionalAction::Resend)
    }
}

/// What a reliable provisional response is to the UAC that got it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrived {
    /// The next one: it gets a PRACK.
    Next,
    /// One that was acknowledged already: it is discarded.
    Again,
    /// One before it is missing: "the UAC MUST NOT acknowledge it … and MUST NOT process it further" (RFC 3262 §4).
    OutOfOrder,
}

/// The order of the reliable provisional responses of one early dialog, as the UAC gets them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct InOrder {
    latest: Option<u32>,
}

impl InOrder {
    /// One arrived. The first may have any number, each further one must be one higher (RFC 3262 §4).
    pub fn receive(&mut self, number: u32) -> Arrived {
        match self.latest {
            Some(latest) if number <= latest => Arrived::Again,
            Some(latest) if Some(number) != latest.checked_add(1) => Arrived::OutOfOrder,
            _ => {
                self.latest = Some(number);
                Arrived::Next
            }
        }
    }
}
