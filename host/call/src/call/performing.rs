//! Acts carried out: an act begins once the caller can hear it, is told what happens, and asks for what is to be done. There
//! is one act at a time. What the acts do is [`crate::acts`].

use std::collections::VecDeque;
use std::time::Duration;

use switchhook_media::relay::Side;
use switchhook_routing::event::VerbEnd;
use switchhook_routing::outcome::Outcome;

use crate::acts::{Act, Step, Stimulus};
use crate::call::audio::Audio;
use crate::call::deadlines::Timer;
use crate::call::media_verbs::{Begun, Needs};
use crate::call::state::{Call, Phase};
use crate::core::Core;
use crate::keys::{AddressOfRecord, Ticket};
use crate::limits;
use crate::media_command::{
    PlayEnd, PlayId, Recorded, RecordedCall, RecordingEnd, RecordingId, SideOrder,
};
use crate::output::Output;
use crate::rooms::RoomNews;
use crate::voicemail::{MailboxReply, MailboxRequest, MailboxWish};

/// An act that is being carried out.
#[derive(Debug)]
pub(crate) struct Performing {
    act: Box<dyn Act>,
    needs: Needs,
    /// Whether it has begun; until then the caller's media are being agreed on.
    begun: bool,
    /// What it plays.
    play: Option<PlayId>,
    /// What it records.
    recording: Option<RecordingId>,
    /// Whether it has put the caller into a room.
    in_room: bool,
    /// How often acts before it have asked mailboxes.
    asked_before: u32,
}

impl Call {
    /// Carries out an act, as soon as the caller can hear it.
    pub(crate) fn perform_act(
        &mut self,
        core: &mut Core,
        act: Box<dyn Act>,
        needs: Needs,
    ) -> Begun {
        self.phase = Phase::Performing;
        let asked_before = self.audio().asked;
        self.audio().performing = Some(Performing {
            act,
            needs,
            begun: false,
            play: None,
            recording: None,
            in_room: false,
            asked_before,
        });
        if let Err(why) = self.prepare_media(core, needs) {
            self.audio().performing = None;
            self.phase = Phase::Pausing;
            return Begun::failed(why);
        }
        match self.begin_act(core) {
            Some((end, outcome)) => Begun::Over(end, outcome),
            None => Begun::Waits,
        }
    }

    /// What has waited for the caller's media begins, if it can. Asked after whatever has happened to the call.
    pub(crate) fn begin_what_waits(&mut self, core: &mut Core) {
        self.begin_wanted_recording(core);
        if self.audio.is_none() {
            return;
        }
        self.begin_background(core);
        if let Some((end, outcome)) = self.begin_act(core) {
            self.act_over(core, end, outcome);
        }
    }

    /// Tells the act what has happened.
    pub(crate) fn stimulate(&mut self, core: &mut Core, stimulus: Stimulus) {
        if let Some((end, outcome)) = self.feed(core, stimulus) {
            self.act_over(core, end, outcome);
        }
    }

    /// The wait of an act is over.
    pub(crate) fn act_due(&mut self, core: &mut Core) {
        self.stimulate(core, Stimulus::Due);
    }

    /// Something that was played to a side is over.
    pub(crate) fn play_ended(&mut self, core: &mut Core, side: Side, play: PlayId, end: PlayEnd) {
        let Some(audio) = &mut self.audio else { return };
        audio.background_ended(side, play);
        let performing = audio.performing.as_mut();
        let current = performing.and_then(|performing| performing.play.take_if(|id| *id == play));
        if side == Side::Caller && current.is_some() {
            self.stimulate(core, Stimulus::PlayEnded(end));
        }
    }

    /// A recording of the act is over.
    pub(crate) fn act_recorded(
        &mut self,
        core: &mut Core,
        recording: RecordingId,
        end: RecordingEnd,
    ) {
        let Some(performing) = self.performing() else {
            return;
        };
        if performing
            .recording
            .take_if(|id| *id == recording)
            .is_some()
        {
            self.stimulate(core, Stimulus::Recorded(end));
        }
    }

