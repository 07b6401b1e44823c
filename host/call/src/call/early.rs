//! The early dialogs of a leg: an INVITE that forks further on has several, each with its tag, its order of reliable
//! provisional responses (RFC 3262 §4) and its media. What the caller is told of them is `progress`'s.

use bytes::Bytes;
use switchhook_media::relay::Side;
use switchhook_media::sdp::{Answer, Offer, Told};
use switchhook_sip::flow::Flow;
use switchhook_sip::message::{HeaderName, Response};
use switchhook_sip::provisional::{Arrived, InOrder};
use switchhook_sip::transaction::ClientTransaction;

use crate::call::caller::Heard;
use crate::call::peer::Peer;
use crate::call::state::{Call, Sent};
use crate::core::Core;
use crate::features::RELIABLE;
use crate::keys::Owner;
use crate::limits;

/// What an early dialog has said of the session.
#[derive(Debug)]
pub(crate) enum EarlySession {
    /// Nothing.
    Silent,
    /// What it will answer; it came unreliably, so that only the final response says it for good (RFC 3261 §13.2.1).
    Preview(Box<Answer>),
    /// Its answer: what comes after it is none (RFC 6337 §3.1.1).
    Agreed(Box<Answer>),
    /// Its offer, in the reliable response of this number. The answer goes with the PRACK (RFC 3262 §5).
    Offered { offer: Box<Offer>, number: u32 },
}

/// An early dialog of a leg.
#[derive(Debug)]
pub(crate) struct Early {
    pub(crate) peer: Peer,
    pub(crate) session: EarlySession,
    order: InOrder,
    prack: Option<Prack>,
}

/// A PRACK of ours that waits for its response.
#[derive(Debug)]
struct Prack {
    tx: ClientTransaction,
    number: u32,
    body: Option<Bytes>,
}

impl Early {
    /// What it has answered, as far as that is known.
    pub(crate) fn answer(&self) -> Option<&Answer> {
        match &self.session {
            EarlySession::Preview(answer) | EarlySession::Agreed(answer) => Some(answer),
            EarlySession::Silent | EarlySession::Offered { .. } => None,
        }
    }

    /// Whether offer and answer have been exchanged for good.
    pub(crate) fn is_agreed(&self) -> bool {
        matches!(self.session, EarlySession::Agreed(_))
    }

    fn tag(&self) -> &str {
        &self.peer.dialog.id().remote_tag
    }
}

/// The number of a provisional response that is sent reliably.
fn reliable_number(response: &Response) -> Option<u32> {
    if !response.has_option(HeaderName::Require, RELIABLE) {
        return None;
    }
    response.header(HeaderName::RSeq)?.trim().parse().ok()
}

impl Call {
    /// An early dialog of a leg.
    pub(crate) fn early(&mut self, index: usize, tag: &str) -> Option<&mut Early> {
        let early = &mut self.legs.get_mut(index)?.early;
        early.iter_mut().find(|early| early.tag() == tag)
    }

    /// What the branch that a 2xx comes from has answered early, and whether that is its last word.
    pub(crate) fn early_answer(
        &mut self,
        index: usize,
        response: &Response,
    ) -> Option<(Answer, bool)> {
        let early = self.early(index, response.to().tag()?)?;
        Some((early.answer()?.clone(), early.is_agreed()))
    }

    /// Whether the caller hears the branch that a response comes from.
    pub(crate) fn hears(&self, index: usize, response: &Response) -> bool {
        let heard = self.caller.hears.as_ref();
        heard.is_some_and(|heard| {
            heard.leg == index && response.to().tag() == Some(heard.tag.as_ref())
        })
    }

    /// Whether the branch that a 2xx comes from has an offer that is not answered yet. It "MUST NOT" answer before that
    /// (RFC 3262 §3), and will say it again.
    pub(crate) fn awaits_answer(&mut self, index: usize, response: &Response) -> bool {
        let tag = response.to().tag().unwrap_or_default();
        let early = self.early(index, tag);
        early.is_some_and(|early| matches!(early.session, EarlySession::Offered { .. }))
    }

