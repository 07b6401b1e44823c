//! The sections about the machine: listeners, media, log, control socket, records, limits.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use switchhook_call::owner::EXCHANGES;
use switchhook_sip::flow::Transport;

use crate::config::nat;
use crate::config::prompts;
use crate::config::secret::Surroundings;
use crate::config::section::Section;
use crate::config::settings::{Limits, Listen, Log, Media};
use crate::streams::tls::{self, Files, ListenerTls};

const DEFAULT_MEDIA_PORTS: RangeInclusive<u16> = 16384..=32767;

/// Reads every `[[listen]]`.
pub fn listeners(root: &Section<'_>, surroundings: &Surroundings<'_>) -> Vec<Listen> {
    let mut listeners: Vec<Listen> = Vec::new();
    for section in root.sections("listen") {
        if let Some(listen) = listener(&section, surroundings) {
            let taken = listeners.iter().any(|other| {
                (other.transport, other.address) == (listen.transport, listen.address)
                    && listen.address.port() != 0
            });
            if taken {
                section.error(format!("{} is listened on twice", listen.address));
            }
            listeners.push(listen);
        }
        section.finish();
    }
    if listeners.is_empty() && root.value("listen").is_none() {
        root.error("there is no [[listen]]: the switch would hear nobody");
    }
    listeners
}

fn listener(section: &Section<'_>, surroundings: &Surroundings<'_>) -> Option<Listen> {
    let choices = [
        ("udp", Transport::Udp),
        ("tcp", Transport::Tcp),
        ("tls", Transport::Tls),
        ("ws", Transport::Ws),
        ("wss", Transport::Wss),
    ];
    let transport = section.choice("transport", &choices);
    if transport.is_none() && section.value("transport").is_none() {
        section.error("[[listen]] needs `transport`: \"udp\", \"tcp\", \"tls\", \"ws\" or \"wss\"");
    }
    let what = "an address and port such as \"0.0.0.0:5060\" or \"[::]:5060\"";
    let address = section.parsed::<SocketAddr>("address", what);
    if address.is_none() && section.value("address").is_none() {
        section.error("[[listen]] needs `address`");
    }
    let advertised = nat::advertised(section)?;
    let address = address?;
    if address.value.ip().is_unspecified() && advertised.host.is_none() {
        section.problems().warning(
            address.offset,
            format!(
                "{} is every address of this machine: say in `advertised` which one peers reach it by",
                address.value.ip()
            ),
        );
    }
    let address = address.value;
    let transport = transport?;
    let tls = listener_tls(section, transport, surroundings);
    Some(Listen {
        transport,
        tls,
        address,
        advertised_host: advertised.host,
        advertised_port: advertised.port,
        networks: advertised.networks,
    })
}

/// The certificate of a listener that speaks TLS.
fn listener_tls(
    section: &Section<'_>,
    transport: Transport,
    surroundings: &Surroundings<'_>,
) -> Option<ListenerTls> {
    if !matches!(transport, Transport::Tls | Transport::Wss) {
        return None;
    }
    let client_authorities = authorities(section, "client_authorities", surroundings);
    Some(ListenerTls {
        files: certificate(section, surroundings)?,
        client_authorities: client_authorities.into_iter().next(),
    })
}

/// Reads `certificate` and `key`, and looks whether they can be used.
pub fn certificate(section: &Section<'_>, surroundings: &Surroundings<'_>) -> Option<Files> {
    let certificate = section.required_string("certificate");
    let key = section.required_string("key");
    let certificate = certificate?;
    let files = Files {
        certificate: surroundings.path(&certificate.value),
        key: surroundings.path(&key?.value),
    };
    if let Err(message) = files.check() {
        section.problems().error(certificate.offset, message);
        return None;
    }
    Some(files)
}

/// Reads `[tls]`: whom servers' certificates may come from.
pub fn tls(root: &Section<'_>, surroundings: &Surroundings<'_>) -> Vec<PathBuf> {
    let Some(section) = root.section("tls") else {
        return Vec::new();
    };
    let files = authorities(&section, "authorities", surroundings);
    section.finish();
    files
}

