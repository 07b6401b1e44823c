//! Via: parts, branches, refusals.

use crate::message::via::Via;

fn parse(text: &str) -> Via<'_> {
    Via::parse(text.as_bytes()).unwrap_or_else(|_| panic!("{text}"))
}

#[test]
fn a_via_is_taken_apart() {
    let via = parse(
        "SIP / 2.0 / TLS \t [2001:db8::1] : 5062 ;received=[2001:db8::2];rport=7; branch = z9hG4bKx",
    );
    assert_eq!(via.transport(), "TLS");
    assert_eq!((via.host(), via.port()), ("[2001:db8::1]", Some(5062)));
    assert_eq!(via.received(), Some("2001:db8::2".parse().unwrap()));
    assert_eq!(via.rport(), Some(Some(7)));
    assert_eq!(via.branch(), Some("z9hG4bKx"));
    assert_eq!(via.sent_by(), "[2001:db8::1] : 5062");
    let bare = parse("SIP/2.0/UDP h");
    assert_eq!(
        (bare.port(), bare.branch(), bare.rport(), bare.received()),
        (None, None, None, None)
    );
    assert_eq!(
        parse("SIP/2.0/UDP h;received=2001:db8::2").received(),
        Some("2001:db8::2".parse().unwrap())
    );
}

#[test]
fn only_the_cookie_with_something_behind_it_makes_a_branch_unique() {
    let unique = |branch: &str| {
        parse(&format!("SIP/2.0/UDP h;branch={branch}"))
            .unique_branch()
            .is_some()
    };
    assert!(unique("z9hG4bK1") && unique("Z9HG4BK1"));
    assert!(!unique("z9hG4bK") && !unique("1") && !unique(""));
}

#[test]
fn what_is_no_via_is_refused() {
    for text in [
        "",
        "SIP/2.0",
        "SIP/2.0/UDP",
        "SIP/2.0/UDP ",
        "SIP/2.0/ h",
        "SIP//UDP h",
        "/2.0/UDP h",
        "SIP/2.0/UDP h:",
        "SIP/2.0/UDP h:x",
        "SIP/2.0/UDP h:65536",
        "SIP/2.0/UDP h;;x",
        "SIP/2.0/UDP ;x",
        "SIP/2.0/UDP h i",
        "SIP/2.0/UDP [::1",
        "S P/2.0/UDP h",
    ] {
        assert!(Via::parse(text.as_bytes()).is_err(), "{text}");
    }
    assert!(Via::parse(b"SIP/2.0/UDP h;x=\xff").is_err());
}
