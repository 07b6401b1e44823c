//! `switchhook simulate`: puts a call that nobody makes to the plugins of its dialplan, on the engine that serves real
//! calls, and prints what they decide.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Instant;

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use serde::Serialize;
use switchhook_call::dialplan::{DEFAULT_DIALPLAN, PluginStep, Route};
use switchhook_routing::call::{Call, Origin};
use switchhook_routing::decision::{Phase, Stage, StageOutcome};
use switchhook_routing::event::ScriptSource;
use switchhook_routing::verb::{Script, Verb};
use switchhook_wasm::directory::EmptyDirectory;
use switchhook_wasm::pins::Pins;
use switchhook_wasm::plugins::{Plugins, Step};
use switchhook_wasm::runtime::{Runtime as Engine, RuntimeConfig};
use switchhook_wasm::spec::PluginSpec;

use crate::cli::runtime::block_on;
use crate::config;
use crate::config::exchange;
use crate::config::settings::Settings;
use crate::logging;

/// How many `delegate` and `redial` verbs are followed.
const FOLLOWED: usize = 8;

/// What is simulated.
#[derive(Debug, Args)]
pub struct SimulateArgs {
    /// The call as JSON: `domain`, `caller` and `callee` are enough; `-` reads standard input
    pub call: PathBuf,
    /// The configuration whose dialplans and plugins decide
    #[arg(long, short, default_value = config::DEFAULT_FILE, env = "SWITCHHOOK_CONFIG")]
    pub config: PathBuf,
    /// Ask this component instead of what the configuration says
    #[arg(long)]
    pub plugin: Option<PathBuf>,
    /// The settings of --plugin, a JSON file
    #[arg(long, requires = "plugin")]
    pub settings: Option<PathBuf>,
    /// Print JSON
    #[arg(long)]
    pub json: bool,
    /// Decide this many times and print the last; with more than one also the median time
    #[arg(long, default_value_t = 1)]
    pub times: u32,
}

/// What was decided.
#[derive(Debug, Serialize)]
struct Outcome {
    source: ScriptSource,
    script: Script,
    stages: Vec<Stage>,
    /// Of all plugins asked, as the caller would have waited.
    microseconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    median_microseconds: Option<f64>,
}

/// Simulates and prints.
///
/// # Errors
/// The call, the configuration or the plugin cannot be used.
pub fn run(args: SimulateArgs) -> anyhow::Result<()> {
    block_on(simulate(args))
}

async fn simulate(args: SimulateArgs) -> anyhow::Result<()> {
    let mut call = read_call(&args.call)?;
    let bench = match &args.plugin {
        Some(plugin) => Bench::of_plugin(plugin, args.settings.as_deref()).await?,
        None => Bench::of_configuration(&args.config).await?,
    };
    bench.complete(&mut call)?;
    let mut times = Vec::new();
    let mut outcome = bench.decide(call.clone()).await?;
    for _ in 1..args.times {
        times.push(outcome.microseconds);
        outcome = bench.decide(call.clone()).await?;
    }
    if args.times > 1 {
        times.push(outcome.microseconds);
        times.sort_by(f64::total_cmp);
        outcome.median_microseconds = times.get(times.len() / 2).copied();
    }
    if args.json {
        println!("{}", serde_json::to_string_pretty(&outcome)?);
    } else {
        print(&call, &outcome)?;
    }
    Ok(())
}

fn read_call(path: &Path) -> anyhow::Result<Call> {
    let text = if path == Path::new("-") {
        std::io::read_to_string(std::io::stdin())?
    } else {
        std::fs::read_to_string(path).with_context(|| path.display().to_string())?
    };
    let mut value: serde_json::Value =
        serde_json::from_str(&text).with_context(|| path.display().to_string())?;
    if let Some(call) = value.as_object_mut() {
        call.entry("id").or_insert_with(|| "simulated".into());
    }
    serde_json::from_value(value).with_context(|| path.display().to_string())
}

