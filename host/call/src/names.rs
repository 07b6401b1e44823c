//! How our listeners are named in Via and Contact, written once for each configuration.

use std::borrow::Cow;

use switchhook_sip::flow::{ListenerId, Transport};

use crate::config::{Config, Listener};

/// The names of all listeners.
#[derive(Debug, Default)]
pub(crate) struct Names {
    all: Vec<Name>,
}

#[derive(Debug)]
struct Name {
    id: ListenerId,
    sent_by: String,
    contact: String,
}

impl Names {
    pub(crate) fn new(config: &Config) -> Names {
        let all = config.listeners.iter().map(Name::new).collect();
        Names { all }
    }

    /// Host and port as the peers of this listener know them.
    pub(crate) fn sent_by(&self, id: ListenerId) -> &str {
        self.find(id).map_or("invalid", |name| &name.sent_by)
    }

    /// The value of Contact.
    pub(crate) fn contact(&self, id: ListenerId) -> &str {
        self.find(id).map_or("<sip:invalid>", |name| &name.contact)
    }

    fn find(&self, id: ListenerId) -> Option<&Name> {
        self.all.iter().find(|name| name.id == id)
    }
}

impl Name {
    fn new(listener: &Listener) -> Name {
        let host = bracketed(&listener.advertised_host);
        let sent_by = format!("{host}:{}", listener.advertised_port);
        let contact = match listener.transport {
            Transport::Udp => format!("<sip:{sent_by}>"),
            other => format!("<sip:{sent_by};transport={}>", other.as_param()),
        };
        Name {
            id: listener.id,
            sent_by,
            contact,
        }
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
