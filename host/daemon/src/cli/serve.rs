//! `switchhook serve`: the switch, until a signal ends it.

use std::path::PathBuf;

use anyhow::anyhow;
use clap::Args;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::cli::demo;
use crate::cli::runtime::block_on;
use crate::config;
use crate::config::settings::Settings;
use crate::daemon::{self, Running};
use crate::logging;

/// What is served.
#[derive(Debug, Args)]
pub struct ServeArgs {
    /// The configuration file
    #[arg(long, short, default_value = config::DEFAULT_FILE, env = "SWITCHHOOK_CONFIG")]
    pub config: PathBuf,
    /// Serve an embedded configuration on loopback instead, and place a first call through it
    #[arg(long)]
    pub demo: bool,
    /// With --demo: the folder that has the plugins
    #[arg(long, default_value = demo::PLUGINS, requires = "demo")]
    pub plugins: PathBuf,
    /// With --demo: the port on 127.0.0.1 to listen on; 0 takes any free one
    #[arg(long, default_value_t = 5060, requires = "demo")]
    pub port: u16,
}

/// Serves.
///
/// # Errors
/// The configuration is wrong, or something that it names cannot be had.
pub fn run(args: ServeArgs) -> anyhow::Result<()> {
    let settings = if args.demo {
        demo::settings(&args.plugins, args.port)?
    } else {
        let (settings, report) =
            config::load(&args.config).map_err(|report| anyhow!("{report}"))?;
        for warning in &report.0 {
            eprintln!("{warning}");
        }
        settings
    };
    logging::start(&settings.log);
    block_on(serve(settings, args.demo))
}

async fn serve(settings: Settings, demo: bool) -> anyhow::Result<()> {
    let mut signals = Signals::new()?;
    let running = daemon::start(settings).await?;
    for (transport, address) in running.listeners() {
        tracing::info!(%transport, %address, "listening");
    }
    if demo {
        tokio::select! {
            shown = demo::show(&running) => shown?,
            () = signals.wait_for_end() => return Ok(()),
        }
    }
    signals.serve(&running).await;
    tracing::info!("calls may finish; a second signal ends at once");
    tokio::select! {
        () = running.shutdown() => tracing::info!("ended"),
        () = signals.wait_for_end() => tracing::warn!("ended at once"),
    }
    Ok(())
}

struct Signals {
    hang_up: Signal,
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    fn new() -> std::io::Result<Signals> {
        Ok(Signals {
            hang_up: signal(SignalKind::hangup())?,
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Reloads at every SIGHUP until a signal says to end.
    async fn serve(&mut self, running: &Running) {
        loop {
            tokio::select! {
                _ = self.hang_up.recv() => match running.operator().reload_all().await {
                    Ok(()) => tracing::info!("reloaded"),
                    Err(error) => tracing::error!("not all is reloaded:\n{error}"),
                },
                _ = self.terminate.recv() => return,
                _ = self.interrupt.recv() => return,
            }
        }
    }

    async fn wait_for_end(&mut self) {
        tokio::select! {
            _ = self.terminate.recv() => {}
            _ = self.interrupt.recv() => {}
        }
    }
}
