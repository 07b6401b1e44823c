//! The recordings of a call: of the call itself, from its `record` on until it is told to stop or the call is over, and of what
//! callers say to acts. The end of the call waits a moment for them, so that they are told of before it.

use switchhook_media::relay::Side;
use switchhook_routing::event::VerbEnd;
use switchhook_routing::outcome::Outcome;
use switchhook_routing::verb::{Recording, RecordingAction};

use crate::acts::record::Recording as RecordingAct;
use crate::acts::texts::beep;
use crate::call::caller::CallerState;
use crate::call::media_verbs::{Begun, Needs};
use crate::call::state::{Call, Phase};
use crate::core::Core;
use crate::media_command::{
    Recorded, RecordingEnd, RecordingId, RecordingOrder, RecordingWish, SideOrder,
};

/// The recordings of a call.
#[derive(Debug, Default)]
pub(crate) struct Recordings {
    /// The call is to be recorded as soon as it is answered.
    pub(crate) wanted: bool,
    /// Nothing is to be recorded for now.
    paused: bool,
    /// The recording of the call that goes on.
    current: Option<RecordingId>,
    /// Those that were begun and of whose end nothing was told yet.
    awaited: Vec<RecordingId>,
}

impl Call {
    /// Carries out a `record`.
    pub(crate) fn record_verb(&mut self, core: &mut Core, verb: &Recording) -> Begun {
        let wish = match &verb.action {
            RecordingAction::Start => RecordingWish::Start,
            RecordingAction::Pause => RecordingWish::Pause,
            RecordingAction::Stop => RecordingWish::Stop,
            RecordingAction::Message(message) => {
                let act = Box::new(RecordingAct::new(message));
                return self.perform_act(core, act, Needs::Answer);
            }
        };
        self.record(core, wish);
        Begun::Over(VerbEnd::Completed, Outcome::Completed)
    }

    /// Does something with the recording of the call.
    pub(crate) fn record(&mut self, core: &mut Core, wish: RecordingWish) {
        match wish {
            RecordingWish::Start => {
                self.recordings.wanted = true;
                self.pause_recording(core, false);
                self.begin_wanted_recording(core);
            }
            RecordingWish::Pause => self.pause_recording(core, true),
            RecordingWish::Stop => {
                self.recordings.wanted = false;
                if let Some(recording) = self.recordings.current.take() {
                    self.order(core, Side::Caller, SideOrder::StopRecording(recording));
                }
            }
        }
    }

    /// Begins the recording that is wanted, once there is something to record.
    pub(crate) fn begin_wanted_recording(&mut self, core: &mut Core) {
        let recordings = &self.recordings;
        if !recordings.wanted || recordings.current.is_some() || self.phase == Phase::Ending {
            return;
        }
        if self.caller.state != CallerState::Answered {
            return;
        }
        let begun = self.begin_recording(core, Recorded::Call);
        self.recordings.current = begun;
        if let Some(recording) = begun.filter(|_| self.recordings.paused) {
            let order = SideOrder::PauseRecording(recording, true);
            self.order(core, Side::Caller, order);
        }
        if begun.is_some() && self.config.recording_beep {
            self.beep_for_recording(core);
        }
    }

    /// Begins a recording of what the caller says.
    pub(crate) fn begin_recording(
        &mut self,
        core: &mut Core,
        what: Recorded,
    ) -> Option<RecordingId> {
        let number = core.serial();
        let recording = RecordingId(number);
        let order = RecordingOrder {
            recording,
            domain: self.domain_name(),
            name: format!("{}-{number}", self.facts.subject.call_id),
            at: core.epoch_ms(core.now),
            call: self.as_recorded(),
            what,
        };
        let begun = self.order(core, Side::Caller, SideOrder::Record(Box::new(order)));
        if begun {
            self.recordings.awaited.push(recording);
        }
        begun.then_some(recording)
    }

    /// A recording is over.
    pub(crate) fn recording_ended(
        &mut self,
        core: &mut Core,
        recording: RecordingId,
        end: RecordingEnd,
    ) {
        let recordings = &mut self.recordings;
        let was_awaited = recordings.awaited.contains(&recording);
        if !was_awaited {
            // It came after the call's record was written.
            return;
        }
        recordings.awaited.retain(|other| *other != recording);
        if recordings
            .current
            .take_if(|current| *current == recording)
            .is_some()
        {
            // It is as long as it may be, or has failed: another one would fare no better.
            recordings.wanted = false;
        }
        self.journal.recorded(core, &self.facts, &end);
        self.act_recorded(core, recording, end);
        if self.phase == Phase::Ending && !self.awaits_recordings() {
            self.journal.tell_completed(core, &self.facts);
            if self.journal.media.is_some() {
                self.journal.write(core, &self.facts);
            }
        }
    }

    /// Whether the end of a recording has yet to be told.
    pub(crate) fn awaits_recordings(&self) -> bool {
        !self.recordings.awaited.is_empty()
    }

    fn pause_recording(&mut self, core: &mut Core, paused: bool) {
        if self.recordings.paused == paused {
            return;
        }
        self.recordings.paused = paused;
        if let Some(recording) = self.recordings.current {
            let order = SideOrder::PauseRecording(recording, paused);
            self.order(core, Side::Caller, order);
        }
    }

    fn beep_for_recording(&mut self, core: &mut Core) {
        if self.performing().is_none() {
            self.play(core, Side::Caller, vec![beep()], Some(1));
        }
        if self.bridged.is_some() {
            self.play(core, Side::Callee, vec![beep()], Some(1));
        }
    }
}
