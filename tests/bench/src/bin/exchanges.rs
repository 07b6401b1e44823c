//! Whole calls through one exchange and through two, in two domains: CPU time per call, highest clean rate, and which thread is
//! full there. The third case, two exchanges and one domain, shows what handing messages over costs where it brings nothing.

use std::io;
use std::net::SocketAddr;
use std::path::Path;
use std::time::{Duration, Instant};

use switchhook_bench::command::{self, Wrong, value};
use switchhook_bench::cpu::{process_seconds, thread_seconds};
use switchhook_bench::load::{Load, Report, run};
use switchhook_bench::server::{Folder, Server, Switch};

const HELP: &str = "\
usage: exchanges [--rounds N] [--seconds N] [--rate N] [--top RATE] [--switch-cpus LIST] [--switchhook PATH]

  --rounds N          how often the cases are measured in turn (2)
  --seconds N         how long each rate is offered (3)
  --rate N            the common rate at which CPU time is compared: calls per second of both domains (1000)
  --top RATE          do not look for the highest clean rate beyond this (20000); 0: do not look
  --switch-cpus LIST  run the switch on these cores alone, by taskset; run this program itself under taskset as well
  --switchhook PATH   the daemon (beside this program)
";
/// As in `exchanges.toml`. With two exchanges the first domain belongs to exchange 0, the second to exchange 1.
const DOMAINS: [&str; 2] = ["one.bench", "a.bench"];
const NUMBERS: [&str; 2] = ["first", "second"];
const TARGET: SocketAddr =
    SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 5260);
const CALLEES: [u16; 2] = [5280, 5281];

struct Options {
    rounds: u32,
    seconds: f64,
    rate: f64,
    top: f64,
    switch: Switch,
}

/// What is compared.
struct Case {
    name: &'static str,
    exchanges: u8,
    domains: usize,
}

const CASES: [Case; 3] = [
    Case {
        name: "1 exchange, 2 domains",
        exchanges: 1,
        domains: 2,
    },
    Case {
        name: "2 exchanges, 2 domains",
        exchanges: 2,
        domains: 2,
    },
    Case {
        name: "2 exchanges, 1 domain",
        exchanges: 2,
        domains: 1,
    },
];

/// What one offer came to.
struct Offer {
    clean: bool,
    /// CPU time of the switch per completed call.
    microseconds: f64,
    /// How busy each signalling thread was: per cent of a core.
    busy: Vec<f64>,
    /// How busy this program was.
    generator: f64,
}

fn main() {
    command::run("exchanges", HELP, parse, compare);
}

fn compare(options: &Options) -> io::Result<()> {
    let folder = Folder::make("exchanges")?;
    println!(
        "{:24} {:>14} {:>18} {:>14} {:>14} {:>18} {:>10}",
        "case",
        "µs CPU/call",
        "busy % (threads)",
        "clean calls/s",
        "µs CPU/call",
        "busy % (threads)",
        "generator"
    );
    for _ in 0..options.rounds {
        for case in &CASES {
            measure(options, case, folder.path())?;
        }
    }
    Ok(())
}

fn measure(options: &Options, case: &Case, folder: &Path) -> io::Result<()> {
    let switch = start(options, case, folder)?;
    wait_until_it_routes(&switch, case)?;
    let common = offer(&switch, case, options.rate, options.seconds * 2.0)?;
    let mut best: Option<(f64, Offer)> = None;
    let (mut rate, mut misses) = (options.rate, 0);
    while misses < 2 && rate <= options.top {
        let found = offer(&switch, case, rate, options.seconds)?;
        if found.clean {
            best = Some((rate, found));
            misses = 0;
            rate *= 1.15;
        } else {
            // Once may be the machine's doing; the same rate is offered again.
            misses += 1;
        }
    }
    let at_best = best.map_or_else(String::new, |(rate, offer)| {
        format!(
            "{rate:14.0} {:14.1} {:>18} {:8.0} %",
            offer.microseconds,
            percent(&offer.busy),
            offer.generator
        )
    });
    println!(
        "{:24} {:14.1} {:>18} {at_best}",
        case.name,
        common.microseconds,
        percent(&common.busy)
    );
    Ok(())
}

