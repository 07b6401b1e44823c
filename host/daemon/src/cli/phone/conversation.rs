//! One call of a phone from dialling or waiting to its end, with sound; and the report of it.

use std::fmt;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use switchhook_phone::input::{Command, LineCall};
use switchhook_phone::output::{CallMedia, EndedBy, Event};
use switchhook_sip::build::reason_phrase;

use crate::cli::phone::agent::Agent;
use crate::cli::phone::audio::{Audio, Heard};
use crate::cli::phone::sound::{self, Playback, Source};

/// How long a hold lasts.
const HOLD: Duration = Duration::from_secs(2);
/// How long an outgoing call may ring if nothing else is said.
const PATIENCE: Duration = Duration::from_secs(120);
/// How long the phone stays after its call to repeat and acknowledge what was lost.
const FAREWELL: Duration = Duration::from_millis(500);
/// After the BYE that a call should have had at the latest.
const GRACE: Duration = Duration::from_secs(40);

/// Which side of the call the phone is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// It calls this number.
    Call(String),
    /// It waits for a call, which its behaviour answers.
    Answer,
}

/// What happens in the call.
#[derive(Debug, Clone)]
pub struct Conversation {
    /// The side.
    pub part: Part,
    /// What is played.
    pub playback: Playback,
    /// Where what is heard is written to.
    pub record: Option<PathBuf>,
    /// When the phone hangs up after the answer; `None`: never.
    pub duration: Option<Duration>,
    /// Digits that are sent after the answer.
    pub digits: String,
    /// When the other side is put on hold after the answer.
    pub hold_after: Option<Duration>,
    /// How long the phone waits for the answer, or for a call.
    pub patience: Option<Duration>,
}

/// What became of a call.
#[derive(Debug, Clone, Default)]
pub struct Report {
    /// Whether it was answered.
    pub answered: bool,
    /// Its final status if it was not; 0: nobody called.
    pub status: u16,
    /// From dialling to the answer.
    pub until_answer: Duration,
    /// From the answer to the end.
    pub talk: Duration,
    /// Whether the other side ended it.
    pub ended_by_peer: bool,
    /// What was heard, 8,000 samples a second.
    pub heard: Vec<i16>,
    /// Packets sent.
    pub packets_sent: u64,
    /// Packets received.
    pub packets_received: u64,
    /// Packets that did not arrive in time.
    pub packets_lost: u64,
    /// Digits heard.
    pub digits: String,
}

impl Report {
    /// Why the call was not answered, in words.
    #[must_use]
    pub fn reason(&self) -> String {
        match self.status {
            0 => "nobody called".to_owned(),
            408 => "408, no answer".to_owned(),
            503 => "503, nobody listens there, or the switch is overloaded".to_owned(),
            status => format!("{status} {}", reason_phrase(status)),
        }
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.answered {
            return write!(f, "not answered: {}", self.reason());
        }
        let by = if self.ended_by_peer {
            "the other side"
        } else {
            "us"
        };
        write!(
            f,
            "answered after {:.3} s, talked {:.1} s, hung up by {by}; {} packets sent, {} received, {} lost",
            self.until_answer.as_secs_f64(),
            self.talk.as_secs_f64(),
            self.packets_sent,
            self.packets_received,
            self.packets_lost,
        )?;
        if !self.digits.is_empty() {
            write!(f, "; digits heard: {}", self.digits)?;
        }
        Ok(())
    }
}

/// What is planned within a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Plan {
    Hold,
    Resume,
    HangUp,
    GiveUp,
}

/// A call that goes on.
struct Ongoing {
    began: Instant,
    call: Option<LineCall>,
    answered: Option<Instant>,
    audio: Option<Audio>,
    plans: Vec<(Instant, Plan)>,
    report: Report,
}

impl Conversation {
    /// Holds the conversation to its end. `say` gets a line for each thing that the user may want to know.
    ///
    /// # Errors
    /// The connection to the switch is gone, or a file cannot be read or written.
    pub async fn hold(
        &self,
        agent: &mut Agent,
        mut say: impl FnMut(&str),
    ) -> anyhow::Result<Report> {
        let source = Source::open(&self.playback)?;
        let mut ongoing = Ongoing {
            began: agent.now(),
            call: None,
            answered: None,
            audio: None,
            plans: Vec::new(),
            report: Report::default(),
        };
        self.begin(agent, &mut ongoing).await?;
        loop {
            let next = ongoing.plans.iter().copied().min_by_key(|(at, _)| *at);
            let event = agent.next_event(next.map(|(at, _)| at)).await?;
            let over = match (event, next) {
                (Some(event), _) => self.on_event(agent, &mut ongoing, &source, event, &mut say),
                (None, Some((_, plan))) => self.on_plan(agent, &mut ongoing, plan).await?,
                (None, None) => false,
            };
            if over {
                break;
            }
        }
        let mut report = ongoing.report;
        if let Some(audio) = ongoing.audio {
            report.add(audio.stop().await);
        }
        if let Some(path) = &self.record {
            sound::write(path, &report.heard)?;
        }
        agent.settle(FAREWELL).await;
        Ok(report)
    }

