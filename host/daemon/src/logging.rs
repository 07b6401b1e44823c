//! Log lines: text or JSON on standard error.

use std::io::{self, IsTerminal as _};

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

use crate::config::settings::Log;

/// Starts logging. `RUST_LOG`, if set, overrides the level. Does nothing if logging has been started before.
pub fn start(log: &Log) {
    let filter = EnvFilter::try_from_default_env()
        .or_else(|_| EnvFilter::try_new(&log.filter))
        .unwrap_or_else(|_| EnvFilter::new("info"));
    let lines = fmt()
        .with_env_filter(filter)
        .with_writer(io::stderr)
        .with_ansi(io::stderr().is_terminal());
    let _ = if log.json {
        lines.json().flatten_event(true).try_init()
    } else {
        lines.with_target(false).compact().try_init()
    };
}
