//! Plugins that misbehave: the call goes on without them.

use switchhook_routing::decision::StageOutcome;
use switchhook_routing::event::ScriptSource;
use switchhook_routing::record::Disposition;

use crate::world::World;

const DIALPLAN: &str = r#"
"*" = "connect"
"2" = "trap"
"3" = "spin"
"4" = "hog"
"5" = "lie"
"6" = { chain = ["trap", "connect"], fallback = ["client:1003"] }
"7" = { chain = ["trap"], fallback = ["client:1003"] }
"1003" = { chain = ["trap", "connect"], fail_open = true }
"#;

async fn world() -> World {
    World::with_guests(&["connect", "trap", "spin", "hog", "lie"], DIALPLAN).await
}

#[tokio::test]
async fn calls_of_a_misbehaving_plugin_reach_the_default_destination() {
    let world = world().await;
    let mut default = world.answering("1002").await;
    let mut caller = world.phone("1001").await;
    for number in ["2", "3", "4", "5"] {
        let call = match caller.call(number).await {
            Ok(call) => call,
            Err(status) => panic!("{number}: {status}, {:?}", world.running.status().await),
        };
        caller.hang_up(call).await;
        default.ended().await;
    }
    let records = world.records(4).await;
    for record in &records {
        assert_eq!(record.disposition, Disposition::Answered);
        assert_eq!(record.decisions[0].source, ScriptSource::DefaultDestination);
    }
    let outcome = |index: usize| &records[index].decisions[0].stages[0].outcome;
    assert!(
        matches!(outcome(0), StageOutcome::Trapped(_)),
        "{:?}",
        outcome(0)
    );
    assert_eq!(outcome(1), &StageOutcome::TimedOut);
    assert_eq!(outcome(2), &StageOutcome::OutOfMemory);
    assert!(
        matches!(
            outcome(3),
            StageOutcome::BadDecision(_) | StageOutcome::Trapped(_)
        ),
        "{:?}",
        outcome(3)
    );
}

#[tokio::test]
async fn the_ladder_is_next_plugin_if_open_then_fallback_then_default_destination() {
    let world = world().await;
    let mut callee = world.answering("1003").await;
    let mut caller = world.phone("1001").await;
    // Fails open: the next plugin decides. Not open: the route's fallback does.
    for (number, source) in [
        ("1003", ScriptSource::Plugin),
        ("6", ScriptSource::RouteFallback),
        ("7", ScriptSource::RouteFallback),
    ] {
        let call = caller.call(number).await.unwrap();
        caller.hang_up(call).await;
        callee.ended().await;
        let records = world.records(1).await;
        let record = records.iter().find(|record| record.callee == number);
        let record = match record {
            Some(record) => record.clone(),
            None => world
                .records(records.len() + 1)
                .await
                .into_iter()
                .find(|record| record.callee == number)
                .expect("its record"),
        };
        assert_eq!(record.decisions[0].source, source, "{number}");
    }
}

#[tokio::test]
async fn a_flood_of_nonsense_does_not_disturb_a_call() {
    let world = world().await;
    let mut callee = world.answering("1003").await;
    let mut caller = world.phone("1001").await;
    let server = world.running.listeners()[0].1;
    let noise = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
    for bytes in [
        &b"INVITE sip:"[..],
        b"\0\xff\xfe",
        b"SIP/2.0 200 OK\r\n\r\n",
        b"",
        b"\r\n\r\n",
    ] {
        for _ in 0..200 {
            noise.send_to(bytes, server).await.unwrap();
        }
    }
    let call = caller.call("1003").await.unwrap();
    caller.hang_up(call).await;
    callee.ended().await;
}
