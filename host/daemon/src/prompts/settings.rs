//! How prompts are fetched: what `[media] folder`, `[prompts]` and `[speech]` of the configuration say. Plain data.

use std::collections::HashMap;
use std::path::PathBuf;
use std::time::Duration;

use switchhook_media::sound::read::SoundLimits;
use switchhook_routing::prompt::Prompt;
use switchhook_wasm::spec::Grants;

/// The language of speech where nobody names one.
pub const DEFAULT_LANGUAGE: &str = "en";
/// The country of tones where nobody names one: none, so that they are those that ITU-T E.180 recommends.
pub const DEFAULT_COUNTRY: &str = "";

/// How prompts are fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PromptSettings {
    /// Where the files of prompts are; `None`: there are none.
    pub folder: Option<PathBuf>,
    /// Where what came by HTTP and what was spoken is kept; `None`: in memory only.
    pub cache: Option<PathBuf>,
    /// How many bytes the cache on disk may have.
    pub cache_bytes: u64,
    /// How many bytes of samples are kept in memory.
    pub memory_bytes: usize,
    /// How large and how long a prompt may be.
    pub limits: SoundLimits,
    /// Whom prompts may be fetched from.
    pub hosts: Grants,
    /// How long fetching one may take.
    pub timeout: Duration,
    /// How words are spoken.
    pub speech: SpeechSettings,
    /// By domain: its language and country.
    pub domains: HashMap<String, Locale>,
}

/// The language and the country of a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Locale {
    /// A BCP 47 tag.
    pub language: String,
    /// An ISO 3166 code in lower case.
    pub country: String,
}

impl Default for Locale {
    fn default() -> Locale {
        Locale {
            language: DEFAULT_LANGUAGE.to_owned(),
            country: DEFAULT_COUNTRY.to_owned(),
        }
    }
}

/// How words are spoken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpeechSettings {
    /// By what.
    pub engine: Engine,
    /// How long speaking one text may take, waiting for others included.
    pub timeout: Duration,
    /// How many texts are spoken at once.
    pub concurrent: usize,
    /// By language (or its primary part): the voice where the prompt names none.
    pub voices: HashMap<String, String>,
    /// What is heard instead when it fails.
    pub failed_prompt: Option<Prompt>,
}

/// What speaks.
#[derive(Clone, PartialEq, Eq)]
pub enum Engine {
    /// An external program: it gets the text on its standard input and writes sound to its standard output.
    Program {
        /// The program and its arguments, with `{language}` and `{voice}` in them.
        command: Vec<String>,
    },
    /// An HTTP service: it gets a JSON object and answers with sound.
    Service {
        /// Where.
        url: String,
        /// The Authorization field of the request.
        authorization: Option<String>,
    },
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Engine::Program { command } => f.debug_tuple("Program").field(command).finish(),
            Engine::Service { url, .. } => f.debug_tuple("Service").field(url).finish(),
        }
    }
}

impl Default for SpeechSettings {
    fn default() -> SpeechSettings {
        let command = ["espeak-ng", "--stdin", "--stdout", "-b1", "-v{voice}"];
        SpeechSettings {
            engine: Engine::Program {
                command: command.map(str::to_owned).to_vec(),
            },
            timeout: Duration::from_secs(10),
            concurrent: 4,
            voices: HashMap::new(),
            failed_prompt: None,
        }
    }
}

impl Default for PromptSettings {
    fn default() -> PromptSettings {
        PromptSettings {
            folder: None,
            cache: None,
            cache_bytes: 256 << 20,
            memory_bytes: 64 << 20,
            limits: SoundLimits::default(),
            hosts: Grants::default(),
            timeout: Duration::from_secs(10),
            speech: SpeechSettings::default(),
            domains: HashMap::new(),
        }
    }
}
