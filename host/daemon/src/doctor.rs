//! `switchhook doctor`: what is advertised, what is observed, and what of it cannot work. It looks and concludes; it changes
//! nothing. The looking is the operator's, the printing the command line's.

use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use switchhook_call::view::{CallStage, CallView, LegView};
use switchhook_media::relay::{Glimpse, Side};
use switchhook_sip::flow::Transport;
use switchhook_sip::uri::Uri;

use crate::config::settings::Listen;

/// How long a side may be silent, or an ACK be missing, before it is worth a word.
const PATIENCE: Duration = Duration::from_secs(3);

/// A listening socket and what it says of itself.
#[derive(Debug, Clone)]
pub struct Listening {
    /// Its transport.
    pub transport: Transport,
    /// Where it is bound.
    pub bound: SocketAddr,
    /// The hosts that Via and Contact may name.
    pub advertised: Vec<String>,
}

impl Listening {
    /// A listener of the settings, bound there.
    pub fn new(listen: &Listen, bound: SocketAddr) -> Listening {
        let advertised = listen.advertised_host.clone();
        let mut advertised = vec![advertised.unwrap_or_else(|| bound.ip().to_string())];
        advertised.extend(listen.networks.iter().map(|network| network.host.clone()));
        Listening {
            transport: listen.transport,
            bound,
            advertised,
        }
    }
}

/// A contact of a client.
#[derive(Debug, Clone)]
pub struct Registered {
    /// The client, with its domain.
    pub client: String,
    /// The contact's URI.
    pub contact: String,
    /// Where it registered from.
    pub source: SocketAddr,
}

/// A call and what its relay sees of the caller and of the called side.
#[derive(Debug, Clone)]
pub struct Observed {
    /// The call.
    pub call: CallView,
    /// The relay's view; `None`: it has no session, or the relay did not say.
    pub media: Option<[Glimpse; 2]>,
}

/// Everything that conclusions are drawn from.
#[derive(Debug, Clone, Default)]
pub struct Evidence {
    /// The listeners.
    pub listening: Vec<Listening>,
    /// The ports that media may arrive at, as the configuration says it.
    pub media_ports: String,
    /// The contacts of clients.
    pub registered: Vec<Registered>,
    /// The calls.
    pub calls: Vec<Observed>,
}

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Weight {
    /// Something does not work.
    Problem,
    /// It works, and is worth knowing.
    Note,
}

/// Something that was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// How much it matters.
    pub weight: Weight,
    /// What it is about: a listener, a client, a call and a side of it.
    pub subject: String,
    /// What was seen, why that is so, what helps.
    pub text: String,
}

/// What was looked at, and what was found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnosis {
    /// The listeners, a line each.
    pub listeners: Vec<String>,
    /// How many contacts are registered.
    pub registrations: usize,
    /// The calls, a line each.
    pub calls: Vec<String>,
    /// Problems first.
    pub findings: Vec<Finding>,
}

/// Concludes.
pub fn examine(evidence: &Evidence) -> Diagnosis {
    let mut findings = Vec::new();
    listeners(evidence, &mut findings);
    for registered in &evidence.registered {
        registration(registered, &mut findings);
    }
    for observed in &evidence.calls {
        call(evidence, observed, &mut findings);
    }
    findings.sort_by_key(|finding| finding.weight);
    let listening = evidence.listening.iter();
    Diagnosis {
        listeners: listening
            .map(|one| {
                let names = one.advertised.join(", ");
                format!("{} {} as {names}", one.transport.as_param(), one.bound)
            })
            .collect(),
        registrations: evidence.registered.len(),
        calls: evidence.calls.iter().map(line).collect(),
        findings,
    }
}

fn line(observed: &Observed) -> String {
    let call = &observed.call;
    let stage = match call.stage {
        CallStage::Deciding => "being decided",
        CallStage::Performing => "hearing what its script says",
        CallStage::Connecting => "connecting",
        CallStage::Talking => "talking",
        CallStage::Parked => "parked",
        CallStage::Ending => "ending",
    };
    let mut text = format!(
        "{} {} → {}: {stage}",
        call.call_id, call.caller, call.callee
    );
    if let Some([caller, callee]) = observed.media {
        let packets = |side: Glimpse| side.statistics.packets;
        let (from, to) = (packets(caller), packets(callee));
        text.push_str(&format!(
            "; {from} packets from the caller{}, {to} from the called side{}",
            quality(caller),
            quality(callee)
        ));
    }
    text
}

/// What is known of how a side's media arrives.
fn quality(side: Glimpse) -> String {
    let statistics = side.statistics;
    let Some(opinion) = statistics.opinion_hundredths else {
        return String::new();
    };
    let round_trip = statistics.round_trip_microseconds.map(|time| {
        let milliseconds = time / 1_000;
        format!(", {milliseconds} ms there and back")
    });
    format!(
        " ({} lost, {:.1} ms jitter{}, MOS about {:.1})",
        statistics.lost,
        f64::from(statistics.jitter_microseconds) / 1_000.0,
        round_trip.unwrap_or_default(),
        f64::from(opinion) / 100.0
    )
}

