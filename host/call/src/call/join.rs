//! A leg that is a party of another call: it is "called" by an INVITE of ours within its dialog, answers it or refuses it, and in
//! the latter case goes back to where it came from.

use std::time::Duration;

use rand::RngExt;
use switchhook_media::relay::Side;
use switchhook_routing::event::EventKind;
use switchhook_routing::record::LegRecord;
use switchhook_sip::message::Response;
use switchhook_sip::transaction::ClientTransaction;

use crate::asks::Ask;
use crate::call::deadlines::Timer;
use crate::call::failure::Failure;
use crate::call::leg::{Leg, LegState};
use crate::call::links::Joined;
use crate::call::media::Said;
use crate::call::party::Party;
use crate::call::peer::Peer;
use crate::call::state::{Call, Phase, Sent};
use crate::call::target::{Destination, Way};
use crate::core::Core;
use crate::keys::{CallKey, LegId, Owner};
use crate::limits;

impl Call {
    /// A party becomes the called side: it is offered what the caller has said.
    pub(crate) fn join(&mut self, core: &mut Core, party: Party, lender: CallKey) {
        let index = self.leg_of(core, party);
        if let Some(leg) = self.legs.get_mut(index) {
            leg.joined = Some(Joined { lender, tries: 0 });
        }
        self.watch_success(core, Side::Callee);
        self.watch_session(core, Side::Callee);
        let seconds = Duration::from_secs(limits::JOIN_SECONDS.into());
        self.deadlines.set(Timer::Ring(index), core.now + seconds);
        self.invite_joined(core, index);
    }

    /// Makes a leg of a party that has its dialog already.
    pub(crate) fn leg_of(&mut self, core: &mut Core, party: Party) -> usize {
        let Party {
            peer,
            said,
            tag,
            who,
            pending,
            ..
        } = party;
        let destination = Destination {
            text: who.number.clone(),
            uri: peer.dialog.remote_target().as_str().to_owned(),
            way: Way::Flow(peer.flow),
            client: who.client.clone(),
            trunk: who.trunk.clone(),
            media: who.media.clone(),
            login: peer.login.clone(),
            reached: None,
            host: 0,
        };
        let index = self.legs.len();
        let record = self.journal.legs.len();
        self.journal.legs.push(LegRecord {
            target: destination.text.clone(),
            status: None,
            started_at: core.epoch_ms(core.now),
            answered_at: None,
        });
        if let Some(client) = &who.client {
            self.count(core, client);
        }
        self.take_over(core, &tag, LegId::Callee(index), pending);
        let mut leg = Leg::new(core, destination, None, record, 0);
        leg.tag = tag;
        leg.call_id = peer.dialog.id().call_id.clone();
        leg.flow = Some(peer.flow);
        leg.peer = Some(peer);
        leg.said = said;
        leg.joined_as = Some(Box::new(who));
        self.legs.push(leg);
        self.tell_leg(core, index, EventKind::Trying);
        index
    }

    /// Sends it the INVITE, anew if it met another.
    pub(crate) fn invite_joined(&mut self, core: &mut Core, index: usize) {
        let flow = self.legs.get(index).and_then(|leg| leg.flow);
        let Some(flow) = flow.filter(|_| self.phase == Phase::Connecting) else {
            return;
        };
        let Some(body) = self.offer_to(core, index, flow) else {
            return;
        };
        let key = self.key;
        let Some(leg) = self.legs.get_mut(index) else {
            return;
        };
        let Some(peer) = &mut leg.peer else { return };
        let (flow, builder) = peer.request(core, "INVITE");
        let builder = peer.signed(core, builder, "INVITE", body.as_deref().unwrap_or_default());
        let builder = match &body {
            Some(body) => builder.body("application/sdp", body),
            None => builder,
        };
        let tx = core.request(Owner::Call(key), flow, builder.finish());
        leg.state = LegState::Calling(tx);
        self.note(tx, Sent::Invite(index));
    }

    /// A response to that INVITE. `false`: it is one like any other leg's.
    pub(crate) fn joined_response(
        &mut self,
        core: &mut Core,
        index: usize,
        tx: ClientTransaction,
        response: &Response,
    ) -> bool {
        let Some(leg) = self.legs.get_mut(index) else {
            return false;
        };
        let (Some(joined), Some(peer)) = (&mut leg.joined, &mut leg.peer) else {
            return false;
        };
        if leg.state != LegState::Calling(tx) {
            let cseq = response.cseq().number;
            if response.is_success() && !peer.acknowledge_again(core, cseq) {
                peer.acknowledge(core, cseq, None);
            }
            return true;
        }
        match response.status() {
            ..200 => true,
            200..300 => false,
            401 | 407 if peer.take_challenge(response) => {
                self.invite_joined(core, index);
                true
            }
            491 | 500 if joined.tries < limits::RENEWALS => {
                joined.tries += 1;
                let wait = Duration::from_millis(10 * core.rng.random_range(1..=200));
                self.deadlines.set(Timer::Join(index), core.now + wait);
                true
            }
            status => {
                self.refused_to_join(core, index, status);
                true
            }
        }
    }

