//! Builders of scripts: `ring(["1001", "1002"]).within(20.seconds()).then(respond(480))`. They write the switch's own
//! vocabulary and check nothing; the limits are the host's to judge.

mod connect;
mod conversation;
mod prompt;
mod target;
mod verbs;

use std::time::Duration;

pub use connect::{longest_idle, random_order, ring, round_robin, sequential};
pub use conversation::{
    announce, conference, gather, pause_recording, record_call, record_message, stop_recording,
    stream, voicemail,
};
pub use prompt::{IntoPrompt, IntoPrompts, Say, file, say, tone, web};
pub use target::{IntoTarget, Member, RingTime, client, ring_group, trunk, uri};
pub use verbs::{
    answer, delegate, enqueue, next, pause, proceed, redial, respond, send_digits, set_variable,
};

use crate::call::Variable;
use crate::decision::{Continuation, Decision};
use crate::verb::{
    Announce, Conference, Connect, Enqueue, Gather, MediaStream, Pause, Recording, Respond, Script,
    SendDigits, Verb, Voicemail,
};

/// One verb in the making.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step<V>(pub(crate) V);

/// Destinations that are called.
pub type Ring = Step<Connect>;

/// A final response.
pub type Reply = Step<Respond>;

impl<V: IntoVerb> Step<V> {
    /// What comes next (after a `connect`: if nobody answers).
    #[must_use]
    pub fn then(self, next: impl IntoScript) -> Plan {
        Plan(self.into_script()).then(next)
    }
}

impl<V: Tagged> Step<V> {
    /// Asks the plugin what follows when this is over: `resume` gets the tag and the outcome.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<String>) -> Step<V> {
        *self.0.tag_mut() = Some(tag.into());
        self
    }
}

/// A verb's own data. Not for plugins to implement.
pub trait IntoVerb {
    /// The verb.
    fn into_verb(self) -> Verb;
}

/// A verb that can ask back. Not for plugins to implement.
pub trait Tagged {
    /// Where its tag is.
    fn tag_mut(&mut self) -> &mut Option<String>;
}

macro_rules! verbs {
    ($($data:ident $verb:ident $($tagged:ident)?,)*) => {
        $(
            impl IntoVerb for $data {
                fn into_verb(self) -> Verb {
                    Verb::$verb(self)
                }
            }
            $(
                impl $tagged for $data {
                    fn tag_mut(&mut self) -> &mut Option<String> {
                        &mut self.tag
                    }
                }
            )?
        )*
    };
}

verbs! {
    Announce Announce Tagged,
    Gather Gather Tagged,
    Connect Connect Tagged,
    Enqueue Enqueue Tagged,
    Voicemail Voicemail Tagged,
    Recording Record Tagged,
    Conference Conference Tagged,
    MediaStream Stream Tagged,
    Pause Pause Tagged,
    SendDigits SendDigits Tagged,
    Respond Respond,
}

/// A script in the making.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan(Script);

impl Plan {
    /// What comes next.
    #[must_use]
    pub fn then(mut self, next: impl IntoScript) -> Plan {
        self.0.extend(next.into_script());
        self
    }
}

/// Leaves the decision to the next plugin, and tells it things.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Next(Vec<Variable>);

impl Next {
    /// Sets a variable in the call that the next plugins see.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Next {
        self.0.push(Variable {
            name: name.into(),
            value: value.into(),
        });
        self
    }
}

/// What can be a part of a script.
pub trait IntoScript {
    /// The verbs.
    fn into_script(self) -> Script;
}

impl<V: IntoVerb> IntoScript for Step<V> {
    fn into_script(self) -> Script {
        vec![self.0.into_verb()]
    }
}

impl IntoScript for Plan {
    fn into_script(self) -> Script {
        self.0
    }
}

impl IntoScript for Verb {
    fn into_script(self) -> Script {
        vec![self]
    }
}

impl IntoScript for Script {
    fn into_script(self) -> Script {
        self
    }
}

impl<V: IntoVerb> From<Step<V>> for Decision {
    fn from(step: Step<V>) -> Decision {
        Decision::Script(step.into_script())
    }
}

impl From<Plan> for Decision {
    fn from(plan: Plan) -> Decision {
        Decision::Script(plan.into_script())
    }
}

impl From<Next> for Decision {
    fn from(next: Next) -> Decision {
        Decision::Next(next.0)
    }
}

impl<V: IntoVerb> From<Step<V>> for Continuation {
    fn from(step: Step<V>) -> Continuation {
        Continuation::Script(step.into_script())
    }
}

impl From<Plan> for Continuation {
    fn from(plan: Plan) -> Continuation {
        Continuation::Script(plan.into_script())
    }
}

/// Whole seconds in words: `20.seconds()`.
pub trait Seconds {
    /// As a [`Duration`].
    fn seconds(self) -> Duration;
}

impl Seconds for u32 {
    fn seconds(self) -> Duration {
        Duration::from_secs(self.into())
    }
}

/// Parts of a second are rounded up.
fn whole_seconds(time: Duration) -> u32 {
    let rounded_up = time
        .as_secs()
        .saturating_add(u64::from(time.subsec_nanos() > 0));
    u32::try_from(rounded_up).unwrap_or(u32::MAX)
}

fn milliseconds(time: Duration) -> u32 {
    u32::try_from(time.as_millis()).unwrap_or(u32::MAX)
}

#[cfg(test)]
#[path = "script_tests.rs"]
mod tests;
