//! A call in a room: its caller takes part in a conference, or supervises a call of others; or others supervise this one. What holds
//! in rooms is decided in [`crate::rooms`].

use std::sync::Arc;

use switchhook_media::relay::Side;
use switchhook_routing::prompt::Prompt;

use crate::acts::supervise::Supervising;
use crate::acts::{Entering, Step};
use crate::call::media_verbs::{Begun, Needs};
use crate::call::state::{Call, Phase};
use crate::core::Core;
use crate::keys::SessionId;
use crate::media_command::{Joining, Membership, Playback, RoomName, SideOrder};
use crate::rooms::supervision::{Supervised, Supervision};
use crate::rooms::{Newcomer, Refusal, RoomNews};

impl Call {
    /// What concerns a room, and what the act is told of it at once.
    pub(crate) fn in_room(&mut self, core: &mut Core, step: Step) -> Option<RoomNews> {
        match step {
            Step::Enter(entering) => {
                let entered = match entering {
                    Entering::Conference {
                        room,
                        listens_only,
                        moderator,
                        music,
                    } => self.enter_conference(core, room, (listens_only, moderator), music),
                    Entering::Supervision { of, how } => self.enter_supervision(core, of, how),
                };
                Some(entered.unwrap_or_else(RoomNews::Refused))
            }
            Step::Wish(wish) => {
                let (news, orders) = core.rooms.wish(self.key, wish)?;
                core.order_rooms(orders);
                Some(news)
            }
            Step::Supervise(how) => {
                let of = core.supervisions.of(self.key)?;
                let membership = how.membership((of.session, of.side));
                self.order(core, Side::Caller, SideOrder::Membership(membership));
                None
            }
            _ => None,
        }
    }

    /// The caller is in no room any more, or is about to leave it.
    pub(crate) fn leave_room(&mut self, core: &mut Core) {
        let mut orders = core.rooms.leave(self.key);
        orders.extend(core.supervisions.end(self.key));
        core.order_rooms(orders);
    }

    /// The caller takes part in a call of others.
    ///
    /// # Errors
    /// The status for it: it cannot be given audio.
    pub(crate) fn supervise(
        &mut self,
        core: &mut Core,
        of: Supervised,
        how: Supervision,
    ) -> Result<(), u16> {
        let act = Box::new(Supervising::new(of, how));
        match self.perform_act(core, act, Needs::Answer) {
            Begun::Waits => Ok(()),
            Begun::Over(..) if self.session.is_some() => Err(488),
            Begun::Over(..) => Err(503),
        }
    }

    /// How this call would be supervised, for the sake of the client on one of its sides. `None`: it cannot be.
    pub(crate) fn as_supervised(&self, user: &str) -> Option<Supervised> {
        let session = self.session.filter(|session| !session.closing)?;
        let is_of = |side: &Side| {
            self.client_of(*side)
                .is_some_and(|client| client.user == user)
        };
        let side = [Side::Caller, Side::Callee].into_iter().find(is_of)?;
        (self.phase == Phase::Talking).then_some(Supervised {
            call: self.key,
            session: session.id,
            side,
        })
    }

    fn enter_conference(
        &mut self,
        core: &mut Core,
        room: String,
        (listens_only, moderator): (bool, bool),
        music: Option<Prompt>,
    ) -> Result<RoomNews, Refusal> {
        let session = self.open_session().ok_or(Refusal::Impossible)?;
        let rules = self.domain().ok_or(Refusal::Impossible)?.conference.clone();
        let domain = self.domain_name();
        let who = Newcomer {
            call: self.key,
            call_id: self.facts.subject.call_id.clone(),
            number: self.facts.subject.caller.clone(),
            session,
            side: Side::Caller,
            listens_only,
            moderator,
            since: core.epoch_ms(core.now),
        };
        let (membership, orders) = core.rooms.enter(&domain, &room, &rules, who)?;
        core.order_rooms(orders);
        let once = |prompts: &[Prompt]| {
            (!prompts.is_empty()).then(|| Playback {
                prompts: prompts.into(),
                times: Some(1),
                domain: Arc::clone(&domain),
            })
        };
        let joining = Joining {
            room: RoomName::Conference(room),
            membership,
            music: music.map(|prompt| Playback {
                prompts: vec![prompt].into(),
                times: None,
                domain: Arc::clone(&domain),
            }),
            entry: once(&rules.entry),
            exit: once(&rules.exit),
            domain: Arc::clone(&domain),
        };
        self.order(core, Side::Caller, SideOrder::Join(Box::new(joining)));
        Ok(RoomNews::Entered {
            waits: membership.waits,
        })
    }

    fn enter_supervision(
        &mut self,
        core: &mut Core,
        of: Supervised,
        how: Supervision,
    ) -> Result<RoomNews, Refusal> {
        let session = self.open_session().ok_or(Refusal::Impossible)?;
        if !core.owners.sessions.contains_key(&of.session) {
            return Err(Refusal::Impossible);
        }
        let domain = self.domain_name();
        let join = |membership| {
            SideOrder::Join(Box::new(Joining {
                domain: Arc::clone(&domain),
                room: RoomName::Supervised(of.session),
                membership,
                music: None,
                entry: None,
                exit: None,
            }))
        };
        let mut orders = Vec::new();
        if core.supervisions.begin((self.key, session), of) {
            for side in [Side::Caller, Side::Callee] {
                orders.push((of.session, side, join(Membership::default())));
            }
        }
        let membership = how.membership((of.session, of.side));
        orders.push((session, Side::Caller, join(membership)));
        core.order_rooms(orders);
        Ok(RoomNews::Entered { waits: false })
    }

    fn open_session(&self) -> Option<SessionId> {
        let session = self.session.filter(|session| !session.closing)?;
        Some(session.id)
    }
}

/// Whoever supervises this call does so no longer, since its two sides are not connected any more.
pub(crate) fn end_supervision(core: &mut Core, call: &Call) {
    if core.supervisions.len() > 0 && call.phase != Phase::Talking {
        let mut orders = core.supervisions.supervised_ended(call.key);
        let own = call.session.filter(|session| session.closing);
        // A session that is closed has left everything.
        orders.retain(|(session, ..)| own.is_none_or(|own| own.id != *session));
        core.order_rooms(orders);
    }
}
