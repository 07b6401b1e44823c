//! The cache: what it keeps, what it refuses.

use super::*;
use crate::testing::{Scratch, runtime};

fn cached(scratch: &Scratch) -> (CodeCache, Component, String) {
    let runtime = runtime();
    let cache = CodeCache::open(scratch.path().join("code"), runtime.engine()).unwrap();
    let bytes = switchhook_guests::guest("busy");
    let component = Component::from_binary(runtime.engine(), &bytes).unwrap();
    let digest = digest(&bytes);
    (cache, component, digest)
}

#[test]
fn what_was_stored_is_loaded_again_and_is_private() {
    let scratch = Scratch::new();
    let (cache, component, digest) = cached(&scratch);
    assert!(cache.load(runtime().engine(), &digest).is_none());
    cache.store(&component, &digest);
    assert!(cache.load(runtime().engine(), &digest).is_some());
    assert_eq!(
        fs::metadata(cache.path(&digest)).unwrap().mode() & 0o777,
        0o600
    );
    assert_eq!(
        fs::metadata(&cache.directory).unwrap().mode() & 0o777,
        0o700
    );
    assert_eq!(fs::read_dir(&cache.directory).unwrap().count(), 1);
}

#[test]
fn a_directory_that_is_open_to_others_is_closed() {
    let scratch = Scratch::new();
    let directory = scratch.path().join("code");
    fs::create_dir(&directory).unwrap();
    fs::set_permissions(&directory, Permissions::from_mode(0o777)).unwrap();
    CodeCache::open(directory.clone(), runtime().engine()).unwrap();
    assert_eq!(fs::metadata(&directory).unwrap().mode() & 0o777, 0o700);
}

#[test]
fn a_symbolic_link_is_not_taken_for_the_directory() {
    let scratch = Scratch::new();
    let link = scratch.path().join("link");
    std::os::unix::fs::symlink(scratch.path(), &link).unwrap();
    assert!(CodeCache::open(link, runtime().engine()).is_err());
}

#[test]
fn a_file_that_others_could_write_is_not_used() {
    let scratch = Scratch::new();
    let (cache, component, digest) = cached(&scratch);
    cache.store(&component, &digest);
    fs::set_permissions(cache.path(&digest), Permissions::from_mode(0o622)).unwrap();
    assert!(cache.load(runtime().engine(), &digest).is_none());
}

#[test]
fn a_link_to_a_file_elsewhere_is_not_used() {
    let scratch = Scratch::new();
    let (cache, component, digest) = cached(&scratch);
    let elsewhere = scratch.file("crafted.cwasm", &component.serialize().unwrap());
    fs::set_permissions(&elsewhere, Permissions::from_mode(0o600)).unwrap();
    std::os::unix::fs::symlink(&elsewhere, cache.path(&digest)).unwrap();
    assert!(cache.load(runtime().engine(), &digest).is_none());
}

#[test]
fn a_damaged_file_is_removed_and_made_anew() {
    let scratch = Scratch::new();
    let (cache, component, digest) = cached(&scratch);
    cache.write(&digest, b"damaged").unwrap();
    assert!(cache.load(runtime().engine(), &digest).is_none());
    assert!(!cache.path(&digest).exists());
    cache.store(&component, &digest);
    assert!(cache.load(runtime().engine(), &digest).is_some());
}

#[test]
fn the_oldest_files_beyond_the_limit_are_removed() {
    let scratch = Scratch::new();
    let (cache, _, _) = cached(&scratch);
    for number in 0..FILES + 3 {
        fs::write(cache.directory.join(format!("{number}.cwasm")), b"").unwrap();
    }
    cache.tidy();
    assert_eq!(fs::read_dir(&cache.directory).unwrap().count(), FILES);
}
