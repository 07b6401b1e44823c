//! Case files: a call (or registration, or event), the world it meets, and what the plugin must answer. JSON or TOML.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::{Map, Value, json};
use switchhook_routing::call::Call;
use switchhook_routing::directory::{Agent, Queue};
use switchhook_routing::event::Event;
use switchhook_routing::outcome::Outcome;
use switchhook_routing::registration::Registration;

use crate::error::{Mistake, suggestion};
use crate::expectation::{self, Expectation};
use crate::moment::{self, Moment};

mod defaults;

/// A file of cases.
#[derive(Debug, Clone, PartialEq)]
pub struct CaseFile {
    /// Where it is.
    pub path: PathBuf,
    /// The settings of cases that bring none; absent: the project's.
    pub settings: Option<Value>,
    /// The cases, in the order of the file.
    pub cases: Vec<Case>,
}

/// One case.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// A sentence.
    pub name: String,
    /// What is put to the plugin.
    pub question: Question,
    /// What the clock shows.
    pub at: Moment,
    /// Its own settings.
    pub settings: Option<Value>,
    /// Who is registered, and the like.
    pub directory: Population,
    /// What the plugin's state holds before.
    pub state: BTreeMap<String, String>,
    /// What HTTP servers answer.
    pub http: Vec<Recorded>,
    /// What must come of it; absent: anything but a failure.
    pub expect: Option<Expectation>,
    /// What the state must hold afterwards, of these keys; `None`: the key must not be there.
    pub expect_state: BTreeMap<String, Option<String>>,
    /// The requests that must have been sent, in order; absent: any.
    pub expect_http: Option<Vec<ExpectedRequest>>,
}

/// What is put to a plugin.
#[derive(Debug, Clone, PartialEq)]
pub enum Question {
    /// `route`
    Route(Box<Call>),
    /// `resume`
    Resume(Box<Call>, String, Outcome),
    /// `register`
    Register(Box<Registration>),
    /// `on-event`
    Event(Box<Event>),
}

/// Who and what a case's directory knows.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Population {
    /// The clients of the domain that are registered or in calls.
    #[serde(default)]
    pub clients: BTreeMap<String, Presence>,
    /// The agents.
    #[serde(default)]
    pub agents: Vec<Agent>,
    /// The queues.
    #[serde(default)]
    pub queues: Vec<Queue>,
}

/// How a client is.
#[derive(Debug, Clone, PartialEq, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Presence {
    /// Its contacts, most recent first.
    #[serde(default)]
    pub contacts: Vec<String>,
    /// The calls that it takes part in.
    #[serde(default)]
    pub active_calls: u32,
}

/// An HTTP answer that was recorded, or made up.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Recorded {
    /// The URL that is asked, exactly.
    pub url: String,
    /// The method; absent: any.
    pub method: Option<String>,
    /// The response.
    pub response: Option<RecordedResponse>,
    /// `timeout`, `denied`, `connection` or `too-large` instead of a response.
    pub error: Option<RecordedError>,
}

/// A response.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedResponse {
    /// The status.
    #[serde(default = "defaults::ok")]
    pub status: u16,
    /// The header fields.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body: a text, or any other JSON value, which is sent as JSON.
    #[serde(default)]
    pub body: Value,
}

/// Why there is no response.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum RecordedError {
    /// Nothing came in time.
    Timeout,
    /// The operator did not grant the host.
    Denied,
    /// No connection.
    Connection,
    /// Too much came.
    TooLarge,
}

/// A request that a plugin must have sent.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ExpectedRequest {
    /// The URL.
    pub url: String,
    /// The method; absent: any.
    pub method: Option<String>,
    /// Header fields that must be among those sent.
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    /// The body: a text, or any other JSON value, compared as JSON; absent: any.
    pub body: Option<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    settings: Option<Value>,
    cases: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawCase {
    #[serde(default)]
    name: String,
    call: Option<Map<String, Value>>,
    resume: Option<RawResume>,
    register: Option<Map<String, Value>>,
    event: Option<Map<String, Value>>,
    at: Option<String>,
    settings: Option<Value>,
    #[serde(default)]
    directory: Population,
    #[serde(default)]
    state: BTreeMap<String, Value>,
    #[serde(default)]
    http: Vec<Recorded>,
    expect: Option<Value>,
    #[serde(default)]
    expect_state: BTreeMap<String, Value>,
    expect_http: Option<Vec<ExpectedRequest>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawResume {
    tag: String,
    outcome: Outcome,
}

const KEYS: [&str; 13] = [
    "name",
    "call",
    "resume",
    "register",
    "event",
    "at",
    "settings",
    "directory",
    "state",
    "http",
    "expect",
    "expect_state",
    "expect_http",
];

/// What a case has that does not say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Usual {
    /// When it happens.
    pub at: Moment,
    /// The domain.
    pub domain: String,
}

impl Default for Usual {
    fn default() -> Usual {
        Usual {
            at: moment::USUAL,
            domain: "example.com".to_owned(),
        }
    }
}

impl Case {
    /// Lets it happen at another time.
    pub fn move_to(&mut self, at: Moment) {
        self.at = at;
        match &mut self.question {
            Question::Route(call) | Question::Resume(call, ..) => call.received_at = at.0,
            Question::Register(registration) => registration.received_at = at.0,
            Question::Event(event) => event.at = at.0,
        }
    }
}

impl CaseFile {
    /// Reads a file, TOML by its ending, else JSON.
    ///
    /// # Errors
    /// With the file, the case and what is wrong in it.
    pub fn read(path: &Path) -> Result<CaseFile, Mistake> {
        let value = document(path)?;
        CaseFile::of(path, value, &Usual::default()).map_err(|mistake| mistake.at(path.display()))
    }

