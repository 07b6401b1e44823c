//! What a state file gives back, whatever happened to it.

use std::time::Duration;

use switchhook_call::kept::{Contact, KeptBinding, KeptBindings, KeptSettings};

use super::*;

struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Folder {
        let name = format!("switchhook-state-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(name);
        fs::create_dir_all(&path).unwrap();
        Folder(path)
    }

    fn file(&self) -> PathBuf {
        self.0.join("switchhook.state")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn now() -> u64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .unwrap()
        .as_millis() as u64
}

fn bindings(client: &str, uris: &[&str], seconds: u64) -> Kept {
    let binding = |uri: &&str| KeptBinding {
        contact: Arc::new(Contact {
            uri: (*uri).into(),
            call_id: "a\"b\\c\u{7}".into(),
            ..Contact::default()
        }),
        transport: "UDP".to_owned(),
        bound: "0.0.0.0:5060".parse().unwrap(),
        peer: "[2001:db8::1]:5060".parse().unwrap(),
        expires_at: now() + seconds * 1000,
        cseq: 7,
    };
    Kept::Bindings(KeptBindings {
        domain: "example.test".to_owned(),
        client: client.to_owned(),
        bindings: uris.iter().map(binding).collect(),
        ..KeptBindings::default()
    })
}

fn written(path: &Path, pieces: impl IntoIterator<Item = Kept>) {
    let (file, _) = StateFile::open(Some(path)).unwrap();
    for kept in pieces {
        file.keep(Box::new(kept));
    }
}

fn read(path: &Path) -> Vec<Kept> {
    StateFile::open(Some(path)).unwrap().1
}

#[test]
fn the_latest_of_everything_comes_back() {
    let folder = Folder::new("latest");
    let dnd = Kept::Settings(KeptSettings {
        domain: "example.test".to_owned(),
        client: "a".to_owned(),
        do_not_disturb: Some(true),
        ..KeptSettings::default()
    });
    let pieces = [
        bindings("a", &["sip:1@h"], 60),
        dnd.clone(),
        bindings("b", &["sip:2@h"], 60),
        bindings("a", &["sip:3@h", "sip:4@h"], 60),
        bindings("b", &[], 60),
    ];
    written(&folder.file(), pieces.clone());
    assert_eq!(read(&folder.file()), [dnd, pieces[3].clone()]);
}

#[test]
fn what_has_expired_is_gone_from_the_file_too() {
    let folder = Folder::new("expired");
    written(&folder.file(), [bindings("a", &["sip:1@h"], 0)]);
    assert!(read(&folder.file()).is_empty());
    assert_eq!(fs::metadata(folder.file()).unwrap().len(), 0);
}

#[test]
fn a_line_that_was_cut_off_takes_nothing_else_along() {
    let folder = Folder::new("cut");
    let (one, two) = (
        bindings("a", &["sip:1@h"], 60),
        bindings("b", &["sip:2@h"], 60),
    );
    written(&folder.file(), [one.clone(), two]);
    let bytes = fs::read(folder.file()).unwrap();
    fs::write(folder.file(), &bytes[..bytes.len() - 20]).unwrap();
    assert_eq!(read(&folder.file()), std::slice::from_ref(&one));
    // Nor does what is in it otherwise.
    fs::write(folder.file(), b"\xff\xfe\n{}\n[1]\n\n{\"kept\":\"else\"}\n").unwrap();
    assert!(read(&folder.file()).is_empty());
    written(&folder.file(), [one.clone()]);
    assert_eq!(read(&folder.file()), [one]);
}

#[test]
fn a_file_that_was_being_written_anew_is_not_mistaken_for_the_whole_one() {
    let folder = Folder::new("rename");
    let one = bindings("a", &["sip:1@h"], 60);
    written(&folder.file(), [one.clone()]);
    fs::write(folder.file().with_added_extension("new"), b"half of it").unwrap();
    assert_eq!(read(&folder.file()), [one]);
}

#[test]
fn many_refreshes_do_not_make_the_file_grow_for_ever() {
    let folder = Folder::new("compact");
    let path = folder.file();
    let (file, _) = StateFile::open(Some(&path)).unwrap();
    let long = format!("sip:{}@h", "x".repeat(1000));
    for _ in 0..3 * limits::STATE_BYTES / 1000 {
        file.keep(Box::new(bindings("a", &[&long], 60)));
        std::thread::yield_now();
    }
    drop(file);
    let length = fs::metadata(&path).unwrap().len();
    assert!(length < 3 * limits::STATE_BYTES, "{length}");
    assert_eq!(read(&path).len(), 1);
}

#[test]
fn only_the_owner_may_read_it() {
    use std::os::unix::fs::PermissionsExt;
    let folder = Folder::new("mode");
    drop(StateFile::open(Some(&folder.file())).unwrap());
    let mode = fs::metadata(folder.file()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn without_a_file_nothing_is_kept_and_nothing_waits() {
    let (file, all) = StateFile::open(None).unwrap();
    assert!(all.is_empty());
    for _ in 0..100_000 {
        file.keep(Box::new(bindings("a", &[], 1)));
    }
    assert_eq!(file.dropped(), 0);
    assert!(limits::STATE_SETTLE < Duration::from_secs(1));
}
