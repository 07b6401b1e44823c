//! MESSAGE outside of dialogs (RFC 3428): from clients to clients, to a trunk or to other hosts if the domain allows it, and
//! from trunks to clients. Nothing is stored: whoever cannot be reached now does not get it, and the sender is told.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use switchhook_routing::call::Origin;
use switchhook_routing::verb::{Endpoint, TrunkNumber};
use switchhook_sip::flow::Flow;
use switchhook_sip::locate::Candidate;
use switchhook_sip::message::{HeaderName, Request};
use switchhook_sip::transaction::{ClientTransaction, ServerTransaction};

use crate::admission::{check_form, domain_of, named, source};
use crate::call::target::{Destination, Way, destinations, flow_to, trunk_destination};
use crate::config::Domain;
use crate::core::{Core, Reply};
use crate::keys::{AddressOfRecord, Lookup, Map, Owner};
use crate::limits;
use crate::outgoing::{Parties, outgoing};
use crate::registration::unavailable;
use crate::subscriptions::notify::uri_of;
use crate::trunks::hunt::hunt;

/// The fields that go over with a message.
const CARRIED: [HeaderName<'static>; 8] = [
    HeaderName::ContentDisposition,
    HeaderName::ContentEncoding,
    HeaderName::ContentLanguage,
    HeaderName::Date,
    HeaderName::Expires,
    HeaderName::InReplyTo,
    HeaderName::Priority,
    HeaderName::Subject,
];

/// The messages that are on their way.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    all: Map<u64, Pending>,
    /// When each will have waited too long, in order.
    due: VecDeque<(Instant, u64)>,
}

impl Messages {
    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    /// When one will have waited too long; it may have been answered since.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.due.front().map(|(at, _)| *at)
    }
}

/// A message without its answer.
#[derive(Debug)]
struct Pending {
    tx: ServerTransaction,
    request: Request,
    parties: Parties,
    branches: Vec<Branch>,
    /// The lowest status that it was refused with.
    refused: Option<u16>,
}

/// One destination of a message.
#[derive(Debug)]
struct Branch {
    destination: Destination,
    candidates: VecDeque<Candidate>,
    awaits: Awaits,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Awaits {
    Lookup(Lookup),
    Response(ClientTransaction),
    Nothing,
}

/// A MESSAGE outside of dialogs: sent on, or refused.
pub(crate) fn message(core: &mut Core, tx: ServerTransaction, flow: Flow, request: Request) {
    match begin(core, flow, &request) {
        Ok((parties, destinations)) => {
            let branches = destinations.into_iter().map(|destination| Branch {
                destination,
                candidates: VecDeque::new(),
                awaits: Awaits::Nothing,
            });
            let mut pending = Pending {
                tx,
                request,
                parties,
                branches: branches.collect(),
                refused: None,
            };
            let key = core.serial();
            core.counters.messages += 1;
            let at = core.now + limits::MESSAGE_WAIT;
            core.messages.due.push_back((at, key));
            for branch in 0..pending.branches.len() {
                start(core, key, &mut pending, branch);
            }
            conclude(core, key, pending);
        }
        Err(reply) => core.reply(tx, &request, reply),
    }
}

/// A final response to a message that was sent on.
pub(crate) fn answered(core: &mut Core, key: u64, tx: ClientTransaction, status: u16) {
    let Some(mut pending) = core.messages.all.remove(&key) else {
        return;
    };
    if (200..300).contains(&status) {
        // Whoever has it, has it; what the others say does not matter.
        return core.reply(pending.tx, &pending.request, Reply::new(status));
    }
    if let Some(branch) = pending.awaiting(Awaits::Response(tx)) {
        let next = matches!(status, 503 | 408) && try_next(core, key, &mut pending, branch);
        if !next {
            pending.refuse(branch, status);
        }
    }
    conclude(core, key, pending);
}

/// Answers what has waited too long.
pub(crate) fn expire(core: &mut Core) {
    while let Some((at, key)) = core.messages.due.front().copied() {
        if at > core.now {
            break;
        }
        core.messages.due.pop_front();
        if let Some(mut pending) = core.messages.all.remove(&key) {
            for branch in &mut pending.branches {
                branch.awaits = Awaits::Nothing;
            }
            conclude(core, key, pending);
        }
    }
}

/// A name was resolved.
pub(crate) fn resolved(core: &mut Core, key: u64, lookup: Lookup, candidates: Vec<Candidate>) {
    let Some(mut pending) = core.messages.all.remove(&key) else {
        return;
    };
    if let Some(branch) = pending.awaiting(Awaits::Lookup(lookup)) {
        if let Some(branch) = pending.branches.get_mut(branch) {
            branch.candidates = candidates.into();
        }
        if !try_next(core, key, &mut pending, branch) {
            pending.refuse(branch, 480);
        }
    }
    conclude(core, key, pending);
}

impl Pending {
    fn awaiting(&self, what: Awaits) -> Option<usize> {
        self.branches.iter().position(|one| one.awaits == what)
    }

