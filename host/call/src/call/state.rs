//! A call as a value: what it is made of, and what can happen to it. What it does then is in the files beside this one.

use std::borrow::Cow;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Instant;

use switchhook_media::relay::Side;
use switchhook_media::sdp::{Encodings, Offer};
use switchhook_routing::call::Attestation;
use switchhook_routing::decision::{Decided, Resumed};
use switchhook_routing::verb::{Connect, Target};
use switchhook_sip::flow::Flow;
use switchhook_sip::locate::Candidate;
use switchhook_sip::message::{Request, Response};
use switchhook_sip::transaction::{ClientTransaction, ServerTransaction};

use crate::call::audio::Audio;
use crate::call::caller::Caller;
use crate::call::contacts::Waiting;
use crate::call::deadlines::Deadlines;
use crate::call::diverting::Diverting;
use crate::call::failure::Failure;
use crate::call::journal::{Facts, Journal};
use crate::call::leg::Leg;
use crate::call::links::Links;
use crate::call::media::{Said, Session, said_to};
use crate::call::peer::Peer;
use crate::call::recording::Recordings;
use crate::call::relay::{Delayed, Relayed};
use crate::call::renewal::Renewal;
use crate::call::routing::Routing;
use crate::codes::Dialled;
use crate::config::media_rules::MediaRules;
use crate::config::{Config, Domain};
use crate::core::Core;
use crate::keys::{AddressOfRecord, CallKey, LegId, Lookup};
use crate::limits;
use crate::media_command::{MediaEvent, RecordingWish};
use crate::trunks::diversion::{Cause, Diverted};
use crate::trunks::hunt::Hunt;
use crate::trunks::load::Channel;
use crate::voicemail::MailboxReply;

/// What happened to a call.
#[derive(Debug)]
pub(crate) enum News {
    /// It has begun.
    Begun,
    /// A request within one of its dialogs, neither ACK nor CANCEL.
    Request {
        leg: LegId,
        tx: ServerTransaction,
        flow: Flow,
        request: Request,
    },
    /// An ACK for a 2xx of ours.
    Ack { leg: LegId, request: Request },
    /// A CANCEL for this INVITE, and what it says in Reason.
    Cancelled {
        tx: ServerTransaction,
        reason: Option<Box<str>>,
    },
    /// A response to a request of ours.
    Response {
        tx: ClientTransaction,
        flow: Flow,
        response: Response,
    },
    /// No response came: 408, or 503 if the request could not be sent.
    Failed { tx: ClientTransaction, status: u16 },
    /// Nothing more will come of this INVITE of ours.
    Over(ClientTransaction),
    /// A decision came back.
    Decided { serial: u32, decided: Decided },
    /// What follows a verb with a tag came back.
    Resumed { serial: u32, resumed: Resumed },
    /// A mailbox has answered.
    Mailbox { serial: u32, reply: MailboxReply },
    /// A name was resolved.
    Resolved {
        lookup: Lookup,
        candidates: Vec<Candidate>,
    },
    /// Something of the relay.
    Media(MediaEvent),
    /// The operator ends it.
    HangUp,
    /// The operator has it recorded, or no longer.
    Record(RecordingWish),
    /// A deadline has passed.
    Due,
}

/// What a call is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Phase {
    /// It waits for a decision, or for what follows a verb.
    Deciding,
    /// It waits for the end of a `pause`, or is between two verbs.
    Pausing,
    /// It does with the caller what a verb says: plays, listens, records.
    Performing,
    /// It calls destinations.
    Connecting,
    /// Both sides are connected.
    Talking,
    /// The caller is in a parking slot, and nobody is called.
    Parked,
    /// It is over but for what is on its way.
    Ending,
}

/// What a request of ours was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sent {
    /// The INVITE of a leg.
    Invite(usize),
    /// The BYE to a leg.
    Bye(LegId),
    /// A request of the other side, sent on to this one.
    Relayed(Side),
    /// An INVITE of our own within the caller's dialog.
    Renewal,
    /// The PRACK to an early dialog of a leg.
    Prack(usize),
    /// The request that refreshes a side's session.
    Refresh(Side),
    /// The BYE to a second answer from one destination, which nobody waits for.
    Orphan,
    /// A NOTIFY about a transfer, to the side that asked for it.
    Notify(Side),
    /// An INVITE that this party had got in the call that it came from.
    Handed(LegId),
}

/// A `connect` that is being carried out.
#[derive(Debug)]
pub(crate) struct Connecting {
    pub(crate) connect: Connect,
    /// The targets that are still to be called, one after another.
    pub(crate) queue: VecDeque<(u32, Target)>,
    /// Contacts of targets that are being called, to be called after those.
    pub(crate) waiting: Vec<Waiting>,
    pub(crate) redirects: u32,
    /// The best failure so far (RFC 3261 §16.7 step 6).
    pub(crate) failure: Option<Failure>,
}

impl Connecting {
    /// Nobody else is called.
    pub(crate) fn give_up(&mut self) {
        self.queue.clear();
        self.waiting.clear();
    }
}

