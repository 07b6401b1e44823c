//! What is accepted, what is refused and why, with our own client on the other side.

use std::time::Duration;

use super::super::algorithm::Hash;
use super::super::client::{Login, NonceCount, Signed, answer, answer_one};
use super::super::nonces::NonceConfig;
use super::*;

const REALM: &str = "example.com";

struct Desk {
    verifier: Verifier,
    now: Instant,
    ha1: Ha1,
    count: NonceCount,
}

const PRESENTED: Presented<'_> = Presented {
    realm: REALM,
    method: "REGISTER",
    uri: "sip:example.com",
    body: b"body",
    place: PLACE,
};
const PLACE: IpAddr = IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1));

impl Desk {
    fn new(policy: Policy) -> Self {
        let now = Instant::now();
        let nonces = Nonces::new([7; 32], now, NonceConfig::default());
        Self {
            verifier: Verifier::new(nonces, policy, now),
            now,
            ha1: Ha1::from_password("alice", REALM, "secret"),
            count: NonceCount::default(),
        }
    }

    fn challenges(&mut self) -> Vec<Challenge> {
        self.verifier.challenges(REALM, PLACE, false, self.now)
    }

    fn answer_with(&mut self, challenge: &Challenge, password: &str) -> String {
        let login = Login {
            username: "alice",
            password,
        };
        answer_one(challenge, login, signed(), "cnonce", &mut self.count)
    }

    fn verify(&mut self, value: &str) -> Result<Verified, DigestFailure> {
        let ha1 = self.ha1;
        self.verify_for(value, Some(&ha1))
    }

    fn verify_for(&mut self, value: &str, ha1: Option<&Ha1>) -> Result<Verified, DigestFailure> {
        let credentials = Verifier::select([value], REALM)?;
        self.verifier
            .verify(&credentials, &PRESENTED, ha1, self.now)
    }
}

fn signed() -> Signed<'static> {
    Signed {
        method: PRESENTED.method,
        uri: PRESENTED.uri,
        body: PRESENTED.body,
    }
}

fn policy(algorithm: Algorithm, qop: &[Qop]) -> Policy {
    Policy {
        algorithms: vec![algorithm],
        qop: qop.to_vec(),
        ..Policy::default()
    }
}

#[test]
fn every_algorithm_and_protection_is_verified_plain_and_as_session() {
    for plain in [Algorithm::MD5, Algorithm::SHA_256, Algorithm::SHA_512_256] {
        for session in [false, true] {
            for qop in [Qop::Auth, Qop::AuthInt] {
                let algorithm = Algorithm { session, ..plain };
                let mut desk = Desk::new(policy(algorithm, &[qop]));
                let challenge = desk.challenges().remove(0);
                let value = desk.answer_with(&challenge, "secret");
                let expected = Verified {
                    algorithm,
                    qop: Some(qop),
                };
                assert_eq!(desk.verify(&value), Ok(expected), "{value}");
            }
        }
    }
}

#[test]
fn challenges_come_with_sha_256_first_and_the_client_takes_it() {
    let mut desk = Desk::new(Policy::default());
    let headers: Vec<_> = desk.challenges().iter().map(Challenge::to_header).collect();
    assert_eq!(headers.len(), 2);
    assert!(headers[0].contains("algorithm=SHA-256, qop=\"auth\""));
    assert!(headers[1].contains("algorithm=MD5"));
    let login = Login {
        username: "alice",
        password: "secret",
    };
    let values = headers.iter().map(String::as_str);
    let mut count = NonceCount::default();
    let (_, value) = answer(values, login, signed(), "c", &mut count).unwrap();
    assert_eq!(desk.verify(&value).unwrap().algorithm, Algorithm::SHA_256);
}

#[test]
fn a_wrong_password_an_unknown_user_and_a_changed_body_are_refused() {
    let mut desk = Desk::new(policy(Algorithm::SHA_256, &[Qop::AuthInt]));
    let challenge = desk.challenges().remove(0);
    let wrong = desk.answer_with(&challenge, "guess");
    assert_eq!(desk.verify(&wrong), Err(DigestFailure::WrongResponse));
    let right = desk.answer_with(&challenge, "secret");
    assert_eq!(
        desk.verify_for(&right, None),
        Err(DigestFailure::UnknownUser)
    );
    let credentials = Verifier::select([right.as_str()], REALM).unwrap();
    let changed = Presented {
        body: b"other",
        ..PRESENTED
    };
    let ha1 = desk.ha1;
    let refused = desk
        .verifier
        .verify(&credentials, &changed, Some(&ha1), desk.now);
    assert_eq!(refused, Err(DigestFailure::WrongResponse));
    assert_eq!(desk.verifier.nonces.remembered(), 0);
}

