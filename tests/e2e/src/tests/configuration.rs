//! The configuration of a running switch.

use switchhook_daemon::control::{Answer, Request, ask};
use switchhook_sip::flow::Transport;

use crate::telephone::Telephone;
use crate::world::World;

#[tokio::test]
async fn a_reload_takes_in_new_clients_and_disturbs_no_call() {
    let world = World::with_guests(&["connect"], "\"*\" = \"connect\"").await;
    let mut callee = world.answering("1003").await;
    let mut caller = world.phone("1001").await;
    let call = caller.call("1003").await.unwrap();

    let file = world.folder.file("switchhook.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let more = text.replace(
        "{ username = \"1004\"",
        "{ username = \"1005\", password = \"a secret\" },\n    { username = \"1004\"",
    );
    world.folder.write("switchhook.toml", &more);
    let socket = world.folder.file("control.sock");
    let answer = ask(&socket, &Request::Reload).await.unwrap();
    assert_eq!(
        answer,
        Answer::Done {
            message: "reloaded".to_owned()
        }
    );
    let fifth = Telephone::registered(world.agent("1005", Transport::Udp)).await;
    assert!(caller.stays_connected().await);

    // A mistake is named with its place, and nothing changes.
    world.folder.write(
        "switchhook.toml",
        more.replace("default_destination", "default_destinatoin"),
    );
    let message = ask(&socket, &Request::Reload)
        .await
        .expect_err("a wrong configuration was taken");
    let message = message.to_string();
    let line = more
        .lines()
        .position(|line| line.starts_with("default_destination"))
        .unwrap()
        + 1;
    let expected = format!(
        "switchhook.toml:{line}: unknown key `default_destinatoin` in \"example.org\"; did you mean `default_destination`?"
    );
    assert!(message.contains(&expected), "{message}");
    caller.hang_up(call).await;
    callee.ended().await;
    let call = caller.call("1003").await.unwrap();
    caller.hang_up(call).await;
    drop(fifth);
}

#[tokio::test]
async fn the_control_socket_lists_the_plugins() {
    let world = World::with_guests(&["connect", "busy"], "\"*\" = \"connect\"").await;
    let socket = world.folder.file("control.sock");
    let Answer::Plugins { plugins } = ask(&socket, &Request::ListPlugins).await.unwrap() else {
        panic!("something else was answered");
    };
    let names: Vec<_> = plugins.iter().map(|plugin| plugin.name.as_str()).collect();
    assert_eq!(names, ["busy", "connect"]);
    assert!(
        plugins
            .iter()
            .all(|plugin| plugin.available && plugin.generation == 1)
    );
}
