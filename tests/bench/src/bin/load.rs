//! Offers calls to a SIP server and says what came of them. `load --help` tells how.

use std::io;
use std::time::Duration;

use switchhook_bench::command::{self, Wrong, value};
use switchhook_bench::cpu::{process_seconds, resident_kib};
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
    command::run("load", HELP, parse, |(load, pid)| offer(load, *pid));
}

fn offer(load: &Load, pid: Option<u32>) -> io::Result<()> {
    let (cpu, idle_kib) = pid.map_or((0.0, 0), |pid| (process_seconds(pid), resident_kib(pid)));
    let mut peak_kib = 0;
    let at_peak = || peak_kib = pid.map_or(0, resident_kib);
    let report = run(load, at_peak)?;
    println!("{report:#?}");
    if let Some(pid) = pid {
        let microseconds = (process_seconds(pid) - cpu) * 1e6 / f64::from(report.completed.max(1));
        println!("CPU of the server per completed call: {microseconds:.1} µs");
        println!(
            "memory of the server: {idle_kib} KiB before, {peak_kib} KiB at half of the offer, {} KiB after",
            resident_kib(pid)
        );
    }
    if report.completed == report.offered {
        Ok(())
    } else {
        Err(io::Error::other("not all calls were completed"))
    }
}

fn parse(words: &mut dyn Iterator<Item = String>) -> Result<Option<(Load, Option<u32>)>, String> {
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
    let read = command::options(words, |word, text| {
        match word {
            "--target" => load.target = value(&text)?,
            "--callee" => load.callee = value(&text)?,
            "--domain" => load.domain = text,
            "--number" => load.number = text,
            "--rate" => load.rate = value(&text)?,
            "--calls" => load.calls = value(&text)?,
            "--hold" => load.hold = Duration::from_secs(value(&text)?),
            "--pid" => pid = Some(value(&text)?),
            _ => return Err(Wrong::Option),
        }
        Ok(())
    })?;
    Ok(read.map(|()| (load, pid)))
}
