//! Addresses: forms, parameters, refusals.

use crate::message::name_addr::NameAddr;

fn parse(text: &str) -> NameAddr<'_> {
    NameAddr::parse(text.as_bytes()).unwrap_or_else(|_| panic!("{text}"))
}

#[test]
fn every_form_of_an_address_is_read() {
    for (text, name, uri, tag) in [
        ("sip:a@b", None, "sip:a@b", None),
        (" sip:a@b ;tag=x", None, "sip:a@b", Some("x")),
        ("<sip:a@b;p=1>;tag=x", None, "sip:a@b;p=1", Some("x")),
        ("A B <sip:a@b>", Some("A B"), "sip:a@b", None),
        (
            "\"A <b>\"<sip:a@b>; tag = x ",
            Some("A <b>"),
            "sip:a@b",
            Some("x"),
        ),
        (
            "\"\\\"\" <sip:a@b>;x=\"<y>\";tag=x",
            Some("\""),
            "sip:a@b",
            Some("x"),
        ),
        (
            "<tel:+1;phone-context=a>;tag=",
            None,
            "tel:+1;phone-context=a",
            None,
        ),
        (
            "<http://example.com/?a=b,c>",
            None,
            "http://example.com/?a=b,c",
            None,
        ),
    ] {
        let address = parse(text);
        assert_eq!(address.display_name().as_deref(), name, "{text}");
        assert_eq!(address.uri().as_str(), uri, "{text}");
        assert_eq!(address.tag(), tag, "{text}");
    }
}

#[test]
fn what_is_no_address_is_refused() {
    for text in [
        "",
        " ",
        "*",
        "<>",
        "<sip:a@b",
        "sip:a@b>",
        "\"A <sip:a@b>",
        "\"A\" sip:a@b",
        "\"A\" B <sip:a@b>",
        "A, B <sip:a@b>",
        "<sip:a@b> x",
        "<sip:a@b>;;x",
        "< sip:a@b >",
        "sip:a@b?x=y",
        "sip:a,b@c",
        "A \"B\" <sip:a@b>",
        "<sip:a@b>,<sip:c@d>",
    ] {
        assert!(NameAddr::parse(text.as_bytes()).is_err(), "{text}");
    }
    assert!(NameAddr::parse(b"<sip:\xff@b>").is_err());
    assert!(NameAddr::parse(b"<sip:a@b>;x=\xff").is_err());
}

#[test]
fn q_and_expires_are_numbers_or_their_defaults() {
    let q = |text: &str| parse(&format!("<sip:a@b>;q={text}")).q_thousandths();
    assert_eq!(
        [
            q("0"),
            q("0.5"),
            q("1.0"),
            q("0.333"),
            q(".7"),
            q("1"),
            q("0.12345")
        ],
        [0, 500, 1000, 333, 700, 1000, 123]
    );
    assert_eq!(
        [q("2"), q("1.5"), q("x"), q("0.x"), q("999999999")],
        [1000; 5]
    );
    let expires = |text: &str| parse(&format!("<sip:a@b>;expires={text}")).expires();
    assert_eq!(
        [expires("60"), expires("0"), expires("x")],
        [Some(60), Some(0), None]
    );
    assert_eq!(expires("4294967296"), Some(u32::MAX));
}
