//! The end of a switch and the beginning of the next one in its place, which is given what the first has kept.

use std::sync::Arc;

use switchhook_call::config::Config;
use switchhook_call::exchange::Exchange;
use switchhook_call::input::Input;
use switchhook_call::kept::Kept;
use switchhook_sip::flow::Transport;

use crate::handset::DOMAIN;
use crate::media::FakeMedia;
use crate::world::{EPOCH_MILLISECONDS, World};

impl World {
    /// Takes note of something that a restart must leave.
    pub(crate) fn keep(&mut self, kept: Kept) {
        self.kept.insert(format!("{:?}", kept.key()), kept);
    }

    /// Puts another exchange in the place of the first. There are no calls at this time.
    pub(crate) fn restart(&mut self, config: Arc<Config>) {
        let before = remembered(&self.exchange);
        let lived = self.elapsed().as_millis() as u64;
        let wall = EPOCH_MILLISECONDS + lived;
        self.forget_answers();
        // The next one names its calls from the beginning.
        self.seen.ended_before = std::mem::take(&mut self.seen.ended).len();
        self.seen.decided.clear();
        self.seen.restarts += 1;
        self.media = FakeMedia::new(self.media.capacity);
        self.exchange = Exchange::new(self.now, wall, lived, 0, config);
        let all = self.kept.values().cloned().collect();
        self.tell_exchange(Input::Restore(all));
        let after = remembered(&self.exchange);
        for lost in before.iter().filter(|one| !after.contains(one)) {
            let lost = format!("the restart has lost {lost}");
            self.seen.lost_in_restart.push(lost);
        }
        for new in after.iter().filter(|one| !before.contains(one)) {
            let new = format!("the restart has brought back {new}");
            self.seen.lost_in_restart.push(new);
        }
    }
}

/// What an exchange knows of clients that must not be lost: contacts that are reached without a connection, and settings.
fn remembered(exchange: &Exchange) -> Vec<String> {
    let contacts = exchange.contacts(DOMAIN).into_iter();
    let lasting = contacts.filter(|one| one.flow.transport == Transport::Udp);
    let contacts = lasting.map(|one| format!("the contact {} of {}", one.contact.uri, one.client));
    let clients = exchange.clients().into_iter();
    let settings = clients.map(|client| {
        let settings = exchange.settings(&client);
        format!("the settings of {}: {settings:?}", client.user)
    });
    contacts.chain(settings).collect()
}