/// A call.
#[derive(Debug)]
pub(crate) struct Call {
    pub(crate) key: CallKey,
    /// The configuration that it began with.
    pub(crate) config: Arc<Config>,
    pub(crate) facts: Facts,
    pub(crate) journal: Journal,
    pub(crate) phase: Phase,
    pub(crate) caller: Caller,
    pub(crate) legs: Vec<Leg>,
    /// The leg that answered.
    pub(crate) bridged: Option<usize>,
    pub(crate) routing: Routing,
    pub(crate) connecting: Option<Connecting>,
    /// What the leg that is being started gets: where else its number may be called, and its channel.
    pub(crate) hunting: Option<(Hunt, Option<Channel>)>,
    /// By whom the call was forwarded, the first one first.
    pub(crate) diverted: Vec<Diverted>,
    pub(crate) diverting: Diverting,
    pub(crate) session: Option<Session>,
    /// What the switch itself does with its audio.
    pub(crate) audio: Option<Box<Audio>>,
    /// What of it is recorded.
    pub(crate) recordings: Recordings,
    pub(crate) relayed: Vec<Relayed>,
    pub(crate) delayed: Option<Delayed>,
    /// An INVITE of our own to the caller.
    pub(crate) renewal: Option<Renewal>,
    /// The transactions of ours of which more may come.
    pub(crate) sent: Vec<(ClientTransaction, Sent)>,
    /// The INVITEs that can be cancelled: its own, and those within the call that wait for the other side's answer.
    pub(crate) servers: Vec<ServerTransaction>,
    /// The clients whose active calls this one is counted among.
    pub(crate) counted: Vec<AddressOfRecord>,
    pub(crate) deadlines: Deadlines,
    /// When the exchange will say that a deadline has passed.
    pub(crate) scheduled: Option<Instant>,
    /// The feature code that was dialled, until it is carried out.
    pub(crate) code: Option<Dialled>,
    /// How often it has passed through a switch.
    pub(crate) chain: u32,
    /// Why it ends, as the side that ended it said in Reason (RFC 3326): the other side is told too.
    pub(crate) farewell: Option<Box<str>>,
    /// How far the network vouches for the caller's number.
    pub(crate) attestation: Attestation,
    /// What tells its INVITE from others; 0: it did not begin with one.
    pub(crate) fingerprint: u64,
    /// The client whose minutes it uses: the one that made it, or the call that it came of.
    pub(crate) payer: Option<AddressOfRecord>,
    /// What binds it to other calls.
    pub(crate) links: Links,
}

impl Call {
    /// A call that nothing has happened to yet.
    pub(crate) fn new(
        core: &Core,
        key: CallKey,
        facts: Facts,
        caller: Caller,
        routing: Routing,
    ) -> Call {
        let mut call = Call {
            key,
            config: Arc::clone(&core.config),
            facts,
            journal: Journal::new(),
            phase: Phase::Pausing,
            caller,
            legs: Vec::new(),
            bridged: None,
            routing,
            connecting: None,
            hunting: None,
            diverted: Vec::new(),
            diverting: Diverting::default(),
            session: None,
            audio: None,
            recordings: Recordings::default(),
            relayed: Vec::new(),
            delayed: None,
            renewal: None,
            sent: Vec::new(),
            servers: Vec::new(),
            counted: Vec::new(),
            deadlines: Deadlines::default(),
            scheduled: None,
            code: None,
            chain: 0,
            farewell: None,
            attestation: Attestation::Unknown,
            fingerprint: 0,
            payer: None,
            links: Links::default(),
        };
        call.payer = call.caller_client();
        call
    }

    /// The domain it belongs to.
    pub(crate) fn domain(&self) -> Option<&Domain> {
        self.config.domains.get(&self.facts.subject.domain)
    }

    /// A side that has a dialog.
    pub(crate) fn peer(&mut self, side: Side) -> Option<&mut Peer> {
        match side {
            Side::Caller => Some(&mut self.caller.peer),
            Side::Callee => {
                if let Some(index) = self.bridged.or_else(|| self.joining()) {
                    return self.legs.get_mut(index)?.peer.as_mut();
                }
                let heard = self.caller.hears.clone()?;
                let early = self.early(heard.leg, &heard.tag);
                early.map(|early| &mut early.peer)
            }
        }
    }

    /// The leg that is a party of another call and has not come yet.
    fn joining(&self) -> Option<usize> {
        self.legs.iter().position(|leg| leg.joined.is_some())
    }

    /// The other end of a dialog, early or confirmed, by its tag.
    pub(crate) fn peer_of(&mut self, leg: LegId, tag: &str) -> Option<&mut Peer> {
        let index = match leg {
            LegId::Caller => return Some(&mut self.caller.peer),
            LegId::Callee(index) => index,
        };
        if self.legs.get(index)?.peer.is_some() {
            return self.legs.get_mut(index)?.peer.as_mut();
        }
        self.early(index, tag).map(|early| &mut early.peer)
    }

    /// What was said to a side in SDP.
    pub(crate) fn said(&mut self, side: Side) -> Option<&mut Said> {
        match side {
            Side::Caller => Some(&mut self.caller.said),
            Side::Callee => {
                let heard = self.caller.hears.as_ref().map(|heard| heard.leg);
                let leg = self.legs.get_mut(self.bridged.or(heard)?)?;
                Some(&mut leg.said)
            }
        }
    }

