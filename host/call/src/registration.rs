//! REGISTER: who may register, what the request wants, what the answer says (RFC 3261 §10.3). The table of contacts is
//! the registrar's.

use std::fmt::Write;
use std::sync::Arc;
use std::time::Duration;

use switchhook_sip::digest::Side;
use switchhook_sip::flow::Flow;
use switchhook_sip::message::{HeaderName, Request};
use switchhook_sip::transaction::ServerTransaction;

use crate::admission::{authenticate, check_form, domain_of};
use crate::config::{Config, Domain, RegistrationSeconds};
use crate::core::{Core, Reply};
use crate::gatekeeping::{self, Pending};
use crate::kept::{Kept, KeptBinding, KeptBindings, Registered};
use crate::keys::AddressOfRecord;
use crate::limits;
use crate::output::Output;
use crate::registrar::{Binding, Change, Refused, Room, Source, Update};

/// Answers a REGISTER, or has a gatekeeper asked what to answer.
pub(crate) fn register(core: &mut Core, tx: ServerTransaction, flow: Flow, request: Request) {
    let config = Arc::clone(&core.config);
    let reply = match domain_for(&config, flow, &request) {
        Ok(domain) => {
            if let Some(client) = guarded(domain, &request) {
                let pending = Pending { tx, flow, request };
                return gatekeeping::register(core, client, pending);
            }
            carry_out(core, domain, flow, &request)
        }
        Err(reply) => Err(reply),
    };
    let (Ok(reply) | Err(reply)) = reply;
    core.reply(tx, &request, reply);
}

fn domain_for<'c>(config: &'c Config, flow: Flow, request: &Request) -> Result<&'c Domain, Reply> {
    check_form(request)?;
    domain_of(config, flow, request).ok_or_else(|| Reply::new(404))
}

/// The client that wants to register, if a gatekeeper decides about it: the one that To names.
fn guarded(domain: &Domain, request: &Request) -> Option<AddressOfRecord> {
    let user = request.to().uri().user()?;
    domain.client(&user)?.gatekeeper.as_ref()?;
    Some(AddressOfRecord {
        domain: domain.name.clone(),
        user: user.into_owned(),
    })
}

fn carry_out(
    core: &mut Core,
    domain: &Domain,
    flow: Flow,
    request: &Request,
) -> Result<Reply, Reply> {
    let (user, _) = authenticate(core, domain, Side::Server, request)?;
    // "the registrar MUST extract the address-of-record from the To header field"; it must be the client's own.
    let to = request.to().uri();
    if to.user().is_none_or(|own| own != user.as_str()) {
        return Err(Reply::new(403));
    }
    let client = AddressOfRecord {
        domain: domain.name.clone(),
        user,
    };
    let change = change(request, domain.registration_seconds)?;
    apply(core, &client, flow, request, change)
}

/// Carries out what a REGISTER wants, for a client that may.
pub(crate) fn apply(
    core: &mut Core,
    client: &AddressOfRecord,
    flow: Flow,
    request: &Request,
    change: Change,
) -> Result<Reply, Reply> {
    let config = Arc::clone(&core.config);
    let agent = request.header(HeaderName::UserAgent).unwrap_or_default();
    let source = Source {
        flow,
        call_id: request.call_id(),
        cseq: request.cseq().number,
        path: &[],
        user_agent: beginning(&agent, limits::USER_AGENT_BYTES),
    };
    let asks_only = change == Change::Set(Vec::new());
    let now = core.now;
    match (core.registrar).apply(now, client, source, change, room(&config)) {
        Ok(differs) => {
            if differs {
                core.show_contacts(client);
            }
            if !asks_only {
                keep(core, client);
            }
        }
        Err(Refused::OutOfOrder) => return Err(Reply::new(500)),
        Err(Refused::TooMany) => return Err(Reply::new(403)),
        Err(Refused::Full) => return Err(unavailable(&config)),
    }
    Ok(answer(core, client))
}

/// 503: it may work later.
pub(crate) fn unavailable(config: &Config) -> Reply {
    let seconds = config.limits.retry_after_seconds;
    Reply::new(503).with("Retry-After", seconds.to_string())
}

