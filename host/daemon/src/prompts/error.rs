//! Why a prompt cannot be played.

use std::fmt;

use switchhook_media::sound::playlist::Item;

/// Why a prompt cannot be played.
#[derive(Debug, Clone)]
pub struct PromptError {
    /// A sentence.
    pub why: String,
    /// What is to be played instead, if the configuration says so.
    pub instead: Option<Item>,
}

impl fmt::Display for PromptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl std::error::Error for PromptError {}
