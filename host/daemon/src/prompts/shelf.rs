//! The shelf: gives every prompt as something that can be played, from memory where it is there, fetched where it is not. One load at a
//! time for a source, whoever else wants it waits for that one.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use sha2::{Digest, Sha256};
use switchhook_media::sound::playlist::Item;
use switchhook_media::sound::read::SoundLimits;
use switchhook_media::sound::recording::Sound;
use switchhook_routing::prompt::Prompt;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::time::timeout;

use crate::limits;
use crate::media_shell::fetching::{Loaded, PromptSource};
use crate::prompts::disk::Disk;
use crate::prompts::error::PromptError;
use crate::prompts::folder;
use crate::prompts::memory::{Memory, Source, Version};
use crate::prompts::settings::{Locale, PromptSettings};
use crate::prompts::speech::{Speech, Utterance};
use crate::prompts::tones;
use crate::prompts::web::Web;

/// For whom a prompt is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptContext {
    /// The domain, whose language and country hold where the prompt names none.
    pub domain: Arc<str>,
    /// The samples per second that it is to have.
    pub rate: u32,
}

/// Who waits for a source at a rate.
struct Waiter {
    rate: u32,
    done: Loaded,
}

/// Everything that follows from the settings.
struct Means {
    settings: PromptSettings,
    web: Web,
    speech: Speech,
}

#[derive(Default)]
struct State {
    memory: Memory,
    waiting: HashMap<Source, Vec<Waiter>>,
    waiters: usize,
}

/// How much is on the shelf.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Load {
    /// Bytes of samples in memory.
    pub bytes: usize,
    /// Prompts that are waited for.
    pub waiting: usize,
}

/// The shelf. Cheap to clone; all clones are one.
#[derive(Clone)]
pub struct Shelf(Arc<Inner>);

struct Inner {
    handle: Handle,
    means: Mutex<Arc<Means>>,
    state: Mutex<State>,
    /// Decoding takes memory, and may take all the time it is given.
    decoding: Arc<Semaphore>,
}

impl Means {
    fn new(settings: PromptSettings) -> Means {
        let disk = settings.cache.clone();
        let disk = disk.map(|folder| Disk::new(folder, settings.cache_bytes));
        let bytes = settings.limits.bytes;
        Means {
            web: Web::new(
                settings.hosts.clone(),
                disk.clone(),
                settings.timeout,
                bytes,
            ),
            speech: Speech::new(&settings.speech, disk, bytes),
            settings,
        }
    }
}

impl Shelf {
    /// An empty shelf. What it does is done by tasks of `handle`'s runtime.
    pub fn new(settings: PromptSettings, handle: Handle) -> Shelf {
        Shelf(Arc::new(Inner {
            handle,
            means: Mutex::new(Arc::new(Means::new(settings))),
            state: Mutex::default(),
            decoding: Arc::new(Semaphore::new(limits::PROMPTS_DECODING)),
        }))
    }

    /// Takes other settings for every prompt from now on, and forgets what is in memory.
    pub fn configure(&self, settings: PromptSettings) {
        let mut means = locked(&self.0.means);
        if means.settings != settings {
            *means = Arc::new(Means::new(settings));
            self.state().memory.clear();
        }
    }

    /// Gives a prompt. Never blocks: `done` is called on a thread of the runtime, or at once for what need not be fetched.
    pub fn load(
        &self,
        prompt: &Prompt,
        context: &PromptContext,
        done: impl FnOnce(Result<Item, PromptError>) + Send + 'static,
    ) {
        let locale = self.means().locale(&context.domain);
        match source(prompt, &self.means(), &locale) {
            Wanted::Ready(item) => done(Ok(item)),
            Wanted::Fetched(source) => self.want(source, context, Box::new(done)),
        }
    }

    /// How much is on it.
    pub fn status(&self) -> Load {
        let state = self.state();
        Load {
            bytes: state.memory.bytes(),
            waiting: state.waiters,
        }
    }

    fn want(&self, source: Source, context: &PromptContext, done: Loaded) {
        let rate = context.rate;
        let (spoken, domain) = (
            matches!(source, Source::Speech { .. }),
            context.domain.clone(),
        );
        let shelf = self.clone();
        let done: Loaded = Box::new(move |result| match result {
            Err(error) if spoken => shelf.excuse(error, domain, rate, done),
            result => done(result),
        });
        let mut state = self.state();
        if state.waiters >= limits::PROMPTS_WAITING {
            drop(state);
            let why = "too many prompts are being fetched".to_owned();
            return done(Err(PromptError { why, instead: None }));
        }
        state.waiters += 1;
        let waiter = Waiter { rate, done };
        if let Some(waiters) = state.waiting.get_mut(&source) {
            waiters.push(waiter);
            return;
        }
        state.waiting.insert(source.clone(), vec![waiter]);
        drop(state);
        let shelf = self.clone();
        self.0
            .handle
            .spawn(async move { shelf.serve(source).await });
    }

