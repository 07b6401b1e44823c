//! What a call wants that concerns another call. A call's step sees only the call and [`crate::core::Core`]; it puts such a
//! wish into `core.asks`, and the exchange works it off right after the step, with both calls in hand.

use switchhook_media::relay::Side;
use switchhook_sip::message::Request;
use switchhook_sip::transaction::ServerTransaction;

use crate::call::state::News;
use crate::codes::Dialled;
use crate::exchange::Exchange;
use crate::keys::{CallKey, LegId};
use crate::transfer::replaces::Replaces;

/// What a call wants that concerns another call. A wish about a call that has ended meanwhile comes to nothing.
#[derive(Debug)]
pub(crate) enum Ask {
    /// A side of this call asks for a transfer; the REFER waits for its answer.
    Refer {
        call: CallKey,
        leg: LegId,
        tx: ServerTransaction,
        request: Box<Request>,
    },
    /// The caller of this call is needed here: it is to be brought from the call that it is still in.
    Adopt { call: CallKey },
    /// A transfer that `call` has asked for has got as far as this status; it is the call `of`.
    Tell {
        call: CallKey,
        of: CallKey,
        status: u16,
    },
    /// Nobody wants this call any more whose caller is in another call.
    Abandon { call: CallKey },
    /// This call wants the party on that side of another call as its called side.
    Join {
        call: CallKey,
        partner: (CallKey, Side),
    },
    /// A party that was lent has answered in its new call.
    Joined { lender: CallKey, new: CallKey },
    /// It is not needed there.
    GiveBack {
        lender: CallKey,
        new: CallKey,
        leg: usize,
    },
    /// The caller of this call has dialled a code to take up a call of others.
    TakeUp { call: CallKey, dialled: Dialled },
    /// The caller of this call wants the place of somebody in another.
    Replace { call: CallKey, replaces: Replaces },
    /// It has hung up.
    Lost { lender: CallKey, new: CallKey },
}

impl Exchange {
    /// Works off what the calls want of one another.
    pub(crate) fn work_off(&mut self) {
        while let Some(ask) = self.core.asks.pop_front() {
            match ask {
                Ask::Refer {
                    call,
                    leg,
                    tx,
                    request,
                } => self.refer(call, leg, tx, &request),
                Ask::Adopt { call } => self.adopt(call),
                Ask::Tell { call, of, status } => {
                    self.with(call, |core, call| call.referral_is_at(core, of, status));
                }
                Ask::Abandon { call } => self.step(call, News::HangUp),
                Ask::Join { call, partner } => self.join(call, partner),
                Ask::Joined { lender, new } => self.joined(lender, new),
                Ask::GiveBack { lender, new, leg } => self.give_back(lender, new, leg),
                Ask::TakeUp { call, dialled } => self.take_up(call, &dialled),
                Ask::Replace { call, replaces } => self.replace(call, &replaces),
                Ask::Lost { lender, new } => {
                    self.with(lender, |core, call| call.lent_is_lost(core, new));
                }
            }
        }
    }
}
