//! The loops of a switch, one for each exchange, as the others and the operator reach them: by messages.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

use crate::event_loop::{Handed, Message};
use crate::limits;

/// The ways into all loops, in the order of their exchanges' numbers.
#[derive(Debug)]
pub struct Loops(Vec<Mailbox>);

#[derive(Debug)]
struct Mailbox {
    sender: UnboundedSender<Message>,
    /// Of its messages those that were handed over and not yet taken: they are bounded, the others are few by nature.
    handed: AtomicUsize,
}

impl Loops {
    /// The ways into so many loops, and their ends.
    pub fn new(count: u8) -> (Arc<Loops>, Vec<UnboundedReceiver<Message>>) {
        let (mut mailboxes, mut receivers) = (Vec::new(), Vec::new());
        for _ in 0..count {
            let (sender, receiver) = unbounded_channel();
            let handed = AtomicUsize::new(0);
            mailboxes.push(Mailbox { sender, handed });
            receivers.push(receiver);
        }
        (Arc::new(Loops(mailboxes)), receivers)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The way into one loop.
    ///
    /// # Panics
    /// There is no loop of this number.
    pub fn sender(&self, number: u8) -> UnboundedSender<Message> {
        self.0[usize::from(number)].sender.clone()
    }

    /// Tells one loop. One that has ended hears nothing.
    pub fn tell(&self, number: u8, message: Message) {
        if let Some(to) = self.0.get(usize::from(number)) {
            let _ = to.sender.send(message);
        }
    }

    /// Tells every loop.
    pub fn tell_all(&self, mut message: impl FnMut() -> Message) {
        for to in &self.0 {
            let _ = to.sender.send(message());
        }
    }

    /// Hands a message of the network to the loop whose it is. Given back: too many wait there.
    pub fn hand(&self, number: u8, handed: Handed) -> Result<(), Handed> {
        let Some(to) = self.0.get(usize::from(number)) else {
            return Err(handed);
        };
        if to.handed.load(Ordering::Relaxed) >= limits::WAITING_MESSAGES {
            return Err(handed);
        }
        to.handed.fetch_add(1, Ordering::Relaxed);
        let _ = to.sender.send(Message::Handed(handed));
        Ok(())
    }

    /// One of the messages handed over to this loop was taken.
    pub fn taken(&self, number: u8) {
        if let Some(to) = self.0.get(usize::from(number)) {
            to.handed.fetch_sub(1, Ordering::Relaxed);
        }
    }

    /// How many messages handed over to this loop wait for it.
    pub fn handed(&self, number: u8) -> usize {
        let to = self.0.get(usize::from(number));
        to.map_or(0, |to| to.handed.load(Ordering::Relaxed))
    }

    /// Asks every loop, all at once; the answers in the order of their numbers, without those of loops that have ended.
    pub async fn ask<T>(&self, question: impl Fn(oneshot::Sender<T>) -> Message) -> Vec<T> {
        let mut waiting = Vec::with_capacity(self.0.len());
        for to in &self.0 {
            let (reply, answer) = oneshot::channel();
            if to.sender.send(question(reply)).is_ok() {
                waiting.push(answer);
            }
        }
        let mut answers = Vec::with_capacity(waiting.len());
        for answer in waiting {
            answers.extend(answer.await);
        }
        answers
    }
}
