//! Warm pools: what is kept, for how long, and that no instance answers two questions at once.

use switchhook_routing::decision::StageOutcome;

use crate::directory::EmptyDirectory;
use crate::pins::Pins;
use crate::plugins::Plugins;
use crate::runtime::{Runtime, RuntimeConfig};
use crate::spec::{PluginSpec, PoolSpec};
use crate::testing::{Bench, call, router};

/// Returns how often this instance was asked before, as an error. Traps if `9` is dialled, eats memory if `8` is.
const COUNTER: &str = "(global $asked-before (mut i32) (i32.const -1))
(func $dialled (param $call i32) (result i32) (i32.load8_u (i32.load offset=40 (local.get $call))))";
const COUNT: &str = "
    (if (i32.eq (call $dialled (local.get $call)) (i32.const 0x39)) (then unreachable))
    (if (i32.eq (call $dialled (local.get $call)) (i32.const 0x38))
      (then (drop (memory.grow (i32.const 60000)))))
    (global.set $asked-before (i32.add (global.get $asked-before) (i32.const 1)))
    (call $digit (global.get $asked-before))";

fn counter() -> Vec<u8> {
    router(COUNTER, COUNT, "(call $next)")
}

fn pooled(bench: &Bench, size: u32, uses: u32) -> PluginSpec {
    let mut spec = bench.spec_of("counter", &counter());
    spec.pool = Some(PoolSpec { size, uses });
    spec.breaker.failures = 0;
    spec
}

async fn count(bench: &Bench, callee: &str) -> String {
    match bench.outcome("counter", "1", callee).await {
        StageOutcome::Error(text) => text,
        other => format!("{other:?}"),
    }
}

/// Counts once an instance waits.
async fn count_ready(bench: &Bench, callee: &str) -> String {
    while idle(bench) < 1 {
        tokio::task::yield_now().await;
    }
    count(bench, callee).await
}

fn idle(bench: &Bench) -> usize {
    bench.plugins.status("counter").unwrap().idle_instances
}

#[tokio::test]
async fn what_an_instance_remembers_is_gone_unless_there_is_a_pool() {
    let bench = Bench::new();
    bench.load_bytes("counter", &counter()).await.unwrap();
    assert_eq!(count(&bench, "1").await, "0");
    assert_eq!(count(&bench, "1").await, "0");
    assert_eq!(idle(&bench), 0);

    bench.plugins.load(pooled(&bench, 1, 100)).await.unwrap();
    assert_eq!(idle(&bench), 1);
    for wanted in ["0", "1", "2"] {
        assert_eq!(count(&bench, "1").await, wanted);
    }
    assert_eq!(idle(&bench), 1);
}

#[tokio::test]
async fn an_instance_is_thrown_away_after_its_uses() {
    let bench = Bench::new();
    bench.plugins.load(pooled(&bench, 1, 2)).await.unwrap();
    for wanted in ["0", "1", "0", "1", "0"] {
        assert_eq!(count_ready(&bench, "1").await, wanted);
    }
}

#[tokio::test]
async fn a_trap_or_exhausted_memory_throws_that_instance_away() {
    let bench = Bench::new();
    bench.plugins.load(pooled(&bench, 1, 100)).await.unwrap();
    assert_eq!(count_ready(&bench, "1").await, "0");
    assert!(count_ready(&bench, "9").await.starts_with("Trapped"));
    assert_eq!(count_ready(&bench, "1").await, "0");
    // The guest copes with being refused memory, but nobody knows what it is good for afterwards.
    assert_eq!(count_ready(&bench, "8").await, "1");
    assert_eq!(count_ready(&bench, "1").await, "0");
}

#[tokio::test]
async fn a_pool_is_filled_in_the_background_and_belongs_to_one_version() {
    let bench = Bench::new();
    bench.plugins.load(pooled(&bench, 3, 100)).await.unwrap();
    while idle(&bench) < 3 {
        tokio::task::yield_now().await;
    }
    let old = bench.plugins.pin("counter").unwrap();
    bench.plugins.load(pooled(&bench, 1, 100)).await.unwrap();
    assert_eq!(old.inner().pool().idle_count(), 0);
    assert_eq!(idle(&bench), 1);
    // A call that keeps the old version still gets answers, from fresh instances.
    let mut pins = Pins::default();
    pins.keep(old.clone());
    for _ in 0..2 {
        let decided = bench
            .decide_call(&mut pins, &["counter"], &mut call("1", "2"))
            .await;
        let first = StageOutcome::Error("0".into());
        assert_eq!(decided.stages[0].outcome, first);
    }
    assert_eq!(old.inner().pool().idle_count(), 0);
}

#[tokio::test]
async fn two_calls_at_once_get_two_instances() {
    let bench = Bench::new();
    // Counts, then waits, then says what it counted: a shared instance would be seen by both.
    let sleeper = include_str!("../../../tests/guests/guests/sleep.wat").replace(
        "(func (export \"route\")",
        "(global $asked (mut i32) (i32.const 0))
         (func (export \"route\") (param $call i32) (result i32)
           (global.set $asked (i32.add (global.get $asked) (i32.const 1)))
           (call $block (call $subscribe (i64.const 5000000)))
           (i32.store8 (i32.const 512) (i32.const 1))
           (i32.store (i32.const 516) (i32.const 4096))
           (i32.store (i32.const 520) (i32.const 1))
           (i32.store8 (i32.const 4096) (i32.add (i32.const 48) (global.get $asked)))
           (i32.const 512))
         (func (export \"unused\")",
    );
    let mut spec = bench.spec_of("counter", &switchhook_guests::component(&sleeper));
    spec.pool = Some(PoolSpec { size: 2, uses: 100 });
    bench.plugins.load(spec).await.unwrap();
    let together = tokio::join!(count(&bench, "1"), count(&bench, "1"), count(&bench, "1"));
    assert_eq!(together, ("1".into(), "1".into(), "1".into()));
    let again = tokio::join!(count(&bench, "1"), count(&bench, "1"));
    assert_eq!(again, ("2".into(), "2".into()));
}

#[tokio::test]
async fn idle_instances_do_not_take_the_places_of_decisions() {
    let runtime = Runtime::new(RuntimeConfig {
        concurrent_decisions: 1,
        warm_instances: 2,
        ..RuntimeConfig::default()
    });
    let bench = Bench {
        plugins: Plugins::new(runtime.unwrap(), std::sync::Arc::new(EmptyDirectory)),
        ..Bench::new()
    };
    bench.plugins.load(pooled(&bench, 100, 100)).await.unwrap();
    while idle(&bench) < 2 {
        tokio::task::yield_now().await;
    }
    let mut other = bench.spec_of("other", &counter());
    other.pool = Some(PoolSpec { size: 5, uses: 5 });
    bench.plugins.load(other).await.unwrap();
    for _ in 0..3 {
        let outcome = bench.outcome("other", "1", "1").await;
        assert_eq!(outcome, StageOutcome::Error("0".into()));
    }
    assert_eq!(bench.plugins.status("other").unwrap().idle_instances, 0);
}
