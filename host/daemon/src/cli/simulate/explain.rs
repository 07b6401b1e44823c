//! How a simulated call is shown: in short, with every why, or as JSON.

use serde_json::{Value, json};
use switchhook_routing::call::Call;
use switchhook_routing::decision::{Stage, StageOutcome};
use switchhook_routing::event::ScriptSource;
use switchhook_routing::verb::{Script, Verb};
use switchhook_workbench::moment::Moment;

use crate::cli::paint::{self, Paint};
use crate::cli::plugin::report;
use crate::cli::simulate::story::{Chapter, Simulated};
use crate::cli::simulate::world::Found;

/// The stages, the source and the script.
pub fn short(call: &Call, simulated: &Simulated) -> String {
    let mut text = format!(
        "{} calls {} in {}\n",
        call.caller, call.callee, simulated.place.domain
    );
    for stage in simulated
        .chapters
        .iter()
        .flat_map(|chapter| &chapter.stages)
    {
        let time = paint::duration(stage.nanoseconds);
        let (plugin, version) = (&stage.plugin, &stage.version);
        text.push_str(&format!(
            "  {plugin}@{version} {} in {time}\n",
            outcome(stage)
        ));
    }
    let (from, script) = simulated.outcome();
    text.push_str(&format!(
        "  → {}, after {}: {}\n",
        source(from),
        microseconds(simulated),
        simulated.end
    ));
    text.push_str(&pretty(script));
    text
}

fn microseconds(simulated: &Simulated) -> String {
    paint::duration((simulated.microseconds * 1_000.0) as u64)
}

fn pretty(script: &[Verb]) -> String {
    let mut text = serde_json::to_string_pretty(script).unwrap_or_default();
    text.push('\n');
    text
}

/// Everything and why.
pub fn long(call: &Call, at: Moment, simulated: &Simulated, paint: Paint) -> String {
    let place = &simulated.place;
    let mut text = paint.bold(&format!("{} calls {} at {at}", call.caller, call.callee));
    text.push_str(&format!(
        "\n  domain    {}\n  source    {}\n  dialplan  {}\n",
        place.domain, place.source, place.dialplan
    ));
    for (index, chapter) in simulated.chapters.iter().enumerate() {
        text.push_str(&format!(
            "\n{}\n",
            paint.bold(&format!("{}. {}", index + 1, chapter.why))
        ));
        text.push_str(&self::chapter(chapter, paint));
    }
    text.push_str(&format!(
        "\n{} {}  {}\n",
        paint.bold("end"),
        simulated.end,
        paint.dim(&format!("({} in plugins)", microseconds(simulated)))
    ));
    text
}

fn chapter(chapter: &Chapter, paint: Paint) -> String {
    let mut text = String::new();
    if let Some(found) = &chapter.found {
        text.push_str(&self::found(found, paint));
    }
    for (index, stage) in chapter.stages.iter().enumerate() {
        text.push_str(&self::stage(stage, paint));
        if let Some(asked) = chapter.asked.get(index) {
            text.push_str(&report::log(asked, paint, "              log  "));
            text.push_str(&report::host_calls(asked, paint, "              "));
        }
    }
    if !chapter.variables.is_empty() {
        let variables = chapter.variables.iter();
        let variables: Vec<_> = variables
            .map(|v| format!("{}={}", v.name, v.value))
            .collect();
        text.push_str(&format!("  variables   {}\n", variables.join(", ")));
    }
    if !chapter.decides {
        text.push_str("  the rest of the script follows\n");
        return text + &verbs(chapter, paint);
    }
    text.push_str(&format!("  script      {}\n", source(chapter.source)));
    text + &verbs(chapter, paint)
}

fn verbs(chapter: &Chapter, paint: Paint) -> String {
    let mut text = String::new();
    for (verb, note) in &chapter.carried {
        text.push_str(&format!("    {}\n", line(verb)));
        if !note.is_empty() {
            text.push_str(&format!("      {}\n", paint.yellow(note)));
        }
    }
    for verb in &chapter.left {
        text.push_str(&format!(
            "    {}\n",
            paint.dim(&format!("left {}", line(verb)))
        ));
    }
    text
}

