//! Why a plugin could not be loaded, or did not decide.

use std::fmt;

use switchhook_routing::decision::StageOutcome;

/// Why a plugin could not be loaded, or did not decide. A variant exists because its reader does something else.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PluginError {
    /// The file cannot be read, is no component, exports no router, wants what the host does not offer, or its settings are
    /// no JSON. The text says what to do. The version that was there stays.
    Invalid(String),
    /// No plugin of this name is loaded.
    Unknown(String),
    /// The plugin returned an error; the text is its own, cut to [`crate::limits::ERROR_TEXT`].
    Refused(String),
    /// The sandbox stopped it.
    Trapped(String),
    /// It used up its CPU time, or the wall clock ran out.
    TimedOut,
    /// It wanted more memory than it may have.
    OutOfMemory,
    /// Its answer broke a rule of the contract; the text says which.
    BadDecision(String),
    /// It could not be asked: set aside after too many failures, or no room for one more decision.
    Unavailable(String),
}

impl PluginError {
    /// The error as a call's record keeps it.
    pub fn into_outcome(self) -> StageOutcome {
        match self {
            PluginError::Refused(text) => StageOutcome::Error(text),
            PluginError::Trapped(text) => StageOutcome::Trapped(text),
            PluginError::TimedOut => StageOutcome::TimedOut,
            PluginError::OutOfMemory => StageOutcome::OutOfMemory,
            PluginError::BadDecision(text) => StageOutcome::BadDecision(text),
            PluginError::Invalid(text)
            | PluginError::Unknown(text)
            | PluginError::Unavailable(text) => StageOutcome::Unavailable(text),
        }
    }

    /// Whether the plugin misbehaved, as against having said in good order that it cannot decide.
    pub fn is_misbehaviour(&self) -> bool {
        matches!(
            self,
            PluginError::Trapped(_)
                | PluginError::TimedOut
                | PluginError::OutOfMemory
                | PluginError::BadDecision(_)
        )
    }
}

impl fmt::Display for PluginError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PluginError::Invalid(text) => f.write_str(text),
            PluginError::Unknown(name) => write!(f, "no plugin named `{name}` is loaded"),
            PluginError::Refused(text) => write!(f, "the plugin returned an error: {text}"),
            PluginError::Trapped(text) => write!(f, "the plugin trapped: {text}"),
            PluginError::TimedOut => f.write_str("the plugin ran out of time"),
            PluginError::OutOfMemory => f.write_str("the plugin ran out of memory"),
            PluginError::BadDecision(text) => {
                write!(f, "the plugin's decision is not valid: {text}")
            }
            PluginError::Unavailable(text) => write!(f, "the plugin is not available: {text}"),
        }
    }
}

impl std::error::Error for PluginError {}
