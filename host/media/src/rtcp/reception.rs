//! What is counted of a stream that is received (RFC 3550 §A.1, §A.3, §A.8): losses and jitter.

use std::time::Duration;

use crate::rtcp::report::Block;
use crate::rtp::{Glance, distance};

/// How far sequence numbers may jump before the source counts as a new one.
const BEHIND: i16 = -100;
const AHEAD: i16 = 3_000;

/// A stream that is received. Moments are times since a beginning that is always the same one.
#[derive(Debug, Clone, Copy, Default)]
pub struct Reception {
    source: Option<u32>,
    /// The first sequence number of the source, and the highest with its cycles.
    first: u32,
    highest: u32,
    received: u64,
    /// What earlier sources had lost.
    lost_before: u64,
    /// Expected and received when the last report was made.
    expected_then: u64,
    received_then: u64,
    transit: Option<u32>,
    /// In 16ths of a timestamp unit.
    jitter: u32,
    clock: u32,
    last_report: Option<(u32, Duration)>,
}

impl Reception {
    /// Takes a packet that arrived at `at`; `clock` is the clock rate of its timestamps, `None` if they do not go with its time, as those
    /// of keys.
    pub fn hear(&mut self, at: Duration, glance: Glance, clock: Option<u32>) {
        let newest = self.highest as u16;
        let ahead = distance(glance.sequence, newest);
        if self.source != Some(glance.ssrc) || !(BEHIND..=AHEAD).contains(&ahead) {
            self.restart(glance);
        } else if ahead > 0 {
            self.highest = self.highest.wrapping_add(u32::from(ahead.unsigned_abs()));
        }
        self.received += 1;
        let Some(clock) = clock else {
            return;
        };
        if clock != self.clock {
            self.clock = clock;
            self.transit = None;
        }
        let arrival = at.as_secs().wrapping_mul(u64::from(clock))
            + u64::from(at.subsec_micros()) * u64::from(clock) / 1_000_000;
        let transit = (arrival as u32).wrapping_sub(glance.timestamp);
        if let Some(before) = self.transit.replace(transit) {
            let difference = transit.wrapping_sub(before).cast_signed().unsigned_abs();
            // A jump of the timestamps is no jitter.
            if difference < clock {
                let decay = (self.jitter + 8) >> 4;
                self.jitter = (self.jitter + difference).saturating_sub(decay);
            }
        }
    }

    fn restart(&mut self, glance: Glance) {
        *self = Reception {
            source: Some(glance.ssrc),
            first: u32::from(glance.sequence),
            highest: u32::from(glance.sequence),
            lost_before: self.lost(),
            clock: self.clock,
            jitter: self.jitter,
            ..Reception::default()
        };
    }

    /// A sender report of the source came; `time` is the middle of its time.
    pub fn note_report(&mut self, at: Duration, time: u32) {
        self.last_report = Some((time, at));
    }

    fn expected(&self) -> u64 {
        match self.source {
            Some(_) => u64::from(self.highest.wrapping_sub(self.first)) + 1,
            None => 0,
        }
    }

    /// Packets that were sent and did not arrive.
    pub fn lost(&self) -> u64 {
        self.lost_before + self.expected().saturating_sub(self.received)
    }

    /// The mean variation of the time that packets take.
    pub fn jitter(&self) -> Duration {
        let units = u64::from(self.jitter >> 4);
        Duration::from_micros(units * 1_000_000 / u64::from(self.clock.max(1)))
    }

    /// What a report made at `at` says of the stream; `None`: nothing has come.
    pub fn block(&mut self, at: Duration) -> Option<Block> {
        let ssrc = self.source?;
        let expected = self.expected();
        let (expected_now, received_now) = (
            expected.saturating_sub(self.expected_then),
            self.received.saturating_sub(self.received_then),
        );
        (self.expected_then, self.received_then) = (expected, self.received);
        let lost_now = expected_now.saturating_sub(received_now);
        let fraction = (lost_now * 256).checked_div(expected_now).unwrap_or(0);
        let lost = i64::try_from(expected).unwrap_or(0) - i64::try_from(self.received).unwrap_or(0);
        let (last_report, delay) = match self.last_report {
            Some((time, then)) => (time, short_time(at.saturating_sub(then))),
            None => (0, 0),
        };
        Some(Block {
            ssrc,
            fraction_lost: u8::try_from(fraction).unwrap_or(u8::MAX),
            lost: i32::try_from(lost).unwrap_or(i32::MAX),
            highest: self.highest,
            jitter: self.jitter >> 4,
            last_report,
            delay,
        })
    }
}

/// A length of time in 65,536ths of a second.
pub fn short_time(time: Duration) -> u32 {
    (time.as_micros() * 65_536 / 1_000_000) as u32
}

#[cfg(test)]
mod tests;
