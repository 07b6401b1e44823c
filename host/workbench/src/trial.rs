//! One case put to one plugin: the world that it meets made, the question asked, what came held against what was expected.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Value, json};
use switchhook_routing::call::Header;
use switchhook_wasm::clock::FixedClock;
use switchhook_wasm::error::PluginError;
use switchhook_wasm::plugins::Plugins;
use switchhook_wasm::trace::{self, Asked, HttpAnswer, HttpAnswers, HttpExchange, Scene};

use crate::case::{Case, ExpectedRequest, Question, Recorded, RecordedError, RecordedResponse};
use crate::diff::{self, Line};
use crate::doubles::Described;
use crate::expectation::Answer;

/// The methods that a recorded answer without one is for.
const METHODS: [&str; 6] = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"];

/// What came of a case.
#[derive(Debug, Clone)]
pub struct Verdict {
    /// What the plugin answered.
    pub answer: Answer,
    /// Everything that happened meanwhile.
    pub asked: Asked,
    /// What is wrong; none: the case passed.
    pub faults: Vec<Fault>,
}

/// Something that is not as the case expects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// In words.
    pub text: String,
    /// Expected and got, line by line; may be empty.
    pub lines: Vec<Line>,
}

impl Verdict {
    /// Whether everything was as expected.
    pub fn passed(&self) -> bool {
        self.faults.is_empty()
    }
}

/// The world of a case. `settings`: those of the file or the project, where the case has none.
pub fn scene(case: &Case, settings: &Value) -> Scene {
    let settings = case.settings.as_ref().unwrap_or(settings);
    let state = case.state.iter();
    Scene {
        directory: Some(Arc::new(Described(case.directory.clone()))),
        clock: Some(Arc::new(FixedClock(case.at.since_epoch()))),
        http: Some(Arc::new(answers(&case.http))),
        state: Some(
            state
                .map(|(key, value)| (key.clone(), value.clone().into_bytes()))
                .collect(),
        ),
        settings: Some(settings.to_string()),
    }
}

/// Recorded answers as the engine gives them.
pub fn answers(recorded: &[Recorded]) -> HttpAnswers {
    HttpAnswers::new(recorded.iter().flat_map(|recorded| {
        let answer = match (&recorded.response, recorded.error) {
            (Some(response), _) => self::response(response),
            (None, Some(RecordedError::Timeout)) => HttpAnswer::Timeout,
            (None, Some(RecordedError::TooLarge)) => HttpAnswer::TooLarge,
            (None, Some(RecordedError::Denied)) => {
                HttpAnswer::Denied(format!("{} is not granted", recorded.url))
            }
            (None, _) => HttpAnswer::Connection("connection refused".to_owned()),
        };
        let methods: Vec<&str> = match &recorded.method {
            Some(method) => vec![method],
            None => METHODS.to_vec(),
        };
        let url = recorded.url.clone();
        let one = move |method: &str| (method.to_owned(), url.clone(), answer.clone());
        methods.into_iter().map(one).collect::<Vec<_>>()
    }))
}

fn response(response: &RecordedResponse) -> HttpAnswer {
    let mut headers: Vec<Header> = (response.headers.iter())
        .map(|(name, value)| Header {
            name: name.clone(),
            value: value.clone(),
        })
        .collect();
    let body = match &response.body {
        Value::Null => Vec::new(),
        Value::String(text) => text.clone().into_bytes(),
        other => {
            let is_type = |header: &Header| header.name.eq_ignore_ascii_case("content-type");
            if !headers.iter().any(is_type) {
                headers.push(Header {
                    name: "Content-Type".to_owned(),
                    value: "application/json".to_owned(),
                });
            }
            other.to_string().into_bytes()
        }
    };
    HttpAnswer::Response {
        status: response.status,
        headers,
        body,
    }
}

/// Puts a case to a loaded plugin.
///
/// # Errors
/// The plugin is not loaded, or the settings cannot be used.
pub async fn run(
    plugins: &Plugins,
    plugin: &str,
    case: &Case,
    settings: &Value,
) -> Result<Verdict, PluginError> {
    let scene = scene(case, settings);
    let asked = plugins.trace(plugin, question(case), &scene).await?;
    Ok(judge(case, asked))
}

/// What a case asks, as the engine takes it.
pub fn question(case: &Case) -> trace::Question<'_> {
    match &case.question {
        Question::Route(call) => trace::Question::Route(call),
        Question::Resume(call, tag, outcome) => trace::Question::Resume { call, tag, outcome },
        Question::Register(registration) => trace::Question::Register(registration),
        Question::Event(event) => trace::Question::Observe(event),
    }
}