    /// The caller is out of its room.
    pub(crate) fn act_left_room(&mut self, core: &mut Core) {
        let Some(audio) = &mut self.audio else { return };
        if audio.sent_out > 0 {
            // Of a room that an act before has left.
            audio.sent_out -= 1;
            return;
        }
        let Some(performing) = audio.performing.as_mut() else {
            return;
        };
        if std::mem::take(&mut performing.in_room) {
            self.leave_room(core);
            self.stimulate(core, Stimulus::RoomLeft);
        }
    }

    /// The keys were sent.
    pub(crate) fn act_keys_sent(&mut self, core: &mut Core) {
        self.stimulate(core, Stimulus::KeysSent);
    }

    /// The call is over: what was recorded may still come.
    pub(crate) fn act_hung_up(&mut self, core: &mut Core) {
        let over = self.feed(core, Stimulus::HungUp).is_some();
        if let Some(audio) = &mut self.audio {
            let is_recording = |performing: &Performing| performing.recording.is_some();
            if over || !audio.performing.as_ref().is_some_and(is_recording) {
                audio.performing = None;
            }
        }
    }

    /// What the act needs cannot be had after all.
    pub(crate) fn act_failed(&mut self, core: &mut Core, why: &str) {
        if self.performing().is_some() {
            self.stop_performing(core);
            let outcome = Outcome::Failed(why.to_owned());
            self.act_over(core, VerbEnd::Failed(why.to_owned()), outcome);
        }
    }

    /// Whether an act that has begun wants this key now.
    pub(crate) fn act_wants(&mut self, key: char) -> bool {
        self.performing()
            .is_some_and(|performing| performing.begun && performing.act.wants(key))
    }

    /// The act that is being carried out, begun or not.
    pub(crate) fn performing(&mut self) -> Option<&mut Performing> {
        self.audio.as_mut()?.performing.as_mut()
    }

    fn act_over(&mut self, core: &mut Core, end: VerbEnd, outcome: Outcome) {
        if !self.finish_verb(core, end, outcome) {
            self.advance(core);
        }
    }

    fn begin_act(&mut self, core: &mut Core) -> Option<(VerbEnd, Outcome)> {
        let performing = self.performing().filter(|performing| !performing.begun)?;
        let needs = performing.needs;
        if !self.can_be_heard(needs) {
            return None;
        }
        let performing = self.performing()?;
        performing.begun = true;
        let takes_ahead = performing.act.takes_ahead();
        if !self.legs.is_empty() {
            self.silence_callee(core);
        }
        self.stop_background(core, Side::Caller);
        self.listen(core, true);
        if let Some(over) = self.feed(core, Stimulus::Begun) {
            return Some(over);
        }
        while takes_ahead && let Some(key) = self.audio().ahead.pop_front() {
            if let Some(over) = self.feed(core, Stimulus::Key(key)) {
                return Some(over);
            }
        }
        None
    }

    /// Hands a stimulus to the act and carries out what it asks for, until it says that it is over.
    fn feed(&mut self, core: &mut Core, stimulus: Stimulus) -> Option<(VerbEnd, Outcome)> {
        let mut stimuli = VecDeque::from([stimulus]);
        while let Some(stimulus) = stimuli.pop_front() {
            let performing = self.performing().filter(|performing| performing.begun)?;
            let mut steps = Vec::new();
            performing.act.step(stimulus, &mut steps);
            for step in steps {
                match step {
                    Step::Done { end, outcome } => {
                        self.stop_performing(core);
                        return Some((end, outcome));
                    }
                    Step::HangUp => {
                        self.stop_performing(core);
                        self.close_verb(core, VerbEnd::Completed);
                        self.end(core, self.ended_by_switch());
                        return None;
                    }
                    Step::Enter(_) | Step::Wish(_) | Step::Supervise(_) => {
                        let is_entry = matches!(step, Step::Enter(_));
                        let news = self.in_room(core, step);
                        if let (true, Some(RoomNews::Entered { .. })) = (is_entry, news)
                            && let Some(performing) = self.performing()
                        {
                            performing.in_room = true;
                        }
                        stimuli.extend(news.map(Stimulus::Room));
                    }
                    step => self.carry_out(core, step),
                }
            }
        }
        None
    }

