//! Registrations that a plugin decides about: what it is asked, what its answer means, and what holds when it gives none.
//! A client is asked about once at a time; what comes meanwhile waits for its turn.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;
use std::time::Instant;

use switchhook_routing::registration::{Credentials, Gated, Grant, Proof, Refusal, Registration};
use switchhook_sip::digest::{self, DigestFailure, Ha1, Presented, Side};
use switchhook_sip::flow::Flow;
use switchhook_sip::message::{HeaderName, Request};
use switchhook_sip::transaction::ServerTransaction;

use crate::admission::{refusal, with_credentials};
use crate::assignment::Assignment;
use crate::call::deciding::headers;
use crate::config::{Client, Config, Domain};
use crate::core::{Core, Reply};
use crate::guard::Conduct;
use crate::keys::{AddressOfRecord, GateTicket};
use crate::limits;
use crate::output::{GateRequest, Output};
use crate::registrar::Change;
use crate::registration::{apply, change, unavailable};
use crate::restoring::keep;

/// The registrations that gatekeepers are asked about.
#[derive(Debug, Default)]
pub(crate) struct Gates {
    /// By their tickets, which are in the order of their deadlines.
    asked: BTreeMap<u64, Gate>,
    clients: HashMap<AddressOfRecord, u64>,
}

/// What is asked about one client, and what waits.
#[derive(Debug)]
struct Gate {
    client: AddressOfRecord,
    deadline: Instant,
    pending: Pending,
    waiting: VecDeque<Pending>,
}

/// A REGISTER without its answer.
#[derive(Debug)]
pub(crate) struct Pending {
    pub(crate) tx: ServerTransaction,
    pub(crate) flow: Flow,
    pub(crate) request: Request,
}

/// Why the answer of a gatekeeper comes to nothing.
enum Failed {
    /// This is the answer to the client.
    Reply(Reply),
    /// It cannot be used: as if there was none.
    Unusable,
}

impl From<Reply> for Failed {
    fn from(reply: Reply) -> Failed {
        Failed::Reply(reply)
    }
}

impl Gates {
    /// When a gatekeeper will have taken too long.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.asked.first_key_value().map(|(_, gate)| gate.deadline)
    }

    pub(crate) fn len(&self) -> usize {
        self.asked.len()
    }

    fn waiting_of(&mut self, client: &AddressOfRecord) -> Option<&mut VecDeque<Pending>> {
        let ticket = self.clients.get(client)?;
        self.asked.get_mut(ticket).map(|gate| &mut gate.waiting)
    }

    fn put(&mut self, ticket: u64, gate: Gate) {
        self.clients.insert(gate.client.clone(), ticket);
        self.asked.insert(ticket, gate);
    }

    fn take(&mut self, ticket: u64) -> Option<Gate> {
        let gate = self.asked.remove(&ticket)?;
        self.clients.remove(&gate.client);
        Some(gate)
    }

    fn take_due(&mut self, now: Instant) -> Option<Gate> {
        let (ticket, gate) = self.asked.first_key_value()?;
        let ticket = (gate.deadline <= now).then_some(*ticket)?;
        self.take(ticket)
    }
}

/// A REGISTER of a client that has a gatekeeper.
pub(crate) fn register(core: &mut Core, client: AddressOfRecord, pending: Pending) {
    match core.gates.waiting_of(&client) {
        None => ask(core, client, VecDeque::from([pending])),
        Some(waiting) if waiting.len() < limits::GATES_WAITING => waiting.push_back(pending),
        Some(_) => {
            let reply = Reply::new(503).with("Retry-After", "1");
            core.reply(pending.tx, &pending.request, reply);
        }
    }
}

/// A gatekeeper has answered.
pub(crate) fn decided(core: &mut Core, ticket: GateTicket, gated: Gated) {
    if let Some(gate) = core.gates.take(ticket.0) {
        conclude(core, gate, gated.answer);
    }
}

/// Gives up the gatekeepers that have taken too long.
pub(crate) fn expire(core: &mut Core) {
    while let Some(gate) = core.gates.take_due(core.now) {
        core.counters.gates_lost += 1;
        conclude(core, gate, None);
    }
}

