//! NOTIFY: what is told to whom, when, and what comes of it (RFC 6665 §4.2.2). One at a time to each, not too often, and
//! always the state of the moment.

use std::time::Duration;

use switchhook_sip::message::{HeaderName, Response};

use crate::core::Core;
use crate::exchange::Exchange;
use crate::keys::{AddressOfRecord, Owner};
use crate::limits;
use crate::subscriptions::dialog_info::{self, Watched};
use crate::subscriptions::mailbox;
use crate::subscriptions::package::Package;
use crate::subscriptions::presence::{self, Presence};
use crate::subscriptions::table::{End, Subscription};

/// The address of a client as documents name it.
pub(crate) fn uri_of(client: &AddressOfRecord) -> String {
    let user = crate::call::target::escaped(&client.user);
    ["sip:", &user, "@", &client.domain].concat()
}

/// What is to be told.
struct Document {
    /// What it is compared with the one before by.
    essence: String,
    content_type: &'static str,
    body: Vec<u8>,
    alive: Vec<String>,
}

impl Exchange {
    /// Tells those who watch what has changed, as far as it is time.
    pub(crate) fn tell_watchers(&mut self) {
        let now = self.core.now;
        while let Some(mut subscription) = self.core.subscriptions.take_due(now) {
            if now >= subscription.expires_at && subscription.end.is_none() {
                subscription.end = Some(End::Timeout);
            }
            if subscription.is_sending {
                // Its last NOTIFY never came to an end: the layer has lost it.
                forget(&mut self.core, &subscription);
                continue;
            }
            let document = self.document(&subscription);
            let is_news = document.essence != subscription.told;
            if is_news || subscription.must_tell || subscription.end.is_some() {
                send(&mut self.core, &mut subscription, document);
            } else {
                subscription.is_stale = false;
            }
            self.core.subscriptions.put(subscription);
        }
    }

    /// The calls of somebody, or what is parked in a slot.
    fn dialogs_of(&self, watched: &AddressOfRecord) -> Vec<Watched> {
        let mut dialogs = Vec::new();
        for key in self.core.calls_of(watched) {
            if let Some(call) = self.calls.get(*key) {
                call.watched_dialogs(watched, &mut dialogs);
            }
        }
        dialogs.truncate(limits::WATCHED_DIALOGS);
        dialogs
    }

    /// Whether a subscriber may take up the calls that it watches.
    fn shows_identifiers(&self, subscription: &Subscription) -> bool {
        let Subscription {
            subscriber,
            watched,
            ..
        } = subscription;
        let domain = self.core.config.domains.get(&watched.domain);
        domain.is_some_and(|domain| domain.share_calls(&subscriber.user, &watched.user))
    }

    fn document(&self, subscription: &Subscription) -> Document {
        let watched = &subscription.watched;
        let entity = uri_of(watched);
        match subscription.package {
            Package::Dialog => {
                let mut dialogs = self.dialogs_of(watched);
                if !self.shows_identifiers(subscription) {
                    // Whoever knows the identifiers of a dialog can speak in it.
                    dialogs.iter_mut().for_each(Watched::hide_identifiers);
                }
                let alive: Vec<_> = dialogs.iter().map(|dialog| dialog.id.clone()).collect();
                let gone = subscription.alive.iter().filter(|id| !alive.contains(id));
                let ended: Vec<_> = gone.cloned().collect();
                let body = dialog_info::write(&entity, subscription.version, &dialogs, &ended);
                Document {
                    essence: dialog_info::list(&dialogs),
                    content_type: Package::Dialog.content_type(),
                    body: body.into_bytes(),
                    alive,
                }
            }
            Package::MessageSummary => {
                let body = mailbox::write(&entity, self.core.mailbox(watched));
                Document {
                    essence: body.clone(),
                    content_type: Package::MessageSummary.content_type(),
                    body: body.into_bytes(),
                    alive: Vec::new(),
                }
            }
            Package::Presence => {
                let published = self.core.publications.presence(watched);
                let (essence, body) = match published {
                    Some((etag, body)) => (etag.to_owned(), body.to_vec()),
                    None => {
                        let body = presence::write(&entity, presence_of(&self.core, watched));
                        (body.clone(), body.into_bytes())
                    }
                };
                Document {
                    essence,
                    content_type: Package::Presence.content_type(),
                    body,
                    alive: Vec::new(),
                }
            }
        }
    }
}