#[test]
fn a_count_that_was_used_is_replayed_and_a_greater_or_skipped_one_is_not() {
    let mut desk = Desk::new(Policy::default());
    let challenge = desk.challenges().remove(0);
    let values: Vec<_> = (0..40)
        .map(|_| desk.answer_with(&challenge, "secret"))
        .collect();
    assert!(values[25].contains("nc=0000001a"));
    assert!(desk.verify(&values[0]).is_ok());
    assert_eq!(desk.verify(&values[0]), Err(DigestFailure::Replayed));
    assert!(desk.verify(&values[25]).is_ok());
    assert!(desk.verify(&values[3]).is_ok());
    assert_eq!(desk.verify(&values[3]), Err(DigestFailure::Replayed));
    assert_eq!(desk.verify(&values[25]), Err(DigestFailure::Replayed));
    assert!(DigestFailure::Replayed.is_stale());
}

#[test]
fn right_credentials_with_an_old_or_foreign_nonce_are_stale_and_wrong_ones_are_not() {
    let mut desk = Desk::new(Policy::default());
    let challenge = desk.challenges().remove(0);
    let right = desk.answer_with(&challenge, "secret");
    let wrong = desk.answer_with(&challenge, "guess");
    desk.now += Duration::from_secs(301);
    assert_eq!(desk.verify(&right), Err(DigestFailure::Stale));
    assert_eq!(desk.verify(&wrong), Err(DigestFailure::WrongResponse));
    let foreign = Challenge {
        nonce: "made-by-another".to_owned(),
        ..challenge
    };
    // Of a nonce that was not sent to where it is used nothing is told: neither that the password is right nor that it is not.
    for password in ["secret", "guess"] {
        let value = desk.answer_with(&foreign, password);
        assert_eq!(desk.verify(&value), Err(DigestFailure::Stale));
        assert_eq!(desk.verify_for(&value, None), Err(DigestFailure::Stale));
    }
}

#[test]
fn a_nonce_of_another_realm_is_stale() {
    let mut desk = Desk::new(Policy::default());
    let now = desk.now;
    let mut challenge = desk
        .verifier
        .challenges("other.example", PLACE, false, now)
        .remove(0);
    challenge.realm = REALM.to_owned();
    let value = desk.answer_with(&challenge, "secret");
    assert_eq!(desk.verify(&value), Err(DigestFailure::Stale));
}

#[test]
fn without_qop_md5_is_accepted_once_a_nonce_unless_it_is_refused() {
    let rfc_2069 = policy(Algorithm::MD5, &[]);
    let mut desk = Desk::new(rfc_2069.clone());
    let challenge = desk.challenges().remove(0);
    let value = desk.answer_with(&challenge, "secret");
    assert!(!value.contains("qop"));
    assert_eq!(desk.verify(&value).unwrap().qop, None);
    assert_eq!(desk.verify(&value), Err(DigestFailure::Replayed));

    let mut strict = Desk::new(Policy {
        legacy: Legacy::Refuse,
        ..rfc_2069
    });
    let challenge = strict.challenges().remove(0);
    let value = strict.answer_with(&challenge, "secret");
    assert_eq!(strict.verify(&value), Err(DigestFailure::NotOffered));

    let mut sha = Desk::new(policy(Algorithm::SHA_256, &[]));
    let challenge = sha.challenges().remove(0);
    let value = sha.answer_with(&challenge, "secret");
    assert_eq!(sha.verify(&value), Err(DigestFailure::NotOffered));
}

#[test]
fn an_algorithm_that_was_not_offered_is_refused() {
    let mut desk = Desk::new(policy(Algorithm::SHA_256, &[Qop::Auth]));
    let mut challenge = desk.challenges().remove(0);
    challenge.algorithm = Algorithm::MD5;
    let value = desk.answer_with(&challenge, "secret");
    assert_eq!(desk.verify(&value), Err(DigestFailure::NotOffered));
}

#[test]
fn a_user_with_a_stored_md5_hash_only_is_refused_with_sha_256() {
    let mut desk = Desk::new(Policy::default());
    let digits = "0123456789abcdef0123456789ABCDEF";
    desk.ha1 = Ha1::from_hex(Hash::Md5, digits).unwrap();
    let challenge = desk.challenges().remove(0);
    let value = desk.answer_with(&challenge, "secret");
    assert_eq!(desk.verify(&value), Err(DigestFailure::WrongResponse));
    assert!(Ha1::from_hex(Hash::Sha256, digits).is_none());
}

