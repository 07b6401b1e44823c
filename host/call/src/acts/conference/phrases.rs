//! What a caller is told on the way into a conference and in it: spoken, or, where nothing can speak, tones.

use switchhook_routing::prompt::{Prompt, Speech, Tone, ToneKind};

/// Something that is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phrase {
    AskPin,
    WrongPin,
    RoomLocked,
    Full,
    Waits,
    Muted,
    Unmuted,
    Locked,
    Unlocked,
    NotAllowed,
    /// So many others are there.
    Others(usize),
}

/// The words of a phrase in this language, or in English if it is not known here.
pub(crate) fn spoken(phrase: Phrase, language: &str) -> Prompt {
    let primary = language.split('-').next().unwrap_or_default();
    let (language, text) = match primary.eq_ignore_ascii_case("de") {
        true => (language, german(phrase)),
        false if primary.eq_ignore_ascii_case("en") => (language, english(phrase)),
        false => ("en", english(phrase)),
    };
    Prompt::Speech(Speech {
        text,
        language: Some(language.to_owned()),
        voice: None,
    })
}

/// What is heard instead of it.
pub(crate) fn fallback(phrase: Phrase) -> Vec<Prompt> {
    let tone = |kind, milliseconds| {
        Prompt::Tone(Tone {
            kind,
            country: None,
            milliseconds,
        })
    };
    let beeps = |count: usize| {
        let one = [tone(ToneKind::Beep, 150), tone(ToneKind::Silence, 150)];
        std::iter::repeat_n(one, count).flatten().collect()
    };
    match phrase {
        Phrase::AskPin | Phrase::Muted | Phrase::Locked | Phrase::Waits => beeps(1),
        Phrase::Unmuted | Phrase::Unlocked => beeps(2),
        Phrase::Others(count) => beeps(count.min(10)),
        Phrase::WrongPin | Phrase::RoomLocked | Phrase::Full | Phrase::NotAllowed => {
            vec![tone(ToneKind::Congestion, 1_000)]
        }
    }
}

fn english(phrase: Phrase) -> String {
    let text = match phrase {
        Phrase::AskPin => "Please enter the PIN of the conference.",
        Phrase::WrongPin => "That PIN is wrong.",
        Phrase::RoomLocked => "The conference is locked.",
        Phrase::Full => "The conference is full.",
        Phrase::Waits => "The conference has not begun yet.",
        Phrase::Muted => "You are muted.",
        Phrase::Unmuted => "You can be heard again.",
        Phrase::Locked => "The conference is now locked.",
        Phrase::Unlocked => "The conference is now open.",
        Phrase::NotAllowed => "You cannot do that.",
        Phrase::Others(0) => "Nobody else is in the conference.",
        Phrase::Others(1) => "One other caller is in the conference.",
        Phrase::Others(count) => return format!("{count} other callers are in the conference."),
    };
    text.to_owned()
}

fn german(phrase: Phrase) -> String {
    let text = match phrase {
        Phrase::AskPin => "Bitte geben Sie die PIN der Konferenz ein.",
        Phrase::WrongPin => "Diese PIN ist falsch.",
        Phrase::RoomLocked => "Die Konferenz ist geschlossen.",
        Phrase::Full => "Die Konferenz ist voll.",
        Phrase::Waits => "Die Konferenz hat noch nicht begonnen.",
        Phrase::Muted => "Sie sind stumm geschaltet.",
        Phrase::Unmuted => "Man hört Sie wieder.",
        Phrase::Locked => "Die Konferenz ist jetzt geschlossen.",
        Phrase::Unlocked => "Die Konferenz ist jetzt offen.",
        Phrase::NotAllowed => "Das dürfen Sie nicht.",
        Phrase::Others(0) => "Außer Ihnen ist niemand in der Konferenz.",
        Phrase::Others(1) => "Außer Ihnen ist noch jemand in der Konferenz.",
        Phrase::Others(count) => return format!("Außer Ihnen sind {count} in der Konferenz."),
    };
    text.to_owned()
}
