//! What makes a message a message, and what is answered if it is none.

use crate::limits::{HEADER_FIELDS, MESSAGE_BYTES};
use crate::message::error::{ParseErrorKind, Reply};
use crate::message::header_name::HeaderName;
use crate::message::received::Message;
use crate::message::reject::reject;
use crate::message::request::Request;
use crate::message::response::Response;

const GOOD: &str = "INVITE sip:b@example.com SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\
    From: <sip:a@example.com>;tag=1\r\nTo: <sip:b@example.com>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n";

fn with(extra: &str) -> Vec<u8> {
    format!("{GOOD}{extra}\r\n").into_bytes()
}

fn reply(bytes: &[u8]) -> Option<Reply> {
    Message::parse(bytes).unwrap_err().reply
}

fn bad(reason: &'static str) -> Option<Reply> {
    Some(Reply {
        status: 400,
        reason,
    })
}

#[test]
fn each_needed_field_must_be_there_once_and_well_formed() {
    for (name, line) in [
        ("Via", "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n"),
        ("From", "From: <sip:a@example.com>;tag=1\r\n"),
        ("To", "To: <sip:b@example.com>\r\n"),
        ("Call-ID", "Call-ID: c\r\n"),
        ("CSeq", "CSeq: 1 INVITE\r\n"),
    ] {
        let reason = |bytes: &[u8]| reply(bytes).unwrap().reason;
        let good = format!("{GOOD}\r\n");
        let missing = good.replace(line, "");
        assert_eq!(reason(missing.as_bytes()), format!("Missing {name}"));
        let malformed = good.replace(line, &format!("{name}: \"\r\n"));
        match name {
            // A quote is a legal character of a Call-ID.
            "Call-ID" => assert!(Message::parse(malformed.as_bytes()).is_ok()),
            _ => assert_eq!(reason(malformed.as_bytes()), format!("Malformed {name}")),
        }
        let twice = good.replace(line, &line.repeat(2));
        match name {
            "Via" => assert!(Message::parse(twice.as_bytes()).is_ok()),
            _ => assert_eq!(reason(twice.as_bytes()), format!("Multiple {name}")),
        }
    }
}

#[test]
fn an_empty_tag_is_malformed() {
    for tag in [";tag", ";tag=", "; TAG = "] {
        let bytes = GOOD.replace(
            "To: <sip:b@example.com>",
            &format!("To: <sip:b@example.com>{tag}"),
        );
        assert_eq!(
            reply(format!("{bytes}\r\n").as_bytes()),
            bad("Malformed To"),
            "{tag}"
        );
    }
}

#[test]
fn numbers_that_decide_are_within_their_limits() {
    for cseq in [
        "2147483648 INVITE",
        "-1 INVITE",
        "INVITE",
        "1",
        "1 IN VITE",
        "99999999999999999999 INVITE",
    ] {
        let bytes = GOOD.replace("1 INVITE", cseq) + "\r\n";
        assert_eq!(reply(bytes.as_bytes()), bad("Malformed CSeq"), "{cseq}");
    }
    let greatest = GOOD.replace("1 INVITE", "2147483647 INVITE") + "\r\n";
    assert!(Message::parse(greatest.as_bytes()).is_ok());
    for hops in ["256", "-1", "x", "", "18446744073709551616"] {
        let bytes = with(&format!("Max-Forwards: {hops}\r\n"));
        assert_eq!(reply(&bytes), bad("Malformed Max-Forwards"), "{hops}");
    }
    assert!(Message::parse(&with("Max-Forwards: 255\r\n")).is_ok());
}

#[test]
fn content_length_decides_about_the_body_and_no_number_hurts() {
    for (length, reason) in [
        ("18446744073709551615", "Content-Length Exceeds Message"),
        (
            "99999999999999999999999999999",
            "Content-Length Exceeds Message",
        ),
        ("1", "Content-Length Exceeds Message"),
        ("-1", "Malformed Content-Length"),
        ("", "Malformed Content-Length"),
        ("0, 0", "Malformed Content-Length"),
        ("0\r\nl: 0", "Multiple Content-Length"),
    ] {
        let bytes = with(&format!("Content-Length: {length}\r\n"));
        assert_eq!(reply(&bytes), bad(reason), "{length}");
    }
    let mut bytes = with("Content-Length: 2\r\n");
    bytes.extend_from_slice(b"body");
    assert_eq!(Message::parse(&bytes).unwrap().fields().body(), b"bo");
}

#[test]
fn what_is_not_sip_is_not_answered() {
    for (bytes, kind) in [
        (b"".as_slice(), ParseErrorKind::Empty),
        (b"\r\n\r\n", ParseErrorKind::Empty),
        (b"\0\0\0\0", ParseErrorKind::NotSip),
        (b"GET / HTTP/1.1\r\n\r\n", ParseErrorKind::NotSip),
        (b"INVITE sip:a@b SIP/2.0", ParseErrorKind::NotSip),
        (b"SIP/2.0\r\n\r\n", ParseErrorKind::Response),
        (b"SIP/2.0 99 x\r\n\r\n", ParseErrorKind::Response),
        (b"SIP/2.0 700 x\r\n\r\n", ParseErrorKind::Response),
        (b"SIP/3.0 200 x\r\n\r\n", ParseErrorKind::Version),
        (b"SIP/2.0 2000 x\r\n\r\n", ParseErrorKind::Response),
    ] {
        let error = Message::parse(bytes).unwrap_err();
        assert_eq!((error.kind, error.reply), (kind, None), "{bytes:?}");
    }
}

