//! REGISTER: who may register, what the request wants, what the answer says (RFC 3261 §10.3). The table of contacts is
//! the registrar's.

use std::fmt::Write;
use std::sync::Arc;

use switchhook_sip::digest::Side;
use switchhook_sip::flow::Flow;
use switchhook_sip::message::Request;
use switchhook_sip::transaction::ServerTransaction;

use crate::admission::{authenticate, check_form, domain_of};
use crate::config::{Config, Domain, RegistrationSeconds};
use crate::core::{Core, Reply};
use crate::gatekeeping::{self, Pending};
use crate::keys::AddressOfRecord;
use crate::registrar::{Change, Instance, Refused, Source, Update};

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
    let source = Source {
        flow,
        call_id: request.call_id(),
        cseq: request.cseq().number,
    };
    let limits = (config.limits.contacts, config.limits.registrations);
    match core
        .registrar
        .apply(core.now, client, source, change, limits)
    {
        Ok(true) => core.show_contacts(client),
        Ok(false) => {}
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
        let instance = Instance {
            id: contact
                .param("+sip.instance")
                .unwrap_or_default()
                .into_owned(),
            flow: contact.param("reg-id").unwrap_or_default().into_owned(),
        };
        updates.push(Update {
            contact: contact.uri().as_str().to_owned(),
            instance,
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
        let mut value = format!("<{}>;expires={left}", binding.contact);
        let Instance { id, flow } = &binding.instance;
        if !id.is_empty() {
            let _ = write!(value, ";+sip.instance=\"{id}\"");
        }
        if !flow.is_empty() {
            let _ = write!(value, ";reg-id={flow}");
        }
        reply = reply.with("Contact", value);
    }
    reply
}
