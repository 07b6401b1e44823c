//! What the exchange is configured with: listeners, domains and what is in them, limits, timing. Plain values, already
//! validated; where they come from (a file, a store) is not known here.

use std::collections::HashMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use switchhook_routing::prompt::{Prompt, Tone, ToneKind};
use switchhook_routing::verb::{Script, Strategy, Target};
use switchhook_sip::digest::{Ha1, Hash};
use switchhook_sip::flow::{ListenerId, Transport};

use crate::cidr::Cidr;
use crate::codes::{Codes, Feature};
use crate::config::client_limits::ClientLimits;
use crate::config::media_rules::MediaRules;
use crate::config::trunks::{Trunk, TrunkGroup};
use crate::dialog_rules::DialogRules;
use crate::dialplan::{Dialplan, Pattern};
use crate::forwarding::ClientSettings;
use crate::keys::AddressOfRecord;
use crate::limits::Limits;

pub mod client_limits;
pub mod media_rules;
pub mod trunks;

/// The configuration of an exchange. A new one is put in place whole, by `Command::Configure`.
#[derive(Debug, Clone, Default)]
pub struct Config {
    /// The sockets that messages arrive at and leave from.
    pub listeners: Vec<Listener>,
    /// The domains of the switch by their names, in lower case.
    pub domains: HashMap<String, Domain>,
    /// How many more domains the switch has, in its other exchanges: see [`crate::owner`].
    pub other_domains: usize,
    /// Whose requests are dropped without an answer.
    pub scanners: Scanners,
    /// The limits that the operator may change.
    pub limits: Limits,
    /// Time limits and timers.
    pub timing: Timing,
    /// Whether both sides hear a beep when a recording of their call begins.
    pub recording_beep: bool,
    /// The value of User-Agent and Server; empty: none is sent.
    pub user_agent: String,
    /// Responses over UDP go to the port that the request came from even if it does not ask for that (RFC 3581). It holds from the
    /// beginning of an exchange to its end.
    pub symmetric_responses: bool,
    /// Networks whose hosts are told another address of ours for their media: the address, of one of their families. The most
    /// specific one counts.
    pub media_networks: Vec<(Cidr, IpAddr)>,
}

impl Config {
    /// The client of this address of record.
    pub(crate) fn client(&self, key: &AddressOfRecord) -> Option<&Client> {
        self.domains.get(&key.domain)?.client(&key.user)
    }
}

/// Tools that look for weak switches, by what they call themselves.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Scanners {
    /// Parts of their User-Agent, in lower case.
    pub names: Vec<String>,
    /// Who may use them.
    pub spared: Vec<Cidr>,
}

impl Scanners {
    /// Whether a request from this address comes from one of them.
    pub(crate) fn include(&self, user_agent: &str, address: IpAddr) -> bool {
        let user_agent = user_agent.to_ascii_lowercase();
        self.names.iter().any(|name| user_agent.contains(name))
            && !self.spared.iter().any(|range| range.contains(address))
    }
}

/// A listening socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// Its identifier, the one in every [`switchhook_sip::flow::Flow`] of this socket.
    pub id: ListenerId,
    /// Its transport.
    pub transport: Transport,
    /// The address that the socket is bound to.
    pub bound: SocketAddr,
    /// The host that Via and Contact name; an IPv6 address without brackets is accepted.
    pub advertised_host: String,
    /// The port that Via and Contact name.
    pub advertised_port: u16,
    /// Networks whose hosts know it by another name. The most specific one counts.
    pub networks: Vec<Network>,
}

impl Listener {
    /// Every host that it is known by.
    pub(crate) fn hosts(&self) -> impl Iterator<Item = &str> {
        let of_networks = self.networks.iter().map(|network| network.host.as_str());
        std::iter::once(self.advertised_host.as_str()).chain(of_networks)
    }
}

/// How a listener is known in a network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Network {
    /// The addresses of its hosts.
    pub range: Cidr,
    /// The host that Via and Contact name there.
    pub host: String,
    /// The port; `None`: as everywhere.
    pub port: Option<u16>,
}

