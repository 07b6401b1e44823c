//! Parameters: names, values, refusals.

use crate::message::params::Params;

#[test]
fn parameters_are_found_by_name_without_case() {
    let params = Params::parse(r#" a=1 ; B = "x;\"y" ;flag; c=;A=2"#).unwrap();
    assert_eq!(params.get("A").unwrap(), "1");
    assert_eq!(params.get("b").unwrap(), "x;\"y");
    assert_eq!(params.find("b").unwrap().raw_value, Some(r#""x;\"y""#));
    assert_eq!(params.get("flag").unwrap(), "");
    assert_eq!(params.find("flag").unwrap().raw_value, None);
    assert_eq!(params.find("c").unwrap().raw_value, Some(""));
    assert_eq!(params.get("none"), None);
    assert!(params.has("FLAG") && !params.is_empty());
    assert_eq!(params.iter().count(), 5);
}

#[test]
fn what_are_no_parameters_is_refused() {
    for text in [
        ";", "a;;b", "=1", "a b", "a=1 2", "a=\"x", "a=\"x\"y", "a=<b>", "a,b", "a=b,c", "\"a\"",
    ] {
        assert_eq!(Params::parse(text), None, "{text}");
    }
}

#[test]
fn a_semicolon_at_the_end_is_forgiven() {
    for text in ["", " ", "a;", "a=1; ", "a=\"x\" ;\r\n "] {
        assert!(Params::parse(text).is_some(), "{text:?}");
    }
    assert!(Params::parse("").unwrap().is_empty());
}
