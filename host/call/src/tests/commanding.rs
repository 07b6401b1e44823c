//! Transfers that the operator asks for.

use switchhook_media::relay::Side;
use switchhook_routing::verb::Endpoint;

use super::attending::consult;
use super::harness::*;
use super::transferring::talking;
use super::wording::*;
use crate::input::{Command, Input};
use crate::transfer::command::{Destination, Transfer, TransferError};

fn id(world: &World, call: usize) -> String {
    let mut ids: Vec<&String> = world
        .events
        .iter()
        .map(|event| &event.subject.call_id)
        .collect();
    ids.dedup();
    ids[call].clone()
}

fn transfer(
    world: &mut World,
    call_id: &str,
    stays: Side,
    to: Destination,
) -> Result<String, TransferError> {
    let transfer = Transfer {
        call_id: call_id.to_owned(),
        stays,
        to,
    };
    let made = world.exchange.transfer(world.now, &transfer);
    world.drain();
    made
}

#[test]
fn either_side_of_a_call_is_transferred_to_a_number_or_an_endpoint() {
    let to_number = Destination::Number("carol".to_owned());
    let to_endpoint = Destination::Endpoint(Endpoint::Uri("sip:carol@192.0.2.30:5060".to_owned()));
    for (stays, to) in [(Side::Caller, to_number), (Side::Callee, to_endpoint)] {
        let (mut world, _, _) = talking();
        let (stay, leave) = match stays {
            Side::Caller => ("alice", "bob"),
            Side::Callee => ("bob", "alice"),
        };
        let call = id(&world, 0);
        let new = transfer(&mut world, &call, stays, to).unwrap();
        let to_carol = world.request_to("carol", "INVITE");
        let referred = to_carol.header("Referred-By").unwrap().into_owned();
        assert!(referred.ends_with("@example.test>"), "{referred}");
        world.answer("carol", &to_carol, 200, Some(&sdp("carol", 6000)));
        let bye = world.request_to(leave, "BYE");
        world.answer(leave, &bye, 200, None);
        let re_invite = world.request_to(stay, "INVITE");
        world.answer(stay, &re_invite, 200, Some(&sdp(stay, 4000)));
        world.input(Input::Command(Command::HangUpAll));
        world.finish();
        assert_eq!(world.records[0].transferred_to, Some(new));
    }
}

#[test]
fn two_calls_become_one() {
    let (mut world, ok, _) = talking();
    let (_, to_carol) = consult(&mut world);
    world.answer("carol", &to_carol, 200, Some(&sdp("carol", 6000)));
    let second = world.expect_status("alice", 200);
    world.send("alice", &by_caller("alice", &second, "ACK", 1, ""));
    let (one, other) = (id(&world, 0), id(&world, 1));
    let to = Destination::Call {
        call_id: other.clone(),
        stays: Side::Callee,
    };
    transfer(&mut world, &one, Side::Callee, to).unwrap();
    let again = transfer(
        &mut world,
        &one,
        Side::Callee,
        Destination::Number("carol".to_owned()),
    );
    assert_eq!(again, Err(TransferError::NotConnected));
    let re_invite = world.request_to_skipping("carol", "INVITE", "ACK");
    world.answer("carol", &re_invite, 200, Some(&sdp("carol", 6000)));
    let re_invite = world.request_to("bob", "INVITE");
    world.answer("bob", &re_invite, 200, Some(&sdp("bob", 5000)));
    for _ in 0..2 {
        let bye = world.request_to("alice", "BYE");
        assert!([ok.call_id(), second.call_id()].contains(&bye.call_id()));
        world.answer("alice", &bye, 200, None);
    }
    world.input(Input::Command(Command::HangUpAll));
    world.finish();
}

#[test]
fn what_cannot_be_transferred_says_why() {
    let (mut world, ok, _) = talking();
    let call = id(&world, 0);
    let to = |text: &str| Destination::Number(text.to_owned());
    let slot = Destination::Slot(None);
    let with_itself = Destination::Call {
        call_id: call.clone(),
        stays: Side::Caller,
    };
    let with_none = Destination::Call {
        call_id: "none".to_owned(),
        stays: Side::Caller,
    };
    for (call_id, to, error) in [
        ("none", to("carol"), TransferError::NoSuchCall),
        (&call, to("nobody"), TransferError::NoSuchDestination),
        (&call, slot, TransferError::NoSuchDestination),
        (&call, with_itself, TransferError::NoSuchCall),
        (&call, with_none, TransferError::NoSuchCall),
    ] {
        assert_eq!(transfer(&mut world, call_id, Side::Caller, to), Err(error));
    }
    world.send("alice", &by_caller("alice", &ok, "BYE", 2, ""));
    let ended = transfer(&mut world, &call, Side::Caller, to("carol"));
    assert_eq!(ended, Err(TransferError::NoSuchCall));
    world.expect_nothing("carol");
    world.finish();
}

#[test]
fn as_a_command_it_reaches_the_exchange_that_has_the_call() {
    let (mut world, _, _) = talking();
    let transfer = Transfer {
        call_id: id(&world, 0),
        stays: Side::Caller,
        to: Destination::Number("carol".to_owned()),
    };
    world.input(Input::Command(Command::Transfer(transfer)));
    world.request_to("carol", "INVITE");
    world.input(Input::Command(Command::HangUpAll));
    world.finish();
}
