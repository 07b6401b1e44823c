//! The imports, called by a guest.

use switchhook_routing::decision::StageOutcome;

use crate::testing::Bench;

async fn probe(settings: &str) -> Bench {
    let bench = Bench::new();
    let mut spec = bench.spec("probe", "probe");
    spec.settings = settings.into();
    bench.plugins.load(spec).await.unwrap();
    bench
}

async fn say(bench: &Bench, which: &str, argument: &str) -> String {
    match bench.outcome("probe", argument, which).await {
        StageOutcome::Error(text) => text,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_plugin_reads_its_settings_by_pointer() {
    let bench = probe(r#"{"routes": {"2": "b", "1": ["a"]}}"#).await;
    assert_eq!(say(&bench, "s", "/routes/1").await, r#"["a"]"#);
    assert_eq!(say(&bench, "s", "/routes/3").await, "none");
    assert_eq!(say(&bench, "n", "/routes").await, r#"["2","1"]"#);
}

#[tokio::test]
async fn state_is_shared_by_instances() {
    let bench = probe("").await;
    assert_eq!(say(&bench, "g", "k").await, "none");
    assert_eq!(say(&bench, "p", "k").await, "done");
    assert_eq!(say(&bench, "g", "k").await, "Alice");
    assert_eq!(say(&bench, "i", "k").await, "failed");
    assert_eq!(say(&bench, "d", "k").await, "1");
    assert_eq!(say(&bench, "d", "k").await, "0");
    assert_eq!(say(&bench, "i", "n").await, "done");
    assert_eq!(say(&bench, "i", "n").await, "done");
    assert_eq!(say(&bench, "g", "n").await, "2");
    let status = bench.plugins.status("probe").unwrap();
    assert_eq!((status.state_keys, status.state_bytes), (1, 2));
}

#[tokio::test]
async fn state_survives_a_swap_but_not_a_removal() {
    let bench = probe("").await;
    assert_eq!(say(&bench, "p", "k").await, "done");
    bench.load("probe", "busy").await;
    bench.load("probe", "probe").await;
    assert_eq!(say(&bench, "g", "k").await, "Alice");
    bench.plugins.remove("probe");
    bench.load("probe", "probe").await;
    assert_eq!(say(&bench, "g", "k").await, "none");
}

#[tokio::test]
async fn each_plugin_has_its_own_state() {
    let bench = probe("").await;
    assert_eq!(say(&bench, "p", "k").await, "done");
    bench.load("other", "probe").await;
    assert_eq!(
        bench.outcome("other", "k", "g").await,
        StageOutcome::Error("none".into())
    );
}

#[tokio::test]
async fn the_directory_answers_for_the_domain_of_the_call() {
    let bench = probe("").await;
    assert_eq!(say(&bench, "r", "1001").await, "1");
    assert_eq!(say(&bench, "r", "1002").await, "0");
    assert_eq!(say(&bench, "c", "1001").await, "sip:1001@192.0.2.7:5060");
    assert_eq!(say(&bench, "c", "1002").await, "none");
    assert_eq!(say(&bench, "a", "1001").await, "2");
}

#[tokio::test]
async fn logging_without_end_does_no_harm() {
    let bench = probe("").await;
    assert_eq!(say(&bench, "l", "a line\nand another").await, "done");
}