    fn refuse(&mut self, branch: usize, status: u16) {
        if let Some(branch) = self.branches.get_mut(branch) {
            branch.awaits = Awaits::Nothing;
        }
        // Our own credentials and time-outs are nothing to the sender (RFC 4320 §4.2: no 408).
        let status = match status {
            401 | 407 => 403,
            408 | 481 | 482 | 500..=599 => 480,
            300..=399 => 480,
            other => other,
        };
        self.refused = Some(self.refused.map_or(status, |before| before.min(status)));
    }
}

fn begin(
    core: &mut Core,
    flow: Flow,
    request: &Request,
) -> Result<(Parties, Vec<Destination>), Reply> {
    check_form(request)?;
    if request.max_forwards() == Some(0) {
        return Err(Reply::new(483));
    }
    if request.body().len() > limits::MESSAGE_BYTES {
        return Err(Reply::new(413));
    }
    let config = Arc::clone(&core.config);
    let inside = domain_of(&config, flow, &core.names_of_peer(flow), request);
    let domain = inside.or_else(|| named(&config, &request.from().uri()));
    let domain = domain.ok_or_else(|| Reply::new(404))?;
    let (source, _) = source(core, domain, flow, request)?;
    let endpoint = endpoint(domain, inside.is_some(), &source.origin, request)?;
    if core.messages.len() >= limits::MESSAGES {
        return Err(unavailable(&config));
    }
    let to = match &endpoint {
        Endpoint::Uri(uri) => uri.clone(),
        Endpoint::Client(user) | Endpoint::RingGroup(user) => address(domain, user),
        Endpoint::Trunk(number) => address(domain, &number.number),
    };
    let parties = Parties {
        from: address(domain, &source.caller),
        to,
    };
    let destinations = match &endpoint {
        Endpoint::Trunk(number) => at_trunk(core, domain, number),
        other => destinations(core, &config, domain, other),
    };
    let destinations = destinations.map_err(Reply::new)?;
    Ok((parties, destinations))
}

/// Where a message goes, if it may.
fn endpoint(
    domain: &Domain,
    is_inside: bool,
    origin: &Origin,
    request: &Request,
) -> Result<Endpoint, Reply> {
    let is_client = matches!(origin, Origin::Client(_));
    let uri = request.uri();
    if !is_inside {
        let text = uri.as_str().split('?').next().unwrap_or_default();
        let may = is_client && domain.messages.uris && uri.is_sip();
        return match may {
            true => Ok(Endpoint::Uri(text.to_owned())),
            false => Err(Reply::new(403)),
        };
    }
    let user = match uri.is_tel() {
        true => Some(uri.opaque().split(';').next().unwrap_or_default().into()),
        false => uri.user(),
    };
    let user = user.filter(|user| !user.is_empty());
    let user = user.ok_or_else(|| Reply::new(484))?.into_owned();
    if domain.client(&user).is_some() {
        return Ok(Endpoint::Client(user));
    }
    match (&domain.messages.trunk, origin) {
        (Some(_), Origin::Client(client)) if !may_reach(domain, client, &user) => {
            Err(Reply::new(403))
        }
        (Some(trunk), Origin::Client(_)) => Ok(Endpoint::Trunk(TrunkNumber {
            trunk: trunk.clone(),
            number: user,
        })),
        _ => Err(Reply::new(404)),
    }
}

/// The first host of a trunk, or of a group of them, that there is a way to.
fn at_trunk(
    core: &mut Core,
    domain: &Domain,
    number: &TrunkNumber,
) -> Result<Vec<Destination>, u16> {
    let hunt = hunt(core, domain, number).ok_or(404_u16)?;
    let mut hosts = hunt.rest.iter();
    let found = hosts.find_map(|at| trunk_destination(core, domain, at, &hunt.number).ok());
    found.map(|one| vec![one]).ok_or(480)
}

/// Whether a client's calls may go to this number, and so its messages.
fn may_reach(domain: &Domain, client: &str, number: &str) -> bool {
    let limits = domain.limits_of(client);
    limits.destinations.is_none_or(|all| all.allows(number))
}

fn address(domain: &Domain, user: &str) -> String {
    uri_of(&AddressOfRecord {
        domain: domain.name.clone(),
        user: user.to_owned(),
    })
}

fn start(core: &mut Core, key: u64, pending: &mut Pending, branch: usize) {
    let Some(way) = pending
        .branches
        .get(branch)
        .map(|b| b.destination.way.clone())
    else {
        return;
    };
    match way {
        Way::Flow(flow) => send(core, key, pending, branch, flow),
        Way::Name {
            host,
            port,
            transport,
        } => {
            let lookup = core.resolve(host, port, transport);
            core.owners.lookups.insert(lookup, Owner::Message(key));
            if let Some(branch) = pending.branches.get_mut(branch) {
                branch.awaits = Awaits::Lookup(lookup);
            }
        }
    }
}

/// Sends the message to the next address of a destination. `false`: there is none.
fn try_next(core: &mut Core, key: u64, pending: &mut Pending, branch: usize) -> bool {
    while let Some(candidate) = pending
        .branches
        .get_mut(branch)
        .and_then(|one| one.candidates.pop_front())
    {
        if let Some(flow) = flow_to(core, candidate.transport, candidate.address) {
            send(core, key, pending, branch, flow);
            return true;
        }
    }
    false
}

fn send(core: &mut Core, key: u64, pending: &mut Pending, branch: usize, flow: Flow) {
    let Some(branch) = pending.branches.get_mut(branch) else {
        return;
    };
    let mut builder = outgoing(core, "MESSAGE", &branch.destination, flow, &pending.parties);
    for name in CARRIED {
        builder = builder.copy(&pending.request, name);
    }
    let kind = pending.request.content_type();
    let body = pending.request.body();
    let bytes = match body.is_empty() {
        true => builder.finish(),
        false => builder
            .body(kind.as_deref().unwrap_or("text/plain"), body)
            .finish(),
    };
    branch.awaits = Awaits::Response(core.request(Owner::Message(key), flow, bytes));
}

/// Answers a message that nobody took, or keeps it.
fn conclude(core: &mut Core, key: u64, pending: Pending) {
    let waits = |one: &Branch| one.awaits != Awaits::Nothing;
    if pending.branches.iter().any(waits) {
        core.messages.all.insert(key, pending);
        return;
    }
    let reply = Reply::new(pending.refused.unwrap_or(480));
    core.reply(pending.tx, &pending.request, reply);
}
