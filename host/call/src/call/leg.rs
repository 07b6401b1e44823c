//! A leg towards a destination: its states and what it remembers of its INVITE. Who calls whom when is `connect`'s.

use std::collections::VecDeque;

use bytes::Bytes;
use switchhook_sip::flow::Flow;
use switchhook_sip::locate::Candidate;
use switchhook_sip::transaction::ClientTransaction;

use crate::call::early::Early;
use crate::call::extensions::Extensions;
use crate::call::links::Joined;
use crate::call::media::Said;
use crate::call::party::Who;
use crate::call::peer::Peer;
use crate::call::target::Destination;
use crate::core::Core;
use crate::keys::Lookup;
use crate::trunks::departure::Told;
use crate::trunks::diversion::Diverted;
use crate::trunks::hunt::Hunt;
use crate::trunks::load::Channel;

/// Where a leg stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LegState {
    /// Its name is being resolved.
    Resolving(Lookup),
    /// Its INVITE has no final response yet.
    Calling(ClientTransaction),
    /// The same, but nobody wants an answer any more (RFC 3261 §9.1).
    Cancelled(ClientTransaction),
    /// It has answered and has the call.
    Answered,
    /// Its party is in another call.
    Elsewhere,
    /// We have sent BYE.
    Ending,
    /// Nothing is left of it.
    Done,
}

/// What a refusal says besides its status: fields that a caller is told too.
#[derive(Debug)]
pub(crate) struct Refusal {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
}

/// A leg towards a destination.
#[derive(Debug)]
pub(crate) struct Leg {
    pub(crate) state: LegState,
    pub(crate) destination: Destination,
    /// Where else the destination may be, tried when one cannot be reached (RFC 3263 §4.3).
    pub(crate) candidates: VecDeque<Candidate>,
    pub(crate) flow: Option<Flow>,
    /// Our tag, Call-ID, and the value of From with that tag.
    pub(crate) tag: String,
    pub(crate) call_id: String,
    pub(crate) from: String,
    pub(crate) cseq: u32,
    /// The credentials of the INVITE, once it was challenged.
    pub(crate) credentials: Option<(&'static str, String)>,
    pub(crate) challenges: u8,
    pub(crate) peer: Option<Peer>,
    /// Its early dialogs, as far as they matter.
    pub(crate) early: Vec<Early>,
    /// What its refusal said besides its status, if it did: for the caller, if that is the status it gets.
    pub(crate) refusal: Option<Box<Refusal>>,
    /// What its INVITE asks for.
    pub(crate) extensions: Extensions,
    pub(crate) said: Said,
    /// Whether its media bypass the switch.
    pub(crate) direct: bool,
    /// The tag that it rings with; empty: it does not, or gives none.
    pub(crate) early_tag: String,
    /// How the call came from client to client before it came here.
    pub(crate) diverted: Vec<Diverted>,
    /// Whether it has said that it rings.
    pub(crate) rang: bool,
    /// Whether any response has come from this address.
    pub(crate) heard: bool,
    /// Its place in the record.
    pub(crate) record: usize,
    /// The place of its target among those of the `connect`.
    pub(crate) place: u32,
    /// How long it may ring: seconds.
    pub(crate) ring_seconds: Option<u32>,
    /// What it said last about its session, as it was written.
    pub(crate) heard_sdp: Bytes,
    /// It is a party of another call, and its INVITE one within its dialog there.
    pub(crate) joined: Option<Joined>,
    /// Who it was where it came from: it is still the same one.
    pub(crate) joined_as: Option<Box<Who>>,
    /// Where else the number may be called, if this trunk does not take the call.
    pub(crate) hunt: Option<Box<Hunt>>,
    /// What makes it count as a call of its trunk.
    pub(crate) channel: Option<Channel>,
    /// How long its trunk asked to be left alone: seconds.
    pub(crate) retry_after: Option<u32>,
    /// Who calls, as it is told.
    pub(crate) told: Told,
}

impl Leg {
    pub(crate) fn new(
        core: &mut Core,
        destination: Destination,
        ring_seconds: Option<u32>,
        record: usize,
        place: u32,
    ) -> Leg {
        Leg {
            state: LegState::Done,
            destination,
            candidates: VecDeque::new(),
            flow: None,
            tag: core.tag(),
            call_id: String::new(),
            from: String::new(),
            cseq: 1,
            credentials: None,
            challenges: 0,
            peer: None,
            early: Vec::new(),
            refusal: None,
            extensions: Extensions::default(),
            said: Said::new(core),
            direct: false,
            diverted: Vec::new(),
            early_tag: String::new(),
            rang: false,
            heard: false,
            record,
            place,
            ring_seconds,
            hunt: None,
            channel: None,
            retry_after: None,
            told: Told::default(),
            heard_sdp: Bytes::new(),
            joined: None,
            joined_as: None,
        }
    }

    /// It has said something about its session.
    pub(crate) fn hear(&mut self, sdp: &[u8]) {
        if !sdp.is_empty() {
            self.heard_sdp = Bytes::copy_from_slice(sdp);
        }
    }

    /// It counts as a call of its trunk no longer.
    pub(crate) fn free_channel(&mut self) {
        self.channel = None;
        if let Some(peer) = &mut self.peer {
            peer.channel = None;
        }
    }

    /// Whether it may still answer.
    pub(crate) fn is_open(&self) -> bool {
        matches!(self.state, LegState::Resolving(_) | LegState::Calling(_))
    }
}