    async fn begin(&self, agent: &mut Agent, ongoing: &mut Ongoing) -> anyhow::Result<()> {
        match &self.part {
            Part::Call(number) => {
                let patience = self.patience.unwrap_or(PATIENCE);
                ongoing.plans.push((ongoing.began + patience, Plan::HangUp));
                agent.command(Command::Call { to: number.clone() }).await
            }
            Part::Answer => {
                let limit = self
                    .patience
                    .map(|patience| (ongoing.began + patience, Plan::GiveUp));
                ongoing.plans.extend(limit);
                Ok(())
            }
        }
    }

    /// Whether the conversation is over.
    fn on_event(
        &self,
        agent: &Agent,
        ongoing: &mut Ongoing,
        source: &Source,
        event: Event,
        say: &mut impl FnMut(&str),
    ) -> bool {
        match event {
            Event::Calling { call, to } => {
                ongoing.call = Some(call);
                say(&format!("calling {to}"));
            }
            Event::Incoming { call, from, .. } => {
                ongoing.began = agent.now();
                ongoing.call = Some(call);
                say(&format!("{from} calls"));
            }
            Event::Progress { status, .. } => say(&format!("{status} {}", reason_phrase(status))),
            Event::EarlyMedia { media, .. } | Event::MediaChanged { media, .. } => {
                ongoing.sound(agent, &media, source);
            }
            Event::Answered { media, .. } => {
                say("answered");
                ongoing.sound(agent, &media, source);
                self.on_answer(agent, ongoing);
            }
            Event::Held(_) => say("the other side is on hold"),
            Event::Resumed(_) => say("the other side is back"),
            Event::HeldByPeer(_) => say("put on hold"),
            Event::ResumedByPeer(_) => say("taken from hold"),
            Event::ChangeRefused(_, status) => say(&format!("hold or resume refused: {status}")),
            Event::Ended { by, .. } => {
                ongoing.report.ended_by_peer = by != EndedBy::Us;
                ongoing.report.talk = ongoing
                    .answered
                    .map(|at| agent.now() - at)
                    .unwrap_or_default();
                return true;
            }
            Event::Failed { status, .. } => {
                ongoing.report.status = status;
                return true;
            }
            Event::RegistrationFailed(status) => {
                say(&format!("the registration is gone: {status}"))
            }
            Event::ProvisionalAcknowledged(_) | Event::Refreshed(_) => {}
            Event::Registered { .. } | Event::Unregistered => {}
        }
        false
    }

    fn on_answer(&self, agent: &Agent, ongoing: &mut Ongoing) {
        let now = agent.now();
        ongoing.answered = Some(now);
        ongoing.report.answered = true;
        ongoing.report.status = 200;
        ongoing.report.until_answer = now - ongoing.began;
        ongoing.plans.clear();
        ongoing
            .plans
            .extend(self.duration.map(|after| (now + after, Plan::HangUp)));
        ongoing
            .plans
            .extend(self.hold_after.map(|after| (now + after, Plan::Hold)));
        if let Some(audio) = &ongoing.audio
            && !self.digits.is_empty()
        {
            audio.digits(&self.digits);
        }
    }

    /// Carries a plan out; whether the conversation is over.
    async fn on_plan(
        &self,
        agent: &mut Agent,
        ongoing: &mut Ongoing,
        plan: Plan,
    ) -> anyhow::Result<bool> {
        ongoing.plans.retain(|(_, other)| *other != plan);
        let now = agent.now();
        match (plan, ongoing.call) {
            (Plan::GiveUp, None) => return Ok(true),
            (Plan::GiveUp, Some(_)) if ongoing.answered.is_some() => {}
            (Plan::GiveUp, Some(_)) => ongoing.plans.push((now + GRACE, Plan::HangUp)),
            (Plan::HangUp, Some(call)) => agent.command(Command::HangUp(call)).await?,
            (Plan::Hold, Some(call)) => {
                ongoing.plans.push((now + HOLD, Plan::Resume));
                agent.command(Command::Hold(call)).await?;
            }
            (Plan::Resume, Some(call)) => agent.command(Command::Resume(call)).await?,
            // A call that could not even be begun.
            (Plan::HangUp | Plan::Hold | Plan::Resume, None) => return Ok(true),
        }
        Ok(false)
    }
}

impl Ongoing {
    fn sound(&mut self, agent: &Agent, media: &CallMedia, source: &Source) {
        match &self.audio {
            Some(audio) => audio.change(media.clone()),
            None => self.audio = Some(Audio::start(agent.sound(), media, source.clone())),
        }
    }
}

impl Report {
    fn add(&mut self, heard: Heard) {
        self.heard = heard.samples;
        self.digits = heard.digits;
        self.packets_sent = heard.sent;
        self.packets_received = heard.received.packets;
        self.packets_lost = heard.received.lost;
    }
}
