//! Case files, run natively: the same files that `switchhook plugin test` runs against the component.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value, json};

use crate::call::Call;
use crate::decision::{Continuation, Decision};
use crate::directory::{Agent, Queue};
use crate::event::Event;
use crate::gatekeeper::Gatekeeper;
use crate::http::{HttpError, Request, Response};
use crate::observer::Observer;
use crate::outcome::Outcome;
use crate::registration::{Grant, Refusal, Registration};
use crate::router::Router;
use crate::testing::{Host, zone};

/// When a case does not say.
const USUAL_TIME: &str = "2026-01-15T12:00:00Z";

/// A case file and the plugin that it is for.
///
/// ```
/// # use switchhook_sdk::prelude::*;
/// # struct Desk;
/// # impl Router for Desk { fn route(_: &Call) -> Result<Decision, Error> { Ok(respond(486).into()) } }
/// let file = r#"{"cases": [{"name": "the desk is busy", "call": {"caller": "1", "callee": "2"},
///     "expect": {"script": [{"respond": {"status": 486}}]}}]}"#;
/// testing::Cases::new(file).router::<Desk>().run();
/// ```
pub struct Cases {
    file: File,
    settings: Option<Value>,
    route: Option<Route>,
    resume: Option<Resume>,
    register: Option<Register>,
    observe: Option<fn(&Event)>,
}

type Route = fn(&Call) -> Result<Decision, crate::error::Error>;
type Register = fn(&Registration) -> Result<Grant, Refusal>;
type Resume = fn(&Call, &str, &Outcome) -> Result<Continuation, crate::error::Error>;

impl Cases {
    /// The text of a case file.
    ///
    /// # Panics
    /// If it is no such file.
    pub fn new(file: &str) -> Cases {
        let file = serde_json::from_str(file).unwrap_or_else(|error| panic!("cases: {error}"));
        Cases {
            file,
            settings: None,
            route: None,
            resume: None,
            register: None,
            observe: None,
        }
    }

    /// The settings of cases that bring none: the text of `settings.json`.
    ///
    /// # Panics
    /// If it is not JSON.
    #[must_use]
    pub fn settings(mut self, file: &str) -> Cases {
        let settings =
            serde_json::from_str(file).unwrap_or_else(|error| panic!("settings: {error}"));
        self.settings = Some(settings);
        self
    }

    /// Asks this plugin where calls go.
    #[must_use]
    pub fn router<R: Router>(mut self) -> Cases {
        self.route = Some(R::route);
        self.resume = Some(R::resume);
        self
    }

    /// Asks this plugin who may register.
    #[must_use]
    pub fn gatekeeper<G: Gatekeeper>(mut self) -> Cases {
        self.register = Some(G::register);
        self
    }

    /// Tells this plugin what happens.
    #[must_use]
    pub fn observer<O: Observer>(mut self) -> Cases {
        self.observe = Some(O::on_event);
        self
    }

    /// Runs all of them.
    ///
    /// # Panics
    /// If one of them does not give what it expects; the text lists all of these.
    pub fn run(&self) {
        assert!(!self.file.cases.is_empty(), "no cases");
        let failed: Vec<String> = self
            .file
            .cases
            .iter()
            .filter_map(|case| {
                let why = self.check(case).err()?;
                Some(format!("  {}\n    {why}\n", case.name))
            })
            .collect();
        assert!(
            failed.is_empty(),
            "{} of {} cases failed:\n{}",
            failed.len(),
            self.file.cases.len(),
            failed.concat()
        );
    }

