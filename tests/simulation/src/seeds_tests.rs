//! Many seeds. `SEED=n` lives the world of one and draws its ladder if it fails; `SEEDS=n` lives so many from `FIRST=n`
//! on, in a release build 10,000 in a few minutes, and prints what happened in them.

use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use crate::scenario::{self, Failure, Outcome};

/// Seeds of a usual test run.
const SEEDS: u64 = 200;
/// Failures after which a run stops.
const ENOUGH: usize = 10;

fn variable(name: &str) -> Option<u64> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn every_seed_obeys_the_rules() {
    if let Some(seed) = variable("SEED") {
        match scenario::run(seed, true) {
            Ok(outcome) => println!("seed {seed}: {outcome:?}"),
            Err(failure) => panic!("{}", describe(&failure)),
        }
        return;
    }
    let seeds = variable("SEEDS").unwrap_or(SEEDS);
    let began = Instant::now();
    let first = variable("FIRST").unwrap_or_default();
    let (outcome, failures) = run_all(first, seeds);
    println!(
        "{seeds} seeds in {:.1} s: {}",
        began.elapsed().as_secs_f64(),
        in_words(&outcome)
    );
    if let Some(first) = failures.iter().min_by_key(|failure| failure.seed) {
        let seeds: Vec<u64> = failures.iter().map(|failure| failure.seed).collect();
        let drawn = scenario::run(first.seed, true)
            .err()
            .unwrap_or_else(|| first.clone());
        panic!("{}\nfailed seeds: {seeds:?}", describe(&drawn));
    }
}

#[test]
fn a_seed_is_a_world() {
    for seed in 0..5 {
        assert_eq!(
            scenario::run(seed, false).ok(),
            scenario::run(seed, true).ok(),
            "seed {seed}"
        );
    }
}

fn run_all(first: u64, seeds: u64) -> (Outcome, Vec<Failure>) {
    let next = AtomicU64::new(first);
    let result = Mutex::new((Outcome::default(), Vec::new()));
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let seed = next.fetch_add(1, Ordering::Relaxed);
                    if seed >= first + seeds {
                        break;
                    }
                    let lived = scenario::run(seed, false);
                    let mut result = result.lock().expect("no worker panics while it holds this");
                    match lived {
                        Ok(outcome) => add(&mut result.0, &outcome),
                        Err(failure) => result.1.push(failure),
                    }
                    if result.1.len() >= ENOUGH {
                        break;
                    }
                }
            });
        }
    });
    result.into_inner().expect("all workers are done")
}

fn add(sum: &mut Outcome, outcome: &Outcome) {
    sum.calls += outcome.calls;
    sum.answered += outcome.answered;
    sum.cancelled += outcome.cancelled;
    sum.failed_decisions += outcome.failed_decisions;
    sum.resumed += outcome.resumed;
    sum.gated += outcome.gated;
    sum.reconnected += outcome.reconnected;
    sum.transferred += outcome.transferred;
    sum.renewed += outcome.renewed;
    sum.holds += outcome.holds;
    sum.acknowledged += outcome.acknowledged;
    sum.refreshed += outcome.refreshed;
    sum.played += outcome.played;
    sum.pressed += outcome.pressed;
    sum.gathered += outcome.gathered;
    sum.carriers.add(&outcome.carriers);
    sum.watched.add(&outcome.watched);
    sum.settings += outcome.settings;
    sum.restarts += outcome.restarts;
    sum.traffic.sent += outcome.traffic.sent;
    sum.traffic.lost += outcome.traffic.lost;
    sum.traffic.doubled += outcome.traffic.doubled;
    sum.world_time += outcome.world_time;
}

fn in_words(outcome: &Outcome) -> String {
    let Outcome {
        calls,
        answered,
        cancelled,
        failed_decisions,
        resumed,
        gated,
        reconnected,
        transferred,
        renewed,
        holds,
        acknowledged,
        refreshed,
        played,
        pressed,
        gathered,
        carriers,
        watched,
        settings,
        restarts,
        traffic,
        world_time,
    } = outcome;
    format!(
        "{calls} calls, {answered} answered, {cancelled} cancelled, {failed_decisions} failed decisions, \
         {resumed} resumptions, {gated} gates, {reconnected} reconnected, {transferred} transferred, {renewed} renewed, {holds} holds and resumes, \
         {acknowledged} PRACKs, {refreshed} refreshes by UPDATE; \
         {played} played, {pressed} keys pressed, {gathered} inputs gathered; {carriers:?}; {watched:?}; {settings} settings by codes, {restarts} restarts; {} messages, {} lost, {} doubled; {:.0} h of the world's time; \
         the exchange idle at the end of each",
        traffic.sent,
        traffic.lost,
        traffic.doubled,
        world_time.as_secs_f64() / Duration::from_secs(3_600).as_secs_f64(),
    )
}

fn describe(failure: &Failure) -> String {
    let ladder = failure.ladder.as_deref().unwrap_or("(not drawn)");
    format!(
        "seed {} broke the rules; SEED={} cargo test -p switchhook-simulation every_seed draws it\n{}\n{ladder}",
        failure.seed,
        failure.seed,
        failure.broken.join("\n"),
    )
}