fn presence_of(core: &Core, client: &AddressOfRecord) -> Presence {
    Presence {
        is_registered: !core.registrar.bindings(client).is_empty(),
        is_calling: core.active_calls(client) > 0,
        do_not_disturb: core.settings_of(client).do_not_disturb,
    }
}

fn send(core: &mut Core, subscription: &mut Subscription, document: Document) {
    let left = subscription
        .expires_at
        .saturating_duration_since(core.now)
        .as_secs();
    let event = match &subscription.id {
        Some(id) => format!("{};id={id}", subscription.package.as_str()),
        None => subscription.package.as_str().to_owned(),
    };
    let state = match subscription.end {
        Some(end) => format!("terminated;reason={}", end.as_str()),
        None => format!("active;expires={left}"),
    };
    let (flow, builder) = subscription.peer.request(core, "NOTIFY");
    let bytes = builder
        .raw_header(HeaderName::Contact, core.contact(flow).as_bytes())
        .header(HeaderName::Event, event)
        .header(HeaderName::SubscriptionState, state)
        .body(document.content_type, &document.body)
        .finish();
    core.counters.notified += 1;
    subscription.told = document.essence;
    subscription.alive = document.alive;
    subscription.version = subscription.version.wrapping_add(1);
    subscription.is_stale = false;
    subscription.must_tell = false;
    subscription.is_sending = true;
    subscription.is_over = subscription.end.is_some();
    subscription.not_before = core.now + limits::NOTIFY_INTERVAL;
    core.request(Owner::Subscription(subscription.key), flow, bytes);
}

/// A NOTIFY was answered.
pub(crate) fn answered(core: &mut Core, key: u64, response: &Response) {
    if !response.is_final() {
        return;
    }
    let Some(mut subscription) = core.subscriptions.take(key) else {
        return;
    };
    subscription.is_sending = false;
    let retry_after = response.seconds(HeaderName::RetryAfter);
    match (response.status(), retry_after) {
        (200..300, _) if !subscription.is_over => {}
        // "If the NOTIFY request fails … with Retry-After: the notifier SHOULD retry" what it has to say then.
        (300.., Some(seconds)) if !subscription.is_over => {
            let pause = Duration::from_secs(u64::from(seconds).min(limits::NOTIFY_PAUSE_SECONDS));
            subscription.not_before = core.now + pause;
            subscription.is_stale = true;
            subscription.must_tell = true;
        }
        (status, _) => {
            if status >= 300 {
                core.counters.notify_failures += 1;
            }
            return forget(core, &subscription);
        }
    }
    core.subscriptions.put(subscription);
}

/// A NOTIFY was never answered, or could not be sent: nobody is there any more.
pub(crate) fn failed(core: &mut Core, key: u64) {
    if let Some(subscription) = core.subscriptions.take(key) {
        core.counters.notify_failures += 1;
        forget(core, &subscription);
    }
}

/// Ends the subscriptions of clients for which `ends` gives a reason.
pub(crate) fn end_of_clients(core: &mut Core, ends: impl Fn(&AddressOfRecord) -> Option<End>) {
    let ending = core
        .subscriptions
        .find(|one| ends(&one.subscriber).is_some());
    for key in ending {
        if let Some(mut subscription) = core.subscriptions.take(key) {
            subscription.end = ends(&subscription.subscriber);
            subscription.not_before = core.now;
            core.subscriptions.put(subscription);
        }
    }
}

fn forget(core: &mut Core, subscription: &Subscription) {
    let tag = &subscription.peer.dialog.id().local_tag;
    core.owners.dialogs.remove(tag);
    core.subscriptions.forget(subscription);
}
