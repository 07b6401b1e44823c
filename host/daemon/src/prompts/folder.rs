//! The media folder: which file a prompt means, and that it lies within.

use std::fs::{self, Metadata};
use std::io::Read;
use std::path::{Component, Path, PathBuf};
use std::time::SystemTime;

/// The longest path of a prompt: bytes, as `wit/types.wit` has it.
const PATH_BYTES: usize = 512;

/// A file of the folder as it is now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Found {
    /// Where it really is.
    pub(super) path: PathBuf,
    /// When it was changed, and its size: another file if these are others.
    pub(super) state: (Option<SystemTime>, u64),
}

/// Finds a file by its path in the folder. Blocks for the disk.
///
/// # Errors
/// A sentence: there is none, or it lies outside.
pub(super) fn find(folder: Option<&Path>, path: &str) -> Result<Found, String> {
    let folder = folder.ok_or("the configuration has no `[media] folder`")?;
    if path.is_empty() || path.len() > PATH_BYTES || path.contains('\0') {
        return Err("a path has 1 to 512 bytes".to_owned());
    }
    let inside = |part| matches!(part, Component::Normal(_) | Component::CurDir);
    if !Path::new(path).components().all(inside) {
        return Err(outside(path));
    }
    let cannot = |error: std::io::Error| format!("{path}: {error}");
    let folder = fs::canonicalize(folder)
        .map_err(|error| format!("the media folder {}: {error}", folder.display()))?;
    // Symbolic links are followed, and must not lead out.
    let found = fs::canonicalize(folder.join(path)).map_err(cannot)?;
    if !found.starts_with(&folder) {
        return Err(outside(path));
    }
    let metadata = fs::metadata(&found).map_err(cannot)?;
    // Opening a pipe would wait for who writes to it.
    if !metadata.is_file() {
        return Err(format!("{path} is no file"));
    }
    Ok(Found {
        path: found,
        state: state(&metadata),
    })
}

/// Looks whether a file is there and can be read. Blocks for the disk.
///
/// # Errors
/// A sentence.
pub fn check(folder: Option<&Path>, path: &str) -> Result<(), String> {
    let found = find(folder, path)?;
    match fs::File::open(&found.path) {
        Ok(_) => Ok(()),
        Err(error) => Err(format!("{path}: {error}")),
    }
}

/// Reads a file that was found. Blocks for the disk.
///
/// # Errors
/// It cannot be read, or has more than `limit` bytes.
pub(super) fn read(found: &Found, limit: usize) -> Result<Vec<u8>, String> {
    let cannot = |error: std::io::Error| format!("{}: {error}", found.path.display());
    let file = fs::File::open(&found.path).map_err(cannot)?;
    let mut bytes = Vec::new();
    let most = limit as u64 + 1;
    file.take(most).read_to_end(&mut bytes).map_err(cannot)?;
    if bytes.len() > limit {
        return Err(format!("it is larger than {limit} bytes"));
    }
    Ok(bytes)
}

fn state(metadata: &Metadata) -> (Option<SystemTime>, u64) {
    (metadata.modified().ok(), metadata.len())
}

fn outside(path: &str) -> String {
    format!("\"{path}\" leads out of the media folder")
}

#[cfg(test)]
mod tests;
