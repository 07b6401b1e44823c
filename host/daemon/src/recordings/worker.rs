//! A thread that makes recordings: it takes packets from its queue, and writes what came of them. It alone waits for the disk.

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender};
use std::time::{Duration, Instant};

use switchhook_call::media_command::{RecordingEnd, RecordingStop};
use switchhook_media::recording::take::{Over, Take};

use crate::limits;
use crate::recordings::disk::Disk;
use crate::recordings::job::{Beginning, Job, Keeper, What};
use crate::recordings::tap::Teller;
use crate::recordings::writing::Writing;

/// How often what has come is written on.
const TURN: Duration = Duration::from_millis(100);

/// A recorder's thread.
pub(crate) struct Worker {
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) jobs: Receiver<Job>,
    pub(crate) waiting: Arc<AtomicUsize>,
    pub(crate) finisher: Sender<Finishing>,
    pub(crate) free_space_minimum: u64,
    pub(crate) active: HashMap<u64, Active>,
    pub(crate) samples: Vec<i16>,
}

/// A recording that goes on.
pub(crate) struct Active {
    began: Instant,
    take: Take,
    /// `None`: writing it has failed, and what still comes is nobody's.
    writing: Option<Writing>,
    url: String,
    teller: Arc<Teller>,
    keeper: Option<Box<dyn Keeper>>,
}

/// A recording whose file is complete but for its name.
pub(crate) struct Finishing {
    writing: Writing,
    kept_samples: u64,
    url: String,
    teller: Arc<Teller>,
    keeper: Option<Box<dyn Keeper>>,
    why: RecordingStop,
    length: Duration,
}

impl Worker {
    /// Runs until it is told to quit.
    pub(crate) fn run(mut self) {
        let mut next_turn = Instant::now() + TURN;
        loop {
            let now = Instant::now();
            match self
                .jobs
                .recv_timeout(next_turn.saturating_duration_since(now))
            {
                Ok(Job::Quit) | Err(RecvTimeoutError::Disconnected) => break,
                Ok(job) => self.obey(job),
                Err(RecvTimeoutError::Timeout) => {}
            }
            if Instant::now() >= next_turn {
                // Whatever arrived before this moment is in the queue and comes first: a disk that was slow loses nothing.
                let now = Instant::now();
                if !self.catch_up() {
                    break;
                }
                self.advance(now);
                next_turn = Instant::now() + TURN;
            }
        }
        let now = Instant::now();
        for (_, active) in std::mem::take(&mut self.active) {
            self.end(active, now, RecordingStop::Stopped);
        }
    }

    /// Does what is in the queue. `false`: it is to end.
    fn catch_up(&mut self) -> bool {
        loop {
            match self.jobs.try_recv() {
                Ok(Job::Quit) => return false,
                Ok(job) => self.obey(job),
                Err(_) => return true,
            }
        }
    }

    fn obey(&mut self, job: Job) {
        match job {
            Job::Begin {
                number,
                at,
                beginning,
            } => self.begin(number, at, *beginning),
            Job::Of { number, at, what } => self.go_on(number, at, what),
            Job::Quit => {}
        }
    }

    fn begin(&mut self, number: u64, at: Instant, beginning: Beginning) {
        let Beginning {
            take,
            path,
            url,
            teller,
            mut keeper,
        } = beginning;
        let begun = self.has_room(&path).and_then(|()| {
            if let Some(keeper) = &mut keeper {
                keeper.begun()?;
            }
            Writing::begin(&self.disk, &path, take.channels(), take.rate())
        });
        let writing = match begun {
            Ok(writing) => writing,
            Err(error) => return fail(&teller, keeper, &error),
        };
        self.active.insert(
            number,
            Active {
                began: at,
                take,
                writing: Some(writing),
                url,
                teller,
                keeper,
            },
        );
    }

    fn has_room(&self, path: &std::path::Path) -> io::Result<()> {
        let folder = path.parent().unwrap_or(path);
        if self.disk.free(folder)? < self.free_space_minimum {
            return Err(io::Error::new(
                io::ErrorKind::StorageFull,
                "less is free on the disk than `free_space_minimum_mb` says",
            ));
        }
        Ok(())
    }

