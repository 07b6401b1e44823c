//! Whole calls through Switchhook, decided in Wasm, beside whole calls through a stateful proxy with its route in Lua:
//! CPU time per call, highest rate without a failure or a retransmission, goodput at twice that rate. One run, one table.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use switchhook_bench::command::{self, Wrong, value};
use switchhook_bench::cpu::process_seconds;
use switchhook_bench::load::{Load, Report, run};
use switchhook_bench::server::{Folder, Server, Switch};

const HELP: &str = "\
usage: whole_call [--rounds N] [--seconds N] [--only switchhook|kamailio] [--switchhook PATH]

  --rounds N         how often both are measured in turn (2)
  --seconds N        how long each rate is offered (3)
  --only NAME        measure one of the two
  --switchhook PATH  the daemon (beside this program)
";
/// What both are given to do when CPU time is compared: calls per second.
const COMMON_RATE: f64 = 1000.0;
const DOMAIN: &str = "127.0.0.1";

struct Options {
    rounds: u32,
    seconds: f64,
    only: Option<String>,
    switch: Switch,
}

/// One of the servers, started and ready.
struct Running {
    server: Server,
    target: SocketAddr,
    callee: SocketAddr,
}

/// What one round found out about one server.
#[derive(Default)]
struct Findings {
    common_microseconds: f64,
    clean_rate: f64,
    clean_microseconds: f64,
    setup_p50: u32,
    setup_p99: u32,
    peak_goodput: f64,
    overload_goodput: f64,
    overload_refused: u32,
    overload_lost: u32,
}

fn main() {
    command::run("whole_call", HELP, parse, compare);
}

fn compare(options: &Options) -> io::Result<()> {
    let folder = Folder::make("whole-call")?;
    println!("{}", Findings::TITLE);
    let mut rows = Vec::new();
    for round in 1..=options.rounds {
        for name in ["switchhook", "kamailio"] {
            if options.only.as_deref().is_some_and(|only| only != name) {
                continue;
            }
            let found = measure(options, name, folder.path())?;
            println!("{}", found.row(&format!("{name} {round}")));
            rows.push((name, found));
        }
    }
    let mean = |name: &str, of: fn(&Findings) -> f64| {
        let values: Vec<f64> = rows
            .iter()
            .filter(|(row, _)| *row == name)
            .map(|(_, found)| of(found))
            .collect();
        values.iter().sum::<f64>() / values.len().max(1) as f64
    };
    if options.only.is_none() {
        for (what, of) in [
            (
                "CPU per call at the common rate",
                (|f| f.common_microseconds) as fn(&Findings) -> f64,
            ),
            ("CPU per call at the highest clean rate", |f| {
                f.clean_microseconds
            }),
            ("highest clean rate", |f| f.clean_rate),
        ] {
            println!(
                "{what}: switchhook / kamailio = {:.2}",
                mean("switchhook", of) / mean("kamailio", of)
            );
        }
    }
    Ok(())
}

impl Findings {
    const TITLE: &str = "server           µs CPU/call @1000/s   clean calls/s  µs CPU/call there  setup p50/p99 µs   peak goodput  goodput @2x (share)  refused  lost";

    fn row(&self, name: &str) -> String {
        format!(
            "{name:16} {:20.1} {:15.0} {:18.1} {:>17} {:14.0} {:12.0} ({:3.0} %) {:8} {:5}",
            self.common_microseconds,
            self.clean_rate,
            self.clean_microseconds,
            format!("{}/{}", self.setup_p50, self.setup_p99),
            self.peak_goodput,
            self.overload_goodput,
            100.0 * self.overload_goodput / self.peak_goodput.max(1.0),
            self.overload_refused,
            self.overload_lost,
        )
    }
}

fn measure(options: &Options, name: &str, folder: &Path) -> io::Result<Findings> {
    let server = if name == "kamailio" {
        kamailio(folder)?
    } else {
        switchhook(&options.switch, folder)?
    };
    let mut found = Findings::default();
    wait_until_it_routes(&server)?;
    let (_, microseconds) = offer(&server, COMMON_RATE, options.seconds * 2.0)?;
    found.common_microseconds = microseconds;
    let mut rate = COMMON_RATE;
    let mut misses = 0;
    while misses < 2 {
        let (report, microseconds) = offer(&server, rate, options.seconds)?;
        found.peak_goodput = found.peak_goodput.max(report.goodput);
        if report.is_clean() {
            (found.clean_rate, found.clean_microseconds) = (rate, microseconds);
            (found.setup_p50, found.setup_p99) = (report.setup_p50, report.setup_p99);
            misses = 0;
            rate *= 1.15;
        } else {
            // Once may be the machine's doing; the same rate is offered again.
            misses += 1;
        }
    }
    let (report, _) = offer(&server, found.clean_rate * 2.0, options.seconds * 3.0)?;
    found.overload_goodput = report.goodput;
    found.overload_refused = report.refused;
    found.overload_lost = report.lost;
    Ok(found)
}

