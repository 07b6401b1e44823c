//! REGISTER: who may register, what the request wants, what the answer says (RFC 3261 §10.3). The table of contacts is
//! the registrar's.

use std::fmt::Write;
use std::sync::Arc;

use switchhook_sip::digest::Side;
use switchhook_sip::flow::Flow;
use switchhook_sip::message::{HeaderName, NameAddr, Request};
use switchhook_sip::transaction::ServerTransaction;

use crate::admission::{authenticate, check_registration, domain_or_refusal};
use crate::config::{Config, Domain, RegistrationSeconds};
use crate::core::{Core, Reply};
use crate::date::date;
use crate::features::REGISTRAR_SUPPORTED;
use crate::gatekeeping::{self, Pending};
use crate::gruu;
use crate::keep_alive;
use crate::kept::Registered;
use crate::keys::AddressOfRecord;
use crate::limits;
use crate::registrar::{Binding, Change, Refused, Room, Source, Update};
use crate::restoring::keep;

/// Answers a REGISTER, or has a gatekeeper asked what to answer.
pub(crate) fn register(core: &mut Core, tx: ServerTransaction, flow: Flow, request: Request) {
    let config = Arc::clone(&core.config);
    let reply = match domain_for(core, &config, flow, &request) {
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

fn domain_for<'c>(
    core: &mut Core,
    config: &'c Config,
    flow: Flow,
    request: &Request,
) -> Result<&'c Domain, Reply> {
    check_registration(request)?;
    domain_or_refusal(core, config, flow, &[], request)
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
    let (user, _) = authenticate(core, domain, Side::Server, flow, request)?;
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
    let path = path(request)?;
    if request.call_id().len() > limits::CONTACT_BYTES {
        return Err(Reply::new(400));
    }
    let source = Source {
        flow,
        call_id: request.call_id(),
        cseq: request.cseq().number,
        path: &path,
        proxied: !path.is_empty() || !is_first_hop(request),
        user_agent: beginning(&agent, limits::USER_AGENT_BYTES),
    };
    let is_outbound = is_outbound(&change);
    let asks_only = change == Change::Set(Vec::new());
    let (now, room) = (core.now, room(&config, client));
    match core.registrar.apply(now, client, source, change, room) {
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
    keep_alive::watch(core, client);
    let mut reply = answer(core, client, request);
    for proxy in path {
        reply = reply.with("Path", proxy);
    }
    if is_outbound {
        // RFC 5626 §6: "MUST include the 'outbound' option-tag in a Require header field value".
        reply = reply.with("Require", "outbound");
        if is_first_hop(request) {
            let (connection, datagrams) = limits::FLOW_TIMER_SECONDS;
            let is_connection = flow.transport.is_reliable();
            let seconds = if is_connection { connection } else { datagrams };
            reply = reply.with("Flow-Timer", seconds.to_string());
        }
    }
    Ok(reply)
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
        if updates.len() >= limits::REGISTER_CONTACTS {
            return Err(Reply::new(400));
        }
        updates.push(update(&contact, expires, limits)?);
    }
    outbound(request, &mut updates)?;
    Ok(Change::Set(updates))
}

fn update(
    contact: &NameAddr<'_>,
    expires: Option<u32>,
    limits: RegistrationSeconds,
) -> Result<Update, Reply> {
    let uri = contact.uri();
    if !uri.is_sip() || !is_plain(uri.as_str()) {
        return Err(Reply::new(400));
    }
    let seconds = contact.expires().or(expires).unwrap_or(limits.default);
    if seconds != 0 && seconds < limits.min {
        return Err(Reply::new(423).with("Min-Expires", limits.min.to_string()));
    }
    let instance = contact.param("+sip.instance").unwrap_or_default();
    if !is_plain(instance.trim_start_matches('<').trim_end_matches('>')) {
        return Err(Reply::new(400));
    }
    let reg_id = contact.param("reg-id").and_then(|id| id.parse().ok());
    Ok(Update {
        contact: uri.as_str().to_owned(),
        // "a reg-id but no instance-id … simply ignores the reg-id" (RFC 5626 §6)
        reg_id: reg_id.filter(|_| !instance.is_empty()).unwrap_or(0),
        instance: instance.into_owned(),
        q: contact.q_thousandths(),
        seconds: seconds.min(limits.max),
    })
}

/// Whether a text from outside may stand in a start line, between angle brackets and between quotes.
fn is_plain(text: &str) -> bool {
    text.len() <= limits::CONTACT_BYTES
        && (text.bytes()).all(|byte| byte.is_ascii_graphic() && !b"\"<>\\".contains(&byte))
}

