//! What is refused and what comes of it: a plainer offer after 488, sessions that stay as they were, hold in its forms,
//! packages of INFO, reasons.

use std::time::Duration;

use switchhook_media::relay::Side;
use switchhook_media::sdp::Direction;
use switchhook_sip::message::Fields;

use super::basic::{established, established_with};
use super::harness::*;
use super::wording::*;
use crate::media_command::MediaCommand;

fn body(message: &Fields) -> String {
    String::from_utf8_lossy(message.body()).into_owned()
}

fn rich(name: &str) -> String {
    sdp(name, 4000)
        .replace("RTP/AVP 0 8 101", "RTP/AVPF 96 9 0 97 101")
        .replace(
            "a=rtpmap:101",
            "a=rtpmap:96 opus/48000/2\r\na=rtpmap:97 speex/16000\r\na=rtcp-fb:* nack\r\na=rtpmap:101",
        )
        + "m=video 4002 RTP/AVP 98\r\na=rtpmap:98 H264/90000\r\n"
}

fn with(text: &str, extra: &str) -> String {
    text.replace("Max-Forwards", &format!("{extra}Max-Forwards"))
}

fn direction(world: &World, wanted: Side) -> Direction {
    let remotes = world.media.iter().filter_map(|command| match command {
        MediaCommand::SetRemote { side, remote, .. } if *side == wanted => Some(remote.direction),
        _ => None,
    });
    remotes.fold(None, |_, direction| Some(direction)).unwrap()
}

fn hang_up(world: &mut World, ok: &switchhook_sip::message::Response, cseq: u32) {
    world.send("alice", &by_caller("alice", ok, "BYE", cseq, ""));
    let bye = world.request_to_skipping("bob", "BYE", "ACK");
    world.answer("bob", &bye, 200, None);
    world.finish();
}

#[test]
fn whoever_accepts_nothing_of_an_offer_gets_a_plainer_one_once() {
    for status in [488, 606] {
        let mut world = World::new();
        world.send("alice", &invite("alice", "bob", "", &rich("alice")));
        let to_bob = world.request_to("bob", "INVITE");
        assert!(body(&to_bob).contains("m=audio"));
        world.answer("bob", &to_bob, status, None);
        world.request_to("bob", "ACK");
        let plain = world.request_to("bob", "INVITE");
        assert_eq!(plain.cseq().number, 2);
        assert_eq!(plain.call_id(), to_bob.call_id());
        let text = body(&plain);
        assert!(text.contains("RTP/AVP 9 0 101\r\n"), "{text}");
        assert!(!text.contains("opus") && !text.contains("rtcp-fb") && !text.contains("video"));
        world.answer("bob", &plain, 200, Some(&sdp("bob", 5000)));
        let ok = world.expect_status("alice", 200);
        let text = body(&ok);
        assert!(text.contains("RTP/AVPF 0 101\r\n"), "{text}");
        assert!(text.contains("m=video 0"), "{text}");
        world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
        hang_up(&mut world, &ok, 2);
    }
}

#[test]
fn an_offer_that_is_plain_already_is_not_made_again() {
    let mut world = World::new();
    let text = invite("alice", "bob", "", &sdp("alice", 4000));
    world.send("alice", &text);
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 488, None);
    world.request_to("bob", "ACK");
    // What comes now is the next attempt of the script, a leg of its own.
    let next = world.request_to("bob", "INVITE");
    assert_ne!(next.call_id(), to_bob.call_id());
    world.send("alice", &cancel(&text));
    world.answer("bob", &next, 487, None);
    world.finish();
}

#[test]
fn a_refused_offer_changes_nothing_of_what_was_said_before() {
    let mut world = World::new();
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    let to_bob = world.request_to("bob", "INVITE");
    let timer = "Session-Expires: 600;refresher=uac\n";
    let text = response_with("bob", &to_bob, 200, timer, Some(&sdp("bob", 5000)));
    world.send("bob", &text);
    let ok = world.expect_status("alice", 200);
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    world.request_to("bob", "ACK");
    let hold = sdp_with("alice", 4000, 2, "sendonly");
    world.send("alice", &by_caller("alice", &ok, "INVITE", 2, &hold));
    let refused = world.request_to("bob", "INVITE");
    world.answer("bob", &refused, 488, None);
    world.request_to("bob", "ACK");
    world.expect_status("alice", 488);
    world.pass(Duration::from_secs(300));
    let refresh = world.request_to("bob", "INVITE");
    let lines = |text: &str| -> Vec<String> {
        let lines = text.lines().filter(|line| !line.starts_with("o="));
        lines.map(str::to_owned).collect()
    };
    assert_eq!(lines(&body(&refresh)), lines(&body(&to_bob)));
    world.answer("bob", &refresh, 200, Some(&sdp("bob", 5000)));
    world.request_to("bob", "ACK");
    hang_up(&mut world, &ok, 3);
}

