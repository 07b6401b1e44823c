//! The other verbs, and the answers that are no script.

use std::time::Duration;

use crate::call::{Header, Variable};
use crate::decision::Continuation;
use crate::script::prompt::IntoPrompt;
use crate::script::{Next, Plan, Reply, Step, milliseconds, whole_seconds};
use crate::verb::{Delegate, Enqueue, Pause, Redial, Respond, SendDigits, Verb};

/// Ends the call with a final response, 300 to 699.
pub fn respond(status: u16) -> Reply {
    Step(Respond {
        status,
        reason: None,
        headers: Vec::new(),
    })
}

impl Reply {
    /// A reason phrase other than that of the RFC.
    #[must_use]
    pub fn reason(mut self, reason: impl Into<String>) -> Reply {
        self.0.reason = Some(reason.into());
        self
    }

    /// Adds a header field to the response.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Reply {
        self.0.headers.push(Header {
            name: name.into(),
            value: value.into(),
        });
        self
    }
}

/// Lets the caller wait in a queue of the domain for an agent.
pub fn enqueue(queue: impl Into<String>) -> Step<Enqueue> {
    Step(Enqueue {
        queue: queue.into(),
        skills: Vec::new(),
        priority: 0,
        timeout_seconds: None,
        music: None,
        tag: None,
    })
}

impl Step<Enqueue> {
    /// A skill that the agent must have; called again, one more.
    #[must_use]
    pub fn skill(mut self, skill: impl Into<String>) -> Self {
        self.0.skills.push(skill.into());
        self
    }

    /// Whoever has more is served first; 0 is usual.
    #[must_use]
    pub fn priority(mut self, priority: i16) -> Self {
        self.0.priority = priority;
        self
    }

    /// How long the caller waits at most. Parts of a second are rounded up.
    #[must_use]
    pub fn within(mut self, time: Duration) -> Self {
        self.0.timeout_seconds = Some(whole_seconds(time));
        self
    }

    /// What the waiting caller hears.
    #[must_use]
    pub fn music(mut self, prompt: impl IntoPrompt) -> Self {
        self.0.music = Some(prompt.into_prompt());
        self
    }
}

/// Waits before what comes next: up to 60 s, exact to the millisecond.
pub fn pause(time: Duration) -> Step<Pause> {
    Step(Pause {
        milliseconds: milliseconds(time),
        tag: None,
    })
}

/// Sends keys to the other side of the answered call; `,` is half a second of silence.
pub fn send_digits(digits: impl Into<String>) -> Step<SendDigits> {
    Step(SendDigits {
        digits: digits.into(),
        digit_milliseconds: None,
        tag: None,
    })
}

impl Step<SendDigits> {
    /// How long each key is.
    #[must_use]
    pub fn each(mut self, time: Duration) -> Self {
        self.0.digit_milliseconds = Some(milliseconds(time));
        self
    }
}

/// Answers the caller's leg.
pub fn answer() -> Plan {
    Plan(vec![Verb::Answer])
}

/// Sets a variable of the call: what resumes, later attempts and events see.
pub fn set_variable(name: impl Into<String>, value: impl Into<String>) -> Plan {
    Plan(vec![Verb::SetVariable(Variable {
        name: name.into(),
        value: value.into(),
    })])
}

/// Lets another plugin of the switch decide.
pub fn delegate(plugin: impl Into<String>) -> Plan {
    Plan(vec![Verb::Delegate(Delegate {
        plugin: plugin.into(),
    })])
}

/// Routes the call anew, as if this number had been dialled.
pub fn redial(number: impl Into<String>) -> Plan {
    Plan(vec![Verb::Redial(Redial {
        callee: number.into(),
    })])
}

/// Leaves the decision to the next plugin of the chain. In the phase `veto`: lets the script pass.
pub fn next() -> Next {
    Next(Vec::new())
}

/// The answer of `resume` that lets the rest of the script follow.
pub fn proceed() -> Continuation {
    Continuation::Proceed
}
