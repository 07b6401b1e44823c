//! Destinations: what an endpoint of a script, or the contact of a redirection, comes down to. It opens nothing.

use std::fmt::Write;
use std::sync::Arc;

use switchhook_routing::verb::Endpoint;
use switchhook_sip::flow::{Flow, Transport};
use switchhook_sip::uri::{Uri, host_ip};

use crate::admission::named;
use crate::call::contacts::{self, Reached};
use crate::call::peer::Login;
use crate::config::media_rules::MediaRules;
use crate::config::{Config, Domain};
use crate::core::Core;
use crate::keys::AddressOfRecord;
use crate::names::bracketed;
use crate::trunks::hunt::TrunkPlace;
use crate::trunks::numbers::Which;

/// One thing to send an INVITE to.
#[derive(Debug, Clone)]
pub(crate) struct Destination {
    /// The endpoint as events and records name it.
    pub(crate) text: String,
    /// The Request-URI.
    pub(crate) uri: String,
    /// Where it is.
    pub(crate) way: Way,
    /// The client it is a contact of.
    pub(crate) client: Option<AddressOfRecord>,
    /// What holds for its media.
    pub(crate) media: MediaRules,
    /// The trunk that it is a number at.
    pub(crate) trunk: Option<String>,
    /// The place of its host among those of the trunk.
    pub(crate) host: usize,
    /// For the trunk's challenges.
    pub(crate) login: Option<Arc<Login>>,
    /// Of a contact: what was registered, and the device's other flows.
    pub(crate) reached: Option<Reached>,
}

impl Destination {
    /// Who is called: the client, else the user part of the Request-URI.
    pub(crate) fn user(&self) -> String {
        if let Some(client) = &self.client {
            return client.user.clone();
        }
        let uri = Uri::parse(&self.uri).ok();
        let user = uri.as_ref().and_then(Uri::user);
        user.unwrap_or_default().into_owned()
    }
}

/// How a destination is reached.
#[derive(Debug, Clone)]
pub(crate) enum Way {
    /// At this address.
    Flow(Flow),
    /// At a name that must be resolved.
    Name {
        host: String,
        port: Option<u16>,
        transport: Option<Transport>,
    },
}

/// What an endpoint of a script comes down to, or the status that says why to nothing.
pub(crate) fn destinations(
    core: &Core,
    config: &Config,
    domain: &Domain,
    endpoint: &Endpoint,
) -> Result<Vec<Destination>, u16> {
    match endpoint {
        Endpoint::Client(user) => contacts::contacts(core, domain, user, None),
        Endpoint::Uri(uri) => {
            let uri = Uri::parse(uri).map_err(|_| 416_u16)?;
            by_uri(core, config, domain, &uri)
        }
        // Trunks are tried one after another: `hunting`.
        Endpoint::Trunk(_) | Endpoint::RingGroup(_) => Err(404),
    }
}

/// What a URI comes down to: a client if it is one of this domain, else its host. Another domain of this switch is out of
/// reach.
pub(crate) fn by_uri(
    core: &Core,
    config: &Config,
    domain: &Domain,
    uri: &Uri<'_>,
) -> Result<Vec<Destination>, u16> {
    if !uri.is_sip() {
        return Err(416);
    }
    // Another port on the host of a domain is another server.
    let port_is_ours = uri.port().is_none_or(|port| {
        let listeners = &core.config.listeners;
        listeners
            .iter()
            .any(|listener| listener.advertised_port == port)
    });
    match named(config, uri).filter(|_| port_is_ours) {
        Some(own) if own.name == domain.name => {
            return contacts::by_uri(core, domain, uri);
        }
        Some(_) => return Err(404),
        None => {}
    }
    let transport = match uri.param("transport") {
        Some(name) => Some(Transport::parse(&name).ok_or(416_u16)?),
        None => uri.is_sips().then_some(Transport::Tls),
    };
    let way = way(core, uri.host(), uri.port(), transport)?;
    // Header fields of a URI are not ours to carry out (RFC 3261 §19.1.5).
    let text = uri
        .as_str()
        .split('?')
        .next()
        .unwrap_or_default()
        .to_owned();
    Ok(vec![Destination {
        uri: text.clone(),
        text,
        way,
        client: None,
        media: domain.media.clone(),
        trunk: None,
        host: 0,
        login: None,
        reached: None,
    }])
}