/// Plugins that are loaded, and what they are asked by.
struct Bench {
    plugins: Plugins,
    settings: Option<Settings>,
}

/// The name of the plugin that was given on the command line.
const LONE: &str = "plugin";

impl Bench {
    async fn of_plugin(path: &Path, settings: Option<&Path>) -> anyhow::Result<Bench> {
        let mut spec = PluginSpec::new(LONE, path);
        if let Some(file) = settings {
            let folder = file.parent().unwrap_or(Path::new(""));
            let variable = |name: &str| std::env::var(name).ok();
            let surroundings = config::secret::Surroundings {
                folder,
                variable: &variable,
            };
            spec.settings = config::plugins::settings_from_file(file, &surroundings)
                .map_err(|message| anyhow!("{}: {message}", file.display()))?;
        }
        let plugins = engine(None)?;
        plugins.load(spec).await?;
        Ok(Bench {
            plugins,
            settings: None,
        })
    }

    async fn of_configuration(file: &Path) -> anyhow::Result<Bench> {
        let (settings, _) = config::load(file).map_err(|report| anyhow!("{report}"))?;
        logging::start(&settings.log);
        let plugins = engine(settings.plugin_cache.clone())?;
        for plugin in &settings.plugins {
            if let Err(error) = plugins.load(plugin.spec.clone()).await {
                eprintln!("{}:{}: {error}", file.display(), plugin.line);
            }
        }
        Ok(Bench {
            plugins,
            settings: Some(settings),
        })
    }

    /// Fills in what a real call would have: a caller that is a client of the domain calls as that client.
    fn complete(&self, call: &mut Call) -> anyhow::Result<()> {
        let Some(settings) = &self.settings else {
            return Ok(());
        };
        call.domain = call.domain.to_lowercase();
        let domain = settings
            .domains
            .iter()
            .find(|domain| domain.name == call.domain);
        let domain = domain.with_context(|| format!("there is no domain \"{}\"", call.domain))?;
        let known = domain
            .clients
            .iter()
            .any(|client| client.username == call.caller);
        if call.origin == Origin::Api && known {
            call.origin = Origin::Client(call.caller.clone());
        }
        Ok(())
    }

    /// Asks as the exchange would, from the route down to the default destination.
    async fn decide(&self, mut call: Call) -> anyhow::Result<Outcome> {
        let mut route = self.route(&call)?;
        let mut pins = Pins::default();
        let mut stages = Vec::new();
        let mut microseconds = 0.0;
        let mut script = None;
        for _ in 0..FOLLOWED {
            let plugins = route.plugins.iter();
            let steps: Vec<_> = plugins
                .map(|step| Step {
                    plugin: &step.name,
                    phase: step.phase,
                    fail_open: step.fail_open,
                })
                .collect();
            let begin = Instant::now();
            let decided = self.plugins.decide(&mut pins, &steps, &mut call).await;
            microseconds += begin.elapsed().as_nanos() as f64 / 1000.0;
            stages.extend(decided.stages);
            script = decided.script;
            match script.as_deref() {
                Some([Verb::Delegate(delegate), ..]) => {
                    let step = PluginStep {
                        name: delegate.plugin.clone(),
                        phase: Phase::Route,
                        fail_open: false,
                    };
                    let plugins = Arc::from([step]);
                    route = Arc::new(Route {
                        plugins,
                        fallback: route.fallback.clone(),
                        variables: route.variables.clone(),
                    });
                }
                Some([Verb::Redial(redial), ..]) => {
                    call.callee.clone_from(&redial.callee);
                    route = self.route(&call)?;
                }
                _ => break,
            }
        }
        let (source, script) = self.ladder(script, &route, &call);
        Ok(Outcome {
            source,
            script,
            stages,
            microseconds,
            median_microseconds: None,
        })
    }

