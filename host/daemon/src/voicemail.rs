//! Mailboxes: messages that callers left, and greetings, as files in a folder; a thread of its own does what is slow.
//!
//! `<folder>/<domain>/<mailbox>/` has for each message a sound (`.wav`) and what is known of it (`.json`), `greeting.wav` if one
//! was recorded, and `mailbox.json`. A sound that is being recorded has another name (`.wav.part`) until it is whole, and what is
//! known of it is written before its first sample, so that a message that a crash cuts off is there afterwards.

pub mod config;
mod mailbox;
pub mod message;
pub mod pin;
pub mod sounds;
mod when;

pub use config::{MailboxSettings, VoicemailConfig};

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::mpsc::{RecvTimeoutError, Sender, channel};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::thread::JoinHandle;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use switchhook_call::keys::AddressOfRecord;
use switchhook_call::media_command::{MailboxOrder, RecordingOrder};
use switchhook_call::subscriptions::mailbox::Mailbox as Counts;
use switchhook_call::voicemail::{MailboxReply, MailboxWish};

use crate::limits;
use crate::media_shell::fetching::Loaded;
use crate::recordings::job::Keeper;
use crate::recordings::{Letterbox, safe};
use crate::voicemail::mailbox::Mailbox;
use crate::voicemail::message::Message;

/// Told how many messages are in a mailbox, whenever that changes.
pub type Lamp = Box<dyn Fn(AddressOfRecord, Counts) + Send + Sync>;

/// What is told of an answer.
pub type Reply = Box<dyn FnOnce(MailboxReply) + Send>;

/// The mailboxes. Dropping it ends its thread.
pub struct Voicemail {
    store: Arc<Store>,
    jobs: Option<Sender<Job>>,
    thread: Option<JoinHandle<()>>,
}

enum Job {
    /// Something is wanted of a mailbox.
    Ask {
        mailbox: AddressOfRecord,
        wish: MailboxWish,
        reply: Reply,
    },
    /// A message or a greeting is to be played.
    Sound {
        path: PathBuf,
        rate: u32,
        done: Loaded,
    },
}

/// The mailboxes as all threads share them. The lock is never held while a disk is waited for.
pub(crate) struct Store {
    config: RwLock<Arc<VoicemailConfig>>,
    boxes: Mutex<HashMap<AddressOfRecord, Mailbox>>,
    lamp: Lamp,
}

impl Voicemail {
    /// Reads the mailboxes that are there and tells how many messages are in each.
    ///
    /// # Errors
    /// The thread cannot be had.
    pub fn start(config: VoicemailConfig, lamp: Lamp) -> io::Result<Voicemail> {
        let boxes = mailbox::load_all(&config.folder);
        let store = Arc::new(Store {
            config: RwLock::new(Arc::new(config)),
            boxes: Mutex::new(boxes),
            lamp,
        });
        store.tell_all();
        let (sender, jobs) = channel::<Job>();
        let shared = Arc::clone(&store);
        let run = move || {
            loop {
                match jobs.recv_timeout(limits::RECORDINGS_SWEEP) {
                    Ok(Job::Ask {
                        mailbox,
                        wish,
                        reply,
                    }) => reply(shared.answer(&mailbox, wish)),
                    Ok(Job::Sound { path, rate, done }) => done(sounds::read(&path, rate)),
                    Err(RecvTimeoutError::Timeout) => shared.sweep(now_ms()),
                    Err(RecvTimeoutError::Disconnected) => return,
                }
            }
        };
        let thread = std::thread::Builder::new().name("voicemail".to_owned());
        store.sweep(now_ms());
        Ok(Voicemail {
            store,
            jobs: Some(sender),
            thread: Some(thread.spawn(run)?),
        })
    }

    /// Asks something of a mailbox; the answer comes on the store's thread. Never blocks.
    pub fn ask(&self, mailbox: AddressOfRecord, wish: MailboxWish, reply: Reply) {
        if let Some(jobs) = &self.jobs {
            let job = Job::Ask {
                mailbox,
                wish,
                reply,
            };
            // The thread ends only with this.
            let _ = jobs.send(job);
        }
    }

    /// Gets a message or a greeting at this rate; `done` is called on the store's thread. Never blocks.
    pub(crate) fn sound(&self, name: &str, rate: u32, done: Loaded) {
        match (self.file(name), &self.jobs) {
            (Some(path), Some(jobs)) => {
                // The thread ends only with this.
                let _ = jobs.send(Job::Sound { path, rate, done });
            }
            _ => done(Err(sounds::not_heard(&"there is no such message"))),
        }
    }

    /// Whom recordings for mailboxes belong to.
    pub fn letterbox(&self) -> Arc<dyn Letterbox> {
        Arc::clone(&self.store) as Arc<dyn Letterbox>
    }

    /// Other settings hold from now on; the folder stays what it was.
    pub fn configure(&self, config: VoicemailConfig) {
        let mut place = self.store.config.write();
        let place = place.as_deref_mut();
        if let Ok(place) = place {
            let folder = place.folder.clone();
            *place = Arc::new(VoicemailConfig { folder, ..config });
        }
    }

    /// Tells again how many messages there are in all mailboxes.
    pub fn tell_all(&self) {
        self.store.tell_all();
    }

    /// The messages of a mailbox, for the operator. `None`: there is no such mailbox.
    pub fn messages(&self, address: &AddressOfRecord) -> Option<Vec<Message>> {
        self.store.config().mailbox(address)?;
        let boxes = self.store.lock();
        Some(
            boxes
                .get(address)
                .map(|b| b.messages.clone())
                .unwrap_or_default(),
        )
    }

