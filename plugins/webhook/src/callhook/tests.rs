//! The CallHook payloads.

use switchhook_sdk::serde_json::{from_value, json};
use switchhook_sdk::verb::Pause;

use super::*;

fn settings() -> Settings {
    from_value(json!({"url": "http://app/", "trunk_ids": {"7": "carrier"}})).unwrap()
}

fn scripted(answer: Value) -> Result<Script, Error> {
    script(&answer, &settings())
}

fn failed(answer: Value) -> String {
    scripted(answer).unwrap_err().text().to_owned()
}

#[test]
fn the_application_is_told_of_a_client_s_call() {
    let mut call = testing::call("alice", "100");
    for (name, value) in [("X-A", "1"), ("Via", "v1"), ("X-A", "2")] {
        call.headers.push(Header {
            name: name.to_owned(),
            value: value.to_owned(),
        });
    }
    assert_eq!(
        question(&call, &settings()),
        json!({
            "domain": "example.org", "from": "alice", "to": "100", "callId": "sip-call-1",
            "sourceAddress": "192.0.2.7", "headers": {"X-A": "1, 2", "Via": "v1"},
            "source": "client", "refer": false, "count": 0,
        })
    );
}

#[test]
fn the_application_is_told_of_a_transferred_call_s_third_attempt_through_a_trunk() {
    let mut call = testing::call("+4930", "100");
    call.origin = Origin::Trunk("carrier".to_owned());
    call.source_address = "[2001:db8::7]:5060".to_owned();
    call.transferred = true;
    call.attempt = 2;
    let told = question(&call, &settings());
    assert_eq!(
        told["source"],
        json!({"type": "trunk", "name": "carrier", "id": "7"})
    );
    assert_eq!(told["sourceAddress"], "2001:db8::7");
    assert_eq!((&told["refer"], &told["count"]), (&json!(true), &json!(2)));
    call.origin = Origin::Trunk("other".to_owned());
    assert_eq!(
        question(&call, &settings())["source"],
        json!({"type": "trunk", "name": "other"})
    );
}

#[test]
fn destinations_of_every_type_ring_in_parallel() {
    let answer = json!([{"verb": "connect", "statusLabel": "desk", "dest": [
        {"type": "client", "address": "1001", "timeout": 15},
        {"type": "client", "address": 1002, "timeout": "20"},
        {"type": "trunk", "address": "+4930", "trunk_id": 7, "trunk_name": "other", "timeout": 2.2},
        {"type": "trunk", "address": "+4931", "trunk_id": 8, "trunk_name": "other", "timeout": 9_999},
        {"type": "trunk", "address": "+4932", "trunk_id": "8", "timeout": 1, "proxy": ""},
        {"type": "sip", "address": "sip:a@example.net", "timeout": 1, "proxy": null},
        {"type": "sip", "address": "b@example.net", "timeout": 1},
    ]}]);
    let expected = ring([
        client("1001").ringing(15.seconds()),
        client("1002").ringing(20.seconds()),
        trunk("carrier", "+4930").ringing(3.seconds()),
        trunk("other", "+4931").ringing(600.seconds()),
        trunk("8", "+4932").ringing(1.seconds()),
        uri("sip:a@example.net").ringing(1.seconds()),
        uri("sip:b@example.net").ringing(1.seconds()),
    ]);
    assert_eq!(
        scripted(answer),
        Ok(expected.within(600.seconds()).label("desk").into_script())
    );
}

#[test]
fn a_destination_without_a_time_rings_as_long_as_the_domain_says() {
    let answer = json!([{"verb": "connect", "dest": [
        {"type": "client", "address": "1", "timeout": 5}, {"type": "client", "address": "2", "timeout": 0}]}]);
    let expected = ring([client("1").ringing(5.seconds()), client("2")]);
    assert_eq!(scripted(answer), Ok(expected.into_script()));
}

#[test]
fn verbs_run_in_order_and_a_response_ends_them() {
    let answer = json!([
        {"verb": "announce", "url": "file:/greeting.wav"},
        {"verb": "pause", "duration": 0.5},
        {"verb": "pause", "duration": 0},
        {"verb": "pause", "duration": 3_600},
        {"verb": "connect", "dest": [{"type": "client", "address": "1"}]},
        {"verb": "response", "code": 302, "headers": {"Contact": "<sip:2@example.net>", "Retry-After": 5}},
        {"verb": "nonsense"},
    ]);
    let script = scripted(answer);
    let pause_ms = |milliseconds| {
        Verb::Pause(Pause {
            milliseconds,
            tag: None,
        })
    };
    let expected = ring(["1"])
        .then(
            respond(302)
                .header("Contact", "<sip:2@example.net>")
                .header("Retry-After", "5"),
        )
        .into_script();
    let before = announce("greeting.wav").into_script();
    let expected = [before, vec![pause_ms(500), pause_ms(60_000)], expected].concat();
    assert_eq!(script, Ok(expected));
}

