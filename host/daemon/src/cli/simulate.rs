//! `switchhook simulate`: puts calls that nobody makes to the whole configuration, on the engine that serves real calls, and
//! says what comes of them and why.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::{Value, json};
use switchhook_routing::call::Call;
use switchhook_routing::decision::Decision;
use switchhook_routing::outcome::Outcome;
use switchhook_wasm::clock::FixedClock;
use switchhook_wasm::trace::Scene;
use switchhook_workbench::case::{Case, CaseFile, Question, Recorded, Usual};
use switchhook_workbench::diff::Line;
use switchhook_workbench::doubles::Described;
use switchhook_workbench::error::Mistake;
use switchhook_workbench::expectation::{self, Answer, Expectation};
use switchhook_workbench::moment::Moment;
use switchhook_workbench::trial;

use crate::cli::paint::Paint;
use crate::cli::plugin::report;
use crate::cli::plugin::run::recorded;
use crate::cli::runtime::block_on;
use crate::cli::simulate::story::{Assumptions, Simulated};
use crate::cli::simulate::world::World;
use crate::config;

pub mod explain;
pub mod heard;
pub mod story;
pub mod walk;
pub mod world;

/// What is simulated.
#[derive(Debug, Args)]
#[command(after_help = "\
A call is JSON: {\"caller\": \"1001\", \"callee\": \"100\"} is enough; the caller is a client of the domain unless it says
\"origin\": {\"trunk\": \"carrier\"}. A file of cases is as for `plugin test`; `expect` is then the script that is carried out.
Without recorded answers, HTTP requests go out as in production.

Examples:
  switchhook simulate call.json --explain
  switchhook simulate call.json --at 2026-12-24T20:00[Europe/Berlin] --explain
  switchhook simulate call.json --outcome 'menu={\"digits\":{\"digits\":\"1\"}}' --outcome support=timed-out
  switchhook simulate call.json --unanswered --explain       every step down to the last
  switchhook simulate --cases tests/calls --http recorded.json      for CI: exit status 1 if one differs")]
pub struct SimulateArgs {
    /// The call, a case or a file of cases; `-` reads standard input
    #[arg(required_unless_present = "cases")]
    pub call: Option<PathBuf>,
    /// Files of cases, or folders of them, instead
    #[arg(long, value_name = "FILE|FOLDER", num_args = 1.., conflicts_with = "call")]
    pub cases: Vec<PathBuf>,
    /// The configuration whose dialplans and plugins decide
    #[arg(long, short, default_value = config::DEFAULT_FILE, env = "SWITCHHOOK_CONFIG")]
    pub config: PathBuf,
    /// What the clock shows, such as 2026-11-20T22:15:00+01:00; without it what time it is
    #[arg(long, value_parser = Moment::parse)]
    pub at: Option<Moment>,
    /// Recorded HTTP answers: a JSON file with a list as under `http` in a case; the network is then out of reach
    #[arg(long)]
    pub http: Option<PathBuf>,
    /// What comes of a verb with this tag: completed, no-input, timed-out or JSON such as {"digits":{"digits":"1"}}
    #[arg(long, value_name = "TAG=OUTCOME", value_parser = assumption)]
    pub outcome: Vec<(String, Outcome)>,
    /// Nobody answers any call
    #[arg(long)]
    pub unanswered: bool,
    /// The script that must be carried out: JSON or a file, such as {"script": […]}; else the exit status is 1
    #[arg(long, value_name = "JSON|FILE")]
    pub expect: Option<String>,
    /// Say why: the dialplan's pattern, every stage, what each plugin did, every verb
    #[arg(long, short)]
    pub explain: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Only cases with this in their names
    #[arg(long)]
    pub filter: Option<String>,
    /// Decide this many times and print the last, with the median time
    #[arg(long, default_value_t = 1)]
    pub times: u32,
}

fn assumption(text: &str) -> Result<(String, Outcome), Mistake> {
    let (tag, outcome) = text.split_once('=').ok_or_else(|| {
        Mistake::new(
            "write TAG=OUTCOME, such as menu={\"digits\":{\"digits\":\"1\"}} or menu=no-input",
        )
    })?;
    let value = serde_json::from_str(outcome).unwrap_or_else(|_| json!(outcome));
    let outcome = serde_json::from_value(value)
        .map_err(|error| Mistake::new(format!("\"{outcome}\" is no outcome: {error}")))?;
    Ok((tag.to_owned(), outcome))
}

/// Simulates and prints.
///
/// # Errors
/// A call or the configuration cannot be used, or something else was expected.
pub fn run(args: SimulateArgs) -> anyhow::Result<()> {
    block_on(simulate(&args))
}

async fn simulate(args: &SimulateArgs) -> anyhow::Result<()> {
    let begun = Instant::now();
    let world = World::load(&args.config).await?;
    let loaded = begun.elapsed();
    let usual = Usual {
        at: Moment::now(),
        domain: world.usual_domain.clone(),
    };
    let mut cases = Vec::new();
    for file in files(args)? {
        cases.extend(CaseFile::read_any(&file, &usual)?.cases);
    }
    if let Some(filter) = &args.filter {
        cases.retain(|case| case.name.contains(filter.as_str()));
    }
    let recorded = args.http.as_deref().map(recorded).transpose()?;
    for case in &mut cases {
        prepare(case, args, recorded.as_deref())?;
    }
    let assumed = Assumptions {
        outcomes: args.outcome.iter().cloned().collect(),
        unanswered: args.unanswered,
    };
    let session = Session {
        world: &world,
        assumed: &assumed,
        // A file whose answers are recorded, or any case of it, never reaches the network.
        recorded: recorded.is_some() || !args.cases.is_empty(),
    };
    match &cases[..] {
        [case] if args.cases.is_empty() => session.one(case, args).await,
        cases => session.many(cases, args, loaded).await,
    }
}

/// The files that were named, those of folders by their names.
fn files(args: &SimulateArgs) -> anyhow::Result<Vec<PathBuf>> {
    if let Some(call) = &args.call {
        return Ok(vec![call.clone()]);
    }
    let mut files = Vec::new();
    for path in &args.cases {
        if !path.is_dir() {
            files.push(path.clone());
            continue;
        }
        let entries = std::fs::read_dir(path).with_context(|| path.display().to_string())?;
        let of_cases = |file: &PathBuf| {
            file.extension()
                .is_some_and(|end| end == "json" || end == "toml")
        };
        let mut found: Vec<_> = entries
            .flatten()
            .map(|entry| entry.path())
            .filter(of_cases)
            .collect();
        found.sort();
        files.append(&mut found);
    }
    if files.is_empty() {
        bail!("there is no .json or .toml file in what --cases names");
    }
    Ok(files)
}

/// Lets the command line have its say in a case.
fn prepare(
    case: &mut Case,
    args: &SimulateArgs,
    recorded: Option<&[Recorded]>,
) -> anyhow::Result<()> {
    if let Some(at) = args.at {
        case.move_to(at);
    }
    if let Some(recorded) = recorded {
        case.http.extend_from_slice(recorded);
    }
    if let Some(expect) = &args.expect {
        let value = match serde_json::from_str::<Value>(expect) {
            Ok(value) => value,
            Err(_) => switchhook_workbench::case::document(Path::new(expect))?,
        };
        let expected = expectation::parse(value, &case.question);
        case.expect = Some(expected.map_err(|mistake| mistake.at("--expect"))?);
    }
    let unused = [
        (case.settings.is_some(), "settings"),
        (!case.state.is_empty(), "state"),
        (!case.expect_state.is_empty(), "expect_state"),
        (case.expect_http.is_some(), "expect_http"),
    ];
    if let Some((_, what)) = unused.iter().find(|(used, _)| *used) {
        bail!(
            "\"{}\": `{what}` belongs to one plugin, and this is the whole switch: use `switchhook plugin test` for it",
            case.name
        );
    }
    Ok(())
}

struct Session<'w> {
    world: &'w World,
    assumed: &'w Assumptions,
    recorded: bool,
}

