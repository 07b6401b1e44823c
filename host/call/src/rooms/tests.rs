//! Who gets into a room, what holds there, and what the media shell is told.

use super::*;

fn rules() -> Conference {
    Conference::default()
}

fn domain() -> Arc<str> {
    "example.org".into()
}

fn who(number: u64) -> Newcomer {
    Newcomer {
        call: CallKey(number),
        call_id: format!("call-{number}"),
        number: number.to_string(),
        session: SessionId(number),
        side: Side::Caller,
        listens_only: false,
        moderator: false,
        since: number,
    }
}

fn moderator(number: u64) -> Newcomer {
    Newcomer {
        moderator: true,
        ..who(number)
    }
}

fn enter(rooms: &mut Rooms, who: Newcomer) -> Result<(Membership, Vec<Order>), Refusal> {
    rooms.enter(&domain(), "daily", &rules(), who)
}

fn leave_of(number: u64) -> Order {
    (SessionId(number), Side::Caller, SideOrder::Leave)
}

#[test]
fn a_room_is_there_while_somebody_is_in_it() {
    let mut rooms = Rooms::default();
    for number in 1..=3 {
        let (membership, orders) = enter(&mut rooms, who(number)).unwrap();
        assert_eq!(membership, Membership::default());
        assert_eq!(orders, []);
    }
    assert_eq!(rooms.len(), 1);
    assert_eq!(
        rooms
            .room_mut("example.org", "daily")
            .unwrap()
            .members
            .len(),
        3
    );
    for number in [2, 1, 3, 3] {
        assert_eq!(rooms.leave(CallKey(number)), []);
    }
    assert_eq!(rooms.len(), 0);
    assert!(rooms.of_call.is_empty() && rooms.of_domain.is_empty());
}

#[test]
fn rooms_of_the_same_name_in_two_domains_are_two() {
    let mut rooms = Rooms::default();
    enter(&mut rooms, who(1)).unwrap();
    let other = Arc::from("example.net");
    rooms.enter(&other, "daily", &rules(), who(2)).unwrap();
    assert_eq!(rooms.len(), 2);
}

#[test]
fn a_conference_ends_with_its_last_moderator() {
    let mut rooms = Rooms::default();
    for one in [who(1), moderator(2), moderator(3), who(4)] {
        enter(&mut rooms, one).unwrap();
    }
    assert_eq!(rooms.leave(CallKey(2)), []);
    assert_eq!(rooms.leave(CallKey(3)), [leave_of(1), leave_of(4)]);
    // They are gone when the media shell says so, and are told once.
    assert_eq!(rooms.leave(CallKey(1)), []);
    assert_eq!(rooms.len(), 1);
    assert_eq!(rooms.leave(CallKey(4)), []);
    assert_eq!(rooms.len(), 0);
}

#[test]
fn where_the_domain_says_so_a_conference_begins_with_its_first_moderator() {
    let mut rooms = Rooms::default();
    let rules = Conference {
        wait_for_moderator: true,
        ..rules()
    };
    let mut enter = |who| rooms.enter(&domain(), "daily", &rules, who).unwrap();
    let listener = Newcomer {
        listens_only: true,
        ..who(2)
    };
    assert!(enter(who(1)).0.waits);
    assert!(enter(listener).0.waits);
    let (membership, orders) = enter(moderator(3));
    assert!(!membership.waits);
    let begins = |number, muted| {
        let membership = Membership {
            muted,
            ..Membership::default()
        };
        let order = SideOrder::Membership(membership);
        (SessionId(number), Side::Caller, order)
    };
    assert_eq!(orders, [begins(1, false), begins(2, true)]);
    assert!(!enter(who(4)).0.waits);
}

