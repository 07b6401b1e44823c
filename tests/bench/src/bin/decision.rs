//! What a decision costs: the `table` plugin, a fresh instance a call, beside the `webhook` plugin that asks an HTTP server on this
//! machine; what a swap costs; how long a plugin loads from the cache. One run, one thread for the deciding.
//!
//! `cargo run --release -p switchhook-bench --bin decision [DECISIONS]` (20,000 unless given). Builds the plugins if they
//! are not there.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use switchhook_bench::cpu::thread_time;
use switchhook_bench::quantiles::Quantiles;
use switchhook_bench::sample;
use switchhook_routing::decision::Phase;
use switchhook_wasm::directory::EmptyDirectory;
use switchhook_wasm::pins::Pins;
use switchhook_wasm::plugins::{Plugins, Step};
use switchhook_wasm::runtime::{Runtime, RuntimeConfig};
use switchhook_wasm::spec::{Grants, PluginSpec};

type Failure = Box<dyn std::error::Error>;

fn main() -> Result<(), Failure> {
    let decisions: usize = match std::env::args().nth(1) {
        Some(count) => count.parse()?,
        None => 20_000,
    };
    let folder = sample::plugins(&["table", "webhook"])?;
    let cache = std::env::temp_dir().join(format!("switchhook-decision-{}", std::process::id()));
    let measured = measure(&folder, &cache, decisions);
    // The cache of this run is of no use to anybody; if it stays behind, it is in the temporary directory.
    let _ = std::fs::remove_dir_all(&cache);
    measured
}

fn measure(folder: &Path, cache: &Path, decisions: usize) -> Result<(), Failure> {
    let executor = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    executor.block_on(async {
        load_times(folder, cache).await?;
        let plugins = plugins_with_cache(cache)?;
        let server = answering_server()?;
        plugins.load(table(folder, 0)).await?;
        plugins.load(webhook(folder, server)?).await?;
        println!("{decisions} decisions, 16 header fields, a fresh instance each, the table with 1,000 entries:");
        println!("                      p50      p99     p99.9   mean");
        // Alternating rounds, so that noise of the machine falls on both.
        let (mut in_process, mut over_http) = (Costs::default(), Costs::default());
        decide(&plugins, "table", decisions / 10, &mut Costs::default()).await?;
        decide(&plugins, "webhook", decisions / 100, &mut Costs::default()).await?;
        for _ in 0..10 {
            decide(&plugins, "table", decisions / 10, &mut in_process).await?;
            decide(&plugins, "webhook", decisions / 50, &mut over_http).await?;
        }
        let table = in_process.print("table");
        let webhook = over_http.print("webhook");
        println!(
            "webhook / table       {:.1} times the CPU, {:.1} times the time (p50)",
            webhook.0 / table.0,
            webhook.1 / table.1
        );
        swaps(&plugins, folder).await
    })
}

/// CPU time of the deciding thread, and time on the clock: microseconds.
#[derive(Default)]
struct Costs {
    cpu: Vec<f64>,
    wall: Vec<f64>,
}

impl Costs {
    fn print(self, name: &str) -> (f64, f64) {
        let (cpu, wall) = (Quantiles::of(self.cpu), Quantiles::of(self.wall));
        println!("{name:8} CPU, µs    {cpu}");
        println!("{name:8} time, µs   {wall}");
        (cpu.at(0.5), wall.at(0.5))
    }
}

async fn decide(
    plugins: &Plugins,
    plugin: &str,
    count: usize,
    costs: &mut Costs,
) -> Result<(), Failure> {
    let chain = [Step {
        plugin,
        phase: Phase::Route,
        fail_open: false,
    }];
    let mut call = sample::call();
    for number in 0..count {
        call.callee = format!("1{:03}", number % 1_000);
        let mut pins = Pins::default();
        let (cpu, wall) = (thread_time(), Instant::now());
        let decided = plugins.decide(&mut pins, &chain, &mut call).await;
        costs.wall.push(wall.elapsed().as_secs_f64() * 1e6);
        costs.cpu.push((thread_time() - cpu).as_secs_f64() * 1e6);
        if decided.script.is_none() {
            return Err(format!("{plugin} did not decide: {:?}", decided.stages).into());
        }
    }
    Ok(())
}

