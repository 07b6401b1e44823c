//! Who may ask for what: the domain, the source (a trunk by its address, a client by its registered connection or its
//! password), the dialplan. It decides and changes nothing but nonces.

use std::sync::Arc;

use switchhook_routing::call::{Attestation, Origin};
use switchhook_sip::digest::{DigestFailure, Presented, Side, Verifier};
use switchhook_sip::flow::Flow;
use switchhook_sip::message::{HeaderName, Request};
use switchhook_sip::uri::Uri;

use crate::call::attestation;
use crate::config::{Client, Config, Domain, Trunk};
use crate::core::{Core, Reply};
use crate::dialplan::{DEFAULT_DIALPLAN, Route};
use crate::keys::AddressOfRecord;
use crate::limits;

/// The methods that are understood, as Allow says it.
pub(crate) const ALLOW: &str =
    "INVITE, ACK, CANCEL, BYE, OPTIONS, REGISTER, INFO, UPDATE, MESSAGE, NOTIFY";
/// Counts how often a call has passed through a switch of this kind, since a B2BUA hides the Vias that show a loop.
pub(crate) const CHAIN_HEADER: &str = "X-Switchhook-Chain";

/// A call that may proceed.
#[derive(Debug)]
pub(crate) struct Admitted {
    pub(crate) domain: String,
    pub(crate) origin: Origin,
    pub(crate) caller: String,
    pub(crate) callee: String,
    /// The name of the caller's dialplan.
    pub(crate) dialplan: String,
    pub(crate) route: Arc<Route>,
    /// How often the call has passed through a switch before.
    pub(crate) chain: u32,
    pub(crate) attestation: Attestation,
}

/// Decides about an INVITE outside of dialogs.
pub(crate) fn admit(core: &mut Core, flow: Flow, request: &Request) -> Result<Admitted, Reply> {
    check_form(request)?;
    if request.max_forwards() == Some(0) {
        return Err(Reply::new(483));
    }
    let chain = chain(core, request);
    if chain >= limits::CHAIN {
        return Err(Reply::new(482));
    }
    let config = Arc::clone(&core.config);
    let domain = domain_of(&config, flow, request).ok_or_else(|| Reply::new(404))?;
    let (origin, caller, dialplan) = source(core, domain, flow, request)?;
    let callee = request.uri().user().filter(|user| !user.is_empty());
    let callee = callee.ok_or_else(|| Reply::new(484))?.into_owned();
    let dialplan = dialplan.unwrap_or(DEFAULT_DIALPLAN);
    let route = domain
        .dialplans
        .get(dialplan)
        .and_then(|plan| plan.route(&callee));
    let attestation = match &origin {
        Origin::Trunk(_) => attestation::of(request),
        Origin::Client(_) | Origin::Api => Attestation::Unknown,
    };
    Ok(Admitted {
        attestation,
        domain: domain.name.clone(),
        origin,
        caller,
        route: Arc::clone(route.ok_or_else(|| Reply::new(404))?),
        callee,
        dialplan: dialplan.to_owned(),
        chain,
    })
}

/// What is wrong with a request whoever sent it (RFC 3261 §8.2.2.3, §8.2.3, §8.2.2.1).
pub(crate) fn check_form(request: &Request) -> Result<(), Reply> {
    let uri = request.uri();
    if !(uri.is_sip() || uri.is_tel()) {
        return Err(Reply::new(416));
    }
    let required: Vec<_> = request.headers(HeaderName::Require).collect();
    if !required.is_empty() {
        return Err(Reply::new(420).with("Unsupported", required.join(", ")));
    }
    check_body(request)
}

fn check_body(request: &Request) -> Result<(), Reply> {
    if request.body().is_empty() || !matches!(request.cseq().method.as_str(), "INVITE" | "UPDATE") {
        return Ok(());
    }
    if request
        .headers(HeaderName::ContentEncoding)
        .any(|e| !e.eq_ignore_ascii_case("identity"))
    {
        return Err(Reply::new(415).with("Accept-Encoding", "identity"));
    }
    if is_sdp(request.content_type().as_deref()) {
        return Ok(());
    }
    Err(Reply::new(415).with("Accept", "application/sdp"))
}

/// Whether a Content-Type is that of a session description.
pub(crate) fn is_sdp(content_type: Option<&str>) -> bool {
    let media = content_type
        .unwrap_or("application/sdp")
        .split(';')
        .next()
        .unwrap_or("");
    media.trim().eq_ignore_ascii_case("application/sdp")
}

/// The domain that a request is for: the one its Request-URI names. Trunks often name the switch's address there; then
/// it is the domain that has the trunk, or that of From, or the only one there is.
pub(crate) fn domain_of<'c>(
    config: &'c Config,
    flow: Flow,
    request: &Request,
) -> Option<&'c Domain> {
    let uri = request.uri();
    if let Some(domain) = named(config, &uri) {
        return Some(domain);
    }
    if !uri.is_tel() && !is_own_host(config, &uri) {
        return None;
    }
    let mut of_trunk: Vec<_> = (config.domains.values())
        .filter(|domain| trunk_of(domain, flow).is_some())
        .collect();
    of_trunk.sort_by(|a, b| a.name.cmp(&b.name));
    if let Some(domain) = of_trunk.first() {
        return Some(domain);
    }
    if let Some(domain) = named(config, &request.from().uri()) {
        return Some(domain);
    }
    match config.domains.len() {
        1 => config.domains.values().next(),
        _ => None,
    }
}

