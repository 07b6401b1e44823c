//! Calls with media through the real daemon: how many it can take, what they cost it, what it adds to their delay, and whether it
//! stays as it is over a long time. One mode a run.

use std::fs;
use std::io;
use std::net::{SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use switchhook_bench::command::{self, Wrong, value};
use switchhook_bench::cpu::process_seconds;
use switchhook_bench::load::{Load, run_with};
use switchhook_bench::media::mode::Mode;
use switchhook_bench::media::phones::{Counts, MediaPhones, Workers};
use switchhook_bench::media::report::Findings;
use switchhook_bench::media::watch::{Held, Used};
use switchhook_bench::server::{Folder, Server, Switch};
use switchhook_daemon::media_shell::raise_open_files;

const HELP: &str = "\
usage: media_load [--mode MODE] [--calls N] [--seconds N] [--rate N] [--media-threads N] [--threads N] [--json FILE]
                  [--switch-cpus LIST] [--switchhook PATH]

  --mode MODE         relay, transcode-ENCODING, record, prompt, tone, conference (rooms of 50), gather (relay)
  --calls N           calls at once, at most 5000 (100)
  --seconds N         how long it is measured when all calls are up (10)
  --rate N            calls set up per second (50)
  --media-threads N   media threads of the switch (1)
  --threads N         threads with telephones of this program (1)
  --json FILE         write the figures there as well
  --switch-cpus LIST  run the switch on these cores alone, by taskset; run this program itself under taskset as well
  --switchhook PATH   the daemon ($SWITCHHOOK, or the one beside this program)

Ends with status 1 if a call was lost or somebody heard nothing.
";
/// From the last call's setup to the beginning of measuring.
const SETTLE: Duration = Duration::from_secs(3);
/// From the end of measuring to the first hang-up.
const MARGIN: Duration = Duration::from_secs(1);
/// How often memory is looked at.
const LOOK: Duration = Duration::from_secs(10);
/// How long the switch may take until it answers.
const START: Duration = Duration::from_secs(20);
/// The ports that the switch and the callee try, one after the other.
const SIP_PORTS: std::ops::Range<u16> = 5360..5600;
/// Most calls: each has four descriptors in the switch, and its number four digits.
const MOST_CALLS: u32 = 5000;

struct Options {
    mode: String,
    calls: u32,
    seconds: u64,
    rate: f64,
    media_threads: u32,
    threads: usize,
    json: Option<PathBuf>,
    switch: Switch,
}

fn main() {
    command::run("media_load", HELP, parse, measure);
}

fn measure(options: &Options) -> io::Result<()> {
    raise_open_files(65_536);
    let mode: Mode = parsed(&options.mode)?;
    let folder = Folder::make("media-load")?;
    let [listen, callee] = free_ports()?;
    let text = mode.configure(listen, callee, options.media_threads, folder.path())?;
    let mut server = options.switch.start(&text, mode.plugins(), folder.path())?;
    wait_until_it_answers(&mut server, listen)?;
    let load = Load {
        target: listen,
        callee,
        domain: "127.0.0.1".into(),
        number: String::new(),
        rate: options.rate,
        calls: options.calls,
        hold: ramp(options) + SETTLE + Duration::from_secs(options.seconds) + MARGIN,
        grace: Duration::from_secs(10),
    };
    let findings = offer(options, mode, &load, server.pid(), folder.path())?;
    println!("{findings}");
    if let Some(path) = &options.json {
        fs::write(path, format!("{:#}\n", findings.json()))?;
    }
    if findings.is_sound() {
        Ok(())
    } else {
        Err(io::Error::other(
            "not all calls were up, or somebody heard nothing",
        ))
    }
}

/// How long setting up all calls takes.
fn ramp(options: &Options) -> Duration {
    Duration::from_secs_f64(f64::from(options.calls) / options.rate)
}

fn offer(
    options: &Options,
    mode: Mode,
    load: &Load,
    pid: u32,
    folder: &Path,
) -> io::Result<Findings> {
    let counts = Arc::new(Counts::default());
    let (mut phones, workers) = MediaPhones::start(mode, options.threads, Arc::clone(&counts))?;
    let before = Held::by(pid, Instant::now());
    let measured = std::thread::scope(|scope| {
        let calls = scope.spawn(move || run_with(load, &mut phones, || ()));
        let measured = watch(options, &workers, &counts, pid);
        let calls = calls.join();
        let calls = calls.unwrap_or_else(|_| Err(io::Error::other("signalling has panicked")))?;
        measured.map(|measured| Findings { calls, ..measured })
    });
    workers.join()?;
    let measured = measured?;
    // The switch has handed the last ports back.
    std::thread::sleep(Duration::from_secs(1));
    let findings = Findings {
        idle: [before, Held::by(pid, Instant::now())],
        recordings: (mode == Mode::Record).then(|| files(&folder.join("recordings"))),
        ..measured
    };
    explain(mode, &findings, &counts);
    Ok(findings)
}

/// How many recordings lie in a folder, at any depth.
fn files(folder: &Path) -> usize {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.path() {
            path if path.is_dir() => files(&path),
            path => usize::from(
                path.extension()
                    .is_some_and(|end| end == "wav" || end == "opus"),
            ),
        })
        .sum()
}

