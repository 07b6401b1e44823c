//! What routing code answered, and how the answer came about.

use crate::call::Variable;
use crate::verb::Script;

/// The answer of one plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Decision {
    /// Carry this out.
    Script(Script),
    /// This plugin does not decide; the next of the chain does. The variables are handed on.
    Next(Vec<Variable>),
}

/// A decision as the exchange receives it: what to do, or that nobody could say, and the way there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decided {
    /// The script, or `None` if no plugin gave a usable answer: the route's fallback, then the domain's default
    /// destination, then 480 come next.
    pub script: Option<Script>,
    /// Every plugin that was asked, in order.
    pub stages: Vec<Stage>,
}

/// One plugin's part in a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Stage {
    /// The plugin's name in the configuration.
    pub plugin: String,
    /// The version that answered: the first 12 hexadecimal digits of the component's SHA-256.
    pub version: String,
    /// What came of it.
    pub outcome: StageOutcome,
    /// The time it took, host calls included: nanoseconds.
    pub nanoseconds: u64,
}

/// What came of asking one plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum StageOutcome {
    /// It returned a script.
    Script,
    /// It left the decision to the next one.
    Next,
    /// It returned an error; the text is its own.
    Error(String),
    /// It trapped: the sandbox stopped it.
    Trapped(String),
    /// It used up its CPU time or the wall clock ran out.
    TimedOut,
    /// It wanted more memory than it may have.
    OutOfMemory,
    /// Its answer broke a rule of the contract; the text says which.
    BadDecision(String),
    /// It could not be asked: not loaded, or set aside after too many failures.
    Unavailable(String),
}
