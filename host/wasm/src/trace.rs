//! One question to one plugin for its developer: in surroundings that the caller sets, with everything that happened meanwhile.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use switchhook_routing::call::{Call, Header};
use switchhook_routing::decision::{Continuation, Decision};
use switchhook_routing::event::Event;
use switchhook_routing::outcome::Outcome;
use switchhook_routing::registration::{Grant, Refusal, Registration};

use crate::clock::Clock;
use crate::directory::Directory;
use crate::error::PluginError;

/// What a plugin is asked.
#[derive(Debug, Clone, Copy)]
pub enum Question<'a> {
    /// `route`
    Route(&'a Call),
    /// `resume`
    Resume {
        /// The call as it is now.
        call: &'a Call,
        /// The tag of the verb that is over.
        tag: &'a str,
        /// What came of it.
        outcome: &'a Outcome,
    },
    /// `register`
    Register(&'a Registration),
    /// `on-event`
    Observe(&'a Event),
}

impl<'a> Question<'a> {
    /// What lines in the log are marked with (the call, or the client that registers), and the domain.
    pub(crate) fn subject(&self) -> (&'a str, &'a str) {
        match *self {
            Question::Route(call) | Question::Resume { call, .. } => (&call.id, &call.domain),
            Question::Register(registration) => (&registration.username, &registration.domain),
            Question::Observe(event) => (&event.subject.call_id, &event.subject.domain),
        }
    }
}

/// What a plugin answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Answer {
    /// To `route`.
    Decision(Decision),
    /// To `resume`.
    Continuation(Continuation),
    /// To `register`.
    Registration(Result<Grant, Refusal>),
    /// To `on-event`: nothing.
    Observed,
}

/// The surroundings of a question; what is `None` is that of the switch.
#[derive(Clone, Default)]
pub struct Scene {
    /// The clients, agents and queues.
    pub directory: Option<Arc<dyn Directory>>,
    /// What time it is.
    pub clock: Option<Arc<dyn Clock>>,
    /// Answers to HTTP requests; the network is then out of reach, and grants are not looked at.
    pub http: Option<Arc<HttpAnswers>>,
    /// The plugin's state before the question; the plugin's own state is then neither read nor changed.
    pub state: Option<BTreeMap<String, Vec<u8>>>,
    /// The plugin's settings: JSON.
    pub settings: Option<String>,
}

/// What happened when a plugin was asked.
#[derive(Debug, Clone)]
pub struct Asked {
    /// The plugin's name.
    pub plugin: String,
    /// What it answered, or why it did not.
    pub answer: Result<Answer, PluginError>,
    /// What it logged or printed, in order.
    pub log: Vec<LogLine>,
    /// What it asked of the host, in order.
    pub host_calls: Vec<HostCall>,
    /// The HTTP requests that it made, in order, with their answers: both `http.fetch` and `wasi:http`.
    pub http: Vec<HttpExchange>,
    /// Its state afterwards, if the scene set one.
    pub state: Option<BTreeMap<String, Vec<u8>>>,
    /// The time it took, waiting included: nanoseconds.
    pub nanoseconds: u64,
    /// CPU time, that of host calls included: nanoseconds.
    pub cpu_nanoseconds: u64,
    /// How many instructions were carried out, if the runtime counts them.
    pub instructions: Option<u64>,
    /// Linear memory that the instance had at the end: bytes.
    pub memory_bytes: usize,
}

impl Asked {
    /// A plugin that could not be asked.
    pub(crate) fn nothing(plugin: &str, error: PluginError) -> Asked {
        Asked {
            plugin: plugin.to_owned(),
            answer: Err(error),
            log: Vec::new(),
            host_calls: Vec::new(),
            http: Vec::new(),
            state: None,
            nanoseconds: 0,
            cpu_nanoseconds: 0,
            instructions: None,
            memory_bytes: 0,
        }
    }
}

/// A line of a plugin in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogLine {
    /// How much it matters: `error`, `warn`, `info`, `debug` or `trace`; `print` for what went to standard output or error.
    pub level: &'static str,
    /// The text.
    pub text: String,
}

/// Something that a plugin asked of the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HostCall {
    /// The interface, such as `state`.
    pub interface: &'static str,
    /// The function, such as `get`.
    pub function: &'static str,
    /// The arguments and the result, cut short.
    pub summary: String,
    /// How long it took, waiting included: nanoseconds.
    pub nanoseconds: u64,
}

/// An HTTP request with its answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpExchange {
    /// The method.
    pub method: String,
    /// The URL.
    pub url: String,
    /// The header fields that the plugin set.
    pub headers: Vec<Header>,
    /// The body of the request.
    pub body: Vec<u8>,
    /// What came back.
    pub answer: HttpAnswer,
}

/// The answer to an HTTP request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HttpAnswer {
    /// A response.
    Response {
        /// The status code.
        status: u16,
        /// The header fields.
        headers: Vec<Header>,
        /// The body.
        body: Vec<u8>,
    },
    /// Not granted; the text says what.
    Denied(String),
    /// The request could not be sent as it is; the text says why.
    Invalid(String),
    /// No connection, or it broke; the text says what happened.
    Connection(String),
    /// No response in time.
    Timeout,
    /// The response is too large.
    TooLarge,
}

/// Answers to HTTP requests, by method and URL. Several of the same method and URL are given in their order; the last of them is
/// repeated. A request without an answer gets a connection error that says so.
#[derive(Debug, Default)]
pub struct HttpAnswers {
    answers: Mutex<HashMap<(String, String), Queue>>,
}

#[derive(Debug, Default)]
struct Queue {
    answers: Vec<HttpAnswer>,
    given: usize,
}

impl HttpAnswers {
    /// Answers as (method, URL, answer), in their order.
    pub fn new(answers: impl IntoIterator<Item = (String, String, HttpAnswer)>) -> HttpAnswers {
        let mut by_request = HashMap::<_, Queue>::new();
        for (method, url, answer) in answers {
            let queue = by_request.entry((method, url)).or_default();
            queue.answers.push(answer);
        }
        HttpAnswers {
            answers: Mutex::new(by_request),
        }
    }

    /// The next answer to a request.
    pub fn next(&self, method: &str, url: &str) -> HttpAnswer {
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let missing =
            || HttpAnswer::Connection(format!("there is no recorded answer to {method} {url}"));
        let Some(queue) = answers.get_mut(&(method.to_owned(), url.to_owned())) else {
            return missing();
        };
        let answer = queue
            .answers
            .get(queue.given)
            .or(queue.answers.last())
            .cloned();
        queue.given = queue.given.saturating_add(1);
        answer.unwrap_or_else(missing)
    }
}
