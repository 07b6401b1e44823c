//! Which mailboxes there are, and what holds for each.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;
use std::time::Duration;

use switchhook_call::dialplan::Pattern;
use switchhook_call::keys::AddressOfRecord;
use switchhook_routing::prompt::Prompt;

/// The mailboxes of the switch.
#[derive(Debug, Clone, Default)]
pub struct VoicemailConfig {
    /// Where they lie.
    pub folder: PathBuf,
    /// How long messages are kept; `None`: for ever.
    pub retention: Option<Duration>,
    /// The folder of the operator's sounds, in which files may stand for what the switch says; `None`: there is none.
    pub sounds: Option<PathBuf>,
    /// The time zone that times are told in.
    pub time_zone: String,
    /// The domains, with what holds for their mailboxes.
    pub domains: HashMap<String, DomainMailboxes>,
}

/// The mailboxes of a domain.
#[derive(Debug, Clone, Default)]
pub struct DomainMailboxes {
    /// Those that are in the configuration by themselves.
    pub named: HashMap<String, MailboxSettings>,
    /// What holds for those that clients have without a word of the configuration.
    pub usual: MailboxSettings,
    /// The mailboxes that clients have.
    pub of_clients: HashSet<String>,
    /// The usernames of clients that are not named one by one: each has the mailbox of its name.
    pub patterns: Vec<Pattern>,
}

/// What holds for a mailbox.
#[derive(Clone, PartialEq, Eq)]
pub struct MailboxSettings {
    /// Its PIN, until its owner sets another; `None`: none.
    pub pin: Option<String>,
    /// What callers hear, until its owner records something else; `None`: what the switch says to everybody.
    pub greeting: Option<Prompt>,
    /// How many messages it takes.
    pub max_messages: u32,
    /// How long a message may be.
    pub max_seconds: u32,
    /// The language that it speaks, as a BCP 47 tag.
    pub language: String,
}

impl Default for MailboxSettings {
    fn default() -> MailboxSettings {
        MailboxSettings {
            pin: None,
            greeting: None,
            max_messages: 100,
            max_seconds: 180,
            language: "en".to_owned(),
        }
    }
}

impl VoicemailConfig {
    /// What holds for a mailbox; `None`: there is no such mailbox.
    pub fn mailbox(&self, address: &AddressOfRecord) -> Option<&MailboxSettings> {
        let domain = self.domains.get(&address.domain)?;
        if let Some(settings) = domain.named.get(&address.user) {
            return Some(settings);
        }
        let fits = |pattern: &Pattern| pattern.matches(&address.user).is_some();
        let is_a_clients =
            domain.of_clients.contains(&address.user) || domain.patterns.iter().any(fits);
        is_a_clients.then_some(&domain.usual)
    }
}

impl std::fmt::Debug for MailboxSettings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The PIN is nobody's to read in a log.
        f.debug_struct("MailboxSettings")
            .field("max_messages", &self.max_messages)
            .field("max_seconds", &self.max_seconds)
            .finish_non_exhaustive()
    }
}
