//! The examples of RFC 2617 §3.5, RFC 7616 §3.9 and RFC 2069 §2.4 (the latter two with their errata), and the choice among
//! challenges.

use super::super::credentials::Credentials;
use super::*;

const RFC_2617: &str = "Digest realm=\"testrealm@host.com\", qop=\"auth,auth-int\", \
    nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", opaque=\"5ccc069c403ebaf9f0171e9517f40e41\"";

const RFC_7616: &str = "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", \
    algorithm=ALGORITHM, nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", \
    opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"";

const RFC_7616_CNONCE: &str = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";

fn get(uri: &str) -> Signed<'_> {
    Signed {
        method: "GET",
        uri,
        body: b"",
    }
}

fn mufasa(password: &str) -> Login<'_> {
    Login {
        username: "Mufasa",
        password,
    }
}

fn response_to(challenge: &str, login: Login<'_>, uri: &str, cnonce: &str) -> String {
    let mut count = NonceCount::default();
    let (_, value) = answer([challenge], login, get(uri), cnonce, &mut count).unwrap();
    Credentials::parse(&value).unwrap().response.to_owned()
}

#[test]
fn the_example_of_rfc_2617_is_answered_as_it_says() {
    let mut count = NonceCount::default();
    let login = mufasa("Circle Of Life");
    let signed = get("/dir/index.html");
    let (_, value) = answer([RFC_2617], login, signed, "0a4f113b", &mut count).unwrap();
    assert_eq!(
        value,
        "Digest username=\"Mufasa\", realm=\"testrealm@host.com\", \
         nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\", uri=\"/dir/index.html\", \
         response=\"6629fae49393a05397450978507c4ef1\", algorithm=MD5, \
         cnonce=\"0a4f113b\", qop=auth, nc=00000001, \
         opaque=\"5ccc069c403ebaf9f0171e9517f40e41\""
    );
}

#[test]
fn the_examples_of_rfc_7616_are_answered_as_it_says() {
    let expected = [
        ("MD5", "8ca523f5e9506fed4657c9700eebdbec"),
        (
            "SHA-256",
            "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1",
        ),
    ];
    for (algorithm, response) in expected {
        let challenge = RFC_7616.replace("ALGORITHM", algorithm);
        let login = mufasa("Circle of Life");
        let answered = response_to(&challenge, login, "/dir/index.html", RFC_7616_CNONCE);
        assert_eq!(answered, response, "{algorithm}");
    }
}

#[test]
fn the_sha_512_256_example_of_rfc_7616_is_answered_as_its_erratum_says() {
    let challenge = "Digest realm=\"api@example.org\", qop=\"auth\", algorithm=SHA-512-256, \
        nonce=\"5TsQWLVdgBdmrQ0XsxbDODV+57QdFR34I9HAbC/RVvkK\", charset=UTF-8, userhash=true";
    let login = Login {
        username: "J\u{e4}s\u{f8}n Doe",
        password: "Secret, or not?",
    };
    let cnonce = "NTg6RKcb9boFIAS3KrFK9BGeh+iDa/sm6jUMp2wds69v";
    assert_eq!(
        response_to(challenge, login, "/doe.json", cnonce),
        "3798d4131c277846293534c3edc11bd8a5e4cdcbff78b05db9d95eeb1cec68a5"
    );
}

#[test]
fn without_qop_the_example_of_rfc_2069_is_answered_as_its_erratum_says() {
    let challenge = "Digest realm=\"testrealm@host.com\", \
        nonce=\"dcd98b7102dd2f0e8b11d0f600bfb0c093\"";
    let login = mufasa("CircleOfLife");
    assert_eq!(
        response_to(challenge, login, "/dir/index.html", "unused"),
        "1949323746fe6a43ef61f9606e7febea"
    );
}

#[test]
fn the_strongest_algorithm_is_chosen_and_the_first_of_equals() {
    let challenge = |algorithm: &str, nonce: &str| {
        format!("Digest realm=\"r\", nonce=\"{nonce}\", qop=\"auth\", algorithm={algorithm}")
    };
    let chosen = |challenges: &[String]| {
        let values = challenges.iter().map(String::as_str);
        let mut count = NonceCount::default();
        let chosen = answer(values, mufasa("x"), get("sip:a"), "c", &mut count);
        chosen.unwrap().0.nonce
    };
    let (md5, sha, sha_512) = (
        challenge("MD5", "1"),
        challenge("SHA-256", "2"),
        challenge("SHA-512-256", "3"),
    );
    assert_eq!(chosen(&[md5.clone(), sha.clone()]), "2");
    assert_eq!(chosen(&[sha.clone(), md5.clone()]), "2");
    assert_eq!(chosen(&[sha.clone(), sha_512, md5.clone()]), "3");
    assert_eq!(chosen(&[challenge("SHA-3", "0"), md5.clone()]), "1");
    assert_eq!(chosen(&[md5, challenge("md5", "9")]), "1");
}

#[test]
fn what_nobody_can_answer_is_an_error() {
    for challenge in [
        "Basic realm=\"r\"",
        "Digest realm=\"r\"",
        "Digest realm=\"r\", nonce=\"n\", qop=\"auth-conf\"",
        "Digest realm=\"r\", nonce=\"n\", algorithm=MD6",
        "Digest realm=\"r, nonce=\"n\"",
        "",
    ] {
        let mut count = NonceCount::default();
        let answered = answer([challenge], mufasa("x"), get("sip:a"), "c", &mut count);
        assert_eq!(answered, Err(AnswerError::NothingSupported), "{challenge}");
    }
}

#[test]
fn the_nonce_count_goes_up_with_the_same_nonce_and_begins_anew_with_another() {
    let mut count = NonceCount::default();
    assert_eq!(count.next("one"), 1);
    assert_eq!(count.next("one"), 2);
    assert_eq!(count.next("two"), 1);
}

#[test]
fn quotes_in_names_are_escaped_and_come_back() {
    let challenge = "Digest realm=\"the \\\"best\\\" realm\", nonce=\"n\", qop=auth";
    let login = Login {
        username: "al\"ice\\",
        password: "x",
    };
    let mut count = NonceCount::default();
    let (challenge, value) = answer([challenge], login, get("sip:a"), "c", &mut count).unwrap();
    assert_eq!(challenge.realm, "the \"best\" realm");
    let credentials = Credentials::parse(&value).unwrap();
    assert_eq!(credentials.username, "al\"ice\\");
    assert_eq!(credentials.realm, "the \"best\" realm");
}
