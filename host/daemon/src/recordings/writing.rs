//! A recording's file while it is written: under a name of its own, readable at any moment, and under its real name only when
//! it is complete.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use switchhook_media::recording::wav;

use crate::recordings::disk::{Disk, DiskFile};

/// What is gathered before it is written: bytes. Two seconds of a call at 16,000 samples a second.
const BLOCK: usize = 128 * 1024;

/// What is written after which the sizes in the header are put right: bytes. What a crash can lose of a readable file.
const PATCH: u64 = 512 * 1024;

/// The extension of a file that is not complete.
pub(crate) const UNFINISHED: &str = "part";

/// A file that is being written.
pub(crate) struct Writing {
    disk: Arc<dyn Disk>,
    file: Box<dyn DiskFile>,
    path: PathBuf,
    channels: u16,
    rate: u32,
    block: Vec<u8>,
    /// Samples that are in the file: bytes.
    written: u64,
    /// What of that the header tells.
    told: u64,
}

impl Writing {
    /// Begins a file that will have this path.
    ///
    /// # Errors
    /// It cannot be made.
    pub(crate) fn begin(
        disk: &Arc<dyn Disk>,
        path: &Path,
        channels: u16,
        rate: u32,
    ) -> io::Result<Writing> {
        let mut file = disk.create(&unfinished(path))?;
        file.append(&wav::header(channels, rate, 0))?;
        Ok(Writing {
            disk: Arc::clone(disk),
            file,
            path: path.to_owned(),
            channels,
            rate,
            block: Vec::new(),
            written: 0,
            told: 0,
        })
    }

    /// Takes samples, channels interleaved.
    ///
    /// # Errors
    /// They cannot be written.
    pub(crate) fn write(&mut self, samples: &[i16]) -> io::Result<()> {
        for sample in samples {
            self.block.extend_from_slice(&sample.to_le_bytes());
        }
        if self.block.len() >= BLOCK {
            self.flush()?;
        }
        if self.written >= self.told + PATCH {
            self.tell(self.written)?;
        }
        Ok(())
    }

    /// Keeps so many samples of each channel, and gives the file its name.
    ///
    /// # Errors
    /// It cannot be written; what there is of it stays under the other name.
    pub(crate) fn finish(mut self, kept: u64) -> io::Result<()> {
        self.flush()?;
        let bytes = kept
            .saturating_mul(2 * u64::from(self.channels))
            .min(self.written);
        self.tell(bytes)?;
        let header = u64::try_from(wav::HEADER_BYTES).unwrap_or(0);
        self.file.truncate(bytes.saturating_add(header))?;
        self.file.sync()?;
        self.disk.rename(&unfinished(&self.path), &self.path)
    }

    /// Keeps nothing of it.
    pub(crate) fn discard(self) {
        // What cannot be removed is found again at the next start.
        let _ = self.disk.remove(&unfinished(&self.path));
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.append(&self.block)?;
        self.written += u64::try_from(self.block.len()).unwrap_or(0);
        self.block.clear();
        Ok(())
    }

    fn tell(&mut self, bytes: u64) -> io::Result<()> {
        self.told = bytes;
        self.file
            .overwrite(&wav::header(self.channels, self.rate, bytes))
    }
}

/// The name of a file while it is not complete.
pub(crate) fn unfinished(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(UNFINISHED);
    PathBuf::from(name)
}
