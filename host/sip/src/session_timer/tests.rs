//! What is agreed on (RFC 4028 §9), and the timer.

use super::*;
use crate::message::request::Request;
use bytes::Bytes;

const TERMS: Terms = Terms {
    seconds: 1800,
    min_seconds: 90,
};

fn invite(extra: &str) -> Request {
    let text = format!(
        "INVITE sip:b@example.test SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\n\
         From: <sip:a@example.test>;tag=a\r\nTo: <sip:b@example.test>\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\n{extra}\
         Content-Length: 0\r\n\r\n"
    );
    Request::from_bytes(Bytes::from(text)).unwrap()
}

fn agreed(extra: &str) -> String {
    match answer(&invite(extra), TERMS, None) {
        Ok(Some(agreed)) => agreed.to_string(),
        Ok(None) => "none".to_owned(),
        Err(TooSmall { min_seconds }) => format!("422 {min_seconds}"),
    }
}

#[test]
fn a_uas_answers_as_table_2_says() {
    let table = [
        ("", "none"),
        ("Supported: timer\r\n", "1800;refresher=uac"),
        (
            "Supported: timer\r\nSession-Expires: 600\r\n",
            "600;refresher=uac",
        ),
        (
            "Supported: timer\r\nSession-Expires: 7200\r\n",
            "1800;refresher=uac",
        ),
        (
            "Supported: timer\r\nSession-Expires: 600;refresher=uas\r\n",
            "600;refresher=uas",
        ),
        (
            "Supported: timer\r\nSession-Expires: 600 ; refresher=UAC\r\n",
            "600;refresher=uac",
        ),
        (
            "Require: timer\r\nSession-Expires: 600\r\n",
            "600;refresher=uac",
        ),
        ("Session-Expires: 600\r\n", "600;refresher=uas"),
        (
            "Session-Expires: 600;refresher=uac\r\n",
            "600;refresher=uas",
        ),
        ("Supported: timer\r\nSession-Expires: 30\r\n", "422 90"),
        ("Session-Expires: 30\r\n", "90;refresher=uas"),
        (
            "Supported: timer\r\nSession-Expires: 3600\r\nMin-SE: 2400\r\n",
            "2400;refresher=uac",
        ),
        (
            "Supported: timer\r\nSession-Expires: soon\r\n",
            "1800;refresher=uac",
        ),
    ];
    for (extra, expected) in table {
        assert_eq!(agreed(extra), expected, "{extra}");
    }
}

#[test]
fn who_refreshes_stays_who_did_unless_the_request_says_otherwise() {
    let request = invite("Supported: timer\r\nSession-Expires: 600\r\n");
    let kept = answer(&request, TERMS, Some(Refresher::Uas))
        .unwrap()
        .unwrap();
    assert_eq!(kept.refresher, Some(Refresher::Uas));
    let request = invite("Supported: timer\r\nSession-Expires: 600;refresher=uac\r\n");
    let named = answer(&request, TERMS, Some(Refresher::Uas))
        .unwrap()
        .unwrap();
    assert_eq!(named.refresher, Some(Refresher::Uac));
}

fn seconds(timer: &mut SessionTimer, start: Instant) -> Vec<(u64, TimerAction)> {
    let mut seen = Vec::new();
    loop {
        let at = timer.poll_timeout();
        let action = timer.handle_timeout(at).unwrap();
        seen.push(((at - start).as_secs(), action));
        if action == TimerAction::Expire {
            return seen;
        }
    }
}

#[test]
fn the_refresher_refreshes_at_half_time_and_whoever_waits_hangs_up_a_little_early() {
    use TimerAction::{Expire, Refresh};
    let start = Instant::now();
    let mut timer = SessionTimer::start(start, 1800, true);
    assert_eq!(seconds(&mut timer, start), [(900, Refresh), (1768, Expire)]);
    let mut timer = SessionTimer::start(start, 90, false);
    assert_eq!(seconds(&mut timer, start), [(60, Expire)]);
    timer.refresh_again(start);
    assert_eq!(seconds(&mut timer, start), [(60, Expire)]);
}

#[test]
fn a_refresh_that_met_another_request_comes_again() {
    let start = Instant::now();
    let mut timer = SessionTimer::start(start, 200, true);
    let half = start + Duration::from_secs(100);
    assert_eq!(timer.handle_timeout(half), Some(TimerAction::Refresh));
    assert_eq!(timer.handle_timeout(half), None);
    timer.refresh_again(half + Duration::from_secs(2));
    assert_eq!(timer.poll_timeout(), half + Duration::from_secs(2));
}

#[test]
fn roles_are_turned_round_with_the_direction_of_the_request() {
    let timer = SessionTimer::start(Instant::now(), 600, true);
    assert_eq!(timer.refresher_of_ours(), Refresher::Uac);
    assert_eq!(timer.refresher_of_theirs(), Refresher::Uas);
    assert_eq!(timer.seconds(), 600);
}
