//! Shortcuts to a call.

use super::*;
use crate::call::{Header, Variable};
use crate::testing::call;

#[test]
fn headers_are_found_without_regard_to_case_and_the_first_counts() {
    let mut asked = call("alice", "100");
    for value in ["1", "2"] {
        asked.headers.push(Header {
            name: "X-Tier".to_owned(),
            value: value.to_owned(),
        });
    }
    asked.variables.push(Variable {
        name: "tier".to_owned(),
        value: "gold".to_owned(),
    });
    assert_eq!(asked.header("x-tier"), Some("1"));
    assert_eq!(asked.header("x-other"), None);
    assert_eq!(asked.variable("tier"), Some("gold"));
    assert_eq!(asked.variable("Tier"), None);
}

#[test]
fn a_call_has_a_client_or_a_trunk() {
    let mut asked = call("alice", "100");
    assert_eq!((asked.client(), asked.trunk()), (Some("alice"), None));
    asked.origin = Origin::Trunk("carrier".to_owned());
    assert_eq!((asked.client(), asked.trunk()), (None, Some("carrier")));
}
