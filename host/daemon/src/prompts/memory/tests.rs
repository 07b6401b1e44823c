//! What is heard longest ago goes first, and no more is kept than may be.

use super::*;

fn source(name: &str) -> Source {
    Source::File(name.to_owned())
}

fn sounds(samples: usize) -> Vec<Sound> {
    vec![Sound::new(8_000, vec![0; samples])]
}

#[test]
fn what_was_heard_longest_ago_goes_when_there_is_too_much() {
    let mut memory = Memory::default();
    for name in ["a", "b", "c"] {
        memory.keep(source(name), Version::Spoken, None, sounds(100), 600);
    }
    assert_eq!(memory.bytes(), 600);
    assert!(memory.any(&source("a"), &[8_000]).is_some());
    memory.keep(source("d"), Version::Spoken, None, sounds(100), 600);
    let is_there = |memory: &mut Memory, name| memory.any(&source(name), &[8_000]).is_some();
    let there = ["a", "b", "c", "d"].map(|name| is_there(&mut memory, name));
    assert_eq!(there, [true, false, true, true]);
    // What alone is too much is not kept, and nothing goes for it.
    memory.keep(source("e"), Version::Spoken, None, sounds(301), 600);
    assert!(!is_there(&mut memory, "e") && is_there(&mut memory, "a"));
    assert_eq!(memory.bytes(), 600);
    // Another version takes the place of the one before.
    memory.keep(source("a"), Version::Body([1; 32]), None, sounds(10), 600);
    assert_eq!(memory.bytes(), 420);
    memory.clear();
    assert_eq!((memory.bytes(), is_there(&mut memory, "a")), (0, false));
}

#[test]
fn a_sound_counts_only_at_its_rate_of_its_version_and_in_its_time() {
    let mut memory = Memory::default();
    let now = Instant::now();
    let until = now + std::time::Duration::from_secs(5);
    let version = Version::Body([7; 32]);
    memory.keep(source("a"), version.clone(), Some(until), sounds(10), 600);
    assert!(memory.fresh(&source("a"), &[8_000], now).is_some());
    assert!(memory.fresh(&source("a"), &[8_000], until).is_none());
    assert!(memory.any(&source("a"), &[8_000, 16_000]).is_none());
    assert!(
        memory
            .of_version(&source("a"), &[8_000], &version)
            .is_some()
    );
    let other = Version::File(None, 10);
    assert!(memory.of_version(&source("a"), &[8_000], &other).is_none());
    memory.refresh(
        &source("a"),
        Some(until + std::time::Duration::from_secs(1)),
    );
    assert!(memory.fresh(&source("a"), &[8_000], until).is_some());
    assert_eq!(memory.rates(&source("a")), [8_000]);
}
