//! What the media threads hold of a recording: packets go in and nothing comes back, whatever the disk does.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::Sender;
use std::time::{Duration, Instant};

use switchhook_call::input::Input;
use switchhook_call::keys::SessionId;
use switchhook_call::media_command::{MediaEvent, RecordingEnd, RecordingId, RecordingStop};
use switchhook_media::recording::Channel;
use switchhook_media::recording::sound::Formats;

use crate::limits;
use crate::media_shell::config::MediaSink;
use crate::recordings::Counted;
use crate::recordings::job::{Job, What};

/// A recording that goes on. It ends when this is dropped, or by itself; `MediaEvent::RecordingEnded` is told once.
pub struct Tap {
    pub(crate) number: u64,
    pub(crate) jobs: Sender<Job>,
    /// What waits for the recorder's thread, of all its recordings: bytes.
    pub(crate) waiting: Arc<AtomicUsize>,
    pub(crate) teller: Arc<Teller>,
    /// Since when nothing finds room any more.
    pub(crate) stuck: Option<Instant>,
}

/// Tells the end of a recording, once.
pub(crate) struct Teller {
    pub(crate) session: SessionId,
    pub(crate) recording: RecordingId,
    pub(crate) sink: MediaSink,
    pub(crate) told: AtomicBool,
    /// Packets that found no room.
    pub(crate) lost: AtomicU64,
    pub(crate) counted: Arc<Counted>,
}

impl Tap {
    /// Takes a packet as it came from the side (left) or as it goes to it (right). Never blocks: what finds no room is counted,
    /// and is silence in the recording.
    pub fn packet(&mut self, channel: Channel, now: Instant, bytes: &[u8]) {
        if self.is_over() {
            return;
        }
        let waiting = self.waiting.load(Ordering::Relaxed);
        if waiting + bytes.len() > limits::RECORDED_BYTES_WAITING {
            self.found_no_room(now);
            return;
        }
        self.stuck = None;
        self.waiting.fetch_add(bytes.len(), Ordering::Relaxed);
        let bytes = bytes.into();
        self.tell(What::Packet { channel, bytes }, now);
    }

    /// Leaves out what follows, or goes on.
    pub fn pause(&self, now: Instant, paused: bool) {
        self.tell(What::Pause(paused), now);
    }

    /// Other formats hold for a channel.
    pub fn set_formats(&self, channel: Channel, now: Instant, formats: Formats) {
        self.tell(What::Formats { channel, formats }, now);
    }

    /// Whether its end has been told: it takes no more packets.
    pub fn is_over(&self) -> bool {
        self.teller.told.load(Ordering::Relaxed)
    }

    fn found_no_room(&mut self, now: Instant) {
        let before = self.teller.lost.fetch_add(1, Ordering::Relaxed);
        self.teller.counted.lost.fetch_add(1, Ordering::Relaxed);
        if before == 0 {
            let recording = self.teller.recording.0;
            tracing::warn!(recording, "a recording has gaps: the disk does not keep up");
        }
        let since = *self.stuck.get_or_insert(now);
        if now.saturating_duration_since(since) >= limits::RECORDING_STUCK {
            let why = "the disk does not keep up".to_owned();
            self.teller.tell(RecordingEnd {
                why: RecordingStop::Failed(why),
                length: Duration::ZERO,
                url: None,
                format: "wav",
            });
        }
    }

    fn tell(&self, what: What, at: Instant) {
        // The recorder outlives its taps, or the switch is ending.
        let _ = self.jobs.send(Job::Of {
            number: self.number,
            at,
            what,
        });
    }
}

impl Drop for Tap {
    fn drop(&mut self) {
        self.tell(What::Stop, Instant::now());
    }
}

impl Teller {
    /// Tells how the recording ended, if nobody has.
    pub(crate) fn tell(&self, end: RecordingEnd) {
        if self.told.swap(true, Ordering::Relaxed) {
            return;
        }
        if let RecordingStop::Failed(why) = &end.why {
            self.counted.failed.fetch_add(1, Ordering::Relaxed);
            let recording = self.recording.0;
            tracing::warn!(recording, why, "a recording failed; the call goes on");
        }
        (self.sink)(Input::Media {
            session: self.session,
            event: MediaEvent::RecordingEnded {
                recording: self.recording,
                end,
            },
        });
    }
}
