//! How our listeners are named in Via and Contact, written once for each configuration.

use std::borrow::Cow;
use std::cmp::Reverse;

use switchhook_sip::flow::{Flow, ListenerId, Transport};

use crate::cidr::Cidr;
use crate::config::{Config, Listener};

/// The names of all listeners.
#[derive(Debug, Default)]
pub(crate) struct Names {
    all: Vec<ListenerNames>,
}

#[derive(Debug)]
struct ListenerNames {
    id: ListenerId,
    usual: Name,
    /// The most specific first.
    networks: Vec<(Cidr, Name)>,
}

#[derive(Debug)]
struct Name {
    sent_by: String,
    contact: String,
}

impl Names {
    pub(crate) fn new(config: &Config) -> Names {
        let all = config.listeners.iter().map(ListenerNames::new).collect();
        Names { all }
    }

    /// Host and port as the peer of this flow knows them.
    pub(crate) fn sent_by(&self, flow: Flow) -> &str {
        self.find(flow).map_or("invalid", |name| &name.sent_by)
    }

    /// The value of Contact.
    pub(crate) fn contact(&self, flow: Flow) -> &str {
        self.find(flow)
            .map_or("<sip:invalid>", |name| &name.contact)
    }

    fn find(&self, flow: Flow) -> Option<&Name> {
        let of_listener = self.all.iter().find(|names| names.id == flow.listener)?;
        let mut networks = of_listener.networks.iter();
        let named = networks.find(|(range, _)| range.contains(flow.peer.ip()));
        Some(named.map_or(&of_listener.usual, |(_, name)| name))
    }
}

impl ListenerNames {
    fn new(listener: &Listener) -> ListenerNames {
        let name = |host: &str, port: Option<u16>| {
            Name::new(
                listener.transport,
                host,
                port.unwrap_or(listener.advertised_port),
            )
        };
        let networks = listener.networks.iter();
        let mut networks: Vec<_> = networks
            .map(|network| (network.range, name(&network.host, network.port)))
            .collect();
        networks.sort_by_key(|(range, _)| Reverse(range.prefix_length()));
        ListenerNames {
            id: listener.id,
            usual: name(&listener.advertised_host, None),
            networks,
        }
    }
}

impl Name {
    fn new(transport: Transport, host: &str, port: u16) -> Name {
        let sent_by = format!("{}:{port}", bracketed(host));
        let contact = match transport {
            Transport::Udp => format!("<sip:{sent_by}>"),
            // RFC 7118 §5 has one parameter for both kinds of WebSocket.
            Transport::Ws | Transport::Wss => format!("<sip:{sent_by};transport=ws>"),
            other => format!("<sip:{sent_by};transport={}>", other.as_param()),
        };
        Name { sent_by, contact }
    }
}

/// A host as it stands in a URI: IPv6 addresses in brackets.
pub(crate) fn bracketed(host: &str) -> Cow<'_, str> {
    if host.contains(':') && !host.starts_with('[') {
        Cow::Owned(format!("[{host}]"))
    } else {
        Cow::Borrowed(host)
    }
}
