//! Every limit of the exchange: those the operator may change ([`Limits`]) and those that are fixed.

use std::time::Duration;

/// The longest pattern of a dialplan: bytes.
pub const PATTERN_BYTES: usize = 256;
/// Into how many alternatives the braces of one pattern may unfold.
pub const PATTERN_ALTERNATIVES: usize = 256;
/// How often a script that ended without a connected call is decided anew before the default destination.
pub const RETRIES: u8 = 3;
/// How many verbs one call may carry out in all, whatever its scripts say.
pub const VERBS: u32 = 128;
/// How many `delegate` verbs one call may follow.
pub const DELEGATIONS: u32 = 8;
/// How often the author of a script is asked back in one call; after that tags are ignored.
pub const RESUMES: u32 = 100;
/// How many variables one call may have.
pub const VARIABLES: usize = 256;
/// How many `redial` verbs one call may follow.
pub const REDIALS: u32 = 8;
/// How many redirections (3xx) one `connect` follows.
pub const REDIRECTS: u32 = 5;
/// How many targets one `connect` may have once its ring groups are opened up.
pub const TARGETS: usize = 64;
/// For how many lists of targets it is remembered which was called first the last time.
pub const ROUND_ROBINS: usize = 10_000;
/// For how many clients it is remembered when their last call ended.
pub const IDLE_CLIENTS: usize = 100_000;
/// How often an INVITE of our own is tried again that met one of the other side.
pub const RENEWALS: u8 = 3;
/// How many REGISTERs of one client wait while its gatekeeper is asked about another; beyond it 503.
pub const GATES_WAITING: usize = 4;
/// How many entries a dialplan of a grant may have.
pub const GRANT_ENTRIES: usize = 64;
/// How many plugins an entry of it may name.
pub const GRANT_PLUGINS: usize = 8;
/// How many variables an entry of it may have.
pub const GRANT_VARIABLES: usize = 16;
/// How many codecs a grant may name.
pub const GRANT_CODECS: usize = 16;
/// How many contacts of one 3xx are followed.
pub const REDIRECT_CONTACTS: usize = 4;
/// How many legs of one call may ring at the same time.
pub const SIMULTANEOUS_LEGS: usize = 32;
/// How many legs one call may have in all.
pub const LEGS: usize = 64;
/// How long a party of another call may take to come: seconds.
pub const JOIN_SECONDS: u32 = 32;
/// How many transfers may lead from one call to the next; after that its sides may transfer no more.
pub const TRANSFERS: u32 = 16;
/// How many in-dialog requests of one call may wait for the other side's answer.
pub const RELAYED: usize = 16;
/// How many early dialogs of one leg are kept apart: beyond it their reliable responses stay unacknowledged.
pub const EARLY_DIALOGS: usize = 8;
/// How many reliable provisional responses wait for the caller's PRACK; further ones are left out.
pub const PROVISIONALS: usize = 8;
/// How many keys are kept that nobody has asked for yet.
pub const KEYS_AHEAD: usize = 32;
/// How long a key is that is sent, if nobody says how long: milliseconds.
pub const KEY_MILLISECONDS: u32 = 100;
/// The shortest key that is sent: milliseconds (ITU-T Q.24).
pub const SHORTEST_KEY_MILLISECONDS: u32 = 40;
/// The longest key that is sent: milliseconds.
pub const LONGEST_KEY_MILLISECONDS: u32 = 1_000;
/// How often a caller with early media of our own is told that it still waits (RFC 3261 §13.3.1.1).
pub const EARLY_REMINDER: Duration = Duration::from_secs(60);
/// The longest time a script may pause: milliseconds.
pub const PAUSE_MILLISECONDS: u32 = 600_000;
/// The longest time a `connect` may take: seconds.
pub const RING_SECONDS: u32 = 600;
/// The hop limit of requests that came without Max-Forwards (RFC 3261 §8.1.1.6).
pub const MAX_FORWARDS: u32 = 70;
/// How often one call may pass through switches of this kind: beyond it 482.
pub const CHAIN: u32 = 8;
/// How many header fields of an INVITE routing code gets to see.
pub const CALL_HEADERS: usize = 128;
/// How many further challenges of one leg are answered: the first, and one for a stale nonce.
pub const CHALLENGES: u8 = 2;
/// The largest request that goes by UDP where TCP may be used (RFC 3261 §18.1.1).
pub const DATAGRAM_REQUEST_BYTES: usize = 1_300;
/// How many names of next hops are remembered at once.
pub const HOPS: usize = 4_096;
/// How many clients' flows are kept alive at once.
pub const KEPT_ALIVE: usize = 1_000_000;
/// How many addresses that failed are remembered at once; further ones are tried in vain once more.
pub const FAILED_ADDRESSES: usize = 4_096;
/// How many hosts of trunks one `connect` may try for one of its targets.
pub const HUNTED: usize = 16;
/// How many forwardings of one call are told; a client forwards a call that has so many no further (482).
pub const DIVERSIONS: usize = 8;
/// How many events of one call are told; what comes after is not.
pub const EVENTS: u32 = 1024;