/// Asks about the first of them that need not be refused without asking; the others wait.
fn ask(core: &mut Core, client: AddressOfRecord, mut waiting: VecDeque<Pending>) {
    while let Some(pending) = waiting.pop_front() {
        let (plugin, registration) = match question(core, &client, &pending) {
            Ok(question) => question,
            Err(reply) => {
                core.reply(pending.tx, &pending.request, reply);
                continue;
            }
        };
        let ticket = core.serial();
        let gate = Gate {
            client,
            deadline: core.now + core.config.timing.decision_guard,
            pending,
            waiting,
        };
        core.gates.put(ticket, gate);
        core.counters.gates += 1;
        let request = GateRequest {
            ticket: GateTicket(ticket),
            plugin,
            registration,
        };
        return core.outputs.push_back(Output::Gate(Box::new(request)));
    }
}

/// What the gatekeeper is asked, or why it is not.
fn question(
    core: &mut Core,
    client: &AddressOfRecord,
    pending: &Pending,
) -> Result<(String, Registration), Reply> {
    let config = Arc::clone(&core.config);
    let (domain, settings) = known(&config, client)?;
    let plugin = settings.gatekeeper.clone();
    let plugin = plugin.ok_or_else(|| Reply::new(403))?;
    let request = &pending.request;
    let mut credentials =
        with_credentials(core, domain, Side::Server, (pending.flow, request), look)?;
    if !names_an_algorithm(request) {
        credentials.algorithm = None;
    }
    if credentials.username != client.user {
        return Err(Reply::new(403));
    }
    let (contacts, expires_seconds) = match change(request, domain.registration_seconds)? {
        Change::RemoveAll => (Vec::new(), 0),
        Change::Set(updates) => {
            let longest = updates.iter().map(|update| update.seconds).max();
            let kept = updates.into_iter().filter(|update| update.seconds > 0);
            let contacts = kept.map(|update| update.contact).collect();
            (
                contacts,
                longest.unwrap_or(domain.registration_seconds.default),
            )
        }
    };
    if core.gates.len() >= config.limits.decisions {
        return Err(unavailable(&config));
    }
    let registration = Registration {
        domain: client.domain.clone(),
        username: client.user.clone(),
        contacts,
        expires_seconds,
        source_address: pending.flow.peer.to_string(),
        received_at: core.epoch_ms(core.now),
        headers: headers(request),
        credentials,
    };
    Ok((plugin, registration))
}

/// What came of asking, said to the client; then it is the turn of what waits.
fn conclude(core: &mut Core, gate: Gate, answer: Option<Result<Grant, Refusal>>) {
    let Gate {
        client,
        pending,
        waiting,
        ..
    } = gate;
    let config = Arc::clone(&core.config);
    let reply = known(&config, &client).and_then(|(domain, settings)| {
        let concluded = match answer {
            Some(Ok(grant)) => granted(core, domain, settings, &client, &pending, grant),
            Some(Err(refused)) if (500..600).contains(&refused.status) => Err(Failed::Unusable),
            Some(Err(refused)) => Err(Failed::Reply(refusal_of(
                core,
                domain,
                pending.flow,
                refused,
            ))),
            None => Err(Failed::Unusable),
        };
        match concluded {
            Ok(reply) | Err(Failed::Reply(reply)) => Ok(reply),
            Err(Failed::Unusable) => unanswered(core, domain, &client, &pending),
        }
    });
    let (Ok(reply) | Err(reply)) = reply;
    core.reply(pending.tx, &pending.request, reply);
    ask(core, client, waiting);
}

/// It may register.
fn granted(
    core: &mut Core,
    domain: &Domain,
    settings: &Client,
    client: &AddressOfRecord,
    pending: &Pending,
    grant: Grant,
) -> Result<Reply, Failed> {
    let gatekeeper = settings.gatekeeper.as_deref().unwrap_or_default();
    let request = &pending.request;
    let mut assignment =
        Assignment::of(domain, gatekeeper, &grant).map_err(|_| Failed::Unusable)?;
    assignment.ha1 = prove(core, domain, client, pending, &grant.proof)?;
    let mut wanted = change(request, domain.registration_seconds)?;
    if let Some(seconds) = assignment.seconds {
        wanted.set_seconds(seconds);
    }
    let reply = apply(core, client, pending.flow, request, wanted)?;
    core.registrar.assign(client, assignment);
    core.saw(pending.flow, Conduct::Authenticated);
    keep(core, client);
    Ok(reply)
}

