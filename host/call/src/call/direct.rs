//! Calls whose media bypass the switch: each side is told the other one's own address, and there is no session at the relay. That
//! is so where both sides want it and nothing of the call needs its media; what comes later and does (a transfer, a parking slot)
//! is another call, in which both are told an address of ours.

use std::net::{IpAddr, Ipv4Addr};

use switchhook_media::relay::Side;
use switchhook_media::sdp::{Answer, Encodings, LocalMedia, RemoteMedia, Told};
use switchhook_sip::flow::Flow;
use switchhook_sip::message::Response;
use switchhook_sip::uri::{Uri, host_ip};

use crate::call::caller::CallerState;
use crate::call::state::Call;
use crate::core::Core;

/// The port of an address that nobody is at (RFC 863).
const DISCARD: u16 = 9;

impl Call {
    /// Whether a leg is called directly, now that it gets its INVITE. It was to be, or it could not: then it never is.
    pub(crate) fn goes_direct(&mut self, core: &Core, index: usize, flow: Flow) -> bool {
        let goes = self.session.is_none()
            && self.legs.len() == 1
            && self.may_go_direct()
            && (self.legs.get(index)).is_some_and(|leg| {
                let uri = Uri::parse(&leg.destination.uri).ok();
                let is_there = uri.and_then(|uri| host_ip(uri.host())) == Some(flow.peer.ip());
                let client = leg.destination.client.as_ref();
                let is_alone =
                    client.is_none_or(|client| core.registrar.bindings(client).len() == 1);
                leg.destination.media.direct
                    && !leg.extensions.relayed
                    && is_alone
                    && (is_there || leg.destination.trunk.is_some())
            });
        if let Some(leg) = self.legs.get_mut(index) {
            leg.direct = goes;
        }
        goes
    }

    /// Whether the caller wants it, is where its description says, and nothing else is to be done in this call.
    fn may_go_direct(&self) -> bool {
        let offered = self
            .caller
            .offer
            .as_ref()
            .and_then(|offer| offer.remote().rtp);
        let connect = self
            .connecting
            .as_ref()
            .map(|connecting| &connecting.connect);
        self.caller.media.direct
            && self.caller.state == CallerState::Waiting
            && offered.is_some_and(|rtp| rtp.ip() == self.caller.address())
            && connect.is_some_and(|c| c.targets.len() == 1 && c.ringback.is_none())
            && !self.routing.keeps_caller()
            && !self.recordings.wanted
    }

    /// Whether the two that are connected are so without the relay.
    pub(crate) fn is_direct(&self) -> bool {
        let leg = self.bridged.and_then(|index| self.legs.get(index));
        self.session.is_none() && leg.is_some_and(|leg| leg.direct)
    }

    /// The address that a side is told when the other one has described its media so: ours, or the other one's own.
    pub(crate) fn local_for(&self, side: Side, other: RemoteMedia) -> Option<LocalMedia> {
        match self.session {
            Some(session) => Some(session.local(side)),
            None => self.is_direct().then(|| own_address(other)),
        }
    }

    /// What the caller is answered when a leg that was called directly has answered.
    pub(crate) fn answer_directly(&mut self, index: usize, response: &Response) -> Option<Told> {
        let answer = match self.early_answer(index, response) {
            Some((answer, agreed)) if agreed || response.body().is_empty() => answer,
            _ => Answer::parse(response.body()).ok()?,
        };
        let offer = self.caller.offer.as_ref()?;
        let local = own_address(answer.remote());
        let told = (self.caller.said).answer(offer, &answer, local, Encodings::NONE);
        told.ok()
    }

    /// A leg that was called directly takes nothing of what was offered: it is called once more by way of the relay, which can
    /// transcode. `false`: it was not called so.
    pub(crate) fn call_relayed(&mut self, core: &mut Core, index: usize) -> bool {
        let leg = self.legs.get_mut(index).filter(|leg| leg.direct);
        let Some(leg) = leg else { return false };
        leg.extensions.relayed = true;
        self.send_again(core, index)
    }
}

/// Where somebody wants its media, as it said; nowhere, if it said so.
pub(crate) fn own_address(remote: RemoteMedia) -> LocalMedia {
    let nowhere = (IpAddr::from(Ipv4Addr::UNSPECIFIED), DISCARD);
    let (address, port) = remote.rtp.map_or(nowhere, |rtp| (rtp.ip(), rtp.port()));
    LocalMedia { address, port }
}
