//! Subscriptions: who may watch whom, what is told when, and how it ends (RFC 6665).

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use switchhook_routing::verb::Verb;
use switchhook_sip::digest::Ha1;
use switchhook_sip::message::{Request, Response};

use super::harness::*;
use super::wording::*;
use crate::input::{Command, Input};
use crate::keys::AddressOfRecord;
use crate::limits;
use crate::subscriptions::mailbox::Mailbox;

/// A number for a CSeq that no test has used yet, nor the one after it.
pub(super) fn cseq() -> u32 {
    static NEXT: AtomicU32 = AtomicU32::new(10);
    NEXT.fetch_add(2, Ordering::Relaxed)
}

/// A request from a client, with the answer to the challenge.
pub(super) fn authenticated(
    world: &mut World,
    (name, user): (&str, &str),
    (method, uri): (&str, &str),
    cseq: u32,
    text: impl Fn(u32, &str) -> String,
) -> Response {
    let of_client = |text: String| {
        text.replace(
            &format!("<sip:{name}@example.test>"),
            &format!("<sip:{user}@example.test>"),
        )
    };
    world.send(name, &of_client(text(cseq, "")));
    let challenge = world.expect_status(name, 407);
    let more = credentials(&challenge, (user, "secret"), method, uri);
    world.send(name, &of_client(text(cseq + 1, &more)));
    world.response_to(name)
}

fn subscribe(world: &mut World, name: &str, user: &str, whom: &str, extra: &str) -> Response {
    let uri = format!("sip:{whom}@example.test");
    let cseq = cseq();
    let parties = (name, user);
    authenticated(world, parties, ("SUBSCRIBE", &uri), cseq, |cseq, more| {
        let text = request(name, "SUBSCRIBE", &uri, cseq, &format!("{extra}{more}"), "");
        text.replace("call-of", &format!("watch-{whom}-{}-of", extra.len()))
    })
}

const DIALOG: &str = "Event: dialog\nAccept: application/dialog-info+xml\n";

/// A world whose clients may pick up each other's calls.
fn colleagues() -> World {
    let mut config = config();
    let domain = config.domains.get_mut("example.test").unwrap();
    for client in domain.clients.values_mut() {
        client.pickup_group = Some("office".to_owned());
    }
    World::with(config)
}

/// The next NOTIFY to a party, answered.
#[track_caller]
fn told(world: &mut World, name: &str) -> Request {
    let notify = world.request_to(name, "NOTIFY");
    world.answer(name, &notify, 200, None);
    notify
}

fn body(request: &Request) -> String {
    String::from_utf8_lossy(request.body()).into_owned()
}

fn state(request: &Request) -> String {
    let state = request.header("Subscription-State").unwrap();
    state.into_owned()
}

#[track_caller]
fn unsubscribe(world: &mut World, name: &str, made_by: &Response, event: &str) {
    let text = by_caller(name, made_by, "SUBSCRIBE", cseq(), "");
    let text = text.replace(
        "Content-Length",
        &format!("{event}Expires: 0\nContent-Length"),
    );
    world.send(name, &text);
    world.expect_status(name, 200);
    let last = told(world, name);
    assert_eq!(state(&last), "terminated;reason=timeout");
}

fn bob_calls(world: &mut World) {
    world.script = Some(Some(vec![Verb::Connect(ring(&["1001"]))]));
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
}

