//! A phone that a test holds in its hand. It is served in the background, so that it answers while the test does other things.

use std::time::Duration;

use switchhook_daemon::cli::phone::agent::{Agent, AgentConfig};
use switchhook_phone::input::{Command, LineCall};
use switchhook_phone::output::Event;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::task::JoinHandle;
use tokio::time::timeout;

use crate::world::PATIENCE;

/// See the module. Dropping it takes the phone off the network without a word.
pub struct Telephone {
    commands: UnboundedSender<Command>,
    events: UnboundedReceiver<Event>,
    task: JoinHandle<()>,
}

impl Telephone {
    /// A phone that has registered.
    ///
    /// # Panics
    /// It cannot.
    pub async fn registered(config: AgentConfig) -> Telephone {
        Telephone::try_registered(config)
            .await
            .expect("the phone registers")
    }

    /// A phone that has registered, or why it could not.
    ///
    /// # Errors
    /// What the phone says.
    pub async fn try_registered(config: AgentConfig) -> anyhow::Result<Telephone> {
        let mut agent = Agent::bind(config).await?;
        agent.register(300, PATIENCE).await?;
        let (commands, mut wishes) = unbounded_channel();
        let (sender, events) = unbounded_channel();
        let task = tokio::spawn(async move {
            loop {
                let happened = tokio::select! {
                    event = agent.next_event(None) => event,
                    Some(command) = wishes.recv() => agent.command(command).await.map(|()| None),
                    else => return,
                };
                match happened {
                    Ok(Some(event)) => drop(sender.send(event)),
                    Ok(None) => {}
                    Err(_) => return,
                }
            }
        });
        Ok(Telephone {
            commands,
            events,
            task,
        })
    }

    /// Tells it what its user wants.
    pub fn command(&self, command: Command) {
        let _ = self.commands.send(command);
    }

    /// The next thing that it tells for which `wanted` gives something; the rest is passed over.
    ///
    /// # Panics
    /// There is none in time.
    pub async fn wait<T>(&mut self, what: &str, wanted: impl Fn(&Event) -> Option<T>) -> T {
        let search = async {
            while let Some(event) = self.events.recv().await {
                if let Some(found) = wanted(&event) {
                    return Some(found);
                }
            }
            None
        };
        let found = timeout(PATIENCE, search).await;
        found
            .ok()
            .flatten()
            .unwrap_or_else(|| panic!("the phone did not tell in time: {what}"))
    }

    /// Calls, and waits until that is answered or has failed.
    ///
    /// # Errors
    /// The final status.
    pub async fn call(&mut self, number: &str) -> Result<LineCall, u16> {
        self.command(Command::Call {
            to: number.to_owned(),
        });
        self.wait(
            &format!("how the call to {number} went"),
            |event| match event {
                Event::Answered { call, .. } => Some(Ok(*call)),
                Event::Failed { status, .. } => Some(Err(*status)),
                _ => None,
            },
        )
        .await
    }

    /// Waits until a call rings here.
    pub async fn rings(&mut self) -> LineCall {
        self.wait("an incoming call", |event| match event {
            Event::Incoming { call, .. } => Some(*call),
            _ => None,
        })
        .await
    }

    /// Waits until a call is established, whoever called.
    pub async fn answers(&mut self) {
        self.wait("the answer of the call", |event| {
            matches!(event, Event::Answered { .. }).then_some(())
        })
        .await;
    }

    /// Waits until a call is over.
    pub async fn ended(&mut self) {
        self.wait("the end of the call", |event| {
            matches!(event, Event::Ended { .. }).then_some(())
        })
        .await;
    }

    /// Hangs up, and waits until that is done.
    pub async fn hang_up(&mut self, call: LineCall) {
        self.command(Command::HangUp(call));
        self.ended().await;
    }

    /// Whether nothing has ended here for a moment that a BYE would not need.
    pub async fn stays_connected(&mut self) -> bool {
        let ended = async {
            while let Some(event) = self.events.recv().await {
                if matches!(event, Event::Ended { .. }) {
                    return;
                }
            }
        };
        timeout(Duration::from_millis(300), ended).await.is_err()
    }
}

impl Drop for Telephone {
    fn drop(&mut self) {
        self.task.abort();
    }
}
