//! Which room and which member an operator means.

use super::*;

fn member(call_id: &str, number: &str) -> MemberView {
    MemberView {
        call_id: call_id.to_owned(),
        number: number.to_owned(),
        muted: false,
        moderator: false,
        since: 0,
    }
}

fn room(domain: &str, name: &str) -> RoomView {
    RoomView {
        domain: domain.to_owned(),
        room: name.to_owned(),
        locked: false,
        begun: true,
        members: vec![
            member("a", "1001"),
            member("b", "1002"),
            member("c", "1002"),
        ],
    }
}

fn of(room: &str, domain: Option<&str>) -> RoomOf {
    RoomOf {
        room: room.to_owned(),
        domain: domain.map(str::to_owned),
    }
}

#[test]
fn a_room_is_named_with_its_domain_where_two_have_one() {
    let all = [
        room("a.org", "daily"),
        room("b.org", "daily"),
        room("b.org", "x"),
    ];
    assert_eq!(find(&all, &of("x", None)), Ok(&all[2]));
    assert_eq!(find(&all, &of("daily", Some("b.org"))), Ok(&all[1]));
    assert!(
        find(&all, &of("daily", None))
            .unwrap_err()
            .contains("--domain")
    );
    assert!(
        find(&all, &of("x", Some("a.org")))
            .unwrap_err()
            .contains("nobody")
    );
}

#[test]
fn a_member_is_named_by_its_call_or_by_a_number_that_is_its_alone() {
    let room = room("a.org", "daily");
    assert_eq!(member_of(&room, "1001").unwrap().call_id, "a");
    assert_eq!(member_of(&room, "c").unwrap().number, "1002");
    assert!(
        member_of(&room, "1002")
            .unwrap_err()
            .contains("more than once")
    );
    assert!(member_of(&room, "1003").unwrap_err().contains("not in"));
}
