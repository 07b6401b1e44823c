//! A device of the world that makes no calls: it watches the calls of others (RFC 4235) and its own mailbox (RFC 3842), publishes
//! how many messages wait (RFC 3903), and sends and gets messages (RFC 3428). It refreshes what it subscribes to, and begins
//! anew when that is lost.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use switchhook_sip::build::Builder;
use switchhook_sip::digest::{self, Login, NonceCount, Signed};
use switchhook_sip::flow::{Flow, ListenerId, Transport};
use switchhook_sip::identifiers;
use switchhook_sip::message::{HeaderName, Message, Request, Response};
use switchhook_sip::method::Method;
use switchhook_sip::transaction::{
    ClientTransaction, Event, Layer, ServerTransaction, TransactionConfig,
};

use crate::handset::DOMAIN;

/// What stands in its identifiers in the place of an exchange's number.
const NUMBER: u8 = 254;
/// How long it waits before it begins anew.
const PAUSE: Duration = Duration::from_secs(3);

/// What it does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deed {
    /// It registers.
    Register,
    /// It watches somebody's calls for so many seconds at a time.
    Watch(String, u32),
    /// It watches its mailbox for so many seconds at a time.
    WatchMailbox(u32),
    /// It publishes that so many messages wait.
    Publish(u32),
    /// It sends a message to somebody.
    Send(String),
    /// It gives up all that it watches.
    Leave,
}

/// Something that it watches.
#[derive(Debug, Clone)]
pub struct Usage {
    /// The package.
    pub package: &'static str,
    /// Whom.
    pub whom: String,
    /// The latest document.
    pub told: Option<String>,
    /// Until when the subscription lasts, as far as it knows.
    pub until: Option<Instant>,
    expires: u32,
    call_id: String,
    tag: String,
    sequence: u32,
    remote_tag: Option<String>,
    target: Option<String>,
    heard: u32,
    version: Option<u32>,
    /// When it asks again.
    due: Option<Instant>,
    is_wanted: bool,
}

/// What a request of its own was for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Register,
    Subscribe(usize),
    Publish(u32),
    Message,
}

struct Asked {
    purpose: Purpose,
    request: Request,
    is_signed: bool,
}

/// See the module.
pub struct Watcher {
    /// Its name; also the username and the password.
    pub name: String,
    /// Its address.
    pub address: SocketAddr,
    /// What it watches.
    pub usages: Vec<Usage>,
    /// What must not be.
    pub complaints: Vec<String>,
    /// What it published last; `None`: it does not know, or nothing.
    pub published: Option<u32>,
    /// NOTIFYs that it got.
    pub notified: u64,
    /// How many of them said that somebody talks.
    pub lit: u64,
    /// Messages that it got, and that it sent and somebody took.
    pub messages: (u64, u64),
    /// Requests of its own that nobody answered.
    pub unanswered: u64,
    switch: SocketAddr,
    layer: Layer,
    rng: SmallRng,
    outputs: VecDeque<(SocketAddr, Bytes)>,
    asked: HashMap<ClientTransaction, Asked>,
    etag: Option<String>,
}

impl Watcher {
    /// One at `10.0.3.number` that watches nobody yet.
    #[must_use]
    pub fn new(name: &str, number: u8, switch: SocketAddr, seed: u64) -> Watcher {
        let mut rng = SmallRng::seed_from_u64(seed);
        let layer = Layer::new(TransactionConfig {
            exchange_number: NUMBER,
            hash_seed: rng.random(),
            ..TransactionConfig::default()
        });
        Watcher {
            name: name.to_owned(),
            address: SocketAddr::from(([10, 0, 3, number], 5060)),
            usages: Vec::new(),
            complaints: Vec::new(),
            published: None,
            notified: 0,
            lit: 0,
            messages: (0, 0),
            unanswered: 0,
            switch,
            layer,
            rng,
            outputs: VecDeque::new(),
            asked: HashMap::new(),
            etag: None,
        }
    }

    /// The next message that it sends, and where to.
    pub fn poll_output(&mut self) -> Option<(SocketAddr, Bytes)> {
        self.outputs.pop_front()
    }

