//! Fetching what is to be played: all prompts of a playback at once, on other threads than those of the media.

use std::sync::{Arc, Mutex, PoisonError};

use switchhook_call::media_command::Playback;
use switchhook_media::sound::playlist::Item;
use switchhook_routing::prompt::Prompt;

use crate::prompts::error::PromptError;
use crate::prompts::tones;

/// Where prompts come from.
pub trait PromptSource: Send + Sync {
    /// Gets a prompt of a domain, at this many samples per second if it can, and calls `done` exactly once, at once or from another thread.
    /// Never blocks.
    fn load(&self, domain: &str, prompt: &Prompt, rate: u32, done: Loaded);
}

/// Takes what a prompt sounds like, or why it cannot be had.
pub type Loaded = Box<dyn FnOnce(Result<Item, PromptError>) + Send>;

/// What came of fetching a playback.
#[derive(Debug)]
pub(crate) struct Fetched {
    /// What can be played, in its order.
    pub(crate) items: Vec<Item>,
    /// Why the rest cannot.
    pub(crate) failure: Option<String>,
}

struct Fetching {
    results: Vec<Option<Result<Item, PromptError>>>,
    missing: usize,
    done: Option<Box<dyn FnOnce(Fetched) + Send>>,
}

/// Fetches all prompts of a playback and then calls `done` once, from any thread.
pub(crate) fn fetch(
    source: &dyn PromptSource,
    playback: &Playback,
    rate: u32,
    done: impl FnOnce(Fetched) + Send + 'static,
) {
    let count = playback.prompts.len();
    if count == 0 {
        done(Fetched {
            items: Vec::new(),
            failure: None,
        });
        return;
    }
    let fetching = Arc::new(Mutex::new(Fetching {
        results: (0..count).map(|_| None).collect(),
        missing: count,
        done: Some(Box::new(done)),
    }));
    for (place, prompt) in playback.prompts.iter().enumerate() {
        let fetching = Arc::clone(&fetching);
        let loaded = Box::new(move |result| Fetching::loaded(&fetching, place, result));
        source.load(&playback.domain, prompt, rate, loaded);
    }
}

impl Fetching {
    fn loaded(shared: &Mutex<Fetching>, place: usize, result: Result<Item, PromptError>) {
        let mut fetching = shared.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(free) = fetching.results.get_mut(place) {
            *free = Some(result);
        }
        fetching.missing -= 1;
        if fetching.missing > 0 {
            return;
        }
        let mut fetched = Fetched {
            items: Vec::new(),
            failure: None,
        };
        for result in fetching.results.drain(..).flatten() {
            match result {
                Ok(item) => fetched.items.push(item),
                Err(error) => {
                    fetched.items.extend(error.instead);
                    fetched.failure = fetched.failure.or(Some(error.why));
                }
            }
        }
        let done = fetching.done.take();
        drop(fetching);
        if let Some(done) = done {
            done(fetched);
        }
    }
}

/// Knows tones and nothing else: for a shell without a shelf of prompts.
pub struct Tones;

impl PromptSource for Tones {
    fn load(&self, _domain: &str, prompt: &Prompt, _rate: u32, done: Loaded) {
        done(match prompt {
            Prompt::Tone(tone) => Ok(tones::item(tone, "")),
            Prompt::File(_) | Prompt::Url(_) | Prompt::Speech(_) => Err(PromptError {
                why: "there is nothing that reads prompts".to_owned(),
                instead: None,
            }),
        });
    }
}
