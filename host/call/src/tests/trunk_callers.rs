//! Numbers and callers at trunks: rewritten both ways, asserted, hidden, forwarded.

use switchhook_routing::verb::Verb;

use super::harness::*;
use super::wording::*;
use crate::config::trunks::Trunk;
use crate::dialplan::Pattern;
use crate::trunks::identity::IdentityHeader;
use crate::trunks::numbers::{E164, Edit, Form, Rule, Which};

fn world(change: impl FnOnce(&mut Trunk)) -> World {
    let mut config = config();
    let domain = config.domains.get_mut("example.test").unwrap();
    change(&mut domain.trunks[1]);
    let mut world = World::with(config);
    world.script = Some(Some(vec![Verb::Connect(ring(&["+4930123"])), respond(480)]));
    world
}

fn germany(form: Form) -> Option<E164> {
    Some(E164 {
        country: "49".to_owned(),
        area: "30".to_owned(),
        international_prefix: "00".to_owned(),
        national_prefix: "0".to_owned(),
        local_digits: 5,
        form,
    })
}

fn calls(world: &mut World, from: &str, extra: &str) {
    let text = invite("alice", "bob", extra, &sdp("alice", 4000));
    let text = text.replace("\"alice\" <sip:alice@example.test>", from);
    world.send("alice", &text);
}

const ANONYMOUS: &str = "\"Anonymous\" <sip:anonymous@anonymous.invalid>";

#[test]
fn numbers_are_written_as_the_trunk_wants_them_and_as_we_do() {
    let mut world = world(|trunk| {
        trunk.numbers.e164 = germany(Form::International);
        trunk.numbers.inward = vec![Rule {
            pattern: Pattern::new("49*").unwrap(),
            which: Some(Which::Callee),
            edit: Edit::Cut {
                strip: 0,
                strip_end: 0,
                add: "+".to_owned(),
                append: String::new(),
            },
        }];
    });
    calls(&mut world, "<sip:030123456@example.test>", "");
    let out = world.request_to("provider", "INVITE");
    assert_eq!(out.uri().as_str(), "sip:004930123@198.51.100.1");
    assert_eq!(out.from().uri().as_str(), "sip:004930123456@example.test");
    world.answer("provider", &out, 486, None);
    world.expect_final("alice", 480);

    world.script = Some(Some(vec![Verb::Connect(ring(&["bob"])), respond(480)]));
    let text = invite("provider", "4930999", "", &sdp("provider", 4000));
    let text = text.replace("<sip:provider@", "<sip:0171555;phone-context=x@");
    world.send("provider", &text);
    let to_bob = world.request_to("bob", "INVITE");
    assert_eq!(to_bob.from().uri().as_str(), "sip:+49171555@example.test");
    world.answer("bob", &to_bob, 486, None);
    world.finish();
    assert_eq!(world.records[1].callee, "+4930999");
    assert_eq!(world.records[1].caller, "+49171555");
}

#[test]
fn whom_a_trusted_trunk_asserts_is_the_caller_and_whom_another_asserts_is_not() {
    for trusted in [true, false] {
        let mut world = world(|trunk| trunk.identity.trusted = trusted);
        world.script = Some(Some(vec![Verb::Connect(ring(&["bob"])), respond(480)]));
        let extra = "P-Asserted-Identity: <sip:x@carrier.test>, <tel:+4930777>\n";
        world.send(
            "provider",
            &invite("provider", "bob", extra, &sdp("provider", 4000)),
        );
        let to_bob = world.request_to("bob", "INVITE");
        let user = to_bob.from().uri().user().unwrap().into_owned();
        assert_eq!(user, if trusted { "+4930777" } else { "provider" });
        assert!(to_bob.header("P-Asserted-Identity").is_none());
        world.answer("bob", &to_bob, 486, None);
        world.finish();
    }
}

