//! What a client may do: how many contacts and calls, whom it may call, for how long. Every limit is of its own; one that is not
//! there does not limit.

use std::sync::Arc;

use crate::dialplan::Pattern;

/// The limits of a client.
#[derive(Debug, Clone, Default)]
pub struct ClientLimits {
    /// Contacts that it may have registered at the same time; `None`: as many as the switch allows each client.
    pub contacts: Option<u32>,
    /// Calls that it may have at the same time, made and received; a further one that it makes is refused with 403.
    pub calls: Option<u32>,
    /// Whom it may call.
    pub destinations: Option<Arc<Destinations>>,
    /// Minutes that it may talk in calls that it makes in a day (UTC).
    pub minutes_per_day: Option<u32>,
    /// The same in a calendar month.
    pub minutes_per_month: Option<u32>,
}

impl ClientLimits {
    /// These limits, and where there is none the other's.
    pub fn or(&self, other: &ClientLimits) -> ClientLimits {
        ClientLimits {
            contacts: self.contacts.or(other.contacts),
            calls: self.calls.or(other.calls),
            destinations: self
                .destinations
                .clone()
                .or_else(|| other.destinations.clone()),
            minutes_per_day: self.minutes_per_day.or(other.minutes_per_day),
            minutes_per_month: self.minutes_per_month.or(other.minutes_per_month),
        }
    }
}

/// Whom a client may call, by patterns of what it dials.
#[derive(Debug, Clone, Default)]
pub struct Destinations {
    /// What it may call; empty: everything.
    pub allow: Vec<Pattern>,
    /// What it may not call, unless a pattern of `allow` is more specific.
    pub deny: Vec<Pattern>,
}

impl Destinations {
    /// Whether this number may be called: the most specific pattern decides, and between equals the one that denies.
    pub fn allows(&self, number: &str) -> bool {
        let best = |patterns: &[Pattern]| patterns.iter().filter_map(|p| p.matches(number)).max();
        match (best(&self.allow), best(&self.deny)) {
            (Some(allowed), Some(denied)) => allowed > denied,
            (None, Some(_)) => false,
            (Some(_), None) => true,
            (None, None) => self.allow.is_empty(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn destinations(allow: &[&str], deny: &[&str]) -> Destinations {
        let patterns = |all: &[&str]| all.iter().map(|p| Pattern::new(p).unwrap()).collect();
        Destinations {
            allow: patterns(allow),
            deny: patterns(deny),
        }
    }

    #[test]
    fn the_most_specific_pattern_decides() {
        let some = destinations(&["1*", "+49*", "+491900*"], &["+49190*"]);
        for allowed in ["1001", "+4930123", "+4919001"] {
            assert!(some.allows(allowed), "{allowed}");
        }
        for denied in ["+4919012", "+1", "", "0900"] {
            assert!(!some.allows(denied), "{denied}");
        }
        let most = destinations(&[], &["00*", "0900*"]);
        assert!(most.allows("1001") && !most.allows("0049") && !most.allows("0900123"));
        assert!(destinations(&[], &[]).allows("anything"));
        assert!(
            !destinations(&["1*"], &["1*"]).allows("1001"),
            "a tie denies"
        );
    }
}
