//! What is asked of a running switch: its plugins, and to load one again.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use crate::cli::runtime::block_on;
use crate::config;
use crate::config::secret::Surroundings;
use crate::config::system::default_control_socket;
use crate::control::{Answer, PluginLine, Request, SeriesLine, ask};
use crate::control_lines::SeriesValue;

/// Where the running switch is asked.
#[derive(Debug, Args)]
pub struct Socket {
    /// The control socket of the switch; without it the one that the configuration names
    #[arg(long)]
    socket: Option<PathBuf>,
    /// The configuration file of the switch
    #[arg(long, short, default_value = config::DEFAULT_FILE, env = "SWITCHHOOK_CONFIG")]
    pub config: PathBuf,
}

impl Socket {
    /// The path of the control socket.
    pub fn path(&self) -> PathBuf {
        self.socket
            .clone()
            .or_else(|| {
                config::load(&self.config)
                    .ok()
                    .map(|(settings, _)| settings.control_socket)
            })
            .unwrap_or_else(|| {
                let variable = |name: &str| std::env::var(name).ok();
                let folder = PathBuf::new();
                default_control_socket(&Surroundings {
                    folder: &folder,
                    variable: &variable,
                })
            })
    }
}

/// Prints the plugins of a running switch.
///
/// # Errors
/// No switch runs there.
pub fn list(socket: &Socket, json: bool) -> anyhow::Result<()> {
    match block_on(ask(&socket.path(), &Request::ListPlugins))? {
        Answer::Plugins { plugins } if json => {
            println!("{}", serde_json::to_string_pretty(&plugins)?);
        }
        Answer::Plugins { plugins } => print(&plugins),
        Answer::Done { message } | Answer::Failed { message } => bail!(message),
        Answer::Metrics { .. } => bail!("the switch answered something else"),
    }
    Ok(())
}

/// Lets a running switch load one plugin, or everything, again.
///
/// # Errors
/// No switch runs there, or it could not do it.
pub fn reload(socket: &Socket, name: Option<String>) -> anyhow::Result<()> {
    let request = name.map_or(Request::Reload, |name| Request::ReloadPlugin { name });
    match block_on(ask(&socket.path(), &request))? {
        Answer::Done { message } => println!("{message}"),
        Answer::Failed { message } => bail!(message),
        Answer::Plugins { .. } | Answer::Metrics { .. } => {
            bail!("the switch answered something else")
        }
    }
    Ok(())
}

/// Prints the numbers that a plugin of a running switch keeps about its work.
///
/// # Errors
/// No switch runs there, or it has no such plugin.
pub fn metrics(socket: &Socket, name: String, json: bool) -> anyhow::Result<()> {
    let request = Request::PluginMetrics { name };
    let mut series = match block_on(ask(&socket.path(), &request))? {
        Answer::Metrics { series } => series,
        Answer::Done { message } | Answer::Failed { message } => bail!(message),
        Answer::Plugins { .. } => bail!("the switch answered something else"),
    };
    series.sort_by(|a, b| (&a.name, &a.labels).cmp(&(&b.name, &b.labels)));
    if json {
        println!("{}", serde_json::to_string_pretty(&series)?);
        return Ok(());
    }
    for SeriesLine {
        name,
        labels,
        value,
    } in series
    {
        let labels: Vec<_> = (labels.iter())
            .map(|(name, value)| format!("{name}={value:?}"))
            .collect();
        let labels = if labels.is_empty() {
            String::new()
        } else {
            format!("{{{}}}", labels.join(","))
        };
        match value {
            SeriesValue::Counter { value } => println!("{name}{labels} {value}"),
            SeriesValue::Gauge { value } => println!("{name}{labels} {value}"),
            SeriesValue::Histogram { sum, count, .. } => {
                println!("{name}{labels} {count} times, {sum} s together");
            }
        }
    }
    Ok(())
}

fn print(plugins: &[PluginLine]) {
    println!(
        "{:<20} {:<12} {:>4} {:>10} {:>9} {:>6}  STATE",
        "NAME", "VERSION", "LOAD", "DECISIONS", "FAILURES", "CALLS"
    );
    for plugin in plugins {
        let mut state = if plugin.available {
            "serving"
        } else {
            "set aside"
        }
        .to_owned();
        for (version, calls) in &plugin.draining {
            state.push_str(&format!(", {calls} calls keep {version}"));
        }
        println!(
            "{:<20} {:<12} {:>4} {:>10} {:>9} {:>6}  {state}",
            plugin.name,
            plugin.version,
            plugin.generation,
            plugin.decisions,
            plugin.failures,
            plugin.calls
        );
        if let Some(error) = &plugin.last_error {
            println!("{:<20} last reload failed: {error}", "");
        }
    }
}