#[test]
fn a_lamp_follows_the_calls_of_a_client() {
    let mut world = colleagues();
    register(&mut world, "bob", "1001", 1, "");
    let ok = subscribe(&mut world, "carol", "1002", "1001", DIALOG);
    assert_eq!(ok.status(), 200);
    assert_eq!(ok.header("Expires").unwrap(), "3600");
    assert!(ok.contact().is_some());
    let first = told(&mut world, "carol");
    assert_eq!(first.header("Event").unwrap(), "dialog");
    assert_eq!(state(&first), "active;expires=3600");
    assert_eq!(
        body(&first),
        "<?xml version=\"1.0\"?>\r\n<dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"0\" state=\"full\" \
         entity=\"sip:1001@example.test\">\r\n</dialog-info>\r\n"
    );
    world.pass(Duration::from_secs(5));

    bob_calls(&mut world);
    let to_bob = world.request_to("bob", "INVITE");
    let trying = body(&told(&mut world, "carol"));
    assert!(trying.contains("<state>trying</state>"), "{trying}");
    assert!(trying.contains("version=\"1\""), "{trying}");
    world.answer("bob", &to_bob, 180, None);
    world.expect_nothing("carol");
    world.pass(Duration::from_secs(1));
    let early = body(&told(&mut world, "carol"));
    let tags = format!(
        "call-id=\"{}\" local-tag=\"bobtag\" remote-tag=\"{}\" direction=\"recipient\"",
        to_bob.call_id(),
        to_bob.from().tag().unwrap()
    );
    assert!(early.contains(&tags), "{early}");
    assert!(early.contains("<state>early</state>"), "{early}");
    let caller = "<remote><identity display=\"alice\">sip:alice@example.test</identity>";
    assert!(early.contains(caller), "{early}");
    world.pass(Duration::from_secs(1));
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    let confirmed = body(&told(&mut world, "carol"));
    assert!(
        confirmed.contains("<state>confirmed</state>"),
        "{confirmed}"
    );
    world.pass(Duration::from_secs(1));
    world.input(Input::Command(Command::HangUpAll));
    let ended = body(&told(&mut world, "carol"));
    assert!(ended.contains("<state>terminated</state>"), "{ended}");
    assert!(!ended.contains("confirmed"), "{ended}");
    unsubscribe(&mut world, "carol", &ok, "Event: dialog\n");
    assert_eq!(world.exchange.subscriptions(), 0);
    world.finish();
}

#[test]
fn who_may_not_take_up_a_call_does_not_learn_its_identifiers() {
    let mut world = World::new();
    register(&mut world, "bob", "1001", 1, "");
    subscribe(&mut world, "carol", "1002", "1001", DIALOG);
    told(&mut world, "carol");
    world.pass(Duration::from_secs(5));
    bob_calls(&mut world);
    let to_bob = world.request_to("bob", "INVITE");
    let document = body(&told(&mut world, "carol"));
    assert!(document.contains("<state>trying</state>"), "{document}");
    assert!(!document.contains("call-id"), "{document}");
    assert!(
        !document.contains(to_bob.from().tag().unwrap()),
        "{document}"
    );
    world.input(Input::Command(Command::HangUpAll));
    world.pass(Duration::from_secs(1));
    told(&mut world, "carol");
}

#[test]
fn the_caller_is_watched_too() {
    let mut world = colleagues();
    let ok = subscribe(&mut world, "carol", "1002", "1001", DIALOG);
    told(&mut world, "carol");
    world.script = Some(Some(vec![Verb::Connect(ring(&["dave"]))]));
    let uri = "sip:1234@example.test";
    let text = |cseq, more: &str| {
        let text = request("bob", "INVITE", uri, cseq, more, &sdp("bob", 4000));
        text.replace("<sip:bob@example", "<sip:1001@example")
    };
    world.send("bob", &text(1, ""));
    let challenge = world.expect_status("bob", 407);
    let more = credentials(&challenge, ("1001", "secret"), "INVITE", uri);
    world.send("bob", &text(2, &more));
    world.pass(Duration::from_secs(1));
    let document = body(&told(&mut world, "carol"));
    assert!(document.contains("direction=\"initiator\""), "{document}");
    assert!(document.contains("local-tag=\"bobtag\""), "{document}");
    assert!(document.contains("sip:1234@example.test"), "{document}");
    world.input(Input::Command(Command::HangUpAll));
    world.pass(Duration::from_secs(1));
    told(&mut world, "carol");
    unsubscribe(&mut world, "carol", &ok, "Event: dialog\n");
    world.finish();
}

