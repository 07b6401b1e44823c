//! How recordings are made.

use std::path::PathBuf;
use std::time::Duration;

/// How recordings are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingConfig {
    /// The folder that they lie in; `None`: nothing is recorded but messages of mailboxes.
    pub folder: Option<PathBuf>,
    /// What stands before the path of a file in its URL; `None`: it is a `file:` URL.
    pub url: Option<String>,
    /// Samples per second; `None`: 8,000, or 16,000 where somebody speaks in a wideband codec.
    pub rate: Option<u32>,
    /// How long a recording may be.
    pub longest: Duration,
    /// How long files are kept; `None`: for ever.
    pub retention: Option<Duration>,
    /// With less free space on the disk nothing is begun: bytes.
    pub free_space_minimum: u64,
    /// Threads that write.
    pub threads: usize,
}

impl Default for RecordingConfig {
    fn default() -> RecordingConfig {
        RecordingConfig {
            folder: None,
            url: None,
            rate: None,
            longest: Duration::from_secs(4 * 3_600),
            retention: None,
            free_space_minimum: 256 << 20,
            threads: 2,
        }
    }
}
