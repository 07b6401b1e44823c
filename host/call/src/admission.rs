//! Who may ask for what: the domain, the source (a trunk by its address, a client by its registered connection or its
//! password), the dialplan. It decides and changes nothing but nonces.

use std::borrow::Cow;
use std::sync::Arc;

use switchhook_routing::call::{Attestation, Origin};
use switchhook_sip::digest::{Credentials, DigestFailure, Ha1, Presented, Side, Verifier};
use switchhook_sip::flow::Flow;
use switchhook_sip::message::{HeaderName, Request};
use switchhook_sip::uri::Uri;

use crate::allowance::{may_call, refuse};
use crate::call::attestation;
use crate::call::routing::Plan;
use crate::call::target::media_of;
use crate::codes::{Dialled, Feature};
use crate::config::media_rules::MediaRules;
use crate::config::trunks::Trunk;
use crate::config::{Client, Config, Domain};
use crate::core::{Core, Reply};
use crate::dialplan::{DEFAULT_DIALPLAN, Route};
use crate::features::{REGISTRAR_SUPPORTED, check_required, check_required_of};
use crate::gruu;
use crate::guard::Conduct;
use crate::keys::AddressOfRecord;
use crate::limits;
use crate::transfer::replaces::Replaces;
use crate::trunks::arrival;
use crate::trunks::load::{Channel, Direction};
use crate::trunks::privacy::{self, Presentation};
use crate::trunks::recognise::trunk_of;

/// Counts how often a call has passed through a switch of this kind, since a B2BUA hides the Vias that show a loop.
pub(crate) const CHAIN_HEADER: &str = "X-Switchhook-Chain";

/// A call that may proceed.
#[derive(Debug)]
pub(crate) struct Admitted {
    pub(crate) domain: String,
    pub(crate) source: CallSource,
    pub(crate) callee: String,
    pub(crate) route: Arc<Route>,
    /// The feature code that a client dialled; there is nothing to route then.
    pub(crate) code: Option<Dialled>,
    /// The dialog that the caller wants the place of; there is nothing to route then either.
    pub(crate) replacing: Option<Replaces>,
    /// How often the call has passed through a switch before.
    pub(crate) chain: u32,
    pub(crate) attestation: Attestation,
    /// What makes it count as a call of its trunk.
    pub(crate) channel: Option<Channel>,
}

/// Who calls.
#[derive(Debug)]
pub(crate) struct CallSource {
    pub(crate) origin: Origin,
    pub(crate) caller: String,
    pub(crate) plan: Plan,
    /// What holds for the caller's media.
    pub(crate) media: MediaRules,
    /// Whether the caller may be shown.
    pub(crate) presentation: Presentation,
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
    let names = core.names_of_peer(flow);
    let domain = domain_or_refusal(core, &config, flow, &names, request)?;
    let (source, trunk) = source(core, domain, flow, request)?;
    let callee = match trunk {
        Some(trunk) => arrival::callee(trunk, request),
        None => {
            let user = request.uri().user();
            user.filter(|user| !user.is_empty()).map(Cow::into_owned)
        }
    };
    let callee = callee.ok_or_else(|| Reply::new(484))?;
    let callee = match gruu::device(core, &domain.name, &request.uri()) {
        // A temporary GRUU does not say whose it is; one that is over is unknown (RFC 5627 §6.1).
        Some(device) => device.ok_or_else(|| Reply::new(404))?.user,
        None => callee,
    };
    let is_client = matches!(source.origin, Origin::Client(_));
    let replacing = replacing(request, is_client)?;
    let code = is_client.then(|| code_of(domain, &callee)).flatten();
    if let (Origin::Client(user), None, None) = (&source.origin, &code, &replacing) {
        check_allowance(core, domain, user, &callee, flow, request)?;
    }
    let route = match (&code, &replacing) {
        (Some(_), _) | (_, Some(_)) => Arc::new(Route::default()),
        (None, None) => route_of(domain, &source.plan, &callee).ok_or_else(|| Reply::new(404))?,
    };
    let attestation = match &source.origin {
        Origin::Trunk(_) => attestation::of(request),
        Origin::Client(_) | Origin::Api => Attestation::Unknown,
    };
    let channel = match trunk {
        Some(trunk) => channel(core, domain, trunk)?,
        None => None,
    };
    Ok(Admitted {
        domain: domain.name.clone(),
        source,
        callee,
        route,
        code,
        replacing,
        chain,
        attestation,
        channel,
    })
}