    /// The file of a message or a greeting as [`MailboxReply`] names it in a prompt; `None`: it is not one of ours.
    pub fn file(&self, name: &str) -> Option<PathBuf> {
        mailbox::file_of(&self.store.config().folder, name)
    }
}

impl Drop for Voicemail {
    fn drop(&mut self) {
        drop(self.jobs.take());
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Store {
    fn config(&self) -> Arc<VoicemailConfig> {
        let config = self.config.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&config)
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<AddressOfRecord, Mailbox>> {
        self.boxes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn answer(&self, address: &AddressOfRecord, wish: MailboxWish) -> MailboxReply {
        let config = self.config();
        let Some(settings) = config.mailbox(address) else {
            return MailboxReply::Failed("there is no such mailbox".to_owned());
        };
        let done = |done: io::Result<()>| match done {
            Ok(()) => MailboxReply::Done,
            Err(error) => {
                tracing::error!(%error, "a mailbox cannot be written");
                MailboxReply::Failed(error.to_string())
            }
        };
        match wish {
            MailboxWish::Open => MailboxReply::Open(self.opened(&config, settings, address)),
            MailboxWish::CheckPin(pin) => {
                MailboxReply::Pin(self.check_pin(settings, address, &pin))
            }
            MailboxWish::List => MailboxReply::Messages(self.list(settings, address)),
            MailboxWish::MarkHeard(id) => done(self.mark_heard(&config, address, &id)),
            MailboxWish::Delete(id) => done(self.delete(&config, address, &id)),
            MailboxWish::StandardGreeting => done(self.drop_greeting(&config, address)),
            MailboxWish::SetPin(pin) => done(self.set_pin(&config, address, &pin)),
        }
    }

    fn tell(&self, address: &AddressOfRecord) {
        let counts = self.lock().get(address).map(Mailbox::counts);
        (self.lamp)(address.clone(), counts.unwrap_or_default());
    }

    fn tell_all(&self) {
        let all: Vec<_> = self.lock().keys().cloned().collect();
        for address in &all {
            self.tell(address);
        }
    }

    /// Removes messages that are older than they are to be kept.
    fn sweep(&self, now: u64) {
        let config = self.config();
        let Some(retention) = config.retention else {
            return;
        };
        let retention = u64::try_from(retention.as_millis()).unwrap_or(u64::MAX);
        let mut old = Vec::new();
        for (address, mailbox) in self.lock().iter() {
            for message in &mailbox.messages {
                if message.received_at.saturating_add(retention) < now {
                    old.push((address.clone(), message.id.clone()));
                }
            }
        }
        for (address, id) in old {
            if let Err(error) = self.delete(&config, &address, &id) {
                tracing::warn!(%error, "an old message cannot be removed");
            }
        }
    }
}

impl Letterbox for Store {
    fn accept(
        self: Arc<Self>,
        order: &RecordingOrder,
        what: &MailboxOrder,
    ) -> Result<(PathBuf, Box<dyn Keeper>), String> {
        let config = self.config();
        let address = AddressOfRecord {
            domain: order.domain.to_string(),
            user: what.mailbox.clone(),
        };
        let settings = config.mailbox(&address).ok_or("there is no such mailbox")?;
        let folder = mailbox::folder(&config.folder, &address);
        if what.is_greeting {
            let keeper = GreetingKeeper {
                store: Arc::clone(&self),
                address,
            };
            return Ok((folder.join(mailbox::NEW_GREETING), Box::new(keeper)));
        }
        if self.is_full(settings, &address) {
            return Err("the mailbox is full".to_owned());
        }
        let id = safe(&order.name);
        let message = Message {
            caller: order.call.caller.clone(),
            caller_name: order.call.caller_name.clone(),
            callee: order.call.callee.clone(),
            call_id: order.call.call_id.clone(),
            received_at: order.at,
            milliseconds: 0,
            heard: false,
            id,
        };
        let path = folder.join(format!("{}.wav", message.id));
        let keeper = MessageKeeper {
            store: Arc::clone(&self),
            address,
            message,
        };
        Ok((path, Box::new(keeper)))
    }
}

/// Makes a message of a recording.
struct MessageKeeper {
    store: Arc<Store>,
    address: AddressOfRecord,
    message: Message,
}

impl Keeper for MessageKeeper {
    fn begun(&mut self) -> io::Result<()> {
        let config = self.store.config();
        mailbox::write_message(&config.folder, &self.address, &self.message)
    }

    fn ended(mut self: Box<Self>, milliseconds: Option<u64>) {
        let config = self.store.config();
        let kept = milliseconds.map(|milliseconds| {
            self.message.milliseconds = milliseconds;
            mailbox::write_message(&config.folder, &self.address, &self.message)
        });
        match kept {
            Some(Ok(())) => self.store.add(&self.address, self.message),
            Some(Err(error)) => {
                tracing::error!(%error, "what is known of a message cannot be written");
                self.store.add(&self.address, self.message);
            }
            None => mailbox::forget(&config.folder, &self.address, &self.message.id),
        }
    }
}

/// Makes a greeting of a recording.
struct GreetingKeeper {
    store: Arc<Store>,
    address: AddressOfRecord,
}

impl Keeper for GreetingKeeper {
    fn begun(&mut self) -> io::Result<()> {
        Ok(())
    }

    fn ended(self: Box<Self>, milliseconds: Option<u64>) {
        if milliseconds.is_none() {
            return;
        }
        let folder = mailbox::folder(&self.store.config().folder, &self.address);
        let new = folder.join(mailbox::NEW_GREETING);
        match fs::rename(new, folder.join(mailbox::GREETING)) {
            Ok(()) => self.store.greeted(&self.address, now_ms()),
            Err(error) => tracing::error!(%error, "a greeting cannot be put in place"),
        }
    }
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    u64::try_from(since.unwrap_or(Duration::ZERO).as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests;
