//! A party of a call that goes over into another call: how it is taken out of one and brought into the other. Its dialog goes
//! on; its media do not, each call has its own relay: it gets an INVITE of ours in the call that it comes to.

use switchhook_media::relay::Side;
use switchhook_media::sdp::{Answer, Offer};
use switchhook_routing::call::{Attestation, Origin};
use switchhook_sip::message::{Request, Response};
use switchhook_sip::method::Method;
use switchhook_sip::transaction::ClientTransaction;

use crate::call::caller::{Caller, CallerState};
use crate::call::deadlines::Timer;
use crate::call::leg::LegState;
use crate::call::links::Lent;
use crate::call::media::Said;
use crate::call::peer::Peer;
use crate::call::renewal::Renewal;
use crate::call::state::{Call, Phase, Sent};
use crate::config::media_rules::MediaRules;
use crate::core::Core;
use crate::keys::{AddressOfRecord, CallKey, DialogOwner, LegId, Owner};
use crate::trunks::privacy::Presentation;

/// A party of a call, with all that its dialog needs.
#[derive(Debug)]
pub(crate) struct Party {
    pub(crate) peer: Peer,
    pub(crate) said: Said,
    /// Our tag of its dialog.
    pub(crate) tag: String,
    /// What it said last about its session, in both directions.
    pub(crate) offer: Option<Offer>,
    pub(crate) who: Who,
    /// The INVITEs of ours that it has not answered yet. Nobody waits for the answers.
    pub(crate) pending: Vec<ClientTransaction>,
}

/// Who a party is.
#[derive(Debug, Clone)]
pub(crate) struct Who {
    pub(crate) origin: Origin,
    pub(crate) number: String,
    pub(crate) name: String,
    pub(crate) client: Option<AddressOfRecord>,
    /// The trunk that it was called at.
    pub(crate) trunk: Option<String>,
    pub(crate) media: MediaRules,
    /// Whether it may be shown, and how far the network vouches for its number.
    pub(crate) presentation: Presentation,
    pub(crate) attestation: Attestation,
}

impl Party {
    /// The party as the caller of a call that it is not in yet.
    pub(crate) fn into_caller(self, request: Request) -> Caller {
        Caller {
            state: CallerState::Elsewhere,
            tx: None,
            flow: self.peer.flow,
            request,
            tag: String::new(),
            offer: self.offer,
            peer: self.peer,
            said: self.said,
            told: Vec::new(),
            hears: None,
            provisionals: None,
            media: self.who.media,
        }
    }
}

impl Call {
    /// Who is on a side.
    pub(crate) fn who(&self, side: Side) -> Option<Who> {
        if side == Side::Caller {
            return Some(Who {
                origin: self.facts.subject.origin.clone(),
                number: self.facts.subject.caller.clone(),
                name: self.facts.caller_name.clone(),
                client: self.caller_client(),
                trunk: None,
                media: self.caller.media.clone(),
                presentation: self.facts.presentation,
                attestation: self.attestation,
            });
        }
        let leg = self.legs.get(self.bridged?)?;
        if let Some(who) = &leg.joined_as {
            return Some(Who::clone(who));
        }
        let destination = &leg.destination;
        let (origin, number) = match (&destination.client, &destination.trunk) {
            (Some(client), _) => (Origin::Client(client.user.clone()), client.user.clone()),
            (None, Some(trunk)) => {
                let number = destination.text.split_once('/').map(|(_, number)| number);
                let number = number.unwrap_or(&destination.text).to_owned();
                (Origin::Trunk(trunk.clone()), number)
            }
            (None, None) => {
                let uri = switchhook_sip::uri::Uri::parse(&destination.uri).ok();
                let user = uri.and_then(|uri| uri.user().map(std::borrow::Cow::into_owned));
                (Origin::Api, user.unwrap_or_default())
            }
        };
        Some(Who {
            origin,
            number,
            name: String::new(),
            client: destination.client.clone(),
            trunk: destination.trunk.clone(),
            media: destination.media.clone(),
            presentation: Presentation::default(),
            attestation: Attestation::Unknown,
        })
    }

    /// What a side said last about its session, for somebody else than the one it said it to.
    fn heard(&self, side: Side) -> Option<Offer> {
        match side {
            Side::Caller => self.caller.offer.clone().map(Offer::both_ways),
            Side::Callee => {
                let leg = self.legs.get(self.bridged?)?;
                let answer = Answer::parse(&leg.heard_sdp).ok()?;
                (!answer.is_refused()).then(|| answer.to_offer().both_ways())
            }
        }
    }

    /// The party on a side as the new call sees it that it may come to. It stays here.
    pub(crate) fn likeness(&mut self, core: &mut Core, side: Side) -> Option<Party> {
        let (who, offer) = (self.who(side)?, self.heard(side));
        let peer = likeness(self.peer(side)?);
        Some(Party {
            peer,
            said: Said::new(core),
            tag: String::new(),
            offer,
            who,
            pending: Vec::new(),
        })
    }

