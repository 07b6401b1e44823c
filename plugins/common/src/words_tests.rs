//! Placeholders.

use switchhook_sdk::serde_json::json;

use super::*;

fn call() -> Call {
    let mut call = testing::call("+49 30", "{caller}");
    call.variables.push(Variable {
        name: "caller.tier".to_owned(),
        value: "gold".to_owned(),
    });
    call
}

#[test]
fn words_of_the_call_the_plugin_and_its_variables_are_put_in() {
    let call = call();
    let mut words = Words::new(&call);
    words.add("on_call", "alice");
    let plain = |text| words.text(text, Escape::Plain);
    assert_eq!(
        plain("{on_call}/{caller.tier}@{domain}"),
        "alice/gold@example.org"
    );
}

#[test]
fn what_is_no_placeholder_stays_and_a_filled_word_is_not_filled_again() {
    let call = call();
    let words = Words::new(&call);
    for text in ["{", "a{b}c", "{{", "{callee", "ü{"] {
        assert_eq!(words.text(text, Escape::Plain), text);
    }
    assert_eq!(words.text("{callee}{x}", Escape::Plain), "{caller}{x}");
    assert_eq!(words.text("{{domain}}", Escape::Plain), "{example.org}");
}

#[test]
fn a_caller_cannot_leave_its_place_in_a_url() {
    let mut call = testing::call("a&b=c/../x?y#z ü", "1;x=@y");
    call.caller_name = "x".to_owned();
    let words = Words::new(&call);
    assert_eq!(
        words.text("https://crm/?n={caller}", Escape::Url),
        "https://crm/?n=a%26b%3Dc%2F..%2Fx%3Fy%23z%20%C3%BC"
    );
    let mut value = json!([{"uri": "sip:{callee}@h", "text": "{callee}"}]);
    words.fill(&mut value);
    assert_eq!(
        value,
        json!([{"uri": "sip:1%3Bx=%40y@h", "text": "1;x=@y"}])
    );
}
