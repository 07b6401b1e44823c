//! Who calls, as destinations are told.

use super::*;
use crate::dialplan::Pattern;
use crate::trunks::identity::IdentityPolicy;

fn calling(hidden: bool) -> Calling<'static> {
    Calling {
        domain: "example.test",
        number: "+4930123",
        name: "Ann \"A\" B",
        hidden,
    }
}

fn told(policy: IdentityPolicy, hidden: bool) -> Vec<String> {
    let trunk = Trunk {
        identity: policy,
        ..Trunk::default()
    };
    let told = to_trunk(&trunk, calling(hidden));
    let headers = told.headers.iter();
    let headers = headers.map(|(name, value)| format!("{}: {value}", name.as_str()));
    std::iter::once(told.from.clone()).chain(headers).collect()
}

const ANONYMOUS: &str = "\"Anonymous\" <sip:anonymous@anonymous.invalid>";

#[test]
fn a_trunk_is_told_number_and_name_and_nothing_beside_from() {
    let told = told(IdentityPolicy::default(), false);
    assert_eq!(told, ["\"Ann \\\"A\\\" B\" <sip:+4930123@example.test>"]);
}

#[test]
fn who_wants_to_be_hidden_is_hidden_from_whom_we_do_not_trust() {
    let policy = IdentityPolicy {
        headers: vec![IdentityHeader::Asserted, IdentityHeader::RemoteParty],
        ..IdentityPolicy::default()
    };
    assert_eq!(told(policy, true), [ANONYMOUS, "Privacy: id"]);
    let others = to_others(calling(true));
    assert_eq!((others.from.as_str(), others.hidden), (ANONYMOUS, true));
}

#[test]
fn whom_we_trust_learns_who_calls_and_that_it_must_not_be_shown() {
    let policy = IdentityPolicy {
        trusted: true,
        ..IdentityPolicy::default()
    };
    let all = [
        ANONYMOUS,
        "P-Asserted-Identity: <sip:+4930123@example.test>",
        "Privacy: id",
    ];
    assert_eq!(told(policy, true), all);
}

#[test]
fn the_number_is_one_of_those_allowed_or_the_default_and_a_name_stays_with_its_number() {
    let policy = |numbers: &str, default: Option<&str>| IdentityPolicy {
        caller_id: CallerIdPolicy::Allowed {
            numbers: vec![Pattern::new(numbers).unwrap()],
            default: default.map(str::to_owned),
        },
        headers: vec![IdentityHeader::Preferred],
        ..IdentityPolicy::default()
    };
    let allowed = told(policy("+4930*", None), false);
    assert!(allowed[0].ends_with("B\" <sip:+4930123@example.test>"));
    assert!(allowed[1].starts_with("P-Preferred-Identity: \"Ann"));
    let other = told(policy("+4989*", Some("+49890")), false);
    assert_eq!(other[0], "<sip:+49890@example.test>");
    let nobody = told(policy("+4989*", None), false);
    assert_eq!(nobody, [ANONYMOUS, "Privacy: id"]);
}

#[test]
fn fixed_numbers_accounts_and_hosts_stand_where_the_trunk_wants_them() {
    let policy = IdentityPolicy {
        caller_id: CallerIdPolicy::Fixed("+49300".to_owned()),
        headers: vec![IdentityHeader::RemoteParty],
        from_user: "account".to_owned(),
        from_host: "carrier.test".to_owned(),
        ..IdentityPolicy::default()
    };
    let all = [
        "<sip:account@carrier.test>",
        "Remote-Party-ID: <sip:+49300@carrier.test>;party=calling;screen=yes;privacy=off",
    ];
    assert_eq!(told(policy.clone(), false), all);
    assert_eq!(
        told(policy, true),
        ["\"Anonymous\" <sip:account@carrier.test>", "Privacy: id"]
    );
}

#[test]
fn an_anonymous_trunk_shows_nobody_and_nobody_is_never_asserted() {
    let policy = IdentityPolicy {
        trusted: true,
        caller_id: CallerIdPolicy::Anonymous,
        ..IdentityPolicy::default()
    };
    let trunk = Trunk {
        identity: policy,
        ..Trunk::default()
    };
    let nobody = Calling {
        number: "anonymous",
        ..calling(true)
    };
    let told = to_trunk(&trunk, nobody);
    assert_eq!(told.headers, [(HeaderName::Privacy, "id".to_owned())]);
}
