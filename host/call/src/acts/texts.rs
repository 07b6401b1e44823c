//! What the switch itself says to callers and to owners of mailboxes: a small table of texts to be spoken, in English and in
//! German. An operator's sounds can take the place of each.

use switchhook_routing::prompt::{Prompt, Speech, Tone, ToneKind};

/// Something that is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Text {
    LeaveMessage,
    MailboxFull,
    EnterMailbox,
    EnterPin,
    WrongPin,
    Locked,
    NoMailbox,
    NoMessages,
    NoMoreMessages,
    MessageMenu,
    Deleted,
    Saved,
    Options,
    RecordGreeting,
    GreetingSaved,
    GreetingNotSaved,
    StandardGreeting,
    NewPin,
    NewPinAgain,
    PinChanged,
    PinNotChanged,
    Goodbye,
}

impl Text {
    /// The name of the file that can stand for it.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Text::LeaveMessage => "leave-message",
            Text::MailboxFull => "mailbox-full",
            Text::EnterMailbox => "enter-mailbox",
            Text::EnterPin => "enter-pin",
            Text::WrongPin => "wrong-pin",
            Text::Locked => "locked",
            Text::NoMailbox => "no-mailbox",
            Text::NoMessages => "no-messages",
            Text::NoMoreMessages => "no-more-messages",
            Text::MessageMenu => "message-menu",
            Text::Deleted => "deleted",
            Text::Saved => "saved",
            Text::Options => "options",
            Text::RecordGreeting => "record-greeting",
            Text::GreetingSaved => "greeting-saved",
            Text::GreetingNotSaved => "greeting-not-saved",
            Text::StandardGreeting => "standard-greeting",
            Text::NewPin => "new-pin",
            Text::NewPinAgain => "new-pin-again",
            Text::PinChanged => "pin-changed",
            Text::PinNotChanged => "pin-not-changed",
            Text::Goodbye => "goodbye",
        }
    }

    fn english(self) -> &'static str {
        match self {
            Text::LeaveMessage => {
                "Nobody is available right now. Please leave a message after the tone."
            }
            Text::MailboxFull => "This mailbox is full and takes no more messages.",
            Text::EnterMailbox => "Please enter the number of the mailbox, then press hash.",
            Text::EnterPin => "Please enter your PIN, then press hash.",
            Text::WrongPin => "That PIN is not right.",
            Text::Locked => "There were too many wrong PINs. Please try again later.",
            Text::NoMailbox => "There is no such mailbox.",
            Text::NoMessages => "You have no messages.",
            Text::NoMoreMessages => "There are no more messages.",
            Text::MessageMenu => {
                "To hear it again, press 1. To delete it, press 3. To save it, press 9. For the next message, press hash. \
                 For options, press 0."
            }
            Text::Deleted => "Deleted.",
            Text::Saved => "Saved.",
            Text::Options => {
                "To record a greeting, press 1. To hear your greeting, press 2. For the standard greeting, press 3. \
                 To change your PIN, press 4. To return to your messages, press star."
            }
            Text::RecordGreeting => "Speak your greeting after the tone, then press hash.",
            Text::GreetingSaved => "Your greeting was saved.",
            Text::GreetingNotSaved => "Your greeting was not saved.",
            Text::StandardGreeting => "Callers hear the standard greeting.",
            Text::NewPin => "Please enter a new PIN of at least four digits, then press hash.",
            Text::NewPinAgain => "Please enter the new PIN again, then press hash.",
            Text::PinChanged => "Your PIN was changed.",
            Text::PinNotChanged => "Your PIN was not changed.",
            Text::Goodbye => "Goodbye.",
        }
    }

    fn german(self) -> &'static str {
        match self {
            Text::LeaveMessage => {
                "Zurzeit ist niemand erreichbar. Bitte hinterlassen Sie nach dem Ton eine Nachricht."
            }
            Text::MailboxFull => "Dieses Postfach ist voll und nimmt keine Nachrichten mehr an.",
            Text::EnterMailbox => {
                "Bitte geben Sie die Nummer des Postfachs ein, danach die Rautetaste."
            }
            Text::EnterPin => "Bitte geben Sie Ihre PIN ein, danach die Rautetaste.",
            Text::WrongPin => "Diese PIN ist nicht richtig.",
            Text::Locked => {
                "Die PIN wurde zu oft falsch eingegeben. Bitte versuchen Sie es später wieder."
            }
            Text::NoMailbox => "Dieses Postfach gibt es nicht.",
            Text::NoMessages => "Sie haben keine Nachrichten.",
            Text::NoMoreMessages => "Es gibt keine weiteren Nachrichten.",
            Text::MessageMenu => {
                "Noch einmal hören: 1. Löschen: 3. Aufheben: 9. Nächste Nachricht: Rautetaste. Einstellungen: 0."
            }
            Text::Deleted => "Gelöscht.",
            Text::Saved => "Aufgehoben.",
            Text::Options => {
                "Begrüßung aufnehmen: 1. Begrüßung anhören: 2. Übliche Begrüßung: 3. PIN ändern: 4. \
                 Zurück zu den Nachrichten: Sterntaste."
            }
            Text::RecordGreeting => {
                "Sprechen Sie Ihre Begrüßung nach dem Ton und drücken Sie danach die Rautetaste."
            }
            Text::GreetingSaved => "Ihre Begrüßung wurde gespeichert.",
            Text::GreetingNotSaved => "Ihre Begrüßung wurde nicht gespeichert.",
            Text::StandardGreeting => "Anrufer hören die übliche Begrüßung.",
            Text::NewPin => {
                "Bitte geben Sie eine neue PIN mit mindestens vier Ziffern ein, danach die Rautetaste."
            }
            Text::NewPinAgain => {
                "Bitte geben Sie die neue PIN noch einmal ein, danach die Rautetaste."
            }
            Text::PinChanged => "Ihre PIN wurde geändert.",
            Text::PinNotChanged => "Ihre PIN wurde nicht geändert.",
            Text::Goodbye => "Auf Wiederhören.",
        }
    }
}

