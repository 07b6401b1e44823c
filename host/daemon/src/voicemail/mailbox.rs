//! A mailbox and its files. Everything here that touches the disk is for the store's thread and the recorder's.

use std::collections::HashMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::Instant;

use serde::{Deserialize, Serialize};
use switchhook_call::keys::AddressOfRecord;
use switchhook_call::subscriptions::mailbox::Mailbox as Counts;
use switchhook_call::voicemail::{MessageInfo, Opened, PinCheck};
use switchhook_routing::prompt::Prompt;

use crate::recordings::{complete_file, safe};
use crate::voicemail::Store;
use crate::voicemail::config::{MailboxSettings, VoicemailConfig};
use crate::voicemail::message::{Message, write_whole};
use crate::voicemail::pin::{Lock, PinHash, same};
use crate::voicemail::when;

/// A recorded greeting.
pub(crate) const GREETING: &str = "greeting.wav";
/// One that was just recorded and is not in place yet.
pub(crate) const NEW_GREETING: &str = "new-greeting.wav";
/// What the owner has set.
const OWN: &str = "mailbox.json";
/// What stands before the names of files in prompts that only the switch itself makes.
const SCHEME: &str = "mailbox:";

/// A mailbox in memory.
#[derive(Debug, Default)]
pub(crate) struct Mailbox {
    /// In the order in which they came.
    pub(crate) messages: Vec<Message>,
    own: Own,
    /// When a greeting was recorded; it tells one from another.
    greeted_at: Option<u64>,
    lock: Lock,
}

/// What the owner of a mailbox has set.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Own {
    /// Whose it is: the folder's name may have lost something of it.
    domain: String,
    mailbox: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pin: Option<PinHash>,
}

impl Mailbox {
    /// What phones are told.
    pub(crate) fn counts(&self) -> Counts {
        let old = self.messages.iter().filter(|message| message.heard).count();
        Counts {
            new: u32::try_from(self.messages.len() - old).unwrap_or(u32::MAX),
            old: u32::try_from(old).unwrap_or(u32::MAX),
            ..Counts::default()
        }
    }
}

impl Store {
    pub(crate) fn is_full(&self, settings: &MailboxSettings, address: &AddressOfRecord) -> bool {
        let boxes = self.lock();
        let count = boxes
            .get(address)
            .map_or(0, |mailbox| mailbox.messages.len());
        u32::try_from(count).unwrap_or(u32::MAX) >= settings.max_messages
    }

    pub(crate) fn opened(
        &self,
        config: &VoicemailConfig,
        settings: &MailboxSettings,
        address: &AddressOfRecord,
    ) -> Opened {
        let texts = texts(config, &settings.language);
        let is_full = self.is_full(settings, address);
        let mut boxes = self.lock();
        let mailbox = boxes.entry(address.clone()).or_default();
        let counts = mailbox.counts();
        let recorded = mailbox
            .greeted_at
            .map(|at| Prompt::Url(format!("{SCHEME}{}?{at}", named(address, GREETING))));
        Opened {
            greeting: recorded.or_else(|| settings.greeting.clone()),
            has_pin: mailbox.own.pin.is_some() || settings.pin.is_some(),
            new: counts.new,
            old: counts.old,
            is_full,
            message_seconds: settings.max_seconds,
            language: settings.language.clone(),
            texts,
        }
    }

    pub(crate) fn check_pin(
        &self,
        settings: &MailboxSettings,
        address: &AddressOfRecord,
        pin: &str,
    ) -> PinCheck {
        let mut boxes = self.lock();
        let mailbox = boxes.entry(address.clone()).or_default();
        let own = mailbox.own.pin.clone();
        mailbox
            .lock
            .judge(Instant::now(), || match (own, &settings.pin) {
                (Some(own), _) => own.is_of(pin),
                (None, Some(configured)) => same(configured.as_bytes(), pin.as_bytes()),
                (None, None) => false,
            })
    }

    pub(crate) fn list(
        &self,
        settings: &MailboxSettings,
        address: &AddressOfRecord,
    ) -> Vec<MessageInfo> {
        let zone = self.config().time_zone.clone();
        let messages = self
            .lock()
            .get(address)
            .map(|mailbox| mailbox.messages.clone());
        let mut messages = messages.unwrap_or_default();
        messages.sort_by_key(|message| (message.heard, message.received_at));
        let info = |message: Message| MessageInfo {
            prompt: Prompt::Url(format!(
                "{SCHEME}{}",
                named(address, &format!("{}.wav", message.id))
            )),
            when: when::words(message.received_at, &zone, &settings.language),
            id: message.id,
            caller: message.caller,
            heard: message.heard,
        };
        messages.into_iter().map(info).collect()
    }

