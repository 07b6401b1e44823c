//! The platform for plugins: chains with phases, gatekeepers, observers, settings with a schema, components deployed by hand.

use std::net::SocketAddr;

use serde_json::{Value, json};
use switchhook_daemon::control::{Answer, Request, ask};
use switchhook_routing::decision::{Phase, StageOutcome};
use switchhook_routing::event::ScriptSource;
use switchhook_routing::record::Party;
use switchhook_sip::flow::Transport;

use crate::application::{self, Application};
use crate::folder::Folder;
use crate::telephone::Telephone;
use crate::world::{BUDGET, PATIENCE, World, configuration, shipped};

const ANY: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(std::net::Ipv4Addr::LOCALHOST), 0);

#[tokio::test]
async fn a_chain_goes_through_its_phases_and_the_record_has_every_stage() {
    let dialplan = r#"
"*" = { chain = [{ plugin = "next", phase = "screen" }, { plugin = "trap", phase = "enrich" }, "connect", { plugin = "next", phase = "veto" }] }
"9*" = { chain = ["connect", { plugin = "busy", phase = "veto" }] }
"#;
    let world = World::with_guests(&["next", "trap", "connect", "busy"], dialplan).await;
    let mut callee = world.answering("1003").await;
    let mut caller = world.phone("1001").await;
    let call = caller.call("1003").await.unwrap();
    caller.hang_up(call).await;
    callee.ended().await;
    assert_eq!(caller.call("9").await, Err(486), "the veto's script");

    let records = world.records(2).await;
    let stages = |callee: &str| -> Vec<_> {
        let record = records.iter().find(|record| record.callee == callee);
        let stages = record.expect("a record").decisions[0].stages.iter();
        stages
            .map(|stage| (stage.plugin.as_str(), stage.phase, &stage.outcome))
            .collect()
    };
    let first = stages("1003");
    assert!(
        matches!(
            first[..],
            [
                ("next", Phase::Screen, StageOutcome::Next),
                ("trap", Phase::Enrich, StageOutcome::Trapped(_)),
                ("connect", Phase::Route, StageOutcome::Script),
                ("next", Phase::Veto, StageOutcome::Next),
            ]
        ),
        "{first:?}"
    );
    let script = StageOutcome::Script;
    assert_eq!(
        stages("9"),
        [
            ("connect", Phase::Route, &script),
            ("busy", Phase::Veto, &script)
        ]
    );
}

#[tokio::test]
async fn a_ring_group_takes_a_call_and_routes_hand_variables_to_their_plugins() {
    let folder = Folder::new();
    folder.write("webhook.wasm", shipped("webhook"));
    let mut application =
        Application::serve(ANY, |_| (200, json!([{ "verb": "response", "code": 486 }]))).await;
    let address = application.address();
    let plugin = format!(
        "[plugins.webhook]\nfile = \"webhook.wasm\"\ngrants = {{ http = [\"{address}\"] }}\n{BUDGET}\n"
    );
    let dialplan = format!(
        "\"5\" = {{ fallback = [\"group:desk\"] }}\n\
         \"6\" = {{ chain = [\"webhook\"], variables = {{ \"webhook.call-hook\" = \"http://{address}/six\" }} }}\n\
         [[domains.\"example.org\".ring_groups]]\nname = \"desk\"\nmembers = [\"client:1003\", \"client:1004\"]\nstrategy = \"sequential\"\n"
    );
    folder.write("switchhook.toml", configuration(&plugin, &dialplan));
    let world = World::start(folder).await;
    let mut callee = world.answering("1004").await;
    let mut caller = world.phone("1001").await;
    let call = caller.call("5").await.unwrap();
    caller.hang_up(call).await;
    callee.ended().await;
    assert_eq!(caller.call("6").await, Err(486));
    assert_eq!(application.request_to("/six").await["to"], "6");
}

/// RegHook lets in whoever is not 2999; CallHook connects to 1003; StatusHook takes note.
fn dragon(request: &application::Request) -> (u16, Value) {
    let address = &request.host;
    match request.path.as_str() {
        "/register" if request.body["username"] == "2999" => (403, json!({})),
        "/register" => {
            let hooks = json!({
                "callHook": format!("http://{address}/call"),
                "statusHook": format!("http://{address}/status"),
            });
            (
                200,
                json!({ "status": "ok", "expires": 120, "dialplan": { "*": hooks }, "codecs": ["PCMA"] }),
            )
        }
        "/call" => {
            // A phone of these tests takes one call at a time, so there are two.
            let callee = if request.body["to"] == "1004" {
                "1004"
            } else {
                "1003"
            };
            let dest = json!([{ "type": "client", "address": callee, "timeout": 20 }]);
            (
                200,
                json!([{ "verb": "connect", "dest": dest, "statusLabel": "main" }]),
            )
        }
        _ => (200, json!({})),
    }
}

