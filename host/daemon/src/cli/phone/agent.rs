//! A [`Phone`] with a socket and a clock: carries out what it wants, and hands on what it tells.

use std::collections::VecDeque;
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context as _, bail};
use switchhook_media::sdp::LocalMedia;
use switchhook_phone::config::{Behaviour, PhoneConfig};
use switchhook_phone::input::{Command, Input};
use switchhook_phone::ladder::{Fate, Ladder};
use switchhook_phone::output::{Event, Output};
use switchhook_phone::phone::Phone;
use switchhook_sip::flow::{Flow, ListenerId, Transport};
use tokio::net::UdpSocket;

use crate::cli::phone::audio::bind_pair;
use crate::cli::phone::chance::chance;
use crate::cli::phone::transport::Wire;
use crate::clock::Clock;

/// What the switch is called in ladders.
pub const SWITCH: &str = "switchhook";
/// How long the end of a registration may take.
const UNREGISTER: Duration = Duration::from_secs(2);

/// Who the phone is.
#[derive(Debug, Clone)]
pub struct AgentConfig {
    /// The switch.
    pub server: SocketAddr,
    /// UDP or TCP.
    pub transport: Transport,
    /// The domain.
    pub domain: String,
    /// The user name.
    pub username: String,
    /// The password.
    pub password: String,
    /// The local address; `None`: the one that the route to the switch suggests.
    pub local: Option<IpAddr>,
    /// What it does by itself.
    pub behaviour: Behaviour,
}

/// See the module.
pub struct Agent {
    phone: Phone,
    wire: Wire,
    flow: Flow,
    name: String,
    clock: Clock,
    events: VecDeque<Event>,
    ladder: Ladder,
    sound: Arc<UdpSocket>,
    /// Bound so that nobody else gets the port that SDP implies; the phone does not read reports.
    _reports: UdpSocket,
}

impl Agent {
    /// Opens the sockets of a phone.
    ///
    /// # Errors
    /// There is no route to the switch, nobody listens there (TCP), or no port is free.
    pub async fn bind(config: AgentConfig) -> anyhow::Result<Agent> {
        let AgentConfig {
            server,
            transport,
            domain,
            username,
            password,
            local,
            behaviour,
        } = config;
        let wire = Wire::open(transport, server, local).await?;
        let address = wire.local()?;
        let (sound, reports) = bind_pair(address.ip())
            .await
            .context("no ports for audio")?;
        let media = LocalMedia {
            address: address.ip(),
            port: sound.local_addr()?.port(),
        };
        let flow = Flow {
            transport,
            listener: ListenerId(0),
            peer: server,
            connection: None,
        };
        let name = username.clone();
        let config = PhoneConfig {
            username,
            password,
            domain,
            local: address,
            listener: flow.listener,
            registrar: server,
            transport,
            user_agent: format!("switchhook-phone/{}", env!("CARGO_PKG_VERSION")),
            media,
            t1: Duration::from_millis(500),
            max_calls: 1,
            behaviour,
        };
        Ok(Agent {
            phone: Phone::new(chance(), config),
            wire,
            flow,
            ladder: Ladder::new(&[&name, SWITCH]),
            name,
            clock: Clock::start(),
            events: VecDeque::new(),
            sound: Arc::new(sound),
            _reports: reports,
        })
    }

    /// Counts the times of the ladder from the start of another phone.
    pub fn share_clock(&mut self, other: &Agent) {
        self.clock = other.clock;
    }

    /// The socket for audio.
    #[must_use]
    pub fn sound(&self) -> Arc<UdpSocket> {
        self.sound.clone()
    }

    /// What was sent and received so far.
    #[must_use]
    pub fn ladder(&self) -> &Ladder {
        &self.ladder
    }

    /// Forgets what was sent and received so far.
    pub fn clear_ladder(&mut self) {
        self.ladder = Ladder::new(&[&self.name, SWITCH]);
    }