/// A domain: nothing of one can be reached from another.
#[derive(Debug, Clone, Default)]
pub struct Domain {
    /// The name, in lower case; also the digest realm.
    pub name: String,
    /// Contacts that its clients may have registered in all; `None`: no limit of its own.
    pub registrations: Option<usize>,
    /// What each of its clients may do that has no limits of its own.
    pub client_limits: ClientLimits,
    /// The clients by their usernames.
    pub clients: HashMap<String, Client>,
    /// Clients by patterns of usernames: any username that is not in [`Domain::clients`] and matches. The most specific
    /// pattern wins, among equals the first. Such a client has a gatekeeper, or cannot authenticate.
    pub client_patterns: Vec<(Pattern, Client)>,
    /// The ring groups by their names.
    pub ring_groups: HashMap<String, RingGroup>,
    /// The trunks; the first whose sources match is the one a call came from.
    pub trunks: Vec<Trunk>,
    /// Groups of trunks. A call to a trunk may name one.
    pub trunk_groups: Vec<TrunkGroup>,
    /// The dialplans by their names. Callers that name none use [`crate::dialplan::DEFAULT_DIALPLAN`].
    pub dialplans: HashMap<String, Dialplan>,
    /// What is carried out when routing code, its retries and the route's fallback brought no connection; empty: 480.
    pub default_destination: Arc<Script>,
    /// The limits of a registration's life.
    pub registration_seconds: RegistrationSeconds,
    /// How long a `connect` without a time limit of its own rings: seconds; `None`: [`Timing::ring_seconds`].
    pub ring_seconds: Option<u32>,
    /// The hash functions that its digest challenges offer and its clients may use; empty: MD5 alone. RFC 8760 §2.4 wants
    /// a challenge for each, but phones that know MD5 only often give up when they see another one beside it.
    pub digest: Vec<Hash>,
    /// Whether calls may be transferred to any SIP URI, not only to what the dialplans know. Who may transfer can then have
    /// the switch call anybody.
    pub transfers_outside: bool,
    /// Whether a destination may send a call on to any SIP URI (3xx), not only to clients of the domain or, a trunk, to itself.
    /// Whoever is called can then have the switch call anybody.
    pub redirects_outside: bool,
    /// What a held or parked party hears, over and over; empty: nothing.
    pub music_on_hold: Vec<Prompt>,
    /// Its parking slots.
    pub parking: Parking,
    /// What its clients dial to change their settings or to take part in calls of others.
    pub codes: Codes,
    /// How its calls are conducted.
    pub dialogs: DialogRules,
    /// The limits of the life of a subscription and of what is published.
    pub subscription_seconds: SubscriptionSeconds,
    /// Where messages of clients may go.
    pub messages: MessageRules,
    /// Its conference rooms.
    pub conference: Conference,
    /// What holds for the media of who is neither its client nor its trunk.
    pub media: MediaRules,
}

/// What holds for the conference rooms of a domain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Conference {
    /// What all members hear when somebody enters; empty: nothing.
    pub entry: Vec<Prompt>,
    /// What the others hear when somebody leaves; empty: nothing.
    pub exit: Vec<Prompt>,
    /// The key with which a member leaves; `None`: it hangs up.
    pub leave_key: Option<char>,
    /// Whether a conference begins with its first moderator; else with whoever comes.
    pub wait_for_moderator: bool,
    /// The most members of a room.
    pub members: usize,
    /// The most rooms.
    pub rooms: usize,
    /// The language of what members are told, as a BCP 47 tag.
    pub language: String,
}

impl Default for Conference {
    fn default() -> Conference {
        let beep = |milliseconds| {
            Prompt::Tone(Tone {
                kind: ToneKind::Beep,
                country: None,
                milliseconds,
            })
        };
        let silence = Prompt::Tone(Tone {
            kind: ToneKind::Silence,
            country: None,
            milliseconds: 100,
        });
        Conference {
            entry: vec![beep(200)],
            exit: vec![beep(100), silence, beep(100)],
            leave_key: Some('#'),
            wait_for_moderator: false,
            members: 100,
            rooms: 100,
            language: "en".to_owned(),
        }
    }
}

