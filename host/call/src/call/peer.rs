//! One side of a call once it has a dialog: what is sent to it within that dialog and where to. Both legs are one.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use bytes::Bytes;
use switchhook_sip::build::Builder;
use switchhook_sip::dialog::Dialog;
use switchhook_sip::digest::{self, Challenge, NonceCount, answer_one};
use switchhook_sip::flow::{Flow, Transport};
use switchhook_sip::message::{HeaderName, Response};
use switchhook_sip::transaction::{ServerTransaction, SuccessRetransmit};
use switchhook_sip::uri::Uri;

use crate::call::timers::Timers;
use crate::core::Core;
use crate::features::{ALLOW, Allowed, SUPPORTED};
use crate::hops::{self, Hop};
use crate::limits;
use crate::trunks::load::Channel;

/// Username and password for a trunk's challenges.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Login {
    pub(crate) username: String,
    pub(crate) password: String,
}

/// A side of a call that has a dialog.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) dialog: Dialog,
    /// Where its last message came from.
    pub(crate) flow: Flow,
    /// Whether it is a client, which is reached where its messages come from and nowhere else.
    pub(crate) sticky: bool,
    /// Our 2xx to its INVITE, until it is acknowledged.
    pub(crate) success: Option<Success>,
    /// Our last ACK, sent again when its 2xx comes again: CSeq, where to, what.
    pub(crate) acknowledged: Option<(u32, Flow, Bytes)>,
    pub(crate) login: Option<Arc<Login>>,
    /// What makes it count as a call of its trunk; it goes where the party goes.
    pub(crate) channel: Option<Channel>,
    /// The methods that it allows.
    pub(crate) allowed: Allowed,
    /// Its session timer.
    pub(crate) timers: Timers,
    /// What its last session description was, as a hash.
    pub(crate) description: u64,
    challenge: Option<(digest::Side, Challenge)>,
    nonce_count: NonceCount,
    /// How many challenges in a row were answered in vain.
    refused: u8,
}

/// A 2xx to an INVITE that waits for its ACK.
#[derive(Debug)]
pub(crate) struct Success {
    pub(crate) tx: ServerTransaction,
    pub(crate) cseq: u32,
    pub(crate) response: Bytes,
    pub(crate) retransmit: SuccessRetransmit,
}

impl Peer {
    pub(crate) fn new(dialog: Dialog, flow: Flow, sticky: bool) -> Peer {
        Peer {
            dialog,
            flow,
            sticky,
            success: None,
            acknowledged: None,
            login: None,
            channel: None,
            allowed: Allowed::default(),
            timers: Timers::default(),
            description: 0,
            challenge: None,
            nonce_count: NonceCount::default(),
            refused: 0,
        }
    }

    /// Where requests within the dialog go.
    pub(crate) fn next_flow(&self, core: &mut Core) -> Flow {
        if self.sticky {
            return self.flow;
        }
        towards(core, self.flow, &self.dialog.next_hop())
    }

    /// A request within the dialog, begun: all it needs but a body.
    pub(crate) fn request(&mut self, core: &mut Core, method: &str) -> (Flow, Builder) {
        let flow = self.next_flow(core);
        let via = core.via(flow);
        let mut builder = self.dialog.request(method, &via);
        if matches!(method, "INVITE" | "UPDATE") {
            builder = builder.raw_header(HeaderName::Contact, core.contact(flow).as_bytes());
            builder = builder.raw_header(HeaderName::Allow, ALLOW.as_bytes());
            builder = builder.raw_header(HeaderName::Supported, SUPPORTED.as_bytes());
            builder = self.timers.ask(builder);
        }
        (flow, named(core, builder))
    }

