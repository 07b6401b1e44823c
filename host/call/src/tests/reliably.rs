//! Reliable provisional responses (RFC 3262): towards the called side, towards the caller, offers and answers in them.

use std::time::Duration;

use expect_test::expect;
use switchhook_sip::message::{Fields, Request, Response};

use super::harness::*;
use super::wording::*;
use crate::dialog_rules::Reliability;

const SUPPORTED: &str = "Supported: 100rel\n";

fn body(message: &Fields) -> String {
    String::from_utf8_lossy(message.body()).into_owned()
}

/// A reliable provisional response of a branch of `name`'s.
fn reliable(name: &str, request: &Request, (status, number): (u16, u32), body: &str) -> String {
    let extra = format!("Require: 100rel\nRSeq: {number}\nAllow: INVITE, UPDATE, PRACK\n");
    let body = (!body.is_empty()).then_some(body);
    response_with(name, request, status, &extra, body)
}

fn of_branch(text: &str, name: &str, branch: &str) -> String {
    text.replace(&format!("tag={name}tag"), &format!("tag={branch}"))
}

/// The caller's PRACK for a response.
pub(super) fn prack(response: &Response, cseq: u32, body: &str) -> String {
    let number = response.header("RSeq").unwrap();
    prack_of(response, &format!("{number} 1 INVITE"), cseq, body)
}

fn prack_of(response: &Response, rack: &str, cseq: u32, body: &str) -> String {
    by_caller("alice", response, "PRACK", cseq, body)
        .replace("application/dtmf-relay", "application/sdp")
        .replace("Max-Forwards", &format!("RAck: {rack}\nMax-Forwards"))
}

fn call(world: &mut World, extra: &str, body: &str) -> Request {
    world.send("alice", &invite("alice", "bob", extra, body));
    world.request_to("bob", "INVITE")
}

fn hang_up(world: &mut World, ok: &Response) {
    world.send("alice", &by_caller("alice", ok, "BYE", 90, ""));
    let bye = world.request_to_skipping("bob", "BYE", "ACK");
    world.answer("bob", &bye, 200, None);
    world.finish();
}

