//! What a caller hears.

use std::time::Duration;

use crate::prompt::{Prompt, Speech, Tone, ToneKind};
use crate::script::milliseconds;

/// Words, spoken by the speech engine: `say("We are closed.")`, `say("Guten Tag").language("de")`.
pub fn say(text: impl Into<String>) -> Say {
    Say(Speech {
        text: text.into(),
        language: None,
        voice: None,
    })
}

/// A file of the media folder, by its path in it. A plain text in the place of a prompt is the same.
pub fn file(path: impl Into<String>) -> Prompt {
    Prompt::File(path.into())
}

/// An `http:` or `https:` URL. The switch keeps a copy.
pub fn web(url: impl Into<String>) -> Prompt {
    Prompt::Url(url.into())
}

/// A tone as it sounds in the domain's country.
pub fn tone(kind: ToneKind, time: Duration) -> Prompt {
    Prompt::Tone(Tone {
        kind,
        country: None,
        milliseconds: milliseconds(time),
    })
}

/// Words to be spoken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Say(Speech);

impl Say {
    /// The language, as a BCP 47 tag (`de`, `en-GB`).
    #[must_use]
    pub fn language(mut self, tag: impl Into<String>) -> Say {
        self.0.language = Some(tag.into());
        self
    }

    /// A voice of the speech engine.
    #[must_use]
    pub fn voice(mut self, name: impl Into<String>) -> Say {
        self.0.voice = Some(name.into());
        self
    }
}

/// What can be played: a [`Prompt`], [`say`], or a text, a file of the media folder.
pub trait IntoPrompt {
    /// The prompt.
    fn into_prompt(self) -> Prompt;
}

impl IntoPrompt for Prompt {
    fn into_prompt(self) -> Prompt {
        self
    }
}

impl IntoPrompt for Say {
    fn into_prompt(self) -> Prompt {
        Prompt::Speech(self.0)
    }
}

impl IntoPrompt for &str {
    fn into_prompt(self) -> Prompt {
        file(self)
    }
}

impl IntoPrompt for String {
    fn into_prompt(self) -> Prompt {
        file(self)
    }
}

/// One prompt, or several of one kind in an array or a `Vec`.
pub trait IntoPrompts {
    /// The prompts.
    fn into_prompts(self) -> Vec<Prompt>;
}

impl<P: IntoPrompt> IntoPrompts for P {
    fn into_prompts(self) -> Vec<Prompt> {
        vec![self.into_prompt()]
    }
}

impl<P: IntoPrompt, const N: usize> IntoPrompts for [P; N] {
    fn into_prompts(self) -> Vec<Prompt> {
        self.into_iter().map(P::into_prompt).collect()
    }
}

impl<P: IntoPrompt> IntoPrompts for Vec<P> {
    fn into_prompts(self) -> Vec<Prompt> {
        self.into_iter().map(P::into_prompt).collect()
    }
}
