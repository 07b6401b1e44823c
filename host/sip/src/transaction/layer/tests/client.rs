//! Client transactions: retransmission, ACK, CANCEL, forks, failures.

use super::*;
use crate::transaction::handle::ClientTransaction;

const BRANCH: &str = "z9hG4bKxyz";

fn start(bench: &mut Bench, method: &str) -> ClientTransaction {
    let extra = "Route: <sip:proxy.example.com;lr>\r\n";
    let bytes = request(method, BRANCH, 1, extra);
    let tx = bench.layer.request(bench.now, udp(), bytes);
    assert_eq!(names(&bench.events()), format!("send {method}"));
    tx
}

fn reply(bench: &mut Bench, status: u16, to_tag: &str, cseq: &str) -> Vec<Event> {
    bench.receive(udp(), response(status, to_tag, BRANCH, cseq))
}

#[test]
fn an_invite_is_resent_at_doubling_intervals_and_times_out_after_64_t1() {
    let mut bench = Bench::new();
    let tx = start(&mut bench, "INVITE");
    let events = bench.pass(Duration::from_secs(40));
    assert_eq!(
        times(&events, "send INVITE"),
        [500, 1500, 3500, 7500, 15_500, 31_500]
    );
    assert_eq!(times(&events, "timed out"), [32_000]);
    assert!(
        matches!(events.last(), Some((_, Event::TimedOut { tx: timed_out })) if *timed_out == tx)
    );
    assert!(bench.layer.is_idle());
}

#[test]
fn another_request_is_resent_up_to_every_t2_and_times_out_after_64_t1() {
    let mut bench = Bench::new();
    start(&mut bench, "BYE");
    let events = bench.pass(Duration::from_secs(40));
    assert_eq!(
        times(&events, "send BYE"),
        [
            500, 1500, 3500, 7500, 11_500, 15_500, 19_500, 23_500, 27_500, 31_500
        ]
    );
    assert_eq!(times(&events, "timed out"), [32_000]);
    assert!(bench.layer.is_idle());
}

#[test]
fn over_tcp_nothing_is_resent() {
    let mut bench = Bench::new();
    let tcp = flow(Transport::Tcp, "192.0.2.9:5060");
    let bytes = request("INVITE", BRANCH, 1, "");
    bench.layer.request(bench.now, tcp, bytes);
    bench.events();
    let events = bench.pass(Duration::from_secs(40));
    assert_eq!(names(events.iter().map(|(_, event)| event)), "timed out");
}

#[test]
fn a_100_stops_retransmission_and_is_not_handed_up() {
    let mut bench = Bench::new();
    start(&mut bench, "INVITE");
    assert_eq!(names(&reply(&mut bench, 100, "", "1 INVITE")), "");
    assert!(bench.pass(Duration::from_secs(300)).is_empty());
    assert!(!bench.layer.is_idle());
}

#[test]
fn a_failure_is_acknowledged_from_the_invite_and_each_retransmission_again() {
    let mut bench = Bench::new();
    start(&mut bench, "INVITE");
    let events = reply(&mut bench, 486, "bob", "1 INVITE");
    assert_eq!(names(&events), "send ACK, response 486");
    let Event::Send { bytes, flow } = &events[0] else {
        panic!("no ACK")
    };
    assert_eq!(*flow, udp());
    let text = String::from_utf8_lossy(bytes);
    for line in [
        "ACK sip:bob@192.0.2.9 SIP/2.0",
        "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKxyz;rport",
        "Route: <sip:proxy.example.com;lr>",
        "To: <sip:bob@example.com>;tag=bob",
        "From: <sip:alice@example.com>;tag=alice",
        "Call-ID: call-1",
        "CSeq: 1 ACK",
    ] {
        assert!(text.contains(&format!("{line}\r\n")), "{line} in {text}");
    }
    assert_eq!(
        names(&reply(&mut bench, 486, "bob", "1 INVITE")),
        "send ACK"
    );
    let events = bench.pass(Duration::from_secs(32));
    assert_eq!(names(events.iter().map(|(_, event)| event)), "ended");
    assert!(bench.layer.is_idle());
}

#[test]
fn over_tcp_a_failure_ends_the_invite_at_once() {
    let mut bench = Bench::new();
    let tcp = flow(Transport::Tcp, "192.0.2.9:5060");
    let bytes = request("INVITE", BRANCH, 1, "");
    bench.layer.request(bench.now, tcp, bytes);
    bench.events();
    let events = bench.receive(tcp, response(486, "bob", BRANCH, "1 INVITE"));
    assert_eq!(names(&events), "send ACK, response 486, ended");
    assert!(bench.layer.is_idle());
}

