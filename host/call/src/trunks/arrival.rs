//! A call from a trunk as it arrives: who calls, who is called, in the numbers of this switch.

use switchhook_sip::message::{HeaderName, Request};

use crate::config::trunks::Trunk;
use crate::trunks::numbers::Which;
use crate::trunks::privacy::is_anonymous;
use crate::trunks::recognise::contact_user;

/// Who calls: whom a trusted trunk asserts (RFC 3325 §9.1), else whom From names.
pub(crate) fn caller(trunk: &Trunk, request: &Request) -> String {
    let number = asserted(trunk, request).unwrap_or_else(|| {
        let from = request.from();
        match is_anonymous(&from.uri()) {
            true => "anonymous".to_owned(),
            false => from.uri().user().unwrap_or_default().into_owned(),
        }
    });
    trunk.numbers.inward(Which::Caller, plain(&number))
}

/// Who is called: the Request-URI says it, unless that is just our registered contact; then To does.
pub(crate) fn callee(trunk: &Trunk, request: &Request) -> Option<String> {
    let uri = request.uri();
    let called = uri.user().filter(|user| !user.is_empty());
    let registration = trunk.registration.as_ref();
    let is_contact = registration
        .is_some_and(|registration| called.as_deref() == Some(contact_user(trunk, registration)));
    let to = request.to().uri();
    let called = match called {
        Some(called) if !is_contact => called,
        other => to.user().filter(|user| !user.is_empty()).or(other)?,
    };
    Some(trunk.numbers.inward(Which::Callee, plain(&called)))
}

/// The number that a trusted trunk asserts; a telephone number before a SIP address, as there may be one of each.
fn asserted(trunk: &Trunk, request: &Request) -> Option<String> {
    if !trunk.identity.trusted {
        return None;
    }
    let user_of = |name: HeaderName<'_>| {
        let mut users: Vec<_> = (request.addresses(name).flatten())
            .filter_map(|address| {
                let uri = address.uri();
                let user = uri.user().filter(|user| !user.is_empty())?;
                Some((!uri.is_tel(), user.into_owned()))
            })
            .collect();
        users.sort_by_key(|(is_sip, _)| *is_sip);
        users.into_iter().next().map(|(_, user)| user)
    };
    user_of(HeaderName::PAssertedIdentity).or_else(|| user_of(HeaderName::RemotePartyId))
}

/// A number without the parameters that its user part may carry (`+4930123;verstat=…`, RFC 3966 §3).
fn plain(user: &str) -> &str {
    match user.split_once(';') {
        Some((number, _))
            if number.starts_with('+') || number.bytes().all(|b| b.is_ascii_digit()) =>
        {
            number
        }
        _ => user,
    }
}
