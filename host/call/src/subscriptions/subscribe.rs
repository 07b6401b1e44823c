//! SUBSCRIBE: who may watch whom, for how long, and what the answer says (RFC 6665 §4.2.1).

use std::sync::Arc;

use switchhook_routing::call::Origin;
use switchhook_sip::dialog::Dialog;
use switchhook_sip::flow::Flow;
use switchhook_sip::message::{HeaderName, Request};
use switchhook_sip::method::Method;
use switchhook_sip::transaction::ServerTransaction;

use crate::admission::{check_form, domain_of, source};
use crate::call::peer::Peer;
use crate::config::{Domain, SubscriptionSeconds};
use crate::core::{Core, Reply};
use crate::features::ALLOW;
use crate::keys::{AddressOfRecord, DialogOwner};
use crate::registration::unavailable;
use crate::subscriptions::package::{ALLOW_EVENTS, Package, event_of};
use crate::subscriptions::table::{Refused, Subscription};

/// A SUBSCRIBE outside of dialogs.
pub(crate) fn subscribe(core: &mut Core, tx: ServerTransaction, flow: Flow, request: &Request) {
    if let Err(reply) = begin(core, tx, flow, request) {
        core.reply(tx, request, reply);
    }
}

/// The domain that a request is for and the client of it that sent it; others may not.
pub(crate) fn client_of(
    core: &mut Core,
    flow: Flow,
    request: &Request,
) -> Result<(Arc<crate::config::Config>, AddressOfRecord), Reply> {
    check_form(request)?;
    let config = Arc::clone(&core.config);
    let domain = domain_of(&config, flow, &core.names_of_peer(flow), request)
        .ok_or_else(|| Reply::new(404))?;
    let client = match source(core, domain, flow, request)?.0.origin {
        Origin::Client(user) => AddressOfRecord {
            domain: domain.name.clone(),
            user,
        },
        Origin::Trunk(_) | Origin::Api => return Err(Reply::new(403)),
    };
    Ok((config, client))
}

/// 489: the event package is not known (RFC 6665 §8.3.2).
pub(crate) fn bad_event() -> Reply {
    Reply::new(489).with("Allow-Events", ALLOW_EVENTS)
}

/// For how long something is wanted, brought within the limits; 0 stays 0.
pub(crate) fn seconds(request: &Request, limits: SubscriptionSeconds) -> Result<u32, Reply> {
    let seconds = match request.raw_header(HeaderName::Expires) {
        None => limits.default,
        Some(_) => request.expires().ok_or_else(|| Reply::new(400))?,
    };
    if seconds != 0 && seconds < limits.min {
        return Err(Reply::new(423).with("Min-Expires", limits.min.to_string()));
    }
    Ok(seconds.min(limits.max))
}

fn begin(
    core: &mut Core,
    tx: ServerTransaction,
    flow: Flow,
    request: &Request,
) -> Result<(), Reply> {
    let (config, subscriber) = client_of(core, flow, request)?;
    let domain = config
        .domains
        .get(&subscriber.domain)
        .ok_or_else(|| Reply::new(404))?;
    let (package, id) = event_of(request).ok_or_else(bad_event)?;
    if !package.is_accepted_by(request) {
        return Err(Reply::new(406).with("Accept", package.content_type()));
    }
    let seconds = seconds(request, domain.subscription_seconds)?;
    let watched = watched(domain, package, &subscriber, request)?;
    core.subscriptions
        .has_room(&subscriber)
        .map_err(|refused| match refused {
            Refused::TooMany => Reply::new(403),
            Refused::Full => unavailable(&config),
        })?;
    let tag = core.tag();
    let mut dialog = Dialog::uas(request, &tag).map_err(|_| Reply::new(400))?;
    dialog.confirm_uas();
    let key = core.serial();
    let now = core.now;
    let peer = Peer::new(dialog, flow, true);
    let mut subscription = Subscription::new(key, peer, (package, id), (subscriber, watched), now);
    subscription.prolong(now, seconds);
    core.owners
        .dialogs
        .insert(tag.clone(), DialogOwner::Subscription(key));
    core.counters.subscriptions += 1;
    answer(core, tx, flow, request, Some(&tag), seconds);
    core.subscriptions.insert(Box::new(subscription));
    Ok(())
}

/// Whom the request is about. Nobody learns here whether there is such a client: one that is not looks like one without
/// phones and calls.
fn watched(
    domain: &Domain,
    package: Package,
    subscriber: &AddressOfRecord,
    request: &Request,
) -> Result<AddressOfRecord, Reply> {
    let user = match package {
        // Phones ask at their own address or at the number of the voicemail: what they are told of is their own.
        Package::MessageSummary => domain.mailbox_of(&subscriber.user).to_owned(),
        Package::Dialog | Package::Presence => {
            let uri = request.uri();
            let user = uri.user().filter(|user| !user.is_empty());
            user.ok_or_else(|| Reply::new(404))?.into_owned()
        }
    };
    Ok(AddressOfRecord {
        domain: subscriber.domain.clone(),
        user,
    })
}

/// A request within the dialog of a subscription.
pub(crate) fn within(
    core: &mut Core,
    key: u64,
    tx: ServerTransaction,
    flow: Flow,
    request: &Request,
) {
    let Some(mut subscription) = core.subscriptions.take(key) else {
        return core.reply(tx, request, Reply::new(481));
    };
    let outcome = refresh(core, &mut subscription, flow, request);
    match outcome {
        Ok(seconds) => answer(core, tx, flow, request, None, seconds),
        Err(reply) => core.reply(tx, request, reply),
    }
    core.subscriptions.put(subscription);
}

fn refresh(
    core: &Core,
    subscription: &mut Subscription,
    flow: Flow,
    request: &Request,
) -> Result<u32, Reply> {
    if request.method() != Method::Subscribe {
        return Err(Reply::new(405).with("Allow", "SUBSCRIBE"));
    }
    check_form(request)?;
    if (subscription.peer.dialog.accept(request)).is_err() {
        return Err(Reply::new(500));
    }
    // "If a SUBSCRIBE … matches no subscription": another event is another subscription, which this dialog does not have.
    match event_of(request) {
        Some((package, id)) if package == subscription.package && id == subscription.id => {}
        Some(_) => return Err(Reply::new(481)),
        None => return Err(bad_event()),
    }
    if subscription.end.is_some() {
        return Err(Reply::new(481));
    }
    let domain = core.config.domains.get(&subscription.subscriber.domain);
    let limits = domain.map(|domain| domain.subscription_seconds);
    let seconds = seconds(request, limits.ok_or_else(|| Reply::new(481))?)?;
    subscription.peer.flow = flow;
    subscription.peer.dialog.update_target(request);
    subscription.prolong(core.now, seconds);
    Ok(seconds)
}

fn answer(
    core: &mut Core,
    tx: ServerTransaction,
    flow: Flow,
    request: &Request,
    tag: Option<&str>,
    seconds: u32,
) {
    let response = core
        .response(request, 200, tag)
        .raw_header(HeaderName::Contact, core.contact(flow).as_bytes())
        .number(HeaderName::Expires, seconds)
        .header(HeaderName::Allow, ALLOW)
        .header(HeaderName::AllowEvents, ALLOW_EVENTS)
        .finish();
    core.counters.replied(200);
    core.respond(tx, response);
}
