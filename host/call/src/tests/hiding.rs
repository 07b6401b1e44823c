//! Nothing that shows where one side is, or what it is, reaches the other.

use switchhook_routing::verb::Verb;
use switchhook_sip::message::Message;

use super::harness::*;
use super::wording::*;

/// What no message to the other side may hold: addresses and names of one side's network. The second side has its own.
const MARKS: [&str; 3] = ["10.99.99", "eaky", "fd99:"];

/// What the second side says.
fn seconds(text: &str) -> String {
    let text = text.replace("10.99.99", "10.88.88");
    text.replace("eaky", "ooky").replace("fd99:", "fd88:")
}

/// Fields that a side adds to all that it says.
const FIELDS: &str = "Via: SIP/2.0/UDP 10.99.99.1;branch=z9hG4bKleaky;received=10.99.99.1\n\
    Record-Route: <sip:10.99.99.2;lr>\nUser-Agent: LeakyPhone\nServer: LeakyServer\n\
    Call-Info: <http://10.99.99.3/icon.png>;purpose=icon\nAlert-Info: <http://10.99.99.4/Bellcore-dr2>\n\
    In-Reply-To: x@10.99.99.5\nReply-To: <sip:leaky@10.99.99.6>\nX-Leaky: 10.99.99.7\nP-Leaky: x\n\
    Error-Info: <sip:10.99.99.8>\nAllow-Events: leaky\nWarning: 399 10.99.99.9 \"odd\"\n\
    Retry-After: 5 (leaky)\nP-Charging-Vector: icid-generated-at=10.99.99.10\n";

fn leaky_sdp(port: u16) -> String {
    format!(
        "v=0\no=leaky 1 1 IN IP4 10.99.99.11\ns=Leaky PBX\ni=leaky\nu=http://10.99.99.12/\ne=leaky@10.99.99.13\n\
         c=IN IP4 10.99.99.14\nt=0 0\na=tool:leaky\nm=audio {port} RTP/AVP 0 101\ni=leaky\na=rtpmap:101 telephone-event/8000\n\
         a=rtcp:{} IN IP4 10.99.99.15\na=candidate:1 1 UDP 1 10.99.99.16 4000 typ host\na=candidate:2 1 UDP 1 fd99::1 4000 typ host\n\
         a=ssrc:1 cname:leaky@10.99.99.17\na=x-leaky:1\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:leaky\n\
         a=ice-ufrag:leaky\na=sendrecv\n",
        port + 1
    )
    .replace('\n', "\r\n")
}

#[track_caller]
fn nothing_leaks(world: &mut World, name: &str) -> Vec<Message> {
    let messages = world.inbox(name);
    let marks = match name {
        "bob" => MARKS.map(str::to_owned),
        _ => MARKS.map(seconds),
    };
    for message in &messages {
        let text = String::from_utf8_lossy(message.fields().raw()).into_owned();
        for mark in &marks {
            assert!(!text.contains(mark), "{mark} has reached {name}:\n{text}");
        }
    }
    messages
}

fn last_request(messages: Vec<Message>) -> switchhook_sip::message::Request {
    let requests = messages.into_iter().filter_map(|message| match message {
        Message::Request(request) => Some(request),
        Message::Response(_) => None,
    });
    requests.last().expect("a request")
}

fn last_response(messages: Vec<Message>) -> switchhook_sip::message::Response {
    let responses = messages.into_iter().filter_map(|message| match message {
        Message::Response(response) => Some(response),
        Message::Request(_) => None,
    });
    responses.last().expect("a response")
}

/// An INVITE from alice that is full of what nobody else should know.
fn leaky_invite() -> String {
    let extra = format!("{FIELDS}Contact: <sip:leaky@10.99.99.20>\n");
    // The sender's own Via stays the first one.
    invite("alice", "bob", &extra, &leaky_sdp(4000)).replace("call-of-alice", "leaky@10.99.99.21")
}

#[test]
fn a_call_shows_neither_side_where_the_other_is() {
    let mut world = World::new();
    world.script = Some(Some(vec![Verb::Connect(ring(&["bob"]))]));
    world.send("alice", &leaky_invite());
    let invite = last_request(nothing_leaks(&mut world, "bob"));
    assert_eq!(invite.vias().count(), 1);
    assert_eq!(
        invite.header("Alert-Info").unwrap(),
        "<http://127.0.0.1/Bellcore-dr2>"
    );
    let contact = "Contact: <sip:leaky@10.99.99.30>\n";
    let fields: String = FIELDS
        .lines()
        .skip(1)
        .map(|line| format!("{line}\n"))
        .collect();
    let extra = seconds(&format!("{fields}{contact}"));
    let body = seconds(&leaky_sdp(5000));
    let ringing = response_with("bob", &invite, 183, &extra, Some(&body));
    world.send("bob", &ringing);
    let ok = response_with("bob", &invite, 200, &extra, Some(&body));
    // The next hop towards bob is where he is, whatever he says of proxies.
    let ok = ok.replace("Record-Route: <sip:10.88.88.2;lr>\n", "");
    world.send("bob", &ok);
    let ok = last_response(nothing_leaks(&mut world, "alice"));
    assert_eq!(ok.status(), 200);
    world.inbox("bob");

    let body = leaky_sdp(4002);
    let again = by_caller("alice", &ok, "INVITE", 2, &body);
    world.send("alice", &by_caller("alice", &ok, "ACK", 1, ""));
    world.send(
        "alice",
        &again.replacen("Max-Forwards", &format!("{fields}Max-Forwards"), 1),
    );
    let again = last_request(nothing_leaks(&mut world, "bob"));
    let refused = response_with("bob", &again, 488, &seconds(&fields), None);
    world.send("bob", &refused);
    let refused = last_response(nothing_leaks(&mut world, "alice"));
    assert_eq!(refused.status(), 488);
    if let Some(warning) = refused.header("Warning") {
        assert_eq!(warning, "399 192.0.2.1 \"odd\"");
    }
}

#[test]
fn a_refusal_does_not_say_who_refused() {
    let mut world = World::new();
    world.script = Some(Some(vec![Verb::Connect(ring(&["bob"])), respond(486)]));
    world.send("alice", &leaky_invite());
    let invite = last_request(nothing_leaks(&mut world, "bob"));
    let fields: String = FIELDS
        .lines()
        .skip(1)
        .map(|line| format!("{line}\n"))
        .collect();
    let refused = response_with("bob", &invite, 486, &seconds(&fields), None);
    world.send(
        "bob",
        &refused.replace("SIP/2.0 486 ", "SIP/2.0 486 Looky "),
    );
    let refused = last_response(nothing_leaks(&mut world, "alice"));
    assert_eq!(refused.status(), 486);
}
