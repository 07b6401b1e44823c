//! What the switch itself does with the audio of a call: what it plays to a side, and for which keys it listens. Calls whose
//! sides only hear each other have nothing of it.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use switchhook_media::relay::Side;
use switchhook_routing::prompt::{Prompt, Tone, ToneKind};

use crate::call::caller::CallerState;
use crate::call::media_verbs::Needs;
use crate::call::performing::Performing;
use crate::call::pressed::Way;
use crate::call::state::{Call, Phase};
use crate::core::Core;
use crate::media_command::{MediaCommand, PlayId, Playback, SideOrder};
use crate::output::Output;

/// The longest tone that there is; its cadences fit into it (ITU-T E.180), so that it can be repeated without a seam.
const TONE_MILLISECONDS: u32 = 60_000;

/// What the switch does with the audio of a call.
#[derive(Debug, Default)]
pub(crate) struct Audio {
    /// The act that is being carried out.
    pub(crate) performing: Option<Performing>,
    /// Keys that nobody has asked for yet.
    pub(crate) ahead: VecDeque<char>,
    /// Keys of a moment ago, by the one way that they have come.
    pub(crate) recent: VecDeque<(Way, char, Instant)>,
    /// Whether the caller's keys are listened for.
    listening: bool,
    /// Music or ringing tone that the caller and the called side hear.
    background: [Option<PlayId>; 2],
    /// What the caller is to hear while it rings or is parked, until it can be played.
    pub(crate) waiting: Option<Vec<Prompt>>,
    /// Which of the two has put the other on hold.
    pub(crate) holds: [bool; 2],
    /// How often mailboxes were asked.
    pub(crate) asked: u32,
    /// How many rooms the caller was sent out of by acts that are over, and has not left yet.
    pub(crate) sent_out: u32,
    /// Whether the switch itself has answered the caller before its 200: what that said holds.
    pub(crate) answered_early: bool,
    /// Whether an offer of our own waits for its answer in the caller's ACK.
    pub(crate) offered: bool,
}

/// The place of a side in a pair.
pub(crate) fn place(side: Side) -> usize {
    match side {
        Side::Caller => 0,
        Side::Callee => 1,
    }
}

impl Audio {
    /// Something that was played is over: if it was in the background, nothing is heard there any more.
    pub(crate) fn background_ended(&mut self, side: Side, play: PlayId) {
        if let Some(current) = self.background.get_mut(place(side)) {
            current.take_if(|id| *id == play);
        }
    }

    fn background(&mut self, side: Side) -> Option<&mut Option<PlayId>> {
        self.background.get_mut(place(side))
    }
}

impl Call {
    /// What the switch does with the audio of this call.
    pub(crate) fn audio(&mut self) -> &mut Audio {
        self.audio.get_or_insert_default()
    }

    /// Has something done for a side. `false`: there is no session to do it in.
    pub(crate) fn order(&mut self, core: &mut Core, side: Side, order: SideOrder) -> bool {
        let Some(session) = self.session.filter(|session| !session.closing) else {
            return false;
        };
        core.outputs.push_back(Output::Media(MediaCommand::Side {
            session: session.id,
            side,
            order,
        }));
        true
    }

    /// Plays something to a side.
    pub(crate) fn play(
        &mut self,
        core: &mut Core,
        side: Side,
        prompts: Vec<Prompt>,
        times: Option<u8>,
    ) -> Option<PlayId> {
        let play = PlayId(core.serial());
        let playback = Playback {
            prompts: prompts.into(),
            times,
            domain: self.domain_name(),
        };
        let played = self.order(core, side, SideOrder::Play { play, playback });
        played.then_some(play)
    }

    /// The name of the domain, as orders carry it.
    pub(crate) fn domain_name(&self) -> Arc<str> {
        self.facts.subject.domain.as_str().into()
    }

    /// Says whether the keys of the caller are to be listened for.
    pub(crate) fn listen(&mut self, core: &mut Core, on: bool) {
        let is_on = self.audio.as_ref().is_some_and(|audio| audio.listening);
        if is_on != on && self.order(core, Side::Caller, SideOrder::Listen(on)) {
            self.audio().listening = on;
        }
    }

    /// Something has begun to ring, and the caller is to hear it from us: what the script says, or, as an answered caller gets no
    /// 180 any more, the ringing tone of the country. Early media of whoever is called take its place.
    pub(crate) fn ring_back(&mut self, core: &mut Core) {
        let wanted = self.connecting.as_ref().map(|c| c.connect.ringback.clone());
        let prompt = match (wanted, self.caller.state) {
            (Some(Some(prompt)), CallerState::Waiting | CallerState::Answered) => prompt,
            (Some(None), CallerState::Answered) => Prompt::Tone(Tone {
                kind: ToneKind::Ringing,
                country: None,
                milliseconds: TONE_MILLISECONDS,
            }),
            _ => return,
        };
        if self.caller.hears.is_some() || self.is_rung_back() {
            return;
        }
        if self.caller.state == CallerState::Waiting && self.give_early_media(core).is_err() {
            // It hears what the called side sends.
            return;
        }
        self.audio().waiting = Some(vec![prompt]);
        self.begin_background(core);
    }

    /// Whether the caller hears from us that it rings, or is about to.
    pub(crate) fn is_rung_back(&self) -> bool {
        let audio = self.audio.as_ref();
        audio.is_some_and(|a| a.waiting.is_some()) || self.plays_in_background(Side::Caller)
    }

    /// What the caller is to hear while it rings or is parked is played once it can be heard.
    pub(crate) fn begin_background(&mut self, core: &mut Core) {
        let waits = self.audio.as_ref().is_some_and(|a| a.waiting.is_some());
        let is_time = matches!(self.phase, Phase::Connecting | Phase::Parked);
        if !waits || !is_time || !self.can_be_heard(Needs::Hearing) {
            return;
        }
        if let Some(prompts) = self.audio().waiting.take() {
            self.play_in_background(core, Side::Caller, prompts);
        }
    }

    /// Whether a side hears music or ringing tone.
    pub(crate) fn plays_in_background(&self, side: Side) -> bool {
        let audio = self.audio.as_ref();
        audio.is_some_and(|audio| {
            audio
                .background
                .get(place(side))
                .is_some_and(Option::is_some)
        })
    }

    /// Plays endlessly to a side.
    pub(crate) fn play_in_background(&mut self, core: &mut Core, side: Side, prompts: Vec<Prompt>) {
        let play = self.play(core, side, prompts, None);
        if let Some(background) = self.audio().background(side) {
            *background = play;
        }
    }

    /// A side hears music or ringing tone no longer.
    pub(crate) fn stop_background(&mut self, core: &mut Core, side: Side) {
        let Some(audio) = &mut self.audio else { return };
        if side == Side::Caller {
            audio.waiting = None;
        }
        let playing = audio.background(side).and_then(Option::take);
        if playing.is_some() {
            self.order(core, side, SideOrder::StopPlay);
        }
    }

    /// Both sides are connected: they hear each other, and keys are between them.
    pub(crate) fn hear_each_other(&mut self, core: &mut Core) {
        if self.audio.is_none() {
            return;
        }
        self.stop_background(core, Side::Caller);
        self.listen(core, false);
        let audio = self.audio();
        audio.ahead.clear();
        audio.holds = [false; 2];
    }
}
