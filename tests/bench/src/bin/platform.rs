//! What the plugin platform costs: a chain of four stages beside a single stage, a hundred plugins loaded from the cache and the
//! memory they take. One run, one thread for the deciding.
//!
//! `cargo run --release -p switchhook-bench --bin platform [DECISIONS]` (20,000 unless given).

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use switchhook_bench::cpu::{resident_kib, thread_time};
use switchhook_bench::quantiles::Quantiles;
use switchhook_bench::sample;
use switchhook_routing::decision::Phase;
use switchhook_wasm::directory::EmptyDirectory;
use switchhook_wasm::pins::Pins;
use switchhook_wasm::plugins::{Plugins, Step};
use switchhook_wasm::runtime::{Runtime, RuntimeConfig};
use switchhook_wasm::spec::PluginSpec;

type Failure = Box<dyn std::error::Error>;

/// The stages of the chain: three that leave it to the next, and the one that decides.
const STAGES: [&str; 4] = ["first", "second", "third", "last"];
const PLUGINS: usize = 100;

fn main() -> Result<(), Failure> {
    let decisions: usize = match std::env::args().nth(1) {
        Some(count) => count.parse()?,
        None => 20_000,
    };
    let folder = sample::plugins(&["table", "rules"])?;
    let cache = std::env::temp_dir().join(format!("switchhook-platform-{}", std::process::id()));
    let executor = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?;
    let measured = executor.block_on(async {
        hundred(&folder, &cache).await?;
        chain(&folder, &cache, decisions).await
    });
    // If it stays behind, it is in the temporary directory.
    let _ = std::fs::remove_dir_all(&cache);
    measured
}

/// A chain of four beside its last stage alone, in turns, so that noise of the machine falls on both.
async fn chain(folder: &Path, cache: &Path, decisions: usize) -> Result<(), Failure> {
    let plugins = engine(cache)?;
    for stage in STAGES {
        plugins.load(table(folder, stage, stage == "last")).await?;
    }
    let steps = STAGES.map(|plugin| Step {
        plugin,
        phase: Phase::Route,
        fail_open: false,
    });
    let (mut four, mut one) = (Vec::new(), Vec::new());
    decide(&plugins, &steps, decisions / 20, &mut Vec::new()).await?;
    for _ in 0..20 {
        decide(&plugins, &steps, decisions / 20, &mut four).await?;
        decide(&plugins, &steps[3..], decisions / 20, &mut one).await?;
    }
    let (four, one) = (Quantiles::of(four), Quantiles::of(one));
    println!("{decisions} decisions by `table`, fresh instances; CPU, µs:");
    println!("                      p50      p99     p99.9   mean");
    println!("one stage         {one}");
    println!("a chain of four   {four}");
    println!(
        "chain of four / one stage: {:.2} (p50), {:.2} (p99)",
        four.at(0.5) / one.at(0.5),
        four.at(0.99) / one.at(0.99)
    );
    Ok(())
}

async fn decide(
    plugins: &Plugins,
    steps: &[Step<'_>],
    count: usize,
    costs: &mut Vec<f64>,
) -> Result<(), Failure> {
    let mut call = sample::call();
    for _ in 0..count {
        let mut pins = Pins::default();
        let begun = thread_time();
        let decided = plugins.decide(&mut pins, steps, &mut call).await;
        costs.push((thread_time() - begun).as_secs_f64() * 1e6);
        if decided.script.is_none() {
            return Err(format!("nobody decided: {:?}", decided.stages).into());
        }
    }
    Ok(())
}

/// A hundred plugins of different names and settings, compiled once, then loaded from the cache by a new engine.
async fn hundred(folder: &Path, cache: &Path) -> Result<(), Failure> {
    load_hundred(folder, cache).await?;
    let before = resident_kib(std::process::id());
    let begun = Instant::now();
    let plugins = load_hundred(folder, cache).await?;
    let seconds = begun.elapsed().as_secs_f64();
    let grown = resident_kib(std::process::id()).saturating_sub(before);
    println!(
        "{PLUGINS} plugins from the cache: {:.0} ms, {} KiB each, {} of them loaded",
        seconds * 1e3,
        grown / PLUGINS as u64,
        plugins.list().len()
    );
    Ok(())
}

/// Components that differ, as those of a hundred authors do: each has a custom section of its own.
async fn load_hundred(folder: &Path, cache: &Path) -> Result<Plugins, Failure> {
    let own = cache.with_extension("components");
    std::fs::create_dir_all(&own)?;
    let plugins = engine(cache)?;
    for number in 0..PLUGINS {
        let name = ["table", "rules"][number % 2];
        let file = own.join(format!("{number}.wasm"));
        let mut component = std::fs::read(folder.join(format!("{name}.wasm")))?;
        component.extend([0, 5, 3, b'n', b'o', b':', number as u8]);
        std::fs::write(&file, component)?;
        let mut spec = PluginSpec::new(format!("plugin-{number}"), file);
        spec.settings = r#"{"routes": {}, "rules": []}"#.to_owned();
        plugins.load(spec).await?;
    }
    std::fs::remove_dir_all(&own)?;
    Ok(plugins)
}

fn engine(cache: &Path) -> Result<Plugins, Failure> {
    let config = RuntimeConfig {
        cache_dir: Some(cache.into()),
        ..RuntimeConfig::default()
    };
    Ok(Plugins::new(
        Runtime::new(config)?,
        Arc::new(EmptyDirectory),
    ))
}

fn table(folder: &Path, name: &str, decides: bool) -> PluginSpec {
    let mut spec = PluginSpec::new(name, folder.join("table.wasm"));
    spec.settings = if decides {
        r#"{"routes": {"*": [{"connect": {"targets": [{"endpoint": {"client": "{callee}"}}]}}]}}"#
    } else {
        r#"{"routes": {"2*": [{"connect": {"targets": [{"endpoint": {"client": "{callee}"}}]}}]}}"#
    }
    .to_owned();
    spec
}
