//! Feature codes that are dialled.

use std::time::Duration;

use switchhook_routing::record::Disposition;
use switchhook_sip::message::Response;

use super::harness::*;
use super::watching::cseq;
use super::wording::*;
use crate::codes::{Feature, Occasion, Switch};
use crate::config::Config;
use crate::forwarding::{ClientSettings, ForwardTo};
use crate::keys::AddressOfRecord;

pub(super) fn with_codes() -> Config {
    let mut config = config();
    let domain = config.domains.get_mut("example.test").unwrap();
    let codes = [
        ("*78", Feature::DoNotDisturb(Switch::On)),
        ("*79", Feature::DoNotDisturb(Switch::Off)),
        ("*72", Feature::Forward(Occasion::Always, true)),
        ("*90", Feature::Forward(Occasion::Busy, true)),
        ("*73", Feature::Forward(Occasion::Always, false)),
        ("*70", Feature::ForwardNothing),
        ("*8", Feature::Pickup),
    ];
    domain.codes.list = codes.map(|(code, what)| (code.to_owned(), what)).into();
    config
}

/// 1001, who is bob, dials; the final answer.
pub(super) fn dial(world: &mut World, code: &str, body: &str) -> Response {
    let uri = format!("sip:{code}@example.test");
    let text = |cseq, more: &str| {
        let text = request("bob", "INVITE", &uri, cseq, more, body);
        text.replace("<sip:bob@example", "<sip:1001@example")
    };
    let number = cseq();
    world.send("bob", &text(number, ""));
    let challenge = world.expect_status("bob", 407);
    let more = credentials(&challenge, ("1001", "secret"), "INVITE", &uri);
    world.send("bob", &text(number + 1, &more));
    let answer = world.response_to("bob");
    if answer.status() == 200 {
        let ack = by_caller("bob", &answer, "ACK", number + 1, "");
        world.send("bob", &ack);
        world.pass(Duration::from_secs(4));
        let bye = world.request_to("bob", "BYE");
        world.answer("bob", &bye, 200, None);
        world.inbox("bob");
    }
    answer
}

fn settings(world: &World) -> ClientSettings {
    world.exchange.settings(&AddressOfRecord {
        domain: "example.test".to_owned(),
        user: "1001".to_owned(),
    })
}

#[test]
fn a_code_is_answered_and_hung_up_and_changes_what_it_is_for() {
    let mut world = World::with(with_codes());
    let ok = dial(&mut world, "*78", &sdp("bob", 4000));
    assert_eq!(ok.status(), 200);
    let body = String::from_utf8_lossy(ok.body()).into_owned();
    assert!(
        body.contains("m=audio") && body.contains("a=sendrecv"),
        "{body}"
    );
    assert!(settings(&world).do_not_disturb);
    assert_eq!(dial(&mut world, "*79", "").status(), 200);
    assert!(!settings(&world).do_not_disturb);
    assert_eq!(dial(&mut world, "*721002", "").status(), 200);
    assert_eq!(dial(&mut world, "*901003", "").status(), 200);
    let to = |number: &str| Some(ForwardTo::Number(number.to_owned()));
    assert_eq!(settings(&world).always, to("1002"));
    dial(&mut world, "*73", "");
    assert_eq!(
        (settings(&world).always, settings(&world).busy),
        (None, to("1003"))
    );
    dial(&mut world, "*70", "");
    assert_eq!(settings(&world), ClientSettings::default());
    assert_eq!(world.asked, 0, "nobody decides about a code");
    world.finish();
    let record = &world.records[0];
    assert_eq!(record.disposition, Disposition::Answered);
    assert_eq!(record.callee, "*78");
    assert!(record.legs.is_empty() && record.decisions.is_empty());
}

#[test]
fn a_code_that_makes_no_sense_is_refused() {
    let mut world = World::with(with_codes());
    assert_eq!(dial(&mut world, "*721001", "").status(), 403, "to oneself");
    assert_eq!(
        dial(&mut world, "*72", "").status(),
        404,
        "no code without a number"
    );
    let odd = sdp("bob", 4000).replace("RTP/AVP 0 8 101", "RTP/AVP 4");
    assert_eq!(dial(&mut world, "*78", &odd).status(), 488);
    assert!(!settings(&world).do_not_disturb);
    world.send("alice", &invite("alice", "*78", "", ""));
    world.expect_status("alice", 404);
    world.finish();
}