/// The flow to an address, from a listener that can send there.
pub(crate) fn flow_to(
    core: &Core,
    transport: Transport,
    peer: std::net::SocketAddr,
) -> Option<Flow> {
    let listener = core.listener_for(transport, peer.is_ipv6())?.id;
    Some(Flow {
        transport,
        listener,
        peer,
        connection: None,
    })
}

/// What holds for the media of a client: its codecs are those that it was granted, else those of the configuration.
pub(crate) fn media_of(core: &Core, domain: &Domain, client: &AddressOfRecord) -> MediaRules {
    let configured = domain.client(&client.user).map(|client| &client.media);
    let rules = configured.unwrap_or(&domain.media).clone();
    let granted = core.registrar.assignment(client);
    match granted.filter(|assignment| !assignment.codecs.is_empty() || assignment.direct) {
        Some(assignment) => MediaRules {
            codecs: match assignment.codecs.is_empty() {
                true => rules.codecs.clone(),
                false => assignment.codecs.clone(),
            },
            direct: rules.direct || assignment.direct,
            ..rules
        },
        None => rules,
    }
}

/// A number at a host of a trunk, as the trunk writes it.
pub(crate) fn trunk_destination(
    core: &Core,
    domain: &Domain,
    at: &TrunkPlace,
    number: &str,
) -> Result<Destination, u16> {
    let trunk = domain.trunk(&at.trunk).ok_or(404_u16)?;
    let outbound = trunk.outbound.as_ref().ok_or(404_u16)?;
    let place = outbound.places().nth(at.place).ok_or(404_u16)?;
    let written = trunk.numbers.outward(Which::Callee, number);
    let mut uri = format!("sip:{}@{}", escaped(&written), bracketed(&place.host));
    if let Some(port) = place.port {
        let _ = write!(uri, ":{port}");
    }
    if let Some(transport) = outbound
        .transport
        .filter(|transport| transport.is_reliable())
    {
        let _ = write!(uri, ";transport={}", transport.as_param());
    }
    let login = (!outbound.username.is_empty()).then(|| {
        Arc::new(Login {
            username: outbound.username.clone(),
            password: outbound.password.clone(),
        })
    });
    let host = bracketed(&place.host);
    Ok(Destination {
        text: format!("{}/{number}", at.trunk),
        way: way(core, &host, place.port, outbound.transport)?,
        uri,
        client: None,
        media: trunk.media.clone(),
        trunk: Some(at.trunk.clone()),
        host: at.place,
        login,
        reached: None,
    })
}

pub(crate) fn way(
    core: &Core,
    host: &str,
    port: Option<u16>,
    transport: Option<Transport>,
) -> Result<Way, u16> {
    let Some(ip) = host_ip(host) else {
        return Ok(Way::Name {
            host: host.to_owned(),
            port,
            transport,
        });
    };
    let transport = transport.unwrap_or(Transport::Udp);
    let peer = (ip, port.unwrap_or(transport.default_port())).into();
    flow_to(core, transport, peer).map(Way::Flow).ok_or(503)
}

/// The user part of a URI: what its grammar does not allow is escaped (RFC 3261 §25.1).
pub(crate) fn escaped(user: &str) -> std::borrow::Cow<'_, str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.!~*'()&=+$,/".contains(&byte);
    if user.bytes().all(plain) {
        return std::borrow::Cow::Borrowed(user);
    }
    let mut text = String::with_capacity(user.len() + 8);
    for byte in user.bytes() {
        if plain(byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    std::borrow::Cow::Owned(text)
}