/// Offers calls and returns the report with the server's CPU time per completed call.
fn offer(server: &Running, rate: f64, seconds: f64) -> io::Result<(Report, f64)> {
    let before = process_seconds(server.server.pid());
    let report = run(&load(server, rate, (rate * seconds) as u32), || ())?;
    let used = process_seconds(server.server.pid()) - before;
    // The kernel frees the ports and the server its queues before the next rate.
    std::thread::sleep(Duration::from_millis(500));
    Ok((
        report.clone(),
        used * 1e6 / f64::from(report.completed.max(1)),
    ))
}

fn load(server: &Running, rate: f64, calls: u32) -> Load {
    Load {
        target: server.target,
        callee: server.callee,
        domain: DOMAIN.into(),
        number: "callee".into(),
        rate,
        calls,
        hold: Duration::ZERO,
        grace: Duration::from_secs(4),
    }
}

fn wait_until_it_routes(server: &Running) -> io::Result<()> {
    for _ in 0..20 {
        let mut first = load(server, 50.0, 5);
        first.grace = Duration::from_millis(400);
        if run(&first, || ())?.completed == 5 {
            return Ok(());
        }
    }
    Err(io::Error::other("the server does not put calls through"))
}

fn switchhook(switch: &Switch, folder: &Path) -> io::Result<Running> {
    let (target, callee) = (
        SocketAddr::from(([127, 0, 0, 1], 5160)),
        SocketAddr::from(([127, 0, 0, 1], 5180)),
    );
    let text = include_str!("../../switchhook.toml")
        .replace("BENCH_LISTEN", &target.to_string())
        .replace("BENCH_CALLEE", &callee.to_string());
    Ok(Running {
        server: switch.start(&text, &["table"], folder)?,
        target,
        callee,
    })
}

fn kamailio(folder: &Path) -> io::Result<Running> {
    let (target, callee) = (
        SocketAddr::from(([127, 0, 0, 1], 5170)),
        SocketAddr::from(([127, 0, 0, 1], 5180)),
    );
    let (config, route) = (folder.join("kamailio.cfg"), folder.join("route.lua"));
    fs::write(
        &route,
        include_str!("../../kamailio/route.lua").replace("BENCH_CALLEE", &callee.to_string()),
    )?;
    let text = include_str!("../../kamailio/kamailio.cfg")
        .replace("BENCH_ROUTE_FILE", &route.display().to_string());
    fs::write(&config, text)?;
    // Two workers for two cores, one of which the load generator takes: more did not raise the rate.
    let mut command = Command::new("kamailio");
    command
        .env(
            "PATH",
            format!("/usr/sbin:{}", std::env::var("PATH").unwrap_or_default()),
        )
        .args([
            "-DD",
            "-E",
            "-n",
            "2",
            "-m",
            "2048",
            "-M",
            "32",
            "-l",
            &format!("udp:{target}"),
            "-f",
        ])
        .arg(&config)
        .arg("-P")
        .arg(folder.join("kamailio.pid"))
        .stderr(Stdio::null());
    let server = Server::start(&mut command).map_err(|error| {
        io::Error::other(format!(
            "kamailio: {error} (tests/setup.sh kamailio kamailio-lua-modules)"
        ))
    })?;
    Ok(Running {
        server,
        target,
        callee,
    })
}

fn parse(words: &mut dyn Iterator<Item = String>) -> Result<Option<Options>, String> {
    let mut options = Options {
        rounds: 2,
        seconds: 3.0,
        only: None,
        switch: Switch::default(),
    };
    let read = command::options(words, |word, text| {
        match word {
            "--rounds" => options.rounds = value(&text)?,
            "--seconds" => options.seconds = value(&text)?,
            "--only" => options.only = Some(text),
            "--switchhook" => options.switch.program = text.into(),
            _ => return Err(Wrong::Option),
        }
        Ok(())
    })?;
    Ok(read.map(|()| options))
}
