//! A session moves from one media thread to another: a conference room lives in one thread, and its members come to it, sockets and all.

use std::time::Instant;

use rustix::event::epoll;
use switchhook_call::keys::SessionId;

use crate::media_shell::worker::{SOCKETS, Session, Worker, WorkerCommand, WorkerHandle};

impl Worker {
    /// Hands a session over to another thread. What is told to this one of the session from now on is passed on, so that the other one
    /// is told everything in its order. Nothing happens if the session is not here, or the other thread is this one.
    pub(crate) fn hand_over(&mut self, id: SessionId, to: &WorkerHandle) {
        if to.is(&self.own) {
            return;
        }
        let key = self.by_id.remove(&id);
        let Some(mut session) = key.and_then(|key| self.sessions.try_remove(key)) else {
            return;
        };
        for (side, kind) in SOCKETS {
            // It is not watched if opening failed half-way.
            let _ = epoll::delete(&self.epoll, session.socket(side, kind));
        }
        if let Some(key) = key.filter(|_| std::mem::take(&mut session.ticks)) {
            self.pulse.remove(key);
        }
        session.trail.push(self.own.clone());
        to.tell(WorkerCommand::Adopt(Box::new(session)));
        self.moved.insert(id, to.clone());
    }

    /// Takes a session from another thread.
    pub(crate) fn adopt(&mut self, now: Instant, mut session: Session) {
        let id = session.id;
        // It may have been here before.
        self.moved.remove(&id);
        session.trail.retain(|thread| !thread.is(&self.own));
        let key = self.sessions.insert(session);
        self.by_id.insert(id, key);
        if let Err(error) = self.watch(key) {
            tracing::error!(%error, session = id.0, "cannot watch the sockets of a media session");
        }
        self.attend(now, key);
    }

    /// The command, if it is for this thread; else it is passed on to where its session has moved.
    pub(crate) fn own_command(&self, command: WorkerCommand) -> Option<WorkerCommand> {
        if self.moved.is_empty() {
            return Some(command);
        }
        let to = command
            .session()
            .and_then(|session| self.moved.get(&session));
        match to {
            Some(to) => {
                to.tell(command);
                None
            }
            None => Some(command),
        }
    }
}

impl WorkerCommand {
    /// The session that it is about.
    fn session(&self) -> Option<SessionId> {
        match self {
            WorkerCommand::Open { session, .. }
            | WorkerCommand::SetRemote { session, .. }
            | WorkerCommand::Order { session, .. }
            | WorkerCommand::HandOver { session, .. }
            | WorkerCommand::Close { session } => Some(*session),
            WorkerCommand::Arrived(arrival) => Some(arrival.session),
            WorkerCommand::Adopt(_)
            | WorkerCommand::Forget { .. }
            | WorkerCommand::RoomSound(_)
            | WorkerCommand::Peers(_)
            | WorkerCommand::Look(_)
            | WorkerCommand::Stop => None,
        }
    }
}
