//! How many messages wait in which mailbox, as it was set from outside, and the phones that are told without having asked
//! (RFC 3842 §3: servers that need no subscription).

use std::collections::HashMap;
use std::sync::Arc;

use switchhook_routing::verb::Endpoint;
use switchhook_sip::message::HeaderName;

use crate::call::target::{Way, destinations};
use crate::config::Mwi;
use crate::core::Core;
use crate::keys::{AddressOfRecord, Owner};
use crate::limits;
use crate::outgoing::{Parties, outgoing};
use crate::subscriptions::mailbox::{self, Mailbox};
use crate::subscriptions::notify::uri_of;
use crate::subscriptions::package::Package;

/// What was set from outside. A mailbox that is not here is empty.
#[derive(Debug, Default)]
pub(crate) struct Mailboxes {
    counts: HashMap<AddressOfRecord, Mailbox>,
    /// Clients whose phones are to be told.
    news: Vec<AddressOfRecord>,
}

impl Mailboxes {
    /// Every mailbox that was set and is not empty.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&AddressOfRecord, &Mailbox)> {
        self.counts.iter()
    }
}

impl Core {
    /// How many messages wait: what was published for as long as it lasts, else what was set.
    pub(crate) fn mailbox(&self, mailbox: &AddressOfRecord) -> Mailbox {
        let published = self.publications.messages(mailbox);
        let set = || self.mailboxes.counts.get(mailbox).copied();
        published.or_else(set).unwrap_or_default()
    }

    /// Sets how many messages wait.
    pub(crate) fn set_mailbox(&mut self, mailbox: AddressOfRecord, counts: Mailbox) {
        let all = &mut self.mailboxes.counts;
        if counts == Mailbox::default() {
            all.remove(&mailbox);
        } else if all.len() < limits::MAILBOXES || all.contains_key(&mailbox) {
            all.insert(mailbox.clone(), counts);
        } else {
            return;
        }
        self.published(&mailbox, Package::MessageSummary);
    }

    /// Something else is published than before.
    pub(crate) fn published(&mut self, about: &AddressOfRecord, package: Package) {
        self.subscriptions.touch(about, &[package]);
        if package != Package::MessageSummary {
            return;
        }
        let config = Arc::clone(&self.config);
        let Some(domain) = config.domains.get(&about.domain) else {
            return;
        };
        for client in domain.clients.values() {
            let own = client.mailbox.as_deref().unwrap_or(&client.username);
            if own == about.user && client.mwi == Mwi::Unsolicited {
                self.mailboxes.news.push(AddressOfRecord {
                    domain: about.domain.clone(),
                    user: client.username.clone(),
                });
            }
        }
    }

    /// The contacts of a client are others than before: phones that are told without asking are told now.
    pub(crate) fn tell_when_registered(&mut self, client: &AddressOfRecord) {
        let domain = self.config.domains.get(&client.domain);
        let settings = domain.and_then(|domain| domain.client(&client.user));
        if settings.is_some_and(|settings| settings.mwi == Mwi::Unsolicited) {
            self.mailboxes.news.push(client.clone());
        }
    }

    /// Sends what phones are told without having asked.
    pub(crate) fn tell_unasked(&mut self) {
        if self.mailboxes.news.is_empty() {
            return;
        }
        let config = Arc::clone(&self.config);
        for client in std::mem::take(&mut self.mailboxes.news) {
            let Some(domain) = config.domains.get(&client.domain) else {
                continue;
            };
            let mailbox = AddressOfRecord {
                user: domain.mailbox_of(&client.user).to_owned(),
                ..client.clone()
            };
            let body = mailbox::write(&uri_of(&mailbox), self.mailbox(&mailbox));
            let endpoint = Endpoint::Client(client.user.clone());
            let contacts = destinations(self, &config, domain, &endpoint);
            for contact in contacts.unwrap_or_default() {
                let Way::Flow(flow) = contact.way else {
                    continue;
                };
                let parties = Parties {
                    from: uri_of(&client),
                    to: uri_of(&client),
                };
                let bytes = outgoing(self, "NOTIFY", &contact, flow, &parties)
                    .raw_header(HeaderName::Contact, self.contact(flow).as_bytes())
                    .header(HeaderName::Event, Package::MessageSummary.as_str())
                    .header(HeaderName::SubscriptionState, "active")
                    .body(Package::MessageSummary.content_type(), body.as_bytes())
                    .finish();
                self.counters.notified += 1;
                self.request(Owner::Nobody, flow, bytes);
            }
        }
    }
}
