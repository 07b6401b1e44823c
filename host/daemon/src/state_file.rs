//! What must survive a restart, in a file: JSON lines, the latest of its kind counts. A thread of its own writes it, so that
//! the loop never waits for a disk. A store in a database takes its place by the same two functions.
//!
//! What is lost: when the process is killed, what was kept within the last [`limits::STATE_SETTLE`]; when the machine loses
//! its power, within the last [`limits::STATE_SYNC`] besides. A line that was not written to its end is passed over.

use std::collections::HashMap;
use std::fs::{self, File, OpenOptions};
use std::hash::{BuildHasher, RandomState};
use std::io::{self, BufRead, BufReader, BufWriter, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::JoinHandle;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use switchhook_call::kept::Kept;

use crate::limits;

/// Takes what is to be kept; what waits is written when it is dropped.
#[derive(Debug)]
pub struct StateFile {
    sender: Option<SyncSender<Box<Kept>>>,
    thread: Option<JoinHandle<()>>,
    dropped: Arc<AtomicU64>,
}

impl StateFile {
    /// Opens the file and gives what was kept in it. `None`: nothing is kept.
    ///
    /// # Errors
    /// The file cannot be read, or not be written anew.
    pub fn open(path: Option<&Path>) -> io::Result<(StateFile, Vec<Kept>)> {
        let dropped = Arc::new(AtomicU64::new(0));
        let Some(path) = path else {
            let file = StateFile {
                sender: None,
                thread: None,
                dropped,
            };
            return Ok((file, Vec::new()));
        };
        let all = latest(path)?;
        let (sender, receiver) = sync_channel(limits::WAITING_STATE);
        let writer = Writer {
            file: compacted(path)?,
            path: path.to_owned(),
            bytes: 0,
            compact_at: 0,
            unsynced: None,
            dropped: Arc::clone(&dropped),
        };
        let thread = std::thread::Builder::new()
            .name("state".to_owned())
            .spawn(move || writer.run(&receiver))?;
        let file = StateFile {
            sender: Some(sender),
            thread: Some(thread),
            dropped,
        };
        Ok((file, all))
    }

    /// Hands a piece to the thread; drops and counts it if too many wait.
    pub fn keep(&self, kept: Box<Kept>) {
        if let Some(sender) = &self.sender
            && sender.try_send(kept).is_err()
        {
            let dropped = self.dropped.fetch_add(1, Ordering::Relaxed) + 1;
            if dropped.is_power_of_two() {
                tracing::error!(dropped, "state is not kept: the disk does not keep up");
            }
        }
    }

    /// Pieces that were dropped or could not be written.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

impl Drop for StateFile {
    fn drop(&mut self) {
        self.sender = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Writer {
    path: PathBuf,
    file: File,
    /// Size of the file.
    bytes: u64,
    /// The size at which it is written anew.
    compact_at: u64,
    /// Since when something waits to reach the disk itself.
    unsynced: Option<Instant>,
    dropped: Arc<AtomicU64>,
}

impl Writer {
    /// Waits a moment after the first piece, then writes all there are: many share a write.
    fn run(mut self, pieces: &Receiver<Box<Kept>>) {
        self.measure();
        loop {
            let first = match self.unsynced {
                None => pieces.recv().map_err(|_| RecvTimeoutError::Disconnected),
                Some(since) => {
                    pieces.recv_timeout(limits::STATE_SYNC.saturating_sub(since.elapsed()))
                }
            };
            match first {
                Ok(first) => {
                    std::thread::sleep(limits::STATE_SETTLE);
                    let waiting = std::iter::once(first).chain(pieces.try_iter());
                    self.write(waiting.take(limits::WAITING_STATE));
                }
                Err(RecvTimeoutError::Timeout) => {}
                Err(RecvTimeoutError::Disconnected) => return self.sync(),
            }
            if (self.unsynced).is_some_and(|since| since.elapsed() >= limits::STATE_SYNC) {
                self.sync();
            }
            if self.bytes >= self.compact_at {
                self.compact();
            }
        }
    }

    fn write(&mut self, pieces: impl Iterator<Item = Box<Kept>>) {
        let mut lines = Vec::new();
        let mut count = 0;
        for kept in pieces {
            count += 1;
            // Writing into memory does not fail.
            let _ = serde_json::to_writer(&mut lines, &kept);
            lines.push(b'\n');
        }
        self.unsynced.get_or_insert_with(Instant::now);
        match self.file.write_all(&lines) {
            Ok(()) => self.bytes += lines.len() as u64,
            Err(error) => self.failed(count, &error),
        }
    }

    fn sync(&mut self) {
        self.unsynced = None;
        if let Err(error) = self.file.sync_data() {
            self.failed(0, &error);
        }
    }

    fn compact(&mut self) {
        match compacted(&self.path) {
            Ok(file) => self.file = file,
            Err(error) => self.failed(0, &error),
        }
        self.measure();
    }

    fn measure(&mut self) {
        self.bytes = self.file.metadata().map_or(0, |data| data.len());
        self.compact_at = 2 * self.bytes + limits::STATE_BYTES;
    }

    fn failed(&self, pieces: u64, error: &io::Error) {
        self.dropped.fetch_add(pieces, Ordering::Relaxed);
        let path = self.path.display();
        tracing::error!(%path, %error, pieces, "state cannot be written");
    }
}

/// What a file says last of everything, what means nothing any more left out. A file that is not there says nothing.
fn latest(path: &Path) -> io::Result<Vec<Kept>> {
    let mut all: Vec<Option<Kept>> = Vec::new();
    let mut places: HashMap<u64, usize> = HashMap::new();
    let hasher = RandomState::new();
    let mut damaged = 0_u64;
    each_line(path, |line| {
        let Ok(kept) = serde_json::from_slice::<Kept>(line) else {
            damaged += 1;
            return;
        };
        let key = hasher.hash_one(kept.key());
        let place = all.len();
        if let Some(before) = places.insert(key, place).and_then(|at| all.get_mut(at)) {
            *before = None;
        }
        all.push(Some(kept));
    })?;
    if damaged > 0 {
        let path = path.display();
        tracing::warn!(%path, lines = damaged, "lines of the state file cannot be read and are passed over");
    }
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap_or_default();
    let now = u64::try_from(now.as_millis()).unwrap_or(u64::MAX);
    let lasting = all.into_iter().flatten().filter(|kept| !kept.is_void(now));
    Ok(lasting.collect())
}

/// Writes a file anew beside the old one and puts it in its place: at any time there is a whole one. Gives the new one, to be
/// appended to.
fn compacted(path: &Path) -> io::Result<File> {
    let all = latest(path)?;
    let new = path.with_added_extension("new");
    let _ = fs::remove_file(&new);
    // It may hold what registrations are checked against.
    let file = OpenOptions::new()
        .create_new(true)
        .append(true)
        .mode(0o600)
        .open(&new)?;
    let mut writer = BufWriter::new(file);
    for kept in all {
        serde_json::to_writer(&mut writer, &kept)?;
        writer.write_all(b"\n")?;
    }
    let file = writer.into_inner().map_err(|error| error.into_error())?;
    file.sync_all()?;
    fs::rename(&new, path)?;
    if let Some(folder) = path.parent().and_then(|folder| File::open(folder).ok()) {
        let _ = folder.sync_all();
    }
    Ok(file)
}

/// Reads a file line by line; one that is not there has none.
fn each_line(path: &Path, mut each: impl FnMut(&[u8])) -> io::Result<()> {
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let mut reader = BufReader::new(file);
    let mut line = Vec::new();
    loop {
        line.clear();
        let length = reader.read_until(b'\n', &mut line)?;
        if length == 0 {
            return Ok(());
        }
        let line = line.strip_suffix(b"\n").unwrap_or(&line);
        if !line.is_empty() {
            each(line);
        }
    }
}

#[cfg(test)]
#[path = "state_file_tests.rs"]
mod tests;
