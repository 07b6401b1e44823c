//! Tests of verdicts: what happened is made up, no plugin runs.

use std::path::Path;

use serde_json::json;

use super::*;
use crate::case::{CaseFile, Usual};

fn case(value: Value) -> Case {
    let file = CaseFile::of(
        Path::new("cases.json"),
        json!({ "cases": [value] }),
        &Usual::default(),
    );
    file.expect("the case is right").cases.remove(0)
}

fn asked(answer: Result<trace::Answer, PluginError>) -> Asked {
    Asked {
        plugin: "reception".into(),
        answer,
        log: Vec::new(),
        host_calls: Vec::new(),
        http: Vec::new(),
        state: Some(BTreeMap::new()),
        nanoseconds: 1,
        cpu_nanoseconds: 1,
        instructions: None,
        memory_bytes: 1,
    }
}

fn script(value: Value) -> Result<trace::Answer, PluginError> {
    let decision = serde_json::from_value(json!({ "script": value }));
    Ok(trace::Answer::Decision(decision.expect("a script")))
}

#[test]
fn what_a_case_leaves_out_has_its_usual_value() {
    let case = case(json!({
        "call": {"callee": "0"},
        "expect": {"script": [{"gather": {"max_digits": 1}}, {"respond": {"status": 480}}]}
    }));
    let got = json!([
        {"gather": {"max_digits": 1, "prompts": [], "finish_keys": "", "first_digit_milliseconds": 5000,
                    "inter_digit_milliseconds": 3000, "tag": null}},
        {"respond": {"status": 480, "reason": null, "headers": []}}
    ]);
    assert!(judge(&case, asked(script(got))).passed());
}

#[test]
fn another_answer_is_a_fault_with_its_difference() {
    let case = case(json!({
        "call": {"callee": "0"}, "expect": {"script": [{"respond": {"status": 480}}]}
    }));
    let verdict = judge(&case, asked(script(json!([{"respond": {"status": 486}}]))));
    let lines = &verdict.faults.first().expect("a fault").lines;
    assert!(lines.contains(&Line::Expected("        \"status\": 480".into())));
    assert!(lines.contains(&Line::Got("        \"status\": 486".into())));
}

#[test]
fn an_error_is_expected_by_a_part_of_its_text() {
    let case = case(json!({"call": {"callee": "0"}, "expect": {"error": "no numbers"}}));
    let refused = PluginError::Refused("settings: no numbers".into());
    assert!(judge(&case, asked(Err(refused))).passed());
    let other = PluginError::TimedOut;
    assert!(!judge(&case, asked(Err(other))).passed());
}

#[test]
fn without_an_expectation_only_a_failure_is_a_fault() {
    let case = case(json!({"call": {"callee": "0"}}));
    assert!(judge(&case, asked(script(json!([{"respond": {"status": 486}}])))).passed());
    assert!(!judge(&case, asked(Err(PluginError::OutOfMemory))).passed());
}

#[test]
fn state_is_compared_for_the_keys_that_the_case_names() {
    let case = case(json!({
        "call": {"callee": "0"}, "expect_state": {"calls": "2", "gone": null}
    }));
    let mut good = asked(script(json!([{"respond": {"status": 486}}])));
    let state = good.state.get_or_insert_default();
    state.insert("calls".into(), b"2".to_vec());
    state.insert("other".into(), b"x".to_vec());
    assert!(judge(&case, good.clone()).passed());
    let state = good.state.get_or_insert_default();
    state.insert("gone".into(), b"no".to_vec());
    state.insert("calls".into(), b"3".to_vec());
    assert_eq!(judge(&case, good).faults.len(), 2);
}

fn exchange(url: &str, body: &str) -> HttpExchange {
    HttpExchange {
        method: "POST".into(),
        url: url.into(),
        headers: Vec::new(),
        body: body.into(),
        answer: HttpAnswer::Timeout,
    }
}

#[test]
fn requests_are_compared_in_order_and_bodies_as_json() {
    let case = case(json!({
        "call": {"callee": "0"},
        "expect_http": [{"url": "http://a/", "method": "POST", "body": {"x": 1, "y": 2}}]
    }));
    let mut one = asked(script(json!([{"respond": {"status": 486}}])));
    one.http = vec![exchange("http://a/", r#"{"y":2, "x":1}"#)];
    assert!(judge(&case, one.clone()).passed());
    one.http.push(exchange("http://a/", ""));
    assert!(!judge(&case, one).passed());
}

#[test]
fn hosts_that_the_project_does_not_ask_for_are_found() {
    let sent = [
        exchange("https://crm.example.com/x", ""),
        exchange("http://other.example.com:8080/", ""),
    ];
    let needs = |hosts: &[&str]| {
        hosts
            .iter()
            .map(|host| (*host).to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(
        ungranted(&sent, &needs(&["crm.example.com:443"])),
        ["other.example.com:8080"]
    );
    assert!(ungranted(&sent, &needs(&["*.example.com", "*.example.com:8080"])).is_empty());
    assert_eq!(ungranted(&sent, &[]).len(), 2);
}

#[test]
fn a_json_body_is_sent_as_json() {
    let case = case(json!({
        "call": {"callee": "0"},
        "http": [{"url": "http://a/", "response": {"body": {"x": 1}}}, {"url": "http://b/", "error": "timeout"}]
    }));
    let answers = answers(&case.http);
    let HttpAnswer::Response {
        status,
        headers,
        body,
    } = answers.next("PUT", "http://a/")
    else {
        panic!("no response");
    };
    assert_eq!((status, body.as_slice()), (200, br#"{"x":1}"#.as_slice()));
    assert_eq!(headers[0].value, "application/json");
    assert_eq!(answers.next("GET", "http://b/"), HttpAnswer::Timeout);
}