#[test]
fn every_fork_s_success_is_handed_up_and_so_are_retransmissions() {
    let mut bench = Bench::new();
    let invite = start(&mut bench, "INVITE");
    let mut tags = Vec::new();
    for (status, tag) in [
        (180, "one"),
        (180, "two"),
        (200, "one"),
        (200, "two"),
        (200, "one"),
    ] {
        for event in reply(&mut bench, status, tag, "1 INVITE") {
            let Event::Response { tx, response, .. } = event else {
                panic!("no response")
            };
            assert_eq!(tx, invite);
            tags.push((response.status(), response.to().tag().unwrap().to_owned()));
        }
    }
    assert_eq!(tags.len(), 5);
    assert_eq!(tags[3], (200, "two".to_owned()));
    let events = bench.pass(Duration::from_secs(32));
    assert_eq!(names(events.iter().map(|(_, event)| event)), "ended");
    assert_eq!(
        names(&reply(&mut bench, 200, "two", "1 INVITE")),
        "stray 200"
    );
    assert!(bench.layer.is_idle());
}

#[test]
fn other_responses_that_match_nothing_are_dropped_and_counted() {
    let mut bench = Bench::new();
    assert_eq!(names(&reply(&mut bench, 486, "bob", "1 INVITE")), "");
    assert_eq!(names(&reply(&mut bench, 200, "bob", "2 BYE")), "");
    assert_eq!(bench.layer.counters().responses_unmatched, 2);
}

#[test]
fn a_response_with_another_method_in_cseq_does_not_match() {
    let mut bench = Bench::new();
    start(&mut bench, "INVITE");
    assert_eq!(names(&reply(&mut bench, 200, "bob", "1 CANCEL")), "");
}

#[test]
fn cancel_is_sent_after_the_provisional_response_and_its_answer_kept_from_the_user() {
    let mut bench = Bench::new();
    let tx = start(&mut bench, "INVITE");
    bench.layer.cancel(bench.now, tx);
    assert_eq!(names(&bench.events()), "");
    let events = reply(&mut bench, 180, "bob", "1 INVITE");
    assert_eq!(names(&events), "response 180, send CANCEL");
    let Event::Send { bytes, .. } = &events[1] else {
        panic!("no CANCEL")
    };
    let text = String::from_utf8_lossy(bytes);
    assert!(text.contains("branch=z9hG4bKxyz"), "{text}");
    assert!(text.contains("To: <sip:bob@example.com>\r\n"), "{text}");
    assert!(text.contains("CSeq: 1 CANCEL\r\n"), "{text}");
    assert!(
        text.contains("Route: <sip:proxy.example.com;lr>\r\n"),
        "{text}"
    );
    assert_eq!(names(&reply(&mut bench, 200, "bob", "1 CANCEL")), "");
    assert_eq!(
        names(&reply(&mut bench, 487, "bob", "1 INVITE")),
        "send ACK, response 487"
    );
    bench.assert_idle_after(32);
}

#[test]
fn a_cancelled_invite_without_final_response_times_out_64_t1_after_the_cancel() {
    let mut bench = Bench::new();
    let tx = start(&mut bench, "INVITE");
    reply(&mut bench, 180, "bob", "1 INVITE");
    bench.pass(Duration::from_secs(60));
    bench.layer.cancel(bench.now, tx);
    assert_eq!(names(&bench.events()), "send CANCEL");
    let events = bench.pass(Duration::from_secs(40));
    assert_eq!(times(&events, "timed out"), [32_000]);
    assert!(bench.layer.is_idle());
}

#[test]
fn a_request_that_cannot_be_sent_fails() {
    let mut bench = Bench::new();
    start(&mut bench, "INVITE");
    let other = flow(Transport::Udp, "192.0.2.77:5060");
    let bye = request("BYE", "z9hG4bKbye", 2, "");
    bench.layer.request(bench.now, other, bye);
    bench.events();
    bench.layer.failed(bench.now, udp());
    assert_eq!(names(&bench.events()), "transport failed");
    bench.layer.failed(bench.now, other);
    assert_eq!(names(&bench.events()), "transport failed");
    assert!(bench.layer.is_idle());
}

#[test]
fn a_request_without_a_branch_is_not_sent_and_fails() {
    let mut bench = Bench::new();
    let bytes = Bytes::from_static(b"OPTIONS sip:b SIP/2.0\r\nVia: SIP/2.0/UDP a\r\n\r\n");
    bench.layer.request(bench.now, udp(), bytes);
    assert_eq!(names(&bench.events()), "transport failed");
    assert_eq!(bench.layer.counters().requests_not_sent, 1);
    assert!(bench.layer.is_idle());
}

#[test]
fn a_handle_of_a_transaction_that_is_gone_does_nothing() {
    let mut bench = Bench::new();
    let old = start(&mut bench, "INVITE");
    bench.layer.failed(bench.now, udp());
    bench.events();
    start(&mut bench, "INVITE");
    reply(&mut bench, 180, "bob", "1 INVITE");
    bench.layer.cancel(bench.now, old);
    assert_eq!(names(&bench.events()), "");
}
