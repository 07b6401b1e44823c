//! What a configuration file says, checked and with its secrets and defaults filled in. Plain data.

use std::net::{IpAddr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use switchhook_call::cidr::Cidr;
use switchhook_call::codes::Codes;
use switchhook_call::config::Network;
use switchhook_call::config::client_limits::ClientLimits;
use switchhook_call::config::media_rules::MediaRules;
use switchhook_call::config::trunks::{Trunk, TrunkGroup};
use switchhook_call::config::{Conference, Parking, Supervises};
use switchhook_call::config::{MessageRules, Mwi, SubscriptionSeconds};
use switchhook_call::dialog_rules::DialogRules;
use switchhook_call::forwarding::ClientSettings;
use switchhook_routing::call::Variable;
use switchhook_routing::decision::Phase;
use switchhook_routing::prompt::Prompt;
use switchhook_routing::verb::{Script, Strategy, Target};
use switchhook_sip::digest::{Ha1, Hash};
use switchhook_sip::flow::{ListenerId, Transport};
use switchhook_wasm::spec::PluginSpec;

use crate::config::recording::{MailboxOverrides, VoicemailSettings};
use crate::prompts::settings::{Locale, PromptSettings};
use crate::recordings::RecordingConfig;
use crate::streams::tls::{Files, ListenerTls, TlsSettings};

/// A whole configuration.
#[derive(Debug, Clone)]
pub struct Settings {
    /// The file it came from; `None` if it was embedded.
    pub file: Option<PathBuf>,
    /// The signalling sockets.
    pub listen: Vec<Listen>,
    /// How many exchanges share the domains, each on a thread of its own.
    pub exchanges: u8,
    /// Who is limited and banned.
    pub protection: Protection,
    /// The relay.
    pub media: Media,
    /// How names are resolved.
    pub dns: Dns,
    /// What is done for those behind NAT.
    pub nat: Nat,
    /// Log lines.
    pub log: Log,
    /// The unix socket of `switchhook plugin …`.
    pub control_socket: PathBuf,
    /// Where call records are appended as JSON lines; `None`: nowhere.
    pub records_file: Option<PathBuf>,
    /// Where registrations and what clients have set for themselves survive a restart; `None`: they do not.
    pub state_file: Option<PathBuf>,
    /// How recordings are made.
    pub recording: RecordingConfig,
    /// Whether both sides hear a beep when a recording of a call begins.
    pub recording_beep: bool,
    /// Where mailboxes are kept; `None`: there are none.
    pub voicemail: Option<VoicemailSettings>,
    /// Bounds on the whole switch.
    pub limits: Limits,
    /// Where compiled plugins are kept; `None`: nowhere, every start compiles anew.
    pub plugin_cache: Option<PathBuf>,
    /// The plugins.
    pub plugins: Vec<Plugin>,
    /// The domains.
    pub domains: Vec<Domain>,
    /// How prompts are fetched; without the locales of the domains, which [`Settings::prompts`] adds.
    pub prompts: PromptSettings,
    /// Authorities that the certificates of servers may come from, beside the public ones.
    pub tls_authorities: Vec<PathBuf>,
}

impl Settings {
    /// Every file that the switch should be told of when it changes.
    pub fn files(&self) -> Vec<PathBuf> {
        let of_plugins = self
            .plugins
            .iter()
            .flat_map(|plugin| std::iter::once(&plugin.spec.path).chain(&plugin.settings_file));
        let files = self.file.iter().chain(of_plugins).cloned();
        files.chain(self.tls().files()).collect()
    }

    /// How prompts are fetched, and for which domains.
    pub fn prompts(&self) -> PromptSettings {
        let domains = self.domains.iter();
        PromptSettings {
            domains: domains
                .map(|domain| (domain.name.clone(), domain.locale.clone()))
                .collect(),
            ..self.prompts.clone()
        }
    }

    /// What of it is about TLS.
    pub fn tls(&self) -> TlsSettings {
        let listeners = self
            .listen
            .iter()
            .enumerate()
            .filter_map(|(index, listen)| Some((ListenerId(index as u16), listen.tls.clone()?)));
        let domains = self.domains.iter();
        TlsSettings {
            listeners: listeners.collect(),
            domains: domains
                .filter_map(|domain| Some((domain.name.clone(), domain.tls.clone()?)))
                .collect(),
            authorities: self.tls_authorities.clone(),
        }
    }
}

/// One signalling socket.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listen {
    /// What it speaks.
    pub transport: Transport,
    /// Where it is bound; port 0 takes any free one.
    pub address: SocketAddr,
    /// The host that Via and Contact name; `None`: the bound address.
    pub advertised_host: Option<String>,
    /// The port that Via and Contact name; `None`: the bound one.
    pub advertised_port: Option<u16>,
    /// Networks whose hosts know it by another name.
    pub networks: Vec<Network>,
    /// Its certificate, if it speaks TLS.
    pub tls: Option<ListenerTls>,
}

