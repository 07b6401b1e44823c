//! Recordings on real and on bad disks.

use std::io;
use std::path::Path;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, sync_channel};

use switchhook_call::input::Input;
use switchhook_call::media_command::{MediaEvent, RecordedCall, RecordingId};
use switchhook_media::audio::tone::{Tone, amplitude};
use switchhook_media::codec::Encoding;
use switchhook_media::codec::g711::Law;
use switchhook_media::recording::Channel;
use switchhook_media::rtp::Packet;

use super::*;
use crate::limits;
use crate::recordings::disk::DiskFile;

const FRAME: Duration = Duration::from_millis(20);
const PATIENCE: Duration = Duration::from_secs(20);

/// A folder of its own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let name = format!("switchhook-recordings-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = std::fs::remove_dir_all(&path);
        std::fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn config(&self) -> RecordingConfig {
        RecordingConfig {
            folder: Some(self.0.clone()),
            url: Some("https://files.example.com/calls/".to_owned()),
            free_space_minimum: 0,
            ..RecordingConfig::default()
        }
    }

    fn file(&self) -> PathBuf {
        self.0.join("example.com/2026/11/20/call-1.wav")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn order(what: Recorded) -> RecordingOrder {
    RecordingOrder {
        recording: RecordingId(7),
        domain: "example.com".into(),
        name: "call-1".to_owned(),
        at: 1_795_190_400_000,
        call: RecordedCall::default(),
        what,
    }
}

fn formats() -> [Formats; 2] {
    [(); 2].map(|()| Formats::new([(8, Encoding::Pcma)]))
}

/// Where the end of recordings is told.
fn sink() -> (MediaSink, Receiver<RecordingEnd>) {
    let (sender, ends) = sync_channel(10);
    let sink: MediaSink = Arc::new(move |input| {
        if let Input::Media {
            event: MediaEvent::RecordingEnded { end, .. },
            ..
        } = input
        {
            sender.send(end).unwrap();
        }
    });
    (sink, ends)
}

/// Says a tone for so many frames, as if time went by.
struct Speaker {
    channel: Channel,
    tone: Tone,
    sequence: u16,
}

impl Speaker {
    fn new(channel: Channel, hertz: f64) -> Speaker {
        Speaker {
            channel,
            tone: Tone::new(hertz, 8_000, 8_000.0),
            sequence: 0,
        }
    }

    fn speak(&mut self, tap: &mut Tap, at: Instant) {
        let mut samples = [0; 160];
        self.tone.fill(&mut samples);
        let payload = samples.map(|sample| Law::A.encode(sample));
        let packet = Packet {
            payload_type: 8,
            marker: false,
            sequence: self.sequence,
            timestamp: u32::from(self.sequence) * 160,
            ssrc: 4,
            payload: &payload,
        };
        self.sequence += 1;
        tap.packet(self.channel, at, &packet.write());
    }
}

fn read(path: &Path) -> (hound::WavSpec, Vec<i16>) {
    let mut reader = hound::WavReader::open(path).unwrap();
    let samples = reader.samples().map(Result::unwrap).collect();
    (reader.spec(), samples)
}

#[test]
fn a_call_is_a_stereo_file_with_a_date_and_a_url() {
    let folder = Folder::new("call");
    let (sink, ends) = sink();
    let recorder = Recorder::start(folder.config(), None).unwrap();
    let began = Instant::now();
    let order = order(Recorded::Call);
    let mut tap = recorder.begin(SessionId(1), &order, formats(), began, &sink);
    let mut left = Speaker::new(Channel::Left, 440.0);
    let mut right = Speaker::new(Channel::Right, 1_000.0);
    let mut now = began;
    // Time goes by on the thread as well, so the frames come at their pace.
    for _ in 0..50 {
        left.speak(&mut tap, now);
        right.speak(&mut tap, now);
        now += FRAME;
        std::thread::sleep(now.saturating_duration_since(Instant::now()));
    }
    assert!(!folder.file().exists());
    drop(tap);
    let end = ends.recv_timeout(PATIENCE).unwrap();
    assert_eq!(end.why, RecordingStop::Stopped);
    let url = "https://files.example.com/calls/example.com/2026/11/20/call-1.wav";
    assert_eq!(end.url.as_deref(), Some(url));
    let (spec, samples) = read(&folder.file());
    assert_eq!((spec.channels, spec.sample_rate), (2, 8_000));
    let side = |number| -> Vec<i16> { samples.iter().skip(number).step_by(2).copied().collect() };
    assert!(amplitude(&side(0)[..7_800], 440.0, 8_000) > 7_000.0);
    assert!(amplitude(&side(1)[..7_800], 1_000.0, 8_000) > 7_000.0);
    assert!(amplitude(&side(0), 1_000.0, 8_000) < 30.0);
    let milliseconds = samples.len() as u128 / 16;
    assert!(end.length.as_millis().abs_diff(milliseconds) <= 1);
}

#[test]
fn without_a_folder_a_recording_fails_and_says_why() {
    let (sink, ends) = sink();
    let recorder = Recorder::start(RecordingConfig::default(), None).unwrap();
    let order = order(Recorded::Call);
    let tap = recorder.begin(SessionId(1), &order, formats(), Instant::now(), &sink);
    let end = ends.recv_timeout(PATIENCE).unwrap();
    assert!(matches!(end.why, RecordingStop::Failed(why) if why.contains("[recording] folder")));
    assert!(tap.is_over());
}

#[test]
fn what_is_said_when_the_switch_ends_is_kept() {
    let folder = Folder::new("end");
    let (sink, ends) = sink();
    let recorder = Recorder::start(folder.config(), None).unwrap();
    let now = Instant::now();
    let order = order(Recorded::Call);
    let mut tap = recorder.begin(SessionId(1), &order, formats(), now, &sink);
    let mut left = Speaker::new(Channel::Left, 440.0);
    for number in 0..20 {
        left.speak(&mut tap, now + FRAME * number);
    }
    std::thread::sleep(FRAME * 20);
    drop(recorder);
    assert!(ends.recv_timeout(PATIENCE).unwrap().url.is_some());
    assert!(read(&folder.file()).1.len() >= 2 * 8 * 390);
}

/// A disk that takes so many bytes, and each write after so long.
struct Slow {
    room: Arc<Mutex<usize>>,
    delay: Duration,
}

struct SlowFile {
    room: Arc<Mutex<usize>>,
    delay: Duration,
}

impl Disk for Slow {
    fn create(&self, _: &Path) -> io::Result<Box<dyn DiskFile>> {
        Ok(Box::new(SlowFile {
            room: Arc::clone(&self.room),
            delay: self.delay,
        }))
    }

    fn rename(&self, _: &Path, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn remove(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn free(&self, _: &Path) -> io::Result<u64> {
        Ok(u64::MAX)
    }
}

impl DiskFile for SlowFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        std::thread::sleep(self.delay);
        let mut room = self.room.lock().unwrap();
        if *room < bytes.len() {
            return Err(io::ErrorKind::StorageFull.into());
        }
        *room -= bytes.len();
        Ok(())
    }

    fn overwrite(&mut self, _: &[u8]) -> io::Result<()> {
        Ok(())
    }

    fn truncate(&mut self, _: u64) -> io::Result<()> {
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn a_full_disk_ends_the_recording_and_says_so() {
    let folder = Folder::new("full");
    let (sink, ends) = sink();
    let disk = Slow {
        room: Arc::new(Mutex::new(100)),
        delay: Duration::ZERO,
    };
    let recorder = Recorder::with_disk(folder.config(), None, Arc::new(disk)).unwrap();
    let now = Instant::now();
    let order = order(Recorded::Call);
    let tap = recorder.begin(SessionId(1), &order, formats(), now, &sink);
    std::thread::sleep(FRAME * 20);
    drop(tap);
    let end = ends.recv_timeout(PATIENCE).unwrap();
    assert!(matches!(end.why, RecordingStop::Failed(_)), "{end:?}");
    assert_eq!(end.url, None);
    assert_eq!(recorder.counted().failed.load(Ordering::Relaxed), 1);
}

#[test]
fn a_disk_that_stands_still_never_holds_up_who_hands_packets_over() {
    let folder = Folder::new("slow");
    let (sink, ends) = sink();
    let disk = Slow {
        room: Arc::new(Mutex::new(usize::MAX)),
        delay: Duration::from_secs(2),
    };
    let recorder = Recorder::with_disk(folder.config(), None, Arc::new(disk)).unwrap();
    let began = Instant::now();
    let order = order(Recorded::Call);
    let mut tap = recorder.begin(SessionId(1), &order, formats(), began, &sink);
    let packet = [0x80; 1_400];
    let fills = limits::RECORDED_BYTES_WAITING / packet.len() + 100;
    for _ in 0..fills {
        tap.packet(Channel::Left, began, &packet);
    }
    assert!(recorder.counted().lost.load(Ordering::Relaxed) >= 50);
    assert!(!tap.is_over());
    // It stands still for longer than a recording can bear.
    tap.packet(Channel::Left, began + limits::RECORDING_STUCK, &packet);
    assert!(tap.is_over());
    let end = ends.recv_timeout(PATIENCE).unwrap();
    assert!(matches!(end.why, RecordingStop::Failed(why) if why.contains("keep up")));
    // All of that took no longer than it takes without a disk, however long that took: the thread is in its first write still.
    assert!(
        began.elapsed() < Duration::from_secs(2),
        "{:?}",
        began.elapsed()
    );
}

#[test]
fn what_a_crash_has_left_is_completed_at_the_next_start() {
    let folder = Folder::new("crash");
    let path = folder.file();
    let unfinished = writing::unfinished(&path);
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut bytes = switchhook_media::recording::wav::header(2, 8_000, 320).to_vec();
    bytes.extend((0..4_003u32).map(|number| number as u8));
    std::fs::write(&unfinished, &bytes).unwrap();
    let nothing = path.with_file_name("other.wav.part");
    std::fs::write(&nothing, b"RIFF").unwrap();
    let recorder = Recorder::start(folder.config(), None).unwrap();
    assert!(!unfinished.exists() && !nothing.exists());
    assert_eq!(read(&path).1.len(), 2_000);
    drop(recorder);
}

#[test]
fn old_recordings_go_and_young_ones_stay() {
    let folder = Folder::new("old");
    let path = folder.file();
    std::fs::create_dir_all(path.parent().unwrap()).unwrap();
    std::fs::write(&path, b"old").unwrap();
    let other = path.with_extension("txt");
    std::fs::write(&other, b"an operator's own").unwrap();
    let week = Duration::from_secs(7 * 86_400);
    let now = std::time::SystemTime::now();
    assert_eq!(sweeper::sweep(&folder.0, week, now + week / 2), 0);
    assert_eq!(sweeper::sweep(&folder.0, week, now + week * 2), 1);
    assert!(other.exists() && !path.exists());
    std::fs::remove_file(&other).unwrap();
    sweeper::sweep(&folder.0, week, now);
    assert!(!folder.0.join("example.com").exists());
}