    /// From a document that was read; `path` is for messages.
    ///
    /// # Errors
    /// With the case.
    pub fn of(path: &Path, value: Value, usual: &Usual) -> Result<CaseFile, Mistake> {
        let raw: RawFile = serde_json::from_value(value)
            .map_err(|error| Mistake(format!("{error}; a case file is {{\"cases\": [ … ]}}")))?;
        let mut cases = Vec::with_capacity(raw.cases.len());
        for (index, value) in raw.cases.into_iter().enumerate() {
            let number = index + 1;
            let name = value.get("name").and_then(Value::as_str).map(str::to_owned);
            let place = match name {
                Some(name) => format!("case {number}, \"{name}\""),
                None => format!("case {number}"),
            };
            cases.push(case(number, value, usual).map_err(|mistake| mistake.at(place))?);
        }
        Ok(CaseFile {
            path: path.to_owned(),
            settings: raw.settings,
            cases,
        })
    }
}

impl CaseFile {
    /// As [`CaseFile::read`], and also a file that is one case, or just a call.
    ///
    /// # Errors
    /// As [`CaseFile::read`].
    pub fn read_any(path: &Path, usual: &Usual) -> Result<CaseFile, Mistake> {
        let value = document(path)?;
        let has = |key: &str| value.get(key).is_some();
        let value = if has("cases") {
            value
        } else if ["call", "resume", "register", "event"].into_iter().any(has) {
            json!({ "cases": [value] })
        } else {
            json!({ "cases": [{ "call": value }] })
        };
        CaseFile::of(path, value, usual).map_err(|mistake| mistake.at(path.display()))
    }
}

/// Reads a JSON or (by its ending) TOML file.
///
/// # Errors
/// With the file and the line.
pub fn document(path: &Path) -> Result<Value, Mistake> {
    let place = path.display();
    let text = if path == Path::new("-") {
        std::io::read_to_string(std::io::stdin())
    } else {
        std::fs::read_to_string(path)
    };
    let text = text.map_err(|error| Mistake(error.to_string()).at(place))?;
    if path.extension().is_some_and(|ending| ending == "toml") {
        toml::from_str(&text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            let line = text.get(..start).unwrap_or("").matches('\n').count() + 1;
            Mistake(format!("{}:{line}: {}", path.display(), error.message()))
        })
    } else {
        serde_json::from_str(&text).map_err(|error| Mistake(error.to_string()).at(path.display()))
    }
}

fn case(number: usize, value: Value, usual: &Usual) -> Result<Case, Mistake> {
    if let Some(members) = value.as_object() {
        let unknown = members.keys().find(|key| !KEYS.contains(&key.as_str()));
        if let Some(key) = unknown {
            let near = suggestion(key, KEYS);
            return Err(Mistake(format!("`{key}` means nothing here{near}")));
        }
    }
    let raw: RawCase = serde_json::from_value(value).map_err(|error| Mistake(error.to_string()))?;
    let at = match &raw.at {
        Some(text) => Moment::parse(text).map_err(|mistake| mistake.at("at"))?,
        None => usual.at,
    };
    for recorded in &raw.http {
        if recorded.response.is_some() == recorded.error.is_some() {
            let text = "one of `response` and `error` is needed";
            return Err(Mistake::new(text).at(format!("http, {}", recorded.url)));
        }
    }
    let question = question(
        number,
        raw.call,
        raw.resume,
        raw.register,
        raw.event,
        (at, &usual.domain),
    )?;
    let expect = raw
        .expect
        .map(|value| expectation::parse(value, &question).map_err(|mistake| mistake.at("expect")));
    let text = |value: Value| match value {
        Value::String(text) => text,
        other => other.to_string(),
    };
    let expected_text = |value: Value| (!value.is_null()).then(|| text(value));
    Ok(Case {
        name: raw.name,
        question,
        at,
        settings: raw.settings,
        directory: raw.directory,
        state: raw.state.into_iter().map(|(k, v)| (k, text(v))).collect(),
        http: raw.http,
        expect: expect.transpose()?,
        expect_state: (raw.expect_state.into_iter())
            .map(|(key, value)| (key, expected_text(value)))
            .collect(),
        expect_http: raw.expect_http,
    })
}

fn question(
    number: usize,
    call: Option<Map<String, Value>>,
    resume: Option<RawResume>,
    register: Option<Map<String, Value>>,
    event: Option<Map<String, Value>>,
    place: (Moment, &str),
) -> Result<Question, Mistake> {
    match (call, resume, register, event) {
        (call, Some(resume), None, None) => {
            let call = defaults::call(number, call.unwrap_or_default(), place, false)
                .map_err(|mistake| mistake.at("call"))?;
            Ok(Question::Resume(Box::new(call), resume.tag, resume.outcome))
        }
        (Some(call), None, None, None) => {
            let call = defaults::call(number, call, place, true).map_err(|m| m.at("call"))?;
            Ok(Question::Route(Box::new(call)))
        }
        (None, None, Some(registration), None) => {
            let registration = defaults::registration(registration, place);
            let registration = registration.map_err(|m| m.at("register"))?;
            Ok(Question::Register(Box::new(registration)))
        }
        (None, None, None, Some(event)) => {
            let event = defaults::event(number, event, place).map_err(|m| m.at("event"))?;
            Ok(Question::Event(Box::new(event)))
        }
        (None, None, None, None) => Err(Mistake::new(
            "it has nothing to ask: write a `call`, a `resume`, a `register` or an `event`",
        )),
        _ => Err(Mistake::new(
            "it asks more than one thing: `call` (with or without `resume`), `register` and `event` exclude each other",
        )),
    }
}

#[cfg(test)]
mod tests;