#[test]
fn hold_in_all_its_forms_and_by_both_methods_goes_through() {
    let old = |version| {
        sdp_with("alice", 4000, version, "sendrecv")
            .replace("c=IN IP4 192.0.2.10", "c=IN IP4 0.0.0.0")
    };
    let forms = [
        (
            sdp_with("alice", 4000, 2, "sendonly"),
            "sendonly",
            Direction::SendOnly,
        ),
        (
            sdp_with("alice", 4000, 3, "inactive"),
            "inactive",
            Direction::Inactive,
        ),
        (old(4), "sendonly", Direction::SendOnly),
        (
            sdp_with("alice", 4000, 5, "sendrecv"),
            "sendrecv",
            Direction::SendRecv,
        ),
    ];
    for method in ["INVITE", "UPDATE"] {
        let mut world = World::new();
        let (ok, _) = established_with(&mut world, "Allow: INVITE, UPDATE\n");
        let mut cseq = 1;
        for (offer, said, heard) in &forms {
            cseq += 1;
            world.send("alice", &by_caller("alice", &ok, method, cseq, offer));
            let to_bob = world.request_to("bob", method);
            assert!(
                body(&to_bob).contains(&format!("a={said}")),
                "{method} {said}"
            );
            world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
            world.expect_status("alice", 200);
            if method == "INVITE" {
                world.request_to("bob", "ACK");
                world.send("alice", &by_caller("alice", &ok, "ACK", cseq, ""));
            }
            assert_eq!(direction(&world, Side::Caller), *heard);
        }
        hang_up(&mut world, &ok, cseq + 1);
    }
}

#[test]
fn a_package_of_info_goes_to_whoever_wants_it_and_to_nobody_else() {
    let mut world = World::new();
    let wants = "Recv-Info: g.3gpp.mid-call\n";
    world.send("alice", &invite("alice", "bob", wants, &sdp("alice", 4000)));
    let to_bob = world.request_to("bob", "INVITE");
    assert_eq!(to_bob.header("Recv-Info").unwrap(), "g.3gpp.mid-call");
    let text = response_with(
        "bob",
        &to_bob,
        200,
        "Recv-Info: foo\n",
        Some(&sdp("bob", 5000)),
    );
    world.send("bob", &text);
    let ok = world.expect_status("alice", 200);
    assert_eq!(ok.header("Recv-Info").unwrap(), "foo");
    world.request_to("bob", "ACK");
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    let info = |cseq, package: &str| {
        let text = by_caller("alice", &ok, "INFO", cseq, "x");
        with(&text, &format!("Info-Package: {package}\n"))
    };
    world.send("alice", &info(2, "foo"));
    let to_bob = world.request_to("bob", "INFO");
    assert_eq!(to_bob.header("Info-Package").unwrap(), "foo");
    world.answer("bob", &to_bob, 200, None);
    world.expect_status("alice", 200);
    world.send("alice", &info(3, "bar"));
    let refused = world.expect_status("alice", 469);
    assert_eq!(refused.header("Recv-Info").unwrap(), "foo");
    world.expect_nothing("bob");
    hang_up(&mut world, &ok, 4);
}

#[test]
fn keys_messages_and_notifications_go_through_in_both_directions() {
    let mut world = World::new();
    let (ok, invite) = established(&mut world);
    let kinds = [
        (
            "INFO",
            "application/dtmf-relay",
            "Signal=5\r\nDuration=160\r\n",
        ),
        ("INFO", "application/dtmf", "5"),
        ("MESSAGE", "text/plain", "hello"),
    ];
    for (cseq, (method, kind, text)) in (2..).zip(kinds) {
        let request = by_caller("alice", &ok, method, cseq, text);
        world.send("alice", &request.replace("application/dtmf-relay", kind));
        let there = world.request_to("bob", method);
        assert_eq!(
            (
                body(&there).as_str(),
                there.content_type().unwrap().as_ref()
            ),
            (text, kind)
        );
        world.answer("bob", &there, 200, None);
        world.expect_status("alice", 200);
        let request = by_callee("bob", &invite, method, cseq, text);
        world.send("bob", &request.replace("application/dtmf-relay", kind));
        let back = world.request_to("alice", method);
        assert_eq!(
            (body(&back).as_str(), back.content_type().unwrap().as_ref()),
            (text, kind)
        );
        world.answer("alice", &back, 200, None);
        world.expect_status("bob", 200);
    }
    hang_up(&mut world, &ok, 9);
}

