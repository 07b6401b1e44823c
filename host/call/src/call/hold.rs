//! Music for who is on hold, and for who is parked: what the domain says, instead of silence.
//!
//! Who holds says so in an offer that does not want to receive (RFC 3264 §8.4). A client that holds is taken to send nothing
//! of its own, even where it says `sendonly`; a trunk that says so has music of its own and is heard.

use switchhook_media::relay::Side;
use switchhook_media::sdp::{Direction, Offer};
use switchhook_routing::prompt::Prompt;

use crate::call::audio::place;
use crate::call::own_media::own_codecs;
use crate::call::state::{Call, Phase};
use crate::core::Core;

impl Call {
    /// The music of the domain; empty: none.
    pub(crate) fn music(&self) -> &[Prompt] {
        self.domain()
            .map_or(&[], |domain| domain.music_on_hold.as_slice())
    }

    /// A side has said in which directions its media go: it may have put the other one on hold, or taken it back.
    pub(crate) fn side_is(&mut self, core: &mut Core, side: Side, direction: Direction) {
        if self.music().is_empty() || self.phase != Phase::Talking {
            return;
        }
        let silent = direction == Direction::Inactive || self.client_of(side).is_some();
        let holds = !direction.receives() && silent;
        if let Some(known) = self.audio().holds.get_mut(place(side)) {
            *known = holds;
        }
        let [caller, callee] = self.audio().holds;
        self.play_while(core, Side::Caller, callee && !caller);
        self.play_while(core, Side::Callee, caller && !callee);
    }

    /// An offer as whoever is put on hold by it gets it: it is to hear music, even if nobody is to hear it.
    pub(crate) fn with_music(&self, offer: &Offer) -> Option<Offer> {
        let known = own_codecs();
        let can_hear = || {
            let common = offer.select(&known);
            common.iter().any(|codec| codec.carries_sound())
        };
        let is_silent = offer.remote().direction == Direction::Inactive;
        (is_silent && self.session.is_some() && !self.music().is_empty() && can_hear())
            .then(|| offer.clone().heard())
    }

    /// A parked caller hears music, if there is any. `false`: there is none.
    pub(crate) fn play_to_parked(&mut self, core: &mut Core) -> bool {
        let music = self.music().to_vec();
        if self.phase != Phase::Parked || music.is_empty() {
            return false;
        }
        if self.open_own_session(core).is_err() {
            return false;
        }
        self.offer_by_ourselves(core, Direction::SendOnly);
        self.audio().waiting = Some(music);
        true
    }

    fn play_while(&mut self, core: &mut Core, side: Side, held: bool) {
        match (held, self.plays_in_background(side)) {
            (true, false) => {
                let music = self.music().to_vec();
                self.play_in_background(core, side, music);
            }
            (false, true) => self.stop_background(core, side),
            _ => {}
        }
    }
}
