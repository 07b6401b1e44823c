//! Pickup before anybody has answered: whoever called has made an offer, whoever picks up has made one, and each gets the other's
//! as its answer. Both say in them what they want to be sent, so the relay has nothing to translate.

use bytes::Bytes;
use switchhook_media::relay::Side;
use switchhook_media::sdp::Answer;
use switchhook_sip::transaction::SuccessRetransmit;

use crate::call::caller::CallerState;
use crate::call::leg::LegState;
use crate::call::media::{Said, Session};
use crate::call::party::{Party, likeness};
use crate::call::peer::Success;
use crate::call::state::{Call, Phase};
use crate::core::Core;

impl Call {
    /// The caller of this call gets the caller of one that rings, as its called side.
    ///
    /// # Errors
    /// The status for who picks up: they have no codec in common, one of them made no offer, or there are no ports.
    pub(crate) fn pick_up(&mut self, core: &mut Core, ringing: &mut Call) -> Result<(), u16> {
        let (here, there) = self.answers_from(core, ringing)?;
        let heard = ringing.caller.request.body_bytes();
        let party = ringing.answer_and_go(core, there).ok_or(480_u16)?;
        let index = self.leg_of(core, party);
        if let Some(leg) = self.legs.get_mut(index) {
            leg.state = LegState::Answered;
            leg.hear(&heard);
        }
        self.payer.clone_from(&ringing.payer);
        self.bridged = Some(index);
        self.phase = Phase::Talking;
        self.answer_caller(core, Some(here));
        self.watch_success(core, Side::Callee);
        self.watch_session(core, Side::Callee);
        self.tell_answered(core, index);
        let id = ringing.facts.subject.call_id.clone();
        self.journal.transferred_from = Some(id);
        ringing.moved_on(core, &self.facts.subject.call_id, Side::Callee);
        Ok(())
    }

    /// What each of the two callers is answered: the offer of the other, with our address.
    fn answers_from(&mut self, core: &mut Core, ringing: &mut Call) -> Result<(Bytes, Bytes), u16> {
        let (Some(here), Some(there)) = (&self.caller.offer, &ringing.caller.offer) else {
            return Err(488);
        };
        let unusable = |_| 488_u16;
        let to_there = Answer::parse(self.caller.request.body()).map_err(unusable)?;
        let to_here = Answer::parse(ringing.caller.request.body()).map_err(unusable)?;
        let encodings = (self.caller.media.transcoding).common(ringing.caller.media.transcoding);
        if !(here.is_met_by(&to_here, encodings) && there.is_met_by(&to_there, encodings)) {
            return Err(488);
        }
        let (at_here, at_there) = (self.caller.address(), ringing.caller.address());
        let session = Session::open(core, self.key, at_here, at_there).ok_or(503_u16)?;
        self.session = Some(session);
        session.set_remote(core, Side::Caller, here.remote(), at_here);
        session.set_remote(core, Side::Callee, there.remote(), at_there);
        let said = &mut self.caller.said;
        let said_here = said.answer(here, &to_here, session.local(Side::Caller), encodings);
        let said = &mut ringing.caller.said;
        let said_there = said.answer(there, &to_there, session.local(Side::Callee), encodings);
        let (said_here, said_there) = (said_here.map_err(unusable)?, said_there.map_err(unusable)?);
        session.agree(core, Side::Caller, here, &said_here, at_here);
        session.agree(core, Side::Callee, there, &said_there, at_there);
        Ok((said_here.description, said_there.description))
    }

    /// The caller gets its 200 and leaves for another call, which has to see that it arrives.
    fn answer_and_go(&mut self, core: &mut Core, answer: Bytes) -> Option<Party> {
        let who = self.who(Side::Caller)?;
        let caller = &mut self.caller;
        let tx = caller.tx?;
        let builder = caller.peer.success_of(core, &caller.request);
        let response = builder.body("application/sdp", &answer).finish();
        core.respond(tx, response.clone());
        let copy = likeness(&caller.peer);
        let mut peer = std::mem::replace(&mut caller.peer, copy);
        peer.dialog.confirm_uas();
        peer.success = Some(Success {
            tx,
            cseq: caller.request.cseq().number,
            response,
            retransmit: SuccessRetransmit::new(core.now, core.timing()),
        });
        caller.state = CallerState::Elsewhere;
        let said = Said::new(core);
        Some(Party {
            peer,
            said: std::mem::replace(&mut caller.said, said),
            tag: std::mem::take(&mut caller.tag),
            offer: caller.offer.clone(),
            who,
            pending: Vec::new(),
        })
    }
}
