//! The leg that a call came in on: its INVITE and the responses to it. What comes after the answer is the bridge's.

use std::borrow::Cow;
use std::net::IpAddr;

use bytes::Bytes;
use switchhook_media::sdp::Offer;
use switchhook_sip::build::Builder;
use switchhook_sip::flow::Flow;
use switchhook_sip::message::{HeaderName, Request};
use switchhook_sip::transaction::{ServerTransaction, SuccessRetransmit};

use crate::call::media::{Said, said_to};
use crate::call::peer::{Peer, Success};
use crate::call::provisional::{Provisionals, Says};
use crate::config::media_rules::MediaRules;
use crate::core::Core;
use crate::features::{ALLOW, RECV_INFO};

/// Where the caller's leg stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CallerState {
    /// Its INVITE has no final response yet.
    Waiting,
    /// It has a 2xx.
    Answered,
    /// It is in another call: not here yet, since nobody has answered, or not here any more.
    Elsewhere,
    /// We have sent BYE.
    Ending,
    /// Nothing is left of it.
    Done,
}

/// An early dialog of a leg whose media the caller hears.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Heard {
    pub(crate) leg: usize,
    pub(crate) tag: Box<str>,
}

/// The leg that a call came in on.
#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) state: CallerState,
    /// Its INVITE; `None`: it came by a transfer.
    pub(crate) tx: Option<ServerTransaction>,
    pub(crate) flow: Flow,
    /// What the call began with: its INVITE, or the REFER that brought it here.
    pub(crate) request: Request,
    /// Our tag: one for all responses, whichever leg they come from.
    pub(crate) tag: String,
    /// What it offered; `None`: it left the offer to the called side.
    pub(crate) offer: Option<Offer>,
    /// Its dialog, early until it is answered.
    pub(crate) peer: Peer,
    pub(crate) said: Said,
    /// The provisional statuses that it has got.
    pub(crate) told: Vec<u16>,
    /// Whose early media it hears.
    pub(crate) hears: Option<Heard>,
    /// Its provisional responses, if it understands reliable ones.
    pub(crate) provisionals: Option<Box<Provisionals>>,
    /// What holds for its media.
    pub(crate) media: MediaRules,
}

impl Caller {
    /// A provisional response, reliably where that is wanted.
    pub(crate) fn progress(&mut self, core: &mut Core, status: u16, says: Says) {
        let Some(tx) = self.tx.filter(|_| self.state == CallerState::Waiting) else {
            return;
        };
        let Err(says) = self.progress_reliably(core, status, says) else {
            return;
        };
        let mut builder = self.provisional(core, status);
        if let Says::Answer(body) | Says::Offer(body) = says {
            builder = builder.body("application/sdp", &body);
        }
        core.respond(tx, builder.finish());
    }

    /// A provisional response, begun.
    pub(crate) fn provisional(&self, core: &Core, status: u16) -> Builder {
        core.response(&self.request, status, Some(&self.tag))
            .raw_header(HeaderName::Contact, core.contact(self.flow).as_bytes())
            .raw_header(HeaderName::Allow, ALLOW.as_bytes())
    }

    /// 200, and its retransmission from now on.
    pub(crate) fn answer(
        &mut self,
        core: &mut Core,
        body: Option<Bytes>,
        packages: Option<Box<str>>,
    ) {
        let Some(tx) = self.tx else { return };
        self.state = CallerState::Answered;
        let mut builder = self.peer.success_of(core, &self.request);
        if let Some(packages) = packages {
            builder = builder.header(RECV_INFO, packages);
        }
        if let Some(body) = body {
            builder = builder.body("application/sdp", &body);
        }
        let response = builder.finish();
        core.respond(tx, response.clone());
        let retransmit = SuccessRetransmit::new(core.now, core.timing());
        let cseq = self.request.cseq().number;
        self.peer.dialog.confirm_uas();
        self.peer.success = Some(Success {
            tx,
            cseq,
            response,
            retransmit,
        });
    }

    /// A final response that is none of success; the leg is done with it.
    pub(crate) fn refuse(
        &mut self,
        core: &mut Core,
        status: u16,
        reason: Option<&str>,
        headers: &[(String, String)],
    ) {
        let Some(tx) = self.tx.filter(|_| self.state == CallerState::Waiting) else {
            return;
        };
        self.state = CallerState::Done;
        let mut builder = core.response_with_reason(&self.request, status, reason, Some(&self.tag));
        for (name, value) in headers {
            builder = builder.header(name, value);
        }
        core.respond(tx, builder.finish());
    }

    /// Its offer as it goes on to somebody. Once it is answered, only what was agreed with it, and what can be transcoded.
    pub(crate) fn offer_to_call(&self, to: &MediaRules) -> Option<Cow<'_, Offer>> {
        let mut offer = Cow::Borrowed(self.offer.as_ref()?);
        if self.state != CallerState::Waiting
            && let Ok(told) = Offer::parse(&self.said.last())
        {
            offer = Cow::Owned(offer.within(&told));
        }
        Some(said_to(offer, &self.media, to))
    }

    /// Where its signalling comes from.
    pub(crate) fn address(&self) -> IpAddr {
        self.flow.peer.ip()
    }
}
