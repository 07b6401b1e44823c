//! Chains, swaps, probation, and guests that misbehave.

use std::time::Duration;

use switchhook_routing::decision::StageOutcome;
use switchhook_routing::verb::{Endpoint, Verb};

use super::*;
use crate::spec::{BreakerConfig, Probation};
use crate::status::Availability;
use crate::testing::{Bench, call};

fn steps<'a>(plugins: &[&'a str], fail_open: bool) -> Vec<Step<'a>> {
    plugins
        .iter()
        .map(|plugin| Step {
            plugin,
            phase: Phase::Route,
            fail_open,
        })
        .collect()
}

fn outcomes(decided: &Decided) -> Vec<&StageOutcome> {
    decided.stages.iter().map(|stage| &stage.outcome).collect()
}

#[tokio::test]
async fn a_plugin_gets_the_call_and_its_script_comes_back() {
    let bench = Bench::new();
    let info = bench
        .plugins
        .load(bench.spec("router", "connect"))
        .await
        .unwrap();
    let decided = bench.decide(&["router"]).await;
    let Some([Verb::Connect(connect)]) = decided.script.as_deref() else {
        panic!("{decided:?}")
    };
    assert_eq!(connect.targets[0].endpoint, Endpoint::Client("1002".into()));
    assert_eq!(outcomes(&decided), [&StageOutcome::Script]);
    assert_eq!(decided.stages[0].version, info.version);
    assert_eq!(info.version.len(), 12);
}

#[tokio::test]
async fn a_trap_ends_the_decision_and_nothing_else() {
    let bench = Bench::new();
    bench.load("bad", "trap").await;
    bench.load("good", "busy").await;
    let outcome = bench.outcome("bad", "1", "2").await;
    assert!(
        matches!(&outcome, StageOutcome::Trapped(text) if text.contains("unreachable")),
        "{outcome:?}"
    );
    assert!(bench.decide(&["good"]).await.script.is_some());
}

#[tokio::test]
async fn an_endless_loop_is_stopped_and_does_not_hold_up_the_others() {
    let bench = Bench::new();
    bench.load("spin", "spin").await;
    bench.load("good", "busy").await;
    // One thread for all: without a yield at each tick, the good plugin would have to wait for the loop.
    let (spun, good) = tokio::join!(bench.outcome("spin", "1", "2"), bench.decide(&["good"]));
    assert_eq!(spun, StageOutcome::TimedOut);
    assert!(good.script.is_some());
}

#[tokio::test]
async fn memory_beyond_the_budget_is_refused() {
    let bench = Bench::new();
    let mut spec = bench.spec("hog", "hog");
    spec.budget.memory_bytes = 4 << 20;
    bench.plugins.load(spec).await.unwrap();
    assert_eq!(
        bench.outcome("hog", "1", "2").await,
        StageOutcome::OutOfMemory
    );
}

#[tokio::test]
async fn waiting_in_a_host_call_ends_with_the_wall_deadline() {
    let bench = Bench::new();
    let mut spec = bench.spec("sleep", "sleep");
    spec.budget.wall = Duration::from_millis(30);
    bench.plugins.load(spec).await.unwrap();
    assert_eq!(
        bench.outcome("sleep", "1", "2").await,
        StageOutcome::TimedOut
    );
}

#[tokio::test]
async fn nonsense_is_refused_whatever_its_kind() {
    let bench = Bench::new();
    let mut spec = bench.spec("lie", "lie");
    spec.breaker.failures = 0;
    bench.plugins.load(spec).await.unwrap();
    for callee in ["1", "2", "3", "5"] {
        let outcome = bench.outcome("lie", "1", callee).await;
        assert!(
            matches!(outcome, StageOutcome::Trapped(_)),
            "{callee}: {outcome:?}"
        );
    }
    for (callee, part) in [("4", "no verb"), ("9", "status 42")] {
        let outcome = bench.outcome("lie", "1", callee).await;
        let StageOutcome::BadDecision(text) = &outcome else {
            panic!("{callee}: {outcome:?}")
        };
        assert!(text.contains(part), "{text}");
    }
}

