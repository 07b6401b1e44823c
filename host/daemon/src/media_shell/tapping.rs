//! What of a session is handed to recordings: what a side says as it arrives, what it hears as it is sent to it.

use std::time::Instant;

use switchhook_call::input::Input;
use switchhook_call::keys::SessionId;
use switchhook_call::media_command::{
    MediaEvent, RecordingEnd, RecordingId, RecordingOrder, RecordingStop,
};
use switchhook_media::recording::Channel;
use switchhook_media::recording::sound::Formats;
use switchhook_media::relay::Side;
use switchhook_media::sdp::Terms;

use crate::media_shell::worker::{Session, Worker};
use crate::recordings::Tap;

/// The recordings of a session.
#[derive(Default)]
pub(crate) struct Tapped {
    taps: Vec<(RecordingId, Side, Tap)>,
    /// In which formats the caller, and the called side, take media.
    terms: [Terms; 2],
}

impl Tapped {
    /// Whether nothing is recorded.
    pub(crate) fn is_empty(&self) -> bool {
        self.taps.is_empty()
    }

    /// A side has said something.
    pub(crate) fn said(&mut self, now: Instant, side: Side, packet: &[u8]) {
        self.hand_over(now, side, Channel::Left, packet);
    }

    /// A side is sent something.
    pub(crate) fn hears(&mut self, now: Instant, side: Side, packet: &[u8]) {
        self.hand_over(now, side, Channel::Right, packet);
    }

    /// What a side takes has changed.
    pub(crate) fn set_terms(&mut self, now: Instant, side: Side, terms: Terms) {
        let [caller, callee] = &mut self.terms;
        match side {
            Side::Caller => *caller = terms,
            Side::Callee => *callee = terms,
        }
        for (_, side, tap) in &self.taps {
            let [said, heard] = self.formats(*side);
            tap.set_formats(Channel::Left, now, said);
            tap.set_formats(Channel::Right, now, heard);
        }
    }

    /// What the payload types mean of what a side says and of what it hears. A side may use its own numbers or those that it was
    /// told, which are the other side's.
    fn formats(&self, side: Side) -> [Formats; 2] {
        let [caller, callee] = &self.terms;
        let (own, other) = match side {
            Side::Caller => (caller, callee),
            Side::Callee => (callee, caller),
        };
        let pairs = |terms: &Terms| {
            let formats = terms.formats();
            formats
                .map(|format| (format.payload_type, format.encoding))
                .collect::<Vec<_>>()
        };
        let of = || Formats::new(pairs(own).into_iter().chain(pairs(other)));
        [of(), of()]
    }

    fn hand_over(&mut self, now: Instant, side: Side, channel: Channel, packet: &[u8]) {
        for (_, of, tap) in &mut self.taps {
            if *of == side {
                tap.packet(channel, now, packet);
            }
        }
    }
}

impl Worker {
    /// Begins a recording of a side.
    pub(crate) fn record(&mut self, now: Instant, key: usize, side: Side, order: &RecordingOrder) {
        let Some(session) = self.sessions.get_mut(key) else {
            return;
        };
        let Some(recorder) = &self.recorder else {
            return cannot_record(&self.sink, session.id, order.recording);
        };
        let formats = session.tapped.formats(side);
        let tap = recorder.begin(session.id, order, formats, now, &self.sink);
        let taps = &mut session.tapped.taps;
        taps.retain(|(_, _, tap)| !tap.is_over());
        taps.push((order.recording, side, tap));
    }
}

impl Session {
    /// Leaves out what follows in a recording, or goes on.
    pub(crate) fn pause_recording(&self, now: Instant, recording: RecordingId, paused: bool) {
        for (number, _, tap) in &self.tapped.taps {
            if *number == recording {
                tap.pause(now, paused);
            }
        }
    }

    /// Ends a recording.
    pub(crate) fn stop_recording(&mut self, recording: RecordingId) {
        self.tapped
            .taps
            .retain(|(number, _, _)| *number != recording);
    }
}

fn cannot_record(
    sink: &crate::media_shell::config::MediaSink,
    session: SessionId,
    recording: RecordingId,
) {
    let end = RecordingEnd {
        why: RecordingStop::Failed("this switch makes no recordings".to_owned()),
        length: std::time::Duration::ZERO,
        url: None,
        format: "wav",
    };
    let event = MediaEvent::RecordingEnded { recording, end };
    sink(Input::Media { session, event });
}