/// Holds what happened against what a case expects.
pub fn judge(case: &Case, asked: Asked) -> Verdict {
    let answer = match &asked.answer {
        Ok(trace::Answer::Decision(decision)) => Answer::Decision(decision.clone()),
        Ok(trace::Answer::Continuation(next)) => Answer::Continuation(next.clone()),
        Ok(trace::Answer::Registration(result)) => Answer::Registration(result.clone()),
        Ok(trace::Answer::Observed) => Answer::Heard,
        Err(PluginError::Refused(text)) => Answer::Failed(text.clone()),
        Err(error) => Answer::Failed(error.to_string()),
    };
    let mut faults = Vec::new();
    match &case.expect {
        Some(expectation) => {
            let lines = expectation.differences(&answer);
            if !lines.is_empty() {
                let text = "the answer is another one".to_owned();
                faults.push(Fault { text, lines });
            }
        }
        None => {
            if let Answer::Failed(text) = &answer {
                let text = format!("it failed: {text}");
                faults.push(Fault::plain(text));
            }
        }
    }
    let state = asked.state.clone().unwrap_or_default();
    faults.extend(state_faults(case, &state));
    if let Some(expected) = &case.expect_http {
        faults.extend(http_faults(expected, &asked.http));
    }
    Verdict {
        answer,
        asked,
        faults,
    }
}

impl Fault {
    fn plain(text: String) -> Fault {
        let lines = Vec::new();
        Fault { text, lines }
    }
}

fn state_faults(case: &Case, state: &BTreeMap<String, Vec<u8>>) -> Vec<Fault> {
    let fault = |(key, expected): (&String, &Option<String>)| {
        let got = state.get(key).map(|value| String::from_utf8_lossy(value));
        let lines = diff::diff(&json!(expected), &json!(got));
        let text = format!("the state of \"{key}\" is another one");
        (!lines.is_empty()).then_some(Fault { text, lines })
    };
    case.expect_state.iter().filter_map(fault).collect()
}

fn http_faults(expected: &[ExpectedRequest], sent: &[HttpExchange]) -> Vec<Fault> {
    let mut faults = Vec::new();
    if expected.len() != sent.len() {
        let urls: Vec<String> = (sent.iter())
            .map(|exchange| format!("{} {}", exchange.method, exchange.url))
            .collect();
        let urls = if urls.is_empty() {
            "none".to_owned()
        } else {
            urls.join(", ")
        };
        let text = format!("{} HTTP requests expected, sent: {urls}", expected.len());
        faults.push(Fault::plain(text));
    }
    for (number, (expected, sent)) in expected.iter().zip(sent).enumerate() {
        let lines = diff::diff(&wanted(expected), &got(expected, sent));
        if !lines.is_empty() {
            let text = format!("HTTP request {} is another one", number + 1);
            faults.push(Fault { text, lines });
        }
    }
    faults
}

fn wanted(expected: &ExpectedRequest) -> Value {
    let mut wanted = json!({ "url": expected.url });
    if let Some(method) = &expected.method {
        wanted["method"] = json!(method);
    }
    for (name, value) in &expected.headers {
        wanted["headers"][name] = json!(value);
    }
    if let Some(body) = &expected.body {
        wanted["body"] = body.clone();
    }
    wanted
}

/// Of what was sent, as much as is expected.
fn got(expected: &ExpectedRequest, sent: &HttpExchange) -> Value {
    let mut got = json!({ "url": sent.url });
    if expected.method.is_some() {
        got["method"] = json!(sent.method);
    }
    for name in expected.headers.keys() {
        let header = (sent.headers.iter()).find(|header| header.name.eq_ignore_ascii_case(name));
        got["headers"][name] = json!(header.map(|header| &header.value));
    }
    if let Some(body) = &expected.body {
        let text = String::from_utf8_lossy(&sent.body);
        got["body"] = match body {
            Value::String(_) => json!(text),
            _ => serde_json::from_str(&text).unwrap_or_else(|_| json!(text)),
        };
    }
    got
}

/// The hosts that a plugin asked and that `plugin.toml` does not name under `[needs]`: in production it would be denied them.
pub fn ungranted(exchanges: &[HttpExchange], needs: &[String]) -> Vec<String> {
    let mut hosts: Vec<String> = Vec::new();
    for host in exchanges.iter().filter_map(|sent| authority(&sent.url)) {
        if !needs.iter().any(|need| covers(need, &host)) && !hosts.contains(&host) {
            hosts.push(host);
        }
    }
    hosts
}

/// Whether a need (`crm.example.com`, `*.example.com:8443`, `crm:80=10.0.0.0/8`) covers a `host:port`.
fn covers(need: &str, authority: &str) -> bool {
    let need = need.split('=').next().unwrap_or(need).trim();
    let need = need.to_ascii_lowercase();
    let Some((host, port)) = authority.rsplit_once(':') else {
        return false;
    };
    let (wanted, port_fits) = match need.rsplit_once(':') {
        Some((wanted, wanted_port)) if !wanted_port.ends_with(']') => (wanted, wanted_port == port),
        _ => (need.as_str(), matches!(port, "80" | "443")),
    };
    let host_fits = match wanted.strip_prefix('*') {
        Some(below) => host.ends_with(below),
        None => host == wanted,
    };
    port_fits && host_fits
}

/// `host:port` of a URL.
fn authority(url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once("://")?;
    let host = rest.split(['/', '?', '#']).next()?.to_ascii_lowercase();
    let has_port = host.rsplit_once(':').is_some_and(|(_, port)| {
        !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
    });
    Some(match (has_port, scheme) {
        (true, _) => host,
        (false, "https") => format!("{host}:443"),
        (false, _) => format!("{host}:80"),
    })
}

#[cfg(test)]
#[path = "trial_tests.rs"]
mod tests;