    fn carry_out(&mut self, core: &mut Core, step: Step) {
        match step {
            Step::Play { prompts, times } => {
                let play = self.play(core, Side::Caller, prompts, times);
                if let Some(performing) = self.performing() {
                    performing.play = play;
                }
            }
            Step::StopPlay => self.stop_act_play(core),
            Step::Wait(length) if self.phase != Phase::Ending => {
                self.deadlines.set(Timer::Act, core.now + length);
            }
            Step::Wait(_) => {}
            Step::StopWaiting => self.deadlines.clear(Timer::Act),
            Step::SendKeys { keys, length } => {
                let shortest = Duration::from_millis(limits::SHORTEST_KEY_MILLISECONDS.into());
                let longest = Duration::from_millis(limits::LONGEST_KEY_MILLISECONDS.into());
                let length = length.clamp(shortest, longest);
                let order = SideOrder::SendKeys { keys, length };
                self.order(core, Side::Caller, order);
            }
            Step::Record(what) => self.record_for_act(core, what),
            Step::StopRecording => self.stop_act_recording(core),
            Step::Leave => {
                self.order(core, Side::Caller, SideOrder::Leave);
            }
            Step::Mailbox { mailbox, wish } => self.ask_mailbox(core, mailbox, wish),
            // Handled where the steps come from.
            Step::Done { .. }
            | Step::HangUp
            | Step::Enter(_)
            | Step::Wish(_)
            | Step::Supervise(_) => {}
        }
    }

    /// A mailbox has answered.
    pub(crate) fn mailbox_answered(&mut self, core: &mut Core, serial: u32, reply: MailboxReply) {
        let performing = self.performing();
        if performing.is_some_and(|performing| serial > performing.asked_before) {
            self.stimulate(core, Stimulus::Mailbox(reply));
        }
    }

    fn ask_mailbox(&mut self, core: &mut Core, mailbox: String, wish: MailboxWish) {
        let audio = self.audio();
        audio.asked = audio.asked.wrapping_add(1);
        let ticket = Ticket {
            serial: audio.asked,
            call: self.key,
        };
        let request = MailboxRequest {
            ticket,
            mailbox: AddressOfRecord {
                domain: self.facts.subject.domain.clone(),
                user: mailbox,
            },
            wish,
        };
        core.outputs.push_back(Output::Mailbox(Box::new(request)));
    }

    /// The act is over: nothing of it goes on.
    fn stop_performing(&mut self, core: &mut Core) {
        self.deadlines.clear(Timer::Act);
        self.stop_act_play(core);
        self.stop_act_recording(core);
        if self
            .performing()
            .is_some_and(|performing| performing.in_room)
        {
            self.leave_room(core);
            if self.order(core, Side::Caller, SideOrder::Leave) {
                self.audio().sent_out += 1;
            }
        }
        self.audio().performing = None;
        if self.phase == Phase::Performing {
            self.phase = Phase::Pausing;
        }
    }

    fn stop_act_play(&mut self, core: &mut Core) {
        let performing = self.performing();
        if performing
            .and_then(|performing| performing.play.take())
            .is_some()
        {
            self.order(core, Side::Caller, SideOrder::StopPlay);
        }
    }

    fn record_for_act(&mut self, core: &mut Core, what: Recorded) {
        let begun = self.begin_recording(core, what);
        if let Some(performing) = self.performing() {
            performing.recording = begun;
        }
    }

    /// What is kept of the call with a recording.
    pub(crate) fn as_recorded(&self) -> RecordedCall {
        let subject = &self.facts.subject;
        let shown = |text: &String| match self.facts.presentation.hidden {
            true => String::new(),
            false => text.clone(),
        };
        RecordedCall {
            call_id: subject.call_id.clone(),
            caller: shown(&subject.caller),
            caller_name: shown(&self.facts.caller_name),
            callee: self.routing.callee.clone(),
        }
    }

    fn stop_act_recording(&mut self, core: &mut Core) {
        let recording = self
            .performing()
            .and_then(|performing| performing.recording);
        if let Some(recording) = recording {
            self.order(core, Side::Caller, SideOrder::StopRecording(recording));
        }
    }
}

impl Audio {
    /// Whether an act is being carried out, begun or not.
    pub(crate) fn is_performing(&self) -> bool {
        self.performing.is_some()
    }
}
