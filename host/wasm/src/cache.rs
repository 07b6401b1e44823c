//! Machine code on disk, so that a start or a swap does not compile what was compiled before.
//!
//! Machine code is trusted as the switch's own: it is read from nowhere but the cache's directory, which belongs to this user and
//! is closed to all others, and from files that the switch wrote itself. A plugin's file is never taken for machine code.

use std::fs::{self, DirBuilder, File, OpenOptions, Permissions};
use std::hash::{Hash, Hasher};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::error::PluginError;

/// Files beyond this number are removed when the cache is opened, the oldest first.
const FILES: usize = 256;

/// A directory of machine code.
#[derive(Debug)]
pub(crate) struct CodeCache {
    directory: PathBuf,
    /// Tells apart what different compilers, settings and processors need.
    compatibility: String,
    written: AtomicU64,
}

impl CodeCache {
    /// Opens the directory; makes it if it is not there.
    pub(crate) fn open(directory: PathBuf, engine: &Engine) -> Result<CodeCache, PluginError> {
        let refused = |why: &dyn std::fmt::Display| {
            PluginError::Invalid(format!("the code cache {} {why}", directory.display()))
        };
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&directory)
            .map_err(|error| refused(&format!("cannot be made: {error}")))?;
        let metadata = fs::symlink_metadata(&directory)
            .map_err(|error| refused(&format!("cannot be read: {error}")))?;
        if !metadata.is_dir() || metadata.uid() != own_user() {
            return Err(refused(
                &"is not a directory of the user that runs the switch",
            ));
        }
        if metadata.mode() & 0o077 != 0 {
            fs::set_permissions(&directory, Permissions::from_mode(0o700))
                .map_err(|error| refused(&format!("cannot be closed to other users: {error}")))?;
        }
        let cache = CodeCache {
            compatibility: compatibility(engine),
            directory,
            written: AtomicU64::new(0),
        };
        cache.tidy();
        Ok(cache)
    }

    /// The machine code of the component with this SHA-256, if it is there and fit to use.
    pub(crate) fn load(&self, engine: &Engine, digest: &str) -> Option<Component> {
        let path = self.path(digest);
        match is_ours(&path) {
            Ok(true) => {}
            Ok(false) => {
                tracing::warn!(path = %path.display(), "a file in the code cache is not the switch's own and is not used");
                return None;
            }
            Err(_) => return None,
        }
        match deserialize(engine, &path) {
            Ok(component) => Some(component),
            Err(error) => {
                tracing::warn!(path = %path.display(), %error, "a file in the code cache is damaged and is made anew");
                // If it cannot be removed, the next write replaces it.
                let _ = fs::remove_file(&path);
                None
            }
        }
    }

    /// Keeps machine code. A failure costs time at the next start and nothing else, so it is only logged.
    pub(crate) fn store(&self, component: &Component, digest: &str) {
        let written = component
            .serialize()
            .map_err(io::Error::other)
            .and_then(|code| self.write(digest, &code));
        if let Err(error) = written {
            tracing::warn!(directory = %self.directory.display(), %error, "machine code could not be cached");
        }
    }

    fn write(&self, digest: &str, code: &[u8]) -> io::Result<()> {
        let number = self.written.fetch_add(1, Ordering::Relaxed);
        let temporary = self
            .directory
            .join(format!("{digest}.{}.{number}.part", std::process::id()));
        let mut options = OpenOptions::new();
        options.write(true).create_new(true).mode(0o600);
        let written = options
            .open(&temporary)
            .and_then(|mut file: File| file.write_all(code).and_then(|()| file.sync_all()))
            .and_then(|()| fs::rename(&temporary, self.path(digest)));
        if written.is_err() {
            let _ = fs::remove_file(&temporary);
        }
        written
    }

    fn path(&self, digest: &str) -> PathBuf {
        self.directory
            .join(format!("{digest}-{}.cwasm", self.compatibility))
    }

    /// Removes the oldest files beyond the limit, and what an interrupted write left.
    fn tidy(&self) {
        let Ok(entries) = fs::read_dir(&self.directory) else {
            return;
        };
        let mut code = Vec::new();
        for path in entries.flatten().map(|entry| entry.path()) {
            match path.extension().and_then(|extension| extension.to_str()) {
                Some("cwasm") => {
                    let modified = fs::metadata(&path).and_then(|metadata| metadata.modified());
                    code.push((modified.ok(), path));
                }
                Some("part") if is_stale(&path) => {
                    let _ = fs::remove_file(&path);
                }
                _ => {}
            }
        }
        code.sort();
        let surplus = code.len().saturating_sub(FILES);
        for (_, path) in code.into_iter().take(surplus) {
            let _ = fs::remove_file(path);
        }
    }
}

/// Whether nobody can be writing this any more.
fn is_stale(path: &Path) -> bool {
    const ONE_HOUR: std::time::Duration = std::time::Duration::from_secs(3_600);
    fs::metadata(path)
        .and_then(|metadata| metadata.modified())
        .is_ok_and(|modified| modified.elapsed().is_ok_and(|age| age > ONE_HOUR))
}

/// Whether a file is a plain one that this user alone could have written.
fn is_ours(path: &Path) -> io::Result<bool> {
    let metadata = fs::symlink_metadata(path)?;
    Ok(metadata.is_file() && metadata.uid() == own_user() && metadata.mode() & 0o022 == 0)
}

#[expect(
    unsafe_code,
    reason = "asking for one's own user id; there is no safe call in std"
)]
fn own_user() -> u32 {
    // SAFETY: geteuid(2) takes nothing and always succeeds.
    unsafe { libc::geteuid() }
}

#[expect(
    unsafe_code,
    reason = "machine code is run as it is; the callers see to it that it is the switch's own"
)]
fn deserialize(engine: &Engine, path: &Path) -> wasmtime::Result<Component> {
    // SAFETY: `load` has made sure that only this user could have written the file, in a directory that only this user can
    // enter; `write` is all that writes there. wasmtime checks version, settings and processor itself.
    unsafe { Component::deserialize_file(engine, path) }
}

/// A name for everything that machine code depends on beside the component.
fn compatibility(engine: &Engine) -> String {
    struct Sha(Sha256);
    impl Hasher for Sha {
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
        fn finish(&self) -> u64 {
            0
        }
    }
    let mut hasher = Sha(Sha256::new());
    engine.precompile_compatibility_hash().hash(&mut hasher);
    let mut name = hexadecimal(&hasher.0.finalize());
    name.truncate(16);
    name
}

/// The SHA-256 of a component, in hexadecimal digits.
pub(crate) fn digest(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes
        .iter()
        .fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
            // Writing to a String does not fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests;