/// The parking slots of a domain: numbers that callers wait at until somebody calls them.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Parking {
    /// The numbers, in the order in which they are taken. Empty: there is no parking.
    pub slots: Vec<String>,
    /// After this long who parked a caller is called back: seconds; 0: never.
    pub timeout_seconds: u32,
}

impl Domain {
    /// Whether a transfer to this number parks the caller, and in which slot; empty: in any that is free.
    pub(crate) fn parks(&self, number: &str) -> Option<String> {
        if self.parking.slots.iter().any(|slot| slot == number) {
            return Some(number.to_owned());
        }
        let dialled = self.codes.read(number)?;
        (dialled.feature == Feature::Park).then_some(dialled.argument)
    }

    /// The client of this username: the one of that name, else the one whose pattern matches best.
    pub fn client(&self, username: &str) -> Option<&Client> {
        if let Some(client) = self.clients.get(username) {
            return Some(client);
        }
        let mut best: Option<(usize, &Client)> = None;
        for (pattern, client) in &self.client_patterns {
            if let Some(specific) = pattern.matches(username)
                && best.is_none_or(|(most, _)| specific > most)
            {
                best = Some((specific, client));
            }
        }
        best.map(|(_, client)| client)
    }

    /// What a client may do: its own limits where it has some, else the domain's.
    pub fn limits_of(&self, username: &str) -> ClientLimits {
        match self.client(username) {
            Some(client) => client.limits.or(&self.client_limits),
            None => self.client_limits.clone(),
        }
    }

    /// The mailbox of a client.
    pub fn mailbox_of<'n>(&'n self, username: &'n str) -> &'n str {
        let client = self.client(username);
        let mailbox = client.and_then(|client| client.mailbox.as_deref());
        mailbox.unwrap_or(username)
    }

    /// The trunk of this name.
    pub fn trunk(&self, name: &str) -> Option<&Trunk> {
        self.trunks.iter().find(|trunk| trunk.name == name)
    }

    /// Whether one of two clients may take up calls of the other: they are the same, or in one pickup group.
    pub(crate) fn share_calls(&self, one: &str, other: &str) -> bool {
        let group = |user| {
            self.client(user)
                .and_then(|client| client.pickup_group.as_ref())
        };
        one == other || group(one).is_some_and(|name| group(other) == Some(name))
    }

    /// Whether clients may use this hash function.
    pub(crate) fn offers(&self, hash: Hash) -> bool {
        self.digest.contains(&hash) || (self.digest.is_empty() && hash == Hash::Md5)
    }
}

/// Destinations that are called together under one name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RingGroup {
    /// Whom to call. A member that is a group itself is not followed.
    pub members: Vec<Target>,
    /// In what order, if the group is the only target of a `connect` and has no `ring_seconds` there.
    pub strategy: Strategy,
    /// How long each member may ring that has no time of its own: seconds; `None`: as long as the whole `connect` may take.
    pub ring_seconds: Option<u32>,
}

/// The limits of a registration's life: seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RegistrationSeconds {
    /// Less is refused with 423 (RFC 3261 §10.3 step 7).
    pub min: u32,
    /// Granted when the client asks for none.
    pub default: u32,
    /// More is shortened to this.
    pub max: u32,
}

impl Default for RegistrationSeconds {
    fn default() -> RegistrationSeconds {
        RegistrationSeconds {
            min: 30,
            default: 300,
            max: 3600,
        }
    }
}

/// The limits of the life of a subscription and of what is published: seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SubscriptionSeconds {
    /// Less is refused with 423 (RFC 6665 §4.2.1.1).
    pub min: u32,
    /// Granted when none is asked for.
    pub default: u32,
    /// More is shortened to this.
    pub max: u32,
}

impl Default for SubscriptionSeconds {
    fn default() -> SubscriptionSeconds {
        SubscriptionSeconds {
            min: 60,
            default: 3600,
            max: 7200,
        }
    }
}

