//! What the builders write.

use super::*;
use crate::serde_json::json;

fn check(decision: impl Into<Decision>, expected: serde_json::Value) {
    assert_eq!(serde_json::to_value(decision.into()).unwrap(), expected);
}

#[test]
fn ring_within_then_respond_is_a_connect_and_a_response() {
    check(
        ring(["1001", "1002"])
            .within(20.seconds())
            .then(respond(480)),
        json!({"script": [
            {"connect": {
                "targets": [{"endpoint": {"client": "1001"}}, {"endpoint": {"client": "1002"}}],
                "strategy": "simultaneous", "timeout_seconds": 20}},
            {"respond": {"status": 480}},
        ]}),
    );
}

#[test]
fn targets_of_every_kind_ring_one_after_another_with_their_own_times() {
    check(
        sequential([
            client("1001").ringing(5.seconds()),
            trunk("carrier", "+4930123"),
            uri("sip:desk@example.net").ringing(Duration::from_millis(1_001)),
        ])
        .showing("+4930999")
        .header("X-Queue", "sales"),
        json!({"script": [{"connect": {
            "targets": [
                {"endpoint": {"client": "1001"}, "ring_seconds": 5},
                {"endpoint": {"trunk": {"trunk": "carrier", "number": "+4930123"}}},
                {"endpoint": {"uri": "sip:desk@example.net"}, "ring_seconds": 2},
            ],
            "strategy": "sequential",
            "caller_id": "+4930999",
            "headers": [{"name": "X-Queue", "value": "sales"}],
        }}]}),
    );
}

#[test]
fn verbs_follow_one_another_in_the_order_they_are_written() {
    check(
        pause(Duration::from_millis(250))
            .then(ring(["1001"]))
            .then(redial("200")),
        json!({"script": [
            {"pause": {"milliseconds": 250}},
            {"connect": {"targets": [{"endpoint": {"client": "1001"}}], "strategy": "simultaneous"}},
            {"redial": {"callee": "200"}},
        ]}),
    );
    check(
        delegate("night"),
        json!({"script": [{"delegate": {"plugin": "night"}}]}),
    );
}

#[test]
fn a_response_has_its_own_reason_and_headers() {
    check(
        respond(302)
            .reason("Try there")
            .header("Contact", "<sip:1@example.net>"),
        json!({"script": [{"respond": {"status": 302, "reason": "Try there",
            "headers": [{"name": "Contact", "value": "<sip:1@example.net>"}]}}]}),
    );
}

#[test]
fn next_hands_variables_on() {
    check(next(), json!({"next": []}));
    check(
        next().with("tier", "gold"),
        json!({"next": [{"name": "tier", "value": "gold"}]}),
    );
}

#[test]
fn owned_texts_and_ready_verbs_are_taken_too() {
    let names = vec!["1001".to_owned()];
    assert_eq!(ring(&names), ring(names.clone()));
    let ready = ring(["1002"]).into_script();
    assert_eq!(
        pause(1.seconds()).then(ready.clone()),
        pause(1.seconds()).then(ready[0].clone())
    );
}

#[test]
fn a_destination_in_settings_is_a_name_or_a_target() {
    let read = |json: serde_json::Value| serde_json::from_value::<Member>(json);
    assert_eq!(read(json!("alice")).unwrap(), Member(client("alice")));
    let whole = json!({"endpoint": {"ring-group": "sales"}, "ring_seconds": 5});
    assert_eq!(
        read(whole).unwrap(),
        Member(ring_group("sales").ringing(5.seconds()))
    );
    let error = read(json!(7)).unwrap_err().to_string();
    assert!(
        error.contains("the name of a client or a target"),
        "{error}"
    );
}

#[test]
fn verbs_of_a_conversation_have_the_switch_s_own_words() {
    check(
        answer()
            .then(
                announce([say("Hello").language("en"), say("Hallo")])
                    .times(2)
                    .stopped_by("#")
                    .tag("a"),
            )
            .then(
                gather(4)
                    .prompt("code.wav")
                    .finished_by("#")
                    .first_within(7.seconds())
                    .next_within(2.seconds())
                    .tag("g"),
            )
            .then(
                conference("room")
                    .pin("12")
                    .muted()
                    .moderator()
                    .music(web("https://a/b"))
                    .tag("c"),
            )
            .then(
                stream("wss://a")
                    .track(crate::verb::StreamTrack::Both)
                    .parameter("k", "v"),
            )
            .then(send_digits("1,2").each(Duration::from_millis(80)))
            .then(set_variable("k", "v"))
            .then(voicemail("alice").greeting(tone(crate::prompt::ToneKind::Beep, 1.seconds()))),
        json!({"script": [
            "answer",
            {"announce": {"prompts": [
                {"speech": {"text": "Hello", "language": "en"}}, {"speech": {"text": "Hallo"}},
            ], "times": 2, "stop_keys": "#", "tag": "a"}},
            {"gather": {"prompts": [{"file": "code.wav"}], "max_digits": 4, "finish_keys": "#",
                "first_digit_milliseconds": 7000, "inter_digit_milliseconds": 2000, "tag": "g"}},
            {"conference": {"room": "room", "pin": "12", "muted": true, "moderator": true,
                "music": {"url": "https://a/b"}, "tag": "c"}},
            {"stream": {"url": "wss://a", "track": "both", "parameters": [{"name": "k", "value": "v"}]}},
            {"send-digits": {"digits": "1,2", "digit_milliseconds": 80}},
            {"set-variable": {"name": "k", "value": "v"}},
            {"voicemail": {"mailbox": "alice", "greeting": {"tone": {"kind": "beep", "milliseconds": 1000}}}},
        ]}),
    );
}

#[test]
fn recordings_and_queues_have_the_switch_s_own_words() {
    check(
        record_call()
            .then(pause_recording())
            .then(stop_recording())
            .then(record_message(60.seconds(), 3.seconds()).tag("m"))
            .then(
                enqueue("q")
                    .skill("de")
                    .priority(2)
                    .within(9.seconds())
                    .music("wait.wav")
                    .tag("e"),
            ),
        json!({"script": [
            {"record": {"action": "start"}},
            {"record": {"action": "pause"}},
            {"record": {"action": "stop"}},
            {"record": {"action": {"message": {"max_seconds": 60, "silence_seconds": 3, "finish_keys": "#", "beep": true}}, "tag": "m"}},
            {"enqueue": {"queue": "q", "skills": ["de"], "priority": 2, "timeout_seconds": 9,
                "music": {"file": "wait.wav"}, "tag": "e"}},
        ]}),
    );
}

#[test]
fn a_connect_has_every_word_of_its_own() {
    let strategies = [
        (round_robin(["a"]), "round-robin"),
        (random_order(["a"]), "random"),
        (longest_idle(["a"]), "longest-idle"),
    ];
    for (ring, strategy) in strategies {
        let ring = ring
            .showing_name("Sales")
            .ringback(say("Please wait"))
            .keep_caller();
        check(
            ring.reconnect().label("l").tag("t"),
            json!({"script": [{"connect": {"targets": [{"endpoint": {"client": "a"}}], "strategy": strategy,
                "caller_name": "Sales", "ringback": {"speech": {"text": "Please wait"}}, "keep_caller": true,
                "reconnect": true, "label": "l", "tag": "t"}}]}),
        );
    }
}

#[test]
fn a_continuation_is_a_script_or_the_rest_of_it() {
    assert_eq!(proceed(), Continuation::Proceed);
    let script = Continuation::Script(respond(486).into_script());
    assert_eq!(Continuation::from(respond(486)), script);
}
