//! Destinations.

use std::fmt;
use std::time::Duration;

use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};

use crate::script::whole_seconds;
use crate::verb::{Endpoint, Target, TrunkNumber};

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

/// The members of a ring group of the domain. Alone in a `connect`, it is called in its own order.
pub fn ring_group(name: impl Into<String>) -> Target {
    target(Endpoint::RingGroup(name.into()))
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

/// A destination in settings: the name of a client, or a target in the switch's own words
/// (`{"endpoint": {"trunk": {"trunk": "carrier", "number": "+49…"}}, "ring_seconds": 10}`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member(pub Target);

impl<'de> Deserialize<'de> for Member {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Member, D::Error> {
        deserializer.deserialize_any(MemberVisitor)
    }
}

struct MemberVisitor;

impl<'de> Visitor<'de> for MemberVisitor {
    type Value = Member;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a client or a target")
    }

    fn visit_str<E>(self, name: &str) -> Result<Member, E> {
        Ok(Member(client(name)))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Member, A::Error> {
        Target::deserialize(MapAccessDeserializer::new(map)).map(Member)
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

fn target(endpoint: Endpoint) -> Target {
    Target {
        endpoint,
        ring_seconds: None,
    }
}
