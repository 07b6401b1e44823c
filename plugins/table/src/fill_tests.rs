//! Placeholders.

use super::*;

const WORDS: Words<'static> = Words {
    callee: "1;x=@y z",
    caller: "{callee}",
    rest: "",
};

fn filled(target: Target) -> Endpoint {
    let mut filled = ring([target]).into_script();
    script(&mut filled, &WORDS);
    match filled.remove(0) {
        Verb::Connect(mut connect) => connect.targets.remove(0).endpoint,
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_no_placeholder_stays_as_it_is() {
    for text in ["{", "a{b}c", "{{", "{callee", "{Callee}", "ü{"] {
        assert_eq!(filled(client(text)), Endpoint::Client(text.to_owned()));
    }
}

#[test]
fn a_filled_word_is_not_filled_again() {
    assert_eq!(
        filled(client("{caller}-{rest}.")),
        Endpoint::Client("{callee}-.".to_owned())
    );
    assert_eq!(
        filled(client("{{callee}}")),
        Endpoint::Client("{1;x=@y z}".to_owned())
    );
}

#[test]
fn a_caller_cannot_leave_the_user_part_of_a_uri() {
    assert_eq!(
        filled(uri("sip:{callee}@example.net")),
        Endpoint::Uri("sip:1%3Bx=%40y%20z@example.net".to_owned())
    );
}
