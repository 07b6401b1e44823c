//! Ladders as they are drawn.

use std::time::Duration;

use expect_test::expect;

use crate::ladder::{Fate, Ladder};

const BYE: &[u8] = b"BYE sip:bob@example.test SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\n\
From: <sip:a@b>;tag=1\r\nTo: <sip:c@d>;tag=2\r\nCall-ID: x\r\nCSeq: 2 BYE\r\nContent-Length: 0\r\n\r\n";

#[test]
fn messages_point_where_they_go_and_lost_ones_do_not_arrive() {
    let mut ladder = Ladder::new(&["alice", "switchhook", "bob"]);
    let at = Duration::from_millis;
    ladder.message(at(0), "alice", "switchhook", BYE, Fate::Sent);
    ladder.message(at(10), "bob", "switchhook", BYE, Fate::Lost);
    ladder.message(at(1_500), "switchhook", "bob", BYE, Fate::Lost);
    ladder.message(at(1_510), "bob", "switchhook", b"\r\n", Fate::Sent);
    ladder.remark(at(20), "switchhook", "asks the plugin: 11 \u{b5}s");
    ladder.message(at(2_000), "bob", "alice", BYE, Fate::Sent);
    expect![[r#"
                  alice                              switchhook                                  bob
        0.000     |-- BYE ------------------------------->|                                       |
        0.010     |                                       |x- BYE --------------------------------|
        1.500     |                                       |-- BYE -------------------------------x|
        1.510     |                                       |<- (not SIP) --------------------------|
        0.020     |                                       | (asks the plugin: 11 µs)              |
        2.000     |<- BYE ------------------------------------------------------------------------|
    "#]]
    .assert_eq(&ladder.render());
}

#[test]
fn merged_ladders_are_in_the_order_of_time() {
    let mut one = Ladder::new(&["alice", "switchhook"]);
    let mut other = Ladder::new(&["bob", "switchhook"]);
    one.message(
        Duration::from_secs(2),
        "alice",
        "switchhook",
        BYE,
        Fate::Sent,
    );
    other.message(Duration::from_secs(1), "switchhook", "bob", BYE, Fate::Sent);
    let mut both = Ladder::new(&["alice", "switchhook", "bob"]);
    both.merge(&one);
    both.merge(&other);
    expect![[r#"
                  alice                              switchhook                                  bob
        1.000     |                                       |-- BYE ------------------------------->|
        2.000     |-- BYE ------------------------------->|                                       |
    "#]]
    .assert_eq(&both.render());
}