#[test]
fn a_malformed_ack_is_never_answered() {
    let bytes = GOOD.replace("INVITE", "ACK") + "Content-Length: x\r\n\r\n";
    let error = Message::parse(bytes.as_bytes()).unwrap_err();
    assert_eq!((error.kind, error.reply), (ParseErrorKind::Request, None));
    let fault = reply(&with("Content-Length: x\r\n"));
    let pretended = crate::message::error::ParseError {
        kind: error.kind,
        reply: fault,
    };
    assert_eq!(
        reject(bytes.as_bytes(), &pretended, "192.0.2.1:1".parse().unwrap()),
        None
    );
}

#[test]
fn messages_and_header_sections_beyond_the_limits_are_refused() {
    let fields = |count: usize| with(&"X: y\r\n".repeat(count - 5));
    assert!(Message::parse(&fields(HEADER_FIELDS)).is_ok());
    let error = Message::parse(&fields(HEADER_FIELDS + 1)).unwrap_err();
    assert_eq!(error.kind, ParseErrorKind::TooLarge);
    assert_eq!(error.reply.unwrap().status, 513);
    let mut bytes = with("");
    bytes.resize(MESSAGE_BYTES, b'x');
    let longest = Message::parse(&bytes).unwrap();
    assert_eq!(
        longest.fields().body().len(),
        MESSAGE_BYTES - with("").len()
    );
    bytes.push(b'x');
    let error = Message::parse(&bytes).unwrap_err();
    assert_eq!((error.kind, error.reply), (ParseErrorKind::TooLarge, None));
}

#[test]
fn lines_that_are_no_header_fields_cost_the_message() {
    for line in [
        "no colon",
        ": no name",
        "two words: x",
        "\u{e9}: x",
        &format!("{}: x", "n".repeat(256)),
    ] {
        assert_eq!(
            reply(&with(&format!("{line}\r\n"))),
            bad("Malformed Header Field"),
            "{line}"
        );
    }
    assert_eq!(reply(GOOD.as_bytes()), bad("Header Section Not Ended"));
    assert_eq!(
        reply(format!("{GOOD}X: y").as_bytes()),
        bad("Header Section Not Ended")
    );
}

#[test]
fn a_rejection_gives_back_what_there_is_with_the_same_tag_each_time() {
    let bytes = with("Content-Length: x\r\n");
    let error = Message::parse(&bytes).unwrap_err();
    let source = "198.51.100.1:9".parse().unwrap();
    let answer = reject(&bytes, &error, source).unwrap();
    assert_eq!(reject(&bytes, &error, source).unwrap(), answer);
    let answer = Response::from_bytes(answer).unwrap();
    assert_eq!(
        (answer.status(), &*answer.reason()),
        (400, "Malformed Content-Length")
    );
    assert_eq!(answer.via().received(), Some(source.ip()));
    assert!(answer.to().tag().is_some());
    assert_eq!((answer.call_id(), answer.cseq().number), ("c", 1));
}

#[test]
fn requests_and_responses_are_told_apart() {
    assert!(Request::from_bytes(with("").into()).is_ok());
    assert!(Response::from_bytes(with("").into()).is_err());
    let response = GOOD.replace("INVITE sip:b@example.com SIP/2.0", "SIP/2.0 200 OK") + "\r\n";
    assert!(Response::from_bytes(response.clone().into()).is_ok());
    assert!(Request::from_bytes(response.into()).is_err());
}

#[test]
fn lists_are_flattened_and_options_found_whatever_their_case() {
    let bytes = with("Supported: 100rel, Timer\r\nk: replaces\r\nSubject: a, b\r\n");
    let message = Message::parse(&bytes).unwrap();
    let fields = message.fields();
    let supported: Vec<_> = fields.headers("Supported").collect();
    assert_eq!(supported, ["100rel", "Timer", "replaces"]);
    assert!(fields.has_option(HeaderName::Supported, "timer"));
    assert!(!fields.has_option(HeaderName::Supported, "time"));
    assert_eq!(fields.headers("Subject").collect::<Vec<_>>(), ["a, b"]);
    assert_eq!(
        fields.all_headers().nth(6),
        Some(("k", b"replaces".as_slice()))
    );
}

#[test]
fn a_clone_shares_the_bytes() {
    let Ok(Message::Request(request)) = Message::parse(&with("")) else {
        panic!("it is well formed");
    };
    let clone = request.clone();
    assert_eq!(clone.raw().as_ptr(), request.raw().as_ptr());
}
