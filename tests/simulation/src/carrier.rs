//! A carrier of the world: a registrar with moods in front of a phone that takes and makes the calls. It challenges, it wants
//! longer registrations, its nonces grow stale, it is busy; that it falls silent and comes back is the network's.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use switchhook_sip::build::Builder;
use switchhook_sip::digest::{Ha1, NonceConfig, Nonces, Policy, Presented, Verifier};
use switchhook_sip::message::{HeaderName, Message, Request};
use switchhook_sip::method::Method;

/// The realm of its challenges.
pub const REALM: &str = "carrier.test";
/// The account that we have there.
pub const ACCOUNT: &str = "account";
/// The password of that.
pub const PASSWORD: &str = "hunter2";

/// How a carrier treats those who register there.
#[derive(Debug, Clone)]
pub struct Manners {
    /// Less is refused with 423: seconds.
    pub min_expires: u32,
    /// More is shortened to this: seconds.
    pub max_expires: u32,
    /// How long a nonce is good.
    pub nonce_lifetime: Duration,
    /// How often in a hundred it is too busy to register anybody (503 with Retry-After).
    pub busy_percent: u32,
    /// Whether calls to it are challenged too.
    pub challenges_calls: bool,
}

/// A carrier's registrar.
pub struct Carrier {
    manners: Manners,
    address: SocketAddr,
    verifier: Verifier,
    login: Ha1,
    rng: SmallRng,
    /// What was answered, by the branch of the request, so that a repetition gets the same.
    answers: BTreeMap<String, Bytes>,
    /// The latest REGISTER: Call-ID and number.
    latest: (String, u32),
    /// Our contact there, and until when.
    pub binding: Option<(String, Instant)>,
    /// How often it has registered us.
    pub registered: u64,
    /// How often it has challenged us.
    pub challenged: u64,
    /// What no registrar should have to see.
    pub complaints: Vec<String>,
}

impl Carrier {
    /// One without bindings.
    #[must_use]
    pub fn new(now: Instant, address: SocketAddr, seed: u64, manners: Manners) -> Carrier {
        let config = NonceConfig {
            lifetime: manners.nonce_lifetime,
            ..NonceConfig::default()
        };
        let mut rng = SmallRng::seed_from_u64(seed);
        let nonces = Nonces::new(rng.random(), now, config);
        Carrier {
            manners,
            address,
            verifier: Verifier::new(nonces, Policy::default(), now),
            login: Ha1::from_password(ACCOUNT, REALM, PASSWORD),
            rng,
            answers: BTreeMap::new(),
            latest: (String::new(), 0),
            binding: None,
            registered: 0,
            challenged: 0,
            complaints: Vec::new(),
        }
    }

    /// What it says to a message; `None`: that is for the phone behind it. Nothing may be said: no bytes.
    pub fn answer(&mut self, now: Instant, from: SocketAddr, bytes: &Bytes) -> Option<Bytes> {
        let methods: [&[u8]; 4] = [b"REGISTER ", b"OPTIONS ", b"INVITE ", b"ACK "];
        if !methods.iter().any(|method| bytes.starts_with(method)) {
            return None;
        }
        let Ok(Message::Request(request)) = Message::from_bytes(bytes.clone()) else {
            return None;
        };
        let branch = request.via().branch().unwrap_or_default().to_owned();
        if let Some(answer) = self.answers.get(&branch) {
            let is_ack = request.method() == Method::Ack;
            return Some(if is_ack { Bytes::new() } else { answer.clone() });
        }
        let is_first = request.to().tag().is_none();
        let answer = match request.method() {
            Method::Register => self.register(now, from, &request),
            Method::Options if is_first => response(&request, 200).finish(),
            Method::Invite if is_first && self.manners.challenges_calls => {
                self.check(now, from, &request).err()?
            }
            _ => return None,
        };
        self.answers.insert(branch, answer.clone());
        Some(answer)
    }

    fn register(&mut self, now: Instant, from: SocketAddr, request: &Request) -> Bytes {
        let sequence = request.cseq().number;
        if request.call_id() == self.latest.0 && sequence <= self.latest.1 {
            // A repetition of one that was given up, overtaken (RFC 3261 §10.3 step 7).
            return response(request, 500).finish();
        }
        self.latest = (request.call_id().to_owned(), sequence);
        let expires = request.expires().unwrap_or(3_600);
        if expires != 0 && self.rng.random_range(0..100) < self.manners.busy_percent {
            let seconds = self.rng.random_range(1..20);
            return response(request, 503)
                .number(HeaderName::RetryAfter, seconds)
                .finish();
        }
        if let Err(challenge) = self.check(now, from, request) {
            return challenge;
        }
        if expires != 0 && expires < self.manners.min_expires {
            return response(request, 423)
                .number(HeaderName::MinExpires, self.manners.min_expires)
                .finish();
        }
        let Some(contact) = request.header(HeaderName::Contact) else {
            self.complaints.push("a REGISTER has no Contact".to_owned());
            return response(request, 400).finish();
        };
        let granted = expires.min(self.manners.max_expires);
        let answer = response(request, 200);
        if granted == 0 {
            self.binding = None;
            return answer.finish();
        }
        self.registered += 1;
        let until = now + Duration::from_secs(granted.into());
        self.binding = Some((contact.clone().into_owned(), until));
        answer
            .header(HeaderName::Contact, format!("{contact};expires={granted}"))
            .finish()
    }

    /// Whether the request shows our account; else the challenge.
    fn check(&mut self, now: Instant, from: SocketAddr, request: &Request) -> Result<(), Bytes> {
        let is_register = request.method() == Method::Register;
        let (status, shown, asked) = match is_register {
            true => (401, HeaderName::Authorization, HeaderName::WwwAuthenticate),
            false => (
                407,
                HeaderName::ProxyAuthorization,
                HeaderName::ProxyAuthenticate,
            ),
        };
        let values: Vec<String> = request.headers(shown).map(|v| v.into_owned()).collect();
        let uri = request.uri().to_string();
        let presented = Presented {
            realm: REALM,
            method: request.method().as_str(),
            uri: &uri,
            body: request.body(),
            place: from.ip(),
        };
        let credentials = Verifier::select(values.iter().map(String::as_str), REALM);
        let verified = credentials.and_then(|credentials| {
            let known = (credentials.username == ACCOUNT).then_some(&self.login);
            self.verifier.verify(&credentials, &presented, known, now)
        });
        let Err(failure) = verified else {
            return Ok(());
        };
        let is_first = values.is_empty();
        if !is_first && !failure.is_stale() {
            let method = request.method().as_str();
            self.complaints.push(format!(
                "credentials of a {method} are not right: {failure:?}"
            ));
        }
        self.challenged += 1;
        let mut challenge = response(request, status);
        let stale = failure.is_stale();
        for one in self.verifier.challenges(REALM, from.ip(), stale, now) {
            challenge.add_header(asked, one.to_header());
        }
        Err(challenge.finish())
    }

    /// Its address.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }
}

fn response(request: &Request, status: u16) -> Builder {
    Builder::response_to(request, status, None, Some("carrier"))
}
