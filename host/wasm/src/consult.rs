//! One question to one version with everything that is kept account of: the breaker, the counters, the proof.

use std::sync::Arc;
use std::time::{Duration, Instant};

use switchhook_routing::decision::{Continuation, Decision, Phase, Stage, StageOutcome};

use crate::asking;
use crate::breaker::{Admission, Change};
use crate::error::PluginError;
use crate::limits;
use crate::plugins::Plugins;
use crate::trace::{Answer, Question};
use crate::version::Version;

/// Asks a version, unless it is set aside, and keeps account of what came of it.
pub(crate) async fn consult(
    plugins: &Plugins,
    version: &Arc<Version>,
    phase: Phase,
    question: Question<'_>,
) -> Result<Answer, PluginError> {
    let admission = version.breaker().admit(Instant::now());
    let mut busy = Duration::ZERO;
    let result = match admission {
        Admission::SetAside => Err(PluginError::Unavailable("set aside after failures".into())),
        Admission::Ask | Admission::Trial => asking::ask(version, question, &mut busy)
            .await
            .and_then(|answer| judge(phase, question, answer)),
    };
    let now = Instant::now();
    let counters = &version.core().shared.counters;
    counters.count(&result, asking::nanoseconds(busy));
    if admission != Admission::SetAside {
        let failed = result.as_ref().is_err_and(PluginError::is_misbehaviour);
        let change = version.breaker().record(now, admission, failed);
        report(version, change, result.as_ref().err());
    }
    if result.is_ok() && version.proof().succeed(now) {
        proved(plugins, version);
    }
    result
}

/// An error that a version returned, and that nobody did better, speaks for it no less than a decision.
pub(crate) fn excuse(plugins: &Plugins, version: &Arc<Version>) {
    if version.proof().excuse(Instant::now()) {
        proved(plugins, version);
    }
}

fn proved(plugins: &Plugins, version: &Arc<Version>) {
    let slot = plugins.slot(&version.info().name);
    slot.inspect(|slot| slot.proved(version));
}

/// Whether an answer fits its phase and its call.
pub(crate) fn judge(
    phase: Phase,
    question: Question<'_>,
    answer: Answer,
) -> Result<Answer, PluginError> {
    let broken = |text: &str| Err(PluginError::BadDecision(text.to_owned()));
    match (&answer, question) {
        (Answer::Decision(Decision::Script(_)), _) if phase == Phase::Enrich => {
            broken("a plugin of the phase enrich hands variables on; it returns no script")
        }
        // A chain must not pile up variables without end.
        (Answer::Decision(Decision::Next(variables)), Question::Route(call))
            if call.variables.len() + variables.len() > limits::CALL_VARIABLES =>
        {
            broken(&format!(
                "more than {} variables in the call",
                limits::CALL_VARIABLES
            ))
        }
        _ => Ok(answer),
    }
}

/// The part of a version in a decision.
pub(crate) fn stage(
    version: &Version,
    phase: Phase,
    result: &Result<Answer, PluginError>,
    took: Duration,
) -> Stage {
    Stage {
        plugin: version.info().name.clone(),
        version: version.info().version.clone(),
        phase,
        outcome: match result {
            Ok(
                Answer::Decision(Decision::Script(_))
                | Answer::Continuation(Continuation::Script(_)),
            ) => StageOutcome::Script,
            Ok(Answer::Decision(Decision::Next(_))) => StageOutcome::Next,
            Ok(
                Answer::Continuation(Continuation::Proceed)
                | Answer::Registration(_)
                | Answer::Observed,
            ) => StageOutcome::Proceed,
            Err(error) => error.clone().into_outcome(),
        },
        nanoseconds: asking::nanoseconds(took),
    }
}

/// The part of a plugin that is not there.
pub(crate) fn not_loaded(plugin: &str, phase: Phase) -> Stage {
    Stage {
        plugin: plugin.to_owned(),
        version: String::new(),
        phase,
        outcome: StageOutcome::Unavailable("not loaded".into()),
        nanoseconds: 0,
    }
}

/// Says that a plugin was set aside, with the failure that made it so, or that it is back.
fn report(version: &Version, change: Option<Change>, error: Option<&PluginError>) {
    let (plugin, version) = (&version.info().name, &version.info().version);
    match change {
        Some(Change::Opened(pause)) => tracing::warn!(
            plugin,
            version,
            seconds = pause.as_secs_f64(),
            last_failure = error.map(tracing::field::display),
            "plugin set aside after too many failures"
        ),
        Some(Change::Closed) => tracing::info!(plugin, version, "plugin recovered"),
        None => {}
    }
}
