//! Verdicts and what follows from them.

use switchhook_sdk::http::{HttpError, Request, Response};
use switchhook_sdk::serde_json::{Value, json};

use super::*;
use crate::Screen;

fn call(caller: &str) -> Call {
    let mut call = testing::call(caller, "100");
    call.origin = Origin::Trunk("carrier".to_owned());
    call
}

fn settings() -> Value {
    json!({
        "allow": ["+4930999*"],
        "block": {"+1900*": true},
        "attestation": {"carrier": "gateway", "*": "full"},
        "rates": [{"by": "caller", "calls": 2, "seconds": 60}],
        "score": {
            "url": "https://spam.example.com/{number}",
            "spam_from": 80,
            "suspicious_from": 50
        }
    })
}

fn scores(request: &Request) -> Result<Response, HttpError> {
    let score = match request.url.rsplit('/').next() {
        Some("%2B4950") => json!({"score": 50}),
        Some("%2B4990") => json!({"score": "90.5"}),
        Some("%2B4900") => json!({"other": 1}),
        Some("%2B4901") => return Err(HttpError::Timeout),
        _ => json!({"score": 1}),
    };
    Ok(testing::response(200, score.to_string()))
}

fn host(settings: Value) -> testing::Host {
    testing::Host::new().settings(settings).server(scores)
}

fn vouched(caller: &str) -> Call {
    let mut call = call(caller);
    call.attestation = Attestation::Gateway;
    call
}

fn ended(decision: Result<Decision, Error>) -> (Vec<Verb>, Verb) {
    match decision {
        Ok(Decision::Script(mut script)) => {
            let last = script.pop().expect("a verb");
            (script, last)
        }
        other => panic!("{other:?}"),
    }
}

fn reason(value: &str) -> Vec<Verb> {
    [("screen", "suspicious"), ("screen.reason", value)]
        .map(|(name, value)| Verb::SetVariable(variable(name, value)))
        .to_vec()
}

#[test]
fn a_call_that_nothing_is_wrong_with_is_clean() {
    let host = host(settings());
    assert_eq!(
        host.route::<Screen>(&vouched("+4912345")),
        Ok(next()
            .with("screen", "clean")
            .with("screen.score", "1")
            .into())
    );
}

#[test]
fn lists_decide_before_everything_else() {
    let host = host(settings());
    for _ in 0..5 {
        assert_eq!(
            host.route::<Screen>(&call("+49309990")),
            Ok(next().with("screen", "allowed").into())
        );
    }
    let (set, last) = ended(host.route::<Screen>(&vouched("+19005550100")));
    assert_eq!(set, reason("blocked"));
    assert_eq!(vec![last], respond(603).into_script());
    assert!(host.requests().is_empty());
}

#[test]
fn each_trunk_has_its_own_least_attestation() {
    let host = host(settings());
    for (trunk, level, passes) in [
        ("carrier", Attestation::Gateway, true),
        ("carrier", Attestation::Unknown, false),
        ("carrier", Attestation::Failed, false),
        ("other", Attestation::Partial, false),
        ("other", Attestation::Full, true),
    ] {
        let mut call = call(&format!("+4977{trunk}{level:?}"));
        call.origin = Origin::Trunk(trunk.to_owned());
        call.attestation = level;
        let decision = host.route::<Screen>(&call);
        assert_eq!(
            matches!(decision, Ok(Decision::Next(_))),
            passes,
            "{trunk} {level:?}"
        );
    }
}

#[test]
fn too_many_calls_are_told_when_to_come_back() {
    let host = host(settings());
    for _ in 0..2 {
        assert!(matches!(
            host.route::<Screen>(&vouched("+4911")),
            Ok(Decision::Next(_))
        ));
    }
    let (set, last) = ended(host.route::<Screen>(&vouched("+4911")));
    assert_eq!(set, reason("rate"));
    assert_eq!(
        vec![last],
        respond(480).header("Retry-After", "60").into_script()
    );
}

#[test]
fn a_score_marks_or_ends_a_call_and_none_does_neither() {
    let host = host(settings());
    assert_eq!(
        host.route::<Screen>(&vouched("+4950")),
        Ok(next()
            .with("screen", "suspicious")
            .with("screen.reason", "suspicious")
            .with("screen.score", "50")
            .into())
    );
    let (_, last) = ended(host.route::<Screen>(&vouched("+4990")));
    assert_eq!(vec![last], respond(608).reason("Rejected").into_script());
    for caller in ["+4900", "+4901"] {
        assert_eq!(
            host.route::<Screen>(&vouched(caller)),
            Ok(next().with("screen", "clean").into())
        );
    }
}

#[test]
fn who_is_only_marked_still_has_the_other_checks_to_pass() {
    let mut settings = settings();
    settings["rates"] = json!([]);
    settings["verdicts"] = json!({"unattested": {"variables": {"why": "unattested"}}});
    let host = host(settings);
    assert_eq!(
        host.route::<Screen>(&call("+4912345")),
        Ok(next()
            .with("screen", "suspicious")
            .with("screen.reason", "unattested")
            .with("screen.score", "1")
            .with("why", "unattested")
            .into())
    );
    let (set, _) = ended(host.route::<Screen>(&call("+4990")));
    assert_eq!(set[..2], reason("spam"));
}

#[test]
fn a_hidden_number_can_lead_to_a_menu_and_comes_back_from_it_only_once() {
    let settings = json!({"verdicts": {"anonymous": {"redial": "captcha"}}});
    let host = host(settings);
    let (set, last) = ended(host.route::<Screen>(&call("anonymous")));
    assert_eq!(set, reason("anonymous"));
    assert_eq!(vec![last], redial("captcha").into_script());
    let mut back = call("anonymous");
    back.variables.push(variable("screen", "suspicious"));
    assert_eq!(host.route::<Screen>(&back), Ok(next().into()));
    let plain = testing::Host::new();
    assert_eq!(
        plain.route::<Screen>(&call("anonymous")),
        Ok(next()
            .with("screen", "suspicious")
            .with("screen.reason", "anonymous")
            .into())
    );
}

#[test]
fn clients_are_screened_only_if_the_settings_say_so() {
    let mut settings = settings();
    let mut call = call("+19005550100");
    call.origin = Origin::Client("alice".to_owned());
    assert_eq!(
        host(settings.clone()).route::<Screen>(&call),
        Ok(next().into())
    );
    settings["origins"] = json!(["client", "trunk"]);
    assert!(matches!(
        host(settings).route::<Screen>(&call),
        Ok(Decision::Script(_))
    ));
}

#[test]
fn settings_that_are_wrong_say_where() {
    let error = |settings: Value| {
        let decision = host(settings).route::<Screen>(&call("+49"));
        decision.unwrap_err().text().to_owned()
    };
    assert_eq!(
        error(json!({"attestation": {"carrier": "A"}})),
        "attestation.carrier: must be `full`, `partial`, `gateway`, `unknown` or `failed`"
    );
    assert!(
        error(json!({"score": {"url": "https://x", "spam_at": 1}}))
            .starts_with("score: unknown key")
    );
    assert!(
        error(json!({"verdicts": {"clean": {"do": 1}}}))
            .starts_with("verdicts.clean: unknown key `do`")
    );
    assert!(error(json!({"origins": "trunk"})).starts_with("settings at /origins: "));
}
