//! Trunks that a call takes one after another: groups, several hosts, what makes it go on, hosts that are down, limits.

use std::time::Duration;

use switchhook_routing::verb::{Connect, Endpoint, Target, TrunkNumber, Verb};

use super::harness::*;
use super::wording::*;
use crate::config::Config;
use crate::config::trunks::{
    Health, InboundLogin, Outbound, Trunk, TrunkGroup, TrunkLimits, TrunkMember,
};
use crate::input::Input;
use crate::trunks::status::HostState;
use switchhook_sip::digest::Ha1;

fn to(party: &str) -> Trunk {
    let host = address(party).split(':').next().unwrap();
    Trunk {
        name: party.to_owned(),
        dialplan: "default".to_owned(),
        outbound: Some(Outbound {
            host: host.to_owned(),
            ..Outbound::default()
        }),
        ..Trunk::default()
    }
}

/// Carol's trunk first, dave's after it.
fn grouped(change: impl FnOnce(&mut Trunk)) -> World {
    let mut config = config();
    let domain = config.domains.get_mut("example.test").unwrap();
    let mut first = to("carol");
    change(&mut first);
    domain.trunks.extend([first, to("dave")]);
    let member = |trunk: &str, priority| TrunkMember {
        trunk: trunk.to_owned(),
        priority,
        weight: 1,
    };
    domain.trunk_groups.push(TrunkGroup {
        name: "out".to_owned(),
        members: vec![member("dave", 2), member("carol", 1)],
        fail_over: Vec::new(),
    });
    with(config)
}

fn with(config: Config) -> World {
    let mut world = World::with(config);
    world.script = Some(Some(vec![Verb::Connect(call("out")), respond(404)]));
    world
}

fn call(trunk: &str) -> Connect {
    let endpoint = Endpoint::Trunk(TrunkNumber {
        trunk: trunk.to_owned(),
        number: "+4930123".to_owned(),
    });
    Connect {
        targets: vec![Target {
            endpoint,
            ring_seconds: None,
        }],
        ..Connect::default()
    }
}

fn begin(world: &mut World) {
    world.send("alice", &invite("alice", "bob", "", &sdp("alice", 4000)));
}

#[test]
fn a_trunk_that_cannot_is_followed_by_the_next_of_its_group() {
    for status in [500, 503, 408, 401] {
        let mut world = grouped(|_| {});
        begin(&mut world);
        let first = world.request_to("carol", "INVITE");
        world.expect_nothing("dave");
        world.answer("carol", &first, status, None);
        let second = world.request_to("dave", "INVITE");
        assert_eq!(second.uri().as_str(), "sip:+4930123@192.0.2.40");
        world.answer("dave", &second, 200, Some(&sdp("dave", 5000)));
        let ok = world.expect_final("alice", 200);
        world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
        world.send("alice", &by_caller("alice", &ok, "BYE", 2, ""));
        let bye = world.request_to_skipping("dave", "BYE", "ACK");
        world.answer("dave", &bye, 200, None);
        world.finish();
        let targets: Vec<_> = world.records[0]
            .legs
            .iter()
            .map(|l| l.target.as_str())
            .collect();
        assert_eq!(targets, ["carol/+4930123", "dave/+4930123"]);
        let carol = &world.exchange.trunks(world.now)[0];
        assert_eq!((carol.name.as_str(), carol.failed_over), ("carol", 1));
    }
}

#[test]
fn what_the_called_one_says_ends_the_hunt() {
    for status in [404, 486, 603] {
        let mut world = grouped(|_| {});
        begin(&mut world);
        let first = world.request_to("carol", "INVITE");
        world.answer("carol", &first, status, None);
        world.expect_nothing("dave");
        world.finish();
    }
}

#[test]
fn the_statuses_that_make_it_go_on_can_be_chosen() {
    let mut config = config();
    let domain = config.domains.get_mut("example.test").unwrap();
    let mut trunk = to("carol");
    let outbound = trunk.outbound.as_mut().unwrap();
    outbound.others = to("dave").outbound.unwrap().places().collect();
    outbound.fail_over = vec![403..=404];
    trunk.name = "out".to_owned();
    domain.trunks.push(trunk);
    let mut world = with(config);
    begin(&mut world);
    let first = world.request_to("carol", "INVITE");
    world.answer("carol", &first, 404, None);
    let second = world.request_to("dave", "INVITE");
    world.answer("dave", &second, 500, None);
    world.expect_final("alice", 404);
    world.finish();
}