    /// Fetches a source until nobody waits for it.
    async fn serve(&self, source: Source) {
        loop {
            let mut rates: Vec<u32> = match self.state().waiting.get(&source) {
                Some(waiters) => waiters.iter().map(|waiter| waiter.rate).collect(),
                None => return,
            };
            rates.sort_unstable();
            rates.dedup();
            let result = self.obtain(&source, &rates).await;
            // Who came meanwhile for one of these rates is served as well; for another one it is done again.
            for waiter in self.leave(&source, &rates) {
                let result = match &result {
                    Ok(sounds) => sounds
                        .iter()
                        .find(|sound| sound.rate() == waiter.rate)
                        .cloned()
                        .ok_or_else(|| "it is not there at this rate".to_owned()),
                    Err(why) => Err(why.clone()),
                };
                (waiter.done)(result.map(Item::Sound).map_err(|why| PromptError {
                    why: format!("{source}: {why}"),
                    instead: None,
                }));
            }
        }
    }

    /// Takes out who waits for a source at these rates; the source with the last of them.
    fn leave(&self, source: &Source, rates: &[u32]) -> Vec<Waiter> {
        let mut state = self.state();
        let waiters = state.waiting.remove(source).unwrap_or_default();
        let (served, left): (Vec<_>, Vec<_>) = waiters
            .into_iter()
            .partition(|waiter| rates.contains(&waiter.rate));
        state.waiters -= served.len();
        if !left.is_empty() {
            state.waiting.insert(source.clone(), left);
        }
        served
    }

    /// The sounds of a source at these rates, of its newest version.
    async fn obtain(&self, source: &Source, rates: &[u32]) -> Result<Vec<Sound>, String> {
        let fresh = self.state().memory.fresh(source, rates, Instant::now());
        if let Some(sounds) = fresh {
            return Ok(sounds);
        }
        match source {
            Source::File(path) => self.obtain_file(source, path, rates).await,
            Source::Url(url) => self.obtain_url(source, url, rates).await,
            Source::Speech {
                text,
                language,
                voice,
            } => {
                let utterance = Utterance {
                    text: text.clone(),
                    language: language.clone(),
                    voice: voice.clone(),
                };
                self.obtain_speech(source, utterance, rates).await
            }
        }
    }

    async fn obtain_file(
        &self,
        source: &Source,
        path: &str,
        rates: &[u32],
    ) -> Result<Vec<Sound>, String> {
        let means = self.means();
        let limit = means.settings.limits.bytes;
        let (wanted, shelf, of) = (rates.to_vec(), self.clone(), source.clone());
        let (name, folder) = (path.to_owned(), means.settings.folder.clone());
        let found = blocking(move || {
            let found = folder::find(folder.as_deref(), &name)?;
            let version = Version::File(found.state.0, found.state.1);
            let there = shelf.state().memory.of_version(&of, &wanted, &version);
            Ok(match there {
                Some(sounds) => Content::There(sounds),
                None => Content::Read(version, folder::read(&found, limit)?),
            })
        });
        match found.await? {
            Content::There(sounds) => Ok(sounds),
            Content::Read(version, bytes) => {
                let name = Some(path.to_owned());
                let sounds = self.decode(source, bytes, name, rates).await?;
                self.keep(source, version, None, &sounds);
                Ok(sounds)
            }
        }
    }

    async fn obtain_url(
        &self,
        source: &Source,
        url: &str,
        rates: &[u32],
    ) -> Result<Vec<Sound>, String> {
        let fetched = match self.means().web.get(url).await {
            Ok(fetched) => fetched,
            Err(why) => {
                let there = self.state().memory.any(source, rates);
                let sounds = there.ok_or_else(|| why.clone())?;
                tracing::warn!(%why, "an old copy of a prompt is played");
                let until = Instant::now() + limits::PROMPT_RETRY;
                self.state().memory.refresh(source, Some(until));
                return Ok(sounds);
            }
        };
        let version = Version::Body(Sha256::digest(&fetched.body).into());
        let fresh_until = Some(Instant::now() + fetched.fresh_for);
        let there = self.state().memory.of_version(source, rates, &version);
        if let Some(sounds) = there {
            self.state().memory.refresh(source, fresh_until);
            return Ok(sounds);
        }
        let name = url.split(['?', '#']).next().map(str::to_owned);
        let body = fetched.body.to_vec();
        let sounds = self.decode(source, body, name, rates).await?;
        self.keep(source, version, fresh_until, &sounds);
        Ok(sounds)
    }

    async fn obtain_speech(
        &self,
        source: &Source,
        utterance: Utterance,
        rates: &[u32],
    ) -> Result<Vec<Sound>, String> {
        let there = self.state().memory.any(source, rates);
        if let Some(sounds) = there {
            return Ok(sounds);
        }
        let means = self.means();
        let (spoken, was_kept) = means.speech.speak(utterance.clone()).await?;
        let decoded = self.decode(source, spoken.clone(), None, rates).await;
        match &decoded {
            Ok(sounds) => {
                self.keep(source, Version::Spoken, None, sounds);
                if !was_kept {
                    means.speech.keep(&utterance, spoken).await;
                }
            }
            Err(_) if was_kept => means.speech.forget(&utterance).await,
            Err(_) => {}
        }
        decoded
    }