/// A verb on one line.
fn line(verb: &Verb) -> String {
    let value = serde_json::to_value(verb).unwrap_or_default();
    match value {
        Value::Object(members) => {
            let verbs = members.into_iter();
            let verbs = verbs.map(|(name, fields)| format!("{name} {fields}"));
            verbs.collect::<Vec<_>>().join(" ")
        }
        other => other.as_str().unwrap_or_default().to_owned(),
    }
}

fn found(found: &Found, paint: Paint) -> String {
    let Some(pattern) = &found.pattern else {
        return format!(
            "  pattern     {}\n",
            paint.red(&format!("none matches {}", found.number))
        );
    };
    let mut text = format!("  pattern     {}\n", paint.green(&format!("\"{pattern}\"")));
    for (pattern, why) in &found.lost {
        text.push_str(&paint.dim(&format!("    lost      \"{pattern}\": {why}")));
        text.push('\n');
    }
    text
}

fn stage(stage: &Stage, paint: Paint) -> String {
    let phase = serde_json::to_value(stage.phase).unwrap_or_default();
    let what = outcome(stage);
    let what = match stage.outcome {
        StageOutcome::Script | StageOutcome::Next | StageOutcome::Proceed => what,
        _ => paint.red(&what),
    };
    format!(
        "  {:<10}  {}@{} {what}  {}\n",
        phase.as_str().unwrap_or_default(),
        stage.plugin,
        stage.version,
        paint.dim(&paint::duration(stage.nanoseconds))
    )
}

fn outcome(stage: &Stage) -> String {
    match &stage.outcome {
        StageOutcome::Script => "decided".to_owned(),
        StageOutcome::Next => "left it to the next".to_owned(),
        StageOutcome::Proceed => "lets the rest of the script follow".to_owned(),
        StageOutcome::Error(text) => format!("returned an error: {text}"),
        StageOutcome::Trapped(text) => format!("trapped: {text}"),
        StageOutcome::TimedOut => "ran out of time".to_owned(),
        StageOutcome::OutOfMemory => "ran out of memory".to_owned(),
        StageOutcome::BadDecision(text) => format!("gave no valid decision: {text}"),
        StageOutcome::Unavailable(text) => format!("could not be asked: {text}"),
    }
}

fn source(source: ScriptSource) -> &'static str {
    match source {
        ScriptSource::Plugin => "the plugin's",
        ScriptSource::RouteFallback => "the route's fallback",
        ScriptSource::DefaultDestination => "the domain's default destination",
        ScriptSource::None => "none: 480",
    }
}

/// Everything as JSON.
pub fn as_json(call: &Call, at: Moment, simulated: &Simulated) -> Value {
    let (source, script) = simulated.outcome();
    let stages = simulated
        .chapters
        .iter()
        .flat_map(|chapter| &chapter.stages);
    let decisions = simulated.chapters.iter().map(|chapter| {
        json!({
            "why": chapter.why,
            "pattern": chapter.found.as_ref().map(|found| json!({
                "number": found.number,
                "pattern": found.pattern,
                "lost": found.lost.iter().map(|(pattern, why)| json!({"pattern": pattern, "why": why}))
                    .collect::<Vec<_>>(),
            })),
            "stages": chapter.stages,
            "asked": chapter.asked.iter().map(report::as_json).collect::<Vec<_>>(),
            "source": chapter.source,
            "script": if chapter.decides { json!(chapter.script) } else { Value::Null },
            "variables": chapter.variables,
            "carried": chapter.carried.iter().map(|(verb, note)| json!({"verb": verb, "note": note}))
                .collect::<Vec<_>>(),
            "left": Script::clone(&chapter.left),
        })
    });
    json!({
        "call": call,
        "at": at.to_string(),
        "domain": simulated.place.domain,
        "caller": simulated.place.source,
        "dialplan": simulated.place.dialplan,
        "source": source,
        "script": script,
        "stages": stages.collect::<Vec<_>>(),
        "end": simulated.end,
        "microseconds": simulated.microseconds,
        "decisions": decisions.collect::<Vec<_>>(),
    })
}
