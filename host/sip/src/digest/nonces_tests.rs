//! Nonces are recognised, expire, and the table of used ones is bounded without letting a forgotten one in again.

use super::*;

const REALM: &str = "example.com";
const PLACE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));

fn nonces(remembered: usize, now: Instant) -> Nonces {
    let config = NonceConfig {
        remembered,
        ..NonceConfig::default()
    };
    Nonces::new([1; 32], now, config)
}

#[test]
fn no_two_nonces_are_alike_and_only_our_own_are_recognised() {
    let now = Instant::now();
    let mut nonces = nonces(10, now);
    let (one, two) = (
        nonces.make(REALM, PLACE, now),
        nonces.make(REALM, PLACE, now),
    );
    assert_ne!(one, two);
    assert!(nonces.recognise(&one, REALM, PLACE).is_some());
    assert!(nonces.recognise(&one, "other", PLACE).is_none());
    let elsewhere = "192.0.2.2".parse().unwrap();
    assert!(nonces.recognise(&one, REALM, elsewhere).is_none());
    let forged = one.replacen('0', "1", 1);
    assert!(nonces.recognise(&forged, REALM, PLACE).is_none());
    assert!(nonces.recognise("", REALM, PLACE).is_none());
    let other_secret = Nonces::new([2; 32], now, NonceConfig::default());
    assert!(other_secret.recognise(&one, REALM, PLACE).is_none());
}

#[test]
fn a_count_too_far_below_the_greatest_is_taken_for_a_replay() {
    let now = Instant::now();
    let mut nonces = nonces(10, now);
    let nonce = nonces.make(REALM, PLACE, now);
    let stamp = nonces.recognise(&nonce, REALM, PLACE).unwrap();
    for (count, expected) in [
        (100, Ok(())),
        (37, Ok(())),
        (37, Err(Unusable::Replayed)),
        (36, Err(Unusable::Replayed)),
        (200, Ok(())),
        (137, Ok(())),
        (100, Err(Unusable::Replayed)),
        (u32::MAX, Ok(())),
        (u32::MAX, Err(Unusable::Replayed)),
    ] {
        assert_eq!(nonces.spend(stamp, Some(count), now), expected, "{count}");
    }
}

#[test]
fn the_table_is_bounded_and_what_it_forgets_is_stale() {
    let now = Instant::now();
    let mut nonces = nonces(3, now);
    let stamps: Vec<_> = (0..5)
        .map(|_| {
            let nonce = nonces.make(REALM, PLACE, now);
            nonces.recognise(&nonce, REALM, PLACE).unwrap()
        })
        .collect();
    for stamp in &stamps {
        assert_eq!(nonces.spend(*stamp, Some(1), now), Ok(()));
        assert!(nonces.remembered() <= 3);
    }
    for stamp in &stamps[..2] {
        let again = nonces.spend(*stamp, Some(2), now);
        assert_eq!(again, Err(Unusable::Stale));
    }
    assert_eq!(nonces.spend(stamps[4], Some(2), now), Ok(()));
}

#[test]
fn what_has_expired_leaves_the_table() {
    let start = Instant::now();
    let mut nonces = nonces(10, start);
    let first = nonces.make(REALM, PLACE, start);
    let first = nonces.recognise(&first, REALM, PLACE).unwrap();
    assert_eq!(nonces.spend(first, None, start), Ok(()));
    let later = start + Duration::from_secs(301);
    let second = nonces.make(REALM, PLACE, later);
    let second = nonces.recognise(&second, REALM, PLACE).unwrap();
    assert_eq!(nonces.spend(second, None, later), Ok(()));
    assert_eq!(nonces.remembered(), 1);
    assert_eq!(nonces.spend(first, None, later), Err(Unusable::Stale));
    assert_eq!(nonces.spend(second, None, later), Err(Unusable::Replayed));
}
