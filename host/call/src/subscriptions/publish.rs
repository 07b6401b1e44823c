//! PUBLISH: what a client says about itself, for those who watch it (RFC 3903 §6).

use std::time::Duration;

use switchhook_sip::flow::Flow;
use switchhook_sip::message::{HeaderName, Request};
use switchhook_sip::transaction::ServerTransaction;

use crate::core::{Core, Reply};
use crate::keys::AddressOfRecord;
use crate::limits;
use crate::registration::unavailable;
use crate::subscriptions::mailbox;
use crate::subscriptions::package::{Package, event_of};
use crate::subscriptions::publications::State;
use crate::subscriptions::subscribe::{bad_event, client_of, seconds};
use crate::subscriptions::xml;

/// Answers a PUBLISH.
pub(crate) fn publish(core: &mut Core, tx: ServerTransaction, flow: Flow, request: &Request) {
    let reply = carry_out(core, flow, request);
    let (Ok(reply) | Err(reply)) = reply;
    core.reply(tx, request, reply);
}

fn carry_out(core: &mut Core, flow: Flow, request: &Request) -> Result<Reply, Reply> {
    let (config, client) = client_of(core, flow, request)?;
    let domain = config
        .domains
        .get(&client.domain)
        .ok_or_else(|| Reply::new(404))?;
    let own = request.uri().user();
    if own.is_some_and(|user| !user.is_empty() && user != client.user) {
        return Err(Reply::new(403));
    }
    let package = match event_of(request) {
        Some((package @ (Package::Presence | Package::MessageSummary), _)) => package,
        Some((Package::Dialog, _)) | None => return Err(bad_event()),
    };
    let about = match package {
        Package::MessageSummary => AddressOfRecord {
            user: domain.mailbox_of(&client.user).to_owned(),
            ..client.clone()
        },
        _ => client.clone(),
    };
    let seconds = seconds(request, domain.subscription_seconds)?;
    let known = match request.header(HeaderName::SipIfMatch) {
        Some(etag) => {
            let found = core.publications.find(&about, package, etag.trim());
            Some(found.ok_or_else(|| Reply::new(412))?)
        }
        None => None,
    };
    let state = state(request, package)?;
    if seconds == 0
        && let Some(key) = known
    {
        core.publications.remove(key);
        core.published(&about, package);
        return Ok(Reply::new(200).with("Expires", "0"));
    }
    let etag = core.tag();
    let until = core.now + Duration::from_secs(seconds.into());
    let told = state.is_some();
    match (known, state) {
        (Some(key), state) => core.publications.renew(key, state, (etag.clone(), until)),
        (None, None) => return Err(Reply::new(400)),
        (None, Some(_)) if seconds == 0 => {}
        (None, Some(_)) if !core.publications.has_room(&about) => return Err(unavailable(&config)),
        (None, Some(state)) => {
            let key = core.serial();
            let tagged = (etag.clone(), until);
            core.publications.insert(key, &about, state, tagged);
        }
    }
    if told {
        core.counters.publications += 1;
        core.published(&about, package);
    }
    Ok(Reply::new(200)
        .with("SIP-ETag", etag)
        .with("Expires", seconds.to_string()))
}

/// What the body says. `None`: there is no body.
fn state(request: &Request, package: Package) -> Result<Option<State>, Reply> {
    let body = request.body();
    if body.is_empty() {
        return Ok(None);
    }
    let given = request.content_type().unwrap_or_default();
    let given = given.split(';').next().unwrap_or_default().trim();
    if !given.eq_ignore_ascii_case(package.content_type()) {
        return Err(Reply::new(415).with("Accept", package.content_type()));
    }
    if body.len() > limits::PUBLISHED_BYTES {
        return Err(Reply::new(413));
    }
    match package {
        Package::MessageSummary => mailbox::read(body).map(State::Messages),
        _ => xml::is_well_formed(body, "presence")
            // Without the rest of the message, which would be kept as long.
            .then(|| State::Presence(bytes::Bytes::copy_from_slice(body))),
    }
    .map(Some)
    .ok_or_else(|| Reply::new(400))
}