/// A switch whose clients 2??? belong to the application.
async fn dragon_world(address: SocketAddr) -> World {
    let folder = Folder::new();
    folder.write("webhook.wasm", shipped("webhook"));
    let plugin = format!(
        "observers = [\"webhook\"]\n[limits]\ndrain_seconds = 0\n\
         [plugins.webhook]\nfile = \"webhook.wasm\"\nsettings = {{ register_url = \"http://{address}/register\" }}\n\
         grants = {{ http = [\"{address}\"] }}\n{BUDGET}\n"
    );
    let text = configuration("PLUGIN", "").replace(
        "clients = [",
        "clients = [\n    { username = \"2???\", gatekeeper = \"webhook\" },",
    );
    // Keys of the top level stand before every table.
    let (observers, tables) = plugin.split_once('\n').unwrap_or_default();
    let text = format!("{observers}\n{}", text.replace("PLUGIN", tables));
    folder.write("switchhook.toml", text);
    World::start(folder).await
}

#[tokio::test]
async fn an_application_says_who_may_register_where_calls_go_and_is_told_what_happens_in_order() {
    let mut application = Application::serve(ANY, dragon).await;
    let world = dragon_world(application.address()).await;
    let mut callee = world.answering("1003").await;
    let refused = Telephone::try_registered(world.agent("2999", Transport::Udp)).await;
    assert!(refused.is_err());
    let mut caller = world.phone("2001").await;
    let asked = application.request_to("/register").await;
    assert_eq!(asked["username"], "2999");
    let asked = application.request_to("/register").await;
    assert_eq!(
        (&asked["username"], &asked["realm"]),
        (&json!("2001"), &json!("example.org"))
    );
    assert_eq!(asked["response"].as_str().map(str::len), Some(32));

    let call = caller.call("77").await.unwrap();
    let asked = application.request_to("/call").await;
    assert_eq!(
        (&asked["from"], &asked["to"]),
        (&json!("2001"), &json!("77"))
    );
    caller.hang_up(call).await;
    callee.ended().await;
    let expected = [
        "connect:start",
        "connect:trying",
        "connect:answered",
        "connect:hangup",
        "connect:complete",
    ];
    for event in expected {
        let told = application.request_to("/status").await;
        assert_eq!(
            (&told["event"], &told["label"]),
            (&json!(event), &json!("main")),
            "{told}"
        );
        assert_eq!(told["callId"], asked["callId"]);
    }
    let socket = world.folder.file("control.sock");
    let Answer::Plugins { plugins } = ask(&socket, &Request::ListPlugins).await.unwrap() else {
        panic!("something else was answered");
    };
    assert_eq!(plugins[0].roles, ["router", "gatekeeper", "observer"]);
    let observing = plugins[0].observing.as_ref().expect("events were told");
    assert_eq!((observing.failed, observing.dropped), (0, 0));
}

#[tokio::test]
async fn an_application_that_is_killed_costs_no_call_and_is_used_again() {
    let application = Application::serve(ANY, dragon).await;
    let address = application.address();
    let world = dragon_world(address).await;
    let mut callee = world.answering("1003").await;
    let mut default = world.answering("1002").await;
    let mut caller = world.phone("2001").await;
    let mut other = world.phone("2002").await;
    let call = caller.call("77").await.unwrap();

    application.kill().await;
    let second = other.call("77").await.unwrap();
    assert!(caller.stays_connected().await);
    other.hang_up(second).await;
    default.ended().await;

    let _application = Application::serve(address, dragon).await;
    let mut third = world.answering("1004").await;
    let call_back = other.call("1004").await.unwrap();
    other.hang_up(call_back).await;
    third.ended().await;
    assert!(caller.stays_connected().await);
    caller.hang_up(call).await;
    callee.ended().await;
    let records = world.records(3).await;
    let sources: Vec<_> = records.iter().map(|r| r.decisions[0].source).collect();
    let (own, fallen) = (ScriptSource::Plugin, ScriptSource::DefaultDestination);
    assert_eq!(sources, [fallen, own, own]);
}

#[tokio::test]
async fn a_shutdown_hangs_up_what_is_left_and_observers_are_told_to_the_end() {
    let mut application = Application::serve(ANY, dragon).await;
    let world = dragon_world(application.address()).await;
    let mut callee = world.answering("1003").await;
    let mut caller = world.phone("2001").await;
    caller.call("77").await.unwrap();
    let World { running, folder } = world;
    let shutdown = tokio::time::timeout(PATIENCE, running.shutdown());
    let (ended, (), ()) = tokio::join!(shutdown, caller.ended(), callee.ended());
    ended.expect("the end");
    let text = std::fs::read_to_string(folder.file("calls.jsonl")).unwrap();
    let record: switchhook_routing::record::CallRecord =
        serde_json::from_str(text.trim_end()).unwrap();
    assert_eq!(record.ended_by, Party::Switch);
    while application.request_to("/status").await["event"] != "connect:complete" {}
}

