//! What is asked of a running switch: its plugins, and to load one again.

use std::path::PathBuf;

use anyhow::bail;
use clap::Args;

use crate::cli::paint;
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
            .or_else(|| config::control_socket(&self.config))
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
        Answer::Done { message } => bail!(message),
        _ => bail!("the switch answered something else"),
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
        _ => bail!("the switch answered something else"),
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
        Answer::Done { message } => bail!(message),
        _ => bail!("the switch answered something else"),
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
        "{:<20} {:<12} {:>4} {:>10} {:>9} {:>9} {:>6}  STATE",
        "NAME", "VERSION", "LOAD", "QUESTIONS", "MEAN", "FAILURES", "CALLS"
    );
    for plugin in plugins {
        let busy = plugin.busy_microseconds.saturating_mul(1_000);
        let mean = busy.checked_div(plugin.decisions);
        println!(
            "{:<20} {:<12} {:>4} {:>10} {:>9} {:>9} {:>6}  {}",
            plugin.name,
            plugin.version,
            plugin.generation,
            plugin.decisions,
            mean.map_or_else(|| "-".to_owned(), paint::duration),
            plugin.failures,
            plugin.calls,
            state(plugin)
        );
        if let Some(error) = &plugin.last_error {
            println!("{:<20} last reload failed: {error}", "");
        }
    }
}

/// What it is, and how it is.
fn state(plugin: &PluginLine) -> String {
    let mut parts = vec![plugin.roles.join(", ")];
    if !plugin.available {
        parts.push("set aside".to_owned());
    }
    if let Some(pool) = &plugin.pool {
        parts.push(format!(
            "{} of {} warm instances idle",
            pool.idle, pool.size
        ));
    }
    if let Some(observing) = &plugin.observing {
        let mut text = format!("{} events told, {} wait", observing.told, observing.waiting);
        if observing.failed + observing.dropped > 0 {
            text.push_str(&format!(
                ", {} failed, {} dropped",
                observing.failed, observing.dropped
            ));
        }
        parts.push(text);
    }
    if plugin.state_keys > 0 {
        parts.push(format!("{} keys", plugin.state_keys));
    }
    for (version, calls) in &plugin.draining {
        parts.push(format!("{calls} calls keep {version}"));
    }
    parts.join("; ")
}
