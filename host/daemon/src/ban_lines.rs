//! Bans as the control socket tells them.

use serde::{Deserialize, Serialize};
use switchhook_call::guard::{Ban, GuardCounters};

/// A ban as `switchhook ban list` shows it.
#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct BanLine {
    /// Whom: an address or a range.
    pub source: String,
    /// For what.
    pub reason: String,
    /// Whether the source was proven: then it holds for connections as well as for datagrams.
    pub proven: bool,
    /// How long yet; absent: until it is lifted.
    pub seconds_left: Option<u64>,
    /// How many bans the source has had.
    pub times: u32,
    /// What it has dropped.
    pub dropped: u64,
}

/// What the guard has counted since the switch started.
#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
pub struct GuardLine {
    /// Messages and connections of banned sources.
    pub banned_messages: u64,
    /// Messages and connections that were too many.
    pub limited_messages: u64,
    /// Bans, those of the operator left out.
    pub bans: u64,
    /// Wrong credentials.
    pub wrong_credentials: u64,
    /// Requests for domains that are not ours.
    pub unknown_domains: u64,
    /// Bytes that are no message.
    pub malformed: u64,
    /// Messages of scanners.
    pub scanners: u64,
}

impl From<Ban> for BanLine {
    fn from(ban: Ban) -> BanLine {
        BanLine {
            source: ban.whom,
            reason: ban.reason.as_str().to_owned(),
            proven: ban.is_proven,
            seconds_left: ban.left.map(|left| left.as_secs()),
            times: ban.times,
            dropped: ban.dropped,
        }
    }
}

impl From<GuardCounters> for GuardLine {
    fn from(counters: GuardCounters) -> GuardLine {
        GuardLine {
            banned_messages: counters.banned_messages,
            limited_messages: counters.limited_messages,
            bans: counters.bans,
            wrong_credentials: counters.wrong_credentials,
            unknown_domains: counters.unknown_domains,
            malformed: counters.malformed,
            scanners: counters.scanners,
        }
    }
}