#[test]
fn a_reason_goes_over_with_the_bye_in_both_directions() {
    let reason = "Reason: Q.850;cause=16;text=\"Normal\"\n";
    let mut world = World::new();
    let (ok, _) = established(&mut world);
    world.send(
        "alice",
        &with(&by_caller("alice", &ok, "BYE", 2, ""), reason),
    );
    let bye = world.request_to("bob", "BYE");
    assert_eq!(
        bye.header("Reason").unwrap(),
        "Q.850;cause=16;text=\"Normal\""
    );
    world.answer("bob", &bye, 200, None);
    world.finish();
    let mut world = World::new();
    let (_, invite) = established(&mut world);
    world.send(
        "bob",
        &with(&by_callee("bob", &invite, "BYE", 1, ""), reason),
    );
    let bye = world.request_to("alice", "BYE");
    assert_eq!(
        bye.header("Reason").unwrap(),
        "Q.850;cause=16;text=\"Normal\""
    );
    world.answer("alice", &bye, 200, None);
    world.finish();
}

#[test]
fn a_cancel_carries_its_reason_over_even_if_it_has_to_wait() {
    let mut world = World::new();
    let text = invite("alice", "bob", "", &sdp("alice", 4000));
    world.send("alice", &text);
    let to_bob = world.request_to("bob", "INVITE");
    let reason = "Reason: SIP;cause=480\n";
    world.send("alice", &with(&cancel(&text), reason));
    world.expect_nothing("bob");
    world.answer("bob", &to_bob, 180, None);
    let cancelled = world.request_to("bob", "CANCEL");
    assert_eq!(cancelled.header("Reason").unwrap(), "SIP;cause=480");
    world.answer("bob", &to_bob, 487, None);
    world.finish();
}

#[test]
fn whoever_lost_is_told_that_the_call_was_completed_elsewhere() {
    use switchhook_routing::verb::Verb;
    let mut world = World::scripted(vec![Verb::Connect(ring(&["bob", "carol"]))]);
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    let to_bob = world.request_to("bob", "INVITE");
    let to_carol = world.request_to("carol", "INVITE");
    world.answer("carol", &to_carol, 180, None);
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    let ok = world.expect_final("alice", 200);
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    let cancelled = world.request_to("carol", "CANCEL");
    let reason = cancelled.header("Reason").unwrap();
    assert!(reason.starts_with("SIP;cause=200"), "{reason}");
    world.answer("carol", &to_carol, 487, None);
    hang_up(&mut world, &ok, 2);
}

#[test]
fn a_cancel_that_comes_before_any_other_response_is_answered_with_the_tag_of_all() {
    let mut world = World::new();
    world.script = None;
    let text = invite("alice", "bob", "", &sdp("alice", 4000));
    world.send("alice", &text);
    world.send("alice", &cancel(&text));
    let ok = world.expect_status("alice", 200);
    let end = world.expect_status("alice", 487);
    assert_eq!(ok.to().tag(), end.to().tag());
    world.finish();
}

#[test]
fn what_a_refusal_says_the_caller_is_told_too() {
    use switchhook_routing::verb::Verb;
    let mut config = config();
    let domain = config.domains.get_mut("example.test").unwrap();
    domain.default_destination = std::sync::Arc::new(vec![Verb::Connect(ring(&["bob"]))]);
    let mut world = World::with(config);
    world.script = Some(None);
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
    let to_bob = world.request_to("bob", "INVITE");
    let said = "Retry-After: 120\nReason: Q.850;cause=17\nX-Secret: none of hers\n";
    world.send("bob", &response_with("bob", &to_bob, 486, said, None));
    let busy = world.expect_final("alice", 486);
    assert_eq!(busy.header("Retry-After").unwrap(), "120");
    assert_eq!(busy.header("Reason").unwrap(), "Q.850;cause=17");
    assert!(busy.header("X-Secret").is_none());
    world.finish();
}
