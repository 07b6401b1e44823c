//! What a crash has left unfinished is completed: the sizes in the header are put right, and the file gets its name.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use switchhook_media::recording::wav::{self, HEADER_BYTES};

use crate::recordings::writing::UNFINISHED;

/// How deep below the folder recordings lie.
const DEPTH: usize = 5;

/// Completes every unfinished file below a folder.
pub(crate) fn complete(folder: &Path) {
    let mut unfinished = Vec::new();
    find(folder, DEPTH, &mut unfinished);
    for path in unfinished {
        match complete_file(&path) {
            Ok(Some(name)) => {
                let file = name.display();
                tracing::info!(%file, "a recording that was interrupted is complete up to there");
            }
            Ok(None) => {}
            Err(error) => {
                let file = path.display();
                tracing::warn!(%file, %error, "a recording that was interrupted stays unfinished");
            }
        }
    }
}

/// Completes one. `None`: nothing was in it, and it is gone.
///
/// # Errors
/// It is not a recording, or cannot be written.
pub fn complete_file(path: &Path) -> io::Result<Option<PathBuf>> {
    let mut file = OpenOptions::new().read(true).write(true).open(path)?;
    let length = file.metadata()?.len();
    let before = u64::try_from(HEADER_BYTES).unwrap_or(0);
    if length <= before {
        fs::remove_file(path)?;
        return Ok(None);
    }
    let mut header = [0; HEADER_BYTES];
    file.read_exact(&mut header)?;
    let not_ours = || io::Error::new(io::ErrorKind::InvalidData, "it has another header");
    let (channels, rate, _) = wav::read(&header).ok_or_else(not_ours)?;
    let frame = 2 * u64::from(channels.max(1));
    let bytes = (length - before) / frame * frame;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(&wav::header(channels, rate, bytes))?;
    file.set_len(before + bytes)?;
    file.sync_all()?;
    let name = path.with_extension("");
    fs::rename(path, &name)?;
    if let Some(folder) = name.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(Some(name))
}

fn find(folder: &Path, depth: usize, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(folder) else {
        return;
    };
    for entry in entries.flatten() {
        let path = entry.path();
        let Ok(kind) = entry.file_type() else {
            continue;
        };
        if kind.is_dir() && depth > 0 {
            find(&path, depth - 1, found);
        } else if kind.is_file() && path.extension().is_some_and(|e| e == UNFINISHED) {
            found.push(path);
        }
    }
}