    /// A message is there.
    pub(crate) fn add(&self, address: &AddressOfRecord, message: Message) {
        let mut boxes = self.lock();
        let mailbox = boxes.entry(address.clone()).or_default();
        mailbox.messages.retain(|other| other.id != message.id);
        mailbox.messages.push(message);
        drop(boxes);
        self.tell(address);
    }

    pub(crate) fn mark_heard(
        &self,
        config: &VoicemailConfig,
        address: &AddressOfRecord,
        id: &str,
    ) -> io::Result<()> {
        let mut boxes = self.lock();
        let messages = boxes.get_mut(address).map(|mailbox| &mut mailbox.messages);
        let found = messages.and_then(|all| all.iter_mut().find(|message| message.id == id));
        let Some(message) = found.filter(|message| !message.heard) else {
            return Ok(());
        };
        message.heard = true;
        let message = message.clone();
        drop(boxes);
        self.tell(address);
        write_message(&config.folder, address, &message)
    }

    pub(crate) fn delete(
        &self,
        config: &VoicemailConfig,
        address: &AddressOfRecord,
        id: &str,
    ) -> io::Result<()> {
        let mut boxes = self.lock();
        let Some(mailbox) = boxes.get_mut(address) else {
            return Ok(());
        };
        let before = mailbox.messages.len();
        mailbox.messages.retain(|message| message.id != id);
        if mailbox.messages.len() == before {
            return Ok(());
        }
        drop(boxes);
        self.tell(address);
        let folder = folder(&config.folder, address);
        // The sound first: what is known of a message that has none is nothing.
        let sound = fs::remove_file(folder.join(format!("{id}.wav")));
        let known = fs::remove_file(folder.join(format!("{id}.json")));
        sound.and(known)
    }

