//! Server transactions: matching, absorption, CANCEL, ACK, the way back.

use super::*;

const BRANCH: &str = "z9hG4bKabc";

fn invite() -> Bytes {
    request("INVITE", BRANCH, 1, "Contact: <sip:alice@192.0.2.1>\r\n")
}

fn reply(status: u16) -> Bytes {
    response(status, "bob", BRANCH, "1 INVITE")
}

#[test]
fn a_retransmitted_invite_is_absorbed_and_answered_from_the_cache() {
    let mut bench = Bench::new();
    let tx = bench.accept(invite());
    assert_eq!(names(&bench.receive(udp(), invite())), "");
    bench.respond(tx, reply(100));
    assert_eq!(names(&bench.receive(udp(), invite())), "send 100");
    bench.respond(tx, reply(180));
    assert_eq!(names(&bench.receive(udp(), invite())), "send 180");
    assert_eq!(bench.layer.counters().requests_absorbed, 3);
    bench.respond(tx, reply(200));
    assert_eq!(names(&bench.receive(udp(), invite())), "");
    bench.assert_idle_after(32);
}

#[test]
fn a_failure_is_resent_until_the_ack_which_is_absorbed() {
    let mut bench = Bench::new();
    let tx = bench.accept(invite());
    assert_eq!(names(&bench.respond(tx, reply(486))), "send 486");
    let resent = bench.pass(Duration::from_secs(8));
    assert_eq!(times(&resent, "send 486"), [500, 1500, 3500, 7500]);
    let ack = request("ACK", BRANCH, 1, "");
    assert_eq!(names(&bench.receive(udp(), ack.clone())), "");
    assert_eq!(names(&bench.receive(udp(), ack)), "");
    assert_eq!(names(&bench.receive(udp(), invite())), "");
    assert!(times(&bench.pass(Duration::from_secs(4)), "send 486").is_empty());
    assert!(!bench.layer.is_idle());
    bench.assert_idle_after(1);
}

#[test]
fn a_failure_without_ack_is_told_after_64_t1() {
    let mut bench = Bench::new();
    let tx = bench.accept(invite());
    bench.respond(tx, reply(486));
    let events = bench.pass(Duration::from_secs(40));
    assert_eq!(times(&events, "ack timed out"), [32_000]);
    assert_eq!(bench.layer.counters().ack_timeouts, 1);
    assert!(bench.layer.is_idle());
}

#[test]
fn the_ack_for_a_success_is_handed_up_whatever_its_branch() {
    let mut bench = Bench::new();
    let tx = bench.accept(invite());
    bench.respond(tx, reply(200));
    for branch in ["z9hG4bKother", BRANCH] {
        let ack = request("ACK", branch, 1, "");
        assert_eq!(names(&bench.receive(udp(), ack)), "ack");
    }
    bench.assert_idle_after(32);
}

#[test]
fn a_success_that_is_responded_again_is_sent_again() {
    let mut bench = Bench::new();
    let tx = bench.accept(invite());
    bench.respond(tx, reply(200));
    assert_eq!(names(&bench.respond(tx, reply(200))), "send 200");
    bench.assert_idle_after(32);
    assert_eq!(names(&bench.respond(tx, reply(200))), "");
}

#[test]
fn cancel_is_answered_with_the_tag_of_the_invite_and_told_once() {
    let mut bench = Bench::new();
    let tx = bench.accept(invite());
    bench.respond(tx, reply(180));
    let cancel = request("CANCEL", BRANCH, 1, "");
    let events = bench.receive(udp(), cancel.clone());
    assert_eq!(names(&events), "send 200, cancelled");
    let Event::Send { bytes, .. } = &events[0] else {
        panic!("no answer")
    };
    let text = String::from_utf8_lossy(bytes);
    assert!(text.contains("tag=bob\r\n"), "{text}");
    assert!(text.contains("CSeq: 1 CANCEL\r\n"), "{text}");
    assert!(matches!(events[1], Event::Cancelled { tx: of, .. } if of == tx));
    assert_eq!(names(&bench.receive(udp(), cancel)), "send 200");
    bench.respond(tx, reply(487));
    assert_eq!(
        names(&bench.receive(udp(), request("ACK", BRANCH, 1, ""))),
        ""
    );
    bench.assert_idle_after(32);
}

#[test]
fn cancel_before_any_response_gets_a_tag_too() {
    let mut bench = Bench::new();
    bench.accept(invite());
    let events = bench.receive(udp(), request("CANCEL", BRANCH, 1, ""));
    let Event::Send { bytes, .. } = &events[0] else {
        panic!("no answer")
    };
    let text = String::from_utf8_lossy(bytes);
    assert!(text.contains("To: <sip:bob@example.com>;tag="), "{text}");
}

#[test]
fn cancel_after_a_final_response_is_answered_and_has_no_effect() {
    let mut bench = Bench::new();
    let tx = bench.accept(invite());
    bench.respond(tx, reply(200));
    let cancel = request("CANCEL", BRANCH, 1, "");
    assert_eq!(names(&bench.receive(udp(), cancel)), "send 200");
}

#[test]
fn cancel_of_nothing_is_answered_481() {
    let mut bench = Bench::new();
    let cancel = request("CANCEL", BRANCH, 1, "");
    assert_eq!(names(&bench.receive(udp(), cancel)), "send 481");
    bench.assert_idle_after(32);
}