/// The domain that the host of a URI names.
pub(crate) fn named<'c>(config: &'c Config, uri: &Uri<'_>) -> Option<&'c Domain> {
    let host = uri.host();
    if host.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return config.domains.get(&host.to_ascii_lowercase());
    }
    config.domains.get(host)
}

fn is_own_host(config: &Config, uri: &Uri<'_>) -> bool {
    let ip = uri.ip();
    let host = uri.host().trim_start_matches('[').trim_end_matches(']');
    config.listeners.iter().any(|listener| {
        ip.is_some_and(|ip| ip == listener.bound.ip() || listener.bound.ip().is_unspecified())
            || listener
                .advertised_host
                .trim_matches(['[', ']'])
                .eq_ignore_ascii_case(host)
    })
}

fn trunk_of(domain: &Domain, flow: Flow) -> Option<&Trunk> {
    let ip = flow.peer.ip();
    domain
        .trunks
        .iter()
        .find(|trunk| trunk.sources.iter().any(|source| source.contains(ip)))
}

/// Who calls: origin, number, the name of the dialplan.
fn source<'c>(
    core: &mut Core,
    domain: &'c Domain,
    flow: Flow,
    request: &Request,
) -> Result<(Origin, String, Option<&'c str>), Reply> {
    let as_client = |client: &'c Client| {
        let name = client.username.clone();
        (
            Origin::Client(name.clone()),
            name,
            client.dialplan.as_deref(),
        )
    };
    let registered = registered(core, domain, flow, request);
    if let Some(client) = registered
        && flow.transport.is_reliable()
        && flow.connection.is_some()
    {
        // Nobody else can send over the connection that the client registered on; a datagram's source proves nothing.
        return Ok(as_client(client));
    }
    if registered.is_none()
        && let Some(trunk) = trunk_of(domain, flow)
    {
        let caller = request.from().uri().user().unwrap_or_default().into_owned();
        return Ok((
            Origin::Trunk(trunk.name.clone()),
            caller,
            Some(&trunk.dialplan),
        ));
    }
    authenticate(core, domain, Side::Proxy, request).map(as_client)
}

/// The client that From names, if it is registered at just the address that the request came from.
fn registered<'c>(
    core: &Core,
    domain: &'c Domain,
    flow: Flow,
    request: &Request,
) -> Option<&'c Client> {
    let user = request.from().uri().user()?.into_owned();
    let client = domain.clients.get(&user)?;
    let client_key = AddressOfRecord {
        domain: domain.name.clone(),
        user,
    };
    let bindings = core.registrar.bindings(&client_key);
    bindings
        .iter()
        .any(|binding| binding.flow == flow)
        .then_some(client)
}

/// Verifies the credentials of a request, or says how to challenge it. An unknown user and a wrong password look alike.
pub(crate) fn authenticate<'c>(
    core: &mut Core,
    domain: &'c Domain,
    side: Side,
    request: &Request,
) -> Result<&'c Client, Reply> {
    let values: Vec<_> = request
        .headers(HeaderName::ProxyAuthorization)
        .chain(request.headers(HeaderName::Authorization))
        .collect();
    let (method, now) = (request.cseq().method, core.now);
    let uri = request.uri();
    let verified =
        Verifier::select(values.iter().map(AsRef::as_ref), &domain.name).and_then(|credentials| {
            if !domain.offers(credentials.algorithm.hash) {
                return Err(DigestFailure::NotOffered);
            }
            let client = domain.clients.get(&credentials.username);
            let presented = Presented {
                realm: &domain.name,
                method: method.as_str(),
                uri: uri.as_str(),
                body: request.body(),
            };
            let ha1 = client.and_then(|client| client.ha1.as_ref());
            core.verifier.verify(&credentials, &presented, ha1, now)?;
            client.ok_or(DigestFailure::UnknownUser)
        });
    let failure = match verified {
        Ok(client) => return Ok(client),
        Err(failure) => failure,
    };
    if matches!(
        failure,
        DigestFailure::WrongResponse | DigestFailure::UnknownUser
    ) {
        // A new challenge would make many phones try the same password for ever.
        return Err(Reply::new(403));
    }
    let mut reply = Reply::new(side.status());
    let challenges = core
        .verifier
        .challenges(&domain.name, failure.is_stale(), now);
    for challenge in challenges
        .iter()
        .filter(|challenge| domain.offers(challenge.algorithm.hash))
    {
        reply = reply.with(side.challenge_header(), challenge.to_header());
    }
    Err(reply)
}

/// How often the call has passed through a switch: as the chain header counts it, or as Vias of ours show.
fn chain(core: &Core, request: &Request) -> u32 {
    let counted = request.header(HeaderName::Other(CHAIN_HEADER));
    let counted = counted
        .and_then(|value| value.trim().parse().ok())
        .unwrap_or(0);
    let ours = |host: &str, port: Option<u16>| {
        core.config.listeners.iter().any(|listener| {
            listener.advertised_host.trim_matches(['[', ']']) == host.trim_matches(['[', ']'])
                && port.unwrap_or(listener.transport.default_port()) == listener.advertised_port
        })
    };
    let vias = request
        .vias()
        .flatten()
        .filter(|via| ours(via.host(), via.port()))
        .count();
    counted.max(u32::try_from(vias).unwrap_or(u32::MAX))
}