#[test]
fn what_the_switch_cannot_do_is_an_error_only_if_nothing_else_is_left() {
    assert_eq!(failed(json!([])), "no verb that the switch can carry out");
    assert_eq!(
        failed(json!([{"verb": "pause", "duration": 0}])),
        "no verb that the switch can carry out"
    );
    let behind_proxy = json!({"type": "sip", "address": "a@b", "proxy": "sip:proxy"});
    assert_eq!(
        failed(json!([{"verb": "connect", "dest": [behind_proxy]}])),
        "connect without a destination that the switch can call"
    );
    let answer =
        json!([{"verb": "connect", "dest": [behind_proxy, {"type": "client", "address": "1"}]}]);
    assert_eq!(scripted(answer), Ok(ring(["1"]).into_script()));
}

#[test]
fn malformed_answers_are_errors_that_say_what_is_wrong() {
    let dest = |value: Value| json!([{"verb": "connect", "dest": [value]}]);
    let cases = [
        (json!({"verb": "connect"}), "not an array of verbs"),
        (json!([7]), "a verb without its name"),
        (json!([{"url": "a"}]), "a verb without its name"),
        (json!([{"verb": "dance"}]), "unknown verb `dance`"),
        (json!([{"verb": "pause"}]), "pause without `duration`"),
        (
            json!([{"verb": "pause", "duration": -1}]),
            "`duration` is not a number of at least 0",
        ),
        (
            json!([{"verb": "pause", "duration": "NaN"}]),
            "`duration` is not a number of at least 0",
        ),
        (json!([{"verb": "response"}]), "response without `code`"),
        (json!([{"verb": "announce"}]), "announce without `url`"),
        (
            json!([{"verb": "announce", "url": "file:/../secret.wav"}]),
            "announce with a `url` outside of the media folder",
        ),
        (
            json!([{"verb": "announce", "url": "file:///"}]),
            "announce with a `url` outside of the media folder",
        ),
        (
            json!([{"verb": "response", "code": 200}]),
            "response with `code` 200, not 300 to 699",
        ),
        (
            json!([{"verb": "response", "code": 700}]),
            "response with `code` 700, not 300 to 699",
        ),
        (json!([{"verb": "connect"}]), "connect without `dest`"),
        (
            dest(json!({"type": "client"})),
            "a destination without `address`",
        ),
        (
            dest(json!({"address": "1"})),
            "a destination without `type`",
        ),
        (
            dest(json!({"type": "fax", "address": "1"})),
            "unknown type of destination `fax`",
        ),
        (
            dest(json!({"type": "trunk", "address": "1"})),
            "a trunk without `trunk_id` and `trunk_name`",
        ),
        (
            dest(json!({"type": "client", "address": "1", "timeout": []})),
            "`timeout` is not a number of at least 0",
        ),
    ];
    for (answer, expected) in cases {
        assert_eq!(failed(answer.clone()), expected, "{answer}");
    }
}

#[test]
fn an_announcement_is_a_file_of_the_media_folder_or_a_url() {
    let heard = |url: &str| scripted(json!([{"verb": "announce", "url": url}]));
    for url in [
        "file:/a/b.wav",
        "file:///a/b.wav",
        "FILE:a/b.wav",
        "a/b.wav",
        "/a/b.wav",
    ] {
        assert_eq!(heard(url), Ok(announce("a/b.wav").into_script()), "{url}");
    }
    let url = "https://app/a.wav";
    assert_eq!(heard(url), Ok(announce(web(url)).into_script()));
}

#[test]
fn a_caller_stays_for_a_later_connect_that_reconnects_and_only_then() {
    let to = |number: &str, reconnect: Value| json!({"verb": "connect", "reconnect": reconnect, "dest": [{"type": "client", "address": number}]});
    let answer = json!([
        to("1", json!(true)),
        to("2", json!(false)),
        {"verb": "announce", "url": "goodbye.wav"},
        to("3", json!("true")),
        to("4", json!(null)),
    ]);
    let expected = ring(["1"])
        .reconnect()
        .keep_caller()
        .then(ring(["2"]).keep_caller())
        .then(announce("goodbye.wav"))
        .then(ring(["3"]).reconnect())
        .then(ring(["4"]));
    assert_eq!(scripted(answer), Ok(expected.into_script()));
}

#[test]
fn a_label_names_the_connection_in_events_and_false_silences_it() {
    let labelled = |label: Value| {
        let answer = json!([{"verb": "connect", "statusLabel": label, "dest": [{"type": "client", "address": "1"}]}]);
        match scripted(answer).unwrap().remove(0) {
            Verb::Connect(connect) => connect.label,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(labelled(json!("desk")), Some("desk".to_owned()));
    assert_eq!(labelled(json!(7)), Some("7".to_owned()));
    assert_eq!(labelled(json!(false)), Some(SILENT.to_owned()));
    assert_eq!(labelled(json!(true)), None);
    assert_eq!(labelled(json!("")), None);
    let cut = labelled(json!("ü".repeat(100)));
    assert_eq!(cut.map(|label| label.len()), Some(128));
}