fn listeners(evidence: &Evidence, findings: &mut Vec<Finding>) {
    let flows = evidence
        .calls
        .iter()
        .flat_map(|observed| &observed.call.legs);
    let sources = evidence
        .registered
        .iter()
        .map(|registered| registered.source);
    let outside = sources
        .chain(flows.map(|leg| leg.flow.peer))
        .find(|peer| is_public(peer.ip()));
    for listening in &evidence.listening {
        let subject = format!("{} {}", listening.transport.as_param(), listening.bound);
        for host in &listening.advertised {
            let Ok(address) = host.trim_matches(['[', ']']).parse::<IpAddr>() else {
                continue;
            };
            if address.is_unspecified() {
                findings.push(problem(
                    &subject,
                    format!(
                        "Via and Contact name {host}, where nobody can be reached. Set `advertised` of this listener to the \
                         address that peers reach it by."
                    ),
                ));
            } else if !is_public(address)
                && listening.advertised.len() == 1
                && let Some(peer) = outside
            {
                findings.push(problem(
                    &subject,
                    format!(
                        "Via and Contact name the private address {host}, and {peer} is on the internet: its requests within a \
                         call do not come back. Set `advertised` to the public address, or to one for each network."
                    ),
                ));
            }
        }
    }
}

fn registration(registered: &Registered, findings: &mut Vec<Finding>) {
    let Ok(contact) = Uri::parse(&registered.contact) else {
        return;
    };
    let source = registered.source;
    if contact.ip().is_some_and(|ip| ip != source.ip()) {
        let host = contact.host();
        findings.push(note(
            &registered.client,
            format!(
                "is behind address translation: its Contact names {host}, it registers from {source}. It is called at {source}, as \
                 long as its registrations or keep-alives keep that open."
            ),
        ));
    }
}

fn call(evidence: &Evidence, observed: &Observed, findings: &mut Vec<Finding>) {
    let call = &observed.call;
    for leg in &call.legs {
        let side = match leg.side {
            Some(Side::Caller) => "the caller",
            Some(Side::Callee) => "the called side",
            None => "another leg",
        };
        let subject = format!(
            "call {} ({} → {}), {side}",
            call.call_id, call.caller, call.callee
        );
        if let Some(waited) = leg.unacknowledged.filter(|waited| *waited >= PATIENCE) {
            findings.push(problem(&subject, missing_ack(leg, waited)));
        }
        let glimpse = observed
            .media
            .as_ref()
            .zip(leg.side)
            .map(|(media, side)| match side {
                Side::Caller => &media[0],
                Side::Callee => &media[1],
            });
        if let (Some(glimpse), CallStage::Talking) = (glimpse, call.stage)
            && let Some(text) = silence(evidence, leg, glimpse)
        {
            findings.push(problem(&subject, text));
        }
    }
}

/// Why an ACK may be missing: it is sent to our Contact.
fn missing_ack(leg: &LegView, waited: Duration) -> String {
    let seconds = waited.as_secs();
    let (told, peer) = (&leg.told, leg.flow.peer);
    let text = format!(
        "has not acknowledged our 200 for {seconds} s. The ACK goes to our Contact, {told}"
    );
    let host = Uri::parse(told.trim_matches(['<', '>']))
        .ok()
        .and_then(|uri| uri.ip());
    match host {
        Some(ip) if ip.is_unspecified() => {
            format!("{text}, which is no address: set `advertised` of the listener.")
        }
        Some(ip) if !is_public(ip) && is_public(peer.ip()) => format!(
            "{text}, a private address that {peer} cannot reach: set `advertised` of the listener."
        ),
        _ => format!(
            "{text}: is that what {peer} reaches us by, and does a firewall let it through?"
        ),
    }
}

/// Why no media comes from a side. `None`: it does, or need not.
fn silence(evidence: &Evidence, leg: &LegView, glimpse: &Glimpse) -> Option<String> {
    if !glimpse.is_expected {
        return None;
    }
    if let Some(silent) = glimpse.silent {
        let source = glimpse.source?;
        let seconds = silent.as_secs();
        return (silent >= PATIENCE).then(|| {
            format!("has sent no RTP for {seconds} s; before, it came from {source}. The phone or its network has stopped.")
        });
    }
    let media = leg.media?;
    if let Some(stranger) = glimpse.stranger {
        let refused = glimpse.statistics.refused;
        return Some(format!(
            "nothing is taken from it: {refused} packets came from {stranger}, which is neither the address of its SDP nor that of \
             its signalling, while another source is held to be it."
        ));
    }
    let why = match glimpse.named {
        _ if media.ip().is_unspecified() => {
            "we told it to send to no address at all: set `external_address` in [media].".to_owned()
        }
        _ if !is_public(media.ip()) && is_public(leg.flow.peer.ip()) => format!(
            "we told it to send to {media}, a private address that it cannot reach: set `external_address` in [media]."
        ),
        None => "its SDP names no address that can be used; it must send first.".to_owned(),
        Some(named) if !is_public(named.ip()) && is_public(leg.flow.peer.ip()) => format!(
            "its SDP names {named}, behind address translation: it must send first, to {media}. Do its firewall and ours let UDP \
             ports {} through?",
            evidence.media_ports
        ),
        Some(named) => format!(
            "it was told to send to {media} and said it would from {named}. Is it muted, does it know our address, do firewalls let \
             UDP ports {} through?",
            evidence.media_ports
        ),
    };
    Some(format!("no RTP has come from it: {why}"))
}

/// Whether an address can be reached from everywhere.
fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => {
            let shared = ip.octets()[0] == 100 && ip.octets()[1] & 0xc0 == 64;
            !(ip.is_private()
                || ip.is_loopback()
                || ip.is_link_local()
                || ip.is_unspecified()
                || shared)
        }
        IpAddr::V6(ip) => {
            !(ip.is_unique_local()
                || ip.is_loopback()
                || ip.is_unicast_link_local()
                || ip.is_unspecified())
        }
    }
}

fn problem(subject: &str, text: String) -> Finding {
    Finding {
        weight: Weight::Problem,
        subject: subject.to_owned(),
        text,
    }
}

fn note(subject: &str, text: String) -> Finding {
    Finding {
        weight: Weight::Note,
        ..problem(subject, text)
    }
}

#[cfg(test)]
#[path = "doctor_tests.rs"]
mod tests;