    /// What holds for the media of the called side: the leg that has the call, else the one that the caller hears.
    fn media_called(&self) -> Option<&MediaRules> {
        let heard = self.caller.hears.as_ref().map(|heard| heard.leg);
        let leg = self.legs.get(self.bridged.or(heard)?)?;
        Some(&leg.destination.media)
    }

    /// An offer of one side as it goes on to the other.
    pub(crate) fn said_from<'o>(&self, from: Side, offer: &'o Offer) -> Cow<'o, Offer> {
        let offer = Cow::Borrowed(offer);
        let caller = &self.caller.media;
        let called = self.media_called();
        let Some(called) = called.filter(|_| !self.is_direct()) else {
            return said_to(offer, caller, &MediaRules::default());
        };
        match from {
            Side::Caller => said_to(offer, caller, called),
            Side::Callee => said_to(offer, called, caller),
        }
    }

    /// What may be transcoded between the caller and a leg; `None`: the called side.
    pub(crate) fn encodings(&self, leg: Option<usize>) -> Encodings {
        let media = match leg {
            Some(index) => self.legs.get(index).map(|leg| &leg.destination.media),
            None => self.media_called(),
        };
        if self.is_direct() {
            return Encodings::NONE;
        }
        let encodings = media.map(|media| media.transcoding).unwrap_or_default();
        encodings.common(self.caller.media.transcoding)
    }

    /// Whom the call is sent to from now on is told that it was forwarded by `by` (RFC 5806, RFC 7044).
    pub(crate) fn divert(&mut self, by: &str, cause: Cause) {
        if self.diverted.len() < limits::DIVERSIONS {
            let by = by.to_owned();
            self.diverted.push(Diverted { by, cause });
        }
    }

    pub(crate) fn bridged_leg(&mut self) -> Option<&mut Leg> {
        self.legs.get_mut(self.bridged?)
    }

    /// Which side a leg is, if it is one of the two that are connected.
    pub(crate) fn side(&self, leg: LegId) -> Option<Side> {
        match leg {
            LegId::Caller => Some(Side::Caller),
            LegId::Callee(index) => (self.bridged == Some(index)).then_some(Side::Callee),
        }
    }

    /// Takes note of a transaction of ours.
    pub(crate) fn note(&mut self, tx: ClientTransaction, what: Sent) {
        self.sent.push((tx, what));
    }

    /// Nothing more will come of a transaction of ours.
    pub(crate) fn forget_sent(&mut self, core: &mut Core, tx: ClientTransaction) {
        self.sent.retain(|(other, _)| *other != tx);
        core.owners.clients.remove(&tx);
    }

    /// An INVITE within the call has its answer: no CANCEL has an effect on it any more (RFC 3261 §9.2).
    pub(crate) fn forget_server(&mut self, core: &mut Core, tx: ServerTransaction) {
        self.servers.retain(|other| *other != tx);
        core.owners.servers.remove(&tx);
    }

    /// What a request of ours was for.
    pub(crate) fn purpose(&self, tx: ClientTransaction) -> Option<Sent> {
        self.sent
            .iter()
            .rev()
            .find(|(other, _)| *other == tx)
            .map(|(_, what)| *what)
    }

    /// Counts the call among the active ones of a client, once.
    pub(crate) fn count(&mut self, core: &mut Core, client: &AddressOfRecord) {
        if !self.counted.contains(client) {
            self.counted.push(client.clone());
            core.count_active(client, self.key, true);
        }
    }

    /// Counts it off where no leg of that client is left.
    pub(crate) fn count_off(&mut self, core: &mut Core, client: &AddressOfRecord) {
        let still = self.legs.iter().any(|leg| {
            leg.destination.client.as_ref() == Some(client)
                && !matches!(
                    leg.state,
                    crate::call::leg::LegState::Done | crate::call::leg::LegState::Cancelled(_)
                )
        });
        let calls = self.caller_client().as_ref() == Some(client);
        if let Some(at) = self.counted.iter().position(|other| other == client)
            && !still
            && !calls
        {
            self.counted.swap_remove(at);
            core.count_active(client, self.key, false);
        }
    }

    /// The client on a side that is connected, if it is one.
    pub(crate) fn client_of(&self, side: Side) -> Option<AddressOfRecord> {
        match side {
            Side::Caller => self.caller_client(),
            Side::Callee => self.client_of_leg(self.bridged?),
        }
    }

    /// The client that a leg calls, if it is one.
    pub(crate) fn client_of_leg(&self, leg: usize) -> Option<AddressOfRecord> {
        self.legs.get(leg)?.destination.client.clone()
    }

    /// The client that calls, if one does.
    pub(crate) fn caller_client(&self) -> Option<AddressOfRecord> {
        match &self.facts.subject.origin {
            switchhook_routing::call::Origin::Client(user) => Some(AddressOfRecord {
                domain: self.facts.subject.domain.clone(),
                user: user.clone(),
            }),
            _ => None,
        }
    }
}
