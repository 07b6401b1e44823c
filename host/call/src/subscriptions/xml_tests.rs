//! What is well formed, and what is made safe.

use super::*;

#[test]
fn documents_of_phones_are_well_formed() {
    for document in [
        "<?xml version=\"1.0\"?>\n<presence xmlns='urn:x' entity=\"a&amp;b\"><tuple id='1'/>text &#x20; <!-- - -->\n</presence>\n",
        "<p:presence><p:tuple></p:tuple ></p:presence>",
        "<presence/>",
        "<presence><note><![CDATA[<&>]]></note></presence>",
    ] {
        assert!(
            is_well_formed(document.as_bytes(), "presence"),
            "{document}"
        );
    }
}

#[test]
fn what_is_broken_or_declares_something_is_not() {
    let deep = format!("{}{}", "<presence>".repeat(40), "</presence>".repeat(40));
    for document in [
        "",
        "presence",
        "<presence>",
        "<presence></tuple>",
        "<presence/><presence/>",
        "<presence/>x",
        "<other/>",
        "<presence a=b/>",
        "<presence a=\"<\"/>",
        "<presencea=\"1\"b=\"2\"/>",
        "<presence>&bomb;</presence>",
        "<presence>a & b</presence>",
        "<!DOCTYPE presence [<!ENTITY a \"a\">]><presence/>",
        "<presence",
        "<",
        "</presence>",
        "<!-- <presence/>",
        &deep,
    ] {
        assert!(
            !is_well_formed(document.as_bytes(), "presence"),
            "{document}"
        );
    }
    assert!(!is_well_formed(b"<presence>\xff</presence>", "presence"));
}

#[test]
fn text_is_made_safe() {
    let mut out = String::new();
    push_escaped(&mut out, "<a b=\"c\" d='e'>&\u{0}\n");
    assert_eq!(out, "&lt;a b=&quot;c&quot; d=&apos;e&apos;&gt;&amp; ");
}
