//! Feature codes: what a client dials to change a setting of its own or to take part in a call of others, instead of
//! calling someone. Only what was dialled is read here; carrying it out is the call's.

use crate::rooms::supervision::Supervision;

/// What a feature code is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Feature {
    /// The client's phones stay silent, or no longer do.
    DoNotDisturb(Switch),
    /// Calls for the client go elsewhere. To switch it on, the code is followed by the number.
    Forward(Occasion, bool),
    /// No calls of the client go elsewhere any more, on whatever occasion they did.
    ForwardNothing,
    /// Answers a call that rings elsewhere; the code is followed by the extension that rings.
    Pickup,
    /// Answers a call that rings in a group of the client.
    PickupGroup,
    /// Parks a call; a slot may follow.
    Park,
    /// The client hears its own mailbox.
    OwnMailbox,
    /// Somebody hears a mailbox, whose number may follow.
    AnyMailbox,
    /// Takes part in a call of a client; the code is followed by its extension.
    Supervise(Supervision),
}

/// What is done to a setting that is on or off.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Switch {
    /// It is on from now on.
    On,
    /// It is off from now on.
    Off,
    /// It is on if it was off, and the other way round.
    Toggle,
}

impl Switch {
    /// What the setting is afterwards.
    pub fn apply(self, was: bool) -> bool {
        match self {
            Switch::On => true,
            Switch::Off => false,
            Switch::Toggle => !was,
        }
    }
}

/// When calls for a client go elsewhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Occasion {
    /// Whatever its phones do: they are not called.
    Always,
    /// When it is busy.
    Busy,
    /// When it does not answer in time.
    NoAnswer,
    /// When it has no phone registered, or none that can be reached.
    Unreachable,
}

impl Occasion {
    /// All of them.
    pub const ALL: [Occasion; 4] = [
        Occasion::Always,
        Occasion::Busy,
        Occasion::NoAnswer,
        Occasion::Unreachable,
    ];
}

impl Occasion {
    /// Its name in configurations and lists.
    pub fn as_str(self) -> &'static str {
        match self {
            Occasion::Always => "always",
            Occasion::Busy => "busy",
            Occasion::NoAnswer => "no answer",
            Occasion::Unreachable => "unreachable",
        }
    }
}

impl Feature {
    /// Whether more must be dialled than the code, may be, or must not.
    pub fn argument(self) -> Argument {
        match self {
            Feature::Pickup | Feature::Forward(_, true) | Feature::Supervise(_) => Argument::Needed,
            Feature::Park | Feature::AnyMailbox => Argument::Optional,
            _ => Argument::None,
        }
    }
}

/// Whether something is dialled after a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Argument {
    /// Nothing: the code stands alone.
    None,
    /// Perhaps.
    Optional,
    /// Something must be.
    Needed,
}

/// The feature codes of a domain. A code may stand for two features if only one of them needs more to be dialled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Codes {
    /// What is dialled, and what for.
    pub list: Vec<(String, Feature)>,
}

/// A feature code that was dialled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dialled {
    /// What it is for.
    pub feature: Feature,
    /// What was dialled after the code; empty: nothing.
    pub argument: String,
}

impl Codes {
    /// Reads what was dialled. Of several codes that it begins with, the longest counts; a `#` at its end only says that
    /// nothing follows. `None`: it is no feature code.
    pub fn read(&self, dialled: &str) -> Option<Dialled> {
        let fits = |(code, feature): &&(String, Feature)| {
            let rest = dialled.strip_prefix(code.as_str());
            rest.is_some_and(|rest| match feature.argument() {
                Argument::None => rest.is_empty(),
                Argument::Optional => true,
                Argument::Needed => !argument(rest).is_empty(),
            })
        };
        let best = self
            .list
            .iter()
            .filter(fits)
            .max_by_key(|(code, feature)| (code.len(), feature.argument() == Argument::None));
        let (code, feature) = best?;
        let rest = dialled.strip_prefix(code.as_str())?;
        Some(Dialled {
            feature: *feature,
            argument: argument(rest).to_owned(),
        })
    }
}

fn argument(rest: &str) -> &str {
    rest.strip_suffix('#').unwrap_or(rest)
}

#[cfg(test)]
#[path = "codes_tests.rs"]
mod tests;
