//! The messages and greetings of mailboxes as prompts: what only the switch itself can name is found here, all else elsewhere.

use std::sync::Arc;

use switchhook_media::sound::playlist::Item;
use switchhook_media::sound::read::SoundLimits;
use switchhook_media::sound::recording::Sound;
use switchhook_routing::prompt::Prompt;

use crate::media_shell::fetching::{Loaded, PromptSource};
use crate::prompts::error::PromptError;
use crate::voicemail::Voicemail;

/// Prompts of mailboxes, and those of somebody else.
pub struct MailboxSounds {
    voicemail: Option<Arc<Voicemail>>,
    others: Arc<dyn PromptSource>,
}

impl MailboxSounds {
    /// Those of `voicemail` if there are mailboxes, and `others`.
    pub fn new(voicemail: Option<Arc<Voicemail>>, others: Arc<dyn PromptSource>) -> MailboxSounds {
        MailboxSounds { voicemail, others }
    }
}

impl PromptSource for MailboxSounds {
    fn load(&self, domain: &str, prompt: &Prompt, rate: u32, done: Loaded) {
        match (prompt, &self.voicemail) {
            // Scripts can name `http:` and `https:` only: this is a prompt of the switch's own.
            (Prompt::Url(url), Some(voicemail)) if voicemail.file(url).is_some() => {
                voicemail.sound(url, rate, done);
            }
            _ => self.others.load(domain, prompt, rate, done),
        }
    }
}

/// Reads a message at this rate.
pub(crate) fn read(path: &std::path::Path, rate: u32) -> Result<Item, PromptError> {
    let bytes = std::fs::read(path).map_err(|error| not_heard(&error))?;
    let sound = Sound::read(&bytes, None, &SoundLimits::default());
    Ok(Item::Sound(
        sound.map_err(|error| not_heard(&error))?.at(rate),
    ))
}

/// A message cannot be heard, and nothing is heard instead.
pub(crate) fn not_heard(why: &dyn std::fmt::Display) -> PromptError {
    PromptError {
        why: format!("a message of a mailbox cannot be played: {why}"),
        instead: None,
    }
}
