//! A message of a mailbox: what is kept of it beside its sound.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use serde::{Deserialize, Serialize};

/// What is kept of a message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Names it within its mailbox; its file is called so.
    pub id: String,
    /// The calling number; empty: it was withheld.
    pub caller: String,
    /// The display name of the caller; empty: there was none.
    pub caller_name: String,
    /// The number that was called.
    pub callee: String,
    /// The identifier of the call, as in its record.
    pub call_id: String,
    /// When it began: milliseconds since the Unix epoch.
    pub received_at: u64,
    /// How long it is.
    pub milliseconds: u64,
    /// Whether it was heard.
    pub heard: bool,
}

/// Writes a file so that it is there whole or not at all.
///
/// # Errors
/// It cannot be written.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let mut name = path.as_os_str().to_owned();
    name.push(".new");
    let new = Path::new(&name);
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut file = File::create(new)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(new, path)?;
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}
