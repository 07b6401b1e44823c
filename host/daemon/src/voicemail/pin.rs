//! PINs of mailboxes: kept as salted hashes, and not to be guessed by trying.

use std::time::{Duration, Instant};

use hmac::{Hmac, Mac};
use serde::{Deserialize, Serialize};
use sha2::Sha256;
use switchhook_call::voicemail::PinCheck;

/// So many wrong PINs in a row lock a mailbox.
const TRIES: u32 = 5;
/// So long it stays locked.
const LOCKED: Duration = Duration::from_secs(900);
/// How often the hash is hashed again: a PIN is short, and whoever has the file is to be kept busy at least.
const ROUNDS: u32 = 20_000;

/// A PIN that somebody has set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PinHash {
    salt: String,
    hash: String,
}

impl PinHash {
    /// The hash of a PIN with this salt.
    pub fn new(pin: &str, salt: u128) -> PinHash {
        let salt = format!("{salt:032x}");
        PinHash {
            hash: hash(&salt, pin),
            salt,
        }
    }

    /// Whether it is the hash of this PIN.
    pub fn is_of(&self, pin: &str) -> bool {
        same(self.hash.as_bytes(), hash(&self.salt, pin).as_bytes())
    }
}

/// Whether two PINs are the same, in a time that does not tell where they differ.
pub fn same(one: &[u8], other: &[u8]) -> bool {
    let differences = one.iter().zip(other).fold(0, |all, (a, b)| all | (a ^ b));
    one.len() == other.len() && differences == 0
}

fn hash(salt: &str, pin: &str) -> String {
    let round = |message: &[u8]| {
        let mac = Hmac::<Sha256>::new_from_slice(salt.as_bytes());
        mac.map(|mac| mac.chain_update(message).finalize().into_bytes())
            .unwrap_or_default()
    };
    let mut digest = round(pin.as_bytes());
    for _ in 1..ROUNDS {
        digest = round(&digest);
    }
    digest.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Counts wrong PINs of one mailbox.
#[derive(Debug, Clone, Copy, Default)]
pub struct Lock {
    wrong: u32,
    until: Option<Instant>,
}

impl Lock {
    /// What comes of a PIN that is right or not.
    pub fn judge(&mut self, now: Instant, is_right: impl FnOnce() -> bool) -> PinCheck {
        if self.until.is_some_and(|until| now < until) {
            return PinCheck::Locked;
        }
        if is_right() {
            *self = Lock::default();
            return PinCheck::Right;
        }
        self.wrong += 1;
        if self.wrong >= TRIES {
            *self = Lock {
                wrong: 0,
                until: Some(now + LOCKED),
            };
        }
        PinCheck::Wrong
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_is_known_by_its_hash_and_no_other_is() {
        let hash = PinHash::new("4711", 7);
        assert!(hash.is_of("4711"));
        assert!(!hash.is_of("4712") && !hash.is_of("47110") && !hash.is_of(""));
        assert_ne!(hash, PinHash::new("4711", 8));
    }

    #[test]
    fn five_wrong_pins_lock_a_mailbox_for_a_while() {
        let mut lock = Lock::default();
        let now = Instant::now();
        for _ in 0..4 {
            assert_eq!(lock.judge(now, || false), PinCheck::Wrong);
        }
        assert_eq!(lock.judge(now, || true), PinCheck::Right);
        for _ in 0..5 {
            assert_eq!(lock.judge(now, || false), PinCheck::Wrong);
        }
        assert_eq!(lock.judge(now, || true), PinCheck::Locked);
        assert_eq!(lock.judge(now + LOCKED, || true), PinCheck::Right);
    }
}