#[test]
fn the_called_side_is_acknowledged_in_order_and_each_branch_by_itself() {
    let mut world = World::new();
    let to_bob = call(&mut world, "", &sdp("alice", 4000));
    assert!(to_bob.has_option("Supported".into(), "100rel"));
    world.ladder.clear();
    let ringing = reliable("bob", &to_bob, (180, 5), "");
    world.send("bob", &ringing);
    let first = world.request_to("bob", "PRACK");
    assert_eq!(first.header("RAck").unwrap(), "5 1 INVITE");
    assert_eq!(first.to().tag(), Some("bobtag"));
    assert_eq!(first.cseq().number, 2);
    world.answer("bob", &first, 200, None);
    // Again, and one too early: neither gets a PRACK.
    world.send("bob", &ringing);
    world.send("bob", &reliable("bob", &to_bob, (183, 7), ""));
    world.expect_nothing("bob");
    let other = of_branch(&reliable("bob", &to_bob, (180, 1), ""), "bob", "other");
    world.send("bob", &other);
    let second = world.request_to("bob", "PRACK");
    assert_eq!(second.header("RAck").unwrap(), "1 1 INVITE");
    assert_eq!(second.to().tag(), Some("other"));
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    let ok = world.expect_final("alice", 200);
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    expect![[r#"
        bob -> 180
        -> bob: PRACK
        -> alice: 180
        bob -> 200
        bob -> 180
        bob -> 183
        bob -> 180
        -> bob: PRACK
        bob -> 200
        -> bob: ACK
        -> alice: 200
        alice -> ACK
    "#]]
    .assert_eq(&world.ladder());
    world.send("alice", &by_caller("alice", &ok, "BYE", 2, ""));
    let bye = world.request_to_skipping("bob", "BYE", "ACK");
    assert_eq!(bye.cseq().number, 3, "PRACK and BYE are of one dialog");
    world.answer("bob", &bye, 200, None);
    world.finish();
}

#[test]
fn an_answer_that_came_reliably_holds_whatever_the_200_says() {
    let mut world = World::new();
    let to_bob = call(&mut world, "", &sdp("alice", 4000));
    world.send(
        "bob",
        &reliable("bob", &to_bob, (183, 1), &sdp("bob", 5000)),
    );
    world.request_to("bob", "PRACK");
    let early = world.expect_status("alice", 183);
    assert!(early.header("RSeq").is_none(), "alice does not know 100rel");
    world.answer("bob", &to_bob, 200, None);
    let ok = world.expect_status("alice", 200);
    assert_eq!(body(&early), body(&ok));
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    hang_up(&mut world, &ok);
}

#[test]
fn a_challenged_prack_is_sent_again_with_credentials() {
    let mut world = World::scripted(vec![switchhook_routing::verb::Verb::Connect(ring(&[
        "+49",
    ]))]);
    let text = invite("alice", "bob", "", &sdp("alice", 4000));
    world.send("alice", &text);
    let to_provider = world.request_to("provider", "INVITE");
    world.send(
        "provider",
        &reliable("provider", &to_provider, (180, 1), ""),
    );
    let prack = world.request_to("provider", "PRACK");
    let challenge =
        "WWW-Authenticate: Digest realm=\"p\", nonce=\"n\", algorithm=MD5, qop=\"auth\"\n";
    world.send(
        "provider",
        &response_with("provider", &prack, 401, challenge, None),
    );
    let again = world.request_to("provider", "PRACK");
    assert!(again.header("Authorization").is_some());
    assert_eq!(again.header("RAck").unwrap(), "1 1 INVITE");
    world.answer("provider", &again, 200, None);
    world.send("alice", &cancel(&text));
    world.request_to("provider", "CANCEL");
    world.answer("provider", &to_provider, 487, None);
    world.finish();
}

#[test]
fn early_media_goes_to_a_caller_reliably_until_its_prack() {
    let mut world = World::new();
    let to_bob = call(&mut world, SUPPORTED, &sdp("alice", 4000));
    world.answer("bob", &to_bob, 180, None);
    let ringing = world.expect_status("alice", 180);
    assert!(
        ringing.header("RSeq").is_none(),
        "nothing of the session in it"
    );
    world.answer("bob", &to_bob, 183, Some(&sdp("bob", 5000)));
    let early = world.expect_status("alice", 183);
    assert!(early.has_option("Require".into(), "100rel"));
    world.pass(Duration::from_secs(2));
    let again = world.expect_status("alice", 183);
    assert_eq!(again.raw(), early.raw());
    world.expect_status("alice", 183);
    world.send("alice", &prack_of(&early, "4711 1 INVITE", 2, ""));
    world.expect_status("alice", 481);
    world.send("alice", &prack_of(&early, "x", 3, ""));
    world.expect_status("alice", 400);
    // Bob answers before alice has acknowledged: her 200 waits.
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    world.request_to("bob", "ACK");
    world.expect_nothing("alice");
    world.send("alice", &prack(&early, 4, ""));
    let acknowledged = world.response_to("alice");
    assert_eq!(acknowledged.cseq().method.as_str(), "PRACK");
    let ok = world.expect_status("alice", 200);
    assert_eq!(ok.cseq().method.as_str(), "INVITE");
    assert!(ok.body().is_empty(), "she has her answer");
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    world.pass(Duration::from_secs(60));
    world.expect_nothing("alice");
    hang_up(&mut world, &ok);
}

#[test]
fn a_caller_that_never_acknowledges_gets_504_and_the_leg_ends() {
    let mut world = World::new();
    let to_bob = call(&mut world, SUPPORTED, &sdp("alice", 4000));
    world.answer("bob", &to_bob, 183, Some(&sdp("bob", 5000)));
    world.pass(Duration::from_secs(33));
    world.expect_final("alice", 504);
    assert_eq!(world.exchange.counters().provisionals_lost, 1);
    world.request_to("bob", "CANCEL");
    world.answer("bob", &to_bob, 487, None);
    world.finish();
}

#[test]
fn a_caller_that_requires_it_gets_all_of_them_reliably_one_at_a_time() {
    let mut world = World::new();
    let to_bob = call(&mut world, "Require: 100rel\n", &sdp("alice", 4000));
    world.answer("bob", &to_bob, 180, None);
    world.answer("bob", &to_bob, 183, Some(&sdp("bob", 5000)));
    let ringing = world.expect_status("alice", 180);
    world.expect_nothing("alice");
    world.send("alice", &prack(&ringing, 2, ""));
    world.expect_status("alice", 200);
    let early = world.expect_status("alice", 183);
    let number = |response: &Response| response.header("RSeq").unwrap().parse::<u32>().unwrap();
    assert_eq!(number(&early), number(&ringing) + 1);
    world.send("alice", &prack(&early, 3, ""));
    world.expect_status("alice", 200);
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    let ok = world.expect_status("alice", 200);
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    hang_up(&mut world, &ok);
}

#[test]
fn a_cancel_while_the_200_waits_for_a_prack_ends_the_call() {
    let mut world = World::new();
    let text = invite("alice", "bob", SUPPORTED, &sdp("alice", 4000));
    world.send("alice", &text);
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 183, Some(&sdp("bob", 5000)));
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    world.send("alice", &cancel(&text));
    world.expect_status("alice", 183);
    world.expect_status("alice", 200);
    world.expect_status("alice", 487);
    let bye = world.request_to_skipping("bob", "BYE", "ACK");
    world.answer("bob", &bye, 200, None);
    world.finish();
}

#[test]
fn the_called_side_hangs_up_while_the_200_waits_for_a_prack() {
    let mut world = World::new();
    let to_bob = call(&mut world, SUPPORTED, &sdp("alice", 4000));
    world.answer("bob", &to_bob, 183, Some(&sdp("bob", 5000)));
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    world.send("bob", &by_callee("bob", &to_bob, "BYE", 1, ""));
    world.expect_final("alice", 480);
    world.finish();
}

#[test]
fn an_offer_in_a_183_is_answered_in_the_prack_from_end_to_end() {
    let mut world = World::new();
    let to_bob = call(&mut world, SUPPORTED, "");
    assert!(to_bob.body().is_empty());
    assert!(to_bob.has_option("Supported".into(), "100rel"));
    world.ladder.clear();
    world.send(
        "bob",
        &reliable("bob", &to_bob, (183, 9), &sdp("bob", 5000)),
    );
    world.expect_nothing("bob");
    let offer = world.expect_status("alice", 183);
    assert!(body(&offer).contains("c=IN IP4 192.0.2.1"));
    world.send("alice", &prack(&offer, 2, &sdp("alice", 4000)));
    let to_answer = world.request_to("bob", "PRACK");
    assert!(body(&to_answer).contains("m=audio"));
    assert!(body(&to_answer).contains("c=IN IP4 192.0.2.1"));
    world.answer("bob", &to_answer, 200, None);
    world.answer("bob", &to_bob, 200, None);
    world.expect_status("alice", 200);
    let ok = world.expect_status("alice", 200);
    assert!(ok.body().is_empty());
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    expect![[r#"
        bob -> 183
        -> alice: 183
        alice -> PRACK
        -> alice: 200
        -> bob: PRACK
        bob -> 200
        bob -> 200
        -> bob: ACK
        -> alice: 200
        alice -> ACK
    "#]]
    .assert_eq(&world.ladder());
    hang_up(&mut world, &ok);
}

#[test]
fn a_caller_without_100rel_leaves_none_to_whom_it_leaves_the_offer() {
    let mut world = World::new();
    let to_bob = call(&mut world, "", "");
    assert!(!to_bob.has_option("Supported".into(), "100rel"));
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    let ok = world.expect_status("alice", 200);
    let ack = by_caller("alice", &ok, "ACK", 1, &sdp("alice", 4000));
    world.send("alice", &ack);
    hang_up(&mut world, &ok);
}

#[test]
fn two_branches_offer_and_both_get_the_callers_answer() {
    let mut world = World::new();
    let to_bob = call(&mut world, SUPPORTED, "");
    world.send(
        "bob",
        &reliable("bob", &to_bob, (183, 1), &sdp("bob", 5000)),
    );
    let other = of_branch(
        &reliable("bob", &to_bob, (183, 1), &sdp("bob", 5002)),
        "bob",
        "other",
    );
    world.send("bob", &other);
    let offer = world.expect_status("alice", 183);
    world.send("alice", &prack(&offer, 2, &sdp("alice", 4000)));
    let first = world.request_to("bob", "PRACK");
    let second = world.request_to("bob", "PRACK");
    assert_ne!(first.to().tag(), second.to().tag());
    assert!(!first.body().is_empty() && !second.body().is_empty());
    world.answer("bob", &first, 200, None);
    world.answer("bob", &second, 200, None);
    let ok = of_branch(&response("bob", &to_bob, 200, None), "bob", "other");
    world.send("bob", &ok);
    world.expect_status("alice", 200);
    let ok = world.expect_status("alice", 200);
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    hang_up(&mut world, &ok);
}

#[test]
fn whom_the_domain_requires_it_of_is_refused_without() {
    let mut config = config();
    let domain = config.domains.get_mut("example.test").unwrap();
    domain.dialogs.reliability = Reliability::Required;
    let mut world = World::with(config);
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    let refused = world.expect_status("alice", 421);
    assert_eq!(refused.header("Require").unwrap(), "100rel");
    world.finish();
}

#[test]
fn where_it_is_off_it_is_neither_offered_nor_used() {
    let mut config = config();
    let domain = config.domains.get_mut("example.test").unwrap();
    domain
        .dialogs
        .trunks
        .insert("gateway".to_owned(), Reliability::Off);
    let mut world = World::with(config);
    let text = invite("alice", "bob", SUPPORTED, &sdp("alice", 4000));
    world.send("alice", &text);
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 183, Some(&sdp("bob", 5000)));
    assert!(world.expect_status("alice", 183).header("RSeq").is_none());
    world.send("alice", &cancel(&text));
    world.answer("bob", &to_bob, 487, None);
    world.expect_final("alice", 200);
    world.expect_final("alice", 487);
    let required = request(
        "alice",
        "INVITE",
        "sip:bob@example.test",
        7,
        "Require: 100rel\n",
        &sdp("alice", 4000),
    );
    world.send("alice", &required);
    let refused = world.expect_status("alice", 420);
    assert_eq!(refused.header("Unsupported").unwrap(), "100rel");
    world.finish();
}