fn authorities(section: &Section<'_>, key: &str, surroundings: &Surroundings<'_>) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for file in section.strings(key) {
        let path = surroundings.path(&file.value);
        match tls::check_authorities(&path) {
            Ok(()) => files.push(path),
            Err(message) => section.problems().error(file.offset, message),
        }
    }
    files
}

/// Reads `[signalling]`: how many exchanges there are.
pub fn exchanges(root: &Section<'_>) -> u8 {
    let mut exchanges = 1;
    if let Some(section) = root.section("signalling") {
        if let Some(number) = section.integer("exchanges", 1..=u64::from(EXCHANGES)) {
            exchanges = number as u8;
        }
        section.finish();
    }
    exchanges
}

/// Reads `[media]`, and the folder of prompts in it.
pub fn media(
    root: &Section<'_>,
    listeners: &[Listen],
    exchanges: u8,
    surroundings: &Surroundings<'_>,
) -> (Media, Option<PathBuf>) {
    let mut folder = None;
    let mut media = Media {
        addresses: Vec::new(),
        external_addresses: Vec::new(),
        networks: Vec::new(),
        ports: DEFAULT_MEDIA_PORTS,
        timeout: Duration::from_secs(60),
        threads: 1,
    };
    if let Some(section) = root.section("media") {
        folder = prompts::folder(&section, surroundings);
        media.addresses = addresses(&section, "address");
        if nat::is_table(&section, "external_address") {
            media.networks = nat::external(&section, &mut media.external_addresses);
        } else {
            media.external_addresses = addresses(&section, "external_address");
        }
        if let Some(ports) = section.string("ports") {
            match port_range(&ports.value) {
                Some(range) => media.ports = range,
                None => section.problems().error(
                    ports.offset,
                    "`ports` must be a range of at least four ports such as \"16384-32767\"",
                ),
            }
        }
        if let Some(seconds) = section.integer("timeout_seconds", 1..=86_400) {
            media.timeout = Duration::from_secs(seconds);
        }
        if let Some(threads) = section.integer("threads", 1..=64) {
            media.threads = threads as usize;
        }
        let ports = usize::from(exchanges) * 4;
        if media.ports.len() < ports {
            section.error(format!(
                "`ports`: {exchanges} exchanges need four ports each at least, {ports} in all"
            ));
        }
        let unspecified = media.addresses.iter().any(IpAddr::is_unspecified);
        if unspecified && media.external_addresses.is_empty() {
            section.error("[media] needs `external_address`: SDP cannot name 0.0.0.0 or [::]");
        }
        section.finish();
    }
    if media.addresses.is_empty() {
        media.addresses = media_addresses_of(listeners);
    }
    (media, folder)
}

fn addresses(section: &Section<'_>, key: &str) -> Vec<IpAddr> {
    let mut addresses: Vec<IpAddr> = Vec::new();
    for text in section.strings(key) {
        match text.value.parse::<IpAddr>() {
            Ok(address) if addresses.iter().any(|a| a.is_ipv4() == address.is_ipv4()) => {
                let message = format!("`{key}` has two addresses of one family");
                section.problems().error(text.offset, message);
            }
            Ok(address) => addresses.push(address),
            Err(_) => {
                let message = format!("`{key}`: \"{}\" is not an IP address", text.value);
                section.problems().error(text.offset, message);
            }
        }
    }
    addresses
}

/// Without `[media] address` the relay uses what the listeners use, first of each family.
fn media_addresses_of(listeners: &[Listen]) -> Vec<IpAddr> {
    let mut addresses: Vec<IpAddr> = Vec::new();
    for ip in listeners.iter().map(|listen| listen.address.ip()) {
        if !ip.is_unspecified() && !addresses.iter().any(|a| a.is_ipv4() == ip.is_ipv4()) {
            addresses.push(ip);
        }
    }
    if addresses.is_empty() {
        addresses.push(IpAddr::V4(Ipv4Addr::LOCALHOST));
    }
    addresses
}

