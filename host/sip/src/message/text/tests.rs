//! White space, quotes, lists, numbers.

use crate::message::text::{Elements, number, quoted_length, unfold, unquote};

#[test]
fn folds_become_single_spaces() {
    assert_eq!(unfold(b"a\r\n b\r\n\t c"), "a b c");
    assert_eq!(unfold(b"a\n b"), "a b");
    assert_eq!(unfold(b"a  b"), "a  b");
    assert_eq!(unfold(b"a\r\n \r\n b"), "a b");
    assert_eq!(unfold(b"\xe9"), "\u{fffd}");
}

#[test]
fn quotes_and_backslashes_are_undone() {
    assert_eq!(unquote("plain"), "plain");
    assert_eq!(unquote(r#""a b""#), "a b");
    assert_eq!(unquote(r#""a \"b\" \\ c""#), r#"a "b" \ c"#);
    assert_eq!(unquote("\"a\r\n b\""), "a b");
    assert_eq!(unquote("\""), "");
    assert_eq!(quoted_length(br#""a\"b" c"#), Some(6));
    assert_eq!(quoted_length(br#""a\""#), None);
}

#[test]
fn lists_are_split_only_at_commas_outside_of_quotes_and_brackets() {
    let split = |text: &'static str| -> Vec<&str> {
        Elements::new(text.as_bytes())
            .map(|element| std::str::from_utf8(element).unwrap())
            .collect()
    };
    assert_eq!(split("a, b ,\r\n c"), ["a", "b", "c"]);
    assert_eq!(
        split(r#""a,b" <c,d>;e="f,g", h"#),
        [r#""a,b" <c,d>;e="f,g""#, "h"]
    );
    assert_eq!(split("a,,b,"), ["a", "", "b", ""]);
    assert_eq!(split(r#"a, "b, c"#), ["a", r#""b, c"#]);
    assert_eq!(split("a <b, c"), ["a <b, c"]);
    assert_eq!(split(""), [""]);
}

#[test]
fn numbers_saturate_and_are_digits_only() {
    assert_eq!(number(b"0018"), Some(18));
    assert_eq!(number(b"18446744073709551615"), Some(u64::MAX));
    assert_eq!(number(b"99999999999999999999999999"), Some(u64::MAX));
    for text in ["", "-1", "+1", "1 2", "0x1", "1.0"] {
        assert_eq!(number(text.as_bytes()), None, "{text}");
    }
}
