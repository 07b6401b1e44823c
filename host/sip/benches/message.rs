//! Parse, read typed, write again: this crate and `rsip` on the same INVITE, in one run. The write is what a server does
//! first: a response to it.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use switchhook_sip::build::Builder;
use switchhook_sip::message::{HeaderName, Message};

const INVITE: &str = "INVITE sip:bob@example.com SIP/2.0\r\n\
    Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK776asdhds;rport\r\n\
    Max-Forwards: 70\r\n\
    From: \"Alice\" <sip:alice@example.com>;tag=1928301774\r\n\
    To: \"Bob\" <sip:bob@example.com>\r\n\
    Call-ID: a84b4c76e66710@pc33.example.com\r\n\
    CSeq: 314159 INVITE\r\n\
    Contact: <sip:alice@192.0.2.10:5060;transport=udp>\r\n\
    Allow: INVITE, ACK, CANCEL, OPTIONS, BYE, REFER, NOTIFY, INFO, UPDATE\r\n\
    Supported: replaces, timer, 100rel\r\n\
    User-Agent: Telephone 1.0\r\n\
    Content-Type: application/sdp\r\n\
    Content-Length: 197\r\n\
    \r\n\
    v=0\r\n\
    o=alice 2890844526 2890844526 IN IP4 192.0.2.10\r\n\
    s=-\r\n\
    c=IN IP4 192.0.2.10\r\n\
    t=0 0\r\n\
    m=audio 49170 RTP/AVP 0 8 101\r\n\
    a=rtpmap:0 PCMU/8000\r\n\
    a=rtpmap:8 PCMA/8000\r\n\
    a=rtpmap:101 telephone-event/8000\r\n";

/// What a server reads of an INVITE, and its answer.
fn ours(bytes: &[u8]) -> usize {
    let Ok(Message::Request(request)) = Message::parse(bytes) else {
        panic!("the INVITE is well formed");
    };
    black_box((
        request.via().unique_branch(),
        request.via().host(),
        request.from().tag(),
        request.from().uri().raw_user(),
        request.to().uri().host(),
        request.call_id(),
        request.cseq().number,
        request.uri().raw_user(),
        request.contact().map(|contact| contact.uri().host()),
        request.max_forwards(),
    ));
    let response = Builder::response_to(&request, 180, None, Some("8321234356"))
        .header(HeaderName::Contact, "<sip:bob@192.0.2.4>")
        .finish();
    black_box(response).len()
}

/// The same with `rsip`.
fn theirs(bytes: &[u8]) -> usize {
    use rsip::prelude::*;
    let request = rsip::Request::try_from(bytes).unwrap();
    let via = request.via_header().unwrap().typed().unwrap();
    let from = request.from_header().unwrap().typed().unwrap();
    let to = request.to_header().unwrap().typed().unwrap();
    let cseq = request.cseq_header().unwrap().typed().unwrap();
    let contact = request.contact_header().unwrap().typed().unwrap();
    black_box((
        via.branch().map(|branch| branch.value().len()),
        from.tag().map(|tag| tag.value().len()),
        request.call_id_header().unwrap().value(),
        cseq.seq,
        &request.uri.auth,
        &contact.uri,
        request.max_forwards_header().unwrap().num().unwrap(),
    ));
    let mut headers = rsip::Headers::default();
    headers.push(request.via_header().unwrap().clone().into());
    headers.push(from.into());
    headers.push(to.with_tag("8321234356".into()).into());
    headers.push(request.call_id_header().unwrap().clone().into());
    headers.push(request.cseq_header().unwrap().clone().into());
    headers.push(rsip::Header::Contact("<sip:bob@192.0.2.4>".into()));
    headers.push(rsip::headers::ContentLength::default().into());
    let response = rsip::Response {
        status_code: 180.into(),
        version: rsip::Version::V2,
        headers,
        body: Vec::new(),
    };
    let bytes: Vec<u8> = response.into();
    black_box(bytes).len()
}

fn message(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("message");
    group.bench_function("parse", |bencher| {
        bencher.iter(|| Message::parse(black_box(INVITE.as_bytes())).is_ok());
    });
    group.bench_function("parse, read typed, answer", |bencher| {
        bencher.iter(|| ours(black_box(INVITE.as_bytes())));
    });
    group.bench_function("parse, read typed, answer: rsip", |bencher| {
        bencher.iter(|| theirs(black_box(INVITE.as_bytes())));
    });
    group.finish();
}

criterion_group!(benches, message);
criterion_main!(benches);