fn port_range(text: &str) -> Option<RangeInclusive<u16>> {
    let (first, last) = text.split_once('-')?;
    let (first, last) = (
        first.trim().parse::<u16>().ok()?,
        last.trim().parse::<u16>().ok()?,
    );
    (first >= 1024 && last >= first.checked_add(3)?).then_some(first..=last)
}

/// Reads `[log]`.
pub fn log(root: &Section<'_>) -> Log {
    let mut log = Log {
        filter: "info".to_owned(),
        json: false,
    };
    if let Some(section) = root.section("log") {
        if let Some(level) = section.string("level") {
            match level.value.parse::<tracing_subscriber::EnvFilter>() {
                Ok(_) => log.filter = level.value,
                Err(error) => section.problems().error(
                    level.offset,
                    format!("`level`: \"{}\": {error}", level.value),
                ),
            }
        }
        log.json = section
            .choice("format", &[("text", false), ("json", true)])
            .unwrap_or(false);
        section.finish();
    }
    log
}

/// Reads `[control]`.
pub fn control_socket(root: &Section<'_>, surroundings: &Surroundings<'_>) -> PathBuf {
    let mut socket = default_control_socket(surroundings);
    if let Some(section) = root.section("control") {
        if let Some(path) = section.required_string("socket") {
            socket = surroundings.path(&path.value);
        }
        section.finish();
    }
    socket
}

/// Where the control socket is if the file does not say: the user's runtime folder, or `/run` for root.
pub fn default_control_socket(surroundings: &Surroundings<'_>) -> PathBuf {
    match (surroundings.variable)("XDG_RUNTIME_DIR") {
        Some(folder) if !folder.is_empty() => PathBuf::from(folder).join("switchhook.sock"),
        _ if rustix::process::getuid().is_root() => PathBuf::from("/run/switchhook.sock"),
        _ => {
            let user = rustix::process::getuid().as_raw();
            std::env::temp_dir().join(format!("switchhook-{user}.sock"))
        }
    }
}

/// Reads `[records]`.
pub fn records_file(root: &Section<'_>, surroundings: &Surroundings<'_>) -> Option<PathBuf> {
    let section = root.section("records")?;
    let file = section
        .required_string("file")
        .map(|path| surroundings.path(&path.value));
    section.finish();
    file
}

/// Reads `[state]`.
pub fn state_file(root: &Section<'_>, surroundings: &Surroundings<'_>) -> Option<PathBuf> {
    let section = root.section("state")?;
    let file = section
        .required_string("file")
        .map(|path| surroundings.path(&path.value));
    section.finish();
    file
}

/// Reads `[limits]`.
pub fn limits(root: &Section<'_>) -> Limits {
    let mut limits = Limits {
        calls: 20_000,
        backlog: 1_000,
        registrations: 100_000,
        drain: Duration::from_secs(60),
    };
    if let Some(section) = root.section("limits") {
        if let Some(calls) = section.integer("calls", 1..=1_000_000) {
            limits.calls = calls as usize;
        }
        if let Some(backlog) = section.integer("backlog", 16..=100_000) {
            limits.backlog = backlog as usize;
        }
        if let Some(registrations) = section.integer("registrations", 0..=10_000_000) {
            limits.registrations = registrations as usize;
        }
        if let Some(seconds) = section.integer("drain_seconds", 0..=86_400) {
            limits.drain = Duration::from_secs(seconds);
        }
        section.finish();
    }
    limits
}

/// Reads `[plugin_cache]`: where compiled plugins are kept; without it in the user's cache folder.
pub fn plugin_cache(root: &Section<'_>, surroundings: &Surroundings<'_>) -> Option<PathBuf> {
    let Some(section) = root.section("plugin_cache") else {
        let folder = |name: &str| (surroundings.variable)(name).filter(|folder| !folder.is_empty());
        let cache = folder("XDG_CACHE_HOME").map(PathBuf::from);
        let cache = cache.or_else(|| folder("HOME").map(|home| PathBuf::from(home).join(".cache")));
        return cache.map(|cache| cache.join("switchhook"));
    };
    let folder = section
        .required_string("folder")
        .map(|path| surroundings.path(&path.value));
    section.finish();
    folder
}
