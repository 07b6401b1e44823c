//! Whole calls through Switchhook, decided in Wasm, beside whole calls through a stateful proxy with its route in Lua:
//! CPU time per call, highest rate without a failure or a retransmission, goodput at twice that rate. One run, one table.

use std::fs;
use std::io;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use switchhook_bench::cpu::process_seconds;
use switchhook_bench::load::{Load, Report, run};

const HELP: &str = "\
usage: whole_call [--rounds N] [--seconds N] [--only switchhook|kamailio] [--switchhook PATH]

  --rounds N         how often both are measured in turn (2)
  --seconds N        how long each rate is offered (3)
  --only NAME        measure one of the two
  --switchhook PATH  the daemon (beside this program); its plugins lie in target/plugins of the current folder
";
/// What both are given to do when CPU time is compared: calls per second.
const COMMON_RATE: f64 = 1000.0;
const DOMAIN: &str = "127.0.0.1";

struct Options {
    rounds: u32,
    seconds: f64,
    only: Option<String>,
    switchhook: PathBuf,
}

/// One of the servers, started and ready.
struct Server {
    child: Child,
    target: SocketAddr,
    callee: SocketAddr,
}

impl Drop for Server {
    fn drop(&mut self) {
        // SAFETY: the process is our child and not yet waited for.
        unsafe { libc::kill(self.child.id() as libc::pid_t, libc::SIGTERM) };
        let deadline = Instant::now() + Duration::from_secs(3);
        while Instant::now() < deadline {
            if matches!(self.child.try_wait(), Ok(Some(_))) {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
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
    let options = match parse(std::env::args().skip(1)) {
        Ok(Some(options)) => options,
        Ok(None) => return print!("{HELP}"),
        Err(message) => {
            eprintln!("whole_call: {message}\n\n{HELP}");
            std::process::exit(2);
        }
    };
    if let Err(error) = compare(&options) {
        eprintln!("whole_call: {error}");
        std::process::exit(1);
    }
}

fn compare(options: &Options) -> io::Result<()> {
    let folder = std::env::temp_dir().join(format!("switchhook-bench-{}", std::process::id()));
    fs::create_dir_all(&folder)?;
    println!("{}", Findings::TITLE);
    let mut rows = Vec::new();
    for round in 1..=options.rounds {
        for name in ["switchhook", "kamailio"] {
            if options.only.as_deref().is_some_and(|only| only != name) {
                continue;
            }
            let found = measure(options, name, &folder)?;
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
    fs::remove_dir_all(&folder)
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
        switchhook(options, folder)?
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
fn offer(server: &Server, rate: f64, seconds: f64) -> io::Result<(Report, f64)> {
    let before = process_seconds(server.child.id());
    let report = run(&load(server, rate, (rate * seconds) as u32), || ())?;
    let used = process_seconds(server.child.id()) - before;
    // The kernel frees the ports and the server its queues before the next rate.
    std::thread::sleep(Duration::from_millis(500));
    Ok((
        report.clone(),
        used * 1e6 / f64::from(report.completed.max(1)),
    ))
}

fn load(server: &Server, rate: f64, calls: u32) -> Load {
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

fn wait_until_it_routes(server: &Server) -> io::Result<()> {
    for _ in 0..20 {
        let mut first = load(server, 50.0, 5);
        first.grace = Duration::from_millis(400);
        if run(&first, || ())?.completed == 5 {
            return Ok(());
        }
    }
    Err(io::Error::other("the server does not put calls through"))
}

fn switchhook(options: &Options, folder: &Path) -> io::Result<Server> {
    let (target, callee) = (
        SocketAddr::from(([127, 0, 0, 1], 5160)),
        SocketAddr::from(([127, 0, 0, 1], 5180)),
    );
    let plugin = fs::canonicalize("target/plugins/table.wasm").map_err(|error| {
        io::Error::other(format!(
            "target/plugins/table.wasm: {error} (plugins/build.sh makes it)"
        ))
    })?;
    let config = folder.join("switchhook.toml");
    let text = include_str!("../../switchhook.toml")
        .replace("BENCH_LISTEN", &target.to_string())
        .replace("BENCH_CALLEE", &callee.to_string())
        .replace("BENCH_PLUGIN", &plugin.display().to_string())
        .replace("BENCH_FOLDER", &folder.display().to_string());
    fs::write(&config, text)?;
    let child = Command::new(&options.switchhook)
        .arg("serve")
        .arg("--config")
        .arg(&config)
        .stdout(Stdio::null())
        .stderr(Stdio::inherit())
        .spawn()?;
    Ok(Server {
        child,
        target,
        callee,
    })
}

fn kamailio(folder: &Path) -> io::Result<Server> {
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
    let child = Command::new("kamailio")
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
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| {
            io::Error::other(format!(
                "kamailio: {error} (tests/setup.sh kamailio kamailio-lua-modules)"
            ))
        })?;
    Ok(Server {
        child,
        target,
        callee,
    })
}

fn parse(mut words: impl Iterator<Item = String>) -> Result<Option<Options>, String> {
    let beside = std::env::current_exe()
        .ok()
        .and_then(|path| Some(path.parent()?.join("switchhook")));
    let mut options = Options {
        rounds: 2,
        seconds: 3.0,
        only: None,
        switchhook: beside.unwrap_or_default(),
    };
    while let Some(word) = words.next() {
        if word == "--help" || word == "-h" {
            return Ok(None);
        }
        let value = words.next().ok_or(format!("{word} needs a value"))?;
        match word.as_str() {
            "--rounds" => {
                options.rounds = value.parse().map_err(|_| format!("{value} is no number"))?
            }
            "--seconds" => {
                options.seconds = value.parse().map_err(|_| format!("{value} is no number"))?
            }
            "--only" => options.only = Some(value),
            "--switchhook" => options.switchhook = value.into(),
            _ => return Err(format!("unknown option {word}")),
        }
    }
    Ok(Some(options))
}
