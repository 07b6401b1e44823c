//! Whose call it is: which trunk of a domain an INVITE comes from, by what it shows. Pure: whoever has the configuration comes to
//! the same result.

use switchhook_sip::flow::Flow;
use switchhook_sip::message::Request;
use switchhook_sip::uri::Uri;

use crate::config::Domain;
use crate::config::trunks::Trunk;

/// The parameter of the Contact that we register at trunks; calls to that Contact bring it back.
pub(crate) const LINE: &str = "line";

/// What a trunk is recognised by: what says more comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Sign {
    /// The contact that we registered with it.
    Line,
    /// The certificate of its connection.
    Certificate,
    /// Its address, and the user that we registered is called.
    AddressAndUser,
    /// Its address alone, which trunks of other domains may have too.
    Address,
}

/// The trunk that a request comes from, and what says so; credentials are not looked at. `names`: those of the certificate that the connection's
/// peer has shown and that was verified.
///
/// What says most comes first: the contact that we registered with it, the certificate, then the address. Of several trunks at
/// one address, the one whose registered user is called, else the first.
pub(crate) fn trunk_of<'d>(
    domain: &'d Domain,
    flow: Flow,
    names: &[String],
    request: &Request,
) -> Option<(Sign, &'d Trunk)> {
    let uri = request.uri();
    if let Some(trunk) = by_line(domain, &uri) {
        return Some((Sign::Line, trunk));
    }
    let certified = |trunk: &&Trunk| {
        let mut wanted = trunk.certificate_names.iter();
        wanted.any(|wanted| names.iter().any(|name| is_named(name, wanted)))
    };
    if !names.is_empty()
        && let Some(trunk) = domain.trunks.iter().find(certified)
    {
        return Some((Sign::Certificate, trunk));
    }
    let ip = flow.peer.ip();
    let from_there = |trunk: &&Trunk| trunk.sources.iter().any(|source| source.contains(ip));
    let mut candidates = domain.trunks.iter().filter(from_there);
    let first = candidates.next()?;
    let user = uri.user().unwrap_or_default();
    let registered = |trunk: &&Trunk| {
        let registration = trunk.registration.as_ref();
        registration.is_some_and(|registration| {
            !user.is_empty() && contact_user(trunk, registration) == user
        })
    };
    let mut all = std::iter::once(first).chain(candidates);
    match all.find(registered) {
        Some(trunk) => Some((Sign::AddressAndUser, trunk)),
        None => Some((Sign::Address, first)),
    }
}

fn by_line<'d>(domain: &'d Domain, uri: &Uri<'_>) -> Option<&'d Trunk> {
    let line = uri.param(LINE).filter(|line| !line.is_empty())?;
    domain.trunks.iter().find(|trunk| {
        let registration = trunk.registration.as_ref();
        registration.is_some_and(|registration| registration.token == line)
    })
}

/// Whether a name of a certificate is the one that is wanted: `*.example.org` stands for one more label (RFC 6125 §6.4.3, and
/// RFC 5922 §7.2 wants SIP domains to be matched exactly: so it is only if the configuration says the wildcard itself).
fn is_named(name: &str, wanted: &str) -> bool {
    name.eq_ignore_ascii_case(wanted)
}

/// The user part of the Contact that we register.
pub(crate) fn contact_user<'t>(
    trunk: &'t Trunk,
    registration: &'t crate::config::trunks::Registration,
) -> &'t str {
    let username = trunk
        .outbound
        .as_ref()
        .map(|outbound| outbound.username.as_str());
    [&registration.contact_user, &registration.user]
        .into_iter()
        .map(String::as_str)
        .find(|user| !user.is_empty())
        .or(username)
        .unwrap_or_default()
}
