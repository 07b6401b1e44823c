//! Who calls, towards trunks and from them: caller-id policy, asserted identities (RFC 3325), privacy (RFC 3323).

use crate::dialplan::Pattern;

/// Who calls, as a trunk is told and as it tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdentityPolicy {
    /// Whether it is within our trust domain (RFC 3325 §2.3): what it asserts is believed, and it is told who calls even if the
    /// caller wants privacy.
    pub trusted: bool,
    /// Which number it is told.
    pub caller_id: CallerIdPolicy,
    /// The header fields that name the caller beside From.
    pub headers: Vec<IdentityHeader>,
    /// The user part of From, whoever calls; empty: the number.
    pub from_user: String,
    /// The host of From and of identities; empty: the domain.
    pub from_host: String,
    /// Whether it is told by Diversion (RFC 5806) that a call was forwarded.
    pub diversion: bool,
    /// Whether it is told by History-Info (RFC 7044).
    pub history_info: bool,
}

impl Default for IdentityPolicy {
    fn default() -> IdentityPolicy {
        IdentityPolicy {
            trusted: false,
            caller_id: CallerIdPolicy::Pass,
            headers: Vec::new(),
            from_user: String::new(),
            from_host: String::new(),
            diversion: true,
            history_info: true,
        }
    }
}

/// Which number a trunk is told as the caller's.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum CallerIdPolicy {
    /// The one that calls.
    #[default]
    Pass,
    /// This one.
    Fixed(String),
    /// The one that calls if it matches, else the default; without one the call is anonymous.
    Allowed {
        /// The numbers that may be shown, as the trunk writes them.
        numbers: Vec<Pattern>,
        /// The one that is shown instead of others.
        default: Option<String>,
    },
    /// None.
    Anonymous,
}

/// A header field that names the caller beside From.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdentityHeader {
    /// P-Asserted-Identity (RFC 3325 §9.1).
    Asserted,
    /// P-Preferred-Identity (RFC 3325 §9.2).
    Preferred,
    /// Remote-Party-ID (draft-ietf-sip-privacy-04), which many gateways still use.
    RemoteParty,
}