    /// Takes note of the early dialog that a provisional response belongs to, and acknowledges it if it is reliable and
    /// makes no offer. `false`: it came before, or too early, and is to be discarded.
    pub(crate) fn note_early(
        &mut self,
        core: &mut Core,
        index: usize,
        flow: Flow,
        response: &Response,
        has_session: bool,
    ) -> bool {
        let number = reliable_number(response);
        if number.is_none() && !has_session {
            return true;
        }
        let Some(tag) = response.to().tag().map(str::to_owned) else {
            return true;
        };
        if self.early(index, &tag).is_none() && !self.begin_early(index, flow, response) {
            return number.is_none();
        }
        let offered = (self.legs.get(index)).is_some_and(|leg| !leg.said.last().is_empty());
        let Some(early) = self.early(index, &tag) else {
            return true;
        };
        early.peer.learn(response);
        if let Some(number) = number {
            match early.order.receive(number) {
                Arrived::Next => early.peer.dialog.update_target(response),
                Arrived::Again | Arrived::OutOfOrder => return false,
            }
        }
        early.take_session(response, has_session, offered, number);
        match (&early.session, number) {
            (EarlySession::Offered { number: of, .. }, Some(number)) if *of == number => {}
            (_, Some(number)) => self.prack(core, index, &tag, number, None),
            (_, None) => {}
        }
        true
    }

    /// An early dialog is over (RFC 6228), or its leg is. Another one may be heard in its place.
    pub(crate) fn drop_early(&mut self, core: &mut Core, index: usize, tag: Option<&str>) {
        if let Some(leg) = self.legs.get_mut(index) {
            leg.early
                .retain(|early| tag.is_some_and(|tag| early.tag() != tag));
        }
        let is_heard =
            self.caller.hears.as_ref().is_some_and(|heard| {
                heard.leg == index && tag.is_none_or(|tag| *heard.tag == *tag)
            });
        if is_heard && self.bridged.is_none() {
            self.caller.hears = None;
            self.hear_another(core);
        }
    }

    /// The caller's answer to the offer of one early dialog is known: all that offered get theirs.
    pub(crate) fn answer_early_offers(&mut self, core: &mut Core) {
        for index in 0..self.legs.len() {
            let Some(leg) = self.legs.get(index) else {
                continue;
            };
            let tags: Vec<String> = (leg.early.iter())
                .filter(|early| matches!(early.session, EarlySession::Offered { .. }))
                .map(|early| early.tag().to_owned())
                .collect();
            for tag in tags {
                self.answer_early_offer(core, index, &tag);
            }
        }
    }

    /// What a leg that has offered is answered on behalf of the caller. `None`: the caller has not said, or they have nothing
    /// in common.
    pub(crate) fn answer_for_caller(&mut self, index: usize, offer: &Offer) -> Option<Told> {
        let encodings = self.encodings(Some(index));
        let answer = self.caller.offer.as_ref()?.to_answer();
        let local = self.session?.local(Side::Callee);
        let leg = self.legs.get_mut(index)?;
        leg.said.answer(offer, &answer, local, encodings).ok()
    }

    /// A response to a PRACK. Its dialog goes on whatever it says; a challenge is answered.
    pub(crate) fn prack_response(
        &mut self,
        core: &mut Core,
        index: usize,
        tx: ClientTransaction,
        response: &Response,
    ) {
        let Some(leg) = self.legs.get_mut(index) else {
            return;
        };
        let waits = |early: &&mut Early| early.prack.as_ref().is_some_and(|prack| prack.tx == tx);
        let Some(early) = leg.early.iter_mut().find(waits) else {
            return;
        };
        let taken = early.peer.take_challenge(response);
        if let Some(prack) = early.prack.take().filter(|_| taken) {
            let tag = early.tag().to_owned();
            self.prack(core, index, &tag, prack.number, prack.body);
        }
    }

    /// The dialog of an answer: the early one that it confirms, if there is one.
    pub(crate) fn take_early(&mut self, index: usize, response: &Response) -> Option<Early> {
        let tag = response.to().tag()?;
        let early = &mut self.legs.get_mut(index)?.early;
        let place = early.iter().position(|early| early.tag() == tag)?;
        Some(early.swap_remove(place))
    }

