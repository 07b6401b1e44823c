//! Calls that go as they should.

use std::time::Duration;

use switchhook_daemon::cli::phone::demo::{DemoCall, place_call};
use switchhook_routing::decision::StageOutcome;
use switchhook_routing::event::ScriptSource;
use switchhook_routing::record::{Disposition, Party};
use switchhook_sip::flow::Transport;

use crate::application::Application;
use crate::folder::Folder;
use crate::telephone::Telephone;
use crate::world::{BUDGET, DOMAIN, PASSWORD, World, configuration, shipped};

/// The routing table: every number of four digits is the client's.
const TABLE: &str = r#"
[plugins.table]
file = "table.wasm"
budget = { cpu_ms = 500, wall_ms = 10000 }
settings.routes."1???" = [{ connect = { targets = [{ endpoint = { client = "{callee}" } }] } }]
"#;

async fn world_with_table() -> World {
    let folder = Folder::new();
    folder.write("table.wasm", shipped("table"));
    folder.write("switchhook.toml", configuration(TABLE, "\"*\" = \"table\""));
    World::start(folder).await
}

#[tokio::test]
async fn the_table_plugin_decides_and_both_sides_hear_each_other() {
    let world = world_with_table().await;
    let call = DemoCall {
        server: world.running.address(Transport::Udp).unwrap(),
        domain: DOMAIN.to_owned(),
        caller: ("1001".to_owned(), PASSWORD.to_owned()),
        callee: ("1003".to_owned(), PASSWORD.to_owned()),
        number: "1003".to_owned(),
        talk: Duration::from_secs(1),
    };
    let report = place_call(&call).await.unwrap();
    assert!(report.caller.answered, "{}", report.caller);
    assert!(report.heard_each_other, "{}", report.ladder.render());

    let records = world.records(1).await;
    let record = &records[0];
    assert_eq!(record.disposition, Disposition::Answered);
    assert_eq!(record.ended_by, Party::Caller);
    assert_eq!(record.decisions.len(), 1);
    assert_eq!(record.decisions[0].source, ScriptSource::Plugin);
    assert_eq!(record.decisions[0].stages[0].outcome, StageOutcome::Script);
    assert_eq!(record.decisions[0].stages[0].version.len(), 12);
    let media = record.media.unwrap();
    assert!(
        media.packets_from_caller > 10 && media.packets_from_callee > 10,
        "{media:?}"
    );
}

#[tokio::test]
async fn a_call_by_tcp_on_both_sides_is_connected() {
    let world = world_with_table().await;
    let mut answering = world.agent("1003", Transport::Tcp);
    answering.behaviour.auto_answer_after = Some(Duration::ZERO);
    let mut callee = Telephone::registered(answering).await;
    let mut caller = Telephone::registered(world.agent("1001", Transport::Tcp)).await;
    let call = caller.call("1003").await.unwrap();
    caller.hang_up(call).await;
    callee.ended().await;
    assert_eq!(world.records(1).await[0].disposition, Disposition::Answered);
}

#[tokio::test]
async fn the_called_side_may_hang_up_too() {
    let world = world_with_table().await;
    let mut callee = world.answering("1003").await;
    let mut caller = world.phone("1001").await;
    caller.call("1003").await.unwrap();
    let call = callee.rings().await;
    callee.hang_up(call).await;
    caller.ended().await;
    assert_eq!(world.records(1).await[0].ended_by, Party::Callee);
}

#[tokio::test]
async fn a_web_application_decides_by_the_webhook_plugin() {
    let answer =
        r#"[{"verb": "connect", "dest": [{"type": "client", "address": "1003", "timeout": 20}]}]"#;
    let mut application = Application::start(answer).await;
    let world = world_with_webhook(&application).await;
    let mut callee = world.answering("1003").await;
    let mut caller = world.phone("1001").await;
    let call = caller.call("77").await.unwrap();
    let request = application.request().await;
    assert_eq!(request["from"], "1001");
    assert_eq!(request["to"], "77");
    caller.hang_up(call).await;
    callee.ended().await;
    assert_eq!(
        world.records(1).await[0].decisions[0].source,
        ScriptSource::Plugin
    );
}

#[tokio::test]
async fn when_the_web_application_is_down_the_default_destination_gets_the_call() {
    let application = Application::start("[]").await;
    let world = world_with_webhook(&application).await;
    drop(application);
    let mut default = world.answering("1002").await;
    let mut caller = world.phone("1001").await;
    let call = caller.call("77").await.unwrap();
    caller.hang_up(call).await;
    default.ended().await;
    let records = world.records(1).await;
    assert_eq!(
        records[0].decisions[0].source,
        ScriptSource::DefaultDestination
    );
    let outcome = &records[0].decisions[0].stages[0].outcome;
    assert!(matches!(outcome, StageOutcome::Error(_)), "{outcome:?}");
}

async fn world_with_webhook(application: &Application) -> World {
    let folder = Folder::new();
    let address = application.address();
    folder.write("webhook.wasm", shipped("webhook"));
    let plugin = format!(
        "[plugins.webhook]\nfile = \"webhook.wasm\"\nsettings = {{ url = \"http://{address}/\" }}\n\
         grants = {{ http = [\"{address}\"] }}\n{BUDGET}\n"
    );
    folder.write(
        "switchhook.toml",
        configuration(&plugin, "\"*\" = \"webhook\""),
    );
    World::start(folder).await
}

#[tokio::test]
async fn a_wrong_password_is_refused() {
    let world = world_with_table().await;
    let mut config = world.agent("1001", Transport::Udp);
    config.password = "guessed".to_owned();
    let error = Telephone::try_registered(config)
        .await
        .err()
        .expect("a refusal")
        .to_string();
    assert!(error.contains("password is wrong"), "{error}");
}

#[tokio::test]
async fn a_shutdown_refuses_new_calls_and_lets_the_others_finish() {
    let world = world_with_table().await;
    let mut callee = world.answering("1003").await;
    let mut caller = world.phone("1001").await;
    let mut late = world.phone("1004").await;
    let call = caller.call("1003").await.unwrap();
    let World { running, folder } = world;
    let shutdown = tokio::spawn(running.shutdown());
    assert_eq!(late.call("1002").await, Err(503));
    assert!(!shutdown.is_finished());
    caller.hang_up(call).await;
    callee.ended().await;
    tokio::time::timeout(crate::world::PATIENCE, shutdown)
        .await
        .expect("the end")
        .unwrap();
    drop(folder);
}
