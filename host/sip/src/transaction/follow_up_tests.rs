//! What is read from our own requests without an index. ACK and CANCEL are tested with the layer.

use super::*;

#[test]
fn method_and_branch_are_found_wherever_the_via_stands() {
    for text in [
        "BYE sip:a SIP/2.0\r\nVia: SIP/2.0/UDP h;rport;branch=z9hG4bK1\r\n\r\n",
        "BYE sip:a SIP/2.0\r\nTo: x\r\nv:SIP/2.0/UDP h;Branch=z9hG4bK1;rport\r\n\r\n",
        "BYE sip:a SIP/2.0\r\nVIA: SIP/2.0/UDP h;branch=z9hG4bK1, SIP/2.0/UDP i;branch=2\r\n\r\n",
    ] {
        let expected = Head {
            method: "BYE",
            branch: "z9hG4bK1",
        };
        assert_eq!(head(text.as_bytes()), Some(expected), "{text}");
    }
}

#[test]
fn what_lacks_a_branch_has_no_head() {
    for text in [
        "",
        "BYE sip:a SIP/2.0",
        "BYE sip:a SIP/2.0\r\nVia: SIP/2.0/UDP h\r\n\r\n",
        "BYE sip:a SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=\r\n\r\n",
        "BYE sip:a SIP/2.0\r\nTo: x\r\n\r\nVia: SIP/2.0/UDP h;branch=body\r\n",
    ] {
        assert_eq!(head(text.as_bytes()), None, "{text}");
    }
}

#[test]
fn the_status_is_read_from_the_first_line() {
    assert_eq!(status(b"SIP/2.0 486 Busy Here\r\n"), Some(486));
    for text in ["SIP/2.0 48", "INVITE sip:a SIP/2.0", "SIP/2.0 abc", ""] {
        assert_eq!(status(text.as_bytes()), None, "{text}");
    }
}
