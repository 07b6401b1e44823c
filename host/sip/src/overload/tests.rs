//! Who is turned away, and how.

use crate::message::response::Response;
use crate::overload::reject_statelessly;

fn request(method: &str, to: &str) -> Vec<u8> {
    format!(
        "{method} sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1;rport;branch=z9hG4bK1\r\n\
         From: <sip:a@example.com>;tag=1\r\nTo: {to}\r\nCall-ID: c\r\nCSeq: 1 {method}\r\n\r\n"
    )
    .into_bytes()
}

fn rejected(bytes: &[u8]) -> Option<bytes::Bytes> {
    let source = "192.0.2.9:1024".parse().unwrap();
    reject_statelessly(bytes, source, 503, "Overloaded", 7)
}

#[test]
fn a_new_request_gets_a_final_response_with_retry_after_and_the_same_one_again() {
    let invite = request("INVITE", "<sip:b@example.com>");
    let answer = rejected(&invite).unwrap();
    assert_eq!(rejected(&invite).unwrap(), answer);
    let answer = Response::from_bytes(answer).unwrap();
    assert_eq!((answer.status(), &*answer.reason()), (503, "Overloaded"));
    assert_eq!(answer.header("Retry-After").unwrap(), "7");
    assert!(answer.to().tag().is_some());
    assert_eq!(answer.via().received(), Some("192.0.2.9".parse().unwrap()));
    assert_eq!(answer.via().rport(), Some(Some(1024)));
}

#[test]
fn what_belongs_to_something_already_begun_is_not_turned_away() {
    assert_eq!(
        rejected(&request("INVITE", "<sip:b@example.com>;tag=2")),
        None
    );
    assert_eq!(rejected(&request("ACK", "<sip:b@example.com>")), None);
    assert_eq!(rejected(&request("CANCEL", "<sip:b@example.com>")), None);
    assert_eq!(rejected(b"SIP/2.0 200 OK\r\n\r\n"), None);
    assert_eq!(rejected(b"\r\n\r\n"), None);
}
