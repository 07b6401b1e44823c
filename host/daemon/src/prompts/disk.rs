//! Files that outlive the switch: what URLs gave and what was spoken, one file each, a line about it first. The oldest go when there are
//! too many bytes. Everything here blocks for the disk, and whatever fails is as if nothing were kept.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The longest first line that is read: bytes.
const HEAD_BYTES: usize = 16 << 10;
/// The ending of the files' names.
const ENDING: &str = "sound";

/// What is known of something that is kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Head {
    /// What it is: the URL, or the engine and what it was to say.
    pub(super) key: String,
    /// The ETag field of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) etag: Option<String>,
    /// The Last-Modified field of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) last_modified: Option<String>,
    /// When it was asked for last: seconds since 1970.
    pub(super) asked: u64,
    /// For how long it need not be asked for again: seconds.
    pub(super) fresh_seconds: u64,
}

/// A folder of them.
#[derive(Debug, Clone)]
pub(super) struct Disk {
    folder: PathBuf,
    most: u64,
}

impl Disk {
    /// In a folder, which is made when it is needed.
    pub(super) fn new(folder: PathBuf, most: u64) -> Disk {
        Disk { folder, most }
    }

    /// What is kept under a key, at most `limit` bytes.
    pub(super) fn get(&self, key: &str, limit: usize) -> Option<(Head, Vec<u8>)> {
        let file = fs::File::open(self.path(key)).ok()?;
        let mut bytes = Vec::new();
        let most = (limit + HEAD_BYTES) as u64;
        file.take(most).read_to_end(&mut bytes).ok()?;
        let line = bytes.iter().position(|byte| *byte == b'\n')?;
        let head: Head = serde_json::from_slice(bytes.get(..line)?).ok()?;
        let body = bytes.split_off(line + 1);
        (head.key == key && body.len() <= limit).then_some((head, body))
    }

    /// Keeps something under its key. A file is there whole or not at all.
    pub(super) fn put(&self, head: &Head, body: &[u8]) -> io::Result<()> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        fs::create_dir_all(&self.folder)?;
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let name = format!("{}-{number}.new", std::process::id());
        let draft = self.folder.join(name);
        let write = || {
            let mut file = fs::File::create(&draft)?;
            serde_json::to_writer(&mut file, head)?;
            file.write_all(b"\n")?;
            file.write_all(body)?;
            fs::rename(&draft, self.path(&head.key))
        };
        let written = write();
        if written.is_err() {
            let _ = fs::remove_file(&draft);
        }
        self.make_room();
        written
    }

    /// Forgets what is kept under a key.
    pub(super) fn remove(&self, key: &str) {
        let _ = fs::remove_file(self.path(key));
    }

    fn path(&self, key: &str) -> PathBuf {
        let hash = Sha256::digest(key);
        let name: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
        self.folder.join(name).with_extension(ENDING)
    }

    /// Removes the oldest files while all have too many bytes.
    fn make_room(&self) {
        let Ok(entries) = fs::read_dir(&self.folder) else {
            return;
        };
        let mut files: Vec<(SystemTime, u64, PathBuf)> = entries
            .flatten()
            .filter(|entry| is_ours(&entry.path()))
            .filter_map(|entry| {
                let metadata = entry.metadata().ok()?;
                Some((metadata.modified().ok()?, metadata.len(), entry.path()))
            })
            .collect();
        let mut bytes: u64 = files.iter().map(|(_, length, _)| length).sum();
        files.sort();
        for (_, length, path) in files {
            if bytes <= self.most {
                break;
            }
            if fs::remove_file(path).is_ok() {
                bytes -= length;
            }
        }
    }
}

/// The folder may be shared with others.
fn is_ours(path: &Path) -> bool {
    path.extension().is_some_and(|ending| ending == ENDING)
}

#[cfg(test)]
mod tests;
