//! Tests of case files.

use serde_json::json;
use switchhook_routing::call::Origin;

use super::*;

fn read(value: Value) -> Result<CaseFile, Mistake> {
    CaseFile::of(Path::new("cases.json"), value, &Usual::default())
}

fn one(value: Value) -> Result<Case, Mistake> {
    read(json!({ "cases": [value] })).map(|mut file| file.cases.remove(0))
}

fn mistake(value: Value) -> String {
    one(value).expect_err("it has a mistake").0
}

#[test]
fn caller_and_callee_make_a_call() {
    let case = one(
        json!({"call": {"caller": "1001", "callee": "100"}, "at": "2026-11-20T22:15:00+01:00"}),
    );
    let Question::Route(call) = case.expect("it is right").question else {
        panic!("no call");
    };
    assert_eq!(call.id, "case-1");
    assert_eq!(call.domain, "example.com");
    assert_eq!(call.origin, Origin::Client("1001".into()));
    assert_eq!(call.received_at, 1_795_209_300_000);
}

#[test]
fn a_verb_that_is_over_is_asked_about() {
    let case = one(json!({
        "resume": {"tag": "menu", "outcome": {"digits": {"digits": "1"}}}, "expect": "proceed"
    }));
    let case = case.expect("it is right");
    assert!(matches!(case.question, Question::Resume(_, tag, Outcome::Digits(_)) if tag == "menu"));
    assert_eq!(case.expect, Some(Expectation::Proceed));
}

#[test]
fn a_registration_needs_only_a_username() {
    let case = one(json!({
        "register": {"username": "alice"},
        "expect": {"grant": {"proof": {"password": "secret"}}}
    }));
    let Question::Register(registration) = case.expect("it is right").question else {
        panic!("no registration");
    };
    assert_eq!(registration.credentials.realm, "example.com");
    assert_eq!(registration.contacts, ["sip:alice@192.0.2.7:5060"]);
}

#[test]
fn an_event_needs_only_its_type() {
    let case = one(json!({"event": {"type": "call.initiated"}}));
    assert!(matches!(
        case.map(|case| case.question),
        Ok(Question::Event(_))
    ));
}

#[test]
fn the_shared_cases_of_all_languages_are_read() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let file = CaseFile::read(&root.join("sdk/example/cases.json")).expect("they are right");
    assert!(file.cases.len() >= 20);
}

#[test]
fn toml_says_the_same_as_json() {
    let text = "[[cases]]\nname = \"x\"\ncall = { callee = \"0\" }\nexpect = { script = [{ respond = { status = 480 } }] }\n";
    let value = toml::from_str(text).expect("TOML");
    assert_eq!(read(value).map(|file| file.cases.len()), Ok(1));
}

#[test]
fn a_misspelt_key_is_told_with_its_case_and_what_was_meant() {
    let text = mistake(json!({"name": "a call", "call": {"calle": "1"}}));
    assert_eq!(
        text,
        "case 1, \"a call\": call: `calle` means nothing here; did you mean `callee`?"
    );
    let text = mistake(json!({"call": {"callee": "1"}, "expects": {}}));
    assert!(text.ends_with("did you mean `expect`?"), "{text}");
}

#[test]
fn a_call_without_a_callee_is_a_mistake_unless_a_verb_is_over() {
    assert!(mistake(json!({"call": {}})).contains("`callee` is missing"));
    assert!(one(json!({"call": {}, "resume": {"tag": "a", "outcome": "completed"}})).is_ok());
}

#[test]
fn a_case_asks_one_thing() {
    assert!(mistake(json!({"name": "x"})).contains("nothing to ask"));
    let both = json!({"call": {"callee": "1"}, "event": {"type": "call.initiated"}});
    assert!(mistake(both).contains("more than one thing"));
}

#[test]
fn what_cannot_come_of_a_question_cannot_be_expected() {
    let text = mistake(json!({"call": {"callee": "1"}, "expect": "proceed"}));
    assert!(text.contains(r#"it is {"script": […]}"#), "{text}");
    let text = mistake(json!({"call": {"callee": "1"}, "expect": {"script": [{"conect": {}}]}}));
    assert!(text.contains("conect"), "{text}");
}

#[test]
fn an_answer_is_a_response_or_an_error() {
    let text = mistake(json!({"call": {"callee": "1"}, "http": [{"url": "http://a/"}]}));
    assert!(text.contains("one of `response` and `error`"), "{text}");
}