    /// Takes the party on a side out of the call. What is on its way between the sides is answered; nobody is hung up.
    /// `None`: there is nobody who could go.
    pub(crate) fn release(&mut self, core: &mut Core, side: Side, to: CallKey) -> Option<Party> {
        let is_here = self.phase != Phase::Ending
            && match side {
                Side::Caller => self.caller.state == CallerState::Answered,
                Side::Callee => self
                    .bridged_leg()
                    .is_some_and(|leg| leg.state == LegState::Answered),
            };
        if !is_here || self.links.lent.is_some() {
            return None;
        }
        let (who, offer) = (self.who(side)?, self.heard(side));
        self.acknowledge_pending(core);
        let pending = self.pending_invites(side);
        self.end_relayed(core);
        self.drop_renewal(core);
        self.deadlines.clear(Timer::Success(side.into()));
        self.deadlines.clear(Timer::Session(side.into()));
        let said = Said::new(core);
        let leg = self.bridged;
        let (peer, said, tag) = match side {
            Side::Caller => {
                self.caller.state = CallerState::Elsewhere;
                let empty = likeness(&self.caller.peer);
                (
                    std::mem::replace(&mut self.caller.peer, empty),
                    std::mem::replace(&mut self.caller.said, said),
                    std::mem::take(&mut self.caller.tag),
                )
            }
            Side::Callee => {
                let leg = self.bridged_leg()?;
                leg.state = LegState::Elsewhere;
                let mut peer = leg.peer.take()?;
                peer.channel = peer.channel.or(leg.channel.take());
                (
                    peer,
                    std::mem::replace(&mut leg.said, said),
                    std::mem::take(&mut leg.tag),
                )
            }
        };
        core.owners.dialogs.remove(&tag);
        let leg = leg.filter(|_| side == Side::Callee);
        self.links.lent = Some(Lent { side, leg, to });
        Some(Party {
            peer,
            said,
            tag,
            offer,
            who,
            pending,
        })
    }

    /// The caller has come from the call that it was in, and is told where its media are now.
    pub(crate) fn adopt(&mut self, core: &mut Core, party: Party) {
        self.links.elsewhere = None;
        let Party {
            peer,
            said,
            tag,
            offer,
            pending,
            ..
        } = party;
        self.take_over(core, &tag, LegId::Caller, pending);
        let caller = &mut self.caller;
        caller.state = CallerState::Answered;
        caller.flow = peer.flow;
        caller.peer = peer;
        caller.said = said;
        caller.tag = tag;
        if offer.is_some() {
            caller.offer = offer;
        }
        if let Some(client) = self.caller_client() {
            self.count(core, &client);
        }
        self.watch_success(core, Side::Caller);
        self.watch_session(core, Side::Caller);
        self.watch_parked(core);
        match self.phase {
            Phase::Talking => {}
            Phase::Performing => return self.heard_from_now_on(core),
            _ => return self.hold_caller(core),
        }
        self.renew(core);
    }

    /// The caller's media wait until somebody has answered.
    pub(crate) fn hold_caller(&mut self, core: &mut Core) {
        if self.play_to_parked(core) {
            return;
        }
        if self.session.is_none() {
            let from = self.caller.address();
            self.session = crate::call::media::Session::open(core, self.key, from, from);
        }
        if let (Some(offer), Some(_)) = (&self.caller.offer, self.session) {
            self.renewal = Some(Renewal::new(offer.clone().inactive()));
            self.renew(core);
        }
    }

    /// A party that was lent comes back, since it was not wanted.
    pub(crate) fn take_back(&mut self, core: &mut Core, party: Party) {
        let Some(lent) = self.links.lent.take() else {
            return;
        };
        let id = lent.leg.map_or(LegId::Caller, LegId::Callee);
        self.take_over(core, &party.tag, id, party.pending);
        match lent.leg {
            None => {
                self.caller.state = CallerState::Answered;
                self.caller.peer = party.peer;
                self.caller.said = party.said;
                self.caller.tag = party.tag;
            }
            Some(index) => {
                if let Some(leg) = self.legs.get_mut(index) {
                    leg.state = LegState::Answered;
                    leg.peer = Some(party.peer);
                    leg.said = party.said;
                    leg.tag = party.tag;
                }
            }
        }
        self.watch_success(core, lent.side);
        self.watch_session(core, lent.side);
    }

    /// A response to an INVITE that a party had got in the call that it came from.
    pub(crate) fn handed_response(&mut self, core: &mut Core, leg: LegId, response: &Response) {
        let peer = match leg {
            LegId::Caller => Some(&mut self.caller.peer),
            LegId::Callee(index) => self.legs.get_mut(index).and_then(|leg| leg.peer.as_mut()),
        };
        let cseq = response.cseq().number;
        if let Some(peer) = peer.filter(|_| response.is_success())
            && !peer.acknowledge_again(core, cseq)
        {
            peer.acknowledge(core, cseq, None);
        }
    }

    /// The dialog of a party, and what is on its way in it, is this call's.
    pub(crate) fn take_over(
        &mut self,
        core: &mut Core,
        tag: &str,
        id: LegId,
        pending: Vec<ClientTransaction>,
    ) {
        let owner = DialogOwner::Call(self.key, id);
        core.owners.dialogs.insert(tag.to_owned(), owner);
        for tx in pending {
            core.owners.clients.insert(tx, Owner::Call(self.key));
            self.note(tx, Sent::Handed(id));
        }
    }

    /// The INVITEs of ours to a side that are not answered. They are none of this call's any more.
    fn pending_invites(&mut self, side: Side) -> Vec<ClientTransaction> {
        let renewal = self.renewal.as_ref().and_then(|renewal| renewal.tx);
        let renewal = renewal.filter(|_| side == Side::Caller);
        let relayed = self
            .relayed
            .iter()
            .filter(|relayed| relayed.from != side && relayed.request.method() == Method::Invite);
        let mut pending: Vec<_> = relayed.map(|relayed| relayed.client).collect();
        pending.extend(renewal);
        pending.extend(self.peer(side).and_then(|peer| peer.timers.abandon()));
        self.sent.retain(|(tx, _)| !pending.contains(tx));
        pending
    }
}

/// The dialog of a party, for a call that it does not come to, or comes to anew.
pub(crate) fn likeness(peer: &Peer) -> Peer {
    Peer::new(peer.dialog.clone(), peer.flow, peer.sticky)
}
