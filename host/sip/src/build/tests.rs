//! What is built parses, and nothing from outside adds a field.

use bytes::Bytes;

use crate::build::{Builder, reason_phrase, stamp_via};
use crate::message::header_name::HeaderName;
use crate::message::request::Request;
use crate::message::response::Response;

fn request(via: &str, extra: &str) -> Request {
    let text = format!(
        "INVITE sip:b@example.com SIP/2.0\r\nVia: {via}\r\nVia: SIP/2.0/TCP further.example.com;branch=z9hG4bK2\r\n\
         Record-Route: <sip:p1;lr>,\r\n <sip:p2;lr>\r\nFrom: \"A\" <sip:a@example.com>;tag=1\r\n\
         To: <sip:b@example.com>\r\nCall-ID: c@d\r\nCSeq: 1 INVITE\r\nTimestamp: 54\r\n{extra}\r\n"
    );
    Request::from_bytes(Bytes::from(text)).unwrap()
}

fn response(request: &Request, status: u16, tag: Option<&str>) -> Response {
    Response::from_bytes(Builder::response_to(request, status, None, tag).finish()).unwrap()
}

#[test]
fn a_request_is_written_in_the_order_of_the_calls() {
    let bytes = Builder::request("INVITE", "sip:b@example.com")
        .header(HeaderName::Via, "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1")
        .header("X-Number", 42)
        .raw_header("X-Raw", b"\xff")
        .body("application/sdp", b"v=0\r\n")
        .finish();
    let expected = b"INVITE sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\
        X-Number: 42\r\nX-Raw: \xff\r\nContent-Type: application/sdp\r\nContent-Length: 5\r\n\r\nv=0\r\n";
    assert_eq!(bytes, expected.as_slice());
}

#[test]
fn line_ends_in_values_names_and_start_lines_become_spaces() {
    let bytes = Builder::request("A\r\nB", "sip:x\r\nEvil: 1")
        .header("Subject", "hi\r\nEvil: 2")
        .header("X\r\nEvil", "3")
        .raw_header("Y", b"4\nEvil: 5")
        .finish();
    let text = std::str::from_utf8(&bytes).unwrap();
    assert!(!text.contains("\nEvil"), "{text}");
    assert_eq!(text.lines().count(), 6);
}

#[test]
fn a_response_gives_back_what_the_rfc_wants() {
    let request = request("SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1", "");
    let ringing = response(&request, 180, Some("t"));
    assert_eq!((ringing.status(), &*ringing.reason()), (180, "Ringing"));
    let vias: Vec<_> = ringing
        .vias()
        .map(|via| via.unwrap().branch().unwrap())
        .collect();
    assert_eq!(vias, ["z9hG4bK1", "z9hG4bK2"]);
    assert_eq!(ringing.to().tag(), Some("t"));
    assert_eq!(ringing.from().tag(), Some("1"));
    assert_eq!(ringing.record_routes().filter(Result::is_ok).count(), 2);
    assert!(ringing.header("Timestamp").is_none());
    assert_eq!(ringing.header("Content-Length").unwrap(), "0");
}

#[test]
fn record_route_is_given_back_only_where_a_dialog_begins() {
    let request = request("SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1", "");
    assert_eq!(response(&request, 100, None).record_routes().count(), 0);
    assert_eq!(
        response(&request, 200, Some("t")).record_routes().count(),
        2
    );
    assert_eq!(
        response(&request, 486, Some("t")).record_routes().count(),
        0
    );
    assert_eq!(
        response(&request, 100, None).header("Timestamp").unwrap(),
        "54"
    );
    assert_eq!(response(&request, 100, None).to().tag(), None);
}

#[test]
fn received_and_rport_are_what_the_source_says_whatever_the_request_claimed() {
    let source = "198.51.100.7:40000".parse().unwrap();
    let expected = [
        (
            "10.0.0.1;branch=x",
            "10.0.0.1;branch=x;received=198.51.100.7",
        ),
        ("198.51.100.7;branch=x", "198.51.100.7;branch=x"),
        (
            "a.example.com:5070",
            "a.example.com:5070;received=198.51.100.7",
        ),
        (
            "198.51.100.7;rport;branch=x",
            "198.51.100.7;branch=x;received=198.51.100.7;rport=40000",
        ),
        (
            "10.0.0.1;received=1.1.1.1;rport=1;branch=x",
            "10.0.0.1;branch=x;received=198.51.100.7;rport=40000",
        ),
        (
            "10.0.0.1;x=\"a;b\", SIP/2.0/TCP c;branch=y",
            "10.0.0.1;x=\"a;b\";received=198.51.100.7, SIP/2.0/TCP c;branch=y",
        ),
    ];
    for (sent, stamped) in expected {
        let mut request = request(&format!("SIP/2.0/UDP {sent}"), "");
        stamp_via(&mut request, source);
        let response = response(&request, 200, Some("t"));
        assert_eq!(
            response.header("Via").unwrap(),
            format!("SIP/2.0/UDP {stamped}")
        );
    }
}

#[test]
fn a_tag_is_added_to_to_only_if_it_has_none() {
    let with_semicolon = "INVITE sip:b SIP/2.0\r\nVia: SIP/2.0/UDP h\r\nFrom: sip:a@b;tag=1\r\n\
        To: sip:b@c;x ; \r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n\r\n";
    let request = Request::from_bytes(with_semicolon.into()).unwrap();
    assert_eq!(response(&request, 200, Some("t")).to().tag(), Some("t"));
    let tagged = with_semicolon.replace(";x ; ", ";tag=old");
    let request = Request::from_bytes(tagged.into()).unwrap();
    assert_eq!(response(&request, 200, Some("t")).to().tag(), Some("old"));
}

#[test]
fn fields_are_copied_in_order_and_unfolded() {
    let request = request("SIP/2.0/UDP h;branch=z9hG4bK1", "X-A: 1\r\nx-a: 2\r\n");
    let bytes = Builder::request("A", "sip:b")
        .copy(&request, "X-A")
        .copy(&request, HeaderName::RecordRoute)
        .finish();
    let expected =
        b"A sip:b SIP/2.0\r\nX-A: 1\r\nX-A: 2\r\nRecord-Route: <sip:p1;lr>,   <sip:p2;lr>\r\n\
        Content-Length: 0\r\n\r\n";
    assert_eq!(bytes, expected.as_slice());
}

#[test]
fn every_status_has_a_phrase() {
    assert!((0..1000).all(|status| !reason_phrase(status).is_empty()));
    assert_eq!(reason_phrase(486), "Busy Here");
    assert_eq!(reason_phrase(299), "OK");
    assert_eq!(reason_phrase(699), "Global Failure");
}
