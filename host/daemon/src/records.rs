//! Call records as JSON lines, appended by a thread of their own. A slow or full disk costs records, never calls.

use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::JoinHandle;

use switchhook_routing::record::CallRecord;

use crate::limits;

/// Takes records; the file is closed when it is dropped.
#[derive(Debug)]
pub struct Records {
    sender: Option<SyncSender<Box<CallRecord>>>,
    thread: Option<JoinHandle<()>>,
    dropped: Arc<AtomicU64>,
}

impl Records {
    /// Opens the file for appending and starts the thread. `None`: records go nowhere.
    ///
    /// # Errors
    /// The file cannot be opened.
    pub fn open(path: Option<&Path>) -> io::Result<Records> {
        let dropped = Arc::new(AtomicU64::new(0));
        let Some(path) = path else {
            return Ok(Records {
                sender: None,
                thread: None,
                dropped,
            });
        };
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        let (sender, receiver) = sync_channel(limits::WAITING_RECORDS);
        let writer = Writer {
            path: path.to_owned(),
            dropped: Arc::clone(&dropped),
        };
        let thread = std::thread::Builder::new()
            .name("records".to_owned())
            .spawn(move || writer.run(file, &receiver))?;
        Ok(Records {
            sender: Some(sender),
            thread: Some(thread),
            dropped,
        })
    }

    /// Hands a record to the thread; drops and counts it if too many wait.
    pub fn append(&self, record: Box<CallRecord>) {
        if let Some(sender) = &self.sender
            && sender.try_send(record).is_err()
        {
            let dropped = self.dropped.fetch_add(1, Ordering::Relaxed) + 1;
            if dropped.is_power_of_two() {
                tracing::error!(
                    dropped,
                    "call records are dropped: the disk does not keep up"
                );
            }
        }
    }

    /// Records that were dropped or could not be written.
    pub fn dropped(&self) -> u64 {
        self.dropped.load(Ordering::Relaxed)
    }
}

impl Drop for Records {
    fn drop(&mut self) {
        self.sender = None;
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

struct Writer {
    path: PathBuf,
    dropped: Arc<AtomicU64>,
}

impl Writer {
    /// Waits a moment after the first record, then writes all there are: many share a write, and a call does not wake a thread.
    fn run(&self, file: File, records: &Receiver<Box<CallRecord>>) {
        let mut file = BufWriter::new(file);
        while let Ok(first) = records.recv() {
            std::thread::sleep(limits::RECORDS_SETTLE);
            let waiting = std::iter::once(first).chain(records.try_iter());
            let mut count = 0;
            let written = waiting
                .take(limits::WAITING_RECORDS)
                .try_for_each(|record| {
                    count += 1;
                    serde_json::to_writer(&mut file, &record)?;
                    file.write_all(b"\n")
                });
            if let Err(error) = written.and_then(|()| file.flush()) {
                self.dropped.fetch_add(count, Ordering::Relaxed);
                let path = self.path.display();
                tracing::error!(%path, %error, records = count, "call records cannot be written");
            }
        }
    }
}
