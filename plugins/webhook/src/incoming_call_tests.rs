//! The `incoming_call` payloads.

use switchhook_sdk::serde_json::{from_value, json};

use super::*;

fn scripted(settings: Value, answer: Value) -> Result<Script, Error> {
    let mut all = json!({"url": "http://app/"});
    all.as_object_mut()
        .unwrap()
        .extend(settings.as_object().unwrap().clone());
    let settings: Settings = from_value(all).unwrap();
    testing::Host::new()
        .registered("1001")
        .run(|| super::script(&answer, &testing::call("+2", "100"), &settings))
}

#[test]
fn the_application_is_told_of_the_call() {
    let call = testing::call("+14155550123", "+13146523057");
    assert_eq!(
        question(&call),
        json!({"event": "incoming_call", "from": "+14155550123", "to": "+13146523057",
            "timestamp": "2026-04-21T14:32:00Z", "call_id": "call-1"})
    );
}

#[test]
fn a_number_goes_to_a_registered_client_or_through_the_trunk() {
    let carrier = json!({"trunk": "carrier"});
    let forms = |number: &str| {
        [
            json!(number),
            json!({"action": "forward", "destination": number}),
            json!({"action": "forward", "destination": {"type": "number", "number": number}}),
        ]
    };
    for answer in forms("+1") {
        let expected = ring([trunk("carrier", "+1")]).into_script();
        assert_eq!(scripted(carrier.clone(), answer.clone()), Ok(expected));
        assert_eq!(scripted(json!({}), answer), Ok(ring(["+1"]).into_script()));
    }
    for answer in forms("1001") {
        assert_eq!(
            scripted(carrier.clone(), answer),
            Ok(ring(["1001"]).into_script())
        );
    }
}

#[test]
fn a_ring_group_rings_at_once_or_one_after_another() {
    let group = |strategy: Value| {
        json!({"action": "forward", "destination":
            {"type": "ring_group", "members": ["1001", "+1"], "strategy": strategy}})
    };
    let carrier = json!({"trunk": "carrier", "ring_seconds": 10});
    let together = ring([client("1001"), trunk("carrier", "+1")]).into_script();
    assert_eq!(
        scripted(carrier.clone(), group(json!("simultaneous"))),
        Ok(together.clone())
    );
    assert_eq!(scripted(carrier.clone(), group(json!(null))), Ok(together));
    let in_turn = sequential([
        client("1001").ringing(10.seconds()),
        trunk("carrier", "+1").ringing(10.seconds()),
    ]);
    assert_eq!(
        scripted(carrier, group(json!("sequential"))),
        Ok(in_turn.within(20.seconds()).into_script())
    );
}

#[test]
fn what_is_not_an_action_is_an_error() {
    let forward = |destination: Value| json!({"action": "forward", "destination": destination});
    let cases = [
        (json!({"action": "say"}), "say without `text`"),
        (json!({"action": "sing"}), "unknown action `sing`"),
        (json!([]), "neither an action nor a number"),
        (json!(""), "a number that is empty or no text"),
        (
            json!({"action": "forward"}),
            "forward without `destination`",
        ),
        (
            forward(json!(7)),
            "`destination` is neither an object nor a number",
        ),
        (forward(json!({})), "a destination without `type`"),
        (
            forward(json!({"type": "number"})),
            "a number that is empty or no text",
        ),
        (
            forward(json!({"type": "agent"})),
            "unknown type of destination `agent`",
        ),
        (
            forward(json!({"type": "ring_group"})),
            "ring_group without `members`",
        ),
        (
            forward(json!({"type": "ring_group", "members": []})),
            "ring_group without members",
        ),
        (
            forward(json!({"type": "ring_group", "members": [1]})),
            "a number that is empty or no text",
        ),
        (
            forward(json!({"type": "ring_group", "members": ["1"], "strategy": "random"})),
            "unknown strategy `random`",
        ),
    ];
    for (answer, expected) in cases {
        let error = scripted(json!({}), answer.clone()).unwrap_err();
        assert_eq!(error.text(), expected, "{answer}");
    }
}

#[test]
fn a_mailbox_takes_the_call_and_its_message_is_a_file() {
    let answer = json!({"action": "voicemail", "message": "office_closed"});
    assert_eq!(
        scripted(json!({}), answer.clone()),
        Ok(voicemail("100").greeting("office_closed.wav").into_script())
    );
    let settings = json!({"mailbox": "office", "messages": {"office_closed": "en/closed.wav"}});
    assert_eq!(
        scripted(settings, answer),
        Ok(voicemail("office").greeting("en/closed.wav").into_script())
    );
    assert_eq!(
        scripted(json!({}), json!({"action": "voicemail"})),
        Ok(voicemail("100").into_script())
    );
}

#[test]
fn words_are_spoken_and_the_call_is_over() {
    let answered = scripted(json!({}), json!({"action": "say", "text": "Bye"}));
    let expected = answer().then(announce(say("Bye"))).then(respond(480));
    assert_eq!(answered, Ok(expected.into_script()));
}
