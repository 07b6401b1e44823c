//! Telephone numbers.

use super::*;

const GERMANY: Habits<'static> = Habits {
    country: Some("49"),
    national: Some("0"),
    international: Some("00"),
    area: Some("30"),
    shortest: 5,
};
const AMERICA: Habits<'static> = Habits {
    country: Some("1"),
    national: Some("1"),
    international: Some("011"),
    area: None,
    shortest: 10,
};

#[test]
fn numbers_become_international() {
    for (habits, number, wanted) in [
        (GERMANY, "+49 30 901820", "+4930901820"),
        (GERMANY, "0049-30-901820", "+4930901820"),
        (GERMANY, "030/901820", "+4930901820"),
        (GERMANY, "901820", "+4930901820"),
        (GERMANY, "0043 1 58858", "+43158858"),
        (AMERICA, "(212) 555-0100", "+12125550100"),
        (AMERICA, "12125550100", "+12125550100"),
        (AMERICA, "011442079460000", "+442079460000"),
    ] {
        assert_eq!(habits.e164(number).as_deref(), Some(wanted), "{number}");
    }
}

#[test]
fn what_is_no_public_number_is_none() {
    for number in [
        "",
        "100",
        "1234",
        "anonymous",
        "+",
        "alice",
        "+0123",
        "++49",
        "+1234567890123456",
    ] {
        assert_eq!(GERMANY.e164(number), None, "{number}");
    }
    let unknown = Habits::default();
    assert_eq!(unknown.e164("030901820"), None);
    assert_eq!(unknown.e164("+4930901820").as_deref(), Some("+4930901820"));
}

#[test]
fn hidden_callers_are_known_by_name_domain_and_privacy() {
    let call = |caller: &str, header: Option<(&str, &str)>| {
        let mut call = testing::call(caller, "100");
        call.headers.extend(header.map(|(name, value)| Header {
            name: name.to_owned(),
            value: value.to_owned(),
        }));
        call
    };
    for hidden in [
        call("", None),
        call("Anonymous", None),
        call("+49301", Some(("privacy", "header; id"))),
        call("x", Some(("From", "<sip:x@Anonymous.invalid>;tag=1"))),
    ] {
        assert!(is_anonymous(&hidden), "{hidden:?}");
    }
    for open in [
        call("+49301", None),
        call("+49301", Some(("Privacy", "none"))),
        call("1", Some(("From", "<sip:1@example.org>"))),
    ] {
        assert!(!is_anonymous(&open), "{open:?}");
    }
}