/// Loads both plugins compiling, then from the cache, each in a new engine.
async fn load_times(folder: &Path, cache: &Path) -> Result<(), Failure> {
    for (from, wanted) in [("compiled", false), ("from cache", true)] {
        for name in ["table", "webhook"] {
            let mut best: Option<Duration> = None;
            for _ in 0..if wanted { 20 } else { 1 } {
                let plugins = plugins_with_cache(cache)?;
                let spec = PluginSpec::new(name, folder.join(format!("{name}.wasm")));
                let info = plugins.load(spec).await?;
                if info.from_cache != wanted {
                    return Err(format!("{name} was not {from}").into());
                }
                best = Some(best.map_or(info.load_time, |best| best.min(info.load_time)));
            }
            let milliseconds = best.unwrap_or_default().as_secs_f64() * 1e3;
            println!("load {name:8} {from:10} {milliseconds:7.2} ms (read, checked, warmed)");
        }
    }
    Ok(())
}

/// Puts versions in each other's place; the settings differ, the component is the same.
async fn swaps(plugins: &Plugins, folder: &Path) -> Result<(), Failure> {
    const SWAPS: usize = 200;
    let (mut cpu, mut wall) = (Vec::new(), Vec::new());
    for number in 0..SWAPS {
        let spec = table(folder, number + 1);
        let (cpu_begin, begin) = (thread_time(), Instant::now());
        plugins.load(spec).await?;
        wall.push(begin.elapsed().as_secs_f64() * 1e6);
        cpu.push((thread_time() - cpu_begin).as_secs_f64() * 1e6);
    }
    println!("swap, cached, CPU, µs {}", Quantiles::of(cpu));
    println!("swap, cached, time, µs{}", Quantiles::of(wall));
    Ok(())
}

fn plugins_with_cache(cache: &Path) -> Result<Plugins, Failure> {
    let config = RuntimeConfig {
        cache_dir: Some(cache.into()),
        ..RuntimeConfig::default()
    };
    Ok(Plugins::new(
        Runtime::new(config)?,
        Arc::new(EmptyDirectory),
    ))
}

fn table(folder: &Path, number: usize) -> PluginSpec {
    let route = |index: usize| {
        format!(
            r#""1{index:03}": [{{"connect": {{"targets": [{{"endpoint": {{"client": "{{callee}}"}}, "ring_seconds": {}}}]}}}}]"#,
            20 + number % 10
        )
    };
    let routes: Vec<_> = (0..1_000).map(route).collect();
    let mut spec = PluginSpec::new("table", folder.join("table.wasm"));
    spec.settings = format!(r#"{{"routes": {{{}}}}}"#, routes.join(","));
    spec
}

fn webhook(folder: &Path, server: SocketAddr) -> Result<PluginSpec, Failure> {
    let mut spec = PluginSpec::new("webhook", folder.join("webhook.wasm"));
    spec.settings = format!(
        r#"{{"url": "http://{server}/route", "format": "incoming_call", "timeout_ms": 1000}}"#
    );
    spec.grants = Grants::parse([server.to_string().as_str()])?;
    Ok(spec)
}

/// A server that answers each request at once, on threads of its own: its CPU time is not the plugin's.
fn answering_server() -> Result<SocketAddr, Failure> {
    let listener = TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            thread::spawn(move || serve(stream));
        }
    });
    Ok(address)
}

fn serve(mut stream: TcpStream) -> std::io::Result<()> {
    const BODY: &str = r#"{"action":"forward","destination":{"type":"number","number":"1001"}}"#;
    let answer = format!(
        "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{BODY}",
        BODY.len()
    );
    stream.set_nodelay(true)?;
    let (mut request, mut piece) = (Vec::new(), [0; 16 << 10]);
    loop {
        let count = stream.read(&mut piece)?;
        if count == 0 {
            return Ok(());
        }
        request.extend_from_slice(&piece[..count]);
        if is_whole(&request) {
            request.clear();
            stream.write_all(answer.as_bytes())?;
        }
    }
}

/// Whether a request is there with as much body as it says.
fn is_whole(request: &[u8]) -> bool {
    let text = String::from_utf8_lossy(request);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        name.eq_ignore_ascii_case("content-length")
            .then(|| value.trim().parse::<usize>().ok())?
    });
    body.len() >= length.unwrap_or(0)
}
