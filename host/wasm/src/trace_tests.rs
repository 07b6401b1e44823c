//! What a developer is told: host calls, lines, HTTP, state, time, instructions.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use switchhook_routing::decision::{Decision, Phase};
use switchhook_routing::directory::{Agent, AgentStatus, Queue};

use crate::clock::FixedClock;
use crate::directory::{Directory, EmptyDirectory};
use crate::error::PluginError;
use crate::metrics::Value;
use crate::pins::Pins;
use crate::plugins::{Plugins, Step};
use crate::runtime::{Runtime, RuntimeConfig};
use crate::testing::{Bench, call, router};
use crate::trace::{Answer, Asked, HttpAnswer, HttpAnswers, Question, Scene};

async fn probe(bench: &Bench, which: &str, argument: &str, scene: &Scene) -> (String, Asked) {
    let call = call(argument, which);
    let asked = bench
        .plugins
        .trace("probe", Question::Route(&call), scene)
        .await
        .unwrap();
    match &asked.answer {
        Err(PluginError::Refused(text)) => (text.clone(), asked),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_scene_has_its_own_state_and_settings() {
    let bench = Bench::new();
    bench.load("probe", "probe").await;
    let scene = Scene {
        state: Some(BTreeMap::from([("k".into(), b"before".to_vec())])),
        settings: Some(r#"{"a": 1}"#.into()),
        ..Scene::default()
    };
    assert_eq!(probe(&bench, "g", "k", &scene).await.0, "before");
    assert_eq!(probe(&bench, "s", "/a", &scene).await.0, "1");
    let (said, asked) = probe(&bench, "p", "k", &scene).await;
    assert_eq!(said, "done");
    assert_eq!(asked.state.unwrap()["k"], b"Alice");
    let [noted] = &asked.host_calls[..] else {
        panic!("{:?}", asked.host_calls)
    };
    assert_eq!((noted.interface, noted.function), ("state", "set"));
    assert_eq!(noted.summary, "k = Alice → stored");
    // Neither the plugin's own state nor its account has changed.
    assert_eq!(probe(&bench, "g", "k", &Scene::default()).await.0, "none");
    let status = bench.plugins.status("probe").unwrap();
    assert_eq!((status.state_keys, status.counts.decisions()), (0, 0));
    let bad = Scene {
        settings: Some("{".into()),
        ..Scene::default()
    };
    let call = call("1", "2");
    let asked = bench.plugins.trace("probe", Question::Route(&call), &bad);
    assert!(matches!(asked.await, Err(PluginError::Invalid(_))));
}

#[tokio::test]
async fn http_answers_come_from_the_recording_in_their_order() {
    let bench = Bench::new();
    bench.load("probe", "probe").await;
    let url = "https://crm.example.com/a";
    let answer = |body: &str| {
        let answer = HttpAnswer::Response {
            status: 200,
            headers: Vec::new(),
            body: body.into(),
        };
        ("GET".to_owned(), url.to_owned(), answer)
    };
    let timeout = ("GET".into(), "https://slow/".into(), HttpAnswer::Timeout);
    let answers = HttpAnswers::new([answer("first"), timeout, answer("second")]);
    let scene = Scene {
        http: Some(Arc::new(answers)),
        ..Scene::default()
    };
    for wanted in ["first", "second", "second"] {
        let (said, asked) = probe(&bench, "h", url, &scene).await;
        assert_eq!(said, wanted);
        assert_eq!(
            (asked.http[0].method.as_str(), asked.http[0].url.as_str()),
            ("GET", url)
        );
        assert!(
            matches!(&asked.http[0].answer, HttpAnswer::Response { body, .. } if body == wanted.as_bytes())
        );
    }
    assert_eq!(
        probe(&bench, "h", "https://slow/", &scene).await.0,
        "timeout"
    );
    let (said, _) = probe(&bench, "h", "https://other/", &scene).await;
    assert!(
        said.contains("no recorded answer to GET https://other/"),
        "{said}"
    );
    // Without a recording the grants count, and what was denied is noted.
    let (said, asked) = probe(&bench, "h", url, &Scene::default()).await;
    assert!(said.contains("not among the hosts"), "{said}");
    assert!(matches!(asked.http[0].answer, HttpAnswer::Denied(_)));
}

#[tokio::test]
async fn lines_are_returned_and_no_more_than_are_allowed() {
    let bench = Bench::new();
    bench.load("probe", "probe").await;
    let (_, asked) = probe(&bench, "l", "a\nb", &Scene::default()).await;
    assert_eq!(asked.log.len(), 64);
    assert_eq!(
        (asked.log[0].level, asked.log[0].text.as_str()),
        ("info", "a\u{fffd}b")
    );
}

/// One agent and one queue.
struct Desk;

impl Directory for Desk {
    fn contacts(&self, _domain: &str, _client: &str) -> Vec<String> {
        Vec::new()
    }

    fn active_calls(&self, _domain: &str, _client: &str) -> u32 {
        0
    }

    fn agents(&self, domain: &str, skill: Option<&str>) -> Vec<Agent> {
        assert_eq!((domain, skill), ("example.org", None));
        let agent = Agent {
            name: "anna".into(),
            client: "1001".into(),
            status: AgentStatus::Away,
            since: 5,
            skills: vec!["sales".into()],
        };
        vec![agent; 1_001]
    }

    fn queue(&self, _domain: &str, _name: &str) -> Option<Queue> {
        None
    }
}

const IMPORTS: &str = r#"
(import "switchhook:plugin/time@0.2.0" "now" (func $now (result i64)))
(import "switchhook:plugin/metrics@0.2.0" "count" (func $count (param i32 i32 i32 i32 i64)))
(import "switchhook:plugin/directory@0.2.0" "agents" (func $agents (param i32 i32 i32 i32)))
(import "switchhook:plugin/state@0.2.0" "compare-and-set" (func $swap (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32)))
(data (i32.const 64) "calls_total")"#;

/// Counts, and responds 300 if the time is 1,000 ms, 400 otherwise, and 1,000 agents and a key that was set are seen.
const ROUTE: &str = "
    (call $count (i32.const 64) (i32.const 11) (i32.const 0) (i32.const 0) (i64.const 2))
    (call $agents (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 2048))
    (if (i32.ne (i32.load offset=4 (i32.const 2048)) (i32.const 1000)) (then unreachable))
    (call $swap (i32.const 64) (i32.const 1) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 64) (i32.const 2)
      (i32.const 0) (i32.const 0) (i32.const 2064))
    (if (i32.load8_u (i32.const 2064)) (then unreachable))
    (if (i32.ne (i32.load8_u offset=1 (i32.const 2064)) (i32.const 1)) (then unreachable))
    (call $respond (if (result i32) (i64.eq (call $now) (i64.const 1000))
      (then (i32.const 300)) (else (i32.const 400))))";

#[tokio::test]
async fn a_scene_sets_the_clock_and_the_directory_and_work_is_measured() {
    let config = RuntimeConfig {
        concurrent_decisions: 4,
        count_instructions: true,
        ..RuntimeConfig::default()
    };
    let plugins = Plugins::new(Runtime::new(config).unwrap(), Arc::new(EmptyDirectory));
    let bench = Bench {
        plugins,
        ..Bench::new()
    };
    let bytes = router(IMPORTS, ROUTE, "unreachable");
    bench.load_bytes("probe", &bytes).await.unwrap();
    let scene = Scene {
        clock: Some(Arc::new(FixedClock(Duration::from_secs(1)))),
        directory: Some(Arc::new(Desk)),
        state: Some(BTreeMap::new()),
        ..Scene::default()
    };
    let chain = [Step {
        plugin: "probe",
        phase: Phase::Route,
        fail_open: false,
    }];
    let mut call = call("1", "2");
    let mut pins = Pins::default();
    let (decided, mut asked) = bench
        .plugins
        .simulate(&mut pins, &chain, &mut call, &scene)
        .await;
    assert_eq!((decided.stages.len(), asked.len()), (1, 1));
    let asked = asked.remove(0);
    let Ok(Answer::Decision(Decision::Script(script))) = &asked.answer else {
        panic!("{:?}", asked.answer)
    };
    assert_eq!(decided.script.as_ref(), Some(script));
    assert!(format!("{script:?}").contains("300"), "{script:?}");
    let functions: Vec<_> = asked.host_calls.iter().map(|call| call.function).collect();
    assert_eq!(functions, ["count", "agents", "compare-and-set", "now"]);
    assert!(asked.instructions.is_some_and(|count| count > 10));
    assert!(asked.memory_bytes >= 2 << 16);
    assert!(asked.nanoseconds > 0 && asked.cpu_nanoseconds > 0);
    assert_eq!(asked.state.unwrap()["c"], b"ca");
    // What is counted in a scene is not work that was done.
    assert!(bench.plugins.metrics("probe").is_empty());
}

#[tokio::test]
async fn metrics_are_kept_when_the_plugin_is_replaced() {
    let bench = Bench::new();
    let route = "
        (call $count (i32.const 64) (i32.const 11) (i32.const 0) (i32.const 0) (i64.const 2))
        (call $count (i32.const 64) (i32.const 0) (i32.const 0) (i32.const 0) (i64.const 2))
        (call $next)";
    for _ in 0..2 {
        let bytes = router(IMPORTS, route, "unreachable");
        bench.load_bytes("probe", &bytes).await.unwrap();
        bench.outcome("probe", "1", "2").await;
    }
    let series = bench.plugins.metrics("probe");
    assert_eq!(series.len(), 1);
    assert_eq!(
        (series[0].name.as_str(), &series[0].value),
        ("calls_total", &Value::Counter(4))
    );
    assert_eq!(bench.plugins.status("probe").unwrap().metrics_dropped, 2);
}
