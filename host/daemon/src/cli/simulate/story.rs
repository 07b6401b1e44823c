//! What is told of a simulated call: its decisions, what was assumed, how it ends. Plain data.

use std::collections::HashMap;

use switchhook_routing::call::{Call, Variable};
use switchhook_routing::decision::Stage;
use switchhook_routing::event::ScriptSource;
use switchhook_routing::outcome::Outcome;
use switchhook_routing::verb::{Script, Verb};
use switchhook_wasm::trace::Asked;

use crate::cli::simulate::world::{Found, Place};

/// What is taken to happen.
#[derive(Debug, Clone, Default)]
pub struct Assumptions {
    /// What comes of a verb, by its tag.
    pub outcomes: HashMap<String, Outcome>,
    /// Nobody ever answers.
    pub unanswered: bool,
}

/// What became of a call.
#[derive(Debug, Clone)]
pub struct Simulated {
    /// Where it belongs.
    pub place: Place,
    /// Every decision, in order.
    pub chapters: Vec<Chapter>,
    /// How it ends, in words.
    pub end: String,
    /// The time in plugins, as the caller would have waited: microseconds.
    pub microseconds: f64,
}

impl Simulated {
    /// The script that was carried out last, and where it came from.
    pub fn outcome(&self) -> (ScriptSource, &[Verb]) {
        let last = self.chapters.iter().rev().find(|chapter| chapter.decides);
        last.map_or((ScriptSource::None, &[]), |last| {
            (last.source, &last.script)
        })
    }
}

/// One decision and what it led to.
#[derive(Debug, Clone)]
pub struct Chapter {
    /// Why something had to be decided.
    pub why: String,
    /// The pattern that was found, where a number was routed.
    pub found: Option<Found>,
    /// The plugins that were asked.
    pub stages: Vec<Stage>,
    /// What happened in each of them.
    pub asked: Vec<Asked>,
    /// Where the script came from.
    pub source: ScriptSource,
    /// Whether there is a script, empty or not; otherwise the one before goes on.
    pub decides: bool,
    /// The script.
    pub script: Script,
    /// The variables of the call then.
    pub variables: Vec<Variable>,
    /// Its verbs as far as they were carried out, and what was assumed of each.
    pub carried: Vec<(Verb, String)>,
    /// Verbs that may follow.
    pub left: Vec<Verb>,
}

impl Chapter {
    /// One in which nothing has happened yet.
    pub fn new(why: String, call: &Call) -> Chapter {
        Chapter {
            why,
            found: None,
            stages: Vec::new(),
            asked: Vec::new(),
            source: ScriptSource::None,
            decides: true,
            script: Vec::new(),
            variables: call.variables.clone(),
            carried: Vec::new(),
            left: Vec::new(),
        }
    }
}

/// An outcome in words.
pub fn words(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Digits(digits) => format!("digits \"{}\"", digits.digits),
        other => {
            let value = serde_json::to_value(other).unwrap_or_default();
            value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned)
        }
    }
}