    fn ladder(&self, script: Option<Script>, route: &Route, call: &Call) -> (ScriptSource, Script) {
        if let Some(script) = script {
            return (ScriptSource::Plugin, script);
        }
        if let Some(fallback) = &route.fallback {
            return (ScriptSource::RouteFallback, fallback.clone());
        }
        let domains = self.settings.iter().flat_map(|settings| &settings.domains);
        let domain = domains
            .into_iter()
            .find(|domain| domain.name == call.domain);
        match domain {
            Some(domain) => (
                ScriptSource::DefaultDestination,
                domain.default_destination.clone(),
            ),
            None => (ScriptSource::None, Vec::new()),
        }
    }

    fn route(&self, call: &Call) -> anyhow::Result<Arc<Route>> {
        let Some(settings) = &self.settings else {
            let step = PluginStep {
                name: LONE.to_owned(),
                phase: Phase::Route,
                fail_open: false,
            };
            return Ok(Arc::new(Route {
                plugins: Arc::from([step]),
                fallback: None,
                variables: Vec::new(),
            }));
        };
        let config = exchange::config(settings, &[]);
        let domain = config
            .domains
            .get(&call.domain)
            .context("the domain is gone")?;
        let dialplan = match &call.origin {
            Origin::Client(name) => {
                let client = domain.clients.get(name);
                let client = client.with_context(|| format!("there is no client \"{name}\""))?;
                client.dialplan.as_deref()
            }
            Origin::Trunk(name) => {
                let trunk = domain.trunks.iter().find(|trunk| trunk.name == *name);
                let trunk = trunk.with_context(|| format!("there is no trunk \"{name}\""))?;
                Some(trunk.dialplan.as_str())
            }
            Origin::Api => None,
        };
        let dialplan = dialplan.unwrap_or(DEFAULT_DIALPLAN);
        let route = domain
            .dialplans
            .get(dialplan)
            .and_then(|d| d.route(&call.callee));
        match route {
            Some(route) => Ok(Arc::clone(route)),
            None if domain.dialplans.contains_key(dialplan) => Ok(Arc::new(Route {
                plugins: Arc::from([]),
                fallback: None,
                variables: Vec::new(),
            })),
            None => bail!(
                "{} has no dialplan \"{dialplan}\": let `caller` be one of its clients, or set `origin`",
                domain.name
            ),
        }
    }
}

fn engine(cache_dir: Option<PathBuf>) -> anyhow::Result<Plugins> {
    let engine = Engine::new(RuntimeConfig {
        cache_dir,
        ..RuntimeConfig::default()
    })?;
    Ok(Plugins::new(engine, Arc::new(EmptyDirectory)))
}

fn print(call: &Call, outcome: &Outcome) -> anyhow::Result<()> {
    println!("{} calls {} in {}", call.caller, call.callee, call.domain);
    for stage in &outcome.stages {
        let microseconds = stage.nanoseconds as f64 / 1000.0;
        let what = match &stage.outcome {
            StageOutcome::Script => "decided".to_owned(),
            StageOutcome::Next => "left it to the next".to_owned(),
            StageOutcome::Proceed => "let the rest follow".to_owned(),
            StageOutcome::Error(text) => format!("returned an error: {text}"),
            StageOutcome::Trapped(text) => format!("trapped: {text}"),
            StageOutcome::TimedOut => "ran out of time".to_owned(),
            StageOutcome::OutOfMemory => "ran out of memory".to_owned(),
            StageOutcome::BadDecision(text) => format!("gave no valid decision: {text}"),
            StageOutcome::Unavailable(text) => format!("could not be asked: {text}"),
        };
        println!(
            "  {}@{} {what} in {microseconds:.1} µs",
            stage.plugin, stage.version
        );
    }
    let source = match outcome.source {
        ScriptSource::Plugin => "the plugin's script",
        ScriptSource::RouteFallback => "the route's fallback",
        ScriptSource::DefaultDestination => "the domain's default destination",
        ScriptSource::None => "nothing: 480",
    };
    println!("  → {source}, after {:.1} µs", outcome.microseconds);
    if let Some(median) = outcome.median_microseconds {
        println!("  median {median:.1} µs");
    }
    println!("{}", serde_json::to_string_pretty(&outcome.script)?);
    Ok(())
}
