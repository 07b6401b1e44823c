//! Identifiers carry the exchange and differ.

use std::collections::HashSet;

use rand_core::TryRng;

use crate::identifiers::{
    branch, call_id, derived, exchange_of_branch, exchange_of_call_id, exchange_of_tag, tag,
};

/// A generator that counts, well spread.
struct Counting(u64);

impl TryRng for Counting {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        self.try_next_u64().map(|number| number as u32)
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        self.0 += 1;
        Ok(self.0.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        bytes.fill(7);
        Ok(())
    }
}

#[test]
fn every_identifier_names_its_exchange() {
    let mut rng = Counting(0);
    for exchange in 0..=255 {
        assert_eq!(
            exchange_of_branch(&branch(&mut rng, exchange)),
            Some(exchange)
        );
        assert_eq!(exchange_of_tag(&tag(&mut rng, exchange)), Some(exchange));
        let call_id = call_id(&mut rng, exchange, "example.com");
        assert_eq!(exchange_of_call_id(&call_id), Some(exchange));
        assert!(call_id.ends_with("@example.com"));
    }
}

#[test]
fn identifiers_of_others_name_none() {
    for foreign in [
        "",
        "z9hG4bK",
        "z9hG4bK776asdhds",
        "1928301774",
        "shx",
        "sh+1abc",
    ] {
        assert_eq!(exchange_of_branch(foreign), None, "{foreign}");
        assert_eq!(exchange_of_tag(foreign), None, "{foreign}");
    }
}

#[test]
fn identifiers_differ_and_are_tokens() {
    let mut rng = Counting(0);
    let branches: HashSet<String> = (0..1000).map(|_| branch(&mut rng, 3)).collect();
    assert_eq!(branches.len(), 1000);
    assert!(
        branches
            .iter()
            .all(|branch| branch.starts_with("z9hG4bKsh03"))
    );
    assert!(
        branches
            .iter()
            .all(|branch| branch.bytes().all(|byte| byte.is_ascii_alphanumeric()))
    );
}

#[test]
fn a_derived_identifier_is_always_the_same_and_depends_on_every_part() {
    let one = derived(b"secret", &["example.test", "carrier"]);
    assert_eq!(one.len(), 32);
    assert_eq!(one, derived(b"secret", &["example.test", "carrier"]));
    assert_ne!(one, derived(b"secret", &["example.testc", "arrier"]));
    assert_ne!(one, derived(b"other", &["example.test", "carrier"]));
}
