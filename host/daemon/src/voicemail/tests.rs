//! Mailboxes in a folder: messages that come and go, restarts and crashes.

use std::path::Path;
use std::sync::mpsc::{Receiver, Sender};

use switchhook_call::media_command::{Recorded, RecordedCall, RecordingId};
use switchhook_call::voicemail::{MessageInfo, Opened, PinCheck};
use switchhook_media::recording::wav;
use switchhook_routing::prompt::Prompt;

use super::*;
use crate::voicemail::config::{DomainMailboxes, MailboxSettings};

/// A folder of its own, removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let name = format!("switchhook-voicemail-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn start(&self) -> (Voicemail, Receiver<(String, u32, u32)>) {
        let (sender, lamps): (Sender<_>, _) = channel();
        let lamp = move |address: AddressOfRecord, counts: Counts| {
            sender.send((address.user, counts.new, counts.old)).unwrap();
        };
        let voicemail = Voicemail::start(self.config(), Box::new(lamp)).unwrap();
        (voicemail, lamps)
    }

    fn config(&self) -> VoicemailConfig {
        let domain = DomainMailboxes {
            of_clients: ["1001".to_owned()].into(),
            named: HashMap::from([(
                "sales".to_owned(),
                MailboxSettings {
                    pin: Some("1234".to_owned()),
                    max_messages: 1,
                    ..MailboxSettings::default()
                },
            )]),
            ..DomainMailboxes::default()
        };
        VoicemailConfig {
            folder: self.0.clone(),
            domains: HashMap::from([("example.com".to_owned(), domain)]),
            time_zone: "UTC".to_owned(),
            ..VoicemailConfig::default()
        }
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn address(name: &str) -> AddressOfRecord {
    AddressOfRecord {
        domain: "example.com".to_owned(),
        user: name.to_owned(),
    }
}

fn ask(voicemail: &Voicemail, name: &str, wish: MailboxWish) -> MailboxReply {
    let (sender, replies) = channel();
    let reply = Box::new(move |reply| sender.send(reply).unwrap());
    voicemail.ask(address(name), wish, reply);
    replies.recv_timeout(Duration::from_secs(20)).unwrap()
}

fn opened(voicemail: &Voicemail, name: &str) -> Opened {
    match ask(voicemail, name, MailboxWish::Open) {
        MailboxReply::Open(opened) => opened,
        other => panic!("{other:?}"),
    }
}

fn list(voicemail: &Voicemail, name: &str) -> Vec<MessageInfo> {
    match ask(voicemail, name, MailboxWish::List) {
        MailboxReply::Messages(messages) => messages,
        other => panic!("{other:?}"),
    }
}

fn accept(
    voicemail: &Voicemail,
    mailbox: &str,
    name: &str,
    is_greeting: bool,
) -> Result<(PathBuf, Box<dyn Keeper>), String> {
    let mailbox = MailboxOrder {
        mailbox: mailbox.to_owned(),
        is_greeting,
    };
    let order = RecordingOrder {
        recording: RecordingId(1),
        domain: "example.com".into(),
        name: name.to_owned(),
        at: 1_795_190_400_000,
        call: RecordedCall {
            call_id: "call".to_owned(),
            caller: "2002".to_owned(),
            caller_name: "Ada".to_owned(),
            callee: "1001".to_owned(),
        },
        what: Recorded::Message {
            longest: Duration::from_secs(60),
            silence: Duration::from_secs(5),
            mailbox: Some(mailbox.clone()),
        },
    };
    voicemail.letterbox().accept(&order, &mailbox)
}

/// A second of silence.
fn write_sound(path: &Path) {
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    let mut bytes = wav::header(1, 8_000, 16_000).to_vec();
    bytes.resize(bytes.len() + 16_000, 0);
    fs::write(path, bytes).unwrap();
}

/// Leaves a message as the recorder does.
fn leave(voicemail: &Voicemail, mailbox: &str, name: &str) {
    let (path, mut keeper) = accept(voicemail, mailbox, name, false).unwrap();
    keeper.begun().unwrap();
    write_sound(&path);
    keeper.ended(Some(1_000));
}

#[test]
fn a_message_is_there_through_a_restart_until_it_is_deleted() {
    let folder = Folder::new("restart");
    let (voicemail, lamps) = folder.start();
    leave(&voicemail, "1001", "call-1");
    assert_eq!(lamps.recv().unwrap(), ("1001".to_owned(), 1, 0));
    drop(voicemail);

    let (voicemail, lamps) = folder.start();
    assert_eq!(lamps.recv().unwrap(), ("1001".to_owned(), 1, 0));
    let messages = list(&voicemail, "1001");
    assert_eq!(messages.len(), 1);
    let MessageInfo {
        id,
        prompt,
        caller,
        when,
        heard,
    } = messages[0].clone();
    assert_eq!((caller.as_str(), heard), ("2002", false));
    assert_eq!(when, "on November 20 at 16:00");
    let Prompt::Url(url) = prompt else { panic!() };
    assert!(voicemail.file(&url).unwrap().is_file());

    ask(&voicemail, "1001", MailboxWish::MarkHeard(id.clone()));
    assert_eq!(lamps.recv().unwrap(), ("1001".to_owned(), 0, 1));
    drop(voicemail);
    let (voicemail, lamps) = folder.start();
    assert_eq!(lamps.recv().unwrap(), ("1001".to_owned(), 0, 1));

    ask(&voicemail, "1001", MailboxWish::Delete(id));
    assert_eq!(lamps.recv().unwrap(), ("1001".to_owned(), 0, 0));
    assert!(list(&voicemail, "1001").is_empty());
    assert!(!voicemail.file(&url).unwrap().exists());
    drop(voicemail);
    let (voicemail, _lamps) = folder.start();
    assert!(list(&voicemail, "1001").is_empty());
}

#[test]
fn a_message_that_a_crash_cuts_off_is_there_afterwards() {
    let folder = Folder::new("crash");
    let (voicemail, _lamps) = folder.start();
    let (path, mut keeper) = accept(&voicemail, "1001", "call-1", false).unwrap();
    keeper.begun().unwrap();
    let mut part = path.clone().into_os_string();
    part.push(".part");
    write_sound(Path::new(&part));
    std::mem::forget(keeper);
    drop(voicemail);
    let (voicemail, lamps) = folder.start();
    assert_eq!(lamps.recv().unwrap(), ("1001".to_owned(), 1, 0));
    let messages = voicemail.messages(&address("1001")).unwrap();
    assert_eq!(messages[0].milliseconds, 1_000);
    assert_eq!(messages[0].caller_name, "Ada");
}

#[test]
fn nothing_is_left_of_a_message_in_which_nothing_was_said() {
    let folder = Folder::new("nothing");
    let (voicemail, lamps) = folder.start();
    let (path, mut keeper) = accept(&voicemail, "1001", "call-1", false).unwrap();
    keeper.begun().unwrap();
    keeper.ended(None);
    assert!(lamps.try_recv().is_err());
    assert!(!path.with_extension("json").exists());
}

#[test]
fn a_full_mailbox_and_one_that_there_is_not_take_nothing() {
    let folder = Folder::new("full");
    let (voicemail, _lamps) = folder.start();
    leave(&voicemail, "sales", "call-1");
    assert!(opened(&voicemail, "sales").is_full);
    let refused = accept(&voicemail, "sales", "call-2", false).err();
    assert_eq!(refused.as_deref(), Some("the mailbox is full"));
    assert!(accept(&voicemail, "nobody", "call-3", false).is_err());
    let reply = ask(&voicemail, "nobody", MailboxWish::Open);
    assert!(matches!(reply, MailboxReply::Failed(_)));
}

#[test]
fn a_greeting_that_was_recorded_is_heard_until_it_is_dropped() {
    let folder = Folder::new("greeting");
    let (voicemail, _lamps) = folder.start();
    assert_eq!(opened(&voicemail, "1001").greeting, None);
    let (path, mut keeper) = accept(&voicemail, "1001", "call-1", true).unwrap();
    keeper.begun().unwrap();
    write_sound(&path);
    keeper.ended(Some(1_000));
    let Some(Prompt::Url(url)) = opened(&voicemail, "1001").greeting else {
        panic!()
    };
    assert!(voicemail.file(&url).unwrap().is_file());
    drop(voicemail);
    let (voicemail, _lamps) = folder.start();
    assert!(opened(&voicemail, "1001").greeting.is_some());
    ask(&voicemail, "1001", MailboxWish::StandardGreeting);
    assert_eq!(opened(&voicemail, "1001").greeting, None);
    assert!(!voicemail.file(&url).unwrap().exists());
}

#[test]
fn a_pin_that_was_set_takes_the_place_of_the_configured_one_and_lasts() {
    let folder = Folder::new("pin");
    let (voicemail, _lamps) = folder.start();
    let check = |voicemail: &Voicemail, pin: &str| {
        ask(voicemail, "sales", MailboxWish::CheckPin(pin.to_owned()))
    };
    assert!(opened(&voicemail, "sales").has_pin);
    assert!(!opened(&voicemail, "1001").has_pin);
    assert_eq!(
        check(&voicemail, "1234"),
        MailboxReply::Pin(PinCheck::Right)
    );
    ask(
        &voicemail,
        "sales",
        MailboxWish::SetPin("998877".to_owned()),
    );
    drop(voicemail);
    let (voicemail, _lamps) = folder.start();
    assert_eq!(
        check(&voicemail, "1234"),
        MailboxReply::Pin(PinCheck::Wrong)
    );
    assert_eq!(
        check(&voicemail, "998877"),
        MailboxReply::Pin(PinCheck::Right)
    );
}

#[test]
fn prompts_of_mailboxes_never_lead_out_of_the_folder() {
    let folder = Folder::new("paths");
    let (voicemail, _lamps) = folder.start();
    assert_eq!(voicemail.file("https://example.com/a/b.wav"), None);
    assert_eq!(voicemail.file("mailbox:a/b"), None);
    assert_eq!(voicemail.file("mailbox:a/b/c/d.wav"), None);
    let file = voicemail.file("mailbox:../../../etc").unwrap_or_default();
    assert!(file.as_os_str().is_empty() || file.starts_with(&folder.0));
    let file = voicemail.file("mailbox:../../..").unwrap();
    assert_eq!(file, folder.0.join("_.").join("_.").join("_."));
}
