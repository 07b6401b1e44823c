//! `switchhook plugin watch`: builds and tests at every change, and swaps a good plugin into a running switch.

use std::path::{Path, PathBuf};
use std::time::{Instant, SystemTime};

use anyhow::{Context as _, anyhow, bail};
use clap::Args;
use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use switchhook_workbench::building;
use switchhook_workbench::error::suggestion;
use switchhook_workbench::manifest::Project;
use tokio::sync::mpsc::Receiver;

use crate::cli::paint::Paint;
use crate::cli::plugin::build;
use crate::cli::plugin::operator::Socket;
use crate::cli::plugin::test::{self, Subject};
use crate::cli::runtime::block_on;
use crate::config;
use crate::control::{Answer, Request, ask};
use crate::limits;
use crate::watcher;

/// What is watched.
#[derive(Debug, Args)]
#[command(after_help = "\
With --deploy, the running switch loads the plugin in the place of NAME once all its cases pass: new calls get it, calls that are
up keep what they have. One that fails a case is not deployed. The switch goes back to the file of its configuration when NAME
is reloaded or the switch starts anew.

Examples:
  switchhook plugin watch
  switchhook plugin watch --deploy reception --config switchhook.toml")]
pub struct WatchArgs {
    /// The project's folder
    #[arg(default_value = ".")]
    pub dir: PathBuf,
    /// Load it into the running switch under this name, if its cases pass
    #[arg(long, value_name = "NAME")]
    pub deploy: Option<String>,
    /// Where the switch is.
    #[command(flatten)]
    pub socket: Socket,
}

/// Watches until it is interrupted.
///
/// # Errors
/// There is no project, the configuration has no such plugin, or files cannot be watched.
pub fn run(args: &WatchArgs) -> anyhow::Result<()> {
    let project = Project::open(&args.dir)?;
    let target = match &args.deploy {
        Some(name) => Some(Target::of(name, &args.socket, &project)?),
        None => None,
    };
    block_on(watch(&args.dir, target.as_ref()))
}

async fn watch(dir: &Path, target: Option<&Target>) -> anyhow::Result<()> {
    let mut changes = Changes::new(dir)?;
    loop {
        let seen = changes.newest(dir);
        if let Err(error) = round(dir, target).await {
            eprintln!("{error:#}");
        }
        println!("\nwaiting for changes");
        changes.after(dir, seen).await?;
        println!();
    }
}

/// Builds, tests, and deploys if there is where to.
///
/// # Errors
/// What did not go well. Nothing was deployed then.
async fn round(dir: &Path, target: Option<&Target>) -> anyhow::Result<()> {
    let project = Project::open(dir)?;
    build::build_if_needed(&project)?;
    let component = project.component();
    let subject = Subject {
        project: Some(project),
        component: None,
        cases: Vec::new(),
    };
    let begun = Instant::now();
    let results = test::test(&subject, None).await?;
    test::print(&subject, &results, begun, Paint::stdout());
    match target {
        Some(target) if results.failed() == 0 => target.deploy(&component).await,
        Some(target) => bail!("{} is not deployed: a case failed", target.name),
        None => Ok(()),
    }
}

/// Where a plugin is deployed.
struct Target {
    name: String,
    socket: PathBuf,
}

impl Target {
    fn of(name: &str, socket: &Socket, project: &Project) -> anyhow::Result<Target> {
        let (settings, _) = config::load(&socket.config).map_err(|report| anyhow!("{report}"))?;
        let mut plugins = settings.plugins.iter();
        let Some(plugin) = plugins.find(|plugin| plugin.spec.name == name) else {
            let known = settings.plugins.iter();
            let known = known.map(|plugin| plugin.spec.name.as_str());
            bail!(
                "{} has no plugin \"{name}\"{}",
                socket.config.display(),
                suggestion(name, known)
            );
        };
        let file = &plugin.spec.path;
        let real = |path: &Path| path.canonicalize().ok();
        if real(file).is_some() && real(file) == real(&project.component()) {
            bail!(
                "the switch loads {} itself, before any case was decided: let `file` of [plugins.{name}] name another path",
                file.display()
            );
        }
        Ok(Target {
            name: name.to_owned(),
            socket: socket.path(),
        })
    }

    async fn deploy(&self, component: &Path) -> anyhow::Result<()> {
        let file = component
            .canonicalize()
            .with_context(|| component.display().to_string())?;
        let request = Request::DeployPlugin {
            name: self.name.clone(),
            file,
        };
        match ask(&self.socket, &request).await? {
            Answer::Done { message } => println!("{} {message}", Paint::stdout().green("deployed")),
            _ => bail!("the switch answered something else"),
        }
        Ok(())
    }
}

/// Changes of what a project is made of.
struct Changes {
    watcher: RecommendedWatcher,
    watched: Vec<PathBuf>,
    events: Receiver<()>,
}

impl Changes {
    fn new(dir: &Path) -> anyhow::Result<Changes> {
        let (watcher, events) = watcher::changes()?;
        let mut changes = Changes {
            watcher,
            watched: Vec::new(),
            events,
        };
        changes.follow(dir);
        Ok(changes)
    }

    /// Watches what the project names now: folders, and the folders of files, since editors replace files.
    fn follow(&mut self, dir: &Path) {
        for path in paths(dir) {
            let (path, mode) = if path.is_dir() {
                (path, RecursiveMode::Recursive)
            } else {
                let parent = path.parent().filter(|parent| *parent != Path::new(""));
                (
                    parent.unwrap_or(Path::new(".")).to_owned(),
                    RecursiveMode::NonRecursive,
                )
            };
            if self.watched.contains(&path) {
                continue;
            }
            match self.watcher.watch(&path, mode) {
                Ok(()) => self.watched.push(path),
                Err(error) => eprintln!("{}: changes will not be noticed: {error}", path.display()),
            }
        }
    }

    /// When the last of it was changed.
    fn newest(&self, dir: &Path) -> Option<SystemTime> {
        paths(dir)
            .iter()
            .filter_map(|path| building::newest(path))
            .max()
    }

    /// Waits until something is newer than `seen`.
    async fn after(&mut self, dir: &Path, seen: Option<SystemTime>) -> anyhow::Result<()> {
        loop {
            self.follow(dir);
            if self.newest(dir) > seen {
                return Ok(());
            }
            self.events
                .recv()
                .await
                .context("nothing is watched any more")?;
            tokio::time::sleep(limits::WATCH_SETTLE).await;
            let _ = self.events.try_recv();
        }
    }
}

/// What a project is made of; while its `plugin.toml` cannot be read, that alone.
fn paths(dir: &Path) -> Vec<PathBuf> {
    match Project::open(dir) {
        Ok(project) => project.watched(),
        Err(_) => vec![dir.join(switchhook_workbench::manifest::FILE)],
    }
}
