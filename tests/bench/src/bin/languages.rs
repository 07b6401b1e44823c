//! What a decision costs in each language: the same plugin, the same calls. One command, one table.
//!
//! `cargo run --release -p switchhook-bench --bin languages [--build] [DECISIONS] [PROJECT…]`: the projects `sdk/*/example*`
//! unless others are named, 2,000 decisions each unless said otherwise. `--build` builds those that are not there.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use serde_json::Value;
use switchhook_bench::cpu::thread_time;
use switchhook_bench::quantiles::Quantiles;
use switchhook_routing::call::Call;
use switchhook_routing::decision::{Phase, StageOutcome};
use switchhook_wasm::pins::Pins;
use switchhook_wasm::plugins::{Plugins, Step};
use switchhook_wasm::runtime::{Runtime, RuntimeConfig};
use switchhook_wasm::spec::{PluginSpec, PoolSpec};
use switchhook_workbench::building;
use switchhook_workbench::case::{self, Case, CaseFile, Population, Presence, Question};
use switchhook_workbench::doubles::Described;
use switchhook_workbench::manifest::Project;
use switchhook_workbench::trial;

type Failure = Box<dyn std::error::Error>;

/// The rounds that the decisions of all languages are made in, so that noise of the machine falls on all of them.
const ROUNDS: usize = 10;

fn main() -> Result<(), Failure> {
    let mut decisions = 2_000;
    let mut build = false;
    let mut folders = Vec::new();
    for argument in std::env::args().skip(1) {
        match argument.parse() {
            Ok(count) => decisions = count,
            Err(_) if argument == "--build" => build = true,
            Err(_) => folders.push(PathBuf::from(argument)),
        }
    }
    if folders.is_empty() {
        folders = examples()?;
    }
    let executor = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let cache = std::env::temp_dir().join(format!("switchhook-languages-{}", std::process::id()));
    let mut subjects = Vec::new();
    for folder in folders {
        let project = Project::open(&folder)?;
        if !project.component().is_file() {
            if !build {
                eprintln!(
                    "{}: not built, left out (--build builds it)",
                    folder.display()
                );
                continue;
            }
            building::build(&project)?;
        }
        subjects.push(executor.block_on(Subject::load(project, &cache))?);
    }
    let measured = executor.block_on(measure(&mut subjects, decisions));
    // The cache of this run is of no use to anybody; if it stays behind, it is in the temporary directory.
    let _ = std::fs::remove_dir_all(&cache);
    measured?;
    print(&subjects, decisions);
    Ok(())
}

/// The example of every SDK.
fn examples() -> Result<Vec<PathBuf>, Failure> {
    let sdk = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../sdk");
    let mut found = Vec::new();
    for language in std::fs::read_dir(sdk)?.flatten() {
        let Ok(projects) = std::fs::read_dir(language.path()) else {
            continue;
        };
        let is_example = |path: &PathBuf| {
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            name.starts_with("example") && path.join("plugin.toml").is_file()
        };
        found.extend(
            projects
                .flatten()
                .map(|entry| entry.path())
                .filter(is_example),
        );
    }
    found.sort();
    Ok(found)
}

/// One language's plugin with what was measured of it.
struct Subject {
    project: Project,
    plugins: Plugins,
    calls: Vec<Call>,
    bytes: usize,
    compile_ms: f64,
    cached_ms: f64,
    memory_bytes: usize,
    passed: usize,
    cases: usize,
    fresh: Costs,
    warm: Costs,
}

/// CPU time of the deciding thread, and time on the clock: microseconds.
#[derive(Default)]
struct Costs {
    cpu: Vec<f64>,
    wall: Vec<f64>,
}

const FRESH: &str = "fresh";
const WARM: &str = "warm";

impl Subject {
    async fn load(project: Project, cache: &Path) -> Result<Subject, Failure> {
        let settings = match &project.manifest.test.settings {
            Some(file) => case::document(&project.path(file))?,
            None => Value::Object(serde_json::Map::new()),
        };
        let spec = |name: &str| {
            let mut spec = PluginSpec::new(name, project.component());
            spec.settings = settings.to_string();
            // What is measured is how long it takes, however long that is.
            spec.budget.cpu *= 100;
            spec.budget.wall *= 10;
            spec
        };
        let folder = cache.join(project.manifest.plugin.language.as_str());
        let plugins = engine(&folder)?;
        let info = plugins.load(spec(FRESH)).await?;
        let compile_ms = info.load_time.as_secs_f64() * 1e3;
        let mut cached_ms = f64::INFINITY;
        for _ in 0..5 {
            let info = engine(&folder)?.load(spec(FRESH)).await?;
            cached_ms = cached_ms.min(info.load_time.as_secs_f64() * 1e3);
        }
        let mut warm = spec(WARM);
        warm.pool = Some(PoolSpec {
            size: 1,
            uses: 1_000_000,
        });
        plugins.load(warm).await?;
        let mut subject = Subject {
            bytes: std::fs::read(project.component())?.len(),
            project,
            plugins,
            calls: Vec::new(),
            compile_ms,
            cached_ms,
            memory_bytes: 0,
            passed: 0,
            cases: 0,
            fresh: Costs::default(),
            warm: Costs::default(),
        };
        subject.judge(&settings).await?;
        Ok(subject)
    }

