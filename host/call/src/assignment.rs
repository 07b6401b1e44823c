//! What a gatekeeper has assigned to a client: it holds as long as the client is registered.

use std::sync::Arc;

use switchhook_routing::decision::Phase;
use switchhook_routing::registration::{AssignedDialplan, DialplanEntry, Grant, Proof};
use switchhook_sip::digest::{Ha1, Hash};

use crate::call::routing::Plan;
use crate::config::Domain;
use crate::dialplan::{Dialplan, PluginStep, Route};
use crate::keys::AddressOfRecord;
use crate::limits;

/// What a client was assigned.
#[derive(Debug, Clone)]
pub(crate) struct Assignment {
    /// What its later requests are verified against; `None`: the flow that it registered over vouches for it.
    pub(crate) ha1: Option<Ha1>,
    /// The dialplan of its calls; `None`: the one of the configuration.
    pub(crate) plan: Option<Plan>,
    /// The codecs that it prefers; none: those of the configuration.
    pub(crate) codecs: Vec<String>,
    /// Whether its media bypass the switch where the other side's do too: it has `DIRECT` among its codecs.
    pub(crate) direct: bool,
    /// How long it was registered for; `None`: as it asked.
    pub(crate) seconds: Option<u32>,
    /// What it all comes from, to be kept over a restart.
    pub(crate) grant: Arc<Grant>,
}

/// The name among codecs that is none, but asks for media that bypass the switch.
const DIRECT: &str = "DIRECT";

fn is_direct(name: &str) -> bool {
    name.eq_ignore_ascii_case(DIRECT)
}

/// A grant that breaks a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct BadGrant;

impl Assignment {
    /// What a grant assigns; its proof is still to be checked.
    pub(crate) fn of(
        domain: &Domain,
        gatekeeper: &str,
        grant: &Grant,
    ) -> Result<Assignment, BadGrant> {
        let plan = match &grant.dialplan {
            None => None,
            Some(AssignedDialplan::Named(name)) if domain.dialplans.contains_key(name) => {
                Some(Plan::Named(name.clone()))
            }
            Some(AssignedDialplan::Named(_)) => return Err(BadGrant),
            Some(AssignedDialplan::Entries(entries)) => {
                Some(Plan::Assigned(Arc::new(compiled(gatekeeper, entries)?)))
            }
        };
        if grant.codecs.len() > limits::GRANT_CODECS {
            return Err(BadGrant);
        }
        let limits = domain.registration_seconds;
        let seconds = grant.expires_seconds;
        Ok(Assignment {
            ha1: None,
            plan,
            codecs: grant
                .codecs
                .iter()
                .filter(|name| !is_direct(name))
                .cloned()
                .collect(),
            direct: grant.codecs.iter().any(|name| is_direct(name)),
            seconds: seconds.map(|seconds| seconds.max(limits.min).min(limits.max)),
            grant: Arc::new(grant.clone()),
        })
    }

    /// The same once more, after a restart: its proof has been checked.
    pub(crate) fn again(
        domain: &Domain,
        client: &AddressOfRecord,
        gatekeeper: &str,
        grant: &Grant,
    ) -> Result<Assignment, BadGrant> {
        let mut assignment = Assignment::of(domain, gatekeeper, grant)?;
        assignment.ha1 = match &grant.proof {
            Proof::Checked => None,
            Proof::Password(password) => {
                Some(Ha1::from_password(&client.user, &domain.name, password))
            }
            Proof::Ha1(digits) => {
                // The length tells which hash it is: domains offer these two.
                let mut known = [Hash::Md5, Hash::Sha256].into_iter();
                Some(
                    known
                        .find_map(|hash| Ha1::from_hex(hash, digits))
                        .ok_or(BadGrant)?,
                )
            }
        };
        Ok(assignment)
    }
}

fn compiled(gatekeeper: &str, entries: &[DialplanEntry]) -> Result<Dialplan, BadGrant> {
    let is_too_big = |entry: &DialplanEntry| {
        entry.plugins.len() > limits::GRANT_PLUGINS
            || entry.variables.len() > limits::GRANT_VARIABLES
    };
    if entries.len() > limits::GRANT_ENTRIES || entries.iter().any(is_too_big) {
        return Err(BadGrant);
    }
    let own = [gatekeeper.to_owned()];
    let routes = entries.iter().map(|entry| {
        let names = match entry.plugins.as_slice() {
            [] => &own,
            names => names,
        };
        let step = |name: &String| PluginStep {
            name: name.clone(),
            phase: Phase::Route,
            fail_open: false,
        };
        let route = Route {
            plugins: names.iter().map(step).collect(),
            fallback: None,
            variables: entry.variables.clone(),
        };
        (entry.pattern.as_str(), route)
    });
    Dialplan::new(routes).map_err(|_| BadGrant)
}
