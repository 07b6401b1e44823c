//! Reports of a session (RFC 3550 §6). As long as a side hears the other side as that sends, the other side's reports are passed on to it.
//! Once the stream that it gets is one of our own, reports are ours too. Both ways tell how long packets take and how good it sounds.

use std::time::{Duration, Instant};

use crate::relay::{Kind, Side, SideStatistics, Statistics};
use crate::rtcp::quality::{Heard, opinion};
use crate::rtcp::reception::short_time;
use crate::rtcp::report::{Block, Item, Sending, read, write};
use crate::session::state::Session;
use crate::session::types::Outbox;

/// The mean time between reports (RFC 3550 §6.2).
const INTERVAL_MS: u64 = 5_000;

/// What is known of the reports of a side.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Reporting {
    /// When the next one of our own is due.
    pub(super) next: Option<Instant>,
    /// The last sender report that it got, of ours or passed on: the middle of its time, and when that was.
    last_sent: Option<(u32, Instant)>,
    /// How long packets take to it and back.
    round_trip: Option<Duration>,
    /// Packets sent when the last report was made.
    sent_then: u32,
}

impl Session {
    /// Takes reports of a side. True: they are passed on.
    pub(super) fn hear_report(&mut self, now: Instant, side: Side, packet: &[u8]) -> bool {
        let since = self.since_beginning(now);
        let (from, to) = self.both(side);
        let passes = !to.outgoing.is_altered();
        read(packet, &mut |item| match item {
            Item::Sender { ssrc: _, time } => {
                from.reception.note_report(since, time);
                if passes {
                    to.reporting.last_sent = Some((time, now));
                }
            }
            Item::Block(block) => from.reporting.note_block(now, &block),
        });
        passes
    }

    /// When the next report of ours is due.
    pub(super) fn next_report(&self) -> Option<Instant> {
        let due = |side| {
            let voice = self.voice(side);
            let is_due = voice.outgoing.is_altered();
            // The first one is due at once; it only sets the time of the second.
            is_due.then(|| voice.reporting.next.unwrap_or(self.began))
        };
        let (caller, callee) = (due(Side::Caller), due(Side::Callee));
        [caller, callee].into_iter().flatten().min()
    }

    /// Makes the reports that are due.
    pub(super) fn report(&mut self, now: Instant, out: &mut Outbox) {
        for side in [Side::Caller, Side::Callee] {
            if !self.voice(side).outgoing.is_altered() {
                continue;
            }
            // Half to one and a half of the mean, so that not all report at once.
            let wait = INTERVAL_MS / 2 + self.chance_below(INTERVAL_MS);
            let next = now.checked_add(Duration::from_millis(wait));
            let reporting = &mut self.voice_mut(side).reporting;
            let is_due = match reporting.next {
                Some(due) => due <= now,
                None => {
                    reporting.next = next;
                    false
                }
            };
            if is_due {
                reporting.next = next;
                self.send_report(now, side, false, out);
            }
        }
    }

    /// Says good-bye to sides that got streams of our own. To be called once, at the end of the session.
    pub fn end(&mut self, now: Instant, out: &mut Outbox) {
        for side in [Side::Caller, Side::Callee] {
            if self.voice(side).outgoing.is_altered() {
                self.send_report(now, side, true, out);
            }
        }
    }

    fn send_report(&mut self, now: Instant, side: Side, bye: bool, out: &mut Outbox) {
        let Some(to) = self.relay.destination(side, Kind::Rtcp) else {
            return;
        };
        let since = self.since_beginning(now);
        let name = self.name.clone();
        let voice = self.voice_mut(side);
        let Some(ssrc) = voice.outgoing.ssrc() else {
            return;
        };
        let sent = voice.outgoing.sent();
        let has_sent = sent.packets != voice.reporting.sent_then;
        // A clock of our own: nobody needs to know the time of day (RFC 3550 §6.4.1).
        let time = since.as_secs() << 32 | u64::from(fraction(since));
        let sending = has_sent.then(|| Sending {
            time,
            timestamp: voice.outgoing.timestamp_at(now),
            packets: sent.packets,
            octets: sent.octets,
        });
        if has_sent {
            voice.reporting.sent_then = sent.packets;
            voice.reporting.last_sent = Some(((time >> 16) as u32, now));
        }
        let block = voice.reception.block(since);
        let mut packet = Vec::new();
        write(ssrc, sending, block, &name, bye, &mut packet);
        out.push(side, Kind::Rtcp, to, &packet);
    }

    /// What was counted so far.
    pub fn statistics(&self) -> Statistics {
        let counted = self.relay.statistics();
        Statistics {
            caller: self.side_statistics(Side::Caller, counted.caller),
            callee: self.side_statistics(Side::Callee, counted.callee),
        }
    }

    /// What was counted of a side, with what its stream and its reports tell.
    pub(super) fn side_statistics(&self, side: Side, counted: SideStatistics) -> SideStatistics {
        let voice = self.voice(side);
        let microseconds = |time: Duration| u32::try_from(time.as_micros()).unwrap_or(u32::MAX);
        let lost = voice.reception.lost();
        let jitter = voice.reception.jitter();
        let round_trip = voice.reporting.round_trip;
        let heard = voice.encoding.map(|encoding| Heard {
            encoding,
            received: counted.packets,
            lost,
            jitter,
            round_trip,
        });
        // The score is at most 4.5.
        let opinion = heard.and_then(|heard| opinion(&heard));
        SideStatistics {
            lost,
            jitter_microseconds: microseconds(jitter),
            round_trip_microseconds: round_trip.map(microseconds),
            opinion_hundredths: opinion.map(|score| (score * 100.0).round() as u16),
            ..counted
        }
    }
}

impl Reporting {
    /// Takes what a side says of the stream that it gets (RFC 3550 §6.4.1: how the round trip is reckoned).
    fn note_block(&mut self, now: Instant, block: &Block) {
        let Some((time, then)) = self.last_sent else {
            return;
        };
        if block.last_report != time || time == 0 {
            return;
        }
        let elapsed = short_time(now.saturating_duration_since(then));
        if let Some(units) = elapsed.checked_sub(block.delay) {
            let micros = u64::from(units) * 1_000_000 / 65_536;
            self.round_trip = Some(Duration::from_micros(micros));
        }
    }
}

/// The part of a length of time below a second, in 2^32ths of one.
fn fraction(time: Duration) -> u32 {
    ((u64::from(time.subsec_nanos()) << 32) / 1_000_000_000) as u32
}