impl Session<'_> {
    async fn decide(&self, case: &Case) -> anyhow::Result<(Call, Simulated)> {
        let Question::Route(call) = &case.question else {
            bail!(
                "only a call can be simulated: use `switchhook plugin test` for what follows a verb, registrations and events"
            );
        };
        let recorded = self.recorded || !case.http.is_empty();
        let scene = Scene {
            directory: Some(Arc::new(Described(case.directory.clone()))),
            clock: Some(Arc::new(FixedClock(case.at.since_epoch()))),
            http: recorded.then(|| Arc::new(trial::answers(&case.http))),
            state: None,
            settings: None,
        };
        let call = Call::clone(call);
        let simulated = walk::follow(self.world, call.clone(), &scene, self.assumed).await?;
        Ok((call, simulated))
    }

    async fn one(&self, case: &Case, args: &SimulateArgs) -> anyhow::Result<()> {
        let mut times = Vec::new();
        let (mut call, mut simulated) = self.decide(case).await?;
        for _ in 1..args.times {
            times.push(simulated.microseconds);
            (call, simulated) = self.decide(case).await?;
        }
        times.push(simulated.microseconds);
        times.sort_by(f64::total_cmp);
        let median = times.get(times.len() / 2).copied().unwrap_or_default();
        let paint = Paint::stdout();
        if args.json {
            let mut value = explain::as_json(&call, case.at, &simulated);
            value["median_microseconds"] = json!(median);
            println!("{}", serde_json::to_string_pretty(&value)?);
        } else if args.explain {
            print!("{}", explain::long(&call, case.at, &simulated, paint));
        } else {
            print!("{}", explain::short(&call, &simulated));
        }
        if args.times > 1 && !args.json {
            println!("median {median:.1} µs");
        }
        let lines = differences(case.expect.as_ref(), &simulated);
        if lines.is_empty() {
            return Ok(());
        }
        bail!(
            "another script was expected (- expected, + got):\n{}",
            report::difference(&lines, Paint::plain(), "  ")
        )
    }

    async fn many(
        &self,
        cases: &[Case],
        args: &SimulateArgs,
        loaded: std::time::Duration,
    ) -> anyhow::Result<()> {
        let paint = Paint::stdout();
        let begun = Instant::now();
        let mut failed = 0;
        let mut results = Vec::new();
        for case in cases {
            // What one case left (a kept answer, a count) must not decide another.
            self.world.plugins.clear_states();
            let (call, simulated) =
                (self.decide(case).await).with_context(|| format!("\"{}\"", case.name))?;
            let lines = differences(case.expect.as_ref(), &simulated);
            failed += usize::from(!lines.is_empty());
            if args.json {
                let mut value = explain::as_json(&call, case.at, &simulated);
                value["name"] = json!(case.name);
                value["passed"] = json!(lines.is_empty());
                results.push(value);
                continue;
            }
            if args.explain || !lines.is_empty() {
                let mark = if lines.is_empty() {
                    paint.green("ok  ")
                } else {
                    paint.red("FAIL")
                };
                println!("{mark} {}", case.name);
            }
            if args.explain {
                println!("{}", explain::long(&call, case.at, &simulated, paint));
            }
            print!("{}", report::difference(&lines, paint, "       "));
        }
        if args.json {
            println!("{}", serde_json::to_string_pretty(&results)?);
        } else {
            println!(
                "{} cases, {failed} failed, in {:.0} ms (and {:.0} ms to load configuration and plugins)",
                cases.len(),
                begun.elapsed().as_secs_f64() * 1e3,
                loaded.as_secs_f64() * 1e3
            );
        }
        match failed {
            0 => Ok(()),
            failed => bail!("{failed} of {} cases failed", cases.len()),
        }
    }
}

/// Between the script that was expected, if one was, and the one that is carried out last.
fn differences(expected: Option<&Expectation>, simulated: &Simulated) -> Vec<Line> {
    let Some(expected) = expected else {
        return Vec::new();
    };
    let (_, script) = simulated.outcome();
    expected.differences(&Answer::Decision(Decision::Script(script.to_vec())))
}

#[cfg(test)]
mod tests;