#[tokio::test]
async fn a_panic_of_the_host_is_contained() {
    let bench = Bench::new();
    bench.load("probe", "probe").await;
    let outcome = bench.outcome("probe", "panic", "c").await;
    assert!(
        matches!(&outcome, StageOutcome::Trapped(text) if text.contains("the host")),
        "{outcome:?}"
    );
    assert_eq!(
        bench.outcome("probe", "1001", "a").await,
        StageOutcome::Error("2".into())
    );
}

#[tokio::test]
async fn a_chain_goes_on_until_somebody_decides_and_hands_variables_on() {
    let bench = Bench::new();
    bench.load("first", "next").await;
    bench.load("second", "busy").await;
    bench.load("third", "trap").await;
    let mut call = call("alice", "1002");
    let mut pins = Pins::default();
    let decided = bench
        .decide_call(&mut pins, &["first", "second", "third"], &mut call)
        .await;
    assert!(decided.script.is_some());
    assert_eq!(
        outcomes(&decided),
        [&StageOutcome::Next, &StageOutcome::Script]
    );
    assert_eq!(call.variables[0].name, "seen");
    assert_eq!(call.variables[0].value, "alice");
    bench.decide_call(&mut pins, &["first"], &mut call).await;
    assert_eq!(call.variables.len(), 1);
}

#[tokio::test]
async fn a_failure_ends_the_chain_unless_the_step_fails_open() {
    let bench = Bench::new();
    bench.load("bad", "trap").await;
    bench.load("good", "busy").await;
    let mut new_call = call("1", "2");
    let closed = bench.decide(&["bad", "good"]).await;
    assert_eq!((closed.script, closed.stages.len()), (None, 1));
    let chain = steps(&["bad", "missing", "good"], true);
    let open = bench
        .plugins
        .decide(&mut Pins::default(), &chain, &mut new_call)
        .await;
    assert!(open.script.is_some());
    assert_eq!(
        open.stages[1].outcome,
        StageOutcome::Unavailable("not loaded".into())
    );
}

#[tokio::test]
async fn a_plugin_that_is_not_loaded_is_unavailable() {
    let decided = Bench::new().decide(&["missing"]).await;
    assert_eq!(decided.script, None);
    assert_eq!(
        outcomes(&decided),
        [&StageOutcome::Unavailable("not loaded".into())]
    );
}

#[tokio::test]
async fn a_call_keeps_the_version_it_began_with() {
    let bench = Bench::new();
    let old = bench
        .plugins
        .load(bench.spec("router", "busy"))
        .await
        .unwrap();
    let mut pins = Pins::default();
    let mut running = call("1", "2");
    bench
        .decide_call(&mut pins, &["router"], &mut running)
        .await;
    let new = bench
        .plugins
        .load(bench.spec("router", "connect"))
        .await
        .unwrap();
    assert_eq!((old.generation, new.generation), (1, 2));

    let again = bench
        .decide_call(&mut pins, &["router"], &mut running)
        .await;
    assert_eq!(again.stages[0].version, old.version);
    assert_eq!(
        bench.decide(&["router"]).await.stages[0].version,
        new.version
    );
    let status = bench.plugins.status("router").unwrap();
    assert_eq!(status.draining.len(), 1);
    assert_eq!(
        (
            status.draining[0].version.as_str(),
            status.draining[0].calls
        ),
        (old.version.as_str(), 1)
    );
    drop(pins);
    assert!(bench.plugins.status("router").unwrap().draining.is_empty());
}

#[tokio::test]
async fn a_file_that_is_no_plugin_leaves_the_old_version_and_says_why() {
    let bench = Bench::new();
    bench.load("router", "busy").await;
    for (bytes, part) in [
        (&b"\x7fELF\x02\x01"[..], "machine code"),
        (b"\0asm\x01\0\0\0", "a core module"),
        (
            b"\0asm\x0d\0\x01\0",
            "exports no `switchhook:plugin/router@0.1.0`",
        ),
        (b"\0asm\x0d\0\x01\0\xff", "damaged"),
        (b"hello", "not WebAssembly"),
        (b"", "empty"),
    ] {
        bench.scratch.file("router.wasm", bytes);
        let error = bench.plugins.reload("router").await.unwrap_err();
        assert!(
            matches!(&error, PluginError::Invalid(text) if text.contains(part)),
            "{error:?}"
        );
        let status = bench.plugins.status("router").unwrap();
        assert!(status.last_error.unwrap().contains(part));
        assert!(bench.decide(&["router"]).await.script.is_some());
    }
    std::fs::remove_file(bench.scratch.path().join("router.wasm")).unwrap();
    assert!(
        bench
            .plugins
            .reload("router")
            .await
            .unwrap_err()
            .to_string()
            .contains("cannot be read")
    );
    bench
        .scratch
        .file("router.wasm", &switchhook_guests::guest("connect"));
    bench.plugins.reload("router").await.unwrap();
    assert_eq!(bench.plugins.status("router").unwrap().last_error, None);
}

