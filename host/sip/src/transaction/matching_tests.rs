//! What makes two keys alike and what does not.

use bytes::Bytes;

use super::*;

fn request(text: &str) -> Request {
    Request::from_bytes(Bytes::from(text.to_owned())).unwrap()
}

const INVITE: &str = "INVITE sip:bob@example.com SIP/2.0\r\n\
    Via: SIP/2.0/UDP Host.example.com:5060;branch=z9hG4bK1\r\n\
    From: <sip:alice@example.com>;tag=a\r\n\
    To: <sip:bob@example.com>\r\n\
    Call-ID: call\r\n\
    CSeq: 1 INVITE\r\n\r\n";

fn matching() -> Matching {
    Matching::new(&[3; 16])
}

fn server(text: &str) -> Key {
    matching().server(&request(text))
}

#[test]
fn the_host_has_no_case_and_the_default_port_may_be_missing() {
    assert_eq!(
        server(INVITE),
        server(&INVITE.replace("Host.example.com:5060", "host.EXAMPLE.com"))
    );
}

#[test]
fn branch_sent_by_and_method_tell_transactions_apart() {
    for (from, to) in [
        ("z9hG4bK1", "z9hG4bK2"),
        ("Host.", "other."),
        (":5060", ":5070"),
        ("INVITE", "UPDATE"),
    ] {
        assert_ne!(server(INVITE), server(&INVITE.replace(from, to)), "{to}");
    }
}

#[test]
fn an_ack_has_the_key_of_its_invite_and_a_cancel_names_it() {
    let ack = INVITE.replace("INVITE", "ACK");
    assert_eq!(server(INVITE), server(&ack));
    let cancel = request(&INVITE.replace("INVITE", "CANCEL"));
    assert_eq!(matching().cancelled(&cancel), server(INVITE));
    assert_ne!(matching().server(&cancel), server(INVITE));
}

#[test]
fn without_the_magic_cookie_all_that_rfc_2543_compares_counts() {
    let old = INVITE.replace("z9hG4bK1", "1");
    for (from, to) in [
        ("sip:bob@example.com SIP", "sip:bob@other SIP"),
        ("tag=a", "tag=b"),
        ("Call-ID: call", "Call-ID: other"),
        ("CSeq: 1", "CSeq: 2"),
        ("branch=1", "branch=2"),
    ] {
        assert_ne!(server(&old), server(&old.replace(from, to)), "{to}");
    }
    assert_eq!(server(&old), server(&old.replace("INVITE", "ACK")));
}

#[test]
fn only_requests_without_to_tag_can_be_merged() {
    let merge = |text: &str| matching().merge(&request(text));
    assert!(merge(INVITE).is_some());
    assert_eq!(
        merge(INVITE),
        merge(&INVITE.replace("z9hG4bK1", "z9hG4bK2"))
    );
    assert_ne!(merge(INVITE), merge(&INVITE.replace("CSeq: 1", "CSeq: 2")));
    let in_dialog = INVITE.replace("To: <sip:bob@example.com>", "To: <sip:bob@b>;tag=t");
    assert_eq!(merge(&in_dialog), None);
}

#[test]
fn another_secret_makes_other_keys() {
    let other = Matching::new(&[4; 16]).server(&request(INVITE));
    assert_ne!(other, server(INVITE));
}