#[test]
fn the_same_branch_from_another_sender_is_another_transaction() {
    let mut bench = Bench::new();
    bench.accept(invite());
    let text = String::from_utf8(invite().to_vec()).unwrap();
    let other = text
        .replace("UDP 192.0.2.1:5060", "UDP 192.0.2.2:5060")
        .replace("Call-ID: call-1", "Call-ID: call-2");
    assert_eq!(
        names(&bench.receive(udp(), Bytes::from(other))),
        "request INVITE"
    );
}

#[test]
fn a_request_that_arrives_by_two_paths_is_marked_as_merged() {
    let mut bench = Bench::new();
    bench.accept(invite());
    let other_path = request("INVITE", "z9hG4bKother", 1, "");
    assert_eq!(
        names(&bench.receive(udp(), other_path)),
        "request INVITE merged"
    );
}

#[test]
fn a_request_with_credentials_after_a_challenge_is_not_merged() {
    let mut bench = Bench::new();
    let tx = bench.accept(invite());
    bench.respond(tx, reply(401));
    let again = request("INVITE", "z9hG4bKother", 2, "");
    assert_eq!(names(&bench.receive(udp(), again)), "request INVITE");
}

#[test]
fn a_branch_without_the_magic_cookie_is_matched_by_all_that_rfc_2543_compares() {
    let mut bench = Bench::new();
    let old = |method: &str, cseq| request(method, "1", cseq, "");
    let tx = bench.accept(old("INVITE", 1));
    assert_eq!(names(&bench.receive(udp(), old("INVITE", 1))), "");
    bench.respond(tx, reply(486));
    assert_eq!(names(&bench.receive(udp(), old("ACK", 1))), "");
    assert!(times(&bench.pass(Duration::from_secs(4)), "send 486").is_empty());
    assert_eq!(
        names(&bench.receive(udp(), old("INVITE", 2))),
        "request INVITE"
    );
    assert_eq!(
        names(&bench.receive(udp(), old("CANCEL", 2))),
        "send 200, cancelled"
    );
}

#[test]
fn responses_go_to_the_source_port_with_rport_and_to_the_port_of_sent_by_without() {
    let from = flow(Transport::Udp, "203.0.113.7:40000");
    let with = request("OPTIONS", "z9hG4bK1", 1, "");
    let text = String::from_utf8(with.to_vec()).unwrap();
    let without = text.replace(";rport", "").replace("z9hG4bK1", "z9hG4bK2");
    for (bytes, symmetric, port) in [
        (with, false, 40000),
        (Bytes::from(without.clone()), false, 5060),
        (Bytes::from(without), true, 40000),
    ] {
        let mut bench = Bench::with(TransactionConfig {
            symmetric_responses: symmetric,
            ..TransactionConfig::default()
        });
        let events = bench.receive(from, bytes);
        let [Event::Request { tx, flow, .. }] = events.as_slice() else {
            panic!("no request")
        };
        assert_eq!(*flow, from);
        let sent = bench.respond(*tx, reply(200));
        let [Event::Send { flow, .. }] = sent.as_slice() else {
            panic!("nothing sent")
        };
        assert_eq!(flow.peer, SocketAddr::new(from.peer.ip(), port));
    }
}

#[test]
fn a_request_is_told_its_source_for_received_and_rport() {
    let mut bench = Bench::new();
    let from = flow(Transport::Udp, "203.0.113.7:40000");
    bench.receive(from, invite());
    let events = bench.receive(from, request("CANCEL", BRANCH, 1, ""));
    let Event::Send { bytes, flow } = &events[0] else {
        panic!("no answer")
    };
    let text = String::from_utf8_lossy(bytes);
    assert!(text.contains(";received=203.0.113.7"), "{text}");
    assert!(text.contains(";rport=40000"), "{text}");
    assert_eq!(*flow, from);
}

#[test]
fn over_tcp_a_non_invite_transaction_ends_with_its_response() {
    let mut bench = Bench::new();
    let tcp = flow(Transport::Tcp, "192.0.2.1:40000");
    let events = bench.receive(tcp, request("OPTIONS", BRANCH, 1, ""));
    let [Event::Request { tx, .. }] = events.as_slice() else {
        panic!("no request")
    };
    let sent = bench.respond(*tx, response(200, "bob", BRANCH, "1 OPTIONS"));
    assert_eq!(names(&sent), "send 200");
    assert!(bench.layer.is_idle());
    assert_eq!(bench.layer.poll_timeout(), None);
}

#[test]
fn a_request_that_the_user_never_answers_is_given_up() {
    let mut bench = Bench::new();
    bench.accept(request("OPTIONS", BRANCH, 1, ""));
    bench.assert_idle_after(32);
    assert_eq!(bench.layer.counters().abandoned, 1);
}

#[test]
fn a_response_that_cannot_be_sent_is_told_and_the_transaction_goes_on() {
    let mut bench = Bench::new();
    let tx = bench.accept(invite());
    bench.respond(tx, reply(180));
    bench.layer.failed(bench.now, udp());
    assert_eq!(names(&bench.events()), "response failed");
    bench.layer.failed(bench.now, udp());
    assert_eq!(names(&bench.events()), "");
    assert_eq!(names(&bench.respond(tx, reply(200))), "send 200");
    bench.assert_idle_after(32);
}
