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

/// What follows a verb that was given a tag.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Continuation {
    /// Carry this out instead of the rest of the script.
    Script(Script),
    /// Go on with the rest of the script.
    Proceed,
}

/// A decision as the exchange receives it: what to do, or that nobody could say, and the way there.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Decided {
    /// The script, or `None` if no plugin gave a usable answer: the route's fallback, then the domain's default
    /// destination, then 480 come next.
    pub script: Option<Script>,
    /// Every plugin that was asked, in order. The last one whose outcome is [`StageOutcome::Script`] is the author of the
    /// script: its tags are asked back to it.
    pub stages: Vec<Stage>,
    /// The variables of the call as the chain left them.
    pub variables: Vec<Variable>,
}

/// What came of asking back, as the exchange receives it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Resumed {
    /// What follows, or `None` if no usable answer came: the rest of the script follows.
    pub continuation: Option<Continuation>,
    /// The plugins that were asked: the author of the script, then those with a veto.
    pub stages: Vec<Stage>,
}

/// The part that a plugin has in a chain.
#[derive(Debug, Clone, PartialEq, Eq, Copy, Default, Hash, PartialOrd, Ord)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Phase {
    /// Ends unwanted calls before anything else is asked.
    Screen,
    /// Finds things out and hands them on as variables; decides nothing.
    Enrich,
    /// Decides.
    #[default]
    Route,
    /// Sees the script and may put another in its place.
    Veto,
}

/// One plugin's part in a decision.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct Stage {
    /// The plugin's name in the configuration.
    pub plugin: String,
    /// The version that answered: the first 12 hexadecimal digits of the component's SHA-256.
    pub version: String,
    /// Its part in the chain.
    #[cfg_attr(feature = "serde", serde(default))]
    pub phase: Phase,
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
    /// It left the decision to the next one, or let the script pass.
    Next,
    /// Asked what follows a verb, it let the rest of the script follow.
    Proceed,
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
