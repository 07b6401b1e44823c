//! GRUUs (RFC 5627): addresses that reach one device of a client from everywhere. A public one names the device; a temporary
//! one says nothing to anybody but this exchange, and nobody sees that two of them are of the same device.

use sha2::{Digest, Sha256};
use switchhook_sip::uri::Uri;

use crate::call::target::escaped;
use crate::core::Core;
use crate::kept::Contact;
use crate::keys::AddressOfRecord;

/// The beginning of the user part of a temporary GRUU.
const MARK: &str = "tgruu.";

/// The device that a GRUU is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Device {
    /// The client's username.
    pub(crate) user: String,
    /// Its `+sip.instance`.
    pub(crate) instance: String,
}

/// Turns numbers into what looks like chance, and back (a Feistel network of four rounds, RFC 5627 Appendix A asks for no more
/// than a cipher of one's own choice). Its key is made anew with every start: temporary GRUUs last until then at most.
#[derive(Debug)]
pub(crate) struct Seal {
    key: [u8; 32],
}

impl Seal {
    pub(crate) fn new(key: [u8; 32]) -> Seal {
        Seal { key }
    }

    fn close(&self, open: u128) -> u128 {
        let (mut left, mut right) = ((open >> 64) as u64, open as u64);
        for round in 0..4 {
            (left, right) = (right, left ^ self.mix(round, right));
        }
        u128::from(left) << 64 | u128::from(right)
    }

    fn open(&self, closed: u128) -> u128 {
        let (mut left, mut right) = ((closed >> 64) as u64, closed as u64);
        for round in (0..4).rev() {
            (left, right) = (right ^ self.mix(round, left), left);
        }
        u128::from(left) << 64 | u128::from(right)
    }

    fn mix(&self, round: u8, half: u64) -> u64 {
        let hash = Sha256::new()
            .chain_update(self.key)
            .chain_update([round])
            .chain_update(half.to_be_bytes())
            .finalize();
        hash.iter()
            .take(8)
            .fold(0, |number, byte| number << 8 | u64::from(*byte))
    }
}

/// The public GRUU of a device.
pub(crate) fn public(client: &AddressOfRecord, instance: &str) -> String {
    let AddressOfRecord { domain, user } = client;
    let name = bare(instance);
    format!("sip:{}@{domain};gr={}", escaped(user), param(name))
}

/// A new temporary GRUU of a device. It holds until the device registers with another Call-ID, or not any more.
pub(crate) fn temporary(
    core: &mut Core,
    client: &AddressOfRecord,
    contact: &Contact,
) -> Option<String> {
    let number = core.registrar.number(client)?;
    let open =
        u128::from(number) << 96 | u128::from(mark_of(contact)) << 64 | u128::from(core.serial());
    let token = core.seal.close(open);
    Some(format!("sip:{MARK}{token:032x}@{};gr", client.domain))
}

/// The device that a URI of this domain is the GRUU of. `None`: it is no GRUU; `Some(None)`: it was one, or never.
pub(crate) fn device(core: &Core, domain: &str, uri: &Uri<'_>) -> Option<Option<Device>> {
    let gr = uri.param("gr")?;
    let user = uri.user().unwrap_or_default();
    if let Some(token) = user.strip_prefix(MARK) {
        return Some(temporary_device(core, domain, token));
    }
    let mut bindings = core.registrar.bindings_of(domain, &user).iter();
    let binding = bindings.find(|binding| bare(&binding.contact.instance) == gr)?;
    Some(Some(Device {
        user: user.into_owned(),
        instance: binding.contact.instance.as_ref().to_owned(),
    }))
}

fn temporary_device(core: &Core, domain: &str, token: &str) -> Option<Device> {
    let token = u128::from_str_radix(token, 16).ok()?;
    let open = core.seal.open(token);
    let (number, mark) = ((open >> 96) as u32, (open >> 64) as u32);
    let (client, bindings) = core.registrar.numbered(number)?;
    if client.domain != domain {
        return None;
    }
    let mut bindings = bindings.iter();
    let binding = bindings.find(|binding| mark_of(&binding.contact) == mark)?;
    Some(Device {
        user: client.user,
        instance: binding.contact.instance.as_ref().to_owned(),
    })
}

/// Device and Call-ID, on which a temporary GRUU depends.
fn mark_of(contact: &Contact) -> u32 {
    use std::hash::BuildHasher;
    let hasher = foldhash::quality::FixedState::with_seed(0x6772_7575);
    hasher.hash_one((&contact.instance, &contact.call_id)) as u32
}

/// `<urn:uuid:…>` without its brackets.
fn bare(instance: &str) -> &str {
    let instance = instance.strip_prefix('<').unwrap_or(instance);
    instance.strip_suffix('>').unwrap_or(instance)
}

/// The value of a URI's parameter: what its grammar does not allow is escaped (RFC 3261 §25.1).
fn param(value: &str) -> String {
    use std::fmt::Write;
    let mut text = String::with_capacity(value.len());
    for byte in value.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()[]/:&+$".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}");
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sealed_can_be_opened_with_the_same_key_only() {
        let (seal, other) = (Seal::new([7; 32]), Seal::new([8; 32]));
        for open in [0, 1, u128::MAX, 0x0123_4567_89ab_cdef_0011_2233_4455_6677] {
            let closed = seal.close(open);
            assert_ne!(closed, open);
            assert_eq!(seal.open(closed), open);
            assert_ne!(other.open(closed), open);
        }
        let (one, two) = (seal.close(1), seal.close(2));
        assert!(
            (one ^ two).count_ones() > 30,
            "nothing shows they are neighbours"
        );
    }

    #[test]
    fn a_public_gruu_is_a_uri_whatever_the_device_is_called() {
        let client = AddressOfRecord {
            domain: "example.test".to_owned(),
            user: "a b".to_owned(),
        };
        let text = public(&client, "<urn:x;y=\"1\">");
        assert_eq!(text, "sip:a%20b@example.test;gr=urn:x%3By%3D%221%22");
        let uri = Uri::parse(&text).unwrap();
        assert_eq!(uri.param("gr").unwrap(), "urn:x;y=\"1\"");
    }
}
