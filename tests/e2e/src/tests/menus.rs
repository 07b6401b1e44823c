//! Calls that the switch answers itself: a menu that is said, a key, and whoever the key leads to.

use switchhook_phone::input::Command;
use switchhook_routing::record::Disposition;

use crate::folder::Folder;
use crate::world::{World, configuration, shipped};

/// A menu whose key 2 leads to the client 1003, and a key that nobody is behind.
const MENU: &str = r#"
[plugins.menu]
file = "menu.wasm"
budget = { cpu_ms = 500, wall_ms = 10000 }

[plugins.menu.settings]
start = "main"

[plugins.menu.settings.menus.main]
prompts = [{ tone = { kind = "beep", milliseconds = 200 } }]
digits = 1
retries = 1
first_digit_milliseconds = 1000
fallback = [
    { announce = { prompts = [{ tone = { kind = "busy", milliseconds = 200 } }], times = 2 } },
]

[plugins.menu.settings.menus.main.options]
2 = [{ connect = { targets = [{ endpoint = { client = "1003" } }] } }]
"#;

async fn world() -> World {
    let folder = Folder::new();
    folder.write("menu.wasm", shipped("menu"));
    folder.write("switchhook.toml", configuration(MENU, "\"*\" = \"menu\""));
    World::start(folder).await
}

#[tokio::test]
async fn a_key_in_a_menu_leads_to_somebody_who_answers() {
    let world = world().await;
    let mut callee = world.answering("1003").await;
    let mut caller = world.phone("1001").await;
    let call = caller.call("500").await.unwrap();
    caller.command(Command::Press(call, '2'));
    callee.answers().await;
    caller.hang_up(call).await;
    callee.ended().await;
    let record = &world.records(1).await[0];
    assert_eq!(record.disposition, Disposition::Answered);
    assert_eq!(record.legs.len(), 1);
    assert!(record.legs[0].answered_at.is_some());
}

#[tokio::test]
async fn a_caller_who_presses_nothing_hears_the_end_of_the_script_and_is_hung_up() {
    let world = world().await;
    let mut caller = world.phone("1001").await;
    caller.call("500").await.unwrap();
    caller.ended().await;
    let record = &world.records(1).await[0];
    assert_eq!(record.disposition, Disposition::Answered);
    assert!(record.legs.is_empty());
}
