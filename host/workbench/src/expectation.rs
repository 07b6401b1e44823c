//! What a case expects, held against what came. Both sides go through the vocabulary first, so that a member that is left out
//! and one that has its usual value are the same.

use serde_json::{Value, json};
use switchhook_routing::call::Variable;
use switchhook_routing::decision::{Continuation, Decision};
use switchhook_routing::registration::{Grant, Refusal};
use switchhook_routing::verb::Script;

use crate::case::Question;
use crate::diff::{self, Line};
use crate::error::Mistake;

/// What must come of a question.
#[derive(Debug, Clone, PartialEq)]
pub enum Expectation {
    /// A script, of `route` or `resume`.
    Script(Script),
    /// `next` with these variables.
    Next(Vec<Variable>),
    /// `proceed`.
    Proceed,
    /// A failure whose text holds this.
    Error(String),
    /// The client is let in.
    Grant(Box<Grant>),
    /// The client is not let in.
    Refusal(Refusal),
}

/// What came of a question.
#[derive(Debug, Clone, PartialEq)]
pub enum Answer {
    /// Of `route`.
    Decision(Decision),
    /// Of `resume`.
    Continuation(Continuation),
    /// Of `register`.
    Registration(Result<Grant, Refusal>),
    /// Of `on-event`, which answers nothing.
    Heard,
    /// The plugin returned an error, or was stopped; the text says which.
    Failed(String),
}

impl Answer {
    /// As a case would expect it.
    pub fn json(&self) -> Value {
        match self {
            Answer::Decision(decision) => value(decision),
            Answer::Continuation(Continuation::Proceed) => json!("proceed"),
            Answer::Continuation(continuation) => value(continuation),
            Answer::Registration(Ok(grant)) => json!({ "grant": value(grant) }),
            Answer::Registration(Err(refusal)) => json!({ "refusal": value(refusal) }),
            Answer::Heard => Value::Null,
            Answer::Failed(text) => json!({ "error": text }),
        }
    }
}

impl Expectation {
    /// As it is shown beside an answer.
    pub fn json(&self) -> Value {
        match self {
            Expectation::Script(script) => json!({ "script": value(script) }),
            Expectation::Next(variables) => json!({ "next": value(variables) }),
            Expectation::Proceed => json!("proceed"),
            Expectation::Error(part) => json!({ "error": part }),
            Expectation::Grant(grant) => json!({ "grant": value(grant) }),
            Expectation::Refusal(refusal) => json!({ "refusal": value(refusal) }),
        }
    }

    /// The differences between this and an answer; none if it is what was expected.
    pub fn differences(&self, answer: &Answer) -> Vec<Line> {
        if let (Expectation::Error(part), Answer::Failed(text)) = (self, answer)
            && text.contains(part.as_str())
        {
            return Vec::new();
        }
        diff::diff(&self.json(), &answer.json())
    }
}

fn value(of: &impl serde::Serialize) -> Value {
    // The vocabulary has no map whose key is not a string, so this cannot fail.
    serde_json::to_value(of).unwrap_or_default()
}

/// Reads what a case expects of this question.
///
/// # Errors
/// It is nothing that could come of it, or misspelt.
pub fn parse(value: Value, question: &Question) -> Result<Expectation, Mistake> {
    let forms = match question {
        Question::Route(_) => r#"{"script": […]}, {"next": […]} or {"error": "…"}"#,
        Question::Resume(..) => r#"{"script": […]}, "proceed" or {"error": "…"}"#,
        Question::Register(_) => r#"{"grant": {…}}, {"refusal": {…}} or {"error": "…"}"#,
        Question::Event(_) => r#"{"error": "…"}, or nothing"#,
    };
    let wrong = || Mistake(format!("it is {forms} here"));
    let (kind, value) = match value {
        Value::String(word) => (word, Value::Null),
        Value::Object(members) if members.len() == 1 => {
            members.into_iter().next().ok_or_else(wrong)?
        }
        _ => return Err(wrong()),
    };
    let expectation = match (kind.as_str(), question) {
        ("script", Question::Route(_) | Question::Resume(..)) => Expectation::Script(read(value)?),
        ("next", Question::Route(_)) => Expectation::Next(match value {
            Value::Null => Vec::new(),
            value => read(value)?,
        }),
        ("proceed", Question::Resume(..)) => Expectation::Proceed,
        ("error", _) => match value {
            Value::Null => Expectation::Error(String::new()),
            value => Expectation::Error(read(value)?),
        },
        ("grant", Question::Register(_)) => Expectation::Grant(Box::new(read(value)?)),
        ("refusal", Question::Register(_)) => Expectation::Refusal(read(value)?),
        _ => return Err(wrong()),
    };
    Ok(expectation)
}

fn read<T: serde::de::DeserializeOwned>(value: Value) -> Result<T, Mistake> {
    serde_json::from_value(value).map_err(|error| Mistake(error.to_string()))
}