#[test]
fn a_trunk_that_says_nothing_gives_way_in_seconds_and_is_tried_last_the_next_time() {
    let mut world = grouped(|trunk| {
        trunk.outbound.as_mut().unwrap().first_response = Some(Duration::from_secs(2));
    });
    begin(&mut world);
    world.request_to("carol", "INVITE");
    world.pass(Duration::from_millis(1900));
    world.expect_nothing("dave");
    world.pass(Duration::from_millis(200));
    let second = world.request_to("dave", "INVITE");
    world.answer("dave", &second, 486, None);
    world.expect_final("alice", 404);
    world.finish();
    world.inbox("carol");
    let text = invite("provider", "bob", "", &sdp("provider", 4000));
    // The address is remembered for a minute, and that is over.
    world.send("provider", &text);
    world.request_to("carol", "INVITE");
    world.pass(Duration::from_secs(3));
    world.inbox("dave");
    let again = text
        .replace("providerINVITE", "again")
        .replace("call-of-", "again-");
    world.send("provider", &again);
    world.request_to("dave", "INVITE");
}

#[test]
fn a_trunk_that_only_says_trying_gives_way_if_it_is_so_configured() {
    let mut world = grouped(|trunk| {
        trunk.outbound.as_mut().unwrap().progress = Some(Duration::from_secs(6));
    });
    begin(&mut world);
    let first = world.request_to("carol", "INVITE");
    world.answer("carol", &first, 100, None);
    world.pass(Duration::from_secs(5));
    world.expect_nothing("dave");
    world.pass(Duration::from_secs(1));
    let second = world.request_to("dave", "INVITE");
    let cancel = world.request_to("carol", "CANCEL");
    world.answer("carol", &cancel, 200, None);
    // It rings after all and is answered: nobody is left hanging there.
    world.answer("carol", &first, 200, Some(&sdp("carol", 5000)));
    world.request_to("carol", "ACK");
    let bye = world.request_to("carol", "BYE");
    world.answer("carol", &bye, 200, None);
    world.answer("dave", &second, 486, None);
    world.expect_final("alice", 404);
    world.finish();
}

#[test]
fn a_trunk_that_asks_to_be_left_alone_is_tried_last_for_so_long() {
    let mut world = grouped(|_| {});
    begin(&mut world);
    let first = world.request_to("carol", "INVITE");
    let text = response_with("carol", &first, 503, "Retry-After: 120\n", None);
    world.send("carol", &text);
    let second = world.request_to("dave", "INVITE");
    world.answer("dave", &second, 486, None);
    world.expect_final("alice", 404);
    world.finish();
    let carol = world.exchange.trunks(world.now).remove(0);
    assert_eq!(carol.hosts[0].state, HostState::Down);
    world.inbox("dave");
    world.send(
        "provider",
        &invite("provider", "bob", "", &sdp("provider", 4000)),
    );
    let first = world.request_to("dave", "INVITE");
    world.answer("dave", &first, 486, None);
    world.finish();
    assert_eq!(
        world.exchange.trunks(world.now)[0].hosts[0].state,
        HostState::Unknown
    );
}

#[test]
fn a_full_trunk_is_passed_over_and_an_empty_one_is_not() {
    let mut world = grouped(|trunk| trunk.limits.calls_out = Some(1));
    begin(&mut world);
    let first = world.request_to("carol", "INVITE");
    assert_eq!(world.exchange.trunks(world.now)[0].calls_out, 1);
    world.send(
        "provider",
        &invite("provider", "bob", "", &sdp("provider", 4000)),
    );
    let second = world.request_to("dave", "INVITE");
    world.answer("dave", &second, 486, None);
    world.expect_final("provider", 404);
    world.answer("carol", &first, 486, None);
    world.expect_final("alice", 404);
    world.finish();
    let carol = world.exchange.trunks(world.now).remove(0);
    assert_eq!((carol.calls_out, carol.taken_out, carol.refused), (0, 1, 1));
}

#[test]
fn calls_from_a_trunk_beyond_its_limits_get_what_is_configured() {
    let mut config = config();
    let domain = config.domains.get_mut("example.test").unwrap();
    domain.trunks[1].limits = TrunkLimits {
        calls_per_second_in: Some(1),
        refusal_status: 486,
        refusal_reason: "All lines taken".to_owned(),
        ..TrunkLimits::default()
    };
    let mut world = World::with(config);
    let text = invite("provider", "bob", "", &sdp("provider", 4000));
    world.send("provider", &text);
    world.request_to("bob", "INVITE");
    let again = text
        .replace("providerINVITE", "again")
        .replace("call-of-", "again-");
    world.send("provider", &again);
    let refused = world.expect_final("provider", 486);
    assert_eq!(refused.reason(), "All lines taken");
    world.pass(Duration::from_secs(1));
    world.send("provider", &again.replace("again", "third"));
    world.request_to("bob", "INVITE");
    assert_eq!(world.exchange.trunks(world.now)[1].calls_in, 2);
    world.input(Input::Command(crate::input::Command::HangUpAll));
    assert_eq!(world.exchange.trunks(world.now)[1].calls_in, 0);
}

