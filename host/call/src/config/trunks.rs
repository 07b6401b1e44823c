//! What the exchange is told of trunks and groups of them. Plain values; what they mean is `trunks`'.

use std::fmt;
use std::ops::RangeInclusive;
use std::time::Duration;

use switchhook_sip::digest::Ha1;
use switchhook_sip::flow::Transport;
use switchhook_sip::identifiers::derived;

use crate::cidr::Cidr;
use crate::config::media_rules::MediaRules;
use crate::trunks::identity::IdentityPolicy;
use crate::trunks::numbers::Numbers;

/// A trunk: a peer that calls come from, and that calls are sent out to.
///
/// A call is one of its calls if any of these tells it so: its registration's contact, the certificate of its connection,
/// its address, its credentials.
#[derive(Debug, Clone, Default)]
pub struct Trunk {
    /// The name, unique in the domain, also among groups.
    pub name: String,
    /// Where its calls come from.
    pub sources: Vec<Cidr>,
    /// Names of which one must stand in the certificate that its connection was verified by; in lower case.
    pub certificate_names: Vec<String>,
    /// The credentials that its calls show; calls that are not known otherwise are challenged for them.
    pub inbound: Option<InboundLogin>,
    /// The name of the dialplan that decides about its calls.
    pub dialplan: String,
    /// Where calls to it go; `None`: it is for incoming calls only.
    pub outbound: Option<Outbound>,
    /// How we register there; `None`: we do not.
    pub registration: Option<Registration>,
    /// How it is watched; `None`: it is taken to be up.
    pub health: Option<Health>,
    /// How many calls it may have.
    pub limits: TrunkLimits,
    /// How numbers are written there.
    pub numbers: Numbers,
    /// Who calls, as it is told and as it tells.
    pub identity: IdentityPolicy,
    /// Whether it may transfer calls (REFER).
    pub transfers: bool,
    /// What holds for its media.
    pub media: MediaRules,
}

/// The credentials that the calls of a trunk show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InboundLogin {
    /// The username. No client of the domain has the same.
    pub username: String,
    /// The hashed password, made for the domain's name as realm.
    pub ha1: Ha1,
}

/// Where calls to a trunk go.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Outbound {
    /// The host name or address.
    pub host: String,
    /// The port; `None`: what resolving the host says, else the transport's own.
    pub port: Option<u16>,
    /// Further hosts, tried in order when those before fail.
    pub others: Vec<Place>,
    /// The transport; `None`: UDP.
    pub transport: Option<Transport>,
    /// The username for its digest challenges; empty: none.
    pub username: String,
    /// The password for its digest challenges.
    pub password: String,
    /// How long any response may take before the next host or member is tried, if there is one; `None`:
    /// [`crate::config::Timing::failover`].
    pub first_response: Option<Duration>,
    /// How long a response that says more than 100 Trying may take; `None`: as long as the call may ring.
    pub progress: Option<Duration>,
    /// The statuses that make the next host be tried; empty: [`FAIL_OVER`].
    pub fail_over: Vec<RangeInclusive<u16>>,
}

/// A host and its port.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place {
    /// The host name or address.
    pub host: String,
    /// The port; `None`: what resolving the host says, else the transport's own.
    pub port: Option<u16>,
}

/// The statuses that say something about a trunk and not about who was called: the next one is tried.
pub const FAIL_OVER: [RangeInclusive<u16>; 4] = [401..=401, 407..=408, 430..=430, 500..=599];

impl fmt::Debug for Outbound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbound")
            .field("host", &self.host)
            .field("port", &self.port)
            .finish_non_exhaustive()
    }
}

impl Outbound {
    /// All its hosts, in the order in which they are tried.
    pub fn places(&self) -> impl Iterator<Item = Place> + '_ {
        let first = Place {
            host: self.host.clone(),
            port: self.port,
        };
        std::iter::once(first).chain(self.others.iter().cloned())
    }
}

/// How we register at a trunk (RFC 3261 §10.2).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Registration {
    /// The host of the address of record and of the Request-URI; empty: the trunk's first host.
    pub domain: String,
    /// The user part of the address of record; empty: the username of the trunk.
    pub user: String,
    /// The username for digest challenges; empty: that of the trunk.
    pub auth_username: String,
    /// How long a registration is asked for: seconds.
    pub expires_seconds: u32,
    /// The user part of Contact; empty: as the address of record.
    pub contact_user: String,
    /// What our Contact carries so that calls to it are known to come from the trunk: [`Registration::token_of`]. Empty: nothing.
    pub token: String,
}

impl Registration {
    /// A token that only who knows the password can tell, the same after every start. Empty if there is no password.
    pub fn token_of(domain: &str, trunk: &str, username: &str, password: &str) -> String {
        if password.is_empty() {
            return String::new();
        }
        derived(password.as_bytes(), &[domain, trunk, username])
    }
}

impl Default for Registration {
    fn default() -> Registration {
        Registration {
            domain: String::new(),
            user: String::new(),
            auth_username: String::new(),
            expires_seconds: 3600,
            contact_user: String::new(),
            token: String::new(),
        }
    }
}

/// How the hosts of a trunk are watched: with OPTIONS (RFC 3261 §11).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// The time between two requests.
    pub interval: Duration,
    /// How long a response may take.
    pub timeout: Duration,
    /// After how many failures in a row a host is down.
    pub down_after: u32,
    /// After how many responses in a row it is up again.
    pub up_after: u32,
}

impl Default for Health {
    fn default() -> Health {
        Health {
            interval: Duration::from_secs(30),
            timeout: Duration::from_secs(5),
            down_after: 2,
            up_after: 1,
        }
    }
}

/// How many calls a trunk may have. `None`: as many as there are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrunkLimits {
    /// Calls at the same time, both ways together.
    pub calls: Option<u32>,
    /// Calls at the same time that came from it.
    pub calls_in: Option<u32>,
    /// Calls at the same time that were sent to it.
    pub calls_out: Option<u32>,
    /// New calls from it in a second, on average.
    pub calls_per_second_in: Option<u32>,
    /// New calls to it in a second, on average.
    pub calls_per_second_out: Option<u32>,
    /// What a call from it gets that is one too many.
    pub refusal_status: u16,
    /// The reason phrase of that; empty: the usual one.
    pub refusal_reason: String,
}

impl Default for TrunkLimits {
    fn default() -> TrunkLimits {
        TrunkLimits {
            calls: None,
            calls_in: None,
            calls_out: None,
            calls_per_second_in: None,
            calls_per_second_out: None,
            refusal_status: 503,
            refusal_reason: String::new(),
        }
    }
}

/// Trunks that a call may take one after another under one name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TrunkGroup {
    /// The name, unique in the domain, also among trunks.
    pub name: String,
    /// The trunks.
    pub members: Vec<TrunkMember>,
    /// The statuses that make the next member be tried; empty: [`FAIL_OVER`].
    pub fail_over: Vec<RangeInclusive<u16>>,
}

/// A trunk in a group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrunkMember {
    /// The trunk's name.
    pub trunk: String,
    /// Lower ones are tried first.
    pub priority: u16,
    /// Its share of the calls among members of the same priority, as RFC 2782 has it.
    pub weight: u16,
}
