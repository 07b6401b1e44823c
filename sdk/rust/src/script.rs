//! Builders of scripts: `ring(["1001", "1002"]).within(20.seconds()).then(respond(480))`. They write the switch's own
//! vocabulary and check nothing; the limits are the host's to judge.

use std::time::Duration;

use crate::call::{Header, Variable};
use crate::decision::Decision;
use crate::verb::{
    Connect, Delegate, Endpoint, Pause, Redial, Respond, Script, Strategy, Target, TrunkNumber,
    Verb,
};

/// Rings destinations at once; the first that answers gets the call. A plain text is a client of the domain.
pub fn ring<T: IntoTarget>(targets: impl IntoIterator<Item = T>) -> Ring {
    Ring(Connect {
        targets: targets.into_iter().map(T::into_target).collect(),
        ..Connect::default()
    })
}

/// Rings destinations one after another, in this order. Give each a [`RingTime::ringing`], or the first may take all the time.
pub fn sequential<T: IntoTarget>(targets: impl IntoIterator<Item = T>) -> Ring {
    let Ring(connect) = ring(targets);
    Ring(Connect {
        strategy: Strategy::Sequential,
        ..connect
    })
}

/// A client of the domain: every contact that it has registered.
pub fn client(username: impl Into<String>) -> Target {
    target(Endpoint::Client(username.into()))
}

/// A number behind a trunk of the domain.
pub fn trunk(trunk: impl Into<String>, number: impl Into<String>) -> Target {
    target(Endpoint::Trunk(TrunkNumber {
        trunk: trunk.into(),
        number: number.into(),
    }))
}

/// A `sip:` or `sips:` URI.
pub fn uri(uri: impl Into<String>) -> Target {
    target(Endpoint::Uri(uri.into()))
}

/// Ends the call with a final response, 300 to 699.
pub fn respond(status: u16) -> Reply {
    Reply(Respond {
        status,
        reason: None,
        headers: Vec::new(),
    })
}

/// Waits before what comes next: up to 60 s, exact to the millisecond.
pub fn pause(time: Duration) -> Plan {
    let milliseconds = u32::try_from(time.as_millis()).unwrap_or(u32::MAX);
    Plan(vec![Verb::Pause(Pause { milliseconds })])
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

/// Leaves the decision to the next plugin of the chain.
pub fn next() -> Next {
    Next(Vec::new())
}

/// Destinations that are called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ring(Connect);

impl Ring {
    /// How long all of it may take. Parts of a second are rounded up.
    #[must_use]
    pub fn within(mut self, time: Duration) -> Ring {
        self.0.timeout_seconds = Some(whole_seconds(time));
        self
    }

    /// Shows another number to the called side.
    #[must_use]
    pub fn showing(mut self, caller_id: impl Into<String>) -> Ring {
        self.0.caller_id = Some(caller_id.into());
        self
    }

    /// Adds a header field to the INVITE of every destination.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Ring {
        self.0.headers.push(Header {
            name: name.into(),
            value: value.into(),
        });
        self
    }

    /// What comes next if nobody answers.
    #[must_use]
    pub fn then(self, next: impl IntoScript) -> Plan {
        Plan(self.into_script()).then(next)
    }
}

/// A final response.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply(Respond);

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

impl IntoScript for Ring {
    fn into_script(self) -> Script {
        vec![Verb::Connect(self.0)]
    }
}

impl IntoScript for Reply {
    fn into_script(self) -> Script {
        vec![Verb::Respond(self.0)]
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

impl From<Ring> for Decision {
    fn from(ring: Ring) -> Decision {
        Decision::Script(ring.into_script())
    }
}

impl From<Reply> for Decision {
    fn from(reply: Reply) -> Decision {
        Decision::Script(reply.into_script())
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

/// What can be called: a [`Target`], an [`Endpoint`], or a text, the username of a client.
pub trait IntoTarget {
    /// The target.
    fn into_target(self) -> Target;
}

impl IntoTarget for Target {
    fn into_target(self) -> Target {
        self
    }
}

impl IntoTarget for Endpoint {
    fn into_target(self) -> Target {
        target(self)
    }
}

impl IntoTarget for &str {
    fn into_target(self) -> Target {
        client(self)
    }
}

impl IntoTarget for &String {
    fn into_target(self) -> Target {
        client(self.as_str())
    }
}

impl IntoTarget for String {
    fn into_target(self) -> Target {
        client(self)
    }
}

/// How long one destination may ring.
pub trait RingTime {
    /// Sets it: `client("1001").ringing(15.seconds())`. Parts of a second are rounded up.
    #[must_use]
    fn ringing(self, time: Duration) -> Target;
}

impl RingTime for Target {
    fn ringing(self, time: Duration) -> Target {
        Target {
            ring_seconds: Some(whole_seconds(time)),
            ..self
        }
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

fn target(endpoint: Endpoint) -> Target {
    Target {
        endpoint,
        ring_seconds: None,
    }
}

fn whole_seconds(time: Duration) -> u32 {
    let rounded_up = time
        .as_secs()
        .saturating_add(u64::from(time.subsec_nanos() > 0));
    u32::try_from(rounded_up).unwrap_or(u32::MAX)
}

#[cfg(test)]
#[path = "script_tests.rs"]
mod tests;