#[tokio::test]
async fn what_cannot_be_instantiated_is_refused_before_the_swap() {
    let bench = Bench::new();
    bench.load("router", "busy").await;
    let mut spec = bench.spec("router", "busy");
    spec.budget.memory_bytes = 64 << 10;
    let error = bench.plugins.load(spec).await.unwrap_err();
    assert!(error.to_string().contains("memory"), "{error}");
    let component = switchhook_guests::component(
        r#"(import "libc" "memory" (memory 1))
           (func $start unreachable) (start $start)
           (func (export "route") (param i32) (result i32) unreachable)"#,
    );
    bench.scratch.file("router.wasm", &component);
    let error = bench.plugins.reload("router").await.unwrap_err();
    assert!(error.to_string().contains("instance"), "{error}");
    assert!(bench.decide(&["router"]).await.script.is_some());
}

#[tokio::test]
async fn bad_budgets_and_settings_are_refused() {
    let bench = Bench::new();
    let mut spec = bench.spec("router", "busy");
    spec.settings = "{".into();
    assert!(
        bench
            .plugins
            .load(spec)
            .await
            .unwrap_err()
            .to_string()
            .contains("JSON")
    );
    let mut spec = bench.spec("router", "busy");
    spec.budget.memory_bytes = usize::MAX;
    assert!(bench.plugins.load(spec).await.is_err());
    let mut spec = bench.spec("router", "busy");
    spec.budget.cpu = Duration::ZERO;
    assert!(bench.plugins.load(spec).await.is_err());
    assert!(bench.plugins.list().is_empty());
}

#[tokio::test]
async fn while_a_new_version_is_on_probation_the_one_before_it_decides_where_it_fails() {
    let bench = Bench::new();
    let good = bench
        .plugins
        .load(bench.spec("router", "busy"))
        .await
        .unwrap();
    let bad = bench
        .plugins
        .load(bench.spec("router", "trap"))
        .await
        .unwrap();
    let status = bench.plugins.status("router").unwrap();
    assert_eq!(status.previous.as_ref(), Some(&good.version));
    let mut pins = Pins::default();
    let decided = bench
        .decide_call(&mut pins, &["router"], &mut call("1", "2"))
        .await;
    assert!(decided.script.is_some());
    assert_eq!(decided.stages[0].version, bad.version);
    assert_eq!(decided.stages[1].version, good.version);
    assert_eq!(pins.get("router").unwrap().version(), good.version);
    assert_eq!(bench.plugins.status("router").unwrap().counts.rescued, 1);
}

#[tokio::test]
async fn with_fail_open_the_next_plugin_comes_before_the_version_before() {
    let bench = Bench::new();
    bench.load("router", "busy").await;
    bench.load("router", "trap").await;
    bench.load("other", "connect").await;
    let decide = async |chain: &[&str]| {
        let chain = steps(chain, true);
        bench
            .plugins
            .decide(&mut Pins::default(), &chain, &mut call("1", "2"))
            .await
    };
    let decided = decide(&["router", "other"]).await;
    assert!(matches!(
        decided.script.as_deref(),
        Some([Verb::Connect(_)])
    ));
    let decided = decide(&["router"]).await;
    assert!(matches!(
        decided.script.as_deref(),
        Some([Verb::Respond(_)])
    ));
}

