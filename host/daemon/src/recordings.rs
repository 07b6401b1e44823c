//! Recordings: files of what was said in calls, and messages that callers left.
//!
//! The media threads hand packets over and never wait ([`tap`]); the recorder's own threads decode, lay both directions on one
//! clock (`switchhook_media::recording`) and write ([`worker`]). A disk that is full or slow ends recordings, not calls.

pub mod config;
pub mod disk;
pub mod job;
mod names;
mod recovery;
mod sweeper;
pub mod tap;
mod worker;
mod writing;

pub use config::RecordingConfig;
pub use names::safe;
pub use recovery::complete_file;
pub use tap::Tap;

use std::collections::HashMap;
use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use switchhook_call::keys::SessionId;
use switchhook_call::media_command::{
    MailboxOrder, Recorded, RecordingEnd, RecordingOrder, RecordingStop,
};
use switchhook_media::recording::sound::Formats;
use switchhook_media::recording::take::{Kind, Take};

use crate::media_shell::config::MediaSink;
use crate::recordings::disk::{Disk, LocalDisk};
use crate::recordings::job::{Beginning, Job, Keeper};
use crate::recordings::sweeper::Sweeper;
use crate::recordings::tap::Teller;
use crate::recordings::worker::{Worker, finish_all};

/// What was counted since the start.
#[derive(Debug, Default)]
pub struct Counted {
    /// Recordings that were begun.
    pub begun: AtomicU64,
    /// Recordings that ended as they should.
    pub completed: AtomicU64,
    /// Recordings that failed.
    pub failed: AtomicU64,
    /// Packets that are missing in recordings because the disk did not keep up.
    pub lost: AtomicU64,
}

/// Whom messages and greetings of mailboxes belong to.
pub trait Letterbox: Send + Sync {
    /// Where the file of a message or a greeting goes, and whom to tell when it is complete.
    ///
    /// # Errors
    /// There is no such mailbox, or it is full: the text says so.
    fn accept(
        self: Arc<Self>,
        order: &RecordingOrder,
        mailbox: &MailboxOrder,
    ) -> Result<(PathBuf, Box<dyn Keeper>), String>;
}

/// Makes recordings. Dropping it completes those that go on.
pub struct Recorder {
    config: RecordingConfig,
    letterbox: Option<Arc<dyn Letterbox>>,
    queues: Vec<Queue>,
    next: AtomicU64,
    counted: Arc<Counted>,
    threads: Mutex<Vec<JoinHandle<()>>>,
    sweeper: Option<Sweeper>,
}

/// The way to one of the recorder's threads.
struct Queue {
    jobs: Sender<Job>,
    waiting: Arc<AtomicUsize>,
}

impl Recorder {
    /// Starts the threads, and completes what a crash has left unfinished.
    ///
    /// # Errors
    /// A thread cannot be had.
    pub fn start(
        config: RecordingConfig,
        letterbox: Option<Arc<dyn Letterbox>>,
    ) -> io::Result<Recorder> {
        let mut recorder = Recorder::with_disk(config, letterbox, Arc::new(LocalDisk))?;
        if let Some(folder) = recorder.config.folder.clone() {
            recovery::complete(&folder);
            let retention = recorder.config.retention;
            recorder.sweeper = retention
                .map(|retention| Sweeper::start(folder, retention))
                .transpose()?;
        }
        Ok(recorder)
    }

    /// The same upon another disk, without looking at what is there.
    ///
    /// # Errors
    /// A thread cannot be had.
    pub fn with_disk(
        config: RecordingConfig,
        letterbox: Option<Arc<dyn Letterbox>>,
        disk: Arc<dyn Disk>,
    ) -> io::Result<Recorder> {
        let mut recorder = Recorder {
            letterbox,
            queues: Vec::new(),
            next: AtomicU64::new(0),
            counted: Arc::new(Counted::default()),
            threads: Mutex::default(),
            sweeper: None,
            config,
        };
        let (finisher, files) = channel();
        for number in 0..recorder.config.threads.max(1) {
            let (sender, jobs) = channel();
            let waiting = Arc::new(AtomicUsize::new(0));
            recorder.queues.push(Queue {
                jobs: sender,
                waiting: Arc::clone(&waiting),
            });
            let worker = Worker {
                disk: Arc::clone(&disk),
                jobs,
                waiting,
                finisher: finisher.clone(),
                free_space_minimum: recorder.config.free_space_minimum,
                active: HashMap::new(),
                samples: Vec::new(),
            };
            recorder.spawn(format!("recorder-{number}"), move || worker.run())?;
        }
        drop(finisher);
        recorder.spawn("recorder-end".to_owned(), move || finish_all(&files))?;
        Ok(recorder)
    }

