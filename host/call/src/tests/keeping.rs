//! What is kept over a restart, and what an exchange makes of it.

use std::time::Duration;

use switchhook_routing::verb::Verb;
use switchhook_sip::flow::Transport;

use super::harness::*;
use super::wording::*;
use crate::config::Config;
use crate::input::Input;
use crate::kept::Kept;
use crate::output::ViewChange;

/// Another exchange that is given what the first put out, so many seconds later.
fn restarted(world: &World, config: Config, seconds: u64) -> World {
    let mut after = World::later(config, seconds);
    after.input(Input::Restore(world.kept.clone()));
    after
}

#[test]
fn a_client_that_registered_over_udp_is_called_after_a_restart() {
    let mut world = World::new();
    register(&mut world, "bob", "1001", 1, "Expires: 120\n");
    let mut after = restarted(&world, config(), 60);
    assert_eq!(after.exchange.registrations(), 1);
    assert!(
        matches!(&after.views[0], ViewChange::Contacts { contacts, .. } if contacts.len() == 1)
    );
    assert!(after.kept.is_empty(), "what was kept is kept already");
    after.script = Some(Some(vec![Verb::Connect(ring(&["1001"]))]));
    after.send("alice", &invite("alice", "1001", "", &sdp("alice", 4000)));
    after.request_to("bob", "INVITE");
    after.inbox("bob");
    let late = register(&mut after, "bob", "1001", 1, "Expires: 0\n");
    assert_eq!(late.status(), 500, "the order of REGISTERs holds on");
    after.pass(Duration::from_secs(61));
    assert_eq!(after.exchange.registrations(), 0);
}

#[test]
fn what_has_expired_or_was_removed_does_not_come_back() {
    let mut world = World::new();
    register(&mut world, "bob", "1001", 1, "Expires: 60\n");
    assert_eq!(restarted(&world, config(), 61).exchange.registrations(), 0);
    register(&mut world, "bob", "1001", 3, "Expires: 0\n");
    let Some(Kept::Bindings(last)) = world.kept.last() else {
        panic!("nothing is kept");
    };
    assert!(last.bindings.is_empty());
}

#[test]
fn a_contact_whose_connection_the_restart_closes_is_not_kept() {
    let mut world = World::new();
    world.transport = Transport::Tcp;
    register(&mut world, "bob", "1001", 1, "");
    assert_eq!(restarted(&world, config(), 1).exchange.registrations(), 0);
}

#[test]
fn an_exchange_takes_what_is_of_its_domains_and_clients() {
    let mut world = World::new();
    register(&mut world, "bob", "1001", 1, "");
    register_in(&mut world, "carol", ("1001", "other.test"), 1, "");
    let mut config = config();
    config.domains.remove("other.test");
    assert_eq!(
        restarted(&world, config.clone(), 1)
            .exchange
            .registrations(),
        1
    );
    let domain = config.domains.get_mut("example.test").unwrap();
    domain.clients.remove("1001");
    assert_eq!(restarted(&world, config, 1).exchange.registrations(), 0);
}

#[test]
fn asking_for_contacts_changes_nothing_that_is_kept() {
    let mut world = World::new();
    register(&mut world, "bob", "1001", 1, "");
    let kept = world.kept.len();
    let uri = "sip:example.test";
    world.send("dave", &request("dave", "REGISTER", uri, 1, "", ""));
    world.expect_status("dave", 401);
    assert_eq!(world.kept.len(), kept);
}