#[tokio::test]
async fn a_version_that_never_decided_is_no_fallback_for_the_next() {
    let bench = Bench::new();
    bench.load("router", "busy").await;
    bench.decide(&["router"]).await;
    bench.load("router", "trap").await;
    bench.load("router", "spin").await;
    assert!(bench.decide(&["router"]).await.script.is_some());
}

#[tokio::test]
async fn a_version_that_has_proved_itself_stands_alone() {
    let bench = Bench::new();
    bench.load("router", "connect").await;
    let mut spec = bench.spec("router", "busy");
    spec.probation = Probation {
        decisions: 2,
        time: Duration::ZERO,
    };
    bench.plugins.load(spec).await.unwrap();
    bench.decide(&["router"]).await;
    assert!(bench.plugins.status("router").unwrap().previous.is_some());
    bench.decide(&["router"]).await;
    assert!(bench.plugins.status("router").unwrap().previous.is_none());
}

#[tokio::test]
async fn a_plugin_that_fails_often_is_set_aside_and_says_so() {
    let bench = Bench::new();
    let mut spec = bench.spec("router", "trap");
    spec.breaker = BreakerConfig {
        failures: 3,
        ..BreakerConfig::default()
    };
    bench.plugins.load(spec).await.unwrap();
    for _ in 0..3 {
        assert!(matches!(
            bench.outcome("router", "1", "2").await,
            StageOutcome::Trapped(_)
        ));
    }
    let outcome = bench.outcome("router", "1", "2").await;
    assert_eq!(
        outcome,
        StageOutcome::Unavailable("set aside after failures".into())
    );
    let status = bench.plugins.status("router").unwrap();
    assert!(matches!(status.availability, Availability::SetAside { .. }));
    assert_eq!((status.counts.traps, status.counts.unavailable), (3, 1));
    bench.load("router", "busy").await;
    assert!(bench.decide(&["router"]).await.script.is_some());
}

#[tokio::test]
async fn errors_that_a_plugin_returns_do_not_set_it_aside() {
    let bench = Bench::new();
    bench.load("probe", "probe").await;
    for _ in 0..100 {
        assert_eq!(
            bench.outcome("probe", "x", "g").await,
            StageOutcome::Error("none".into())
        );
    }
    assert_eq!(
        bench.plugins.status("probe").unwrap().availability,
        Availability::Available
    );
}

#[tokio::test]
async fn a_plugin_that_is_removed_stays_with_the_calls_that_have_it() {
    let bench = Bench::new();
    bench.load("router", "busy").await;
    let mut pins = Pins::default();
    bench
        .decide_call(&mut pins, &["router"], &mut call("1", "2"))
        .await;
    assert!(bench.plugins.remove("router"));
    assert!(!bench.plugins.remove("router"));
    assert_eq!(bench.decide(&["router"]).await.script, None);
    let decided = bench
        .decide_call(&mut pins, &["router"], &mut call("1", "2"))
        .await;
    assert!(decided.script.is_some());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn swaps_under_load_fail_no_decision() {
    let bench = Arc::new(Bench::new());
    bench.load("router", "busy").await;
    let callers: Vec<_> = (0..4)
        .map(|_| {
            let bench = Arc::clone(&bench);
            tokio::spawn(async move {
                for _ in 0..500 {
                    assert!(bench.decide(&["router"]).await.script.is_some());
                }
            })
        })
        .collect();
    for round in 0..20 {
        bench
            .load("router", if round % 2 == 0 { "connect" } else { "busy" })
            .await;
    }
    for caller in callers {
        caller.await.unwrap();
    }
    let status = bench.plugins.status("router").unwrap();
    assert_eq!(status.current.generation, 21);
    assert_eq!(status.counts.scripts, 2_000);
    assert_eq!(status.calls, 0);
}

#[tokio::test]
async fn dropping_a_decision_stops_the_guest_and_frees_its_place() {
    let bench = Bench::new();
    bench.load("sleep", "sleep").await;
    let mut call = call("1", "2");
    for _ in 0..300 {
        let mut pins = Pins::default();
        let mut decision = Box::pin(bench.decide_call(&mut pins, &["sleep"], &mut call));
        let polled = std::future::poll_fn(|context| {
            std::task::Poll::Ready(decision.as_mut().poll(context).is_pending())
        });
        assert!(polled.await);
    }
}
