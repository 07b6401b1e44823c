//! What the control socket says of clients, mailboxes and those who watch.

use serde::{Deserialize, Serialize};
use switchhook_call::codes::Occasion;
use switchhook_call::exchange::Exchange;
use switchhook_call::forwarding::ClientSettings;
use switchhook_call::input::{Command, Input};
use switchhook_call::keys::AddressOfRecord;
use switchhook_call::media_command::RecordingWish;
use switchhook_call::subscriptions::mailbox::Mailbox;
use switchhook_call::voicemail::MailboxWish;

use crate::operator::Operator;
use crate::voicemail::message::Message;

/// A client as it is now.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub struct ClientLine {
    /// Its domain.
    pub domain: String,
    /// Its username.
    pub client: String,
    /// How many contacts it has registered.
    pub contacts: usize,
    /// How many calls it has.
    pub calls: u32,
    /// Whether it is not to be disturbed.
    pub do_not_disturb: bool,
    /// Where its calls go instead: the occasion and the destination.
    pub forward: Vec<(String, String)>,
}

/// A mailbox in which messages wait.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub struct MailboxLine {
    /// Its domain.
    pub domain: String,
    /// Its name: a username, unless the configuration says otherwise.
    pub mailbox: String,
    /// Messages that nobody has heard.
    pub new: u32,
    /// Messages that somebody has heard.
    pub old: u32,
    /// How many of the new ones are urgent.
    pub urgent_new: u32,
    /// How many of the old ones are urgent.
    pub urgent_old: u32,
}

/// A message in a mailbox.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub struct MessageLine {
    /// When it was left: milliseconds since the Unix epoch.
    pub received_at: u64,
    /// What it is called.
    pub id: String,
    /// The calling number; empty: it was withheld.
    pub caller: String,
    /// The display name of the caller.
    pub caller_name: String,
    /// How long it is.
    pub milliseconds: u64,
    /// Whether it was heard.
    pub heard: bool,
    /// The identifier of the call.
    pub call_id: String,
}

/// One who watches.
#[derive(Debug, Clone, Serialize, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub struct WatcherLine {
    /// The domain.
    pub domain: String,
    /// The client that watches.
    pub subscriber: String,
    /// What is watched: `dialog`, `message-summary` or `presence`.
    pub event: String,
    /// Whom it watches.
    pub watched: String,
    /// How long it lasts unless it is refreshed: seconds.
    pub expires_seconds: u64,
}

/// What can be asked.
#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(tag = "of", rename_all = "kebab-case")]
pub enum PhoneRequest {
    /// The clients that are in the configuration, and those that have set something by themselves.
    ListClients,
    /// The mailboxes in which messages wait.
    ListMailboxes,
    /// Who watches whom.
    ListSubscriptions,
    /// So many messages wait in a mailbox from now on.
    SetMailbox {
        /// The mailbox and what is in it.
        mailbox: MailboxLine,
    },
    /// The messages of a mailbox.
    ShowMailbox {
        /// Its domain.
        domain: String,
        /// Its name.
        mailbox: String,
    },
    /// Remove a message.
    DeleteMessage {
        /// The mailbox's domain.
        domain: String,
        /// Its name.
        mailbox: String,
        /// What the message is called.
        id: String,
    },
    /// Do something with the recording of a call.
    Record {
        /// The call's identifier.
        call_id: String,
        /// `start`, `pause` or `stop`.
        wish: String,
    },
}

/// What is answered.
#[derive(Debug, Serialize, Deserialize, PartialEq, Eq)]
#[serde(tag = "of", rename_all = "kebab-case")]
pub enum PhoneAnswer {
    /// The clients, in order.
    Clients {
        /// One a client.
        clients: Vec<ClientLine>,
    },
    /// The mailboxes, in order.
    Mailboxes {
        /// One a mailbox.
        mailboxes: Vec<MailboxLine>,
    },
    /// The messages, in order.
    Messages {
        /// One a message.
        messages: Vec<MessageLine>,
    },
    /// Who watches, in order.
    Subscriptions {
        /// One a subscription.
        subscriptions: Vec<WatcherLine>,
    },
    /// It is done.
    Done,
}

