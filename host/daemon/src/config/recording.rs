//! The sections about what is recorded: `[recording]`, `[voicemail]`, and of each domain its `mailboxes`.

use std::collections::HashSet;
use std::path::PathBuf;
use std::time::Duration;

use jiff::tz::TimeZone;
use switchhook_call::dialplan::Pattern;
use switchhook_routing::prompt::Prompt;

use crate::config::secret::Surroundings;
use crate::config::section::{Section, deserialise};
use crate::config::settings::{Domain, Settings};
use crate::recordings::RecordingConfig;
use crate::voicemail::config::{DomainMailboxes, MailboxSettings, VoicemailConfig};

/// What `[voicemail]` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoicemailSettings {
    /// Where mailboxes lie.
    pub folder: PathBuf,
    /// How long messages are kept; `None`: for ever.
    pub retention: Option<Duration>,
    /// The time zone that times are told in.
    pub time_zone: String,
    /// What holds where a mailbox does not say.
    pub usual: MailboxSettings,
}

/// Reads `[recording]`: how recordings are made, and whether both sides hear a beep when one begins.
pub fn recording(root: &Section<'_>, surroundings: &Surroundings<'_>) -> (RecordingConfig, bool) {
    let mut config = RecordingConfig::default();
    let Some(section) = root.section("recording") else {
        return (config, false);
    };
    config.folder = (section.required_string("folder")).map(|path| surroundings.path(&path.value));
    config.url = section.string("url").map(|url| url.value);
    config.rate = section.integer("rate", 8_000..=48_000).and_then(|rate| {
        let known = [8_000, 16_000, 48_000].contains(&rate);
        if !known {
            section.error("`rate` must be 8000, 16000 or 48000");
        }
        u32::try_from(rate).ok().filter(|_| known)
    });
    if let Some(seconds) = section.integer("max_seconds", 1..=86_400) {
        config.longest = Duration::from_secs(seconds);
    }
    config.retention = retention(&section);
    if let Some(megabytes) = section.integer("free_space_minimum_mb", 0..=1_000_000) {
        config.free_space_minimum = megabytes << 20;
    }
    if let Some(threads) = section.integer("threads", 1..=16) {
        config.threads = usize::try_from(threads).unwrap_or(1);
    }
    let beep = section.boolean("beep").unwrap_or(false);
    section.finish();
    (config, beep)
}

/// Reads `[voicemail]`; without it there are no mailboxes.
pub fn voicemail(root: &Section<'_>, surroundings: &Surroundings<'_>) -> Option<VoicemailSettings> {
    let section = root.section("voicemail")?;
    let folder = section.required_string("folder");
    let time_zone = section.string("time_zone").filter(|zone| {
        let known = TimeZone::get(&zone.value).is_ok();
        if !known {
            let message = format!("`time_zone`: there is no \"{}\"", zone.value);
            section.problems().error(zone.offset, message);
        }
        known
    });
    let settings = VoicemailSettings {
        folder: folder
            .map(|folder| surroundings.path(&folder.value))
            .unwrap_or_default(),
        retention: retention(&section),
        time_zone: time_zone.map_or_else(|| "UTC".to_owned(), |zone| zone.value),
        usual: bounds(&section, MailboxSettings::default()),
    };
    section.finish();
    Some(settings)
}

/// Reads the mailboxes of a domain that stand in the file.
pub fn mailboxes(domain: &Section<'_>) -> Vec<(String, MailboxOverrides)> {
    let Some(section) = domain.section("mailboxes") else {
        return Vec::new();
    };
    let mut mailboxes = Vec::new();
    for (name, section) in section.named_sections() {
        let pin = section.string("pin").filter(|pin| {
            let is_pin = (4..=16).contains(&pin.value.len())
                && pin.value.chars().all(|digit| digit.is_ascii_digit());
            if !is_pin {
                let message = "`pin` must have 4 to 16 digits";
                section.problems().error(pin.offset, message);
            }
            is_pin
        });
        let greeting = section.value("greeting");
        mailboxes.push((
            name.value,
            MailboxOverrides {
                pin: pin.map(|pin| pin.value),
                greeting: greeting.and_then(|value| deserialise(value, section.problems())),
                max_messages: count(&section, "max_messages", 10_000),
                max_seconds: count(&section, "max_seconds", 3_600),
                language: section.string("language").map(|language| language.value),
            },
        ));
        section.finish();
    }
    mailboxes
}

/// What a mailbox of the file says for itself.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct MailboxOverrides {
    pin: Option<String>,
    greeting: Option<Prompt>,
    max_messages: Option<u32>,
    max_seconds: Option<u32>,
    language: Option<String>,
}

impl std::fmt::Debug for MailboxOverrides {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The PIN is nobody's to read in a log.
        f.debug_struct("MailboxOverrides").finish_non_exhaustive()
    }
}

/// The mailboxes of a configuration; `None`: it has no `[voicemail]`.
pub fn all_mailboxes(settings: &Settings) -> Option<VoicemailConfig> {
    let voicemail = settings.voicemail.as_ref()?;
    let domains = settings.domains.iter();
    Some(VoicemailConfig {
        folder: voicemail.folder.clone(),
        retention: voicemail.retention,
        sounds: settings.prompts.folder.clone(),
        time_zone: voicemail.time_zone.clone(),
        domains: domains
            .map(|domain| (domain.name.clone(), of_domain(domain, &voicemail.usual)))
            .collect(),
    })
}

fn of_domain(domain: &Domain, usual: &MailboxSettings) -> DomainMailboxes {
    let settings = |own: &MailboxOverrides| MailboxSettings {
        pin: own.pin.clone(),
        greeting: own.greeting.clone(),
        max_messages: own.max_messages.unwrap_or(usual.max_messages),
        max_seconds: own.max_seconds.unwrap_or(usual.max_seconds),
        language: own
            .language
            .clone()
            .unwrap_or_else(|| domain.locale.language.clone()),
    };
    let mut of_clients = HashSet::new();
    let mut patterns = Vec::new();
    for client in &domain.clients {
        match &client.mailbox {
            Some(mailbox) => drop(of_clients.insert(mailbox.clone())),
            // Every pattern was compiled when the file was read.
            None if client.is_pattern() => patterns.extend(Pattern::new(&client.username).ok()),
            None => drop(of_clients.insert(client.username.clone())),
        }
    }
    DomainMailboxes {
        named: (domain.mailboxes.iter())
            .map(|(name, own)| (name.clone(), settings(own)))
            .collect(),
        usual: MailboxSettings {
            language: domain.locale.language.clone(),
            ..usual.clone()
        },
        of_clients,
        patterns,
    }
}

fn bounds(section: &Section<'_>, usual: MailboxSettings) -> MailboxSettings {
    MailboxSettings {
        max_messages: count(section, "max_messages", 10_000).unwrap_or(usual.max_messages),
        max_seconds: count(section, "max_seconds", 3_600).unwrap_or(usual.max_seconds),
        ..usual
    }
}

fn count(section: &Section<'_>, key: &str, most: u64) -> Option<u32> {
    let count = section.integer(key, 1..=most)?;
    u32::try_from(count).ok()
}

fn retention(section: &Section<'_>) -> Option<Duration> {
    let days = section.integer("retention_days", 1..=36_500)?;
    Some(Duration::from_secs(days * 86_400))
}