#[test]
fn a_host_that_does_not_answer_options_gets_calls_last() {
    let mut world = grouped(|trunk| trunk.health = Some(Health::default()));
    for _ in 0..2 {
        world.pass(Duration::from_secs(36));
    }
    let carol = world.exchange.trunks(world.now).remove(0);
    assert_eq!(carol.hosts[0].state, HostState::Down);
    assert_eq!(carol.hosts[0].reason, "no response");
    world.inbox("carol");
    begin(&mut world);
    let first = world.request_to("dave", "INVITE");
    world.answer("dave", &first, 486, None);
    world.expect_final("alice", 404);
    while world.exchange.trunks(world.now)[0].hosts[0].state != HostState::Up {
        world.pass(Duration::from_secs(1));
        for message in world.inbox("carol") {
            if let switchhook_sip::message::Message::Request(options) = message {
                assert_eq!(options.method().as_str(), "OPTIONS");
                world.answer("carol", &options, 404, None);
            }
        }
    }
    world.send(
        "provider",
        &invite("provider", "bob", "", &sdp("provider", 4000)),
    );
    world.request_to("carol", "INVITE");
}

#[test]
fn a_trunk_proves_itself_by_its_credentials_and_nobody_learns_that_it_exists() {
    let mut config = config();
    let domain = config.domains.get_mut("example.test").unwrap();
    domain.trunks.push(Trunk {
        name: "pbx".to_owned(),
        dialplan: "default".to_owned(),
        inbound: Some(InboundLogin {
            username: "pbx1".to_owned(),
            ha1: Ha1::from_password("pbx1", "example.test", "secret"),
        }),
        ..Trunk::default()
    });
    let mut world = World::with(config);
    let uri = "sip:bob@example.test";
    let text =
        |cseq, more: &str| request("mallory", "INVITE", uri, cseq, more, &sdp("mallory", 4000));
    let attempt = |world: &mut World, cseq: u32, login: (&str, &str)| {
        world.send("mallory", &text(cseq, ""));
        let challenge = world.expect_final("mallory", 407);
        let more = credentials(&challenge, login, "INVITE", uri);
        world.send("mallory", &text(cseq + 1, &more));
    };
    attempt(&mut world, 1, ("pbx1", "wrong"));
    let wrong = world.expect_final("mallory", 403);
    attempt(&mut world, 3, ("nobody", "wrong"));
    let nobody = world.expect_final("mallory", 403);
    let names = |response: &switchhook_sip::message::Response| {
        response
            .all_headers()
            .map(|(name, _)| name.to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names(&wrong), names(&nobody));
    attempt(&mut world, 5, ("pbx1", "secret"));
    world.request_to("bob", "INVITE");
    assert_eq!(world.exchange.trunks(world.now)[1].name, "pbx");
    assert_eq!(world.exchange.trunks(world.now)[1].calls_in, 1);
}

#[test]
fn a_trunk_is_known_by_the_certificate_of_its_connection() {
    use switchhook_sip::flow::Transport;
    let mut config = config();
    let domain = config.domains.get_mut("example.test").unwrap();
    domain.trunks.push(Trunk {
        name: "certified".to_owned(),
        dialplan: "default".to_owned(),
        certificate_names: vec!["carrier.test".to_owned()],
        ..Trunk::default()
    });
    let mut world = World::with(config);
    world.transport = Transport::Tcp;
    let text = request(
        "mallory",
        "INVITE",
        "sip:bob@192.0.2.1",
        1,
        "",
        &sdp("mallory", 4000),
    );
    let flow = world.flow("mallory");
    world.input(Input::PeerIdentified {
        flow,
        names: vec!["other.test".to_owned(), "Carrier.test".to_owned()],
    });
    world.send("mallory", &text);
    world.request_to("bob", "INVITE");
    assert_eq!(world.exchange.trunks(world.now)[0].name, "certified");
    assert_eq!(world.exchange.trunks(world.now)[0].calls_in, 1);
    world.input(Input::FlowFailed { flow });
    let again = text
        .replace("bKmallory", "bKagain")
        .replace("call-of-", "again-");
    world.send("mallory", &again);
    world.expect_final("mallory", 407);
}
