//! What is kept is there again, whole, and not more than may be.

use super::*;

fn folder(name: &str) -> PathBuf {
    std::env::temp_dir().join(format!("switchhook-disk-{name}-{}", std::process::id()))
}

fn head(key: &str) -> Head {
    Head {
        key: key.to_owned(),
        etag: Some("\"x\"\ny".to_owned()),
        ..Head::default()
    }
}

#[test]
fn what_is_kept_is_there_again() {
    let folder = folder("kept");
    let disk = Disk::new(folder.clone(), 1_000);
    assert_eq!(disk.get("a", 100), None);
    disk.put(&head("a"), b"one\ntwo").unwrap();
    assert_eq!(disk.get("a", 100), Some((head("a"), b"one\ntwo".to_vec())));
    assert_eq!(disk.get("a", 6), None, "too large");
    disk.put(&head("a"), b"").unwrap();
    assert_eq!(disk.get("a", 100), Some((head("a"), Vec::new())));
    disk.remove("a");
    assert_eq!(disk.get("a", 100), None);
    // What somebody else has put there, or half of something, is as nothing.
    for content in [&b"no line"[..], b"{}\nbody", b"\n", b""] {
        fs::write(disk.path("a"), content).unwrap();
        assert_eq!(disk.get("a", 100), None, "{content:?}");
    }
    fs::remove_dir_all(folder).unwrap();
}

#[test]
fn the_oldest_go_when_there_is_too_much() {
    let folder = folder("room");
    let disk = Disk::new(folder.clone(), 2_500);
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("of-somebody-else"), [0; 5_000]).unwrap();
    for (age, key) in [(3, "a"), (2, "b"), (1, "c")] {
        disk.put(&head(key), &[0; 1_000]).unwrap();
        let file = fs::File::options().write(true).open(disk.path(key));
        let then = SystemTime::now() - std::time::Duration::from_secs(age);
        if let Ok(file) = file {
            file.set_modified(then).unwrap();
        }
    }
    let there = ["a", "b", "c"].map(|key| disk.get(key, 2_000).is_some());
    assert_eq!(there, [false, true, true]);
    assert!(folder.join("of-somebody-else").exists());
    fs::remove_dir_all(folder).unwrap();
}
