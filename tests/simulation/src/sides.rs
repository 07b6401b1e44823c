//! What a media shell does for the sides of its sessions besides relaying, in a world without media: how long things take and
//! what comes of them is chance.

use std::collections::HashMap;
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use switchhook_call::keys::SessionId;
use switchhook_call::media_command::{
    MediaEvent, PlayEnd, PlayId, Recorded, RecordingEnd, RecordingId, RecordingStop, SideOrder,
};
use switchhook_media::relay::Side;

/// What is going on for a side.
#[derive(Debug, Default)]
struct Doing {
    playing: Option<PlayId>,
    listening: bool,
    recording: Option<RecordingId>,
    in_room: bool,
}

/// What is going on for all sides of all sessions.
#[derive(Debug)]
pub(crate) struct Sides {
    doing: HashMap<(SessionId, bool), Doing>,
    rng: SmallRng,
    /// How much was played, how many keys were pressed.
    pub(crate) played: u64,
    pub(crate) pressed: u64,
}

/// Something that will be said after so long.
pub(crate) type Said = (Duration, MediaEvent);

impl Sides {
    pub(crate) fn new(seed: u64) -> Sides {
        Sides {
            doing: HashMap::new(),
            rng: SmallRng::seed_from_u64(seed ^ 0x736f_756e),
            played: 0,
            pressed: 0,
        }
    }

    /// A session is over: nothing more is said of its sides.
    pub(crate) fn close(&mut self, session: SessionId) {
        self.doing.retain(|(of, _), _| *of != session);
    }

    /// Does something for a side of a session that is open.
    pub(crate) fn carry_out(
        &mut self,
        session: SessionId,
        side: Side,
        order: SideOrder,
    ) -> Vec<Said> {
        let Sides {
            doing,
            rng,
            played,
            pressed,
        } = self;
        let doing = doing.entry((session, side == Side::Caller)).or_default();
        let now = Duration::ZERO;
        let stopped = |play| {
            let end = PlayEnd::Stopped;
            (now, MediaEvent::PlayEnded { side, play, end })
        };
        let mut said = Vec::new();
        match order {
            SideOrder::Play { play, playback } => {
                *played += 1;
                said.extend(doing.playing.replace(play).map(stopped));
                let (after, end) = match rng.random_range(0..8) {
                    0 => (now, PlayEnd::Failed("no such file".to_owned())),
                    _ => (some_time(rng, 6_000), PlayEnd::Completed),
                };
                if playback.times.is_some() || end != PlayEnd::Completed {
                    said.push((after, MediaEvent::PlayEnded { side, play, end }));
                }
                if side == Side::Caller && doing.listening {
                    for _ in 0..rng.random_range(0..4) {
                        *pressed += 1;
                        let keys = ['0', '1', '5', '9', '*', '#'];
                        let key = keys[rng.random_range(0..keys.len())];
                        said.push((some_time(rng, 8_000), MediaEvent::Key { side, key }));
                    }
                }
            }
            SideOrder::StopPlay => said.extend(doing.playing.take().map(stopped)),
            SideOrder::Listen(on) => doing.listening = on,
            SideOrder::SendKeys { keys, length } => {
                let after = length * 2 * keys.len() as u32;
                said.push((after, MediaEvent::KeysSent { side }));
            }
            SideOrder::Record(order) => {
                let recording = order.recording;
                doing.recording = Some(recording);
                if let Recorded::Message { longest, .. } = order.what {
                    let (after, why) = match rng.random_range(0..4) {
                        0 => (longest, RecordingStop::Longest),
                        1 => (now, RecordingStop::Failed("no space".to_owned())),
                        _ => (some_time(rng, 9_000), RecordingStop::Silence),
                    };
                    let end = ended(why, after.min(longest));
                    let event = MediaEvent::RecordingEnded { recording, end };
                    said.push((after.min(longest), event));
                }
            }
            SideOrder::PauseRecording(..) => {}
            SideOrder::StopRecording(recording) => {
                let end = ended(RecordingStop::Stopped, Duration::from_secs(1));
                said.push((now, MediaEvent::RecordingEnded { recording, end }));
            }
            SideOrder::Join(_) => {
                doing.in_room = true;
                *pressed += in_room(side, rng, &mut said);
            }
            SideOrder::Leave => said.push((now, MediaEvent::RoomLeft { side })),
            SideOrder::Membership(_) => {}
        }
        said
    }

    /// Whether an event that was to be said is still true now that its time has come: of each thing only one end is told.
    pub(crate) fn comes_true(&mut self, session: SessionId, event: &MediaEvent) -> bool {
        let side = match event {
            MediaEvent::PlayEnded { side, .. }
            | MediaEvent::Key { side, .. }
            | MediaEvent::KeysSent { side }
            | MediaEvent::RoomLeft { side } => *side,
            MediaEvent::RecordingEnded { recording, .. } => {
                let mut all = self.doing.iter_mut().filter(|((of, _), _)| *of == session);
                let is_it =
                    |doing: &mut Doing| doing.recording.take_if(|id| id == recording).is_some();
                return all.any(|(_, doing)| is_it(doing));
            }
            MediaEvent::Timeout { .. } | MediaEvent::Closed(_) => return true,
        };
        let Some(doing) = self.doing.get_mut(&(session, side == Side::Caller)) else {
            return false;
        };
        match event {
            // The next thing may be playing already by the time that this is told.
            MediaEvent::PlayEnded {
                end: PlayEnd::Stopped,
                ..
            } => true,
            MediaEvent::PlayEnded { play, .. } => doing.playing.take_if(|id| id == play).is_some(),
            MediaEvent::Key { .. } => doing.listening,
            MediaEvent::RoomLeft { .. } => std::mem::take(&mut doing.in_room),
            _ => true,
        }
    }
}

/// Keys of a room, until it is left with one, or the operator sends everybody out. How many there are.
fn in_room(side: Side, rng: &mut SmallRng, said: &mut Vec<Said>) -> u64 {
    let before = said.len();
    for key in ['*', '6', '*', '5', '*', '0', '#'] {
        if rng.random_bool(0.6) {
            said.push((some_time(rng, 10_000), MediaEvent::Key { side, key }));
        }
    }
    let pressed = (said.len() - before) as u64;
    said.push((some_time(rng, 20_000), MediaEvent::RoomLeft { side }));
    pressed
}

fn ended(why: RecordingStop, length: Duration) -> RecordingEnd {
    let kept = !matches!(why, RecordingStop::Failed(_)) && length > Duration::ZERO;
    RecordingEnd {
        why,
        length,
        url: kept.then(|| "file:///recordings/1.wav".to_owned()),
        format: "wav",
    }
}

fn some_time(rng: &mut SmallRng, most: u64) -> Duration {
    Duration::from_millis(rng.random_range(0..most))
}
