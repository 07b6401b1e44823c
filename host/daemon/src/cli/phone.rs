//! `switchhook phone`: a telephone on the command line. It registers, calls or answers, plays a file or a tone, records
//! what it hears, and draws what was said. What a phone does is `switchhook-phone`; here are its sockets, files and words.

use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context as _, bail};
use clap::Args;
use switchhook_phone::config::Behaviour;
use switchhook_sip::flow::Transport;

use crate::cli::phone::agent::{Agent, AgentConfig};
use crate::cli::phone::conversation::{Conversation, Part, Report};
use crate::cli::phone::sound::Playback;

pub mod agent;
mod audio;
mod chance;
pub mod conversation;
pub mod demo;
pub mod sound;
mod transport;

/// How long the registrar may take.
const REGISTRATION_SECONDS: u64 = 40;

/// A telephone: registers, then calls a number or waits for a call.
#[derive(Debug, Clone, Args)]
pub struct PhoneArgs {
    /// The address of the switch.
    #[arg(long, default_value = "127.0.0.1:5060", value_name = "ADDRESS:PORT")]
    pub server: SocketAddr,
    /// The domain that the phone belongs to.
    #[arg(long, default_value = "localhost")]
    pub domain: String,
    /// The user name.
    #[arg(long, value_name = "NAME")]
    pub user: String,
    /// The password.
    #[arg(
        long,
        env = "SWITCHHOOK_PHONE_PASSWORD",
        default_value = "",
        hide_env_values = true
    )]
    pub password: String,
    /// Call this number or SIP URI.
    #[arg(long, value_name = "NUMBER", conflicts_with = "answer")]
    pub call: Option<String>,
    /// Wait for one call and answer it.
    #[arg(long)]
    pub answer: bool,
    /// Use TCP instead of UDP.
    #[arg(long)]
    pub tcp: bool,
    /// Do not register before calling.
    #[arg(long)]
    pub no_register: bool,
    /// Play a WAV file, or a tone: `tone:440`.
    #[arg(
        long,
        default_value = "tone:440",
        value_name = "FILE.wav|tone:HERTZ|silence"
    )]
    pub play: Playback,
    /// Record what is heard into this WAV file.
    #[arg(long, value_name = "OUT.wav")]
    pub record: Option<PathBuf>,
    /// Hang up this many seconds after the call was answered.
    #[arg(long, value_name = "SECONDS")]
    pub duration: Option<f64>,
    /// Send these digits after the answer.
    #[arg(long, value_name = "DIGITS")]
    pub dtmf: Option<String>,
    /// Put the other side on hold this many seconds after the answer, and take it back two seconds later.
    #[arg(long, value_name = "SECONDS")]
    pub hold_after: Option<f64>,
    /// Let a call ring this many seconds before it is answered.
    #[arg(long, default_value_t = 1.0, value_name = "SECONDS")]
    pub ring: f64,
    /// Wait at most this many seconds for the answer or for a call.
    #[arg(long, value_name = "SECONDS")]
    pub patience: Option<f64>,
    /// The local address of SIP and audio.
    #[arg(long, value_name = "ADDRESS")]
    pub local: Option<IpAddr>,
    /// Do not draw the ladder.
    #[arg(long)]
    pub quiet: bool,
}

/// Runs the phone until its call is over. An error if the registration or the call failed.
///
/// # Errors
/// What failed, in words for the user.
pub async fn run(args: PhoneArgs) -> anyhow::Result<()> {
    if args.call.is_none() && !args.answer {
        bail!("nothing to do: give --call NUMBER or --answer");
    }
    let mut agent = Agent::bind(agent_config(&args)?).await?;
    let outcome = if args.no_register {
        talk(&mut agent, &args).await
    } else {
        registered(&mut agent, &args).await
    };
    if !args.quiet {
        println!("\n{}", agent.ladder().render());
    }
    let report = outcome?;
    println!("{report}");
    if report.answered {
        Ok(())
    } else {
        bail!("the call failed: {}", report.reason())
    }
}

/// A call between registration and its removal.
async fn registered(agent: &mut Agent, args: &PhoneArgs) -> anyhow::Result<Report> {
    let patience = Duration::from_secs(REGISTRATION_SECONDS);
    let expires = agent.register(300, patience).await?;
    println!("registered {}@{} for {expires} s", args.user, args.domain);
    let outcome = talk(agent, args).await;
    agent.unregister().await;
    outcome
}

async fn talk(agent: &mut Agent, args: &PhoneArgs) -> anyhow::Result<Report> {
    let part = match &args.call {
        Some(number) => Part::Call(number.clone()),
        None => Part::Answer,
    };
    let conversation = Conversation {
        part,
        playback: args.play.clone(),
        record: args.record.clone(),
        duration: seconds(args.duration, "--duration")?,
        digits: args.dtmf.clone().unwrap_or_default(),
        hold_after: seconds(args.hold_after, "--hold-after")?,
        patience: seconds(args.patience, "--patience")?,
    };
    conversation.hold(agent, |line| println!("{line}")).await
}

fn agent_config(args: &PhoneArgs) -> anyhow::Result<AgentConfig> {
    let ring = seconds(Some(args.ring), "--ring")?;
    let behaviour = Behaviour {
        auto_answer_after: if args.answer { ring } else { None },
        reject_with: if args.answer { None } else { Some(486) },
        ..Behaviour::default()
    };
    Ok(AgentConfig {
        server: args.server,
        transport: if args.tcp {
            Transport::Tcp
        } else {
            Transport::Udp
        },
        domain: args.domain.clone(),
        username: args.user.clone(),
        password: args.password.clone(),
        local: args.local,
        behaviour,
    })
}

fn seconds(value: Option<f64>, option: &str) -> anyhow::Result<Option<Duration>> {
    value
        .map(|value| {
            Duration::try_from_secs_f64(value).with_context(|| format!("{option} {value}: no time"))
        })
        .transpose()
}
