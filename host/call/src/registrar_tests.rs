//! Tests of the registrar's table.

use switchhook_sip::flow::{ListenerId, Transport};

use super::*;

fn flow(port: u16) -> Flow {
    let peer = ([192, 0, 2, 9], port).into();
    Flow {
        transport: Transport::Udp,
        listener: ListenerId(0),
        peer,
        connection: None,
    }
}

fn client(user: &str) -> AddressOfRecord {
    AddressOfRecord {
        domain: "example.test".to_owned(),
        user: user.to_owned(),
    }
}

fn update(contact: &str, seconds: u32) -> Update {
    let contact = contact.to_owned();
    Update {
        contact,
        instance: String::new(),
        reg_id: 0,
        q: 1000,
        seconds,
    }
}

fn apply(
    registrar: &mut Registrar,
    now: Instant,
    user: &str,
    (call_id, cseq): (&str, u32),
    change: Change,
) -> Result<bool, Refused> {
    let source = Source {
        flow: flow(5060),
        call_id,
        cseq,
        path: &[],
        user_agent: "",
        proxied: false,
    };
    let room = Room {
        of_client: 2,
        of_domain: 3,
        in_all: 3,
    };
    registrar.apply(now, &client(user), source, change, room)
}

#[test]
fn equivalent_contacts_are_one_binding() {
    let (mut registrar, now) = (Registrar::default(), Instant::now());
    let set = |contact: &str| Change::Set(vec![update(contact, 60)]);
    assert_eq!(
        apply(&mut registrar, now, "a", ("1", 1), set("sip:a@Host.test")),
        Ok(true)
    );
    assert_eq!(
        apply(&mut registrar, now, "a", ("1", 2), set("sip:a@host.TEST")),
        Ok(true)
    );
    assert_eq!(registrar.len(), 1);
    assert_eq!(
        apply(&mut registrar, now, "a", ("1", 3), set("sip:a@host.TEST")),
        Ok(false)
    );
}

#[test]
fn a_register_that_breaks_a_limit_changes_nothing() {
    let (mut registrar, now) = (Registrar::default(), Instant::now());
    let three = ["sip:1@h", "sip:2@h", "sip:3@h"].map(|contact| update(contact, 60));
    let result = apply(
        &mut registrar,
        now,
        "a",
        ("1", 1),
        Change::Set(three.to_vec()),
    );
    assert_eq!(result, Err(Refused::TooMany));
    assert_eq!(registrar.len(), 0);
    for user in ["a", "b", "c"] {
        let set = Change::Set(vec![update("sip:1@h", 60)]);
        assert_eq!(apply(&mut registrar, now, user, ("1", 1), set), Ok(true));
    }
    let set = Change::Set(vec![update("sip:1@h", 60)]);
    assert_eq!(
        apply(&mut registrar, now, "d", ("1", 1), set),
        Err(Refused::Full)
    );
}

#[test]
fn contacts_are_listed_by_preference() {
    let (mut registrar, now) = (Registrar::default(), Instant::now());
    let with_q = |contact: &str, q| Update {
        q,
        ..update(contact, 60)
    };
    let set = Change::Set(vec![with_q("sip:1@h", 300), with_q("sip:2@h", 900)]);
    apply(&mut registrar, now, "a", ("1", 1), set).unwrap();
    let contacts: Vec<_> = registrar
        .bindings(&client("a"))
        .iter()
        .map(|b| b.contact.uri.to_string())
        .collect();
    assert_eq!(contacts, ["sip:2@h", "sip:1@h"]);
}

#[test]
fn ten_thousand_refreshes_leave_no_heap_of_old_deadlines() {
    let (mut registrar, mut now) = (Registrar::default(), Instant::now());
    for cseq in 1..10_000 {
        let set = Change::Set(vec![update("sip:1@h", 60)]);
        apply(&mut registrar, now, "a", ("1", cseq), set).unwrap();
        now += Duration::from_secs(30);
        registrar.expire(now);
    }
    assert!(registrar.expiries.len() < 100);
    assert_eq!(registrar.len(), 1);
    assert_eq!(
        registrar.expire(now + Duration::from_secs(61)),
        [client("a")]
    );
    assert_eq!(registrar.poll_timeout(), None);
}

#[test]
fn a_star_with_an_old_cseq_is_out_of_order() {
    let (mut registrar, now) = (Registrar::default(), Instant::now());
    let set = Change::Set(vec![update("sip:1@h", 60)]);
    apply(&mut registrar, now, "a", ("1", 5), set).unwrap();
    let result = apply(&mut registrar, now, "a", ("1", 5), Change::RemoveAll);
    assert_eq!(result, Err(Refused::OutOfOrder));
    assert_eq!(
        apply(&mut registrar, now, "a", ("1", 6), Change::RemoveAll),
        Ok(true)
    );
}
