//! Who is registered, as the control socket tells it.

use serde::{Deserialize, Serialize};
use switchhook_call::exchange::Exchange;
use switchhook_call::kept::Registered;

use crate::limits;
use crate::operator::Operator;

/// A contact as `switchhook registration list` shows it.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq)]
pub struct RegistrationLine {
    /// The domain.
    pub domain: String,
    /// The client's username.
    pub client: String,
    /// The contact's URI.
    pub contact: String,
    /// For how long it is good yet.
    pub seconds_left: u64,
    /// The transport that it was registered over.
    pub transport: String,
    /// The address that it was registered from, and is reached at.
    pub address: String,
    /// Whether it is reached over a connection that is up.
    pub connected: bool,
    /// The preference, in thousandths.
    pub q: u16,
    /// `+sip.instance`, if it names one.
    pub instance: Option<String>,
    /// `reg-id`, if it names one.
    pub reg_id: Option<u32>,
    /// The proxies that it is reached through, the nearest first.
    pub path: Vec<String>,
    /// What the device calls itself.
    pub user_agent: String,
}

impl RegistrationLine {
    /// The contacts of one domain or of all, of one client or of all, in the order of their names: so many at most, and how
    /// many there are.
    pub async fn all(
        operator: &Operator,
        domain: Option<String>,
        client: Option<String>,
    ) -> (Vec<RegistrationLine>, usize) {
        let look = move |exchange: &Exchange| {
            let domains = exchange.domains().into_iter();
            let wanted = domains.filter(|name| domain.as_ref().is_none_or(|only| only == name));
            let found = wanted.map(|name| {
                let mut contacts = exchange.contacts(&name);
                contacts.retain(|c| client.as_ref().is_none_or(|only| *only == c.client));
                (name, contacts)
            });
            found.collect::<Vec<_>>()
        };
        let mut domains: Vec<_> = operator.inspect(look).await.into_iter().flatten().collect();
        domains.sort_by(|(one, _), (other, _)| one.cmp(other));
        let count = domains.iter().map(|(_, contacts)| contacts.len()).sum();
        let lines = domains.into_iter().flat_map(|(domain, contacts)| {
            let line = move |contact| RegistrationLine::new(&domain, contact);
            contacts.into_iter().map(line)
        });
        (lines.take(limits::REGISTRATIONS_LISTED).collect(), count)
    }

    fn new(domain: &str, registered: Registered) -> RegistrationLine {
        let Registered {
            client,
            contact,
            flow,
            left,
        } = registered;
        RegistrationLine {
            domain: domain.to_owned(),
            client,
            contact: contact.uri.to_string(),
            seconds_left: left.as_secs(),
            transport: flow.transport.as_str().to_owned(),
            address: flow.peer.to_string(),
            connected: flow.connection.is_some(),
            q: contact.q,
            instance: (!contact.instance.is_empty()).then(|| contact.instance.to_string()),
            reg_id: (contact.reg_id != 0).then_some(contact.reg_id),
            path: contact.path.iter().map(ToString::to_string).collect(),
            user_agent: contact.user_agent.to_string(),
        }
    }
}