/// What the request wants, its times brought within the domain's limits.
pub(crate) fn change(request: &Request, limits: RegistrationSeconds) -> Result<Change, Reply> {
    let expires = request.expires();
    if request.has_star_contact() {
        // "the Expires header field MUST be 0 … if there are additional contacts or an expiration other than zero → 400"
        if expires != Some(0) || request.contacts().next().is_some() {
            return Err(Reply::new(400));
        }
        return Ok(Change::RemoveAll);
    }
    let mut updates = Vec::new();
    for contact in request.contacts() {
        let contact = contact.map_err(|_| Reply::new(400))?;
        if !contact.uri().is_sip() {
            return Err(Reply::new(400));
        }
        let seconds = contact.expires().or(expires).unwrap_or(limits.default);
        if seconds != 0 && seconds < limits.min {
            return Err(Reply::new(423).with("Min-Expires", limits.min.to_string()));
        }
        let instance = contact.param("+sip.instance").unwrap_or_default();
        let reg_id = contact.param("reg-id").and_then(|id| id.parse().ok());
        updates.push(Update {
            contact: contact.uri().as_str().to_owned(),
            // "if the registrar processes a Contact … with a reg-id but no instance-id, it simply ignores the reg-id"
            reg_id: reg_id.filter(|_| !instance.is_empty()).unwrap_or(0),
            instance: instance.into_owned(),
            q: contact.q_thousandths(),
            seconds: seconds.min(limits.max),
        });
    }
    Ok(Change::Set(updates))
}

/// "The response MUST contain Contact header field values enumerating all current bindings."
fn answer(core: &Core, client: &AddressOfRecord) -> Reply {
    let mut reply = Reply::new(200);
    for binding in core.registrar.bindings(client) {
        let left = binding
            .expires_at
            .saturating_duration_since(core.now)
            .as_secs();
        let contact = &binding.contact;
        let mut value = format!("<{}>;expires={left}", contact.uri);
        if !contact.instance.is_empty() {
            let _ = write!(value, ";+sip.instance=\"{}\"", contact.instance);
        }
        if contact.reg_id != 0 {
            let _ = write!(value, ";reg-id={}", contact.reg_id);
        }
        reply = reply.with("Contact", value);
    }
    reply
}

/// The contacts of a domain's clients.
pub(crate) fn contacts(core: &Core, domain: &str) -> Vec<Registered> {
    let clients = core.registrar.of_domain(domain).into_iter();
    let contacts = clients.flat_map(|(user, bindings)| {
        bindings.iter().map(move |binding| Registered {
            client: user.to_owned(),
            contact: Arc::clone(&binding.contact),
            flow: binding.flow,
            left: binding.expires_at.saturating_duration_since(core.now),
        })
    });
    contacts.collect()
}

/// The contacts of a client are others than before.
pub(crate) fn changed(core: &mut Core, client: &AddressOfRecord) {
    core.show_contacts(client);
    keep(core, client);
}

/// Puts out what is to be kept of a client's contacts: those that a restart leaves.
pub(crate) fn keep(core: &mut Core, client: &AddressOfRecord) {
    let bindings = core.registrar.bindings(client).iter();
    let lasting = bindings.filter(|binding| outlives_restart(binding));
    let kept = lasting.filter_map(|binding| {
        Some(KeptBinding {
            contact: Arc::clone(&binding.contact),
            transport: binding.flow.transport.as_str().to_owned(),
            bound: core.listener(binding.flow.listener)?.bound,
            peer: binding.flow.peer,
            expires_at: core.epoch_ms(binding.expires_at),
            cseq: binding.cseq,
        })
    });
    let kept = KeptBindings {
        domain: client.domain.clone(),
        client: client.user.clone(),
        bindings: kept.collect(),
    };
    core.outputs
        .push_back(Output::Keep(Box::new(Kept::Bindings(kept))));
}

/// Takes back the contacts of a client that have not expired meanwhile.
pub(crate) fn restore(core: &mut Core, kept: KeptBindings) {
    let client = AddressOfRecord {
        domain: kept.domain,
        user: kept.client,
    };
    let now = core.epoch_ms(core.now);
    let binding = |kept: KeptBinding| {
        let left = kept.expires_at.checked_sub(now).filter(|left| *left > 0)?;
        let transport = kept.transport()?;
        let listeners = core.config.listeners.iter();
        let mut same = listeners.filter(|l| l.transport == transport && l.bound == kept.bound);
        let other = || core.listener_for(transport, kept.peer.is_ipv6());
        let binding = Binding {
            flow: Flow {
                transport,
                listener: same.next().or_else(other)?.id,
                peer: kept.peer,
                connection: None,
            },
            contact: kept.contact,
            expires_at: core.now + Duration::from_millis(left),
            cseq: kept.cseq,
        };
        outlives_restart(&binding).then_some(binding)
    };
    let bindings: Vec<_> = kept.bindings.into_iter().filter_map(binding).collect();
    let room = room(&core.config);
    if !bindings.is_empty() && core.registrar.restore(&client, bindings, room) {
        core.show_contacts(&client);
    }
}

/// Whether a contact can be reached when all connections are closed.
fn outlives_restart(binding: &Binding) -> bool {
    !binding.flow.transport.is_reliable() || !binding.contact.path.is_empty()
}

fn room(config: &Config) -> Room {
    Room {
        of_client: config.limits.contacts,
        of_domain: usize::MAX,
        in_all: config.limits.registrations,
    }
}

fn beginning(text: &str, bytes: usize) -> &str {
    let end = text.floor_char_boundary(bytes);
    text.get(..end).unwrap_or(text)
}
