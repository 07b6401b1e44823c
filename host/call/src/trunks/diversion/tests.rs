//! Forwardings, as destinations are told.

use switchhook_sip::message::Message;

use super::*;

fn invite(extra: &str) -> Request {
    let text = format!(
        "INVITE sip:1001@example.test SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@h>;tag=1\r\n\
         To: <sip:1001@example.test>\r\nCall-ID: c\r\nCSeq: 1 INVITE\r\n{extra}\r\n"
    );
    match Message::parse(text.as_bytes()).unwrap() {
        Message::Request(request) => request,
        Message::Response(_) => unreachable!(),
    }
}

fn diverted(by: &str, cause: Cause) -> Diverted {
    Diverted {
        by: by.to_owned(),
        cause,
    }
}

#[test]
fn the_last_forwarding_comes_first_in_diversion() {
    let all = [
        diverted("1001", Cause::Unconditional),
        diverted("1002", Cause::NoAnswer),
    ];
    let number = |user: &str| format!("+49{user}");
    let values: Vec<_> = diversions(&all, "example.test", number).collect();
    assert_eq!(
        values,
        [
            "<sip:+491002@example.test>;reason=no-answer;counter=1;privacy=off;screen=yes",
            "<sip:+491001@example.test>;reason=unconditional;counter=1;privacy=off;screen=yes",
        ]
    );
}

#[test]
fn history_goes_from_whom_the_call_was_for_to_whom_it_goes_to() {
    let all = [
        diverted("1001", Cause::Busy),
        diverted("1002", Cause::NoAnswer),
    ];
    let history = history(&invite(""), &all, "example.test", "sip:5@h", str::to_owned);
    assert_eq!(
        history,
        [
            "<sip:1001@example.test>;index=1",
            "<sip:1002@example.test;cause=486>;index=1.1;mp=1",
            "<sip:5@h;cause=408>;index=1.1.1;mp=1.1",
        ]
    );
}

#[test]
fn a_history_that_the_call_brought_goes_on_and_one_that_makes_no_sense_does_not_count() {
    let all = [diverted("1001", Cause::Deflection)];
    let brought = "History-Info: <sip:x@h>;index=1, <sip:1001@h>;index=1.2\r\n";
    let goes_on = history(&invite(brought), &all, "h", "sip:5@h", str::to_owned);
    assert_eq!(goes_on, ["<sip:5@h;cause=480>;index=1.2.1;mp=1.2"]);
    let odd = "History-Info: <sip:x@h>;index=a\r\n";
    let anew = history(&invite(odd), &all, "h", "sip:5@h", str::to_owned);
    assert_eq!(anew.len(), 2);
    assert!(history(&invite(""), &[], "h", "sip:5@h", str::to_owned).is_empty());
}
