//! The media shell: the sockets and threads that carry RTP and RTCP between the two sides of calls.
//!
//! Signalling never waits for it: commands and grants are messages. One thread binds ports and lets used ones rest
//! ([`binder`]); the others relay, each call pinned to one of them ([`worker`]). What becomes of a packet is decided by
//! `switchhook_media::relay`, not here. Linux only (epoll).

mod binder;
pub mod config;
pub mod fetching;
mod moving;
mod ports;
mod pulse;
mod rooms;
mod slots;
mod speaking;
mod tapping;
mod worker;

pub use worker::Look;

pub use config::{MediaAddress, MediaShellConfig, MediaSink};

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::media_shell::binder::{Binder, BinderCommand};
use crate::media_shell::fetching::PromptSource;
use crate::media_shell::slots::Slots;
use crate::media_shell::worker::{Worker, WorkerCommand, WorkerHandle};
use switchhook_call::keys::SessionId;
use switchhook_call::media_command::MediaCommand;

/// The running media shell. Dropping it stops its threads and closes its sockets.
pub struct MediaShell {
    binder: Sender<BinderCommand>,
    workers: Vec<WorkerHandle>,
    threads: Vec<JoinHandle<()>>,
}

impl MediaShell {
    /// Starts the threads. No port is bound before the exchange wants some. What is played comes from `prompts`. Errors: threads or
    /// epoll cannot be had.
    pub fn start(
        config: MediaShellConfig,
        sink: MediaSink,
        prompts: Arc<dyn PromptSource>,
    ) -> io::Result<MediaShell> {
        let slots = Arc::new(Slots::default());
        let (binder, commands) = channel();
        let mut shell = MediaShell {
            binder,
            workers: Vec::new(),
            threads: Vec::new(),
        };
        let state = Binder::new(&config, Arc::clone(&slots), Arc::clone(&sink), commands);
        shell.spawn("media-binder".to_owned(), move || state.run())?;
        for number in 0..config.threads.max(1) {
            let (worker, handle) = Worker::new(
                config.relay,
                Arc::clone(&slots),
                shell.binder.clone(),
                Arc::clone(&sink),
                Arc::clone(&prompts),
                config.recorder.clone(),
            )?;
            shell.workers.push(handle);
            shell.spawn(format!("media-{number}"), move || worker.run())?;
        }
        for worker in &shell.workers {
            worker.tell(WorkerCommand::Peers(shell.workers.clone()));
        }
        Ok(shell)
    }

    /// Carries out a command of the exchange. Never blocks.
    pub fn command(&self, command: MediaCommand) {
        match command {
            MediaCommand::WantPorts { ipv6, count } => {
                // The binder outlives this handle: see `drop`.
                let _ = self.binder.send(BinderCommand::Want { ipv6, count });
            }
            MediaCommand::Open {
                session,
                caller,
                callee,
            } => {
                self.tell(
                    session.0,
                    WorkerCommand::Open {
                        session,
                        caller,
                        callee,
                    },
                );
            }
            MediaCommand::SetRemote {
                session,
                side,
                remote,
            } => {
                self.tell(
                    session.0,
                    WorkerCommand::SetRemote {
                        session,
                        side,
                        remote,
                    },
                );
            }
            MediaCommand::Side {
                session,
                side,
                order,
            } => {
                self.tell(
                    session.0,
                    WorkerCommand::Order {
                        session,
                        side,
                        order,
                    },
                );
            }
            MediaCommand::Close { session } => {
                self.tell(session.0, WorkerCommand::Close { session });
            }
        }
    }

    /// Moves a session to the thread with this number (they are counted from 0, around and around), sockets and all. Never blocks.
    pub fn move_session(&self, session: SessionId, thread: usize) {
        let chosen = thread.checked_rem(self.workers.len()).unwrap_or(0);
        if let Some(worker) = self.workers.get(chosen) {
            let to = worker.clone();
            self.tell(session.0, WorkerCommand::HandOver { session, to });
        }
    }

    /// Has every thread say how its sessions are doing. Never blocks.
    pub fn look(&self, look: &Look) {
        for worker in &self.workers {
            worker.tell(WorkerCommand::Look(look.clone()));
        }
    }

    fn tell(&self, session: u64, command: WorkerCommand) {
        let count = u64::try_from(self.workers.len()).unwrap_or(u64::MAX);
        let chosen = usize::try_from(session.checked_rem(count).unwrap_or(0)).unwrap_or(0);
        if let Some(worker) = self.workers.get(chosen) {
            worker.tell(command);
        }
    }

    fn spawn(&mut self, name: String, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
        let thread = std::thread::Builder::new()
            .name(name)
            .stack_size(256 * 1024)
            .spawn(run)?;
        self.threads.push(thread);
        Ok(())
    }
}

impl Drop for MediaShell {
    fn drop(&mut self) {
        for worker in &self.workers {
            worker.tell(WorkerCommand::Stop);
        }
        let _ = self.binder.send(BinderCommand::Stop);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// Raises the limit of open files towards `wanted` (a call with media takes four) and returns what it is then.
pub fn raise_open_files(wanted: u64) -> u64 {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    let enough = |limit: Option<u64>| limit.is_none_or(|limit| limit >= wanted);
    if !enough(current) {
        let all = Rlimit {
            current: Some(wanted),
            maximum: maximum.map(|limit| limit.max(wanted)),
        };
        let allowed = Rlimit {
            current: maximum.map(|limit| limit.min(wanted)),
            maximum,
        };
        // Only a privileged process may raise the maximum.
        if setrlimit(Resource::Nofile, all).is_err() {
            let _ = setrlimit(Resource::Nofile, allowed);
        }
    }
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}

#[cfg(test)]
mod rooms_tests;
#[cfg(test)]
mod speaking_tests;
#[cfg(test)]
mod tests;
