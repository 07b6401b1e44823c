//! How many flows are kept alive.

use std::time::{Duration, Instant};

use switchhook_sip::flow::{Flow, ListenerId, Transport};

use super::{KeepAlive, Watched};

fn flow(port: u16) -> Flow {
    Flow {
        transport: Transport::Udp,
        listener: ListenerId(0),
        peer: ([192, 0, 2, 10], port).into(),
        connection: None,
    }
}

#[test]
fn a_client_that_is_known_registers_anew_where_there_is_no_room_for_others() {
    let now = Instant::now();
    let watched = |seconds| Watched {
        until: now + Duration::from_secs(seconds),
        is_behind_nat: true,
    };
    let mut clients = KeepAlive::default();
    assert!(clients.take(flow(5060), watched(60), 1));
    assert!(!clients.take(flow(5061), watched(60), 1));
    assert!(!clients.take(flow(5060), watched(120), 1));
    let later = now + Duration::from_secs(90);
    assert!(clients.is_client(later, flow(5060)));
    assert!(!clients.is_client(now, flow(5061)));
}
