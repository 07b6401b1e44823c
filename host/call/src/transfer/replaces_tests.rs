//! Tests of [`super`].

use switchhook_sip::uri::Uri;

use super::{Replaces, of_uri};

#[test]
fn a_replaces_names_a_call_id_and_two_tags() {
    let read = Replaces::parse("a@b ; from-tag=f;to-tag = t;early-only").unwrap();
    assert_eq!(read.to_header(), "a@b;to-tag=t;from-tag=f;early-only");
    assert!(read.early_only);
}

#[test]
fn one_without_its_tags_or_with_two_of_a_kind_is_malformed() {
    for value in [
        "",
        "a@b",
        "a@b;to-tag=t",
        ";to-tag=t;from-tag=f",
        "a;to-tag=t;from-tag=f;to-tag=u",
    ] {
        assert_eq!(Replaces::parse(value), None, "{value}");
    }
}

#[test]
fn it_is_found_among_the_header_fields_of_a_uri() {
    let text = "sip:c@h?Replaces=a%40b%3Bto-tag%3Dt%3Bfrom-tag%3Df&X=y";
    let uri = Uri::parse(text).unwrap();
    let read = of_uri(&uri).unwrap().unwrap();
    assert_eq!((read.call_id.as_str(), read.to_tag.as_str()), ("a@b", "t"));
    assert_eq!(
        of_uri(&Uri::parse("sip:c@h?Replaces=x").unwrap()),
        Some(Err(()))
    );
    assert_eq!(of_uri(&Uri::parse("sip:c@h").unwrap()), None);
}
