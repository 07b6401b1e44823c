//! The disk that recordings are written to, behind a trait, so that tests can have one that is full or slow.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::Path;

/// What recordings need of a disk. Everything here may take long; only the recorder's own threads call it.
pub trait Disk: Send + Sync {
    /// Makes a file, and the folders that it lies in.
    ///
    /// # Errors
    /// As the system says.
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>>;
    /// Gives a file its name, so that it survives a power failure.
    ///
    /// # Errors
    /// As the system says.
    fn rename(&self, from: &Path, to: &Path) -> io::Result<()>;
    /// Removes a file.
    ///
    /// # Errors
    /// As the system says.
    fn remove(&self, path: &Path) -> io::Result<()>;
    /// How much is free where a folder lies, or will lie: bytes.
    ///
    /// # Errors
    /// As the system says.
    fn free(&self, folder: &Path) -> io::Result<u64>;
}

/// A file that is written.
pub trait DiskFile: Send {
    /// Appends.
    ///
    /// # Errors
    /// As the system says.
    fn append(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Writes at the beginning, over what is there.
    ///
    /// # Errors
    /// As the system says.
    fn overwrite(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Cuts it off after so many bytes.
    ///
    /// # Errors
    /// As the system says.
    fn truncate(&mut self, bytes: u64) -> io::Result<()>;
    /// Waits until it is on the disk itself.
    ///
    /// # Errors
    /// As the system says.
    fn sync(&mut self) -> io::Result<()>;
}

/// The machine's own file systems.
#[derive(Debug, Clone, Copy, Default)]
pub struct LocalDisk;

impl Disk for LocalDisk {
    fn create(&self, path: &Path) -> io::Result<Box<dyn DiskFile>> {
        // The sweeper may remove a folder that is empty just now.
        let file = match create(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => create(path),
            other => other,
        }?;
        Ok(Box::new(LocalFile(file)))
    }

    fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        fs::rename(from, to)?;
        match to.parent() {
            Some(folder) => File::open(folder)?.sync_all(),
            None => Ok(()),
        }
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        fs::remove_file(path)
    }

    fn free(&self, folder: &Path) -> io::Result<u64> {
        let there = folder.ancestors().find(|folder| folder.exists());
        let system = rustix::fs::statvfs(there.unwrap_or(Path::new("/")))?;
        Ok(system.f_bavail.saturating_mul(system.f_frsize))
    }
}

fn create(path: &Path) -> io::Result<File> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    // What callers say is for the operator's eyes only.
    OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o640)
        .open(path)
}

struct LocalFile(File);

impl DiskFile for LocalFile {
    fn append(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.0.write_all(bytes)
    }

    fn overwrite(&mut self, bytes: &[u8]) -> io::Result<()> {
        let end = self.0.stream_position()?;
        self.0.seek(SeekFrom::Start(0))?;
        self.0.write_all(bytes)?;
        self.0.seek(SeekFrom::Start(end))?;
        Ok(())
    }

    fn truncate(&mut self, bytes: u64) -> io::Result<()> {
        self.0.set_len(bytes)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.0.sync_all()
    }
}
