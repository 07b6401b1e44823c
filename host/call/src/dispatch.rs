//! What the transaction layer says, handed to whom it concerns: a call, the registrar, or a short answer. New calls begin
//! here.

use std::sync::Arc;

use bytes::Bytes;
use switchhook_media::sdp::Offer;
use switchhook_routing::call::Origin;
use switchhook_routing::event::Subject;
use switchhook_sip::dialog::Dialog;
use switchhook_sip::flow::Flow;
use switchhook_sip::message::{Request, Response};
use switchhook_sip::method::Method;
use switchhook_sip::transaction::{ClientTransaction, Event, ServerTransaction};

use crate::admission::{Admitted, admit, check_form};
use crate::call::caller::{Caller, CallerState};
use crate::call::extensions::check_caller;
use crate::call::journal::Facts;
use crate::call::media::Said;
use crate::call::peer::Peer;
use crate::call::provisional::Provisionals;
use crate::call::routing::Routing;
use crate::call::state::{Call, News};
use crate::core::{Core, Reply};
use crate::exchange::Exchange;
use crate::features::{ALLOW, SUPPORTED};
use crate::keys::{CallKey, DialogOwner, LegId, Owner};
use crate::messages::{self, message};
use crate::registration::register;
use crate::subscriptions::notify;
use crate::subscriptions::publish::publish;
use crate::subscriptions::subscribe::{subscribe, within};
use crate::trunks::running;

impl Exchange {
    /// Works off what the layer has said, and what it says meanwhile.
    pub(crate) fn dispatch(&mut self) {
        loop {
            self.work_off();
            let Some(event) = self.core.news.pop_front() else {
                return;
            };
            match event {
                Event::Request {
                    tx,
                    merged: true,
                    request,
                    ..
                } => {
                    self.core.reply(tx, &request, Reply::new(482));
                }
                Event::Request {
                    tx, flow, request, ..
                } => self.request(tx, flow, request),
                Event::Cancelled { tx, reason } => {
                    if let Some(key) = self.core.owners.servers.get(&tx).copied() {
                        self.step(key, News::Cancelled { tx, reason });
                    }
                }
                Event::Ack { request, .. } => {
                    if let Some(DialogOwner::Call(key, leg)) = self.dialog_of(&request) {
                        self.step(key, News::Ack { leg, request });
                    }
                }
                Event::Response { tx, flow, response } => self.response(tx, flow, response),
                Event::TimedOut { tx } => self.client_news(tx, News::Failed { tx, status: 408 }),
                Event::TransportFailed { tx } => {
                    self.client_news(tx, News::Failed { tx, status: 503 });
                }
                Event::Ended { tx } => {
                    self.client_news(tx, News::Over(tx));
                    self.core.owners.clients.remove(&tx);
                }
                // Nothing of ours hangs on these: a call has sent its last response, or will be told otherwise.
                Event::AckTimedOut { .. }
                | Event::ResponseFailed { .. }
                | Event::StrayResponse { .. }
                | Event::Send { .. } => {}
            }
        }
    }

    /// Whether an INVITE is one that a call or a dialog of ours knows already.
    pub(crate) fn is_known(&self, bytes: &Bytes) -> bool {
        let Ok(request) = Request::from_bytes(bytes.clone()) else {
            return false;
        };
        request.to().tag().is_some() || self.core.invites.contains_key(&fingerprint(&request))
    }

    fn request(&mut self, tx: ServerTransaction, flow: Flow, request: Request) {
        if request.to().tag().is_some() {
            return match self.dialog_of(&request) {
                Some(DialogOwner::Call(key, leg)) => self.step(
                    key,
                    News::Request {
                        leg,
                        tx,
                        flow,
                        request,
                    },
                ),
                Some(DialogOwner::Subscription(key)) => {
                    within(&mut self.core, key, tx, flow, &request);
                }
                None => self.core.reply(tx, &request, Reply::new(481)),
            };
        }
        match request.method() {
            Method::Invite => self.invite(tx, flow, request),
            Method::Message => message(&mut self.core, tx, flow, request),
            Method::Subscribe => subscribe(&mut self.core, tx, flow, &request),
            Method::Publish => publish(&mut self.core, tx, flow, &request),
            Method::Register => register(&mut self.core, tx, flow, request),
            Method::Options => {
                let reply = match check_form(&request) {
                    Ok(()) => Reply::new(200)
                        .with("Allow", ALLOW)
                        .with("Accept", "application/sdp")
                        .with("Supported", SUPPORTED),
                    Err(reply) => reply,
                };
                self.core.reply(tx, &request, reply);
            }
            Method::Refer => {
                // Whoever wants to call somebody can call: outside of a call there is nothing to transfer.
                self.core.reply(tx, &request, Reply::new(403));
            }
            Method::Bye | Method::Info | Method::Update | Method::Prack => {
                self.core.reply(tx, &request, Reply::new(481));
            }
            Method::Other(_) => {
                self.core
                    .reply(tx, &request, Reply::new(501).with("Allow", ALLOW));
            }
            _ => self
                .core
                .reply(tx, &request, Reply::new(405).with("Allow", ALLOW)),
        }
    }

    fn response(&mut self, tx: ClientTransaction, flow: Flow, response: Response) {
        let owner = self.core.owners.clients.get(&tx).copied();
        if response.is_final() && response.cseq().method != Method::Invite {
            self.core.owners.clients.remove(&tx);
        }
        match owner {
            Some(Owner::Call(key)) => self.step(key, News::Response { tx, flow, response }),
            Some(Owner::Trunks) => running::response(&mut self.core, tx, flow, &response),
            Some(Owner::Subscription(key)) => notify::answered(&mut self.core, key, &response),
            Some(Owner::Message(key)) if response.is_final() => {
                messages::answered(&mut self.core, key, tx, response.status());
            }
            Some(Owner::Message(_) | Owner::Nobody) | None => {}
        }
    }

