//! What the transaction layer costs: a whole call of a B2BUA, both legs, messages already parsed, so that the parser is
//! not measured. Divide by the 14 messages of a call.

use std::hint::black_box;
use std::net::SocketAddr;
use std::time::Instant;

use bytes::Bytes;
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};
use switchhook_sip::flow::{Flow, ListenerId, Transport};
use switchhook_sip::message::Message;
use switchhook_sip::transaction::{Event, Layer, ServerTransaction, TransactionConfig};

/// Messages of a call that pass the layer, ACKs included: seven a leg.
const MESSAGES: u64 = 14;

fn request(method: &str, call: u64, branch: &str, cseq: u32, to_tag: &str) -> Bytes {
    let text = format!(
        "{method} sip:bob@example.com SIP/2.0\r\n\
         Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-{branch}-{call};rport\r\n\
         Max-Forwards: 70\r\n\
         From: \"Alice\" <sip:alice@example.com>;tag=1928301774-{call}\r\n\
         To: \"Bob\" <sip:bob@example.com>{to_tag}\r\n\
         Call-ID: a84b4c76e66710-{call}@pc33.example.com\r\n\
         CSeq: {cseq} {method}\r\n\
         Contact: <sip:alice@192.0.2.10:5060;transport=udp>\r\n\
         Content-Length: 0\r\n\r\n"
    );
    Bytes::from(text)
}

fn response(status: u16, call: u64, branch: &str, cseq: &str) -> Bytes {
    let text = format!(
        "SIP/2.0 {status} Reason\r\n\
         Via: SIP/2.0/UDP 192.0.2.10:5060;branch=z9hG4bK-{branch}-{call};rport=5060;received=192.0.2.10\r\n\
         From: \"Alice\" <sip:alice@example.com>;tag=1928301774-{call}\r\n\
         To: \"Bob\" <sip:bob@example.com>;tag=456248-{call}\r\n\
         Call-ID: a84b4c76e66710-{call}@pc33.example.com\r\n\
         CSeq: {cseq}\r\n\
         Contact: <sip:bob@192.0.2.20:5060;transport=udp>\r\n\
         Content-Length: 0\r\n\r\n"
    );
    Bytes::from(text)
}

fn parsed(bytes: Bytes) -> Message {
    match Message::from_bytes(bytes) {
        Ok(message) => message,
        Err(error) => panic!("{error}"),
    }
}

/// All messages of one call, in the order of their use.
struct Call {
    invite: Message,
    replies: [Bytes; 3],
    out_invite: Bytes,
    out_replies: [Message; 3],
    ack: Message,
    bye: Message,
    bye_reply: Bytes,
    out_bye: Bytes,
    out_bye_reply: Message,
}

impl Call {
    fn new(call: u64) -> Call {
        let invite_reply = |status| response(status, call, "a", "1 INVITE");
        let out_reply = |status| parsed(response(status, call, "out", "1 INVITE"));
        Call {
            invite: parsed(request("INVITE", call, "a", 1, "")),
            replies: [100, 180, 200].map(invite_reply),
            out_invite: request("INVITE", call, "out", 1, ""),
            out_replies: [100, 180, 200].map(out_reply),
            ack: parsed(request("ACK", call, "ack", 1, ";tag=456248")),
            bye: parsed(request("BYE", call, "bye", 2, ";tag=456248")),
            bye_reply: response(200, call, "bye", "2 BYE"),
            out_bye: request("BYE", call, "outbye", 2, ";tag=456248"),
            out_bye_reply: parsed(response(200, call, "outbye", "2 BYE")),
        }
    }
}

fn drain(layer: &mut Layer) -> Option<ServerTransaction> {
    let mut began = None;
    while let Some(event) = layer.poll_event() {
        if let Event::Request { tx, .. } = &event {
            began = Some(*tx);
        }
        black_box(event);
    }
    began
}

fn run(layer: &mut Layer, now: Instant, flow: Flow, call: Call) {
    layer.receive(now, flow, call.invite);
    let Some(invite) = drain(layer) else {
        panic!("the INVITE was not handed up");
    };
    layer.request(now, flow, call.out_invite);
    for (reply, out_reply) in call.replies.into_iter().zip(call.out_replies) {
        layer.receive(now, flow, out_reply);
        drain(layer);
        layer.respond(now, invite, reply);
        drain(layer);
    }
    layer.receive(now, flow, call.ack);
    drain(layer);
    layer.receive(now, flow, call.bye);
    let Some(bye) = drain(layer) else {
        panic!("the BYE was not handed up");
    };
    layer.respond(now, bye, call.bye_reply);
    layer.request(now, flow, call.out_bye);
    drain(layer);
    layer.receive(now, flow, call.out_bye_reply);
    drain(layer);
}

/// Time passes by a millisecond a call, so that the table holds what lingers of 32,000 calls.
fn whole_call(criterion: &mut Criterion) {
    let flow = Flow {
        transport: Transport::Udp,
        listener: ListenerId(0),
        peer: SocketAddr::from(([192, 0, 2, 10], 5060)),
        connection: None,
    };
    let mut layer = Layer::new(TransactionConfig::default());
    let start = Instant::now();
    let mut serial = 0;
    let mut done = 0;
    let mut group = criterion.benchmark_group("transaction");
    group.throughput(Throughput::Elements(MESSAGES));
    group.bench_function("whole call, both legs", |bencher| {
        bencher.iter_batched(
            || {
                serial += 1;
                Call::new(serial)
            },
            |call| {
                done += 1;
                let now = start + std::time::Duration::from_millis(done);
                layer.handle_timeout(now);
                drain(&mut layer);
                run(&mut layer, now, flow, call);
            },
            BatchSize::SmallInput,
        );
    });
    group.finish();
}

criterion_group!(benches, whole_call);
criterion_main!(benches);
