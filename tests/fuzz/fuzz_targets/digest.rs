//! Any text as a challenge and as credentials: no panic; whatever challenge can be read can be answered, and the answer can be read;
//! credentials that nobody made for our nonce are not accepted; those made for our own challenge are, whatever the names.
#![no_main]

use std::time::Instant;

use libfuzzer_sys::fuzz_target;
use switchhook_sip::digest::{
    Challenge, Credentials, DigestFailure, Ha1, Login, NonceConfig, NonceCount, Nonces, Policy,
    Presented, Signed, Verifier, answer,
};

fuzz_target!(|input: &str| {
    // A line each, so that seeds are plain files.
    let mut lines = input.split('\n');
    let mut line = || lines.next().unwrap_or_default();
    let (challenge, credentials, username, password) = (line(), line(), line(), line());
    let login = Login { username, password };
    answer_any(challenge, login);

    let now = Instant::now();
    let nonces = Nonces::new([7; 32], now, NonceConfig::default());
    let mut verifier = Verifier::new(nonces, Policy::default(), now);
    let presented = Presented {
        realm: "example.test",
        method: "REGISTER",
        uri: "sip:example.test",
        body: b"",
        place: std::net::Ipv4Addr::LOCALHOST.into(),
    };
    if let Some(credentials) = Credentials::parse(credentials) {
        let ha1 = Ha1::from_password(username, "example.test", password);
        let verified = verifier.verify(&credentials, &presented, Some(&ha1), now);
        assert!(verified.is_err(), "a nonce that was never given");
    }
    log_in(&mut verifier, &presented, login, now);
});

fn answer_any(challenge: &str, login: Login<'_>) {
    let signed = Signed {
        method: "INVITE",
        uri: "sip:a@example.test",
        body: b"v=0",
    };
    let mut count = NonceCount::default();
    if let Ok((read, value)) = answer([challenge], login, signed, "cnonce", &mut count) {
        assert_eq!(Challenge::parse(&read.to_header()).map(|c| c.nonce), Some(read.nonce));
        if !value.contains(['\r', '\n', '\0']) {
            assert!(Credentials::parse(&value).is_some(), "{value:?}");
        }
    }
}

/// Our own client against our own verifier.
fn log_in(verifier: &mut Verifier, presented: &Presented<'_>, login: Login<'_>, now: Instant) {
    let challenges = verifier.challenges(presented.realm, presented.place, false, now);
    let headers: Vec<String> = challenges.iter().map(Challenge::to_header).collect();
    let signed = Signed {
        method: presented.method,
        uri: presented.uri,
        body: presented.body,
    };
    let mut count = NonceCount::default();
    let values = headers.iter().map(String::as_str);
    let Ok((_, value)) = answer(values, login, signed, "cnonce", &mut count) else {
        panic!("our own challenge cannot be answered");
    };
    let Some(credentials) = Credentials::parse(&value) else {
        return;
    };
    if credentials.username != login.username {
        // Control characters do not survive in a header field.
        return;
    }
    let ha1 = Ha1::from_password(login.username, presented.realm, login.password);
    assert!(verifier.verify(&credentials, presented, Some(&ha1), now).is_ok());
    let again = verifier.verify(&credentials, presented, Some(&ha1), now);
    assert_eq!(again.err(), Some(DigestFailure::Replayed));
}
