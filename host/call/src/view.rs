//! A look at the calls of an exchange between two inputs: plain copies, for an operator who asks. It changes nothing.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use switchhook_media::relay::Side;
use switchhook_sip::flow::Flow;

use crate::call::caller::CallerState;
use crate::call::leg::LegState;
use crate::call::peer::Peer;
use crate::call::state::{Call, Phase};
use crate::core::Core;
use crate::exchange::Exchange;
use crate::keys::SessionId;

/// A call at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallView {
    /// Its identifier, that of events and records.
    pub call_id: String,
    /// The domain.
    pub domain: String,
    /// The caller's number.
    pub caller: String,
    /// The number that was called.
    pub callee: String,
    /// When it began: milliseconds since the Unix epoch.
    pub started_at: u64,
    /// What it is doing.
    pub stage: CallStage,
    /// Its session at the relay.
    pub session: Option<SessionId>,
    /// The sides that it has a dialog with, the caller's first.
    pub legs: Vec<LegView>,
}

/// What a call is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallStage {
    /// It waits for routing code.
    Deciding,
    /// The switch plays to the caller, listens, or records.
    Performing,
    /// It calls destinations, or is between two verbs.
    Connecting,
    /// Both sides are connected.
    Talking,
    /// Its one party waits to be fetched.
    Parked,
    /// It is over but for what is on its way.
    Ending,
}

/// A leg of a call at one moment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegView {
    /// The side of the relay that is its, if it has one.
    pub side: Option<Side>,
    /// Where its last message came from.
    pub flow: Flow,
    /// Where its Contact says that it is (RFC 3261 §12.1.1).
    pub contact: String,
    /// What our own Contact told it.
    pub told: String,
    /// The address of ours that it was told in SDP.
    pub media: Option<SocketAddr>,
    /// For how long our 2xx has waited for its ACK (RFC 3261 §13.3.1.4).
    pub unacknowledged: Option<Duration>,
}

impl Exchange {
    /// The calls that exist at `now`, oldest first.
    pub fn calls_at(&self, now: Instant) -> Vec<CallView> {
        let mut views: Vec<_> = (self.calls.iter())
            .map(|call| view(&self.core, now, call))
            .collect();
        views.sort_by(|a, b| (a.started_at, &a.call_id).cmp(&(b.started_at, &b.call_id)));
        views
    }
}

fn view(core: &Core, now: Instant, call: &Call) -> CallView {
    let subject = &call.facts.subject;
    let mut legs = Vec::new();
    if call.caller.state != CallerState::Done {
        legs.push(leg(core, now, call, Some(Side::Caller), &call.caller.peer));
    }
    for (index, callee) in call.legs.iter().enumerate() {
        let side = (call.bridged == Some(index)).then_some(Side::Callee);
        if let (Some(peer), false) = (&callee.peer, callee.state == LegState::Done) {
            legs.push(leg(core, now, call, side, peer));
        }
    }
    CallView {
        call_id: subject.call_id.clone(),
        domain: subject.domain.clone(),
        caller: subject.caller.clone(),
        callee: subject.callee.clone(),
        started_at: call.facts.started_at,
        stage: match call.phase {
            Phase::Deciding => CallStage::Deciding,
            Phase::Performing => CallStage::Performing,
            Phase::Pausing | Phase::Connecting => CallStage::Connecting,
            Phase::Talking => CallStage::Talking,
            Phase::Parked => CallStage::Parked,
            Phase::Ending => CallStage::Ending,
        },
        session: call.session.as_ref().map(|session| session.id),
        legs,
    }
}

fn leg(core: &Core, now: Instant, call: &Call, side: Option<Side>, peer: &Peer) -> LegView {
    let media = side.and_then(|side| {
        let local = call.session.as_ref()?.local(side);
        Some(SocketAddr::new(local.address, local.port))
    });
    let waits = peer.success.as_ref();
    LegView {
        side,
        flow: peer.flow,
        contact: peer.dialog.remote_target().as_str().to_owned(),
        told: core.contact(peer.flow).to_owned(),
        media,
        unacknowledged: waits.map(|success| success.retransmit.waited(now)),
    }
}