/// The rules of flows that are numbered (RFC 5626 §6).
fn outbound(request: &Request, updates: &mut [Update]) -> Result<(), Reply> {
    if updates.iter().all(|update| update.reg_id == 0) {
        return Ok(());
    }
    let proxies = request.headers(HeaderName::Path);
    let marked = proxies.filter_map(|path| {
        Some(
            NameAddr::parse(path.as_bytes())
                .ok()?
                .uri()
                .params()
                .has("ob"),
        )
    });
    if !is_first_hop(request) && !marked.into_iter().any(|is_marked| is_marked) {
        if request.has_option(HeaderName::Supported, "outbound") {
            return Err(Reply::new(439));
        }
        for update in updates {
            update.reg_id = 0;
        }
        return Ok(());
    }
    // "more than one header field value with a non-zero expiration and any of these … contain a reg-id": 400
    let lasting = updates.iter().filter(|update| update.seconds > 0);
    let numbered = lasting.clone().any(|update| update.reg_id != 0);
    if numbered && lasting.count() > 1 {
        return Err(Reply::new(400));
    }
    Ok(())
}

fn is_outbound(change: &Change) -> bool {
    match change {
        Change::RemoveAll => false,
        Change::Set(updates) => {
            (updates.iter()).any(|update| update.reg_id != 0 && update.seconds > 0)
        }
    }
}

/// Whether no proxy is between the client and us: there is one Via, the client's.
fn is_first_hop(request: &Request) -> bool {
    request.vias().nth(1).is_none()
}

/// The proxies that requests to the contacts go through (RFC 3327), the one next to us first.
fn path(request: &Request) -> Result<Vec<Box<str>>, Reply> {
    let mut path: Vec<Box<str>> = Vec::new();
    for value in request.headers(HeaderName::Path) {
        let address = NameAddr::parse(value.as_bytes()).map_err(|_| Reply::new(400))?;
        let uri = address.uri();
        if path.len() >= limits::PATH || !uri.is_sip() || !is_plain(uri.as_str()) {
            return Err(Reply::new(400));
        }
        path.push(format!("<{}>", uri.as_str()).into());
    }
    Ok(path)
}

/// "The response MUST contain Contact header field values enumerating all current bindings."
fn answer(core: &mut Core, client: &AddressOfRecord, request: &Request) -> Reply {
    let now = core.now;
    let mut reply = Reply::new(200);
    let wants_gruus = request.has_option(HeaderName::Supported, "gruu");
    for binding in core.registrar.bindings(client).to_vec() {
        let left = binding.expires_at.saturating_duration_since(now).as_secs();
        let contact = &binding.contact;
        let mut value = format!("<{}>;expires={left}", contact.uri);
        if contact.q < 1000 {
            let _ = write!(value, ";q=0.{:03}", contact.q);
        }
        if !contact.instance.is_empty() {
            let _ = write!(value, ";+sip.instance=\"{}\"", contact.instance);
            if wants_gruus {
                let public = gruu::public(client, &contact.instance);
                let _ = write!(value, ";pub-gruu=\"{public}\"");
                if let Some(temporary) = gruu::temporary(core, client, contact) {
                    let _ = write!(value, ";temp-gruu=\"{temporary}\"");
                }
            }
        }
        if contact.reg_id != 0 {
            let _ = write!(value, ";reg-id={}", contact.reg_id);
        }
        reply = reply.with("Contact", value);
    }
    // "The response SHOULD include a Date header field": devices without a clock take theirs from it.
    let reply = reply.with("Date", date(core.epoch_ms(now)));
    reply.with("Supported", REGISTRAR_SUPPORTED)
}

/// The contacts of a domain's clients.
pub(crate) fn contacts(core: &Core, domain: &str) -> Vec<Registered> {
    let clients = core.registrar.of_domain(domain).into_iter();
    let contacts = clients.flat_map(|(user, bindings)| {
        let registered = move |binding| registered(core, user, binding);
        bindings.iter().map(registered)
    });
    contacts.collect()
}

/// The contacts of one client.
pub(crate) fn contacts_of(core: &Core, domain: &str, user: &str) -> Vec<Registered> {
    let bindings = core.registrar.bindings_of(domain, user).iter();
    bindings
        .map(|binding| registered(core, user, binding))
        .collect()
}

fn registered(core: &Core, user: &str, binding: &Binding) -> Registered {
    Registered {
        client: user.to_owned(),
        contact: Arc::clone(&binding.contact),
        flow: binding.flow,
        left: binding.expires_at.saturating_duration_since(core.now),
    }
}

/// The contacts of a client are others than before.
pub(crate) fn changed(core: &mut Core, client: &AddressOfRecord) {
    core.show_contacts(client);
    keep(core, client);
}

fn room(config: &Config, client: &AddressOfRecord) -> Room {
    let domain = config.domains.get(&client.domain);
    let own = domain.and_then(|domain| domain.limits_of(&client.user).contacts);
    Room {
        of_client: own.map_or(config.limits.contacts, |contacts| contacts as usize),
        of_domain: domain
            .and_then(|domain| domain.registrations)
            .unwrap_or(usize::MAX),
        in_all: config.limits.registrations,
    }
}

fn beginning(text: &str, bytes: usize) -> &str {
    let end = text.floor_char_boundary(bytes);
    text.get(..end).unwrap_or(text)
}
