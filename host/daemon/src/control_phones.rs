//! What the control socket says of clients, mailboxes and those who watch.

use serde::{Deserialize, Serialize};
use switchhook_call::codes::Occasion;
use switchhook_call::exchange::Exchange;
use switchhook_call::forwarding::ClientSettings;
use switchhook_call::input::{Command, Input};
use switchhook_call::keys::AddressOfRecord;
use switchhook_call::subscriptions::mailbox::Mailbox;

use crate::operator::Operator;

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