/// Checks the proof that a gatekeeper gave; the hash that later requests are checked against, if there is one.
fn prove(
    core: &mut Core,
    domain: &Domain,
    client: &AddressOfRecord,
    pending: &Pending,
    proof: &Proof,
) -> Result<Option<Ha1>, Failed> {
    let password = match proof {
        Proof::Password(password) => Some(Ha1::from_password(&client.user, &domain.name, password)),
        Proof::Ha1(_) | Proof::Checked => None,
    };
    with_credentials(
        core,
        domain,
        Side::Server,
        (pending.flow, &pending.request),
        |core, credentials, of| {
            let ha1 = match proof {
                Proof::Ha1(digits) => match Ha1::from_hex(credentials.algorithm.hash, digits) {
                    Some(ha1) => Some(ha1),
                    None => return Ok(Err(Failed::Unusable)),
                },
                Proof::Password(_) | Proof::Checked => password,
            };
            check(core, credentials, of, ha1.as_ref())?;
            Ok(Ok(ha1))
        },
    )?
}

/// No usable answer came: a client that is registered stays so, and a new one is told to try again.
fn unanswered(
    core: &mut Core,
    domain: &Domain,
    client: &AddressOfRecord,
    pending: &Pending,
) -> Result<Reply, Reply> {
    let request = &pending.request;
    let again = unavailable(&core.config);
    let mut wanted = change(request, domain.registration_seconds)?;
    let Some(assignment) = core.registrar.assignment(client) else {
        return Err(again);
    };
    if !core.registrar.is_refresh(client, pending.flow, &wanted) {
        return Err(again);
    }
    let (ha1, seconds) = (assignment.ha1, assignment.seconds);
    with_credentials(
        core,
        domain,
        Side::Server,
        (pending.flow, request),
        |core, credentials, of| check(core, credentials, of, ha1.as_ref()),
    )?;
    if let Some(seconds) = seconds {
        wanted.set_seconds(seconds);
    }
    apply(core, client, pending.flow, request, wanted)
}

/// Verifies credentials where there is a hash to do so; else somebody else has, and their nonce is used up.
fn check(
    core: &mut Core,
    credentials: &digest::Credentials<'_>,
    presented: &Presented<'_>,
    ha1: Option<&Ha1>,
) -> Result<(), DigestFailure> {
    let now = core.now;
    match ha1 {
        Some(_) => core
            .verifier
            .verify(credentials, presented, ha1, now)
            .map(drop),
        None => core.verifier.spend(credentials, presented, now),
    }
}

fn refusal_of(core: &mut Core, domain: &Domain, flow: Flow, refused: Refusal) -> Reply {
    match refused.status {
        401 => refusal(core, domain, Side::Server, flow, DigestFailure::Missing),
        status => {
            // Its nonce was looked at before the gatekeeper was asked.
            core.saw(flow, Conduct::WrongCredentials);
            let mut reply = Reply::new(if (400..700).contains(&status) {
                status
            } else {
                403
            });
            reply.reason = refused.reason;
            reply
        }
    }
}

fn known<'c>(
    config: &'c Config,
    client: &AddressOfRecord,
) -> Result<(&'c Domain, &'c Client), Reply> {
    let domain = config.domains.get(&client.domain);
    let domain = domain.ok_or_else(|| Reply::new(404))?;
    let settings = domain.client(&client.user);
    Ok((domain, settings.ok_or_else(|| Reply::new(403))?))
}

fn names_an_algorithm(request: &Request) -> bool {
    let fields = [HeaderName::Authorization, HeaderName::ProxyAuthorization];
    let mut values = fields.into_iter().flat_map(|name| request.headers(name));
    values.any(|value| value.to_ascii_lowercase().contains("algorithm"))
}

/// Looks at credentials, and says them as a gatekeeper gets them.
fn look(
    core: &mut Core,
    credentials: &digest::Credentials<'_>,
    presented: &Presented<'_>,
) -> Result<Credentials, DigestFailure> {
    core.verifier.look(credentials, presented, core.now)?;
    let protection = credentials.protection;
    Ok(Credentials {
        username: credentials.username.clone(),
        realm: credentials.realm.clone(),
        nonce: credentials.nonce.to_owned(),
        uri: credentials.uri.to_owned(),
        response: credentials.response.to_owned(),
        method: presented.method.to_owned(),
        algorithm: Some(credentials.algorithm.to_string()),
        qop: protection.map(|protection| protection.qop_text.to_owned()),
        nc: protection.map(|protection| protection.nonce_count_text.to_owned()),
        cnonce: (!credentials.cnonce.is_empty()).then(|| credentials.cnonce.to_owned()),
    })
}