fn percent(busy: &[f64]) -> String {
    let texts: Vec<_> = busy.iter().map(|busy| format!("{busy:.0}")).collect();
    texts.join(" + ")
}

/// Offers calls in the case's domains at once, each from sockets of its own.
fn offer(switch: &Server, case: &Case, rate: f64, seconds: f64) -> io::Result<Offer> {
    let pid = switch.pid();
    let (used, threads) = (process_seconds(pid), signalling(pid));
    let (own, began) = (process_seconds(std::process::id()), Instant::now());
    let loads: Vec<Load> = (0..case.domains)
        .map(|domain| load(domain, rate / case.domains as f64, seconds))
        .collect();
    let reports: Vec<io::Result<Report>> = std::thread::scope(|scope| {
        let running: Vec<_> = (loads.iter())
            .map(|load| scope.spawn(|| run(load, || ())))
            .collect();
        let results = running.into_iter().map(|thread| thread.join());
        results
            .map(|result| {
                result.unwrap_or_else(|_| Err(io::Error::other("the generator panicked")))
            })
            .collect()
    });
    let reports: Vec<Report> = reports.into_iter().collect::<io::Result<_>>()?;
    let elapsed = began.elapsed().as_secs_f64();
    let busy = (signalling(pid).iter().zip(&threads))
        .map(|(after, before)| 100.0 * (after - before) / elapsed)
        .collect();
    let completed: u32 = reports.iter().map(|report| report.completed).sum();
    // The daemon is a child of this process, whose time the family's includes.
    let all = process_seconds(std::process::id()) - own;
    let used = process_seconds(pid) - used;
    // The kernel frees the ports and the server its queues before the next rate.
    std::thread::sleep(Duration::from_millis(500));
    Ok(Offer {
        clean: reports.iter().all(Report::is_clean),
        microseconds: used * 1e6 / f64::from(completed.max(1)),
        busy,
        generator: 100.0 * (all - used) / elapsed,
    })
}

/// CPU time of the switch's signalling threads: seconds, in the order of their names.
fn signalling(pid: u32) -> Vec<f64> {
    let threads = thread_seconds(pid).into_iter();
    threads
        .filter(|(name, _)| name.starts_with("signalling"))
        .map(|(_, seconds)| seconds)
        .collect()
}

fn load(domain: usize, rate: f64, seconds: f64) -> Load {
    Load {
        target: TARGET,
        callee: callee(domain),
        domain: DOMAINS[domain].into(),
        number: NUMBERS[domain].into(),
        rate,
        calls: (rate * seconds) as u32,
        hold: Duration::ZERO,
        grace: Duration::from_secs(4),
    }
}

fn callee(domain: usize) -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], CALLEES[domain]))
}

fn wait_until_it_routes(switch: &Server, case: &Case) -> io::Result<()> {
    for _ in 0..20 {
        if offer(switch, case, 20.0, 0.5)?.clean {
            return Ok(());
        }
    }
    Err(io::Error::other("the switch does not put calls through"))
}

fn start(options: &Options, case: &Case, folder: &Path) -> io::Result<Server> {
    let text = include_str!("../../exchanges.toml")
        .replace("BENCH_LISTEN", &TARGET.to_string())
        .replace("BENCH_EXCHANGES", &case.exchanges.to_string());
    options.switch.start(&text, &["table"], folder)
}

fn parse(words: &mut dyn Iterator<Item = String>) -> Result<Option<Options>, String> {
    let mut options = Options {
        rounds: 2,
        seconds: 3.0,
        rate: 1000.0,
        top: 20_000.0,
        switch: Switch::default(),
    };
    let read = command::options(words, |word, text| {
        match word {
            "--rounds" => options.rounds = value(&text)?,
            "--seconds" => options.seconds = value(&text)?,
            "--rate" => options.rate = value(&text)?,
            "--top" => options.top = value(&text)?,
            "--switch-cpus" => options.switch.cpus = Some(text),
            "--switchhook" => options.switch.program = text.into(),
            _ => return Err(Wrong::Option),
        }
        Ok(())
    })?;
    Ok(read.map(|()| options))
}
