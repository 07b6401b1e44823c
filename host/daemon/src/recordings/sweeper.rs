//! Removes recordings that are older than they are to be kept. It looks at files, not at a list of them, so that what an
//! operator copies there or takes away is treated alike.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime};

use crate::limits;
use crate::recordings::names::EXTENSION;

/// How deep below the folder recordings lie.
const DEPTH: usize = 5;

/// The sweeping thread; dropping this ends it.
pub(crate) struct Sweeper {
    stop: Option<Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Sweeper {
    /// Sweeps now, and from now on regularly.
    ///
    /// # Errors
    /// The thread cannot be had.
    pub(crate) fn start(folder: PathBuf, retention: Duration) -> io::Result<Sweeper> {
        let (stop, stopped) = channel::<()>();
        let run = move || {
            loop {
                sweep(&folder, retention, SystemTime::now());
                let waited = stopped.recv_timeout(limits::RECORDINGS_SWEEP);
                if waited != Err(RecvTimeoutError::Timeout) {
                    return;
                }
            }
        };
        let thread = std::thread::Builder::new().name("recordings".to_owned());
        Ok(Sweeper {
            stop: Some(stop),
            thread: Some(thread.spawn(run)?),
        })
    }
}

impl Drop for Sweeper {
    fn drop(&mut self) {
        drop(self.stop.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Removes the recordings below a folder that were completed longer ago than that, and folders that are empty then. How many.
pub(crate) fn sweep(folder: &Path, retention: Duration, now: SystemTime) -> usize {
    let mut removed = 0;
    sweep_folder(folder, retention, now, DEPTH, &mut removed);
    if removed > 0 {
        tracing::info!(removed, "recordings were removed: they are old enough");
    }
    removed
}

fn sweep_folder(
    folder: &Path,
    retention: Duration,
    now: SystemTime,
    depth: usize,
    removed: &mut usize,
) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        if kind.is_dir() && depth > 0 {
            sweep_folder(&path, retention, now, depth - 1, removed);
            // It fails where something is left, and that is what is wanted.
            let _ = fs::remove_dir(&path);
        } else if kind.is_file() && path.extension().is_some_and(|e| e == EXTENSION) {
            let written = entry.metadata().and_then(|metadata| metadata.modified());
            let age = written.map(|written| now.duration_since(written).unwrap_or_default());
            if age.is_ok_and(|age| age > retention) && fs::remove_file(&path).is_ok() {
                *removed += 1;
            }
        }
    }
}
