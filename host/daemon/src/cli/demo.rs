//! `switchhook serve --demo`: an embedded configuration on loopback, a first call through it, and what to try next.

use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::{Context as _, anyhow, bail};
use switchhook_routing::decision::StageOutcome;
use switchhook_routing::record::CallRecord;
use switchhook_sip::flow::Transport;

use crate::cli::phone::demo::{DemoCall, place_call};
use crate::config;
use crate::config::settings::Settings;
use crate::daemon::Running;

/// Where the plugins are looked for: where the build puts them.
pub const PLUGINS: &str = "target/plugins";

/// The demo's domain: what a telephone on this machine resolves by itself.
const DOMAIN: &str = "localhost";
/// The password of every client of the demo. It listens on loopback only.
const PASSWORD: &str = "demo";
/// How long the first call talks.
const TALK: Duration = Duration::from_millis(1500);
/// How long the record of the first call may take to reach the file.
const RECORD: Duration = Duration::from_secs(5);

const CONFIGURATION: &str = include_str!("demo.toml");

/// The embedded configuration, with its plugins from `folder`, listening on `port` of loopback.
///
/// # Errors
/// The plugins are not there, or the port is taken.
pub fn settings(folder: &Path, port: u16) -> anyhow::Result<Settings> {
    let table = folder.join("table.wasm");
    if !table.is_file() {
        bail!(
            "there is no {}: `plugins/build.sh` builds it, or say --plugins FOLDER",
            table.display()
        );
    }
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    if let Err(error) = UdpSocket::bind(address) {
        bail!(
            "{address} cannot be listened on ({error}): say --port with another one, or 0 for any"
        );
    }
    let scratch = scratch();
    std::fs::create_dir_all(&scratch)?;
    let table = table.canonicalize()?;
    let variable = |name: &str| match name {
        "ADDRESS" => Some(address.to_string()),
        "TABLE" => Some(table.display().to_string()),
        "SCRATCH" => Some(scratch.display().to_string()),
        "PASSWORD" => Some(PASSWORD.to_owned()),
        name => std::env::var(name).ok(),
    };
    let (mut settings, _) = config::parse(Path::new("demo.toml"), CONFIGURATION, &variable)
        .map_err(|report| anyhow!("{report}"))?;
    settings.file = None;
    Ok(settings)
}

/// A folder for what the demo writes.
fn scratch() -> PathBuf {
    std::env::temp_dir().join(format!("switchhook-demo-{}", std::process::id()))
}

/// Places the first call and tells what happened and what can be done next.
///
/// # Errors
/// The call could not be placed or was not answered.
pub async fn show(running: &Running) -> anyhow::Result<()> {
    let server = running
        .address(Transport::Udp)
        .context("the demo listens by UDP")?;
    println!(
        "Switchhook serves the domain \"{DOMAIN}\" on {server}. The first call: 1001 calls 1002.\n"
    );
    let client = |name: &str| (name.to_owned(), PASSWORD.to_owned());
    let call = DemoCall {
        server,
        domain: DOMAIN.to_owned(),
        caller: client("1001"),
        callee: client("1002"),
        number: "1002".to_owned(),
        talk: TALK,
    };
    let report = place_call(&call).await?;
    println!("{}", report.ladder.render());
    if !report.caller.answered {
        bail!("the call failed: {}", report.caller.reason());
    }
    let record = first_record(&scratch().join("calls.jsonl")).await?;
    println!("\n{}", decision(&record)?);
    let heard = if report.heard_each_other {
        "each phone heard the other"
    } else {
        "NO SOUND"
    };
    println!("Audio    {heard}");
    println!("{}", what_next(server));
    Ok(())
}

async fn first_record(file: &Path) -> anyhow::Result<CallRecord> {
    let end = tokio::time::Instant::now() + RECORD;
    loop {
        let text = tokio::fs::read_to_string(file).await.unwrap_or_default();
        if let Some((line, _)) = text.split_once('\n') {
            return Ok(serde_json::from_str(line)?);
        }
        if tokio::time::Instant::now() >= end {
            bail!("the call left no record in {}", file.display());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn decision(record: &CallRecord) -> anyhow::Result<String> {
    let decision = record
        .decisions
        .first()
        .context("the record has no decision")?;
    let stage = decision.stages.first().context("no plugin was asked")?;
    if stage.outcome != StageOutcome::Script {
        bail!("the plugin gave no script: {:?}", stage.outcome);
    }
    let targets: Vec<_> = record.legs.iter().map(|leg| leg.target.as_str()).collect();
    Ok(format!(
        "Decision connect {}\n         by the WebAssembly plugin {}@{} in {:.1} µs",
        targets.join(", "),
        stage.plugin,
        stage.version,
        stage.nanoseconds as f64 / 1000.0
    ))
}

fn what_next(server: SocketAddr) -> String {
    format!(
        "
Still serving. Register a phone: server {server}, domain {DOMAIN}, users 1001 to 1005, password \"{PASSWORD}\".
  dial 1001 … 1005   that phone
  dial 100           all of them ring, the first that answers gets the call
  dial 101           1001, then 1002, then 1003, ten seconds each
  dial 486           refused as busy
Or from two other terminals:
  switchhook phone --server {server} --user 1002 --password {PASSWORD} --answer
  switchhook phone --server {server} --user 1001 --password {PASSWORD} --call 1002 --duration 5
Ctrl-C ends it."
    )
}