/// Counts one more call from a trunk, if there may be one more.
fn channel(core: &mut Core, domain: &Domain, trunk: &Trunk) -> Result<Option<Channel>, Reply> {
    let (now, limits) = (core.now, &trunk.limits);
    let taken = core
        .trunks
        .take(now, &domain.name, &trunk.name, Direction::In);
    taken.map_err(|_| {
        let mut reply = Reply::new(limits.refusal_status);
        reply.reason = Some(limits.refusal_reason.clone()).filter(|reason| !reason.is_empty());
        match limits.refusal_status {
            503 => reply.with(
                "Retry-After",
                core.config.limits.retry_after_seconds.to_string(),
            ),
            _ => reply,
        }
    })
}

/// The feature code that was dialled. A parking slot is one: who is in it is taken out.
fn code_of(domain: &Domain, callee: &str) -> Option<Dialled> {
    if domain.parking.slots.iter().any(|slot| slot == callee) {
        return Some(Dialled {
            feature: Feature::Park,
            argument: callee.to_owned(),
        });
    }
    domain.codes.read(callee)
}

/// The dialog that an INVITE is to take the place of (RFC 3891 §3). Only clients may.
fn replacing(request: &Request, is_client: bool) -> Result<Option<Replaces>, Reply> {
    let mut values = request.headers(HeaderName::Replaces);
    let Some(value) = values.next() else {
        return Ok(None);
    };
    match Replaces::parse(&value).filter(|_| values.next().is_none()) {
        _ if !is_client => Err(Reply::new(403)),
        Some(replaces) => Ok(Some(replaces)),
        None => Err(Reply::new(400)),
    }
}

/// Refuses a call that a limit of its client forbids.
fn check_allowance(
    core: &mut Core,
    domain: &Domain,
    user: &str,
    callee: &str,
    flow: Flow,
    request: &Request,
) -> Result<(), Reply> {
    let client = AddressOfRecord {
        domain: domain.name.clone(),
        user: user.to_owned(),
    };
    may_call(core, domain, &client, callee)
        .map_err(|forbidden| refuse(core, client, callee, flow, request, forbidden))
}

/// The route of a dialled number.
pub(crate) fn route_of(domain: &Domain, plan: &Plan, callee: &str) -> Option<Arc<Route>> {
    let route = match plan {
        Plan::Named(name) => domain.dialplans.get(name)?.route(callee),
        Plan::Assigned(plan) => plan.route(callee),
    };
    route.map(Arc::clone)
}

/// The domain that a request is for; without one it is refused, and that is remembered of its source.
pub(crate) fn domain_or_refusal<'c>(
    core: &mut Core,
    config: &'c Config,
    flow: Flow,
    names: &[String],
    request: &Request,
) -> Result<&'c Domain, Reply> {
    domain_of(config, flow, names, request).ok_or_else(|| {
        core.saw(flow, Conduct::UnknownDomain);
        Reply::new(404)
    })
}

/// What is wrong with a request whoever sent it (RFC 3261 §8.2.2.3, §8.2.3, §8.2.2.1).
pub(crate) fn check_form(request: &Request) -> Result<(), Reply> {
    let uri = request.uri();
    if !(uri.is_sip() || uri.is_tel()) {
        return Err(Reply::new(416));
    }
    check_required(request)?;
    check_body(request)
}