    fn check(&self, case: &Case) -> Result<(), String> {
        let at = case.at.as_deref().unwrap_or(USUAL_TIME);
        let now = zone::milliseconds(at)?;
        let host = self.host(case).at(now);
        let got = self.ask(case, &host, now)?;
        if let Some(expected) = &case.expect {
            let expected = normal(expected)?;
            if !agrees(&expected, &got) {
                return Err(format!("expected {expected}\n    got      {got}"));
            }
        }
        for (key, value) in &case.expect_state {
            let stored = host.stored(key);
            if stored.as_ref() != Some(value) {
                return Err(format!(
                    "expected {key} = {value} in the state, got {stored:?}"
                ));
            }
        }
        match &case.expect_http {
            Some(expected) => check_requests(expected, &host.requests()),
            None => Ok(()),
        }
    }

    fn host(&self, case: &Case) -> Host {
        let mut host = Host::new();
        let settings = [&case.settings, &self.file.settings, &self.settings];
        if let Some(settings) = settings.into_iter().find_map(Option::as_ref) {
            host = host.settings(settings.clone());
        }
        for (name, client) in &case.directory.clients {
            let contacts: Vec<&str> = client.contacts.iter().map(String::as_str).collect();
            host = host.client(name, &contacts, client.active_calls);
        }
        for (key, value) in &case.state {
            host = host.state(key, value);
        }
        {
            let mut inner = host.0.borrow_mut();
            inner.agents = case.directory.agents.clone();
            inner.queues = case.directory.queues.clone();
        }
        let answers = case.http.clone();
        host.server(move |request| answer(&answers, request))
    }