#[test]
fn a_locked_room_lets_only_moderators_in() {
    let mut rooms = Rooms::default();
    enter(&mut rooms, who(1)).unwrap();
    enter(&mut rooms, moderator(2)).unwrap();
    let not_allowed = Some((RoomNews::NotAllowed, vec![]));
    assert_eq!(rooms.wish(CallKey(1), RoomWish::Lock), not_allowed);
    let locked = |locked| Some((RoomNews::Locked(locked), vec![]));
    assert_eq!(rooms.wish(CallKey(2), RoomWish::Lock), locked(true));
    assert_eq!(enter(&mut rooms, who(3)), Err(Refusal::Locked));
    assert!(enter(&mut rooms, moderator(4)).is_ok());
    assert_eq!(rooms.wish(CallKey(4), RoomWish::Lock), locked(false));
    assert!(enter(&mut rooms, who(3)).is_ok());
}

#[test]
fn rooms_and_their_members_have_limits() {
    let mut rooms = Rooms::default();
    let rules = Conference {
        members: 2,
        rooms: 1,
        ..rules()
    };
    let mut enter = |name, number| rooms.enter(&domain(), name, &rules, who(number));
    enter("one", 1).unwrap();
    assert_eq!(enter("two", 2), Err(Refusal::TooManyRooms));
    enter("one", 2).unwrap();
    assert_eq!(enter("one", 3), Err(Refusal::Full));
    assert_eq!(enter("one", 2), Err(Refusal::Impossible));
}

#[test]
fn a_member_mutes_itself_and_one_that_may_only_listen_stays_so() {
    let mut rooms = Rooms::default();
    enter(&mut rooms, who(1)).unwrap();
    let listener = Newcomer {
        listens_only: true,
        ..who(2)
    };
    assert!(enter(&mut rooms, listener).unwrap().0.muted);
    for muted in [true, false] {
        let (news, orders) = rooms.wish(CallKey(1), RoomWish::Mute).unwrap();
        assert_eq!(news, RoomNews::Muted(muted));
        let membership = Membership {
            muted,
            ..Membership::default()
        };
        let order = SideOrder::Membership(membership);
        assert_eq!(orders, [(SessionId(1), Side::Caller, order)]);
    }
    let not_allowed = Some((RoomNews::NotAllowed, vec![]));
    assert_eq!(rooms.wish(CallKey(2), RoomWish::Mute), not_allowed);
    let others = Some((RoomNews::Others(1), vec![]));
    assert_eq!(rooms.wish(CallKey(2), RoomWish::Count), others);
    assert_eq!(rooms.wish(CallKey(9), RoomWish::Count), None);
}

#[test]
fn the_sides_of_a_call_are_in_its_room_while_somebody_supervises_it() {
    let mut all = supervision::Supervisions::default();
    let of = supervision::Supervised {
        call: CallKey(1),
        session: SessionId(1),
        side: Side::Callee,
    };
    assert!(all.begin((CallKey(2), SessionId(2)), of));
    assert!(!all.begin((CallKey(3), SessionId(3)), of));
    let apart = [leave_of(1), (SessionId(1), Side::Callee, SideOrder::Leave)];
    assert_eq!(all.supervised_ended(CallKey(7)), []);
    assert_eq!(all.end(CallKey(2)), []);
    assert_eq!(all.end(CallKey(3)), apart);
    assert_eq!(all.end(CallKey(3)), []);
    assert_eq!(all.len(), 0);
    // The call ends first.
    assert!(all.begin((CallKey(2), SessionId(2)), of));
    assert!(!all.begin((CallKey(3), SessionId(3)), of));
    let [first, second] = apart;
    let all_out = [first, second, leave_of(2), leave_of(3)];
    assert_eq!(all.supervised_ended(CallKey(1)), all_out);
    assert_eq!(all.supervised_ended(CallKey(1)), []);
    assert!(!all.is_supervised(CallKey(1)));
    assert_eq!(all.end(CallKey(2)), []);
    assert_eq!(all.end(CallKey(3)), []);
    assert_eq!(all.len(), 0);
}
