//! Whom the switch does not hear: guessers, scanners, whom the operator bans; and that others do not notice.

use std::net::SocketAddr;
use std::time::Duration;

use switchhook_daemon::cli::phone::agent::AgentConfig;
use switchhook_daemon::control::{Answer, BanLine, Request, ask};
use switchhook_sip::flow::Transport;
use tokio::net::UdpSocket;
use tokio::time::timeout;

use crate::folder::Folder;
use crate::telephone::Telephone;
use crate::world::{BUDGET, DOMAIN, World, configuration};

/// Everybody is on loopback here, so nothing is above suspicion; the guesser has an address of its own.
async fn guarded() -> World {
    let folder = Folder::new();
    folder.write("connect.wasm", switchhook_guests::guest("connect"));
    let plugin = format!("[plugins.connect]\nfile = \"connect.wasm\"\n{BUDGET}\n");
    let text = configuration(&plugin, "\"*\" = \"connect\"")
        + "[signalling]\nexchanges = 2\n[protection]\nallow = []\nfailures = 5\n";
    folder.write("switchhook.toml", text);
    World::start(folder).await
}

fn guesser(world: &World) -> AgentConfig {
    let mut config = world.agent("1001", Transport::Udp);
    config.password = "guessed".to_owned();
    config.local = Some("127.0.0.66".parse().unwrap());
    config
}

async fn bans(world: &World) -> Vec<BanLine> {
    let socket = world.folder.file("control.sock");
    match ask(&socket, &Request::ListBans).await.unwrap() {
        Answer::Bans { bans, .. } => bans,
        other => panic!("{other:?}"),
    }
}

/// What a datagram from here is answered with, if it is: the first line.
async fn answer(world: &World, from: &str, text: &str) -> Option<String> {
    let socket = UdpSocket::bind(from.parse::<SocketAddr>().unwrap())
        .await
        .unwrap();
    let at = socket.local_addr().unwrap();
    let text = text.replace("AT", &at.to_string()).replace('\n', "\r\n");
    let switch = world.running.address(Transport::Udp).unwrap();
    socket.send_to(text.as_bytes(), switch).await.unwrap();
    let mut buffer = vec![0; 4096];
    let length = timeout(Duration::from_millis(500), socket.recv(&mut buffer)).await;
    let text = String::from_utf8_lossy(&buffer[..length.ok()?.unwrap()]).into_owned();
    text.lines().next().map(str::to_owned)
}

fn request(method: &str, user: &str, more: &str) -> String {
    format!(
        "{method} sip:{user}@{DOMAIN} SIP/2.0\nVia: SIP/2.0/UDP AT;branch=z9hG4bK{user}{method};rport\n\
         Max-Forwards: 70\nFrom: <sip:{user}@{DOMAIN}>;tag=1\nTo: <sip:{user}@{DOMAIN}>\n\
         Call-ID: {user}-{method}\nCSeq: 1 {method}\nContact: <sip:{user}@AT>\n{more}Content-Length: 0\n\n"
    )
}

#[tokio::test]
async fn a_password_guesser_is_banned_and_others_go_on() {
    let world = guarded().await;
    let mut callee = world.answering("1003").await;
    let mut caller = world.phone("1001").await;
    for _ in 0..5 {
        let guessed = Telephone::try_registered(guesser(&world)).await;
        let error = guessed.err().expect("a refusal").to_string();
        assert!(error.contains("password is wrong"), "{error}");
    }
    let all = bans(&world).await;
    let [ban] = &all[..] else {
        panic!("{all:?}");
    };
    assert_eq!((ban.source.as_str(), ban.proven), ("127.0.0.66", true));
    assert_eq!(ban.reason, "wrong credentials");
    // From any port, for any domain, at any of the loops' sockets.
    for _ in 0..6 {
        let options = request("OPTIONS", "1001", "");
        assert_eq!(answer(&world, "127.0.0.66:0", &options).await, None);
    }
    let call = caller.call("1003").await.unwrap();
    caller.hang_up(call).await;
    callee.ended().await;

    let socket = world.folder.file("control.sock");
    let range = "127.0.0.66".to_owned();
    let lifted = ask(&socket, &Request::LiftBan { range }).await.unwrap();
    assert!(matches!(lifted, Answer::Done { .. }), "{lifted:?}");
    let options = request("OPTIONS", "1001", "");
    let answered = answer(&world, "127.0.0.66:0", &options).await;
    assert_eq!(answered.as_deref(), Some("SIP/2.0 200 OK"));
}

#[tokio::test]
async fn a_scanner_gets_no_answer_and_is_banned() {
    let world = guarded().await;
    let phone = world.phone("1001").await;
    let scan = request("OPTIONS", "100", "User-Agent: friendly-scanner\n");
    assert_eq!(answer(&world, "127.0.0.67:0", &scan).await, None);
    assert_eq!(bans(&world).await[0].reason, "scanner");
    let options = request("OPTIONS", "1001", "");
    assert_eq!(answer(&world, "127.0.0.67:0", &options).await, None);
    // Its address could be forged: who registered there before goes on, and who comes by a connection.
    let scan = request("OPTIONS", "101", "User-Agent: friendly-scanner\n");
    assert_eq!(answer(&world, "127.0.0.1:0", &scan).await, None);
    let mut by_tcp = Telephone::registered(world.agent("1003", Transport::Tcp)).await;
    phone.command(switchhook_phone::input::Command::Call {
        to: "1003".to_owned(),
    });
    by_tcp.rings().await;
}

#[tokio::test]
async fn the_operator_bans_and_lifts() {
    let world = guarded().await;
    let socket = world.folder.file("control.sock");
    let range = "127.0.0.68/30".to_owned();
    let seconds = Some(600);
    let done = ask(&socket, &Request::AddBan { range, seconds })
        .await
        .unwrap();
    assert!(matches!(done, Answer::Done { .. }), "{done:?}");
    let options = request("OPTIONS", "1001", "");
    assert_eq!(answer(&world, "127.0.0.69:0", &options).await, None);
    assert!(answer(&world, "127.0.0.72:0", &options).await.is_some());
    let all = bans(&world).await;
    assert_eq!(all[0].reason, "operator");
    assert!(
        all[0].seconds_left.is_some_and(|left| left > 590),
        "{all:?}"
    );
    assert_eq!(all[0].dropped, 1);
    let range = "127.0.0.68/30".to_owned();
    ask(&socket, &Request::LiftBan { range }).await.unwrap();
    assert!(answer(&world, "127.0.0.69:0", &options).await.is_some());
    let range = "nowhere".to_owned();
    let failed = ask(&socket, &Request::LiftBan { range }).await;
    assert!(failed.is_err(), "{failed:?}");
}

#[tokio::test]
async fn whether_a_user_exists_cannot_be_told_from_an_answer() {
    let world = guarded().await;
    for method in ["REGISTER", "INVITE", "OPTIONS", "SUBSCRIBE", "MESSAGE"] {
        let known = answer(&world, "127.0.0.1:0", &request(method, "1001", "")).await;
        let unknown = answer(&world, "127.0.0.1:0", &request(method, "9999", "")).await;
        assert!(known.is_some());
        assert_eq!(known, unknown, "{method}");
    }
}
