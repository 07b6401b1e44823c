//! `switchhook plugin test`: the calls of the case files, decided by the component on the production engine.

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{anyhow, bail};
use clap::Args;
use serde_json::{Value, json};
use switchhook_workbench::case::{self, Case, CaseFile};
use switchhook_workbench::manifest::Project;
use switchhook_workbench::sandbox::{self, Sandbox};
use switchhook_workbench::trial::{self, Verdict};

use crate::cli::paint::{self, Paint};
use crate::cli::plugin::build;
use crate::cli::plugin::report;
use crate::cli::runtime::block_on;
use crate::config::schema;

/// What is tested.
#[derive(Debug, Args)]
#[command(after_help = "\
Builds the plugin if its sources changed, then puts every case to a fresh instance with a state, a directory, a clock and
HTTP answers of its own. Nothing leaves the machine. The exit status is 1 if a case fails.

Examples:
  switchhook plugin test                                 the project here, all its case files
  switchhook plugin test --filter menu                   cases with \"menu\" in their names
  switchhook plugin test build/reception.wasm more.json  this component, these cases

A case, in cases.json:
  { \"cases\": [ { \"name\": \"0 leads to alice\",
    \"call\": {\"caller\": \"1001\", \"callee\": \"0\"},
    \"at\": \"2026-11-20T22:15:00+01:00\",
    \"directory\": {\"clients\": {\"alice\": {\"contacts\": [\"sip:alice@192.0.2.1\"]}}},
    \"expect\": {\"script\": [{\"connect\": {\"targets\": [{\"endpoint\": {\"client\": \"alice\"}}]}}]} } ] }")]
pub struct TestArgs {
    /// The project's folder, a component, or case files instead of the project's own
    pub targets: Vec<PathBuf>,
    /// Only cases with this in their names
    #[arg(long, short)]
    pub filter: Option<String>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Test the component as it is
    #[arg(long)]
    pub no_build: bool,
}

/// What was tested, with every result.
pub struct Results {
    /// By case, in their order.
    pub results: Vec<(PathBuf, Case, Verdict)>,
    /// Cases that the filter left out.
    pub left_out: usize,
    /// The hosts that were asked and that the project does not name.
    pub ungranted: Vec<String>,
}

impl Results {
    /// How many failed.
    pub fn failed(&self) -> usize {
        let failed = |(_, _, verdict): &&(PathBuf, Case, Verdict)| !verdict.passed();
        self.results.iter().filter(failed).count()
    }
}

/// Tests and reports.
///
/// # Errors
/// A case fails, or cannot be read, or the plugin cannot be built or loaded.
pub fn run(args: &TestArgs) -> anyhow::Result<()> {
    let subject = Subject::of(&args.targets)?;
    if let Some(project) = &subject.project
        && !args.no_build
        && subject.component.is_none()
    {
        build::build_if_needed(project)?;
    }
    let begun = Instant::now();
    let results = block_on(test(&subject, args.filter.as_deref()))?;
    let failed = results.failed();
    if args.json {
        println!("{}", serde_json::to_string_pretty(&as_json(&results))?);
    } else {
        print(&subject, &results, begun, Paint::stdout());
    }
    match failed {
        0 => Ok(()),
        failed => bail!("{failed} of {} cases failed", results.results.len()),
    }
}

/// What is tested with what.
pub struct Subject {
    /// The project, if there is one.
    pub project: Option<Project>,
    /// A component that was named.
    pub component: Option<PathBuf>,
    /// Case files that were named.
    pub cases: Vec<PathBuf>,
}

impl Subject {
    /// From what was named: at most one folder, at most one component, any case files.
    ///
    /// # Errors
    /// There is no project where one is needed.
    pub fn of(targets: &[PathBuf]) -> anyhow::Result<Subject> {
        let is_component = |path: &&PathBuf| path.extension().is_some_and(|end| end == "wasm");
        let component = targets.iter().find(is_component).cloned();
        let folder = targets.iter().find(|path| path.is_dir());
        let cases: Vec<PathBuf> = (targets.iter())
            .filter(|path| !is_component(path) && !path.is_dir())
            .cloned()
            .collect();
        let here = Path::new(".");
        let project = match (folder, &component) {
            (Some(folder), _) => Some(Project::open(folder)?),
            (None, Some(_)) if !cases.is_empty() => Project::open(here).ok(),
            (None, _) => Some(Project::open(here)?),
        };
        Ok(Subject {
            project,
            component,
            cases,
        })
    }

    /// The component's file.
    pub fn file(&self) -> PathBuf {
        let of_project = || self.project.as_ref().map(Project::component);
        self.component
            .clone()
            .or_else(of_project)
            .unwrap_or_default()
    }

    /// The plugin's name.
    pub fn name(&self) -> String {
        match &self.project {
            Some(project) => project.manifest.plugin.name.clone(),
            None => "plugin".to_owned(),
        }
    }

    /// Whether the project has settings of its own.
    fn has_settings(&self) -> bool {
        let project = self.project.as_ref();
        project.is_some_and(|project| project.manifest.test.settings.is_some())
    }