/// Routes of the plugin table: everything to one client.
fn routes(client: &str) -> String {
    format!(
        "{{\n  \"routes\": {{\n    \"*\": [{{\"connect\": {{\"targets\": [{{\"endpoint\": {{\"client\": \"{client}\"}}}}]}}}}]\n  }}\n}}"
    )
}

/// A table that calls 1003, with the schema of its settings beside it.
async fn table_world() -> World {
    let folder = Folder::new();
    folder.write("table.wasm", shipped("table"));
    folder.write("table.schema.json", SCHEMA);
    folder.write("routes.json", routes("1003"));
    let plugin = format!(
        "[plugins.table]\nfile = \"table.wasm\"\nsettings_file = \"routes.json\"\n{BUDGET}\n"
    );
    folder.write(
        "switchhook.toml",
        configuration(&plugin, "\"*\" = \"table\""),
    );
    World::start(folder).await
}

const SCHEMA: &str =
    r#"{ "additionalProperties": false, "properties": { "routes": { "type": "object" } } }"#;

#[tokio::test]
async fn settings_that_the_schema_does_not_allow_leave_the_old_ones_in_place() {
    let world = table_world().await;
    let mut callee = world.answering("1003").await;
    let mut caller = world.phone("1001").await;
    let socket = world.folder.file("control.sock");
    let failed = async |request: Request| {
        let failed = ask(&socket, &request).await;
        failed.expect_err("it was taken").to_string()
    };

    let wrong = routes("1002").replace("\"routes\"", "\"rutes\"");
    world.folder.write("routes.json", wrong);
    let message = failed(Request::Reload).await;
    let expected = "routes.json:2: settings of the plugin \"table\": /rutes: unknown key";
    assert!(message.contains(expected), "{message}");

    // A schema that the settings in use do not keep.
    let before = world.running.operator().list().remove(0).current;
    world.folder.write("routes.json", routes("1003"));
    let stricter = SCHEMA.replace("\"object\"", "\"object\", \"maxProperties\": 0");
    world.folder.write("table.schema.json", stricter);
    let name = "table".to_owned();
    let message = failed(Request::ReloadPlugin { name }).await;
    assert!(
        message.contains("routes.json:2: ") && message.contains("/routes: "),
        "{message}"
    );
    assert!(message.contains("the version before stays"), "{message}");

    let status = world.running.operator().list().remove(0);
    assert_eq!(status.current, before);
    let error = status.last_error.expect("why it was not loaded");
    assert!(message.contains(&error), "{error}\n{message}");

    let call = caller.call("5").await.unwrap();
    caller.hang_up(call).await;
    callee.ended().await;
}

#[tokio::test]
async fn a_switch_does_not_start_with_settings_that_the_schema_does_not_allow() {
    let folder = Folder::new();
    folder.write("table.wasm", shipped("table"));
    folder.write("table.schema.json", SCHEMA);
    let plugin = "[plugins.table]\nfile = \"table.wasm\"\n[plugins.table.settings]\nroute = 1\n";
    folder.write(
        "switchhook.toml",
        configuration(plugin, "\"*\" = \"table\""),
    );
    let loaded = switchhook_daemon::config::load(&folder.file("switchhook.toml"));
    let report = loaded.expect_err("a mistake").to_string();
    assert!(
        report.ends_with("settings of the plugin \"table\": /route: unknown key"),
        "{report}"
    );
}

#[tokio::test]
async fn a_component_is_deployed_in_a_plugins_place_until_the_plugin_is_loaded_again() {
    let world = World::with_guests(&["connect"], "\"*\" = \"connect\"").await;
    let mut caller = world.phone("1001").await;
    let socket = world.folder.file("control.sock");
    world
        .folder
        .write("other.wasm", switchhook_guests::guest("busy"));
    let name = "connect".to_owned();
    let deploy = |file: std::path::PathBuf| Request::DeployPlugin {
        name: name.clone(),
        file,
    };
    let answer = ask(&socket, &deploy("other.wasm".into())).await;
    assert!(answer.is_err(), "{answer:?}");
    let answer = ask(&socket, &deploy(world.folder.file("other.wasm")))
        .await
        .unwrap();
    assert!(matches!(answer, Answer::Done { .. }), "{answer:?}");
    assert_eq!(caller.call("1003").await, Err(486));

    let request = Request::ReloadPlugin { name: name.clone() };
    let answer = ask(&socket, &request).await.unwrap();
    assert!(matches!(answer, Answer::Done { .. }), "{answer:?}");
    let mut callee = world.answering("1003").await;
    let call = caller.call("1003").await.unwrap();
    caller.hang_up(call).await;
    callee.ended().await;
    let answer = ask(&socket, &Request::PluginMetrics { name })
        .await
        .unwrap();
    assert_eq!(answer, Answer::Metrics { series: Vec::new() });
}