/// Who is limited and banned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Protection {
    /// For what and how long. The sources of trunks are not yet in its list.
    pub guard: switchhook_call::guard::Protection,
    /// Parts of the User-Agent of scanners, in lower case; empty: none is known.
    pub scanners: Vec<String>,
}

/// The relay of RTP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Media {
    /// The local addresses that ports are bound on: one of each family at most.
    pub addresses: Vec<IpAddr>,
    /// The addresses that SDP names instead, by family.
    pub external_addresses: Vec<IpAddr>,
    /// Networks whose hosts are told another address.
    pub networks: Vec<(Cidr, IpAddr)>,
    /// The ports for RTP (even) and RTCP (the next odd one).
    pub ports: RangeInclusive<u16>,
    /// After how long without a packet from either side a call is ended.
    pub timeout: Duration,
    /// Relay threads.
    pub threads: usize,
}

/// What is done for those behind NAT.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Nat {
    /// How often a datagram goes to clients that are not where they believe to be; `None`: never.
    pub keep_alive: Option<Duration>,
    /// Whether responses over UDP go to where the request came from even if it does not ask for that.
    pub symmetric_responses: bool,
}

/// How names are resolved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dns {
    /// The name servers, in the order they are asked; none: those of the system.
    pub servers: Vec<SocketAddr>,
    /// How long a name server may take before it, or another one, is asked again.
    pub timeout: Duration,
    /// How long an address that did not answer is passed over while there are others.
    pub avoid: Duration,
    /// How long an address may take to say anything before the next one is tried.
    pub failover: Duration,
}

/// Log lines.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// A level, or a filter as tracing-subscriber's `EnvFilter` reads it.
    pub filter: String,
    /// JSON lines instead of text.
    pub json: bool,
}

/// Bounds on the whole switch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Calls at once; further ones get 503.
    pub calls: usize,
    /// Received messages that may wait before new calls get 503.
    pub backlog: usize,
    /// Contacts registered at once.
    pub registrations: usize,
    /// How long a shutdown lets calls finish.
    pub drain: Duration,
}

/// One plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plugin {
    /// What the plugins' host is told of it.
    pub spec: PluginSpec,
    /// The line of the configuration file that it begins at.
    pub line: usize,
    /// The file that its settings came from, if they did.
    pub settings_file: Option<PathBuf>,
}

