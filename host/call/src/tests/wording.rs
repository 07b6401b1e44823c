//! What the parties say: requests and responses as text, session descriptions, credentials, and the scripts that name
//! the parties.

use switchhook_routing::event::{Event, EventKind, Leg, VerbEnd};
use switchhook_routing::verb::{
    Connect, Endpoint, Pause, Respond, Strategy, Target, TrunkNumber, Verb,
};
use switchhook_sip::digest::{Login, NonceCount, Signed, answer};
use switchhook_sip::message::{Request, Response};

use super::harness::{World, address};

/// A connect of all these at once.
pub(super) fn ring(names: &[&str]) -> Connect {
    let targets = names.iter().map(|name| target(name)).collect();
    Connect {
        targets,
        ..Connect::default()
    }
}

/// A connect of these one after another, each for ten seconds.
pub(super) fn ring_in_turn(names: &[&str]) -> Connect {
    let mut connect = ring(names);
    connect.strategy = Strategy::Sequential;
    for target in &mut connect.targets {
        target.ring_seconds = Some(10);
    }
    connect
}

/// A party's URI, a client's name (digits) or a number at the provider (+…).
pub(super) fn target(name: &str) -> Target {
    let endpoint = if name.starts_with('+') {
        Endpoint::Trunk(TrunkNumber {
            trunk: "provider".to_owned(),
            number: name.to_owned(),
        })
    } else if name.starts_with(|c: char| c.is_ascii_digit()) {
        Endpoint::Client(name.to_owned())
    } else if name.contains(':') {
        Endpoint::Uri(name.to_owned())
    } else {
        Endpoint::Uri(format!("sip:{name}@{}", address(name)))
    };
    Target {
        endpoint,
        ring_seconds: None,
    }
}

pub(super) fn respond(status: u16) -> Verb {
    Verb::Respond(Respond {
        status,
        reason: None,
        headers: Vec::new(),
    })
}

pub(super) fn pause(milliseconds: u32) -> Verb {
    Verb::Pause(Pause {
        milliseconds,
        tag: None,
    })
}

/// A session description of a party whose media is at that port.
pub(super) fn sdp(name: &str, port: u16) -> String {
    sdp_with(name, port, 1, "sendrecv")
}

pub(super) fn sdp_with(name: &str, port: u16, version: u32, direction: &str) -> String {
    let socket: std::net::SocketAddr = address(name).parse().unwrap();
    let (ip, family) = (socket.ip(), if socket.is_ipv6() { "IP6" } else { "IP4" });
    format!(
        "v=0\no={name} 1 {version} IN {family} {ip}\ns=-\nc=IN {family} {ip}\nt=0 0\nm=audio {port} RTP/AVP 0 8 101\n\
         a=rtpmap:101 telephone-event/8000\na={direction}\n"
    )
    .replace('\n', "\r\n")
}

/// An INVITE from a party, outside of dialogs.
pub(super) fn invite(name: &str, callee: &str, extra: &str, body: &str) -> String {
    request(
        name,
        "INVITE",
        &format!("sip:{callee}@example.test"),
        1,
        extra,
        body,
    )
}

/// A request outside of dialogs; its branch, tag and Call-ID follow from name, method and CSeq.
pub(super) fn request(
    name: &str,
    method: &str,
    uri: &str,
    cseq: u32,
    extra: &str,
    body: &str,
) -> String {
    let at = address(name);
    let content = if body.is_empty() {
        ""
    } else {
        "Content-Type: application/sdp\n"
    };
    let contact = if extra.contains("Contact:") {
        String::new()
    } else {
        format!("Contact: <sip:{name}@{at}>\n")
    };
    let length = body.len();
    format!(
        "{method} {uri} SIP/2.0\nVia: SIP/2.0/UDP {at};branch=z9hG4bK{name}{method}{cseq};rport\n\
         Max-Forwards: 70\nFrom: \"{name}\" <sip:{name}@example.test>;tag={name}tag\nTo: <{uri}>\n\
         Call-ID: call-of-{name}\nCSeq: {cseq} {method}\n{contact}{extra}{content}Content-Length: {length}\n\n{body}"
    )
}

/// A response of a party to a request of the switch.
pub(super) fn response(name: &str, request: &Request, status: u16, body: Option<&str>) -> String {
    response_with(name, request, status, "", body)
}

pub(super) fn response_with(
    name: &str,
    request: &Request,
    status: u16,
    extra: &str,
    body: Option<&str>,
) -> String {
    let at = address(name);
    let vias: String = request
        .headers("Via")
        .map(|via| format!("Via: {via}\n"))
        .collect();
    let to = match request.to().tag() {
        Some(_) => request.to().to_string(),
        None => format!("{};tag={name}tag", request.to()),
    };
    let content = body.map_or("", |_| "Content-Type: application/sdp\n");
    let contact = if extra.contains("Contact:") {
        String::new()
    } else {
        format!("Contact: <sip:{name}@{at}>\n")
    };
    let body = body.unwrap_or_default();
    format!(
        "SIP/2.0 {status} X\n{vias}From: {}\nTo: {to}\nCall-ID: {}\nCSeq: {} {}\n{contact}{extra}{content}\
         Content-Length: {}\n\n{body}",
        request.from(),
        request.call_id(),
        request.cseq().number,
        request.cseq().method,
        body.len(),
    )
}

/// A request of the caller within the dialog that this response made.
pub(super) fn by_caller(
    name: &str,
    made_by: &Response,
    method: &str,
    cseq: u32,
    body: &str,
) -> String {
    let (from, to) = (made_by.from().to_string(), made_by.to().to_string());
    within(name, (&from, &to, made_by.call_id()), method, cseq, body)
}

