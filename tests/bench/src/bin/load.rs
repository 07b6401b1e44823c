//! Offers calls to a SIP server and says what came of them. `load --help` tells how.

use std::time::Duration;

use switchhook_bench::load::{Load, run};

const HELP: &str = "\
Offers whole calls (INVITE, 180, 200, ACK, BYE, 200) to a SIP server over UDP, open loop, and is the callee as well.

usage: load [--target ADDR] [--callee ADDR] [--domain NAME] [--number USER] [--rate N] [--calls N] [--hold SECONDS] [--pid PID]

  --target ADDR   the server (127.0.0.1:5060)
  --callee ADDR   where this program answers; the server must route NUMBER there (127.0.0.1:5080)
  --domain NAME   the domain called (127.0.0.1)
  --number USER   the number dialled (callee)
  --rate N        calls per second (100)
  --calls N       calls in all (1000)
  --hold SECONDS  from answer to BYE (0)
  --pid PID       the server's process: its CPU time per call and its memory are measured
";

fn main() {
    match parse(std::env::args().skip(1)) {
        Ok(Some((load, pid))) => offer(&load, pid),
        Ok(None) => print!("{HELP}"),
        Err(message) => {
            eprintln!("load: {message}\n\n{HELP}");
            std::process::exit(2);
        }
    }
}

fn offer(load: &Load, pid: Option<u32>) {
    use switchhook_bench::cpu::{process_seconds, resident_kib};
    let (cpu, idle_kib) = pid.map_or((0.0, 0), |pid| (process_seconds(pid), resident_kib(pid)));
    let mut peak_kib = 0;
    let at_peak = || peak_kib = pid.map_or(0, resident_kib);
    match run(load, at_peak) {
        Ok(report) => {
            println!("{report:#?}");
            if let Some(pid) = pid {
                let microseconds =
                    (process_seconds(pid) - cpu) * 1e6 / f64::from(report.completed.max(1));
                println!("CPU of the server per completed call: {microseconds:.1} µs");
                println!(
                    "memory of the server: {idle_kib} KiB before, {peak_kib} KiB at half of the offer, {} KiB after",
                    resident_kib(pid)
                );
            }
            std::process::exit(i32::from(report.completed != report.offered));
        }
        Err(error) => {
            eprintln!("load: {error}");
            std::process::exit(2);
        }
    }
}

fn parse(mut words: impl Iterator<Item = String>) -> Result<Option<(Load, Option<u32>)>, String> {
    let mut load = Load {
        target: ([127, 0, 0, 1], 5060).into(),
        callee: ([127, 0, 0, 1], 5080).into(),
        domain: "127.0.0.1".into(),
        number: "callee".into(),
        rate: 100.0,
        calls: 1000,
        hold: Duration::ZERO,
        grace: Duration::from_secs(10),
    };
    let mut pid = None;
    while let Some(word) = words.next() {
        if word == "--help" || word == "-h" {
            return Ok(None);
        }
        let value = words.next().ok_or(format!("{word} needs a value"))?;
        let wrong = |_| format!("{word} does not take {value}");
        match word.as_str() {
            "--target" => {
                load.target = value
                    .parse()
                    .map_err(|_| format!("{value} is no address"))?
            }
            "--callee" => {
                load.callee = value
                    .parse()
                    .map_err(|_| format!("{value} is no address"))?
            }
            "--domain" => load.domain = value,
            "--number" => load.number = value,
            "--rate" => load.rate = value.parse().map_err(|_| format!("{value} is no rate"))?,
            "--calls" => load.calls = value.parse().map_err(wrong)?,
            "--hold" => load.hold = Duration::from_secs(value.parse().map_err(wrong)?),
            "--pid" => pid = Some(value.parse().map_err(wrong)?),
            _ => return Err(format!("unknown option {word}")),
        }
    }
    Ok(Some((load, pid)))
}