/// One domain.
#[derive(Debug, Clone)]
pub struct Domain {
    /// Its name, in lower case.
    pub name: String,
    /// Contacts that may be registered in it; `None`: no limit of its own.
    pub registrations: Option<usize>,
    /// What each client may do that has no limits of its own.
    pub client_limits: ClientLimits,
    /// Who may register and call.
    pub clients: Vec<Client>,
    /// Carriers and other switches.
    pub trunks: Vec<Trunk>,
    /// Trunks under one name.
    pub trunk_groups: Vec<TrunkGroup>,
    /// Patterns of dialled numbers, by the dialplan's name.
    pub dialplans: Vec<(String, Vec<Route>)>,
    /// Destinations that ring together, by the group's name.
    pub ring_groups: Vec<(String, RingGroup)>,
    /// The plugins that are told what happens to its calls, those of all domains among them.
    pub observers: Vec<String>,
    /// Who gets a call that nobody could route.
    pub default_destination: Script,
    /// How long a connect rings if its script does not say.
    pub ring: Duration,
    /// The shortest registration granted.
    pub registration_min: Duration,
    /// The registration granted if the client does not say.
    pub registration_default: Duration,
    /// The longest registration granted.
    pub registration_max: Duration,
    /// Whether calls may be transferred to any SIP URI.
    pub transfers_outside: bool,
    /// Whether destinations may send calls on to any SIP URI.
    pub redirects_outside: bool,
    /// What held and parked parties hear; empty: nothing.
    pub music_on_hold: Vec<Prompt>,
    /// Its parking slots.
    pub parking: Parking,
    /// Its language and country.
    pub locale: Locale,
    /// The hash functions that digest challenges offer; empty: MD5.
    pub digest: Vec<Hash>,
    /// How its calls are conducted.
    pub dialogs: DialogRules,
    /// The certificate that is shown to who asks for this domain.
    pub tls: Option<Files>,
    /// What clients dial to change their settings.
    pub codes: Codes,
    /// The limits of the life of a subscription.
    pub subscription_seconds: SubscriptionSeconds,
    /// Where messages of clients may go.
    pub messages: MessageRules,
    /// Its conference rooms.
    pub conference: Conference,
    /// The mailboxes that say something for themselves, by name.
    pub mailboxes: Vec<(String, MailboxOverrides)>,
    /// What holds for the media of who is neither its client nor its trunk.
    pub media: MediaRules,
}

/// Someone who may register and call.
#[derive(Clone)]
pub struct Client {
    /// The user part of its address and its name for authentication, or a pattern of such names.
    pub username: String,
    /// How it proves itself.
    pub credential: Credential,
    /// The dialplan of its calls.
    pub dialplan: Option<String>,
    /// What holds for its media.
    pub media: MediaRules,
    /// What it may do, where that is not what all clients of the domain may.
    pub limits: ClientLimits,
    /// The group within which calls are picked up.
    pub pickup_group: Option<String>,
    /// Whose calls it may supervise.
    pub supervises: Supervises,
    /// The name of its mailbox, if that is not its username.
    pub mailbox: Option<String>,
    /// How it learns that messages wait.
    pub mwi: Mwi,
    /// What it has set for calls to it.
    pub settings: ClientSettings,
}

/// How a client proves itself.
#[derive(Clone, PartialEq, Eq)]
pub enum Credential {
    /// A password in clear.
    Password(String),
    /// MD5 of `username:realm:password`.
    Ha1(Ha1),
    /// This plugin says who may register.
    Gatekeeper(String),
}

impl Client {
    /// Whether its username is a pattern: any number of clients share the entry.
    pub fn is_pattern(&self) -> bool {
        is_pattern(&self.username)
    }
}

/// Whether a username stands for more than itself.
pub fn is_pattern(username: &str) -> bool {
    username.contains(['?', '*', '{', '}'])
}

/// Destinations that ring together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RingGroup {
    /// Who rings.
    pub members: Vec<Target>,
    /// In what order.
    pub strategy: Strategy,
    /// How long a member rings that does not say: seconds.
    pub ring_seconds: Option<u32>,
}

impl std::fmt::Debug for Client {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Client")
            .field("username", &self.username)
            .field("dialplan", &self.dialplan)
            .field("media", &self.media)
            .finish_non_exhaustive()
    }
}

/// Where a pattern of a dialplan leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Route {
    /// The pattern.
    pub pattern: String,
    /// The plugins asked, in order.
    pub chain: Vec<Step>,
    /// What is carried out when no plugin gives a script.
    pub fallback: Option<Script>,
    /// Variables that its calls have from the beginning.
    pub variables: Vec<Variable>,
}

/// A plugin of a chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Its name.
    pub plugin: String,
    /// Its part in the chain.
    pub phase: Phase,
    /// Whether the next one is asked when it fails.
    pub fail_open: bool,
}