    /// Puts every case to it; those that it decides with the settings of all are the calls that are measured.
    async fn judge(&mut self, of_project: &Value) -> Result<(), Failure> {
        for file in self.project.cases() {
            let file = CaseFile::read(&file)?;
            let settings = file.settings.as_ref().unwrap_or(of_project);
            for case in &file.cases {
                let verdict = trial::run(&self.plugins, FRESH, case, settings).await?;
                self.cases += 1;
                self.passed += usize::from(verdict.passed());
                self.memory_bytes = self.memory_bytes.max(verdict.asked.memory_bytes);
                let is_usual = case.settings.is_none()
                    && case.state.is_empty()
                    && verdict.asked.answer.is_ok();
                if let Case {
                    question: Question::Route(call),
                    ..
                } = case
                    && is_usual
                {
                    self.calls.push(Call::clone(call));
                }
            }
        }
        if self.calls.is_empty() {
            let folder = self.project.folder.display();
            return Err(format!("{folder}: no case is a call that it decides").into());
        }
        Ok(())
    }

    async fn decide(&mut self, plugin: &'static str, count: usize) -> Result<Costs, Failure> {
        let chain = [Step {
            plugin,
            phase: Phase::Route,
            fail_open: false,
        }];
        let mut costs = Costs::default();
        for call in self.calls.iter().cycle().take(count) {
            let (mut call, mut pins) = (call.clone(), Pins::default());
            let (cpu, wall) = (thread_time(), Instant::now());
            let decided = self.plugins.decide(&mut pins, &chain, &mut call).await;
            costs.wall.push(wall.elapsed().as_secs_f64() * 1e6);
            costs.cpu.push((thread_time() - cpu).as_secs_f64() * 1e6);
            let outcome = decided.stages.last().map(|stage| &stage.outcome);
            if !matches!(outcome, Some(StageOutcome::Script | StageOutcome::Next)) {
                let folder = self.project.folder.display();
                return Err(format!("{folder} did not decide: {:?}", decided.stages).into());
            }
        }
        Ok(costs)
    }
}

/// An engine whose directory knows the clients of the example.
fn engine(cache: &Path) -> Result<Plugins, Failure> {
    let runtime = Runtime::new(RuntimeConfig {
        cache_dir: Some(cache.into()),
        ..RuntimeConfig::default()
    })?;
    let present = |name: &str| {
        let presence = Presence {
            contacts: vec![format!("sip:{name}@192.0.2.1")],
            active_calls: 0,
        };
        (name.to_owned(), presence)
    };
    let clients = ["alice", "bob"].map(present).into();
    let directory = Described(Population {
        clients,
        ..Population::default()
    });
    Ok(Plugins::new(runtime, Arc::new(directory)))
}

async fn measure(subjects: &mut [Subject], decisions: usize) -> Result<(), Failure> {
    let count = decisions.div_ceil(ROUNDS);
    for subject in subjects.iter_mut() {
        subject.decide(FRESH, count.min(20)).await?;
        subject.decide(WARM, count.min(20)).await?;
    }
    for _ in 0..ROUNDS {
        for subject in subjects.iter_mut() {
            let fresh = subject.decide(FRESH, count).await?;
            subject.fresh.add(fresh);
            let warm = subject.decide(WARM, count).await?;
            subject.warm.add(warm);
        }
    }
    Ok(())
}

impl Costs {
    fn add(&mut self, mut other: Costs) {
        self.cpu.append(&mut other.cpu);
        self.wall.append(&mut other.wall);
    }

    /// p50 and p99 of CPU time, then of time on the clock.
    fn columns(&self) -> String {
        let of = |values: &Vec<f64>| {
            let quantiles = Quantiles::of(values.clone());
            format!("{:>9.1} {:>9.1}", quantiles.at(0.5), quantiles.at(0.99))
        };
        format!("{} {}", of(&self.cpu), of(&self.wall))
    }
}

fn print(subjects: &[Subject], decisions: usize) {
    println!(
        "{decisions} decisions each of the example plugin; times of decisions in µs: CPU p50 and p99, clock p50 and p99\n"
    );
    println!(
        "{:<10} {:>7} {:>9} {:>10} {:>9} {:>9} | {:^39} | {:^39}",
        "language",
        "cases",
        "size KiB",
        "compile ms",
        "cache ms",
        "MiB live",
        "fresh instance",
        "warm pool"
    );
    for subject in subjects {
        println!(
            "{:<10} {:>7} {:>9.0} {:>10.1} {:>9.2} {:>9.2} | {} | {}",
            subject.project.manifest.plugin.language,
            format!("{}/{}", subject.passed, subject.cases),
            subject.bytes as f64 / 1024.0,
            subject.compile_ms,
            subject.cached_ms,
            subject.memory_bytes as f64 / f64::from(1 << 20),
            subject.fresh.columns(),
            subject.warm.columns()
        );
    }
}