/// Answers what is asked.
///
/// # Errors
/// Why it cannot be done.
pub async fn answer(request: PhoneRequest, operator: &Operator) -> Result<PhoneAnswer, String> {
    Ok(match request {
        PhoneRequest::ListClients => PhoneAnswer::Clients {
            clients: all(operator.inspect(clients).await),
        },
        PhoneRequest::ListMailboxes => PhoneAnswer::Mailboxes {
            mailboxes: all(operator.inspect(mailboxes).await),
        },
        PhoneRequest::ListSubscriptions => PhoneAnswer::Subscriptions {
            subscriptions: all(operator.inspect(watchers).await),
        },
        PhoneRequest::ShowMailbox { domain, mailbox } => PhoneAnswer::Messages {
            messages: messages(operator, address(&domain, mailbox))?,
        },
        PhoneRequest::DeleteMessage {
            domain,
            mailbox,
            id,
        } => {
            let address = address(&domain, mailbox);
            let known = messages(operator, address.clone())?;
            if !known.iter().any(|message| message.id == id) {
                return Err(format!("there is no message {id}"));
            }
            if let Some(voicemail) = operator.archive().voicemail() {
                voicemail.ask(address, MailboxWish::Delete(id), Box::new(|_| {}));
            }
            PhoneAnswer::Done
        }
        PhoneRequest::Record { call_id, wish } => {
            let wish = match wish.as_str() {
                "start" => RecordingWish::Start,
                "pause" => RecordingWish::Pause,
                "stop" => RecordingWish::Stop,
                other => return Err(format!("\"{other}\" is none of start, pause and stop")),
            };
            let wanted = call_id.clone();
            let is = move |exchange: &Exchange| exchange.has_call(&wanted);
            if !operator.inspect(is).await.contains(&true) {
                return Err(format!("there is no call {call_id}"));
            }
            operator.command(&Command::Record { call_id, wish });
            PhoneAnswer::Done
        }
        PhoneRequest::SetMailbox { mailbox } => {
            let domain = mailbox.domain.to_lowercase();
            let wanted = domain.clone();
            let known = operator.inspect(move |exchange| exchange.has_domain(&wanted));
            if !known.await.contains(&true) {
                return Err(format!("there is no domain {domain}"));
            }
            let command = Command::Mailbox {
                mailbox: AddressOfRecord {
                    domain: domain.clone(),
                    user: mailbox.mailbox,
                },
                counts: Mailbox {
                    new: mailbox.new,
                    old: mailbox.old,
                    urgent_new: mailbox.urgent_new,
                    urgent_old: mailbox.urgent_old,
                },
            };
            operator.tell_domain(&domain, Input::Command(command));
            PhoneAnswer::Done
        }
    })
}

fn address(domain: &str, mailbox: String) -> AddressOfRecord {
    AddressOfRecord {
        domain: domain.to_lowercase(),
        user: mailbox,
    }
}

fn messages(operator: &Operator, address: AddressOfRecord) -> Result<Vec<MessageLine>, String> {
    let voicemail = operator.archive().voicemail();
    let voicemail = voicemail.ok_or("this switch has no [voicemail]")?;
    let messages = voicemail.messages(&address);
    let messages = messages.ok_or_else(|| {
        let AddressOfRecord { domain, user } = &address;
        format!("there is no mailbox {user}@{domain}")
    })?;
    let line = |message: Message| MessageLine {
        received_at: message.received_at,
        id: message.id,
        caller: message.caller,
        caller_name: message.caller_name,
        milliseconds: message.milliseconds,
        heard: message.heard,
        call_id: message.call_id,
    };
    Ok(messages.into_iter().map(line).collect())
}

/// What all exchanges have, in order.
fn all<T: Ord>(of_each: Vec<Vec<T>>) -> Vec<T> {
    let mut all: Vec<T> = of_each.into_iter().flatten().collect();
    all.sort();
    all
}

fn clients(exchange: &Exchange) -> Vec<ClientLine> {
    let line = |client: AddressOfRecord| {
        let settings = exchange.settings(&client);
        ClientLine {
            contacts: exchange.contact_count(&client),
            calls: exchange.calls_of(&client),
            do_not_disturb: settings.do_not_disturb,
            forward: forward(&settings),
            domain: client.domain,
            client: client.user,
        }
    };
    exchange.clients().into_iter().map(line).collect()
}

fn forward(settings: &ClientSettings) -> Vec<(String, String)> {
    let one = |occasion: Occasion| {
        let to = settings.forward(occasion)?;
        Some((occasion.as_str().to_owned(), to.to_string()))
    };
    Occasion::ALL.into_iter().filter_map(one).collect()
}

fn mailboxes(exchange: &Exchange) -> Vec<MailboxLine> {
    let line = |(mailbox, counts): (&AddressOfRecord, &Mailbox)| MailboxLine {
        domain: mailbox.domain.clone(),
        mailbox: mailbox.user.clone(),
        new: counts.new,
        old: counts.old,
        urgent_new: counts.urgent_new,
        urgent_old: counts.urgent_old,
    };
    exchange.mailboxes().map(line).collect()
}

fn watchers(exchange: &Exchange) -> Vec<WatcherLine> {
    let lines = exchange.watchers().map(|one| WatcherLine {
        domain: one.subscriber.domain.clone(),
        subscriber: one.subscriber.user.clone(),
        event: one.package.as_str().to_owned(),
        watched: one.watched.user.clone(),
        expires_seconds: one.left.as_secs(),
    });
    lines.collect()
}
