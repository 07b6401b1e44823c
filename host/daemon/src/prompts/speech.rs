//! Words, spoken: the trait of what speaks, and everything around it: time, how many at once, copies on disk.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::prompts::disk::{Disk, Head};
use crate::prompts::program::Program;
use crate::prompts::service::Service;
use crate::prompts::settings::{Engine, SpeechSettings};

/// The most bytes of a text, as `wit/types.wit` has it.
const TEXT_BYTES: usize = 4_096;
/// The most bytes of the name of a language or a voice.
const NAME_BYTES: usize = 64;

/// Words that are to be spoken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Utterance {
    /// The words.
    pub text: String,
    /// A BCP 47 tag.
    pub language: String,
    /// The name of a voice; without a configured one the language.
    pub voice: String,
}

/// Sound that is being made: a file of a format that can be read, or why there is none.
pub type Speaking<'a> = Pin<Box<dyn Future<Output = Result<Vec<u8>, String>> + Send + 'a>>;

/// Something that speaks. It need not keep a time limit: it is dropped when its time is over, and must end what it has begun.
pub trait SpeechEngine: Send + Sync {
    /// What tells it from other engines, which speak the same words otherwise.
    fn name(&self) -> String;

    /// Speaks.
    fn speak(&self, utterance: Utterance) -> Speaking<'_>;
}

impl Utterance {
    /// A part of a command with this language and voice in their places.
    pub(super) fn filled_in(&self, part: &str) -> String {
        // What was put in is not looked at again.
        let languages = part.split("{language}");
        let filled: Vec<String> = languages
            .map(|piece| piece.replace("{voice}", &self.voice))
            .collect();
        filled.join(&self.language)
    }

    /// Whether all of it may be given to an engine. Names become arguments of programs: none may look like an option or a path.
    ///
    /// # Errors
    /// A sentence.
    pub fn check(&self) -> Result<(), String> {
        if self.text.is_empty() || self.text.len() > TEXT_BYTES {
            return Err(format!("a text has 1 to {TEXT_BYTES} bytes"));
        }
        if self.text.contains('\0') {
            return Err("a text has no NUL".to_owned());
        }
        for (what, name) in [("language", &self.language), ("voice", &self.voice)] {
            let allowed = |c: char| c.is_alphanumeric() || " -_+.()".contains(c);
            let good = (1..=NAME_BYTES).contains(&name.len())
                && name.starts_with(char::is_alphanumeric)
                && name.chars().all(allowed);
            if !good {
                return Err(format!("{name:?} is no name of a {what}"));
            }
        }
        Ok(())
    }
}

/// Speech as it is configured.
pub(super) struct Speech {
    engine: Box<dyn SpeechEngine>,
    disk: Option<Disk>,
    timeout: Duration,
    free: Arc<Semaphore>,
    limit: usize,
}

impl Speech {
    pub(super) fn new(settings: &SpeechSettings, disk: Option<Disk>, limit: usize) -> Speech {
        let engine: Box<dyn SpeechEngine> = match settings.engine.clone() {
            Engine::Program { command } => Box::new(Program::new(command, limit)),
            Engine::Service { url, authorization } => {
                Box::new(Service::new(url, authorization, limit))
            }
        };
        Speech {
            engine,
            disk,
            timeout: settings.timeout,
            free: Arc::new(Semaphore::new(settings.concurrent.max(1))),
            limit,
        }
    }

    /// Speaks, or takes what was spoken before, and says whether it was.
    ///
    /// # Errors
    /// A sentence: it cannot be spoken, or not in time.
    pub(super) async fn speak(&self, utterance: Utterance) -> Result<(Vec<u8>, bool), String> {
        utterance.check()?;
        if let Some(spoken) = self.spoken(&utterance).await {
            return Ok((spoken, true));
        }
        let speaking = async {
            let _turn = self.free.acquire().await.map_err(|e| e.to_string())?;
            self.engine.speak(utterance).await
        };
        let sound = timeout(self.timeout, speaking)
            .await
            .map_err(|_| format!("speech takes longer than {:?}", self.timeout))??;
        Ok((sound, false))
    }

    /// Keeps what was spoken, and could be read.
    pub(super) async fn keep(&self, utterance: &Utterance, sound: Vec<u8>) {
        let Some(disk) = self.disk.clone() else {
            return;
        };
        let head = Head {
            key: self.key(utterance),
            ..Head::default()
        };
        let write = tokio::task::spawn_blocking(move || disk.put(&head, &sound));
        if let Ok(Err(error)) = write.await {
            tracing::warn!(%error, "speech cannot be kept on disk");
        }
    }

    /// Forgets what was spoken: it cannot be read.
    pub(super) async fn forget(&self, utterance: &Utterance) {
        if let Some(disk) = self.disk.clone() {
            let key = self.key(utterance);
            let _ = tokio::task::spawn_blocking(move || disk.remove(&key)).await;
        }
    }

    async fn spoken(&self, utterance: &Utterance) -> Option<Vec<u8>> {
        let (disk, key, limit) = (self.disk.clone()?, self.key(utterance), self.limit);
        let read = tokio::task::spawn_blocking(move || disk.get(&key, limit));
        Some(read.await.ok()??.1)
    }

    /// Everything that makes a difference, none of which can look like the next.
    fn key(&self, utterance: &Utterance) -> String {
        let Utterance {
            text,
            language,
            voice,
        } = utterance;
        let engine = self.engine.name();
        format!("speech\0{engine}\0{language}\0{voice}\0{text}")
    }
}

#[cfg(test)]
mod tests;