    fn begin_early(&mut self, index: usize, flow: Flow, response: &Response) -> bool {
        let Some(peer) = self.peer_of_answer(index, flow, response) else {
            return false;
        };
        let Some(leg) = self.legs.get_mut(index) else {
            return false;
        };
        if leg.early.len() >= limits::EARLY_DIALOGS {
            return false;
        }
        leg.early.reserve_exact(1);
        leg.early.push(Early {
            peer,
            session: EarlySession::Silent,
            order: InOrder::default(),
            prack: None,
        });
        true
    }

    /// Acknowledges a reliable provisional response (RFC 3262 §4, §7.2).
    fn prack(
        &mut self,
        core: &mut Core,
        index: usize,
        tag: &str,
        number: u32,
        body: Option<Bytes>,
    ) {
        let key = self.key;
        let Some(leg) = self.legs.get_mut(index) else {
            return;
        };
        let cseq = leg.cseq;
        let Some(early) = leg.early.iter_mut().find(|early| early.tag() == tag) else {
            return;
        };
        let (flow, builder) = early.peer.request(core, "PRACK");
        let builder = builder.header(HeaderName::RAck, format_args!("{number} {cseq} INVITE"));
        let signed = body.clone().unwrap_or_default();
        let mut builder = early.peer.signed(core, builder, "PRACK", &signed);
        if let Some(body) = &body {
            builder = builder.body("application/sdp", body);
        }
        let tx = core.request(Owner::Call(key), flow, builder.finish());
        early.prack = Some(Prack { tx, number, body });
        self.note(tx, Sent::Prack(index));
    }

    fn answer_early_offer(&mut self, core: &mut Core, index: usize, tag: &str) {
        let Some(early) = self.early(index, tag) else {
            return;
        };
        let session = std::mem::replace(&mut early.session, EarlySession::Silent);
        let EarlySession::Offered { offer, number } = session else {
            return;
        };
        let told = self.answer_for_caller(index, &offer);
        let heard = self.caller.hears.as_ref();
        let is_heard = heard.is_some_and(|heard| heard.leg == index && *heard.tag == *tag);
        let flow = self.early(index, tag).map(|early| early.peer.flow);
        if let (true, Some(told), Some(session), Some(flow)) = (is_heard, &told, self.session, flow)
        {
            session.agree(core, Side::Callee, &offer, told, flow.peer.ip());
        }
        let body = told.map(|told| told.description);
        if let Some(early) = self.early(index, tag) {
            early.session = EarlySession::Agreed(Box::new(offer.to_answer()));
        }
        self.prack(core, index, tag, number, body);
    }

    /// Who is heard is gone. Somebody else's early media are heard if the caller need not be told anything new.
    fn hear_another(&mut self, core: &mut Core) {
        let Ok(told) = Offer::parse(&self.caller.said.last()) else {
            return;
        };
        let all = self.legs.iter().enumerate();
        let found = all
            .filter(|(_, leg)| leg.is_open())
            .find_map(|(index, leg)| {
                let encodings = self.encodings(Some(index));
                let covers = |answer: &Answer| answer.covers(&told, encodings);
                let fits = |early: &&Early| early.answer().is_some_and(covers);
                let early = leg.early.iter().find(fits)?;
                let remote = early.answer()?.remote();
                let heard = Heard {
                    leg: index,
                    tag: early.tag().into(),
                };
                Some((heard, remote, early.peer.flow.peer.ip()))
            });
        if let (Some((heard, remote, signalling)), Some(session)) = (found, self.session) {
            session.set_remote(core, Side::Callee, remote, signalling);
            self.caller.hears = Some(heard);
        }
    }
}

impl Early {
    fn take_session(
        &mut self,
        response: &Response,
        has_session: bool,
        offered: bool,
        number: Option<u32>,
    ) {
        let is_open = matches!(
            self.session,
            EarlySession::Silent | EarlySession::Preview(_)
        );
        if !has_session || !is_open {
            return;
        }
        if !offered {
            if let (Some(number), Ok(offer)) = (number, Offer::parse(response.body())) {
                let offer = Box::new(offer);
                self.session = EarlySession::Offered { offer, number };
            }
            return;
        }
        if let Ok(answer) = Answer::parse(response.body()) {
            let answer = Box::new(answer);
            self.session = match number {
                Some(_) => EarlySession::Agreed(answer),
                None => EarlySession::Preview(answer),
            };
        }
    }
}