    fn go_on(&mut self, number: u64, at: Instant, what: What) {
        if let What::Packet { bytes, .. } = &what {
            self.waiting.fetch_sub(bytes.len(), Ordering::Relaxed);
        }
        let Some(active) = self.active.get_mut(&number) else {
            return;
        };
        let since = at.saturating_duration_since(active.began);
        match what {
            What::Packet { channel, bytes } => active.take.push(since, channel, &bytes),
            What::Formats { channel, formats } => active.take.set_formats(channel, formats),
            What::Pause(paused) => {
                self.samples.clear();
                active.take.pause(since, paused, &mut self.samples);
                active.write(&self.samples);
            }
            What::Stop => {
                if let Some(active) = self.active.remove(&number) {
                    self.end(active, at, RecordingStop::Stopped);
                }
            }
        }
    }

    fn advance(&mut self, now: Instant) {
        let mut over = Vec::new();
        for (number, active) in &mut self.active {
            let since = now.saturating_duration_since(active.began);
            self.samples.clear();
            let end = active.take.advance(since, &mut self.samples);
            active.write(&self.samples);
            if let Some(end) = end {
                over.push((*number, end));
            }
        }
        for (number, end) in over {
            if let Some(active) = self.active.remove(&number) {
                let why = match end {
                    Over::Silence => RecordingStop::Silence,
                    Over::Longest => RecordingStop::Longest,
                };
                self.end(active, now, why);
            }
        }
    }

    fn end(&mut self, mut active: Active, at: Instant, why: RecordingStop) {
        let since = at.saturating_duration_since(active.began);
        self.samples.clear();
        active.take.finish(since, &mut self.samples);
        active.write(&self.samples);
        let Some(writing) = active.writing else {
            return;
        };
        let kept_samples = active.take.kept();
        let finishing = Finishing {
            writing,
            kept_samples,
            url: active.url,
            teller: active.teller,
            keeper: active.keeper,
            why,
            length: active.take.length(kept_samples),
        };
        // Without a finisher the switch is ending in disorder; the next start completes the file.
        let _ = self.finisher.send(finishing);
    }
}

impl Active {
    /// Writes samples; a disk that does not take them ends the recording.
    fn write(&mut self, samples: &[i16]) {
        let Some(writing) = &mut self.writing else {
            return;
        };
        if let Err(error) = writing.write(samples) {
            // What is on the disk already is completed at the next start.
            self.writing = None;
            fail(&self.teller, self.keeper.take(), &error);
        }
    }
}

/// Completes files, one after another: it waits for the disk, and the recordings that go on do not.
pub(crate) fn finish_all(files: &Receiver<Finishing>) {
    while let Ok(file) = files.recv() {
        file.finish();
    }
}

impl Finishing {
    fn finish(self) {
        let Finishing {
            writing,
            kept_samples,
            url,
            teller,
            keeper,
            why,
            length,
        } = self;
        let is_something = length >= limits::SHORTEST_RECORDING;
        if !is_something {
            writing.discard();
        } else if let Err(error) = writing.finish(kept_samples) {
            return fail(&teller, keeper, &error);
        }
        if let Some(keeper) = keeper {
            let milliseconds = u64::try_from(length.as_millis()).unwrap_or(u64::MAX);
            keeper.ended(is_something.then_some(milliseconds));
        }
        let counted = &teller.counted;
        counted.completed.fetch_add(1, Ordering::Relaxed);
        teller.tell(RecordingEnd {
            why,
            length: if is_something { length } else { Duration::ZERO },
            url: is_something.then_some(url),
            format: "wav",
        });
    }
}

fn fail(teller: &Teller, keeper: Option<Box<dyn Keeper>>, error: &io::Error) {
    if let Some(keeper) = keeper {
        keeper.ended(None);
    }
    teller.tell(RecordingEnd {
        why: RecordingStop::Failed(error.to_string()),
        length: Duration::ZERO,
        url: None,
        format: "wav",
    });
}