/// For how many names of devices (User-Agent) one copy is shared by all contacts.
pub const USER_AGENTS: usize = 4_096;
/// The longest name of a device (User-Agent) that is kept: bytes.
pub const USER_AGENT_BYTES: usize = 128;
/// The longest URI, instance or Call-ID of a contact: bytes. Longer ones are refused with 400.
pub const CONTACT_BYTES: usize = 1_024;
/// How many contacts one REGISTER may name; beyond it 400.
pub const REGISTER_CONTACTS: usize = 32;
/// How long contacts of a client ring that have others of lower preference behind them, if nothing else is said: seconds.
pub const CONTACT_SECONDS: u32 = 20;
/// What Flow-Timer says to a device whose flow is a connection, and one whose flow is datagrams (RFC 5626 §4.4): seconds.
pub const FLOW_TIMER_SECONDS: (u32, u32) = (120, 25);
/// How many proxies may stand between a client and its registrar (values of Path); beyond it 400.
pub const PATH: usize = 8;
/// How long a client rings that has its calls forwarded when it does not answer, and does not say after how long: seconds.
pub const FORWARD_SECONDS: u32 = 20;
/// The longest body of a MESSAGE outside of dialogs: bytes. What RFC 3428 §8 wants short is what goes over UDP.
pub const MESSAGE_BYTES: usize = 16 * 1024;
/// How long a MESSAGE waits for its answer before its sender is told that nobody can be reached: less than the sender itself
/// waits (RFC 4320 §4.1).
pub const MESSAGE_WAIT: Duration = Duration::from_secs(20);
/// How many MESSAGEs may be on their way; beyond it 503.
pub const MESSAGES: usize = 5_000;
/// How many subscriptions there may be in all; beyond it 503.
pub const SUBSCRIPTIONS: usize = 50_000;
/// How many subscriptions one client may have; beyond it 403.
pub const SUBSCRIPTIONS_OF_ONE: usize = 256;
/// One who watches is told no more often than this.
pub const NOTIFY_INTERVAL: Duration = Duration::from_secs(1);
/// The longest that a NOTIFY is put off since the one who watches asks for it: seconds.
pub const NOTIFY_PAUSE_SECONDS: u64 = 300;
/// How long after its end a subscription is forgotten whose last NOTIFY was never heard of again.
pub const SUBSCRIPTION_GRACE: Duration = Duration::from_secs(600);
/// How many calls of one client are told to who watches it.
pub const WATCHED_DIALOGS: usize = 32;
/// How many documents may be published in all; beyond it 503.
pub const PUBLICATIONS: usize = 50_000;
/// How many documents one client may have published at the same time; beyond it 503.
pub const PUBLICATIONS_OF_ONE: usize = 8;
/// The longest document that may be published: bytes.
pub const PUBLISHED_BYTES: usize = 8 * 1024;
/// For how many mailboxes it is known how many messages wait.
pub const MAILBOXES: usize = 100_000;
/// A message for a mailbox, and a greeting, end after so much silence.
pub(crate) const MESSAGE_SILENCE: Duration = Duration::from_secs(5);
/// The longest greeting that is recorded by telephone.
pub(crate) const GREETING_LONGEST: Duration = Duration::from_secs(90);
/// The most digits of a mailbox or a PIN that is entered by telephone.
pub(crate) const MAILBOX_DIGITS: usize = 32;
/// How many clients may have set something by themselves.
pub const CHANGED_CLIENTS: usize = 100_000;

/// Sources whose sending a guard remembers; of more, those are given up that were silent for longest.
pub const GUARD_SOURCES: usize = 65_536;
/// Addresses that clients have authenticated from that a guard remembers.
pub const GUARD_KNOWN: usize = 262_144;
/// Bans that a guard gives by itself at once, of each of its kinds.
pub const GUARD_BANS: usize = 32_768;
/// Bans by the operator at once.
pub const GUARD_OPERATOR_BANS: usize = 1_000;
/// How long an address counts as a client's after its last authentication: longer than the usual registration.
pub const GUARD_KNOWN_LIFETIME: Duration = Duration::from_secs(2 * 3600);
/// How many times as many messages somebody known may send.
pub const GUARD_KNOWN_FACTOR: u32 = 10;
/// How many times as many failures are forgiven to somebody known.
pub const GUARD_KNOWN_TOLERANCE: u32 = 4;
/// Accepting a connection counts as so many messages.
pub const GUARD_CONNECTION_COST: u32 = 5;
/// The longest ban for what may have been forged.
pub const GUARD_UNPROVEN_BAN: Duration = Duration::from_secs(3600);
/// How long after its end a ban makes the next one longer.
pub const GUARD_MEMORY: Duration = Duration::from_secs(24 * 3600);

/// The limits that the operator may change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Calls that exist at the same time; beyond it 503.
    pub calls: usize,
    /// Decisions that may be awaited at the same time; beyond it 503.
    pub decisions: usize,
    /// Received messages that may wait in the shell; beyond it new INVITEs get a stateless 503.
    pub backlog: usize,
    /// Contacts that one client may have registered at the same time; beyond it 403.
    pub contacts: usize,
    /// Contacts that may be registered in all; beyond it 503.
    pub registrations: usize,
    /// What a 503 says in Retry-After: seconds.
    pub retry_after_seconds: u32,
    /// Media ports in stock below which more are asked for.
    pub ports_low_water: usize,
    /// How many media ports are asked for at once.
    pub ports_batch: usize,
}

impl Default for Limits {
    fn default() -> Limits {
        Limits {
            calls: 20_000,
            decisions: 4_000,
            backlog: 2_000,
            contacts: 10,
            registrations: 100_000,
            retry_after_seconds: 2,
            ports_low_water: 512,
            ports_batch: 512,
        }
    }
}
