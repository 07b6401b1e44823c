//! `switchhook plugin run`: one call, everything that the plugin did, and what it cost beside what it may cost.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{anyhow, bail};
use clap::Args;
use serde_json::{Value, json};
use switchhook_wasm::spec::Budget;
use switchhook_workbench::case::{self, Case, CaseFile, Question, Recorded, Usual};
use switchhook_workbench::moment::Moment;
use switchhook_workbench::sandbox::{self, Sandbox};
use switchhook_workbench::trial::{self, Verdict};

use crate::cli::paint::Paint;
use crate::cli::plugin::build;
use crate::cli::plugin::report;
use crate::cli::plugin::test::Subject;
use crate::cli::runtime::block_on;

/// So many times as much as in production a plugin may use here, so that it is seen by how much it is over.
const GENEROSITY: u32 = 10;

/// What is run.
#[derive(Debug, Args)]
#[command(after_help = "\
The call is a JSON file: a call ({\"caller\": \"1001\", \"callee\": \"100\"}), one case, or a file of cases (then --case says which).
The limits are the production ones; what is over is red, and in the switch would have been stopped.

Examples:
  switchhook plugin run call.json
  switchhook plugin run cases.json --case \"it is closed at night\"
  switchhook plugin run build/reception.wasm call.json --settings settings.json --at 2026-11-20T22:15:00+01:00
  switchhook plugin run call.json --live       with the network, within [needs] of plugin.toml")]
pub struct RunArgs {
    /// The project's folder or a component (without it the project here), then the call
    #[arg(required = true, num_args = 1..=2, value_name = "DIR|COMPONENT] [CALL")]
    pub targets: Vec<PathBuf>,
    /// The settings, JSON or TOML
    #[arg(long)]
    pub settings: Option<PathBuf>,
    /// What the clock shows, such as 2026-11-20T22:15:00+01:00
    #[arg(long, value_parser = Moment::parse)]
    pub at: Option<Moment>,
    /// Which case of a file: its number from 1, or a part of its name
    #[arg(long)]
    pub case: Option<String>,
    /// Recorded HTTP answers: a JSON file with a list as under `http` in a case
    #[arg(long)]
    pub http: Option<PathBuf>,
    /// Send HTTP requests for real, to the hosts under [needs] of plugin.toml
    #[arg(long, conflicts_with = "http")]
    pub live: bool,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Run the component as it is
    #[arg(long)]
    pub no_build: bool,
}

/// Runs and reports.
///
/// # Errors
/// The call or the component cannot be used, or the plugin failed.
pub fn run(args: &RunArgs) -> anyhow::Result<()> {
    let (call, targets) = args
        .targets
        .split_last()
        .ok_or_else(|| anyhow!("no call"))?;
    let mut subject = Subject::of(&[targets, &[]].concat()).or_else(|error| match targets {
        [component] if !component.is_dir() => Ok(Subject {
            project: None,
            component: Some(component.clone()),
            cases: Vec::new(),
        }),
        _ => Err(error),
    })?;
    if subject.component.is_some() && targets.iter().all(|target| !target.is_dir()) {
        subject.project = subject
            .project
            .filter(|project| Some(project.component()) == subject.component);
    }
    if let Some(project) = &subject.project
        && !args.no_build
        && subject.component.is_none()
    {
        build::build_if_needed(project)?;
    }
    let file = CaseFile::read_any(call, &Usual::default())?;
    let of_file = file.settings.clone();
    let mut case = choose(file, args.case.as_deref())?;
    if let Some(at) = args.at {
        case.move_to(at);
    }
    if let Some(http) = &args.http {
        case.http = recorded(http)?;
    }
    let settings = match (&args.settings, of_file) {
        (Some(file), _) => {
            case.settings = None;
            case::document(file)?
        }
        (None, Some(settings)) => settings,
        (None, None) => subject.settings()?,
    };
    if args.settings.is_some() {
        subject.check_settings(&settings, "--settings")?;
    }
    let budget = Budget::default();
    let verdict = block_on(ask(&subject, &case, &settings, args.live))?;
    if args.json {
        println!(
            "{}",
            serde_json::to_string_pretty(&as_json(&case, &verdict))?
        );
    } else {
        print(&subject, &case, &verdict, &budget, Paint::stdout());
    }
    match &verdict.asked.answer {
        Ok(_) => Ok(()),
        Err(error) => bail!("{error}"),
    }
}

/// Reads recorded HTTP answers: a list, or an object with the list under `http`.
///
/// # Errors
/// The file cannot be read.
pub fn recorded(file: &std::path::Path) -> anyhow::Result<Vec<Recorded>> {
    let mut value = case::document(file)?;
    let list = match value.get_mut("http") {
        Some(list) => list.take(),
        None => value,
    };
    serde_json::from_value(list).map_err(|error| {
        anyhow!(
            "{}: {error}; write [{{\"url\": \"https://…\", \"response\": {{\"status\": 200, \"body\": …}}}}]",
            file.display()
        )
    })
}

/// The case of a file: the only one, or the one that is named.
fn choose(mut file: CaseFile, wanted: Option<&str>) -> anyhow::Result<Case> {
    let place = file.path.display().to_string();
    let Some(wanted) = wanted else {
        if file.cases.is_empty() {
            bail!("{place}: there is no case in it");
        }
        return Ok(file.cases.remove(0));
    };
    let by_number = wanted
        .parse::<usize>()
        .ok()
        .and_then(|number| number.checked_sub(1));
    let exact = file.cases.iter().position(|case| case.name == wanted);
    let partial = || {
        file.cases
            .iter()
            .position(|case| case.name.contains(wanted))
    };
    let index = exact.or(by_number).or_else(partial);
    match index.filter(|index| *index < file.cases.len()) {
        Some(index) => Ok(file.cases.remove(index)),
        None => {
            let names: Vec<_> = file.cases.iter().map(|case| case.name.as_str()).collect();
            bail!(
                "{place}: no case \"{wanted}\"; there is\n  {}",
                names.join("\n  ")
            )
        }
    }
}

async fn ask(
    subject: &Subject,
    case: &Case,
    settings: &Value,
    live: bool,
) -> anyhow::Result<Verdict> {
    let manifest = subject.project.as_ref().map(|project| &project.manifest);
    let mut spec = sandbox::spec(&subject.name(), &subject.file(), manifest)?;
    spec.pool = None;
    spec.settings = settings.to_string();
    spec.budget.cpu *= GENEROSITY;
    spec.budget.wall *= GENEROSITY;
    spec.budget.memory_bytes *= 4;
    let wall = spec.budget.wall;
    let sandbox = Sandbox::load(spec, true).await?;
    if live {
        let mut scene = trial::scene(case, settings);
        scene.http = None;
        let asked = sandbox.ask(trial::question(case), &scene);
        let asked = tokio::time::timeout(wall + Duration::from_secs(5), asked).await??;
        return Ok(trial::judge(case, asked));
    }
    // The first of a process also pays for pages that no call before it has touched.
    sandbox.run(case, settings).await?;
    Ok(sandbox.run(case, settings).await?)
}

fn print(subject: &Subject, case: &Case, verdict: &Verdict, budget: &Budget, paint: Paint) {
    let asked = &verdict.asked;
    println!("{} {}", paint.bold(&subject.name()), question(case));
    let answer = match &asked.answer {
        Ok(_) => paint.green("answer"),
        Err(_) => paint.red("failed"),
    };
    println!("\n{answer}");
    let answer = serde_json::to_string_pretty(&verdict.answer.json()).unwrap_or_default();
    for line in answer.lines() {
        println!("  {line}");
    }
    let section = |title: &str, text: String| {
        if !text.is_empty() {
            print!("\n{}\n{text}", paint.bold(title));
        }
    };
    section("log", report::log(asked, paint, "  "));
    section("host calls", report::host_calls(asked, paint, "  "));
    section("HTTP", report::http(&asked.http, "  "));
    let state = asked.state.iter().flatten();
    let state = state.map(|(key, value)| format!("  {key} = {}\n", String::from_utf8_lossy(value)));
    section("state afterwards", state.collect());
    let costs = report::costs(asked, budget);
    section("costs", report::cost_table(&costs, paint));
    let over: Vec<_> = costs
        .iter()
        .filter(|cost| cost.is_over())
        .map(|cost| cost.name)
        .collect();
    if !over.is_empty() {
        println!(
            "\n{}",
            paint.red(&format!(
                "over: {}. The switch would have ended this call's decision.",
                over.join(", ")
            ))
        );
    }
    if case.expect.is_some() && !verdict.passed() {
        println!("\n{}", paint.red("not what the case expects"));
        print!("{}", report::faults(verdict, paint));
    }
}

fn question(case: &Case) -> String {
    let at = case.at;
    match &case.question {
        Question::Route(call) => format!("{} calls {} at {at}", call.caller, call.callee),
        Question::Resume(call, tag, _) => {
            format!(
                "{} calls {}; \"{tag}\" is over at {at}",
                call.caller, call.callee
            )
        }
        Question::Register(registration) => format!("{} registers at {at}", registration.username),
        Question::Event(event) => format!("an event of call {} at {at}", event.subject.call_id),
    }
}

fn as_json(case: &Case, verdict: &Verdict) -> Value {
    json!({
        "name": case.name,
        "answer": verdict.answer.json(),
        "asked": report::as_json(&verdict.asked),
        "over": report::costs(&verdict.asked, &Budget::default()).iter()
            .filter(|cost| cost.is_over()).map(|cost| cost.name).collect::<Vec<_>>(),
        "as_expected": case.expect.as_ref().map(|_| verdict.passed()),
    })
}
