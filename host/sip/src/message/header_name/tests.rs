//! Names: every known one is found, in whatever case, and no other.

use crate::message::header_name::{HeaderName, KNOWN};

#[test]
fn every_known_name_is_found_whatever_its_case() {
    for (name, text, _) in KNOWN {
        assert_eq!(
            HeaderName::from_name(text).number(),
            name.number(),
            "{text}"
        );
        assert_eq!(
            HeaderName::from_name(&text.to_uppercase()).number(),
            name.number()
        );
        assert_eq!(
            HeaderName::from_name(&text.to_lowercase()).number(),
            name.number()
        );
    }
}

#[test]
fn other_names_stay_text_and_compare_without_case() {
    for text in ["X-Mine", "", "z", "Viaa", "Fro", "CSeqq", "\u{e9}"] {
        assert!(matches!(HeaderName::from_name(text), HeaderName::Other(other) if other == text));
    }
    assert_eq!(HeaderName::from_name("x-mine"), HeaderName::Other("X-Mine"));
    assert_ne!(
        HeaderName::from_name("x-mine"),
        HeaderName::Other("X-Yours")
    );
    assert_ne!(HeaderName::from_name("x-mine"), HeaderName::Via);
}

#[test]
fn compact_forms_are_the_names_they_stand_for() {
    let forms = [
        ("a", "Accept-Contact"),
        ("b", "Referred-By"),
        ("c", "Content-Type"),
        ("d", "Request-Disposition"),
        ("e", "Content-Encoding"),
        ("f", "From"),
        ("i", "Call-ID"),
        ("j", "Reject-Contact"),
        ("k", "Supported"),
        ("l", "Content-Length"),
        ("m", "Contact"),
        ("n", "Identity-Info"),
        ("o", "Event"),
        ("r", "Refer-To"),
        ("s", "Subject"),
        ("t", "To"),
        ("u", "Allow-Events"),
        ("v", "Via"),
        ("x", "Session-Expires"),
        ("y", "Identity"),
    ];
    for (compact, long) in forms {
        assert_eq!(HeaderName::from_name(compact).as_str(), long);
        assert_eq!(
            HeaderName::from_name(&compact.to_uppercase()).as_str(),
            long
        );
    }
}

#[test]
fn only_lists_are_lists() {
    assert!(HeaderName::Contact.is_list() && HeaderName::Via.is_list());
    assert!(!HeaderName::WwwAuthenticate.is_list() && !HeaderName::Subject.is_list());
    assert!(!HeaderName::Other("X").is_list());
}