    fn keep(&self, source: &Source, version: Version, until: Option<Instant>, sounds: &[Sound]) {
        let most = self.means().settings.memory_bytes;
        let (source, sounds) = (source.clone(), sounds.to_vec());
        self.state()
            .memory
            .keep(source, version, until, sounds, most);
    }

    /// Reads a file's bytes at these rates, and at those that it is in use at. Whatever the bytes are, it takes bounded time and memory,
    /// and a thread that takes too long is left to itself.
    async fn decode(
        &self,
        source: &Source,
        bytes: Vec<u8>,
        name: Option<String>,
        rates: &[u32],
    ) -> Result<Vec<Sound>, String> {
        let mut rates = rates.to_vec();
        rates.extend(self.state().memory.rates(source));
        rates.sort_unstable();
        rates.dedup();
        let limits = self.means().settings.limits;
        let decoding = Arc::clone(&self.0.decoding);
        let decoding = async {
            let turn = decoding.acquire_owned().await.map_err(|e| e.to_string())?;
            blocking(move || {
                let _turn = turn;
                decoded(&bytes, name.as_deref(), &limits, &rates)
            })
            .await
        };
        timeout(limits::PROMPT_DECODE, decoding)
            .await
            .map_err(|_| format!("reading it takes longer than {:?}", limits::PROMPT_DECODE))?
    }

    /// What is heard where words could not be spoken.
    fn excuse(&self, error: PromptError, domain: Arc<str>, rate: u32, done: Loaded) {
        let instead = self.means().settings.speech.failed_prompt.clone();
        match instead {
            Some(prompt) if !matches!(prompt, Prompt::Speech(_)) => {
                tracing::warn!(why = %error, "words cannot be spoken");
                let context = PromptContext { domain, rate };
                self.load(&prompt, &context, move |instead| {
                    done(Err(PromptError {
                        why: error.why,
                        instead: instead.ok(),
                    }));
                });
            }
            _ => done(Err(error)),
        }
    }

    fn means(&self) -> Arc<Means> {
        Arc::clone(&locked(&self.0.means))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        locked(&self.0.state)
    }
}

impl PromptSource for Shelf {
    fn load(&self, domain: &str, prompt: &Prompt, rate: u32, done: Loaded) {
        let context = PromptContext {
            domain: domain.into(),
            rate,
        };
        Shelf::load(self, prompt, &context, done);
    }
}

impl Means {
    fn locale(&self, domain: &str) -> Locale {
        let domains = &self.settings.domains;
        domains.get(domain).cloned().unwrap_or_default()
    }

    /// Who speaks a language where nobody says who.
    fn voice(&self, language: &str) -> String {
        let voices = &self.settings.speech.voices;
        let primary = language.split('-').next().unwrap_or(language);
        let voice = voices.get(language).or_else(|| voices.get(primary));
        voice.map_or_else(|| language.to_owned(), Clone::clone)
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Source::File(path) => write!(f, "the file {path}"),
            Source::Url(url) => write!(f, "the URL {url}"),
            Source::Speech { .. } => f.write_str("speech"),
        }
    }
}

/// What a prompt asks for.
enum Wanted {
    Ready(Item),
    Fetched(Source),
}

/// A file that was looked for.
enum Content {
    /// It has not changed: these are its sounds.
    There(Vec<Sound>),
    /// It is new, or was changed.
    Read(Version, Vec<u8>),
}

fn source(prompt: &Prompt, means: &Means, locale: &Locale) -> Wanted {
    Wanted::Fetched(match prompt {
        Prompt::File(path) => Source::File(path.clone()),
        Prompt::Url(url) => Source::Url(url.clone()),
        Prompt::Speech(speech) => {
            let language = speech.language.as_ref().unwrap_or(&locale.language);
            let voice = speech.voice.clone();
            Source::Speech {
                text: speech.text.clone(),
                voice: voice.unwrap_or_else(|| means.voice(language)),
                language: language.clone(),
            }
        }
        Prompt::Tone(tone) => {
            return Wanted::Ready(tones::item(tone, &locale.country));
        }
    })
}

fn decoded(
    bytes: &[u8],
    name: Option<&str>,
    limits: &SoundLimits,
    rates: &[u32],
) -> Result<Vec<Sound>, String> {
    let sound = Sound::read(bytes, name, limits).map_err(|error| error.to_string())?;
    Ok(rates.iter().map(|rate| sound.at(*rate)).collect())
}

/// Runs what blocks, or takes long, on a thread for it. A panic there is an error here.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, String> + Send + 'static,
) -> Result<T, String> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| "reading it failed".to_owned())?
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing under these locks is half done when something panics.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