/// Where messages (MESSAGE outside of calls) of clients may go besides to clients of the domain.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MessageRules {
    /// The trunk that gets those for numbers that are no clients; `None`: nobody does.
    pub trunk: Option<String>,
    /// Whether they may go to other hosts.
    pub uris: bool,
}

/// How the phones of a client learn that messages wait for it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Mwi {
    /// They subscribe.
    #[default]
    Subscribed,
    /// They are told without having asked: those that cannot subscribe.
    Unsolicited,
}

/// A client: a user of the domain who registers and calls with a password.
#[derive(Debug, Clone, Default)]
pub struct Client {
    /// The username: the user part of its address of record and of its digest credentials.
    pub username: String,
    /// The hashed password, made for the domain's name as realm. `None`: it cannot authenticate but by its gatekeeper.
    pub ha1: Option<Ha1>,
    /// The plugin that decides whether it may register; `None`: its password decides.
    pub gatekeeper: Option<String>,
    /// The name of its dialplan; `None`: the domain's default one.
    pub dialplan: Option<String>,
    /// What holds for its media.
    pub media: MediaRules,
    /// What it may do, where that is not what all clients of the domain may.
    pub limits: ClientLimits,
    /// The group within which calls are picked up; `None`: none.
    pub pickup_group: Option<String>,
    /// Whose calls it may supervise.
    pub supervises: Supervises,
    /// The name of its mailbox; `None`: its username.
    pub mailbox: Option<String>,
    /// How its phones learn that messages wait.
    pub mwi: Mwi,
    /// What it has set for calls to it, until it sets something else by itself.
    pub settings: ClientSettings,
}

/// Whose calls a client may supervise.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Supervises {
    /// Whether those of all clients of the domain.
    pub all: bool,
    /// Those of clients by their usernames, and of all clients of pickup groups by their names.
    pub of: Vec<String>,
}

impl Client {
    /// Whether it may supervise the calls of another.
    pub(crate) fn may_supervise(&self, other: &Client, username: &str) -> bool {
        let named = |name: &str| self.supervises.of.iter().any(|of| of == name);
        self.supervises.all || named(username) || other.pickup_group.as_deref().is_some_and(named)
    }

    /// Whether who has proven to be this client has proven to be the other as well.
    pub(crate) fn has_credentials_of(&self, other: &Client) -> bool {
        self.ha1 == other.ha1 && self.gatekeeper == other.gatekeeper
    }
}

/// Time limits and timers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Timing {
    /// Round-trip estimate (RFC 3261 §17.1.1.1).
    pub t1: Duration,
    /// The longest interval between retransmissions.
    pub t2: Duration,
    /// How long a message stays in the network.
    pub t4: Duration,
    /// After this long without its decision or resumption a call goes on as if there was none, and a registration
    /// without the answer of its gatekeeper is treated as if that had failed.
    pub decision_guard: Duration,
    /// How long a `connect` without any time limit rings: seconds.
    pub ring_seconds: u32,
    /// How long a call may last from its answer on; then both sides get BYE.
    pub call_max: Duration,
    /// How long a digest nonce is good for.
    pub nonce_lifetime: Duration,
    /// How long a destination may say nothing at all, not even 100, before another of its addresses, or the next target of the
    /// `connect`, is called instead. Where there is no other, it is Timer B that gives up.
    pub failover: Duration,
    /// How often a datagram goes to clients behind NAT; `None`: never.
    pub keep_alive: Option<Duration>,
    /// How long an address that failed comes after the others of its name (RFC 3263 §4.3).
    pub avoid: Duration,
}

impl Default for Timing {
    fn default() -> Timing {
        Timing {
            t1: Duration::from_millis(500),
            t2: Duration::from_secs(4),
            t4: Duration::from_secs(5),
            decision_guard: Duration::from_secs(5),
            ring_seconds: 60,
            call_max: Duration::from_secs(12 * 3600),
            nonce_lifetime: Duration::from_secs(300),
            failover: Duration::from_secs(4),
            keep_alive: None,
            avoid: Duration::from_secs(60),
        }
    }
}