    fn client_news(&mut self, tx: ClientTransaction, news: News) {
        match self.core.owners.clients.get(&tx).copied() {
            Some(Owner::Call(key)) => self.step(key, news),
            Some(Owner::Trunks) => {
                self.core.owners.clients.remove(&tx);
                if let News::Failed { status, .. } = news {
                    running::unanswered(&mut self.core, tx, status);
                }
            }
            Some(Owner::Subscription(key)) if matches!(news, News::Failed { .. }) => {
                self.core.owners.clients.remove(&tx);
                notify::failed(&mut self.core, key);
            }
            Some(Owner::Message(key)) => {
                if let News::Failed { status, .. } = news {
                    self.core.owners.clients.remove(&tx);
                    messages::answered(&mut self.core, key, tx, status);
                }
            }
            Some(Owner::Subscription(_) | Owner::Nobody) | None => {}
        }
    }

    /// Whose dialog a request belongs to, by our tag.
    fn dialog_of(&self, request: &Request) -> Option<DialogOwner> {
        self.core.owners.dialogs.get(request.to().tag()?).copied()
    }

    /// An INVITE outside of dialogs: a new call, if it may be.
    fn invite(&mut self, tx: ServerTransaction, flow: Flow, request: Request) {
        let offer = match admit(&mut self.core, flow, &request)
            .and_then(|admitted| offer_of(&request).map(|offer| (admitted, offer)))
        {
            Ok((admitted, offer)) => (admitted, offer),
            Err(reply) => return self.core.reply(tx, &request, reply),
        };
        let (mut admitted, offer) = offer;
        let rules = self.core.config.domains.get(&admitted.domain);
        let rules = rules.map(|domain| &domain.dialogs);
        let terms = rules.and_then(|rules| rules.session_timer);
        let reliability = rules.map(|rules| rules.reliability_of(&admitted.source.origin));
        let reliability = reliability.unwrap_or_default();
        if let Err(reply) = check_caller(&request, reliability, terms) {
            return self.core.reply(tx, &request, reply);
        }
        let tag = self.core.tag();
        let Ok(dialog) = Dialog::uas(&request, &tag) else {
            return self.core.reply(tx, &request, Reply::new(400));
        };
        let key = self.calls.reserve();
        self.core.counters.calls += 1;
        self.core.owners.servers.insert(tx, key);
        let mut peer = Peer::new(
            dialog,
            flow,
            matches!(admitted.source.origin, Origin::Client(_)),
        );
        peer.timers.terms = terms;
        peer.channel = admitted.channel.take();
        peer.learn(&request);
        peer.described(request.body());
        let provisionals = Provisionals::of(&mut self.core, &request, reliability);
        // Should the next hop be a name, it is resolved before it is needed.
        let _ = peer.next_flow(&mut self.core);
        let said = Said::new(&mut self.core);
        let caller = Caller {
            state: CallerState::Waiting,
            tx: Some(tx),
            flow,
            request,
            tag,
            offer,
            peer,
            said,
            told: Vec::new(),
            hears: None,
            provisionals,
            media: std::mem::take(&mut admitted.source.media),
        };
        let call = new_call(&mut self.core, key, caller, admitted);
        self.core.owners.dialogs.insert(
            call.caller.tag.clone(),
            DialogOwner::Call(key, LegId::Caller),
        );
        self.core.invites.insert(call.fingerprint, key);
        self.calls.put(key, Box::new(call));
        self.step(key, News::Begun);
    }
}

/// What tells an INVITE from all others, its retransmissions left out.
pub(crate) fn fingerprint(request: &Request) -> u64 {
    use std::hash::BuildHasher;
    let from = request.from().tag().unwrap_or_default();
    let hasher = foldhash::quality::FixedState::with_seed(0x5157_4943);
    hasher.hash_one((request.call_id(), from, request.cseq().number))
}

fn offer_of(request: &Request) -> Result<Option<Offer>, Reply> {
    if request.body().is_empty() {
        return Ok(None);
    }
    Offer::parse(request.body())
        .map(Some)
        .map_err(|error| Reply::new(error.status()))
}

fn new_call(core: &mut Core, key: CallKey, caller: Caller, admitted: Admitted) -> Call {
    let caller_name = caller
        .request
        .from()
        .display_name()
        .unwrap_or_default()
        .into_owned();
    let subject = Subject {
        call_id: core.identifier(),
        sip_call_id: caller.request.call_id().to_owned(),
        domain: admitted.domain,
        caller: admitted.source.caller,
        callee: admitted.callee.clone(),
        origin: admitted.source.origin,
        variables: admitted.route.variables.clone(),
    };
    let facts = Facts {
        subject: Arc::new(subject),
        caller_name,
        source_address: caller.flow.peer.to_string(),
        started_at: core.epoch_ms(core.now),
        presentation: admitted.source.presentation,
    };
    let fingerprint = fingerprint(&caller.request);
    let routing = Routing::new(admitted.source.plan, admitted.route, admitted.callee);
    let mut call = Call::new(core, key, facts, caller, routing);
    call.servers.extend(call.caller.tx);
    call.code = admitted.code;
    call.links.replacing = admitted.replacing;
    call.chain = admitted.chain;
    call.attestation = admitted.attestation;
    call.fingerprint = fingerprint;
    call
}