#[test]
fn changes_within_a_second_are_told_once_and_the_last_wins() {
    let mut world = World::new();
    register(&mut world, "bob", "1001", 1, "");
    let ok = subscribe(&mut world, "carol", "1002", "1001", DIALOG);
    told(&mut world, "carol");
    bob_calls(&mut world);
    let to_bob = world.request_to("bob", "INVITE");
    world.answer("bob", &to_bob, 180, None);
    world.answer("bob", &to_bob, 200, Some(&sdp("bob", 5000)));
    world.expect_nothing("carol");
    world.pass(Duration::from_secs(1));
    let only = body(&told(&mut world, "carol"));
    assert!(only.contains("<state>confirmed</state>"), "{only}");
    world.pass(Duration::from_secs(10));
    world.expect_nothing("carol");
    world.input(Input::Command(Command::HangUpAll));
    told(&mut world, "carol");
    unsubscribe(&mut world, "carol", &ok, "Event: dialog\n");
    world.finish();
}

#[test]
fn nobody_learns_whether_there_is_such_a_client() {
    let mut world = World::new();
    for whom in ["1001", "nobody"] {
        let ok = subscribe(&mut world, "carol", "1002", whom, DIALOG);
        assert_eq!(ok.status(), 200);
        let notify = told(&mut world, "carol");
        assert!(!body(&notify).contains("<dialog "), "{}", body(&notify));
        unsubscribe(&mut world, "carol", &ok, "Event: dialog\n");
    }
    // Without a password nobody learns anything at all; a trunk is no subscriber.
    let uri = "sip:1001@example.test";
    world.send(
        "mallory",
        &request("mallory", "SUBSCRIBE", uri, 1, DIALOG, ""),
    );
    world.expect_status("mallory", 407);
    world.send("alice", &request("alice", "SUBSCRIBE", uri, 1, DIALOG, ""));
    world.expect_status("alice", 403);
    assert_eq!(world.exchange.subscriptions(), 0);
    world.finish();
}

#[test]
fn what_is_asked_wrongly_is_refused() {
    let mut world = World::new();
    let bad = subscribe(&mut world, "carol", "1002", "1001", "Event: reg\n");
    assert_eq!(bad.status(), 489);
    assert!(bad.header("Allow-Events").unwrap().contains("dialog"));
    let none = subscribe(&mut world, "carol", "1002", "1001", "");
    assert_eq!(none.status(), 489);
    let brief = subscribe(
        &mut world,
        "carol",
        "1002",
        "1001",
        "Event: dialog\nExpires: 5\n",
    );
    assert_eq!(brief.status(), 423);
    assert_eq!(brief.header("Min-Expires").unwrap(), "60");
    let odd = subscribe(
        &mut world,
        "carol",
        "1002",
        "1001",
        "Event: dialog\nExpires: -1x\n",
    );
    assert_eq!(odd.status(), 400);
    let xml = subscribe(
        &mut world,
        "carol",
        "1002",
        "1001",
        "Event: dialog\nAccept: text/plain\n",
    );
    assert_eq!(xml.status(), 406);
    let long = "Event: dialog\nExpires: 4294967295\n";
    let ok = subscribe(&mut world, "carol", "1002", "1001", long);
    assert_eq!(ok.header("Expires").unwrap(), "7200");
    told(&mut world, "carol");
    unsubscribe(&mut world, "carol", &ok, "Event: dialog\n");
    let stray = by_caller("carol", &ok, "SUBSCRIBE", cseq(), "");
    world.pass(ALL_TIMERS);
    world.send("carol", &stray);
    world.expect_status("carol", 481);
    world.finish();
}

#[test]
fn a_fetch_is_answered_once() {
    let mut world = World::new();
    let ok = subscribe(
        &mut world,
        "carol",
        "1002",
        "1001",
        "Event: presence\nExpires: 0\n",
    );
    assert_eq!(ok.status(), 200);
    let only = told(&mut world, "carol");
    assert_eq!(state(&only), "terminated;reason=timeout");
    assert!(body(&only).contains("<basic>closed</basic>"));
    assert_eq!(world.exchange.subscriptions(), 0);
    world.finish();
}

