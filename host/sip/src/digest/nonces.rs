//! Nonces that carry their own proof, and the table that keeps one from being used twice. A nonce costs no memory until
//! right credentials came with it.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::time::{Duration, Instant};

use hmac::{Hmac, Mac};
use sha2::Sha256;

use super::algorithm::hex_pair;
use crate::limits;

#[cfg(test)]
#[path = "nonces_tests.rs"]
mod tests;

const STAMP_BYTES: usize = 14;
const PROOF_BYTES: usize = 16;
const NONCE_DIGITS: usize = 2 * (STAMP_BYTES + PROOF_BYTES);

/// The settings of [`Nonces`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NonceConfig {
    /// How long a nonce may be used after it was made: 5 minutes.
    pub lifetime: Duration,
    /// How many used nonces are remembered; the oldest go first and count as stale from then on.
    pub remembered: usize,
}

impl Default for NonceConfig {
    fn default() -> Self {
        Self {
            lifetime: Duration::from_secs(300),
            remembered: limits::NONCES_REMEMBERED,
        }
    }
}

/// Makes and checks nonces: a time stamp and a serial number with a keyed hash over them, the realm and the address that
/// the nonce is sent to.
#[derive(Debug)]
pub struct Nonces {
    secret: Secret,
    config: NonceConfig,
    epoch: Instant,
    serial: u64,
    used: BTreeMap<u64, Used>,
    /// Nonces up to this serial number that the table does not hold are stale: they may have been in it.
    forgotten: u64,
}

struct Secret([u8; 32]);

impl std::fmt::Debug for Secret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Secret")
    }
}

/// The counts of one nonce that were seen: the greatest and the 63 below it.
#[derive(Debug, Clone, Copy)]
struct Used {
    made: Duration,
    greatest: u32,
    seen: u64,
}

/// A nonce of ours as it was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stamp {
    made: Duration,
    serial: u64,
}

/// Why a nonce may not be used, although it is right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unusable {
    Stale,
    Replayed,
}

impl Nonces {
    /// `secret` must be random and new at every start; `now` is the earliest time that will ever be given.
    pub fn new(secret: [u8; 32], now: Instant, config: NonceConfig) -> Self {
        Self {
            secret: Secret(secret),
            config,
            epoch: now,
            serial: 0,
            used: BTreeMap::new(),
            forgotten: 0,
        }
    }

    /// A new nonce for this realm, to be sent to this place.
    pub fn make(&mut self, realm: &str, place: IpAddr, now: Instant) -> String {
        self.serial += 1;
        let milliseconds = now.saturating_duration_since(self.epoch).as_millis() as u64;
        let [_, _, time @ ..] = milliseconds.to_be_bytes();
        let mut nonce = String::with_capacity(NONCE_DIGITS);
        push_hex(&mut nonce, &time);
        push_hex(&mut nonce, &self.serial.to_be_bytes());
        let proof = self.proof(nonce.as_bytes(), realm, place);
        push_hex(&mut nonce, &proof);
        nonce
    }

    /// What the nonce says, if we made it for this realm and this place.
    pub(super) fn recognise(&self, nonce: &str, realm: &str, place: IpAddr) -> Option<Stamp> {
        if nonce.len() != NONCE_DIGITS {
            return None;
        }
        let (stamp, proof) = nonce.split_at_checked(2 * STAMP_BYTES)?;
        let mut expected = String::with_capacity(2 * PROOF_BYTES);
        push_hex(&mut expected, &self.proof(stamp.as_bytes(), realm, place));
        if !bool::from(subtle::ConstantTimeEq::ct_eq(
            expected.as_bytes(),
            proof.as_bytes(),
        )) {
            return None;
        }
        let (time, serial) = stamp.split_at_checked(12)?;
        Some(Stamp {
            made: Duration::from_millis(u64::from_str_radix(time, 16).ok()?),
            serial: u64::from_str_radix(serial, 16).ok()?,
        })
    }

