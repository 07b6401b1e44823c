//! How many calls a trunk has and may have: channels that are given back by themselves, and a token bucket for calls per second.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use crate::config::trunks::TrunkLimits;

/// Which way a call goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Direction {
    /// From the trunk.
    In,
    /// To it.
    Out,
}

/// Why a call is one too many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Excess {
    /// All channels are taken.
    Channels,
    /// There were too many calls just now.
    Rate,
}

/// One call of a trunk. Whoever drops it gives the channel back.
#[derive(Debug)]
pub(crate) struct Channel {
    open: Arc<AtomicU32>,
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// The calls of a trunk.
#[derive(Debug)]
pub(crate) struct Load {
    open_in: Arc<AtomicU32>,
    open_out: Arc<AtomicU32>,
    bucket_in: Bucket,
    bucket_out: Bucket,
    /// Calls that came from it and were taken on.
    pub(crate) taken_in: u64,
    /// Calls that were sent to it.
    pub(crate) taken_out: u64,
    /// Calls that were one too many, both ways.
    pub(crate) refused: u64,
}

impl Load {
    pub(crate) fn new(now: Instant) -> Load {
        Load {
            open_in: Arc::default(),
            open_out: Arc::default(),
            bucket_in: Bucket::full(now),
            bucket_out: Bucket::full(now),
            taken_in: 0,
            taken_out: 0,
            refused: 0,
        }
    }

    /// Calls that there are: from the trunk, and to it.
    pub(crate) fn open(&self) -> (u32, u32) {
        (
            self.open_in.load(Ordering::Relaxed),
            self.open_out.load(Ordering::Relaxed),
        )
    }

    /// One more call, if there may be one more.
    pub(crate) fn take(
        &mut self,
        now: Instant,
        limits: &TrunkLimits,
        direction: Direction,
    ) -> Result<Channel, Excess> {
        let taken = self.try_take(now, limits, direction);
        match (&taken, direction) {
            (Ok(_), Direction::In) => self.taken_in += 1,
            (Ok(_), Direction::Out) => self.taken_out += 1,
            (Err(_), _) => self.refused += 1,
        }
        taken
    }

    fn try_take(
        &mut self,
        now: Instant,
        limits: &TrunkLimits,
        direction: Direction,
    ) -> Result<Channel, Excess> {
        let (calls_in, calls_out) = self.open();
        let (open, own, most, rate, bucket) = match direction {
            Direction::In => (
                &self.open_in,
                calls_in,
                limits.calls_in,
                limits.calls_per_second_in,
                &mut self.bucket_in,
            ),
            Direction::Out => (
                &self.open_out,
                calls_out,
                limits.calls_out,
                limits.calls_per_second_out,
                &mut self.bucket_out,
            ),
        };
        let full = |calls: u32, most: Option<u32>| most.is_some_and(|most| calls >= most);
        if full(calls_in.saturating_add(calls_out), limits.calls) || full(own, most) {
            return Err(Excess::Channels);
        }
        if rate.is_some_and(|rate| !bucket.take(now, rate)) {
            return Err(Excess::Rate);
        }
        open.fetch_add(1, Ordering::Relaxed);
        Ok(Channel {
            open: Arc::clone(open),
        })
    }
}

/// A token bucket that holds the calls of one second.
#[derive(Debug)]
struct Bucket {
    /// Thousandths of a call.
    tokens: u64,
    filled_at: Instant,
    is_full: bool,
}

impl Bucket {
    fn full(now: Instant) -> Bucket {
        Bucket {
            tokens: 0,
            filled_at: now,
            is_full: true,
        }
    }

    fn take(&mut self, now: Instant, per_second: u32) -> bool {
        let most = u64::from(per_second) * 1000;
        let since = now.saturating_duration_since(self.filled_at);
        let gained = u64::try_from(since.as_millis())
            .unwrap_or(u64::MAX)
            .saturating_mul(per_second.into());
        self.tokens = match std::mem::take(&mut self.is_full) {
            true => most,
            false => self.tokens.saturating_add(gained).min(most),
        };
        // What is left of a millisecond counts for the next time.
        let whole = u64::try_from(since.as_millis()).unwrap_or(u64::MAX);
        self.filled_at += Duration::from_millis(whole);
        if self.tokens < 1000 {
            return false;
        }
        self.tokens -= 1000;
        true
    }
}

#[cfg(test)]
mod tests;