    /// It does not want to, or cannot be reached.
    pub(crate) fn refused_to_join(&mut self, core: &mut Core, index: usize, status: u16) {
        self.leave_joined(core, index);
        self.record_leg(index, status);
        self.tell_failed(core, index, Failure::Status(status).told());
        self.routing.failure = Some(Failure::Status(status));
        self.after_joining(core);
    }

    /// It has hung up before it could come.
    pub(crate) fn joining_hung_up(&mut self, core: &mut Core, index: usize) {
        let lender = self.legs.get(index).and_then(|leg| leg.joined);
        if let Some(joined) = lender {
            core.asks.push_back(Ask::Lost {
                lender: joined.lender,
                new: self.key,
            });
        }
        let failure = Failure::Status(480);
        self.record_leg(index, failure.status());
        self.tell_failed(core, index, failure.told());
        self.leg_done(core, index);
        self.routing.failure = Some(failure);
        self.after_joining(core);
    }

    /// It is not needed here: it goes back to the call that it came from.
    pub(crate) fn leave_joined(&mut self, core: &mut Core, index: usize) {
        let Some(leg) = self.legs.get_mut(index) else {
            return;
        };
        let LegState::Calling(tx) = leg.state else {
            return;
        };
        let Some(joined) = leg.joined else { return };
        leg.state = LegState::Cancelled(tx);
        core.cancel(tx);
        self.deadlines.clear(Timer::Ring(index));
        self.deadlines.clear(Timer::Join(index));
        core.asks.push_back(Ask::GiveBack {
            lender: joined.lender,
            new: self.key,
            leg: index,
        });
    }

    /// Takes it out again.
    pub(crate) fn part_with(&mut self, core: &mut Core, index: usize) -> Option<Party> {
        let said = Said::new(core);
        let leg = self.legs.get_mut(index)?;
        let who = leg.joined_as.as_deref().cloned()?;
        let peer = leg.peer.take()?;
        let (said, tag) = (
            std::mem::replace(&mut leg.said, said),
            std::mem::take(&mut leg.tag),
        );
        let pending: Vec<_> = (self.sent.iter())
            .filter(|(_, what)| *what == Sent::Invite(index))
            .map(|(tx, _)| *tx)
            .collect();
        self.sent.retain(|(tx, _)| !pending.contains(tx));
        self.leg_done(core, index);
        core.owners.dialogs.remove(&tag);
        Some(Party {
            peer,
            said,
            tag,
            offer: None,
            who,
            pending,
        })
    }

    /// It has nowhere to go back to.
    pub(crate) fn hang_up_joined(&mut self, core: &mut Core, index: usize) {
        if let Some(leg) = self.legs.get_mut(index)
            && matches!(leg.state, LegState::Cancelled(_))
            && leg.peer.is_some()
        {
            leg.state = LegState::Ending;
            self.bye(core, LegId::Callee(index));
        }
    }

    /// The dialog of a joined leg that has answered; `None`: the leg is none.
    pub(crate) fn peer_of_joined(
        &mut self,
        core: &mut Core,
        index: usize,
        response: &Response,
    ) -> Option<Peer> {
        let key = self.key;
        let leg = self.legs.get_mut(index)?;
        let joined = leg.joined?;
        let mut peer = leg.peer.take()?;
        peer.dialog.update_target(response);
        peer.learn(response);
        peer.timers.started(core, response);
        core.asks.push_back(Ask::Joined {
            lender: joined.lender,
            new: key,
        });
        Some(peer)
    }

    /// Whether a leg is a party that has not come yet.
    pub(crate) fn is_joining(&self, leg: LegId) -> bool {
        match leg {
            LegId::Caller => false,
            LegId::Callee(index) => self.legs.get(index).is_some_and(|leg| {
                leg.joined.is_some() && self.bridged != Some(index) && leg.state != LegState::Ending
            }),
        }
    }

    /// Nobody else is to be called in its place.
    fn after_joining(&mut self, core: &mut Core) {
        if self.phase == Phase::Connecting {
            self.give_up(core);
        }
    }
}