/// Waits until the calls are up, measures, and returns while they are.
fn watch(options: &Options, workers: &Workers, counts: &Counts, pid: u32) -> io::Result<Findings> {
    std::thread::sleep(ramp(options) + SETTLE);
    let up = || counts.up.load(Ordering::Relaxed);
    let up_before = up();
    workers.begin();
    let (began, used, own) = (Instant::now(), Used::by(pid), own_seconds(pid));
    let end = Duration::from_secs(options.seconds);
    let mut held = Vec::new();
    loop {
        held.extend(Held::by(pid, began));
        let left = end.saturating_sub(began.elapsed());
        if left.is_zero() {
            break;
        }
        std::thread::sleep(left.min(LOOK));
    }
    let seen = workers.end()?;
    let seconds = began.elapsed().as_secs_f64();
    Ok(Findings {
        mode: options.mode.clone(),
        media_threads: options.media_threads,
        seconds,
        up: [up_before, up()],
        calls: Default::default(),
        seen,
        cpu: Used::by(pid).since(&used),
        own_cpu: (own_seconds(pid) - own) / seconds,
        held,
        idle: [None, None],
        recordings: None,
    })
}

/// CPU time of this process alone: the family's includes the switch.
fn own_seconds(switch: u32) -> f64 {
    process_seconds(std::process::id()) - process_seconds(switch)
}

/// What the figures cannot say: why a mode did not work.
fn explain(mode: Mode, findings: &Findings, counts: &Counts) {
    let unacceptable = counts.unacceptable.load(Ordering::Relaxed);
    if unacceptable > 0 {
        let (caller, callee) = (mode.caller().name(), mode.callee().name());
        eprintln!(
            "{unacceptable} session descriptions without what the telephone has ({caller} the caller, {callee} the called one)"
        );
    }
    let astray = counts.astray.load(Ordering::Relaxed);
    if astray > 0 {
        eprintln!("{astray} calls of numbers that are nobody's");
    }
    if findings.up[0] == 0 {
        eprintln!("no call was up: this daemon does not do what the mode needs");
    } else if mode.is_played() && findings.seen.first_sound.count() == 0 {
        eprintln!("nobody heard a prompt: this daemon does not play any");
    } else if findings.recordings == Some(0) {
        eprintln!("no recording was made: this daemon makes none");
    }
}

/// Addresses for the switch and for the callee that nobody has bound now.
fn free_ports() -> io::Result<[SocketAddr; 2]> {
    let first = SIP_PORTS.start + (std::process::id() % 100) as u16 * 2;
    let ports = (first..SIP_PORTS.end).chain(SIP_PORTS.start..first);
    let addresses = ports.map(|port| SocketAddr::from(([127, 0, 0, 1], port)));
    let free: Vec<SocketAddr> = addresses
        .filter(|address| UdpSocket::bind(address).is_ok())
        .take(2)
        .collect();
    free.try_into()
        .map_err(|_| io::Error::other("no ports for SIP are free"))
}

/// Anything that it answers to an OPTIONS will do.
fn wait_until_it_answers(server: &mut Server, target: SocketAddr) -> io::Result<()> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.set_read_timeout(Some(Duration::from_millis(200)))?;
    let own = socket.local_addr()?;
    let deadline = Instant::now() + START;
    let mut attempt = 0;
    while Instant::now() < deadline {
        if server.has_ended() {
            let why =
                "the switch has ended: this daemon does not take the configuration of the mode";
            return Err(io::Error::other(why));
        }
        attempt += 1;
        let request = format!(
            "OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bKready{attempt};rport\r\nMax-Forwards: 70\r\nFrom: <sip:load@127.0.0.1>;tag=ready\r\nTo: <sip:127.0.0.1>\r\nCall-ID: ready{attempt}@load\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
        );
        socket.send_to(request.as_bytes(), target)?;
        if socket.recv_from(&mut [0; 2048]).is_ok() {
            return Ok(());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    Err(io::Error::other("the switch does not answer"))
}

fn parsed(mode: &str) -> io::Result<Mode> {
    mode.parse()
        .map_err(|()| io::Error::other(format!("there is no mode {mode}")))
}

fn parse(words: &mut dyn Iterator<Item = String>) -> Result<Option<Options>, String> {
    let mut options = Options {
        mode: "relay".to_owned(),
        calls: 100,
        seconds: 10,
        rate: 50.0,
        media_threads: 1,
        threads: 1,
        json: None,
        switch: Switch::default(),
    };
    let read = command::options(words, |word, text| {
        match word {
            "--mode" => {
                value::<Mode>(&text)?;
                options.mode = text;
            }
            "--calls" => {
                let calls: u32 = value(&text)?;
                options.calls = (1..=MOST_CALLS)
                    .contains(&calls)
                    .then_some(calls)
                    .ok_or(Wrong::Value)?;
            }
            "--seconds" => options.seconds = value(&text)?,
            "--rate" => options.rate = value(&text)?,
            "--media-threads" => options.media_threads = value(&text)?,
            "--threads" => options.threads = value(&text)?,
            "--json" => options.json = Some(text.into()),
            "--switch-cpus" => options.switch.cpus = Some(text),
            "--switchhook" => options.switch.program = text.into(),
            _ => return Err(Wrong::Option),
        }
        Ok(())
    })?;
    Ok(read.map(|()| options))
}