/// The same for a REGISTER.
pub(crate) fn check_registration(request: &Request) -> Result<(), Reply> {
    if !request.uri().is_sip() {
        return Err(Reply::new(416));
    }
    check_required_of(request, REGISTRAR_SUPPORTED)
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
/// it is the domain whose trunk is recognised best, or that of From, or the only one there is. `names`: those of the certificate of the
/// connection's peer.
pub(crate) fn domain_of<'c>(
    config: &'c Config,
    flow: Flow,
    names: &[String],
    request: &Request,
) -> Option<&'c Domain> {
    let uri = request.uri();
    if let Some(domain) = named(config, &uri) {
        return Some(domain);
    }
    if !uri.is_tel() && !is_own_host(config, &uri) {
        return None;
    }
    let of_trunk = config.domains.values().filter_map(|domain| {
        let (sign, _) = trunk_of(domain, flow, names, request)?;
        Some((sign, domain))
    });
    if let Some((_, domain)) = of_trunk.min_by_key(|&(sign, domain)| (sign, &domain.name)) {
        return Some(domain);
    }
    if let Some(domain) = named(config, &request.from().uri()) {
        return Some(domain);
    }
    match config.domains.len() + config.other_domains {
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

/// Whether a URI names one of our listeners.
pub(crate) fn is_own_host(config: &Config, uri: &Uri<'_>) -> bool {
    let ip = uri.ip();
    let host = uri.host().trim_start_matches('[').trim_end_matches(']');
    config.listeners.iter().any(|listener| {
        ip.is_some_and(|ip| ip == listener.bound.ip() || listener.bound.ip().is_unspecified())
            || listener
                .hosts()
                .any(|own| own.trim_matches(['[', ']']).eq_ignore_ascii_case(host))
    })
}

/// Who calls, and through which trunk.
pub(crate) fn source<'d>(
    core: &mut Core,
    domain: &'d Domain,
    flow: Flow,
    request: &Request,
) -> Result<(CallSource, Option<&'d Trunk>), Reply> {
    let from = request.from().uri().user().unwrap_or_default();
    let client = domain.client(&from);
    let registered = client.is_some() && is_registered(core, domain, flow, &from);
    if let Some(client) = client.filter(|_| registered)
        && flow.transport.is_reliable()
        && flow.connection.is_some()
    {
        // Nobody else can send over the connection that the client registered on; a datagram's source proves nothing.
        let source = CallSource::client(core, domain, client, from.into_owned());
        return Ok((source.shown(request), None));
    }
    let names = core.names_of_peer(flow);
    if !registered && let Some((_, trunk)) = trunk_of(domain, flow, &names, request) {
        core.saw(flow, Conduct::Authenticated);
        return Ok((CallSource::trunk(trunk, request), Some(trunk)));
    }
    if let Some(client) = client.filter(|client| registered && client.gatekeeper.is_some())
        && ha1_of(core, domain, client, &from).is_none()
    {
        // There is nothing to verify a digest against: the place that its gatekeeper let it register from vouches for it. From
        // elsewhere it is challenged in vain, as anybody is who does not exist.
        let source = CallSource::client(core, domain, client, from.into_owned());
        return Ok((source.shown(request), None));
    }
    match authenticate(core, domain, Side::Proxy, flow, request)? {
        (user, Account::Client(client)) => {
            let source = CallSource::client(core, domain, client, user);
            Ok((source.shown(request), None))
        }
        (_, Account::Trunk(trunk)) => Ok((CallSource::trunk(trunk, request), Some(trunk))),
    }
}

impl CallSource {
    fn trunk(trunk: &Trunk, request: &Request) -> CallSource {
        CallSource {
            origin: Origin::Trunk(trunk.name.clone()),
            caller: arrival::caller(trunk, request),
            plan: Plan::Named(trunk.dialplan.clone()),
            media: trunk.media.clone(),
            presentation: privacy::of(request),
        }
    }

    pub(crate) fn client(
        core: &Core,
        domain: &Domain,
        client: &Client,
        user: String,
    ) -> CallSource {
        let key = AddressOfRecord {
            domain: domain.name.clone(),
            user,
        };
        let assigned = core.registrar.assignment(&key);
        let plan = assigned.and_then(|assignment| assignment.plan.clone());
        let named = || client.dialplan.as_deref().unwrap_or(DEFAULT_DIALPLAN);
        CallSource {
            plan: plan.unwrap_or_else(|| Plan::Named(named().to_owned())),
            media: media_of(core, domain, &key),
            origin: Origin::Client(key.user.clone()),
            caller: key.user,
            presentation: Presentation::default(),
        }
    }

    /// The same, shown as its INVITE asks for.
    fn shown(self, request: &Request) -> CallSource {
        CallSource {
            presentation: privacy::of(request),
            ..self
        }
    }
}

/// Whether a client is registered at just the address that the request came from.
fn is_registered(core: &Core, domain: &Domain, flow: Flow, user: &str) -> bool {
    let client = AddressOfRecord {
        domain: domain.name.clone(),
        user: user.to_owned(),
    };
    let bindings = core.registrar.bindings(&client);
    // What a proxy sends may be anybody's.
    (bindings.iter()).any(|binding| binding.flow == flow && !binding.contact.proxied)
}

/// What the credentials of a client are verified against.
fn ha1_of(core: &Core, domain: &Domain, client: &Client, user: &str) -> Option<Ha1> {
    if client.gatekeeper.is_none() {
        return client.ha1;
    }
    let key = AddressOfRecord {
        domain: domain.name.clone(),
        user: user.to_owned(),
    };
    core.registrar.assignment(&key)?.ha1
}