#[test]
fn credentials_for_another_user_or_host_are_refused_ports_and_parameters_do_not_count() {
    assert!(names_the_same(
        "sip:1002@Example.com:5060;transport=tcp",
        "sip:1002@example.com"
    ));
    assert!(names_the_same("sip:%31002@a", "sip:1002@a"));
    assert!(!names_the_same("sip:1003@a", "sip:1002@a"));
    assert!(!names_the_same("sip:1002@b", "sip:1002@a"));
    assert!(!names_the_same("tel:+12", "sip:+12@a"));
    let mut desk = Desk::new(Policy::default());
    let challenge = desk.challenges().remove(0);
    let login = Login {
        username: "alice",
        password: "secret",
    };
    let other = Signed {
        uri: "sip:premium@example.com",
        ..signed()
    };
    let value = answer_one(&challenge, login, other, "c", &mut NonceCount::default());
    assert_eq!(desk.verify(&value), Err(DigestFailure::WrongUri));
}

#[test]
fn quirks_of_phones_are_understood() {
    let mut desk = Desk::new(policy(Algorithm::MD5, &[Qop::Auth]));
    let challenge = desk.challenges().remove(0);
    let value = desk.answer_with(&challenge, "secret");
    let quirky = value
        .replace("Digest ", "digest  ,")
        .replace(", ", " ,\r\n ")
        .replace("qop=auth", "qop=\"auth\"")
        .replace("algorithm=MD5", "algorithm=\"md5\"")
        .replace("realm=", "REALM = ");
    assert!(desk.verify(&quirky).is_ok(), "{quirky}");
}

#[test]
fn broken_credentials_are_malformed_and_those_of_other_realms_are_none() {
    let whole = "Digest username=\"a\", realm=\"example.com\", nonce=\"n\", uri=\"sip:a\", \
        response=\"r\", qop=auth, nc=00000001, cnonce=\"c\"";
    assert!(Credentials::parse(whole).is_some());
    for (from, to) in [
        ("username=\"a\", ", ""),
        ("nc=00000001", "nc=0000000g"),
        ("nc=00000001", "nc=000000001"),
        ("nc=00000001, ", ""),
        (", cnonce=\"c\"", ""),
        ("qop=auth", "qop=auth-conf"),
        ("cnonce=\"c\"", "cnonce=\"c"),
        ("cnonce=\"c\"", "cnonce=\"c\" x"),
        ("response=\"r\"", "response=\"r\", response=\"s\""),
        ("Digest ", "Basic "),
        ("Digest ", "Digest"),
    ] {
        let broken = whole.replace(from, to);
        assert_eq!(
            Verifier::select([broken.as_str()], REALM),
            Err(DigestFailure::Malformed),
            "{broken}"
        );
    }
    assert_eq!(
        Verifier::select([whole], "other"),
        Err(DigestFailure::Missing)
    );
    assert_eq!(Verifier::select([], REALM), Err(DigestFailure::Missing));
    let among = ["Digest broken", whole];
    assert!(Verifier::select(among, REALM).is_ok());
}

#[test]
fn what_somebody_else_verifies_is_looked_at_often_and_used_up_once() {
    let mut desk = Desk::new(Policy::default());
    let challenge = desk.challenges().remove(0);
    let value = desk.answer_with(&challenge, "whatever it is");
    let credentials = Verifier::select([value.as_str()], REALM).unwrap();
    let now = desk.now;
    for _ in 0..2 {
        assert_eq!(desk.verifier.look(&credentials, &PRESENTED, now), Ok(()));
    }
    let expected = [Ok(()), Err(DigestFailure::Replayed)];
    for expected in expected {
        assert_eq!(desk.verifier.spend(&credentials, &PRESENTED, now), expected);
    }
    let replayed = Err(DigestFailure::Replayed);
    assert_eq!(desk.verifier.look(&credentials, &PRESENTED, now), replayed);
    let late = now + Duration::from_secs(3600);
    let stale = Err(DigestFailure::Stale);
    assert_eq!(desk.verifier.look(&credentials, &PRESENTED, late), stale);
    let elsewhere = Presented {
        uri: "sip:example.net",
        ..PRESENTED
    };
    let wrong = Err(DigestFailure::WrongUri);
    assert_eq!(desk.verifier.look(&credentials, &elsewhere, now), wrong);
}
