//! Fetching what is to be played: all prompts of a playback at once, on other threads than those of the media.

use std::sync::{Arc, Mutex, PoisonError};

use switchhook_call::media_command::Playback;
use switchhook_media::sound::playlist::Item;
use switchhook_media::sound::tone::{Kind, cadence};
use switchhook_routing::prompt::{Prompt, ToneKind};

/// Where prompts come from.
pub trait PromptSource: Send + Sync {
    /// Gets a prompt of a domain, at this many samples per second if it can, and calls `done` exactly once, at once or from another thread.
    /// Never blocks.
    fn load(&self, domain: &str, prompt: &Prompt, rate: u32, done: Loaded);
}

/// Takes what a prompt sounds like, or why it cannot be had.
pub type Loaded = Box<dyn FnOnce(Result<Item, String>) + Send>;

/// What came of fetching a playback.
#[derive(Debug)]
pub(crate) struct Fetched {
    /// What can be played, in its order.
    pub(crate) items: Vec<Item>,
    /// Why the rest cannot.
    pub(crate) failure: Option<String>,
}

struct Fetching {
    results: Vec<Option<Result<Item, String>>>,
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
    fn loaded(shared: &Mutex<Fetching>, place: usize, result: Result<Item, String>) {
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
                Err(error) => fetched.failure = fetched.failure.or(Some(error)),
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
            Prompt::Tone(tone) => {
                let country = tone.country.as_deref().unwrap_or_default();
                Ok(Item::Tone {
                    cadence: cadence(kind(tone.kind), country),
                    milliseconds: tone.milliseconds,
                })
            }
            Prompt::File(_) | Prompt::Url(_) | Prompt::Speech(_) => {
                Err("there is nothing that reads prompts".to_owned())
            }
        });
    }
}

fn kind(kind: ToneKind) -> Kind {
    match kind {
        ToneKind::Dial => Kind::Dial,
        ToneKind::Ringing => Kind::Ringing,
        ToneKind::Busy => Kind::Busy,
        ToneKind::Congestion => Kind::Congestion,
        ToneKind::Information => Kind::Information,
        ToneKind::Beep => Kind::Beep,
        ToneKind::Silence => Kind::Silence,
    }
}