#[test]
fn a_subscription_is_refreshed_or_expires() {
    let mut world = World::new();
    let event = "Event: dialog;id=7\nExpires: 60\n";
    let ok = subscribe(&mut world, "carol", "1002", "1001", event);
    assert_eq!(
        told(&mut world, "carol").header("Event").unwrap(),
        "dialog;id=7"
    );
    world.pass(Duration::from_secs(50));
    let refresh = by_caller("carol", &ok, "SUBSCRIBE", cseq(), "")
        .replace("Content-Length", &format!("{event}Content-Length"));
    world.send("carol", &refresh);
    assert_eq!(
        world.expect_status("carol", 200).header("Expires").unwrap(),
        "60"
    );
    let again = told(&mut world, "carol");
    assert!(body(&again).contains("version=\"1\""));
    world.pass(Duration::from_secs(59));
    world.expect_nothing("carol");
    world.pass(Duration::from_secs(2));
    let last = told(&mut world, "carol");
    assert_eq!(state(&last), "terminated;reason=timeout");
    assert_eq!(world.exchange.subscriptions(), 0);
    world.finish();
}

#[test]
fn whoever_does_not_answer_is_forgotten() {
    let mut world = World::new();
    subscribe(&mut world, "carol", "1002", "1001", DIALOG);
    world.pass(Duration::from_secs(33));
    assert!(
        world.inbox("carol").len() > 5,
        "repeated until its time is over"
    );
    assert_eq!(world.exchange.subscriptions(), 0);
    subscribe(&mut world, "dave", "1002", "1001", DIALOG);
    let notify = world.request_to("dave", "NOTIFY");
    world.answer("dave", &notify, 481, None);
    assert_eq!(world.exchange.subscriptions(), 0);
    assert_eq!(world.exchange.counters().notify_failures, 2);
    world.finish();
}

#[test]
fn whoever_is_busy_is_told_later() {
    let mut world = World::new();
    let ok = subscribe(&mut world, "carol", "1002", "1001", DIALOG);
    let notify = world.request_to("carol", "NOTIFY");
    let busy = response_with("carol", &notify, 503, "Retry-After: 5\n", None);
    world.send("carol", &busy);
    world.pass(Duration::from_secs(4));
    world.expect_nothing("carol");
    world.pass(Duration::from_secs(2));
    told(&mut world, "carol");
    unsubscribe(&mut world, "carol", &ok, "Event: dialog\n");
    world.finish();
}

#[test]
fn a_subscriber_may_not_have_too_many() {
    let mut world = World::new();
    for count in 0..limits::SUBSCRIPTIONS_OF_ONE {
        let ok = subscribe(&mut world, "carol", "1002", &format!("x{count}"), DIALOG);
        assert_eq!(ok.status(), 200);
        told(&mut world, "carol");
    }
    let refused = subscribe(&mut world, "carol", "1002", "1001", DIALOG);
    assert_eq!(refused.status(), 403);
    world.pass(Duration::from_secs(3600));
    assert_eq!(world.inbox("carol").len(), limits::SUBSCRIPTIONS_OF_ONE);
    world.pass(ALL_TIMERS);
    assert_eq!(world.exchange.subscriptions(), 0);
    world.finish();
}

fn mailbox(world: &mut World, new: u32) {
    let mailbox = AddressOfRecord {
        domain: "example.test".to_owned(),
        user: "1002".to_owned(),
    };
    let counts = Mailbox {
        new,
        old: 1,
        ..Mailbox::default()
    };
    world.input(Input::Command(Command::Mailbox { mailbox, counts }));
}