#[test]
fn a_hidden_caller_stays_hidden_from_phones_and_trunks_that_are_not_trusted() {
    for ask in ["Privacy: id\n", "Privacy: user;critical\n"] {
        let mut world = world(|trunk| trunk.identity.headers = vec![IdentityHeader::Asserted]);
        let extra = format!("{ask}Call-Info: <http://alice.test>\nPriority: normal\n");
        calls(&mut world, "\"Alice\" <sip:alice@example.test>", &extra);
        let out = world.request_to("provider", "INVITE");
        assert!(out.from().to_string().starts_with(ANONYMOUS));
        assert!(out.header("P-Asserted-Identity").is_none());
        assert!(out.header("Call-Info").is_none());
        assert!(out.header("Priority").is_some());
        assert_eq!(out.header("Privacy").as_deref(), Some("id"));
        assert!(!String::from_utf8_lossy(out.raw()).contains("alice"));
        world.answer("provider", &out, 486, None);
        world.expect_final("alice", 480);
        world.finish();
    }
}

#[test]
fn a_trusted_trunk_learns_who_the_hidden_caller_is_and_a_caller_id_of_the_script_is_shown() {
    let mut world = world(|trunk| trunk.identity.trusted = true);
    calls(&mut world, ANONYMOUS, "P-Asserted-Identity: <sip:+1@x>\n");
    let out = world.request_to("provider", "INVITE");
    // The gateway is not trusted: what it asserts is not passed on, and there is nobody to assert.
    assert!(out.header("P-Asserted-Identity").is_none());
    world.answer("provider", &out, 486, None);
    world.expect_final("alice", 480);
    world.finish();

    let mut connect = ring(&["+4930123"]);
    connect.caller_id = Some("+49300".to_owned());
    world.script = Some(Some(vec![Verb::Connect(connect), respond(480)]));
    let text = invite("provider", "bob", "Privacy: id\n", &sdp("provider", 4000));
    world.send("provider", &text);
    let out = world.request_to_skipping("provider", "INVITE", "ACK");
    assert_eq!(out.from().uri().user().as_deref(), Some("+49300"));
    let asserted = out.header("P-Asserted-Identity").unwrap().into_owned();
    assert!(asserted.contains("sip:+49300@example.test"), "{asserted}");
    world.answer("provider", &out, 486, None);
    world.finish();
}

#[test]
fn a_forwarded_call_tells_by_whom_and_a_trunk_may_not_want_to_know() {
    for wanted in [true, false] {
        let mut world = world(|trunk| {
            trunk.identity.diversion = wanted;
            trunk.identity.history_info = wanted;
        });
        register(&mut world, "dave", "1001", 1, "");
        let mut first = ring_in_turn(&["1001"]);
        first.targets[0].ring_seconds = None;
        world.script = Some(Some(vec![
            Verb::Connect(first),
            Verb::Connect(ring(&["+4930123"])),
            respond(480),
        ]));
        let brought = "Diversion: <sip:+1555@x>;reason=no-answer\n";
        world.send(
            "alice",
            &invite("alice", "bob", brought, &sdp("alice", 4000)),
        );
        let to_dave = world.request_to("dave", "INVITE");
        let extra = format!("Contact: <sip:carol@{}>\n", address("carol"));
        let moved = response_with("dave", &to_dave, 302, &extra, None);
        world.send("dave", &moved);
        let to_carol = world.request_to("carol", "INVITE");
        let values: Vec<_> = to_carol
            .headers("Diversion")
            .map(|v| v.into_owned())
            .collect();
        assert_eq!(values.len(), 2, "{values:?}");
        assert!(values[0].starts_with("<sip:1001@example.test>;reason=deflection"));
        assert!(values[1].starts_with("<sip:+1555@x>"));
        let history: Vec<_> = to_carol.headers("History-Info").collect();
        assert_eq!(history[0], "<sip:1001@example.test>;index=1");
        world.answer("carol", &to_carol, 486, None);
        let out = world.request_to("provider", "INVITE");
        assert_eq!(out.header("Diversion").is_some(), wanted);
        assert_eq!(out.header("History-Info").is_some(), wanted);
        world.answer("provider", &out, 486, None);
        world.expect_final("alice", 480);
        world.finish();
    }
}