    /// Begins a recording, whose end `sink` is told. `formats`: what the payload types mean of what the side says, and of what
    /// it hears. Never blocks.
    pub fn begin(
        &self,
        session: SessionId,
        order: &RecordingOrder,
        formats: [Formats; 2],
        now: Instant,
        sink: &MediaSink,
    ) -> Tap {
        self.counted.begun.fetch_add(1, Ordering::Relaxed);
        let teller = Arc::new(Teller {
            session,
            recording: order.recording,
            sink: Arc::clone(sink),
            told: AtomicBool::new(false),
            lost: AtomicU64::new(0),
            counted: Arc::clone(&self.counted),
        });
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let queue = self.queue(number);
        let tap = Tap {
            number,
            jobs: queue.jobs.clone(),
            waiting: Arc::clone(&queue.waiting),
            teller: Arc::clone(&teller),
            stuck: None,
        };
        match self.beginning(order, formats, &teller) {
            Ok(beginning) => {
                let beginning = Box::new(beginning);
                let _ = queue.jobs.send(Job::Begin {
                    number,
                    at: now,
                    beginning,
                });
            }
            Err(why) => teller.tell(RecordingEnd {
                why: RecordingStop::Failed(why),
                length: Duration::ZERO,
                url: None,
                format: "wav",
            }),
        }
        tap
    }

    /// What was counted.
    pub fn counted(&self) -> &Counted {
        &self.counted
    }

    /// Completes all recordings, and makes no more of them.
    pub fn finish(&self) {
        for queue in &self.queues {
            let _ = queue.jobs.send(Job::Quit);
        }
        let threads = std::mem::take(&mut *self.threads());
        for thread in threads {
            let _ = thread.join();
        }
    }

    fn threads(&self) -> MutexGuard<'_, Vec<JoinHandle<()>>> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn beginning(
        &self,
        order: &RecordingOrder,
        formats: [Formats; 2],
        teller: &Arc<Teller>,
    ) -> Result<Beginning, String> {
        let (kind, longest, mailbox) = match &order.what {
            Recorded::Call => (Kind::Call, self.config.longest, None),
            Recorded::Message {
                longest,
                silence,
                mailbox,
            } => {
                let silence = *silence;
                let longest = (*longest).min(self.config.longest);
                (Kind::Message { silence }, longest, mailbox.as_ref())
            }
        };
        let (path, keeper) = match (mailbox, &self.letterbox) {
            (None, _) => {
                let folder = self.config.folder.as_ref();
                let folder = folder.ok_or("there is no [recording] folder in the configuration")?;
                (folder.join(names::path(order)), None)
            }
            (Some(mailbox), Some(letterbox)) => {
                let (path, keeper) = Arc::clone(letterbox).accept(order, mailbox)?;
                (path, Some(keeper))
            }
            (Some(_), None) => return Err("this switch has no mailboxes".to_owned()),
        };
        let url = match (&self.config.url, mailbox) {
            (Some(prefix), None) => names::url(prefix, order),
            _ => names::file_url(&path),
        };
        let rate = self.config.rate.unwrap_or_else(|| {
            let best = formats.iter().map(Formats::sample_rate).max();
            best.unwrap_or(8_000).min(16_000)
        });
        Ok(Beginning {
            take: Take::new(kind, rate, longest, formats),
            path,
            url,
            teller: Arc::clone(teller),
            keeper,
        })
    }

    fn queue(&self, number: u64) -> &Queue {
        let count = u64::try_from(self.queues.len()).unwrap_or(1).max(1);
        let chosen = usize::try_from(number % count).unwrap_or(0);
        &self.queues[chosen]
    }

    fn spawn(&self, name: String, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let thread = std::thread::Builder::new().name(name).spawn(run)?;
        self.threads().push(thread);
        Ok(())
    }
}

impl std::fmt::Debug for Recorder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Recorder")
            .field("config", &self.config)
            .field("counted", &self.counted)
            .finish_non_exhaustive()
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        self.finish();
    }
}

#[cfg(test)]
mod tests;