    /// Uses a nonce up for this count; without a count (RFC 2069) it can be used once. To be called for right credentials
    /// only, or anyone could fill the table.
    pub(super) fn spend(
        &mut self,
        stamp: Stamp,
        count: Option<u32>,
        now: Instant,
    ) -> Result<(), Unusable> {
        let now = now.saturating_duration_since(self.epoch);
        self.forget_expired(now);
        if now.saturating_sub(stamp.made) > self.config.lifetime {
            return Err(Unusable::Stale);
        }
        match self.used.get_mut(&stamp.serial) {
            Some(used) => count.map_or(Err(Unusable::Replayed), |count| used.spend(count)),
            None if stamp.serial <= self.forgotten => Err(Unusable::Stale),
            None => {
                self.make_room();
                // Without a count nothing may follow.
                let (greatest, seen) = count.map_or((u32::MAX, u64::MAX), |count| (count, 1));
                let made = stamp.made;
                self.used.insert(
                    stamp.serial,
                    Used {
                        made,
                        greatest,
                        seen,
                    },
                );
                Ok(())
            }
        }
    }

    /// What [`Nonces::spend`] would say, with nothing used up.
    pub(super) fn look(
        &self,
        stamp: Stamp,
        count: Option<u32>,
        now: Instant,
    ) -> Result<(), Unusable> {
        let now = now.saturating_duration_since(self.epoch);
        if now.saturating_sub(stamp.made) > self.config.lifetime {
            return Err(Unusable::Stale);
        }
        match self.used.get(&stamp.serial).copied() {
            Some(mut used) => count.map_or(Err(Unusable::Replayed), |count| used.spend(count)),
            None if stamp.serial <= self.forgotten => Err(Unusable::Stale),
            None => Ok(()),
        }
    }

    /// How many used nonces are remembered.
    pub fn remembered(&self) -> usize {
        self.used.len()
    }

    fn forget_expired(&mut self, now: Duration) {
        while let Some(oldest) = self.used.first_entry() {
            if now.saturating_sub(oldest.get().made) <= self.config.lifetime {
                break;
            }
            oldest.remove();
        }
    }

    fn make_room(&mut self) {
        while self.used.len() >= self.config.remembered.max(1) {
            if let Some((serial, _)) = self.used.pop_first() {
                self.forgotten = self.forgotten.max(serial);
            }
        }
    }

    fn proof(&self, stamp: &[u8], realm: &str, place: IpAddr) -> [u8; PROOF_BYTES] {
        // A key of any length is accepted, so the error cannot happen; a proof of zeros would then be no secret, but equal on
        // both sides.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&self.secret.0) else {
            return [0; PROOF_BYTES];
        };
        mac.update(stamp);
        match place.to_canonical() {
            IpAddr::V4(v4) => mac.update(&v4.octets()),
            // Hosts change their addresses within their network (RFC 8981).
            IpAddr::V6(v6) => mac.update(v6.octets().get(..8).unwrap_or_default()),
        }
        mac.update(realm.as_bytes());
        let full = mac.finalize().into_bytes();
        let mut proof = [0; PROOF_BYTES];
        for (to, from) in proof.iter_mut().zip(full) {
            *to = from;
        }
        proof
    }
}

impl Used {
    fn spend(&mut self, count: u32) -> Result<(), Unusable> {
        if count > self.greatest {
            let ahead = count - self.greatest;
            self.seen = self.seen.checked_shl(ahead).unwrap_or(0) | 1;
            self.greatest = count;
            return Ok(());
        }
        let behind = self.greatest - count;
        let bit = 1_u64.checked_shl(behind).unwrap_or(0);
        if bit == 0 || self.seen & bit != 0 {
            return Err(Unusable::Replayed);
        }
        self.seen |= bit;
        Ok(())
    }
}

fn push_hex(text: &mut String, bytes: &[u8]) {
    for byte in bytes {
        text.extend(hex_pair(*byte).map(char::from));
    }
}