    fn ask(&self, case: &Case, host: &Host, now: u64) -> Result<Value, String> {
        if let Some(registration) = &case.register {
            let register = self.register.ok_or("the plugin is no gatekeeper")?;
            return Ok(match host.run(|| register(registration)) {
                Ok(grant) => json!({ "grant": grant }),
                Err(refusal) => json!({ "refusal": refusal }),
            });
        }
        if let Some(event) = &case.event {
            let observe = self.observe.ok_or("the plugin is no observer")?;
            host.run(|| observe(event));
            return Ok(Value::Null);
        }
        let call = call(case.call.as_ref().ok_or("a case without a call")?, now)?;
        if let Some(resume) = &case.resume {
            let ask = self.resume.ok_or("the plugin is no router")?;
            let continuation = host.run(|| ask(&call, &resume.tag, &resume.outcome));
            return Ok(match continuation {
                Ok(continuation) => json!(continuation),
                Err(error) => json!({ "error": error.text() }),
            });
        }
        let route = self.route.ok_or("the plugin is no router")?;
        Ok(match host.run(|| route(&call)) {
            Ok(decision) => json!(decision),
            Err(error) => json!({ "error": error.text() }),
        })
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    settings: Option<Value>,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    call: Option<Map<String, Value>>,
    at: Option<String>,
    settings: Option<Value>,
    #[serde(default)]
    directory: Directory,
    #[serde(default)]
    state: BTreeMap<String, String>,
    #[serde(default)]
    http: Vec<Recorded>,
    resume: Option<ResumeOf>,
    register: Option<Registration>,
    event: Option<Event>,
    expect: Option<Value>,
    #[serde(default)]
    expect_state: BTreeMap<String, String>,
    expect_http: Option<Vec<ExpectedRequest>>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Directory {
    clients: BTreeMap<String, ClientOf>,
    agents: Vec<Agent>,
    queues: Vec<Queue>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct ClientOf {
    contacts: Vec<String>,
    active_calls: u32,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ResumeOf {
    tag: String,
    outcome: Outcome,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct Recorded {
    url: String,
    method: Option<String>,
    response: Option<RecordedResponse>,
    error: Option<String>,
}

#[derive(Deserialize, Clone)]
#[serde(deny_unknown_fields)]
struct RecordedResponse {
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ExpectedRequest {
    url: String,
    method: Option<String>,
    /// Absent: any. Text, or JSON that the body must be.
    #[serde(default, deserialize_with = "present")]
    body: Option<Value>,
}

fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

/// A call with what the case leaves out.
fn call(said: &Map<String, Value>, now: u64) -> Result<Call, String> {
    let caller = said.get("caller").and_then(Value::as_str).unwrap_or("1001");
    let mut call = json!({
        "id": "case-1", "sip_call_id": "case-1", "domain": "example.com", "caller": caller, "callee": "100",
        "origin": {"client": caller}, "source_address": "192.0.2.7:5060", "received_at": now,
    });
    if let Some(call) = call.as_object_mut() {
        call.extend(said.clone());
    }
    serde_json::from_value(call).map_err(|error| format!("call: {error}"))
}

/// The expectation after it went through the vocabulary: what is absent has its default then.
fn normal(expected: &Value) -> Result<Value, String> {
    let of = |error: serde_json::Error| format!("expect: {error}");
    let again = |value: Value| Ok(value);
    match expected.as_object().and_then(|object| object.keys().next()) {
        Some(key) if key == "script" || key == "next" => {
            let decision: Decision = serde_json::from_value(expected.clone()).map_err(of)?;
            again(json!(decision))
        }
        Some(key) if key == "grant" => {
            let grant: Grant = serde_json::from_value(expected["grant"].clone()).map_err(of)?;
            again(json!({ "grant": grant }))
        }
        _ => again(expected.clone()),
    }
}

/// Errors and refusals need only agree in what is said of them.
fn agrees(expected: &Value, got: &Value) -> bool {
    if let (Some(part), Some(whole)) = (expected["error"].as_str(), got["error"].as_str()) {
        return whole.contains(part);
    }
    if let (Some(said), Some(refusal)) = (expected["refusal"].as_object(), got.get("refusal")) {
        return said
            .iter()
            .all(|(name, value)| refusal.get(name) == Some(value));
    }
    expected == got
}

/// The first recorded answer for this URL and method; the last one of several is given again and again.
fn answer(recorded: &[Recorded], request: &Request) -> Result<Response, HttpError> {
    let fits = |one: &&Recorded| {
        one.url == request.url
            && one
                .method
                .as_ref()
                .is_none_or(|method| *method == request.method)
    };
    let Some(one) = recorded.iter().find(fits) else {
        return Err(HttpError::Denied(format!(
            "no recorded answer for {} {}",
            request.method, request.url
        )));
    };
    match (&one.response, one.error.as_deref()) {
        (Some(response), _) => Ok(Response {
            status: response.status,
            headers: response
                .headers
                .iter()
                .map(|(name, value)| crate::call::Header {
                    name: name.clone(),
                    value: value.clone(),
                })
                .collect(),
            body: text(&response.body).into_bytes(),
        }),
        (None, Some("timeout")) => Err(HttpError::Timeout),
        (None, Some("too-large")) => Err(HttpError::TooLarge),
        (None, Some("denied")) => Err(HttpError::Denied(request.url.clone())),
        (None, _) => Err(HttpError::Connection("recorded".to_owned())),
    }
}

/// A body as it is written in a case: text as it is, anything else as JSON.
fn text(body: &Value) -> String {
    match body {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        json => json.to_string(),
    }
}

fn check_requests(expected: &[ExpectedRequest], sent: &[Request]) -> Result<(), String> {
    let urls = || sent.iter().map(|r| r.url.as_str()).collect::<Vec<_>>();
    if expected.len() != sent.len() {
        return Err(format!(
            "expected {} requests, sent {:?}",
            expected.len(),
            urls()
        ));
    }
    for (expected, sent) in expected.iter().zip(sent) {
        let method = expected.method.as_ref().unwrap_or(&sent.method);
        if expected.url != sent.url || *method != sent.method {
            return Err(format!("expected {}, sent {:?}", expected.url, urls()));
        }
        let Some(body) = &expected.body else { continue };
        let got = String::from_utf8_lossy(&sent.body);
        let same = match body {
            Value::String(text) => *text == got,
            json => serde_json::from_str::<Value>(&got).is_ok_and(|got| got == *json),
        };
        if !same {
            return Err(format!("expected the body {body}\n    sent     {got}"));
        }
    }
    Ok(())
}
