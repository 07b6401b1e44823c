//! Watches the files that the switch was made of, and tells the operator's side which have changed.
//!
//! It watches folders, not files: editors and deployments replace files. What counts is whether a file's identity, size or
//! time differs from before.

use std::collections::{HashMap, HashSet};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use tokio::sync::mpsc::{Receiver, channel};
use tokio::time::sleep;

use crate::limits;
use crate::operator::Operator;

/// What is watched, and how it was when it was last looked at.
pub struct Watch {
    watcher: RecommendedWatcher,
    folders: HashSet<PathBuf>,
    known: HashMap<PathBuf, Option<Fingerprint>>,
    events: Receiver<()>,
}

#[derive(Debug, PartialEq, Eq)]
struct Fingerprint {
    inode: u64,
    size: u64,
    modified: Option<SystemTime>,
}

/// A watcher that watches nothing yet, and what says that something has changed.
///
/// # Errors
/// The system cannot watch files.
pub fn changes() -> notify::Result<(RecommendedWatcher, Receiver<()>)> {
    // One waiting event says as much as many.
    let (sender, events) = channel(1);
    let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if event.map_or(true, |event| !event.kind.is_access()) {
            let _ = sender.try_send(());
        }
    })?;
    Ok((watcher, events))
}

impl Watch {
    /// Begins to watch these files. What changes from now on is told by [`Watch::run`], even if that begins later.
    ///
    /// # Errors
    /// The system cannot watch files.
    pub fn new(files: Vec<PathBuf>) -> notify::Result<Watch> {
        let (watcher, events) = changes()?;
        let mut watch = Watch {
            watcher,
            folders: HashSet::new(),
            known: HashMap::new(),
            events,
        };
        watch.follow(files);
        Ok(watch)
    }

    /// Tells the operator's side of changes, for as long as the task runs.
    pub async fn run(mut self, operator: Arc<Operator>) {
        while self.changed().await {
            let changed = self.compare();
            if !changed.is_empty() {
                operator.files_changed(&changed).await;
                self.follow(operator.files().await);
            }
        }
    }

    /// Watches the folders of these files, and no others.
    fn follow(&mut self, files: Vec<PathBuf>) {
        let folders: HashSet<_> = files.iter().map(|file| folder(file)).collect();
        for gone in self.folders.difference(&folders) {
            let _ = self.watcher.unwatch(gone);
        }
        for new in folders.difference(&self.folders) {
            if let Err(error) = self.watcher.watch(new, RecursiveMode::NonRecursive) {
                tracing::warn!(folder = %new.display(), %error, "changes will not be noticed");
            }
        }
        self.folders = folders;
        self.known.retain(|file, _| files.contains(file));
        for file in files {
            self.known
                .entry(file)
                .or_insert_with_key(|file| fingerprint(file));
        }
    }

    /// Waits for a change, and a moment longer for what belongs to it. False: there will be no more. A file that is
    /// still being written then does not load, leaves the old one in place, and is looked at again when it is whole.
    async fn changed(&mut self) -> bool {
        if self.events.recv().await.is_none() {
            return false;
        }
        sleep(limits::WATCH_SETTLE).await;
        let _ = self.events.try_recv();
        true
    }

    /// The files that differ from before. One that is gone is not told: its successor is.
    fn compare(&mut self) -> Vec<PathBuf> {
        let mut changed = Vec::new();
        for (file, known) in &mut self.known {
            let now = fingerprint(file);
            if now.is_some() && now != *known {
                *known = now;
                changed.push(file.clone());
            }
        }
        changed
    }
}

fn folder(file: &Path) -> PathBuf {
    match file.parent() {
        Some(folder) if folder != Path::new("") => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn fingerprint(file: &Path) -> Option<Fingerprint> {
    let metadata = std::fs::metadata(file).ok()?;
    let modified = metadata.modified().ok();
    Some(Fingerprint {
        inode: metadata.ino(),
        size: metadata.len(),
        modified,
    })
}