/// Says things in a language.
#[derive(Debug, Clone, Default)]
pub(crate) struct Words {
    language: String,
    instead: Vec<(String, Prompt)>,
}

impl Words {
    /// In this language (a BCP 47 tag); sounds of the operator stand for the texts that they have the names of.
    pub(crate) fn new(language: String, instead: Vec<(String, Prompt)>) -> Words {
        Words { language, instead }
    }

    /// A text.
    pub(crate) fn say(&self, text: Text) -> Prompt {
        let mut instead = self.instead.iter();
        if let Some((_, prompt)) = instead.find(|(name, _)| name == text.name()) {
            return prompt.clone();
        }
        self.speak(if self.is_german() {
            text.german().to_owned()
        } else {
            text.english().to_owned()
        })
    }

    /// How many messages there are.
    pub(crate) fn counts(&self, new: u32, old: u32) -> Prompt {
        self.speak(if self.is_german() {
            let of = |count: u32, kind: &str| match count {
                0 => format!("keine {kind}n Nachrichten"),
                1 => format!("eine {kind} Nachricht"),
                _ => format!("{count} {kind} Nachrichten"),
            };
            format!("Sie haben {} und {}.", of(new, "neue"), of(old, "alte"))
        } else {
            let of = |count: u32, kind: &str| match count {
                0 => format!("no {kind} messages"),
                1 => format!("one {kind} message"),
                _ => format!("{count} {kind} messages"),
            };
            format!("You have {} and {}.", of(new, "new"), of(old, "old"))
        })
    }

    /// Whose message follows, and when it was left.
    pub(crate) fn about(&self, number: usize, caller: &str, when: &str) -> Prompt {
        // Digit by digit, whatever a voice makes of long numbers.
        let spelt: Vec<String> = caller.chars().map(String::from).collect();
        let spelt = spelt.join(" ");
        let is_withheld = caller.is_empty();
        self.speak(match (self.is_german(), is_withheld) {
            (true, true) => format!("Nachricht {number}, {when}."),
            (true, false) => format!("Nachricht {number}, von {spelt}, {when}."),
            (false, true) => format!("Message {number}, {when}."),
            (false, false) => format!("Message {number}, from {spelt}, {when}."),
        })
    }

    fn is_german(&self) -> bool {
        self.language.starts_with("de")
    }

    fn speak(&self, text: String) -> Prompt {
        let language = if self.is_german() { "de" } else { "en" };
        Prompt::Speech(Speech {
            text,
            language: Some(language.to_owned()),
            voice: None,
        })
    }
}

/// The tone after which one speaks.
pub(crate) fn beep() -> Prompt {
    Prompt::Tone(Tone {
        kind: ToneKind::Beep,
        country: None,
        milliseconds: 400,
    })
}