#[test]
fn a_lamp_shows_that_messages_wait() {
    let mut world = World::new();
    mailbox(&mut world, 2);
    let event = "Event: message-summary\n";
    let ok = subscribe(&mut world, "carol", "1002", "1002", event);
    let first = told(&mut world, "carol");
    assert_eq!(
        body(&first),
        "Messages-Waiting: yes\r\nMessage-Account: sip:1002@example.test\r\nVoice-Message: 2/1 (0/0)\r\n"
    );
    mailbox(&mut world, 2);
    world.pass(Duration::from_secs(5));
    world.expect_nothing("carol");
    mailbox(&mut world, 0);
    assert!(body(&told(&mut world, "carol")).starts_with("Messages-Waiting: no"));
    unsubscribe(&mut world, "carol", &ok, event);
    // Whoever it asks about: it is told of its own mailbox only.
    let other = subscribe(&mut world, "carol", "1002", "1001", event);
    assert!(body(&told(&mut world, "carol")).contains("sip:1002@"));
    unsubscribe(&mut world, "carol", &other, event);
    world.finish();
}

#[test]
fn a_phone_that_cannot_subscribe_is_told_of_messages_all_the_same() {
    let mut config = config();
    let domain = config.domains.get_mut("example.test").unwrap();
    domain.clients.get_mut("1002").unwrap().mwi = crate::config::Mwi::Unsolicited;
    let mut world = World::with(config);
    mailbox(&mut world, 1);
    register(&mut world, "bob", "1001", 1, "");
    world.expect_nothing("bob");
    register(&mut world, "carol", "1002", 1, "");
    let first = told(&mut world, "carol");
    assert!(body(&first).contains("Voice-Message: 1/1"));
    assert_eq!(first.uri().as_str(), "sip:carol@192.0.2.30:5060");
    mailbox(&mut world, 3);
    assert!(body(&told(&mut world, "carol")).contains("Voice-Message: 3/1"));
    world.finish();
}

#[test]
fn presence_follows_registration_and_calls() {
    let mut world = World::new();
    let event = "Event: presence\n";
    let ok = subscribe(&mut world, "carol", "1002", "1001", event);
    assert!(body(&told(&mut world, "carol")).contains("<basic>closed</basic>"));
    world.pass(Duration::from_secs(2));
    register(&mut world, "bob", "1001", 1, "");
    let open = body(&told(&mut world, "carol"));
    assert!(
        open.contains("<basic>open</basic>") && open.contains("Available"),
        "{open}"
    );
    world.pass(Duration::from_secs(2));
    bob_calls(&mut world);
    let talking = body(&told(&mut world, "carol"));
    assert!(talking.contains("<rpid:on-the-phone/>"), "{talking}");
    world.input(Input::Command(Command::HangUpAll));
    world.pass(Duration::from_secs(1));
    told(&mut world, "carol");
    unsubscribe(&mut world, "carol", &ok, event);
    world.finish();
}

const PIDF: &str = "<presence xmlns=\"urn:ietf:params:xml:ns:pidf\" entity=\"sip:1001@example.test\"><tuple id=\"a\">\
                    <status><basic>open</basic></status><note>at lunch</note></tuple></presence>";

fn publish(world: &mut World, extra: &str, (kind, body): (&str, &str)) -> Response {
    let uri = "sip:1001@example.test";
    let cseq = cseq();
    let extra = format!("Event: presence\n{extra}");
    authenticated(
        world,
        ("bob", "1001"),
        ("PUBLISH", uri),
        cseq,
        |cseq, more| {
            let text = request("bob", "PUBLISH", uri, cseq, &format!("{extra}{more}"), body);
            text.replace("application/sdp", kind)
        },
    )
}

const AS_PIDF: (&str, &str) = ("application/pidf+xml", PIDF);