    /// Adds credentials, if the side has asked for them.
    pub(crate) fn signed(
        &mut self,
        core: &mut Core,
        builder: Builder,
        method: &str,
        body: &[u8],
    ) -> Builder {
        let (Some(login), Some((side, challenge))) = (&self.login, &self.challenge) else {
            return builder;
        };
        let login = digest::Login {
            username: &login.username,
            password: &login.password,
        };
        let target = self.dialog.remote_target();
        let signed = digest::Signed {
            method,
            uri: target.as_str(),
            body,
        };
        let count = &mut self.nonce_count;
        let value = answer_one(challenge, login, signed, &core.tag(), count);
        builder.header(side.credentials_header(), value)
    }

    /// Takes note of a challenge, so that the next request answers it. `false`: there is none, or it is in vain.
    pub(crate) fn take_challenge(&mut self, response: &Response) -> bool {
        let Some(side) = digest::Side::of_status(response.status()) else {
            self.refused = 0;
            return false;
        };
        if self.login.is_none() || self.refused >= limits::CHALLENGES {
            return false;
        }
        let challenges = response.headers(HeaderName::from_name(side.challenge_header()));
        let strongest = challenges
            .filter_map(|value| Challenge::parse(&value))
            .next();
        self.refused += 1;
        self.challenge = strongest.map(|challenge| (side, challenge));
        self.challenge.is_some()
    }

    /// Acknowledges a 2xx to an INVITE of ours, with an answer if the 2xx brought an offer.
    pub(crate) fn acknowledge(&mut self, core: &mut Core, cseq: u32, answer: Option<Bytes>) {
        let flow = self.next_flow(core);
        let via = core.via(flow);
        let mut builder = named(core, self.dialog.ack(cseq, &via));
        if let Some(answer) = answer {
            builder = builder.body("application/sdp", &answer);
        }
        let bytes = builder.finish();
        // Without the spare memory of the buffer that it was built in: it is kept as long as the call lasts.
        self.acknowledged = Some((cseq, flow, Bytes::copy_from_slice(&bytes)));
        core.send(flow, bytes);
    }

    /// Sends the ACK again, if it is for this CSeq.
    pub(crate) fn acknowledge_again(&self, core: &mut Core, cseq: u32) -> bool {
        match &self.acknowledged {
            Some((acknowledged, flow, bytes)) if *acknowledged == cseq => {
                core.send(*flow, bytes.clone());
                true
            }
            _ => false,
        }
    }
}

fn named(core: &Core, builder: Builder) -> Builder {
    match core.config.user_agent.as_str() {
        "" => builder,
        name => builder.header("User-Agent", name),
    }
}

/// The flow to the next hop of a dialog. While its name is not resolved, and where a private address behind a public one would have
/// to be believed, it is the flow that the dialog's messages come over.
fn towards(core: &mut Core, base: Flow, next_hop: &Uri<'_>) -> Flow {
    let named = next_hop
        .param("transport")
        .and_then(|name| Transport::parse(&name));
    if named.is_some_and(|transport| transport != base.transport) {
        return base;
    }
    let peer = match next_hop.ip() {
        Some(ip) => {
            let port = next_hop.port().unwrap_or(base.transport.default_port());
            SocketAddr::new(ip, port)
        }
        None => {
            let hop = Hop {
                host: next_hop.host().to_owned(),
                port: next_hop.port(),
                transport: base.transport,
            };
            match hops::address(core, hop, base.peer.is_ipv6()) {
                Some(address) => address,
                None => return base,
            }
        }
    };
    if peer.is_ipv6() != base.peer.is_ipv6()
        || (is_private(peer.ip()) && !is_private(base.peer.ip()))
    {
        return base;
    }
    if base.transport.is_reliable() && peer.ip() == base.peer.ip() {
        // The connection that exists, whatever port the peer listens on (RFC 5923).
        return base;
    }
    Flow {
        peer,
        connection: None,
        ..base
    }
}

/// Whether an address means something within one network only.
pub(crate) fn is_private(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(v4) => v4.is_private() || v4.is_link_local() || v4.is_loopback(),
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_unicast_link_local() || v6.is_loopback(),
    }
}
