//! What a caller hears: files, speech, tones.

/// Something that a caller hears.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Prompt {
    /// A file of the media folder, by its path in it.
    File(String),
    /// An `http:` or `https:` URL.
    Url(String),
    /// Words, spoken by the speech engine.
    Speech(Speech),
    /// A tone of the telephone network.
    Tone(Tone),
}

/// Words to be spoken.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Speech {
    /// The words.
    pub text: String,
    /// The language as a BCP 47 tag; `None`: the domain's.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub language: Option<String>,
    /// A voice of the speech engine; `None`: the usual one of the language.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub voice: Option<String>,
}

/// A tone of the telephone network (ITU-T E.180).
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(deny_unknown_fields)
)]
pub struct Tone {
    /// Which one.
    pub kind: ToneKind,
    /// Whose: an ISO 3166 country code in lower case; `None`: the domain's.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub country: Option<String>,
    /// How long: milliseconds.
    pub milliseconds: u32,
}

/// The tones of the telephone network.
#[derive(Debug, Clone, PartialEq, Eq, Copy)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum ToneKind {
    /// Dial tone.
    Dial,
    /// Ringing tone.
    Ringing,
    /// Busy tone.
    Busy,
    /// Congestion (reorder) tone.
    Congestion,
    /// Special information tone.
    Information,
    /// A short beep.
    Beep,
    /// Nothing.
    Silence,
}