#[test]
fn what_is_published_is_told_until_it_expires() {
    let mut world = World::new();
    let event = "Event: presence\n";
    let watching = subscribe(&mut world, "carol", "1002", "1001", event);
    told(&mut world, "carol");
    world.pass(Duration::from_secs(2));
    let ok = publish(&mut world, "Expires: 60\n", AS_PIDF);
    assert_eq!(ok.status(), 200);
    assert_eq!(ok.header("Expires").unwrap(), "60");
    let etag = ok.header("SIP-ETag").unwrap().into_owned();
    assert_eq!(body(&told(&mut world, "carol")), PIDF);
    let refreshed = publish(
        &mut world,
        &format!("SIP-If-Match: {etag}\nExpires: 60\n"),
        ("", ""),
    );
    assert_eq!(refreshed.status(), 200);
    let new = refreshed.header("SIP-ETag").unwrap().into_owned();
    assert_ne!(new, etag);
    let stale = publish(&mut world, &format!("SIP-If-Match: {etag}\n"), AS_PIDF);
    assert_eq!(stale.status(), 412);
    world.pass(Duration::from_secs(61));
    assert!(body(&told(&mut world, "carol")).contains("<basic>closed</basic>"));
    unsubscribe(&mut world, "carol", &watching, event);
    world.finish();
}

#[test]
fn what_is_published_can_be_changed_and_taken_back() {
    let mut world = World::new();
    let etag = |ok: &Response| ok.header("SIP-ETag").unwrap().into_owned();
    let ok = publish(&mut world, "", AS_PIDF);
    let lunch = PIDF.replace("lunch", "dinner");
    let changed = format!("SIP-If-Match: {}\n", etag(&ok));
    let ok = publish(&mut world, &changed, ("application/pidf+xml", &lunch));
    let fetch = "Event: presence\nExpires: 0\n";
    subscribe(&mut world, "carol", "1002", "1001", fetch);
    assert_eq!(body(&told(&mut world, "carol")), lunch);
    let gone = format!("SIP-If-Match: {}\nExpires: 0\n", etag(&ok));
    assert_eq!(publish(&mut world, &gone, ("", "")).status(), 200);
    subscribe(&mut world, "carol", "1002", "1001", fetch);
    assert!(body(&told(&mut world, "carol")).contains("closed"));
    world.finish();
}

#[test]
fn what_cannot_be_published_is_refused() {
    let mut world = World::new();
    let status = |world: &mut World, extra: &str, what| publish(world, extra, what).status();
    assert_eq!(status(&mut world, "", ("", "")), 400, "nothing");
    assert_eq!(status(&mut world, "", ("text/plain", "x")), 415);
    let xml = "application/pidf+xml";
    assert_eq!(status(&mut world, "", (xml, "<presence>")), 400);
    let bomb = "<!DOCTYPE presence [<!ENTITY a \"b\">]><presence/>";
    assert_eq!(status(&mut world, "", (xml, bomb)), 400);
    let giant = format!(
        "<presence>{}</presence>",
        "x".repeat(limits::PUBLISHED_BYTES)
    );
    assert_eq!(status(&mut world, "", (xml, &giant)), 413);
    assert_eq!(status(&mut world, "Expires: 1\n", AS_PIDF), 423);
    for _ in 0..limits::PUBLICATIONS_OF_ONE {
        assert_eq!(status(&mut world, "", AS_PIDF), 200);
    }
    assert_eq!(status(&mut world, "", AS_PIDF), 503);
    let uri = "sip:1002@example.test";
    let refused = authenticated(
        &mut world,
        ("bob", "1001"),
        ("PUBLISH", uri),
        9001,
        |cseq, more| {
            let extra = format!("Event: presence\n{more}");
            request("bob", "PUBLISH", uri, cseq, &extra, PIDF)
        },
    );
    assert_eq!(refused.status(), 403, "only about oneself");
    world.finish();
}

#[test]
fn the_subscriptions_of_a_client_with_a_new_password_end() {
    let mut world = World::new();
    subscribe(&mut world, "carol", "1002", "1001", DIALOG);
    told(&mut world, "carol");
    let mut config = config();
    let domain = config.domains.get_mut("example.test").unwrap();
    domain.clients.get_mut("1002").unwrap().ha1 =
        Some(Ha1::from_password("1002", "example.test", "new"));
    world.input(Input::Command(Command::Configure(Arc::new(config))));
    let last = told(&mut world, "carol");
    assert_eq!(state(&last), "terminated;reason=deactivated");
    world.finish();
}
