//! The key/value space of a plugin: limits, expiry, numbers.

use super::*;

const QUOTA: Quota = Quota {
    keys: 3,
    bytes: 100,
};

fn set(
    space: &StateSpace,
    now: Instant,
    key: &str,
    value: &[u8],
    ttl: Option<u32>,
) -> Result<(), StateError> {
    space.set(now, QUOTA, key.into(), value.into(), ttl)
}

#[test]
fn a_value_stays_until_it_is_replaced_or_deleted() {
    let (space, now) = (StateSpace::default(), Instant::now());
    set(&space, now, "a", b"1", None).unwrap();
    set(&space, now, "a", b"22", None).unwrap();
    assert_eq!(space.get(now, "a").as_deref(), Some(&b"22"[..]));
    assert_eq!(space.size(), (1, 3));
    assert!(space.delete(now, "a"));
    assert!(!space.delete(now, "a"));
    assert_eq!(space.get(now, "a"), None);
    assert_eq!(space.size(), (0, 0));
}

#[test]
fn a_value_disappears_when_its_time_is_over() {
    let (space, now) = (StateSpace::default(), Instant::now());
    set(&space, now, "a", b"1", Some(10)).unwrap();
    assert!(space.get(now + Duration::from_secs(9), "a").is_some());
    assert_eq!(space.get(now + Duration::from_secs(10), "a"), None);
    assert_eq!(space.size(), (0, 0));
}

#[test]
fn a_full_space_refuses_until_something_expires() {
    let (space, now) = (StateSpace::default(), Instant::now());
    for key in ["a", "b", "c"] {
        set(&space, now, key, b"1", Some(10)).unwrap();
    }
    assert!(matches!(
        set(&space, now, "d", b"1", None),
        Err(StateError::Quota)
    ));
    set(&space, now, "c", b"2", None).unwrap();
    set(&space, now + Duration::from_secs(10), "d", b"1", None).unwrap();
    assert_eq!(space.size(), (2, 4));
}

#[test]
fn the_quota_counts_bytes_of_keys_and_values() {
    let (space, now) = (StateSpace::default(), Instant::now());
    set(&space, now, "a", &[0; 99], None).unwrap();
    assert!(matches!(
        set(&space, now, "b", b"", None),
        Err(StateError::Quota)
    ));
    assert!(matches!(
        set(&space, now, "a", &[0; 100], None),
        Err(StateError::Quota)
    ));
    set(&space, now, "a", &[0; 98], None).unwrap();
    set(&space, now, "b", b"", None).unwrap();
}

#[test]
fn keys_and_values_are_bounded() {
    let (space, now) = (StateSpace::default(), Instant::now());
    assert!(matches!(
        set(&space, now, "", b"", None),
        Err(StateError::BadKey)
    ));
    assert!(matches!(
        set(&space, now, &"k".repeat(257), b"", None),
        Err(StateError::BadKey)
    ));
    let large = vec![0; limits::STATE_VALUE_BYTES + 1];
    assert!(matches!(
        set(&space, now, "a", &large, None),
        Err(StateError::TooLarge)
    ));
}

#[test]
fn increment_counts_and_keeps_the_time_to_live() {
    let (space, now) = (StateSpace::default(), Instant::now());
    let add = |now, by, ttl| space.increment(now, QUOTA, "n".into(), by, ttl);
    assert_eq!(add(now, 2, Some(10)).unwrap(), 2);
    assert_eq!(add(now + Duration::from_secs(5), 3, Some(10)).unwrap(), 5);
    assert_eq!(space.get(now, "n").as_deref(), Some(&b"5"[..]));
    assert_eq!(add(now + Duration::from_secs(10), 1, None).unwrap(), 1);
    assert_eq!(add(now + Duration::from_secs(99), -2, None).unwrap(), -1);
}

#[test]
fn increment_refuses_what_is_no_number_or_does_not_fit() {
    let (space, now) = (StateSpace::default(), Instant::now());
    set(&space, now, "a", b"x", None).unwrap();
    let add = |key: &str, by| space.increment(now, QUOTA, key.into(), by, None);
    assert!(matches!(add("a", 1), Err(StateError::NotANumber)));
    assert_eq!(add("b", i64::MAX).unwrap(), i64::MAX);
    assert!(matches!(add("b", 1), Err(StateError::NotANumber)));
}

#[test]
fn a_key_is_set_if_it_is_still_what_was_expected() {
    let (space, now) = (StateSpace::default(), Instant::now());
    let swap = |at: Instant, expected: Option<&[u8]>, value: &[u8], ttl_seconds| {
        let change = Change {
            key: "a".into(),
            value: value.into(),
            ttl_seconds,
        };
        space.compare_and_set(at, QUOTA, expected, change)
    };
    assert_eq!(swap(now, Some(b"1"), b"2", None), Ok(false));
    assert_eq!(swap(now, None, b"1", Some(10)), Ok(true));
    assert_eq!(swap(now, None, b"2", None), Ok(false));
    assert_eq!(swap(now, Some(b"1"), b"2", Some(5)), Ok(true));
    assert_eq!(space.get(now, "a").as_deref(), Some(&b"2"[..]));
    // What has expired is not there.
    let later = now + Duration::from_secs(5);
    assert_eq!(swap(later, Some(b"2"), b"3", None), Ok(false));
    assert_eq!(swap(later, None, b"3", None), Ok(true));
    let large = vec![0; limits::STATE_VALUE_BYTES + 1];
    let too_large = swap(now, Some(b"3"), &large, None);
    assert_eq!(too_large, Err(StateError::TooLarge));
    let full = swap(now, Some(b"3"), &[0; 100], None);
    assert_eq!(full, Err(StateError::Quota));
    assert_eq!(space.get(now, "a").as_deref(), Some(&b"3"[..]));
}