    /// The phone's user name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The time.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.clock.now()
    }

    /// Registers; for how many seconds.
    ///
    /// # Errors
    /// The registrar refuses, or does not answer in time.
    pub async fn register(&mut self, expires: u32, patience: Duration) -> anyhow::Result<u32> {
        self.command(Command::Register { expires }).await?;
        let deadline = self.now() + patience;
        loop {
            match self.next_event(Some(deadline)).await? {
                Some(Event::Registered { expires }) => return Ok(expires),
                Some(Event::RegistrationFailed(status)) => {
                    bail!("{}: {}", self.identity(), why(status, &self.flow));
                }
                Some(_) => {}
                None => bail!("{}: no answer from {}", self.identity(), self.flow.peer),
            }
        }
    }

    /// Removes the registration; it expires anyway if that fails.
    pub async fn unregister(&mut self) {
        let deadline = self.now() + UNREGISTER;
        if self.command(Command::Unregister).await.is_err() {
            return;
        }
        while let Ok(Some(event)) = self.next_event(Some(deadline)).await {
            if matches!(event, Event::Unregistered | Event::RegistrationFailed(_)) {
                break;
            }
        }
    }

    /// Tells the phone what its user wants.
    ///
    /// # Errors
    /// The connection to the switch is gone.
    pub async fn command(&mut self, command: Command) -> anyhow::Result<()> {
        let now = self.now();
        self.phone.handle(now, Input::Command(command));
        self.carry_out().await
    }

    /// The next thing that the phone tells; `None` when the deadline is reached. Cancelling it loses nothing.
    ///
    /// # Errors
    /// The connection to the switch is gone.
    pub async fn next_event(&mut self, deadline: Option<Instant>) -> anyhow::Result<Option<Event>> {
        loop {
            if let Some(event) = self.events.pop_front() {
                return Ok(Some(event));
            }
            let now = self.now();
            if deadline.is_some_and(|deadline| deadline <= now) {
                return Ok(None);
            }
            let timeout = self.phone.poll_timeout();
            let wake = [deadline, timeout].into_iter().flatten().min();
            let input = tokio::select! {
                received = self.wire.receive() => self.received(received)?,
                () = sleep_until(wake) => Some(Input::Timeout),
            };
            if let Some(input) = input {
                let now = self.now();
                self.phone.handle(now, input);
                self.carry_out().await?;
            }
        }
    }

    /// Lets the phone repeat and acknowledge what is still to be, until it is idle or the time is up.
    pub async fn settle(&mut self, time: Duration) {
        let deadline = self.now() + time;
        while !self.phone.is_idle() && matches!(self.next_event(Some(deadline)).await, Ok(Some(_)))
        {
        }
    }

    fn received(&mut self, received: io::Result<bytes::Bytes>) -> anyhow::Result<Option<Input>> {
        match received {
            Ok(bytes) => {
                let at = self.now() - self.clock.started_at();
                self.ladder
                    .message(at, SWITCH, &self.name, &bytes, Fate::Sent);
                Ok(Some(Input::Received {
                    flow: self.flow,
                    bytes,
                }))
            }
            // UDP: the other end said that nobody listens there.
            Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {
                Ok(Some(Input::FlowFailed { flow: self.flow }))
            }
            Err(error) if self.flow.transport == Transport::Udp => {
                tracing::debug!(%error, "cannot receive");
                Ok(None)
            }
            Err(error) => {
                let peer = self.flow.peer;
                Err(error).with_context(|| format!("the connection to {peer} is gone"))
            }
        }
    }

    async fn carry_out(&mut self) -> anyhow::Result<()> {
        while let Some(output) = self.phone.poll_output() {
            match output {
                Output::Send { flow, bytes } => {
                    let at = self.now() - self.clock.started_at();
                    self.ladder
                        .message(at, &self.name, SWITCH, &bytes, Fate::Sent);
                    if self.wire.send(&bytes).await.is_err() {
                        let now = self.now();
                        self.phone.handle(now, Input::FlowFailed { flow });
                    }
                }
                Output::Event(event) => self.events.push_back(event),
            }
        }
        Ok(())
    }

    fn identity(&self) -> String {
        format!("{} cannot register", self.name)
    }
}

/// What a failed registration means for the user.
fn why(status: u16, flow: &Flow) -> String {
    let Flow {
        peer, transport, ..
    } = flow;
    match status {
        401 | 403 | 407 => format!("{status}, the user name or the password is wrong"),
        404 => "404, the switch does not know the domain or the user".to_owned(),
        408 => format!("{peer} does not answer"),
        503 => format!("nobody listens on {peer} ({transport}), or the switch is overloaded"),
        status => format!("the switch answered {status}"),
    }
}

async fn sleep_until(time: Option<Instant>) {
    match time {
        Some(time) => tokio::time::sleep_until(time.into()).await,
        None => std::future::pending().await,
    }
}
