//! Trunks as the control socket tells them.

use std::time::Instant;

use serde::{Deserialize, Serialize};
use switchhook_call::trunks::status::TrunkStatus;

use crate::operator::Operator;

/// A trunk as `switchhook trunk list` shows it.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct TrunkLine {
    /// The domain that it belongs to.
    pub domain: String,
    /// Its name.
    pub name: String,
    /// Our registration there; absent: we do not register.
    pub registration: Option<RegistrationState>,
    /// Its hosts, in the order in which they are tried.
    pub hosts: Vec<HostLine>,
    /// Calls from it that there are.
    pub calls_in: u32,
    /// Calls to it that there are.
    pub calls_out: u32,
    /// Calls both ways together that there may be; absent: any number. The same of the next two.
    pub limit: Option<u32>,
    /// Calls from it that there may be.
    pub limit_in: Option<u32>,
    /// Calls to it that there may be.
    pub limit_out: Option<u32>,
    /// Calls from it that were taken on since the switch started.
    pub taken_in: u64,
    /// Calls that were sent to it since the switch started.
    pub taken_out: u64,
    /// Calls that were one too many, both ways.
    pub refused: u64,
    /// Calls to it that went on to another host or trunk.
    pub failed_over: u64,
}

/// A registration at a trunk.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct RegistrationState {
    /// `registering`, `registered`, `failed` or `leaving`.
    pub state: String,
    /// Why, for people.
    pub reason: String,
    /// Since when: milliseconds since the Unix epoch.
    pub since_ms: u64,
    /// When we ask again: milliseconds since the Unix epoch; absent: an answer is awaited.
    pub next_ms: Option<u64>,
    /// Until when the trunk keeps our contact: milliseconds since the Unix epoch; absent: it does not have it.
    pub until_ms: Option<u64>,
}

/// A host of a trunk.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct HostLine {
    /// The host, with its port if one was given.
    pub host: String,
    /// `up`, `down`, or `unknown`, if nobody asks it.
    pub state: String,
    /// Why, for people.
    pub reason: String,
    /// Since when: milliseconds since the Unix epoch.
    pub since_ms: u64,
}

impl TrunkLine {
    /// Every trunk of a switch, or of one of its domains, by domain and name.
    pub async fn all(operator: &Operator, domain: Option<String>) -> Vec<TrunkLine> {
        let now = Instant::now();
        let of_all = operator.inspect(move |exchange| exchange.trunks(now)).await;
        let is_wanted = |status: &TrunkStatus| {
            domain
                .as_ref()
                .is_none_or(|domain| *domain == status.domain)
        };
        let mut lines: Vec<_> = (of_all.into_iter().flatten().filter(is_wanted))
            .map(TrunkLine::from)
            .collect();
        lines.sort_by(|a, b| (&a.domain, &a.name).cmp(&(&b.domain, &b.name)));
        lines
    }
}

impl From<TrunkStatus> for TrunkLine {
    fn from(status: TrunkStatus) -> TrunkLine {
        let hosts = status.hosts.into_iter().map(|host| HostLine {
            host: host.host,
            state: host.state.as_str().to_owned(),
            reason: host.reason,
            since_ms: host.since_ms,
        });
        TrunkLine {
            domain: status.domain,
            name: status.name,
            registration: status.registration.map(|registration| RegistrationState {
                state: registration.state.as_str().to_owned(),
                reason: registration.reason,
                since_ms: registration.since_ms,
                next_ms: registration.next_ms,
                until_ms: registration.until_ms,
            }),
            hosts: hosts.collect(),
            calls_in: status.calls_in,
            calls_out: status.calls_out,
            limit: status.limits.calls,
            limit_in: status.limits.calls_in,
            limit_out: status.limits.calls_out,
            taken_in: status.taken_in,
            taken_out: status.taken_out,
            refused: status.refused,
            failed_over: status.failed_over,
        }
    }
}
