//! Patterns and how specific they are.

use super::*;

#[test]
fn patterns_match_as_in_a_dialplan() {
    let cases: &[(&str, &str, Option<usize>)] = &[
        ("1001", "1001", Some(4)),
        ("1001", "10011", None),
        ("1001", "100", None),
        ("", "", Some(0)),
        ("100?", "1001", Some(3)),
        ("100?", "100", None),
        ("?", "ü", Some(0)),
        ("*", "", Some(0)),
        ("*", "anything", Some(0)),
        ("+49*", "+4930", Some(3)),
        ("+49*", "+48", None),
        ("1*9", "19", Some(1)),
        ("1*9", "1299", Some(1)),
        ("1*9", "1298", None),
        ("*2*4*", "1234", Some(0)),
        ("*2*4*", "1243", Some(0)),
        ("*4*2*", "1234", None),
        ("{1,22}3", "223", Some(3)),
        ("{1,22}3", "13", Some(2)),
        ("{1, 22}*", "229", Some(2)),
        ("{1,1?}5", "115", Some(1)),
        ("{a,b}{c,d}", "bd", Some(2)),
        ("{a,b}{c,d}", "be", None),
        ("{a,}1", "1", Some(1)),
        ("{12*,1*}", "123", Some(2)),
        ("a{b", "ab", None),
        ("a}b", "ab", None),
        ("{a{b}}", "ab", None),
    ];
    for (pattern, number, expected) in cases {
        assert_eq!(
            specificity(pattern, number),
            *expected,
            "{pattern} on {number}"
        );
    }
}

#[test]
fn many_stars_take_no_exponential_time() {
    let pattern = "*a".repeat(60);
    let number = "a".repeat(59) + "b";
    assert_eq!(specificity(&pattern, &number), None);
}

#[test]
fn only_a_text_without_wildcards_and_braces_is_literal() {
    assert!(is_literal("+4930"));
    assert!(
        ["1?", "1*", "{1}", "1}"]
            .iter()
            .all(|pattern| !is_literal(pattern))
    );
}
