//! Any bytes as a datagram and as a stream: no panic, an accepted request can be answered, and `rsip` is the second opinion.
//!
//! Seeds: `cargo +nightly fuzz run message corpus/message ../../host/sip/src/message/torture
//! ../../host/sip/src/message/quirks`
#![no_main]

use libfuzzer_sys::fuzz_target;
use switchhook_sip::build::{Builder, stamp_via};
use switchhook_sip::framing::Framer;
use switchhook_sip::message::{Message, reject};
use switchhook_sip::overload::reject_statelessly;
use switchhook_sip::rsip::oracle::disagreement;

fuzz_target!(|bytes: &[u8]| {
    let source = std::net::SocketAddr::from(([192, 0, 2, 200], 5071));
    let _ = reject_statelessly(bytes, source, 503, "Service Unavailable", 5);
    let mut framer = Framer::new();
    for piece in bytes.chunks(7) {
        framer.push(piece);
        while let Some(Ok(_)) = framer.next() {}
    }
    match Message::parse(bytes) {
        Err(error) => {
            let _ = reject(bytes, &error, source);
        }
        Ok(message) => {
            read(&message);
            if let Message::Request(request) = message {
                answer(request, source);
            }
        }
    }
    assert_eq!(disagreement(bytes), None);
});

fn read(message: &Message) {
    let fields = message.fields();
    for via in fields.vias().filter_map(Result::ok) {
        let _ = (
            via.host(),
            via.port(),
            via.unique_branch(),
            via.received(),
            via.rport(),
        );
    }
    let addresses = fields
        .contacts()
        .chain(fields.routes())
        .chain(fields.record_routes());
    for address in addresses.filter_map(Result::ok) {
        let _ = (
            address.display_name(),
            address.tag(),
            address.expires(),
            address.q_thousandths(),
        );
        let uri = address.uri();
        let _ = (uri.user(), uri.password(), uri.ip(), uri.headers().count());
        assert!(uri.equivalent(&uri));
    }
    for (name, _) in fields.all_fields() {
        let _ = fields.headers(name).count();
    }
}

fn answer(mut request: switchhook_sip::message::Request, source: std::net::SocketAddr) {
    stamp_via(&mut request, source);
    let answer = Builder::response_to(&request, 200, None, Some("t")).finish();
    // An answer is a little longer than its request, so at the limit it may not parse.
    if request.raw().len() > 60_000 {
        return;
    }
    let Ok(Message::Response(answer)) = Message::from_bytes(answer) else {
        panic!("an accepted request cannot be answered");
    };
    assert_eq!(answer.call_id(), request.call_id());
    assert_eq!(answer.cseq(), request.cseq());
    assert_eq!(answer.via().branch(), request.via().branch());
}
