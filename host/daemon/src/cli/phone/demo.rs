//! A call between two phones of this process: `switchhook serve --demo` shows the switch with it.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context as _;
use switchhook_media::audio::tone::amplitude;
use switchhook_phone::config::Behaviour;
use switchhook_phone::ladder::Ladder;
use switchhook_sip::flow::Transport;

use crate::cli::phone::agent::{Agent, AgentConfig};
use crate::cli::phone::conversation::{Conversation, Part, Report};
use crate::cli::phone::sound::{Playback, RATE};

/// The tone that the caller plays: hertz.
const CALLER_TONE: f64 = 440.0;
/// The tone that the called phone plays: hertz.
const CALLEE_TONE: f64 = 620.0;
/// The least amplitude of a tone that counts as heard, of 32,767; 8,000 are played.
const HEARD: f64 = 1_000.0;
/// How long a registration may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// A call to be placed between two phones.
#[derive(Debug, Clone)]
pub struct DemoCall {
    /// The switch.
    pub server: SocketAddr,
    /// The domain of both phones.
    pub domain: String,
    /// User name and password of the phone that calls.
    pub caller: (String, String),
    /// User name and password of the phone that answers.
    pub callee: (String, String),
    /// What is dialled.
    pub number: String,
    /// How long they talk.
    pub talk: Duration,
}

/// What became of it.
#[derive(Debug, Clone)]
pub struct CallReport {
    /// What the caller saw.
    pub caller: Report,
    /// What the called phone saw; `None` if it was not called.
    pub callee: Option<Report>,
    /// Whether each heard the other's tone.
    pub heard_each_other: bool,
    /// The messages of both phones, registrations left out.
    pub ladder: Ladder,
}

/// Registers both phones, lets one call and the other answer, and takes both away again.
///
/// # Errors
/// A phone cannot register, or the switch is gone. A call that is not answered is no error: see the report.
pub async fn place_call(call: &DemoCall) -> anyhow::Result<CallReport> {
    let mut caller = phone(call, &call.caller, Behaviour::default()).await?;
    let answer = Some(Duration::from_millis(300));
    let behaviour = Behaviour {
        auto_answer_after: answer,
        ..Behaviour::default()
    };
    let mut callee = phone(call, &call.callee, behaviour).await?;
    callee.share_clock(&caller);

    let dialling = Conversation {
        duration: Some(call.talk),
        ..conversation(Part::Call(call.number.clone()), CALLER_TONE)
    };
    let answering = conversation(Part::Answer, CALLEE_TONE);
    let (called, answered) = talk(&mut caller, &dialling, &mut callee, &answering).await?;

    let mut ladder = Ladder::new(&[
        caller.name(),
        crate::cli::phone::agent::SWITCH,
        callee.name(),
    ]);
    ladder.merge(caller.ladder());
    ladder.merge(callee.ladder());
    tokio::join!(caller.unregister(), callee.unregister());
    let heard_each_other = answered.as_ref().is_some_and(|answered| {
        hears(&called.heard, CALLEE_TONE) && hears(&answered.heard, CALLER_TONE)
    });
    Ok(CallReport {
        caller: called,
        callee: answered,
        heard_each_other,
        ladder,
    })
}

/// Both conversations, until the caller's is over; the called phone has a moment to notice.
async fn talk(
    caller: &mut Agent,
    dialling: &Conversation,
    callee: &mut Agent,
    answering: &Conversation,
) -> anyhow::Result<(Report, Option<Report>)> {
    const MOMENT: Duration = Duration::from_secs(2);
    let answer = answering.hold(callee, |_| {});
    tokio::pin!(answer);
    let mut answered = None;
    let called = {
        let dial = dialling.hold(caller, |_| {});
        tokio::pin!(dial);
        loop {
            tokio::select! {
                called = &mut dial => break called?,
                report = &mut answer, if answered.is_none() => answered = Some(report?),
            }
        }
    };
    if answered.is_none()
        && called.answered
        && let Ok(report) = tokio::time::timeout(MOMENT, &mut answer).await
    {
        answered = Some(report?);
    }
    Ok((called, answered))
}

async fn phone(
    call: &DemoCall,
    (username, password): &(String, String),
    behaviour: Behaviour,
) -> anyhow::Result<Agent> {
    let config = AgentConfig {
        server: call.server,
        transport: Transport::Udp,
        domain: call.domain.clone(),
        username: username.clone(),
        password: password.clone(),
        local: None,
        behaviour,
    };
    let mut agent = Agent::bind(config).await?;
    agent
        .register(300, PATIENCE)
        .await
        .context("the demonstration call")?;
    agent.clear_ladder();
    Ok(agent)
}

fn conversation(part: Part, hertz: f64) -> Conversation {
    Conversation {
        part,
        playback: Playback::Tone(hertz),
        record: None,
        duration: None,
        digits: String::new(),
        hold_after: None,
        patience: None,
    }
}

/// Whether a tone is in what was heard, its beginning left out.
fn hears(samples: &[i16], hertz: f64) -> bool {
    let rest = samples.get(samples.len() / 4..).unwrap_or_default();
    amplitude(rest, hertz, RATE) > HEARD
}
