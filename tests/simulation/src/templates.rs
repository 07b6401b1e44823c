//! Messages of user agents that are nothing but templates: for measurements, where a real phone would cost more than the
//! exchange, and for fuzzing, where they are the seeds of worse.

use bytes::Bytes;

/// The last byte of the address of the trunk that calls.
pub const CALLER: u8 = 1;
/// The last byte of the address of the trunk that is called.
pub const CALLEE: u8 = 2;

/// A session description.
pub const SDP: &str = "v=0\r\no=- 1 1 IN IP4 10.0.2.1\r\ns=-\r\nc=IN IP4 10.0.2.1\r\nt=0 0\r\n\
m=audio 4000 RTP/AVP 0 8 101\r\na=rtpmap:0 PCMU/8000\r\na=rtpmap:8 PCMA/8000\r\n\
a=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\na=sendrecv\r\n";

/// The INVITE of call number `call` from the calling trunk.
#[must_use]
pub fn invite(call: u64, sdp: &str) -> Bytes {
    let text = format!(
        "INVITE sip:2001@example.test SIP/2.0\r\n\
Via: SIP/2.0/UDP 10.0.2.1:5060;branch=z9hG4bK-i-{call};rport\r\nMax-Forwards: 70\r\n\
From: \"Caller\" <sip:1001@example.test>;tag=f{call}\r\nTo: <sip:2001@example.test>\r\n\
Call-ID: c{call}@10.0.2.1\r\nCSeq: 1 INVITE\r\nContact: <sip:1001@10.0.2.1:5060>\r\n\
Allow: INVITE, ACK, CANCEL, BYE, OPTIONS\r\nUser-Agent: template\r\n"
    );
    Bytes::from(finish(text, sdp))
}

/// The CANCEL of call number `call` before its answer.
#[must_use]
pub fn cancel(call: u64) -> Bytes {
    let text = format!(
        "CANCEL sip:2001@example.test SIP/2.0\r\n\
Via: SIP/2.0/UDP 10.0.2.1:5060;branch=z9hG4bK-i-{call};rport\r\nMax-Forwards: 70\r\n\
From: \"Caller\" <sip:1001@example.test>;tag=f{call}\r\nTo: <sip:2001@example.test>\r\n\
Call-ID: c{call}@10.0.2.1\r\nCSeq: 1 CANCEL\r\n"
    );
    Bytes::from(finish(text, ""))
}

/// A REGISTER of a client, with what more is to stand in it: whole lines.
#[must_use]
pub fn register(number: u64, user: &str, more: &str) -> Bytes {
    let text = format!(
        "REGISTER sip:example.test SIP/2.0\r\n\
Via: SIP/2.0/UDP 10.0.2.1:5060;branch=z9hG4bK-r-{number}\r\nMax-Forwards: 70\r\n\
From: <sip:{user}@example.test>;tag=r{number}\r\nTo: <sip:{user}@example.test>\r\n\
Call-ID: r{number}@10.0.2.1\r\nCSeq: 1 REGISTER\r\nContact: <sip:{user}@10.0.2.1:5060>\r\nExpires: 300\r\n{more}"
    );
    Bytes::from(finish(text, ""))
}

/// A response that copies from a request what a response copies.
#[must_use]
pub fn response(request: &str, status: &str, body: &str) -> String {
    let mut text = format!("SIP/2.0 {status}\r\n");
    for line in request.lines().take_while(|line| !line.is_empty()) {
        let copied = ["Via:", "From:", "Call-ID:", "CSeq:"];
        if copied.iter().any(|name| line.starts_with(name)) {
            text.push_str(line);
            text.push_str("\r\n");
        } else if line.starts_with("To:") {
            text.push_str(line);
            text.push_str(if line.contains(";tag=") {
                "\r\n"
            } else {
                ";tag=callee\r\n"
            });
        }
    }
    text.push_str("Contact: <sip:2001@10.0.2.2:5060>\r\n");
    finish(text, body)
}

/// A request of the caller in the dialog that a response made.
#[must_use]
pub fn in_dialog(response: &str, method: &str, sequence: u32, sdp: &str) -> String {
    let field = |name: &str| {
        response
            .lines()
            .find_map(|line| line.strip_prefix(name))
            .unwrap_or_default()
            .trim()
    };
    let contact = field("Contact:")
        .trim_start_matches('<')
        .trim_end_matches('>');
    let (from, to, call_id) = (field("From:"), field("To:"), field("Call-ID:"));
    finish(
        format!(
            "{method} {contact} SIP/2.0\r\n\
Via: SIP/2.0/UDP 10.0.2.1:5060;branch=z9hG4bK-{method}-{call_id};rport\r\nMax-Forwards: 70\r\n\
From: {from}\r\nTo: {to}\r\nCall-ID: {call_id}\r\nCSeq: {sequence} {method}\r\n"
        ),
        sdp,
    )
}

fn finish(mut text: String, body: &str) -> String {
    if !body.is_empty() {
        text.push_str("Content-Type: application/sdp\r\n");
    }
    text.push_str(&format!("Content-Length: {}\r\n\r\n{body}", body.len()));
    text
}