    /// The project's settings; `{}` without any.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn settings(&self) -> anyhow::Result<Value> {
        let project = self.project.as_ref();
        let file = project.and_then(|project| {
            let file = project.manifest.test.settings.as_ref()?;
            Some(project.path(file))
        });
        match file {
            Some(file) => Ok(case::document(&file)?),
            None => Ok(json!({})),
        }
    }

    /// Holds settings against the project's `settings.schema.json`, as `switchhook check` would.
    ///
    /// # Errors
    /// What breaks it, a line each.
    pub fn check_settings(&self, settings: &Value, place: &str) -> anyhow::Result<()> {
        let Some(project) = &self.project else {
            return Ok(());
        };
        let Some(schema) = project.schema()? else {
            return Ok(());
        };
        let violations = schema::violations(&schema, &settings.to_string())
            .map_err(|error| anyhow!("settings.schema.json: {error}"))?;
        let lines: Vec<_> = (violations.iter())
            .map(|violation| format!("{place}: {}: {}", violation.pointer, violation.message))
            .collect();
        match lines.is_empty() {
            true => Ok(()),
            false => bail!(
                "the settings break settings.schema.json:\n{}",
                lines.join("\n")
            ),
        }
    }

    /// The case files: those that were named, or the project's.
    ///
    /// # Errors
    /// One has a mistake, or there is none.
    pub fn case_files(&self) -> anyhow::Result<Vec<CaseFile>> {
        let files = match &self.project {
            Some(project) if self.cases.is_empty() => project.cases(),
            _ => self.cases.clone(),
        };
        if files.is_empty() {
            bail!(
                "there are no cases: write [test] cases = [\"cases.json\"] into plugin.toml, or name files"
            );
        }
        let files = files.iter().map(|file| CaseFile::read(file));
        Ok(files.collect::<Result<_, _>>()?)
    }

    /// Loads the plugin.
    ///
    /// # Errors
    /// It cannot be used.
    pub async fn sandbox(&self) -> anyhow::Result<Sandbox> {
        let manifest = self.project.as_ref().map(|project| &project.manifest);
        let mut spec = sandbox::spec(&self.name(), &self.file(), manifest)?;
        // Every case has an instance of its own.
        spec.pool = None;
        spec.settings = self.settings()?.to_string();
        Ok(Sandbox::load(spec, false).await?)
    }
}

/// Runs every case whose name holds `filter`.
///
/// # Errors
/// A case file has a mistake, or the plugin cannot be loaded.
pub async fn test(subject: &Subject, filter: Option<&str>) -> anyhow::Result<Results> {
    let files = subject.case_files()?;
    let of_project = subject.settings()?;
    if subject.has_settings() {
        subject.check_settings(&of_project, "the project's settings")?;
    }
    let sandbox = subject.sandbox().await?;
    let needs = subject
        .project
        .as_ref()
        .map(|project| project.manifest.needs.http.clone());
    let needs = needs.unwrap_or_default();
    let mut results = Results {
        results: Vec::new(),
        left_out: 0,
        ungranted: Vec::new(),
    };
    for file in files {
        let settings = file.settings.as_ref().unwrap_or(&of_project);
        for case in file.cases {
            if filter.is_some_and(|filter| !case.name.contains(filter)) {
                results.left_out += 1;
                continue;
            }
            let verdict = sandbox.run(&case, settings).await?;
            for host in trial::ungranted(&verdict.asked.http, &needs) {
                if !results.ungranted.contains(&host) {
                    results.ungranted.push(host);
                }
            }
            results.results.push((file.path.clone(), case, verdict));
        }
    }
    Ok(results)
}

/// Prints a line a case, and what is wrong with those that failed.
pub fn print(subject: &Subject, results: &Results, begun: Instant, paint: Paint) {
    let mut last: Option<&Path> = None;
    for (file, case, verdict) in &results.results {
        if last != Some(file) {
            println!("{} {}", paint.bold(&subject.name()), file.display());
            last = Some(file);
        }
        let time = paint.dim(&paint::duration(verdict.asked.nanoseconds));
        if verdict.passed() {
            println!("  {} {} {time}", paint.green("ok  "), case.name);
        } else {
            println!("  {} {} {time}", paint.red("FAIL"), case.name);
            print!("{}", report::faults(verdict, paint));
        }
    }
    let failed = results.failed();
    let passed = results.results.len() - failed;
    let mut summary = format!("{passed} passed");
    if failed > 0 {
        summary.push_str(&format!(", {failed} failed"));
    }
    if results.left_out > 0 {
        summary.push_str(&format!(", {} left out", results.left_out));
    }
    let summary = if failed > 0 {
        paint.red(&summary)
    } else {
        paint.green(&summary)
    };
    println!("{summary} in {:.2} s", begun.elapsed().as_secs_f64());
    for host in &results.ungranted {
        println!(
            "{} {host} was asked, but plugin.toml does not name it under [needs] http: the switch would deny it",
            paint.yellow("note")
        );
    }
}

fn as_json(results: &Results) -> Value {
    let result = |(file, case, verdict): &(PathBuf, Case, Verdict)| {
        let faults = verdict.faults.iter();
        let faults = faults.map(|fault| {
            json!({ "text": fault.text, "difference": report::difference(&fault.lines, Paint::plain(), "") })
        });
        json!({
            "file": file,
            "name": case.name,
            "passed": verdict.passed(),
            "expected": case.expect.as_ref().map(|expect| expect.json()),
            "got": verdict.answer.json(),
            "faults": faults.collect::<Vec<_>>(),
            "asked": report::as_json(&verdict.asked),
        })
    };
    json!({
        "passed": results.results.len() - results.failed(),
        "failed": results.failed(),
        "left_out": results.left_out,
        "ungranted": results.ungranted,
        "cases": results.results.iter().map(result).collect::<Vec<_>>(),
    })
}
