//! What the layer does when its table is full.

use super::*;
use crate::transaction::config::TransactionLimits;

fn small() -> Bench {
    Bench::with(TransactionConfig {
        limits: TransactionLimits {
            server_transactions: 2,
            client_transactions: 2,
            retry_after_seconds: 7,
        },
        ..TransactionConfig::default()
    })
}

fn numbered(number: u32, to_tag: &str) -> Bytes {
    let bytes = request("OPTIONS", &format!("z9hG4bK{number}"), number, "");
    let text = String::from_utf8(bytes.to_vec()).unwrap();
    let to = format!("To: <sip:bob@example.com>{to_tag}\r\n");
    Bytes::from(text.replace("To: <sip:bob@example.com>\r\n", &to))
}

#[test]
fn beyond_the_limit_a_new_request_gets_a_stateless_503_with_retry_after() {
    let mut bench = small();
    bench.accept(numbered(1, ""));
    bench.accept(numbered(2, ""));
    let events = bench.receive(udp(), numbered(3, ""));
    assert_eq!(names(&events), "send 503");
    let Event::Send { bytes, .. } = &events[0] else {
        panic!("no answer")
    };
    assert!(String::from_utf8_lossy(bytes).contains("Retry-After: 7\r\n"));
    assert_eq!(bench.layer.transactions(), 2);
    assert_eq!(bench.layer.counters().requests_refused, 1);
    assert_eq!(names(&bench.receive(udp(), numbered(1, ""))), "");
    bench.assert_idle_after(32);
    bench.accept(numbered(4, ""));
}

#[test]
fn requests_of_dialogs_have_as_many_places_more_and_are_dropped_beyond() {
    let mut bench = small();
    for number in 1..=4 {
        bench.accept(numbered(number, ";tag=bob"));
    }
    assert_eq!(names(&bench.receive(udp(), numbered(5, ";tag=bob"))), "");
    assert_eq!(bench.layer.counters().requests_dropped, 1);
}

#[test]
fn beyond_the_limit_a_request_of_ours_fails_at_once() {
    let mut bench = small();
    let keys: Vec<_> = (1..=4)
        .map(|number| bench.layer.request(bench.now, udp(), numbered(number, "")))
        .collect();
    let failed: Vec<_> = bench
        .events()
        .into_iter()
        .filter_map(|event| match event {
            Event::TransportFailed { tx } => Some(tx),
            _ => None,
        })
        .collect();
    assert_eq!(failed, keys[2..]);
    assert_ne!(failed[0], failed[1]);
}