    pub(crate) fn drop_greeting(
        &self,
        config: &VoicemailConfig,
        address: &AddressOfRecord,
    ) -> io::Result<()> {
        if let Some(mailbox) = self.lock().get_mut(address) {
            mailbox.greeted_at = None;
        }
        match fs::remove_file(folder(&config.folder, address).join(GREETING)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// A greeting was recorded.
    pub(crate) fn greeted(&self, address: &AddressOfRecord, at: u64) {
        let mut boxes = self.lock();
        boxes.entry(address.clone()).or_default().greeted_at = Some(at);
    }

    pub(crate) fn set_pin(
        &self,
        config: &VoicemailConfig,
        address: &AddressOfRecord,
        pin: &str,
    ) -> io::Result<()> {
        let hash = PinHash::new(pin, rand::random());
        let own = {
            let mut boxes = self.lock();
            let mailbox = boxes.entry(address.clone()).or_default();
            mailbox.own = Own {
                domain: address.domain.clone(),
                mailbox: address.user.clone(),
                pin: Some(hash),
            };
            mailbox.own.clone()
        };
        let text = serde_json::to_vec_pretty(&own)?;
        write_whole(&folder(&config.folder, address).join(OWN), &text)
    }
}

/// The folder of a mailbox.
pub(crate) fn folder(root: &Path, address: &AddressOfRecord) -> PathBuf {
    root.join(safe(&address.domain)).join(safe(&address.user))
}

/// Writes what is known of a message.
///
/// # Errors
/// As the system says.
pub(crate) fn write_message(
    root: &Path,
    address: &AddressOfRecord,
    message: &Message,
) -> io::Result<()> {
    let path = folder(root, address).join(format!("{}.json", message.id));
    write_whole(&path, &serde_json::to_vec_pretty(message)?)
}

/// Removes what is known of a message that came to nothing.
pub(crate) fn forget(root: &Path, address: &AddressOfRecord, id: &str) {
    let _ = fs::remove_file(folder(root, address).join(format!("{id}.json")));
}

/// The file that a prompt of ours names. `None`: it is not one.
pub(crate) fn file_of(root: &Path, name: &str) -> Option<PathBuf> {
    let name = name.strip_prefix(SCHEME)?;
    let name = name.split_once('?').map_or(name, |(name, _)| name);
    let parts: Vec<&str> = name.split('/').collect();
    let [domain, mailbox, file] = parts.as_slice() else {
        return None;
    };
    let path = root.join(safe(domain)).join(safe(mailbox));
    Some(path.join(safe(file)))
}

/// The mailboxes that lie in a folder. What a crash has left unfinished is completed.
pub(crate) fn load_all(root: &Path) -> HashMap<AddressOfRecord, Mailbox> {
    let mut all = HashMap::new();
    for domain in folders(root) {
        for path in folders(&domain) {
            let (address, mailbox) = load(&domain, &path);
            all.insert(address, mailbox);
        }
    }
    all
}

fn load(domain: &Path, path: &Path) -> (AddressOfRecord, Mailbox) {
    let name = |path: &Path| {
        let name = path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    };
    let own: Own = read(&path.join(OWN)).unwrap_or_default();
    let mut mailbox = Mailbox::default();
    let entries = fs::read_dir(path).map(|entries| entries.flatten().collect::<Vec<_>>());
    for entry in entries.unwrap_or_default() {
        let file = entry.path();
        let is_unfinished = file
            .extension()
            .is_some_and(|extension| extension == "part");
        if is_unfinished && let Err(error) = complete_file(&file) {
            let file = file.display();
            tracing::warn!(%file, %error, "an interrupted message stays unfinished");
        }
    }
    let entries = fs::read_dir(path).map(|entries| entries.flatten().collect::<Vec<_>>());
    for entry in entries.unwrap_or_default() {
        let file = entry.path();
        let is_known = file
            .extension()
            .is_some_and(|extension| extension == "json");
        if !is_known || name(&file) == OWN {
            continue;
        }
        let sound = file.with_extension("wav");
        match (read::<Message>(&file), fs::metadata(&sound)) {
            (Some(mut message), Ok(_)) => {
                if message.milliseconds == 0 {
                    message.milliseconds = milliseconds(&sound);
                }
                mailbox.messages.push(message);
            }
            (Some(_), Err(_)) => {
                // Nothing of it was ever written, or it was being removed.
                let _ = fs::remove_file(&file);
            }
            (None, _) => {
                let file = file.display();
                tracing::warn!(%file, "a message is passed over: this is not what is known of one");
            }
        }
    }
    mailbox.messages.sort_by_key(|message| message.received_at);
    let greeting = fs::metadata(path.join(GREETING)).and_then(|metadata| metadata.modified());
    mailbox.greeted_at = greeting.ok().map(|at| {
        let since = at.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
        u64::try_from(since.as_millis()).unwrap_or(0)
    });
    let address = AddressOfRecord {
        domain: some(&own.domain).unwrap_or_else(|| name(domain)),
        user: some(&own.mailbox).unwrap_or_else(|| name(path)),
    };
    mailbox.own = own;
    (address, mailbox)
}

fn some(text: &str) -> Option<String> {
    (!text.is_empty()).then(|| text.to_owned())
}

fn milliseconds(sound: &Path) -> u64 {
    hound::WavReader::open(sound).map_or(0, |reader| {
        let rate = u64::from(reader.spec().sample_rate.max(1));
        u64::from(reader.duration()) * 1_000 / rate
    })
}

fn read<T: serde::de::DeserializeOwned>(path: &Path) -> Option<T> {
    serde_json::from_slice(&fs::read(path).ok()?).ok()
}

fn folders(path: &Path) -> Vec<PathBuf> {
    let Ok(entries) = fs::read_dir(path) else {
        return Vec::new();
    };
    let is_folder = |entry: &fs::DirEntry| entry.file_type().is_ok_and(|kind| kind.is_dir());
    let folders = entries.flatten().filter(is_folder);
    folders.map(|entry| entry.path()).collect()
}

fn named(address: &AddressOfRecord, file: &str) -> String {
    format!("{}/{}/{file}", safe(&address.domain), safe(&address.user))
}

/// The operator's files that stand for what the switch says: `voicemail/<language>/<name>.<extension>` in the folder of sounds.
fn texts(config: &VoicemailConfig, language: &str) -> Vec<(String, Prompt)> {
    let Some(sounds) = &config.sounds else {
        return Vec::new();
    };
    let folder = PathBuf::from("voicemail").join(safe(language));
    let Ok(entries) = fs::read_dir(sounds.join(&folder)) else {
        return Vec::new();
    };
    let text = |entry: fs::DirEntry| {
        let file = folder.join(entry.file_name());
        let name = file.file_stem()?.to_str()?.to_owned();
        Some((name, Prompt::File(file.to_str()?.to_owned())))
    };
    entries.flatten().filter_map(text).collect()
}