/// Whose credentials were shown.
#[derive(Debug)]
pub(crate) enum Account<'c> {
    /// A client's.
    Client(&'c Client),
    /// A trunk's: to call with, not to register with.
    Trunk(&'c Trunk),
}

/// Verifies the credentials of a request, or says how to challenge it. An unknown user and a wrong password look alike.
pub(crate) fn authenticate<'c>(
    core: &mut Core,
    domain: &'c Domain,
    side: Side,
    flow: Flow,
    request: &Request,
) -> Result<(String, Account<'c>), Reply> {
    with_credentials(
        core,
        domain,
        side,
        (flow, request),
        |core, credentials, presented| {
            let user = &credentials.username;
            let account = account(domain, side, user);
            let ha1 = match &account {
                Some(Account::Client(client)) => ha1_of(core, domain, client, user),
                Some(Account::Trunk(trunk)) => trunk.inbound.as_ref().map(|login| login.ha1),
                None => None,
            };
            let now = core.now;
            core.verifier
                .verify(credentials, presented, ha1.as_ref(), now)?;
            let account = account.ok_or(DigestFailure::UnknownUser)?;
            core.saw(flow, Conduct::Authenticated);
            Ok((user.clone(), account))
        },
    )
}

fn account<'c>(domain: &'c Domain, side: Side, user: &str) -> Option<Account<'c>> {
    let is_its = |trunk: &&Trunk| {
        let login = trunk.inbound.as_ref();
        login.is_some_and(|login| login.username == user)
    };
    // By its full name before the patterns of clients.
    let mut trunks = domain.trunks.iter();
    match trunks.find(is_its).filter(|_| side == Side::Proxy) {
        Some(trunk) => Some(Account::Trunk(trunk)),
        None => domain.client(user).map(Account::Client),
    }
}

/// Has the credentials of a request checked, and says how to refuse it if they fail.
pub(crate) fn with_credentials<T>(
    core: &mut Core,
    domain: &Domain,
    side: Side,
    (flow, request): (Flow, &Request),
    check: impl FnOnce(&mut Core, &Credentials<'_>, &Presented<'_>) -> Result<T, DigestFailure>,
) -> Result<T, Reply> {
    let values: Vec<_> = request
        .headers(HeaderName::ProxyAuthorization)
        .chain(request.headers(HeaderName::Authorization))
        .collect();
    let (method, uri) = (request.cseq().method, request.uri());
    let presented = Presented {
        realm: &domain.name,
        method: method.as_str(),
        uri: uri.as_str(),
        body: request.body(),
        place: flow.peer.ip(),
    };
    let checked =
        Verifier::select(values.iter().map(AsRef::as_ref), &domain.name).and_then(|credentials| {
            if !domain.offers(credentials.algorithm.hash) {
                return Err(DigestFailure::NotOffered);
            }
            check(core, &credentials, &presented)
        });
    checked.map_err(|failure| refusal(core, domain, side, flow, failure))
}

/// How a request is refused whose credentials failed: with a challenge, mostly.
pub(crate) fn refusal(
    core: &mut Core,
    domain: &Domain,
    side: Side,
    flow: Flow,
    failure: DigestFailure,
) -> Reply {
    if matches!(
        failure,
        DigestFailure::WrongResponse | DigestFailure::UnknownUser
    ) {
        core.saw(flow, Conduct::WrongCredentials);
        // A new challenge would make many phones try the same password for ever.
        return Reply::new(403);
    }
    core.saw(flow, Conduct::Challenged);
    let mut reply = Reply::new(side.status());
    let (place, stale) = (flow.peer.ip(), failure.is_stale());
    let challenges = core
        .verifier
        .challenges(&domain.name, place, stale, core.now);
    for challenge in challenges
        .iter()
        .filter(|challenge| domain.offers(challenge.algorithm.hash))
    {
        reply = reply.with(side.challenge_header(), challenge.to_header());
    }
    reply
}

/// How often the call has passed through a switch: as the chain header counts it, or as Vias of ours show.
fn chain(core: &Core, request: &Request) -> u32 {
    let counted = request.header(HeaderName::Other(CHAIN_HEADER));
    let counted = counted
        .and_then(|value| value.trim().parse().ok())
        .unwrap_or(0);
    let ours = |host: &str, port: Option<u16>| {
        core.config.listeners.iter().any(|listener| {
            let is_host = |own: &str| own.trim_matches(['[', ']']) == host.trim_matches(['[', ']']);
            listener.hosts().any(is_host)
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
