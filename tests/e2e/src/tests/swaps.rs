//! Plugins that are replaced while calls are up.

use switchhook_daemon::control::{Answer, Request, ask};
use switchhook_routing::record::CallRecord;

use crate::folder::Folder;
use crate::world::{BUDGET, World, configuration, eventually, shipped};

fn version(record: &CallRecord) -> &str {
    &record.decisions[0].stages[0].version
}

/// A plugin named `plugin`, from a file that a test replaces.
async fn world(component: &[u8]) -> World {
    let folder = Folder::new();
    folder.write("plugin.wasm", component);
    let plugin = format!("[plugins.plugin]\nfile = \"plugin.wasm\"\n{BUDGET}\n");
    folder.write(
        "switchhook.toml",
        configuration(&plugin, "\"*\" = \"plugin\""),
    );
    World::start(folder).await
}

#[tokio::test]
async fn a_new_file_is_swapped_in_and_a_call_that_is_up_keeps_its_version() {
    let world = world(&switchhook_guests::guest("connect")).await;
    let mut callee = world.answering("1003").await;
    let mut caller = world.phone("1001").await;
    let mut other = world.phone("1004").await;
    let call = caller.call("1003").await.unwrap();
    let old = world.running.operator().list()[0].current.version.clone();

    world
        .folder
        .write("plugin.wasm", switchhook_guests::guest("busy"));
    world.generation("plugin", 2).await;
    let status = world.running.operator().list().remove(0);
    assert_ne!(status.current.version, old);
    assert_eq!((status.draining.len(), status.draining[0].calls), (1, 1));
    assert_eq!(
        other.call("1003").await,
        Err(486),
        "the new version decides about new calls"
    );
    assert!(caller.stays_connected().await);

    caller.hang_up(call).await;
    callee.ended().await;
    let records = world.records(2).await;
    assert_eq!(version(&records[0]), status.current.version);
    assert_eq!(version(&records[1]), old);
    eventually("the end of the old version", async || {
        world.running.operator().list()[0]
            .draining
            .is_empty()
            .then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_component_that_does_not_load_leaves_the_old_one_in_place_and_says_why() {
    let world = world(&switchhook_guests::guest("connect")).await;
    let mut callee = world.answering("1003").await;
    let mut caller = world.phone("1001").await;
    let before = world.running.operator().list().remove(0).current;

    world.folder.write("plugin.wasm", b"this is no component");
    let reason = eventually("the reason", async || {
        world.running.operator().list().remove(0).last_error
    })
    .await;
    assert!(reason.contains("not WebAssembly"), "{reason}");
    let socket = world.folder.file("control.sock");
    let request = Request::ReloadPlugin {
        name: "plugin".to_owned(),
    };
    let message = ask(&socket, &request)
        .await
        .expect_err("a broken component was taken");
    let message = message.to_string();
    assert!(
        message.contains("plugin") && message.contains("the version before stays"),
        "{message}"
    );

    assert_eq!(world.running.operator().list().remove(0).current, before);
    let call = caller.call("1003").await.unwrap();
    caller.hang_up(call).await;
    callee.ended().await;
    assert_eq!(version(&world.records(1).await[0]), before.version);
}

#[tokio::test]
async fn changed_settings_of_a_plugin_take_effect() {
    let folder = Folder::new();
    let routes = |client: &str| {
        format!(
            r#"{{"routes": {{"*": [{{"connect": {{"targets": [{{"endpoint": {{"client": "{client}"}}}}]}}}}]}}}}"#
        )
    };
    folder.write("table.wasm", shipped("table"));
    folder.write("routes.json", routes("1002"));
    let plugin = format!(
        "[plugins.table]\nfile = \"table.wasm\"\nsettings_file = \"routes.json\"\n{BUDGET}\n"
    );
    folder.write(
        "switchhook.toml",
        configuration(&plugin, "\"*\" = \"table\""),
    );
    let world = World::start(folder).await;
    let mut second = world.answering("1002").await;
    let mut third = world.answering("1003").await;
    let mut caller = world.phone("1001").await;

    let call = caller.call("5").await.unwrap();
    caller.hang_up(call).await;
    second.ended().await;

    world.folder.write("routes.json", routes("1003"));
    world.generation("table", 2).await;
    let call = caller.call("5").await.unwrap();
    caller.hang_up(call).await;
    third.ended().await;
}

#[tokio::test]
async fn calls_succeed_and_name_one_version_while_the_plugin_is_swapped_again_and_again() {
    let first = switchhook_guests::guest("connect");
    // The same plugin with an empty custom section has another version.
    let second = [&first[..], b"\0\x05\x04more"].concat();
    let world = world(&first).await;
    let mut callee = world.answering("1003").await;
    let mut caller = world.phone("1001").await;
    let socket = world.folder.file("control.sock");
    for round in 0..20 {
        let component = if round % 2 == 0 { &second } else { &first };
        world.folder.write("plugin.wasm", component);
        let request = Request::ReloadPlugin {
            name: "plugin".to_owned(),
        };
        let (answer, call) = tokio::join!(ask(&socket, &request), caller.call("1003"));
        assert!(matches!(answer, Ok(Answer::Done { .. })), "{answer:?}");
        caller.hang_up(call.unwrap()).await;
        callee.ended().await;
    }
    let records = world.records(20).await;
    for record in &records {
        assert_eq!(record.decisions.len(), 1);
        assert_eq!(record.decisions[0].stages.len(), 1);
    }
}