    /// When [`Watcher::time_out`] is due.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let due = self.usages.iter().filter_map(|usage| usage.due).min();
        [self.layer.poll_timeout(), due].into_iter().flatten().min()
    }

    /// Whether nothing of its own is under way.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.layer.is_idle()
    }

    /// Does something.
    pub fn act(&mut self, now: Instant, deed: Deed) {
        match deed {
            Deed::Register => {
                let contact = format!("<sip:{}@{}>", self.name, self.address);
                let own = self.own();
                let builder = self.outside("REGISTER", &format!("sip:{DOMAIN}"), &own);
                let builder = builder.header(HeaderName::Contact, contact);
                let builder = builder.number(HeaderName::Expires, 7_200);
                self.ask(now, Purpose::Register, builder.finish());
            }
            Deed::Watch(whom, expires) => self.watch(now, "dialog", whom, expires),
            Deed::WatchMailbox(expires) => {
                let own = self.name.clone();
                self.watch(now, "message-summary", own, expires);
            }
            Deed::Publish(count) => self.publish(now, count),
            Deed::Send(whom) => {
                let uri = format!("sip:{whom}@{DOMAIN}");
                let builder = self.outside("MESSAGE", &uri, &uri);
                let text = builder.body("text/plain", b"are you there?");
                self.ask(now, Purpose::Message, text.finish());
            }
            Deed::Leave => {
                for index in 0..self.usages.len() {
                    self.usages[index].is_wanted = false;
                    self.usages[index].due = None;
                    if self.usages[index].remote_tag.is_some() {
                        self.subscribe(now, index, 0);
                    }
                }
            }
        }
        self.drain(now);
    }

    /// A message for it.
    pub fn receive(&mut self, now: Instant, from: SocketAddr, bytes: Bytes) {
        if let Ok(message) = Message::from_bytes(bytes) {
            self.layer.receive(now, flow(from), message);
        }
        self.drain(now);
    }

    /// Does what is due.
    pub fn time_out(&mut self, now: Instant) {
        self.layer.handle_timeout(now);
        for index in 0..self.usages.len() {
            if self.usages[index].due.is_some_and(|due| due <= now) {
                let expires = self.usages[index].expires;
                self.subscribe(now, index, expires);
            }
        }
        self.drain(now);
    }

    fn own(&self) -> String {
        format!("sip:{}@{DOMAIN}", self.name)
    }

    fn watch(&mut self, now: Instant, package: &'static str, whom: String, expires: u32) {
        self.usages.push(Usage {
            package,
            whom,
            told: None,
            until: None,
            expires,
            call_id: String::new(),
            tag: String::new(),
            sequence: 0,
            remote_tag: None,
            target: None,
            heard: 0,
            version: None,
            due: None,
            is_wanted: true,
        });
        self.anew(self.usages.len() - 1, None);
        self.subscribe(now, self.usages.len() - 1, expires);
    }

    /// The subscription is lost: the next one has nothing to do with it.
    fn anew(&mut self, index: usize, at: Option<Instant>) {
        let host = self.address.ip().to_string();
        let call_id = identifiers::call_id(&mut self.rng, NUMBER, &host);
        let tag = identifiers::tag(&mut self.rng, NUMBER);
        let usage = &mut self.usages[index];
        (usage.call_id, usage.tag) = (call_id, tag);
        (usage.remote_tag, usage.target, usage.until) = (None, None, None);
        (usage.told, usage.version, usage.heard) = (None, None, 0);
        usage.due = at.filter(|_| usage.is_wanted);
    }

    fn subscribe(&mut self, now: Instant, index: usize, expires: u32) {
        let via = self.via();
        let usage = &mut self.usages[index];
        usage.due = None;
        usage.sequence += 1;
        let whom = format!("sip:{}@{DOMAIN}", usage.whom);
        let to = match &usage.remote_tag {
            Some(tag) => format!("<{whom}>;tag={tag}"),
            None => format!("<{whom}>"),
        };
        let contact = format!("<sip:{}@{}>", self.name, self.address);
        let uri = usage.target.as_ref().unwrap_or(&whom);
        let builder = Builder::request("SUBSCRIBE", uri)
            .header(HeaderName::Via, via)
            .number(HeaderName::MaxForwards, 70)
            .header(
                HeaderName::From,
                format!("<sip:{}@{DOMAIN}>;tag={}", self.name, usage.tag),
            )
            .header(HeaderName::To, to)
            .header(HeaderName::CallId, &usage.call_id)
            .cseq(usage.sequence, "SUBSCRIBE")
            .header(HeaderName::Contact, contact)
            .header(HeaderName::Event, usage.package)
            .number(HeaderName::Expires, expires);
        self.ask(now, Purpose::Subscribe(index), builder.finish());
    }

    fn publish(&mut self, now: Instant, count: u32) {
        let is_asked = |asked: &Asked| matches!(asked.purpose, Purpose::Publish(_));
        if self.asked.values().any(is_asked) {
            return;
        }
        self.published = None;
        let own = self.own();
        let mut builder = self.outside("PUBLISH", &own, &own);
        if let Some(etag) = &self.etag {
            builder.add_header(HeaderName::SipIfMatch, etag);
        }
        let waiting = if count > 0 { "yes" } else { "no" };
        let body = format!("Messages-Waiting: {waiting}\r\nVoice-Message: {count}/0\r\n");
        let builder = builder
            .header(HeaderName::Event, "message-summary")
            .number(HeaderName::Expires, 7_200)
            .body("application/simple-message-summary", body.as_bytes());
        self.ask(now, Purpose::Publish(count), builder.finish());
    }

    /// A request outside of dialogs.
    fn outside(&mut self, method: &str, uri: &str, to: &str) -> Builder {
        let host = self.address.ip().to_string();
        let via = self.via();
        let tag = identifiers::tag(&mut self.rng, NUMBER);
        let call_id = identifiers::call_id(&mut self.rng, NUMBER, &host);
        Builder::request(method, uri)
            .header(HeaderName::Via, via)
            .number(HeaderName::MaxForwards, 70)
            .header(HeaderName::From, format!("<{}>;tag={tag}", self.own()))
            .header(HeaderName::To, format!("<{to}>"))
            .header(HeaderName::CallId, call_id)
            .cseq(1, method)
    }

    fn via(&mut self) -> String {
        let branch = identifiers::branch(&mut self.rng, NUMBER);
        format!("SIP/2.0/UDP {};branch={branch};rport", self.address)
    }

    fn ask(&mut self, now: Instant, purpose: Purpose, bytes: Bytes) {
        let Ok(Message::Request(request)) = Message::from_bytes(bytes.clone()) else {
            self.complaints.push("it cannot read itself".to_owned());
            return;
        };
        let tx = self.layer.request(now, flow(self.switch), bytes);
        let asked = Asked {
            purpose,
            request,
            is_signed: false,
        };
        self.asked.insert(tx, asked);
    }

    fn drain(&mut self, now: Instant) {
        while let Some(event) = self.layer.poll_event() {
            match event {
                Event::Send { flow, bytes } => self.outputs.push_back((flow.peer, bytes)),
                Event::Request { tx, request, .. } => self.requested(now, tx, &request),
                Event::Response { tx, response, .. } if response.status() >= 200 => {
                    if let Some(asked) = self.asked.remove(&tx) {
                        self.answered(now, asked, &response);
                    }
                }
                Event::TimedOut { tx } | Event::TransportFailed { tx } => {
                    if let Some(asked) = self.asked.remove(&tx) {
                        self.unanswered += 1;
                        self.failed(now, asked.purpose);
                    }
                }
                _ => {}
            }
        }
    }

    fn answered(&mut self, now: Instant, asked: Asked, response: &Response) {
        match (response.status(), asked.purpose) {
            (401 | 407, _) if !asked.is_signed => self.sign(now, asked, response),
            (200..300, Purpose::Subscribe(index)) => self.subscribed(now, index, &asked, response),
            (200..300, Purpose::Publish(count)) => {
                self.published = Some(count);
                let etag = response.header(HeaderName::SipEtag);
                self.etag = etag.map(|etag| etag.into_owned());
            }
            (200..300, Purpose::Message) => self.messages.1 += 1,
            (_, purpose) => self.failed(now, purpose),
        }
    }

    fn subscribed(&mut self, now: Instant, index: usize, asked: &Asked, response: &Response) {
        let usage = &mut self.usages[index];
        if asked.request.call_id() != usage.call_id || !usage.is_wanted {
            return;
        }
        usage.remote_tag = response.to().tag().map(str::to_owned);
        let contact = response.contact();
        usage.target = contact.map(|contact| contact.uri().as_str().to_owned());
        let seconds = response.expires().unwrap_or_default();
        let length = Duration::from_secs(seconds.into());
        usage.until = Some(now + length);
        usage.due = Some(now + length.mul_f64(0.75));
    }

    fn failed(&mut self, now: Instant, purpose: Purpose) {
        match purpose {
            Purpose::Subscribe(index) => self.anew(index, Some(now + PAUSE)),
            // What it published before may hold, or what it publishes now.
            Purpose::Publish(_) => self.etag = None,
            Purpose::Register | Purpose::Message => {}
        }
    }

    /// The same request with credentials (RFC 3261 §22.2).
    fn sign(&mut self, now: Instant, asked: Asked, response: &Response) {
        let (of, name) = match response.status() {
            401 => (HeaderName::WwwAuthenticate, HeaderName::Authorization),
            _ => (
                HeaderName::ProxyAuthenticate,
                HeaderName::ProxyAuthorization,
            ),
        };
        let Asked {
            purpose, request, ..
        } = asked;
        let challenges: Vec<String> = response.headers(of).map(|c| c.into_owned()).collect();
        let uri = request.uri().to_string();
        let login = Login {
            username: &self.name,
            password: &self.name,
        };
        let method = request.method().as_str().to_owned();
        let signed = Signed {
            method: &method,
            uri: &uri,
            body: request.body(),
        };
        let mut count = NonceCount::default();
        let challenges = challenges.iter().map(String::as_str);
        let Ok((_, value)) = digest::answer(challenges, login, signed, "c", &mut count) else {
            return self.failed(now, purpose);
        };
        let mut sequence = request.cseq().number + 1;
        if let Purpose::Subscribe(index) = purpose {
            let usage = &mut self.usages[index];
            if usage.call_id != request.call_id() {
                return;
            }
            usage.sequence += 1;
            sequence = usage.sequence;
        }
        let mut builder = Builder::request(&method, &uri)
            .header(HeaderName::Via, self.via())
            .header(name, value)
            .cseq(sequence, &method);
        for (name, value) in request.all_fields() {
            let is_own = [HeaderName::Via, HeaderName::CSeq, HeaderName::ContentLength];
            if !is_own.contains(&name) {
                builder.add_raw_header(name, value);
            }
        }
        let bytes = builder.bare_body(request.body()).finish();
        let tx = self.layer.request(now, flow(self.switch), bytes);
        let asked = Asked {
            purpose,
            request,
            is_signed: true,
        };
        self.asked.insert(tx, asked);
    }

    fn requested(&mut self, now: Instant, tx: ServerTransaction, request: &Request) {
        let status = match request.method() {
            Method::Notify => self.notified(now, request),
            Method::Message => {
                self.messages.0 += 1;
                200
            }
            _ => 405,
        };
        let answer = Builder::response_to(request, status, None, Some("watcher"));
        self.layer.respond(now, tx, answer.finish());
    }

    /// What is told; the status of the answer.
    fn notified(&mut self, now: Instant, request: &Request) -> u16 {
        self.notified += 1;
        let mine = |usage: &Usage| {
            let is_peer = |tag: &String| request.from().tag() == Some(tag.as_str());
            usage.call_id == request.call_id()
                && request.to().tag() == Some(usage.tag.as_str())
                && usage.remote_tag.as_ref().is_none_or(is_peer)
        };
        let Some(index) = self.usages.iter().position(mine) else {
            return 481;
        };
        let usage = &mut self.usages[index];
        let sequence = request.cseq().number;
        if sequence <= usage.heard {
            return 500;
        }
        usage.heard = sequence;
        let document = String::from_utf8_lossy(request.body()).into_owned();
        let version = version(&document);
        if usage.version.is_some() && version <= usage.version {
            let (name, before) = (&self.name, usage.version);
            self.complaints.push(format!(
                "{name} is told version {version:?} after {before:?}"
            ));
        }
        usage.version = version;
        usage.remote_tag = request.from().tag().map(str::to_owned);
        self.lit += u64::from(document.contains("<state>confirmed</state>"));
        usage.told = Some(document);
        let state = request.header(HeaderName::SubscriptionState);
        if state.is_some_and(|state| state.starts_with("terminated")) {
            self.anew(index, Some(now + PAUSE));
        }
        200
    }
}

/// The version of a document about dialogs.
fn version(document: &str) -> Option<u32> {
    let (_, rest) = document.split_once("<dialog-info")?;
    let (_, rest) = rest.split_once("version=\"")?;
    rest.split_once('"')?.0.parse().ok()
}

fn flow(peer: SocketAddr) -> Flow {
    Flow {
        transport: Transport::Udp,
        listener: ListenerId(0),
        peer,
        connection: None,
    }
}