/// A request of the called side within the dialog of this INVITE.
pub(super) fn by_callee(
    name: &str,
    invite: &Request,
    method: &str,
    cseq: u32,
    body: &str,
) -> String {
    let (from, to) = (
        format!("{};tag={name}tag", invite.to()),
        invite.from().to_string(),
    );
    within(name, (&from, &to, invite.call_id()), method, cseq, body)
}

fn within(
    name: &str,
    (from, to, call_id): (&str, &str, &str),
    method: &str,
    cseq: u32,
    body: &str,
) -> String {
    let at = address(name);
    let content = match method {
        _ if body.is_empty() => "",
        "INVITE" | "UPDATE" | "ACK" => "Content-Type: application/sdp\n",
        _ => "Content-Type: application/dtmf-relay\n",
    };
    let length = body.len();
    format!(
        "{method} sip:192.0.2.1:5060 SIP/2.0\nVia: SIP/2.0/UDP {at};branch=z9hG4bK{name}in{method}{cseq};rport\n\
         Max-Forwards: 70\nFrom: {from}\nTo: {to}\nCall-ID: {call_id}\nCSeq: {cseq} {method}\n\
         Contact: <sip:{name}@{at}>\n{content}Content-Length: {length}\n\n{body}"
    )
}

/// The CANCEL of an INVITE made by [`invite`].
pub(super) fn cancel(invite: &str) -> String {
    let mut lines: Vec<String> = Vec::new();
    for line in invite.lines().take_while(|line| !line.is_empty()) {
        let line = line.replace(" INVITE", " CANCEL");
        if !line.starts_with("Content") && !line.starts_with("Contact") {
            lines.push(line);
        }
    }
    let first = lines[0].replacen("INVITE", "CANCEL", 1);
    lines[0] = first;
    format!("{}\nContent-Length: 0\n\n", lines.join("\n"))
}

/// The credentials that answer a 401 or 407.
pub(super) fn credentials(
    challenge: &Response,
    (user, password): (&str, &str),
    method: &str,
    uri: &str,
) -> String {
    let (name, header) = match challenge.status() {
        401 => ("Authorization", "WWW-Authenticate"),
        407 => ("Proxy-Authorization", "Proxy-Authenticate"),
        other => panic!("{other} is no challenge"),
    };
    let values: Vec<_> = challenge.headers(header).collect();
    let login = Login {
        username: user,
        password,
    };
    let signed = Signed {
        method,
        uri,
        body: b"",
    };
    let mut count = NonceCount::default();
    let values = values.iter().map(AsRef::as_ref);
    let (_, value) = answer(values, login, signed, "cnonce", &mut count).unwrap();
    format!("{name}: {value}\n")
}

/// A party registers as a client of a domain, challenge and all, and gets the final answer.
pub(super) fn register(
    world: &mut World,
    name: &str,
    user: &str,
    cseq: u32,
    extra: &str,
) -> Response {
    register_in(world, name, (user, "example.test"), cseq, extra)
}

pub(super) fn register_in(
    world: &mut World,
    name: &str,
    (user, domain): (&str, &str),
    cseq: u32,
    extra: &str,
) -> Response {
    let uri = format!("sip:{domain}");
    let text = |cseq: u32, more: &str| {
        request(name, "REGISTER", &uri, cseq, &format!("{extra}{more}"), "")
            .replace(
                &format!("To: <{uri}>"),
                &format!("To: <sip:{user}@{domain}>"),
            )
            .replace(
                &format!("<sip:{name}@example.test>"),
                &format!("<sip:{user}@{domain}>"),
            )
    };
    let first = text(cseq, "");
    world.send(name, &first);
    let challenge = world.expect_status(name, 401);
    let more = credentials(&challenge, (user, "secret"), "REGISTER", &uri);
    let second = text(cseq + 1, &more);
    world.send(name, &second);
    world.response_to(name)
}

/// The events of the only call there was, in words.
pub(super) fn told(world: &World) -> Vec<String> {
    let labelled = |text: String, label: &Option<String>| match label {
        Some(label) => format!("{text} [{label}]"),
        None => text,
    };
    let of_leg = |word: &str, leg: &Leg| {
        labelled(format!("{word} {} {}", leg.target, leg.index), &leg.label)
    };
    let words = |event: &Event| match &event.kind {
        EventKind::Initiated => "initiated".to_owned(),
        EventKind::Decided { attempt, source } => format!("decided {attempt} {source:?}"),
        EventKind::VerbStarted { verb, label } => labelled(format!("started {verb:?}"), label),
        EventKind::VerbEnded {
            verb, label, end, ..
        } => {
            let end = match end {
                VerbEnd::Completed => "completed".to_owned(),
                VerbEnd::Skipped => "skipped".to_owned(),
                VerbEnd::Failed(why) => format!("failed: {why}"),
                VerbEnd::NotAvailable(_) => "not available".to_owned(),
            };
            labelled(format!("ended {verb:?}: {end}"), label)
        }
        EventKind::Trying(leg) => of_leg("trying", leg),
        EventKind::Ringing(leg) => of_leg("ringing", leg),
        EventKind::Answered(leg) => of_leg("answered", leg),
        EventKind::LegFailed { leg, reason } => of_leg("failed", leg) + &format!(": {reason:?}"),
        EventKind::HungUp { by, label } => labelled(format!("hung up {by:?}"), label),
        EventKind::Reinvited { by } => format!("reinvited {by:?}"),
        EventKind::TransferRequested { by, target } => format!("transfer {by:?} {target}"),
        EventKind::RecordingAvailable { url, .. } => format!("recording {url}"),
        EventKind::Completed {
            disposition,
            status,
            ended_by,
            ..
        } => format!("completed {disposition:?} {status} {ended_by:?}"),
    };
    world.events.iter().map(words).collect()
}
