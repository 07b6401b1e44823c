//! Feature codes carried out: a client has dialled one, and the switch itself answers. What the codes are is the domain's
//! configuration.
//!
//! A code that sets something is answered with 200 and hung up after a moment, so that the phone shows a call that went well; there
//! is nothing to hear until the switch has prompts. A code that cannot be carried out is refused, with a status that says why.

use std::time::Duration;

use switchhook_media::relay::Side;
use switchhook_media::sdp::{Answer, Codec, Direction, Offer};
use switchhook_routing::record::{Disposition, Party};

use crate::asks::Ask;
use crate::call::deadlines::Timer;
use crate::call::end::End;
use crate::call::media::Session;
use crate::call::state::{Call, Phase};
use crate::codes::{Dialled, Feature, Occasion};
use crate::core::Core;
use crate::forwarding::{Change, ClientSettings};
use crate::keys::AddressOfRecord;

/// How long a call lasts that only dialled a code.
const HEARD: Duration = Duration::from_millis(1500);

impl Call {
    /// Carries out what was dialled; nobody is asked where the call goes.
    pub(crate) fn carry_out_code(&mut self, core: &mut Core, dialled: Dialled) {
        match dialled.feature {
            Feature::DoNotDisturb(switch) => self.change_settings(core, |settings| {
                vec![Change::DoNotDisturb(switch.apply(settings.do_not_disturb))]
            }),
            Feature::Forward(occasion, true) => self.forward_to(core, occasion, dialled.argument),
            Feature::Forward(occasion, false) => {
                self.change_settings(core, |_| vec![Change::Forward(occasion, None)]);
            }
            Feature::ForwardNothing => self.change_settings(core, |_| {
                Occasion::ALL
                    .map(|occasion| Change::Forward(occasion, None))
                    .into()
            }),
            Feature::Pickup | Feature::PickupGroup | Feature::Park => {
                let call = self.key;
                core.asks.push_back(Ask::TakeUp { call, dialled });
            }
            Feature::Supervise(_) => self.refuse_code(core, 501),
        }
    }

    fn forward_to(&mut self, core: &mut Core, occasion: Occasion, number: String) {
        let own = self.caller_client();
        if own.is_some_and(|client| client.user == number) {
            return self.refuse_code(core, 403);
        }
        self.change_settings(core, |_| vec![Change::Forward(occasion, Some(number))]);
    }

    fn change_settings(
        &mut self,
        core: &mut Core,
        changes: impl FnOnce(&ClientSettings) -> Vec<Change>,
    ) {
        let Some(client): Option<AddressOfRecord> = self.caller_client() else {
            return self.refuse_code(core, 403);
        };
        if !core.can_set(&client) {
            return self.refuse_code(core, 503);
        }
        if self.confirm_code(core) {
            let changes = changes(&core.settings_of(&client));
            core.change_settings(&client, changes);
        }
    }

    /// 200, and BYE after a moment. `false`: it was refused.
    fn confirm_code(&mut self, core: &mut Core) -> bool {
        let caller = self.caller.address();
        self.session = Session::open(core, self.key, caller, caller);
        let Some(session) = self.session else {
            self.refuse_code(core, 503);
            return false;
        };
        let codecs = [Codec::pcma(), Codec::pcmu()];
        let (local, origin) = (session.local(Side::Caller), self.caller.said.origin());
        let body = match &self.caller.offer {
            Some(offer) => Answer::create(offer, local, origin, &codecs, Direction::Inactive),
            None => Ok(Offer::create(local, origin, &codecs, Direction::Inactive)),
        };
        let Ok(body) = body else {
            self.refuse_code(core, 488);
            return false;
        };
        core.counters.answered += 1;
        self.journal.answered_at = Some(core.epoch_ms(core.now));
        self.answer_caller(core, Some(body));
        self.phase = Phase::Pausing;
        self.deadlines.set(Timer::Pause, core.now + HEARD);
        true
    }

    fn refuse_code(&mut self, core: &mut Core, status: u16) {
        self.end(core, End::of(Disposition::Failed, status, Party::Switch));
    }
}
