//! Our registration at one trunk, as a state machine (RFC 3261 §10.2): it says what to send and when, and is told what came of it.
//! What a REGISTER looks like is `wording`'s, whose transaction it is `state`'s.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

use rand::RngExt;
use rand::rngs::StdRng;
use switchhook_sip::digest::{Challenge, NonceCount, Side};
use switchhook_sip::flow::{Flow, Transport};
use switchhook_sip::locate::Candidate;
use switchhook_sip::message::{HeaderName, Response};

use crate::limits;
use crate::trunks::recognise::LINE;
use crate::trunks::status::RegistrationState;

/// The first waiting time after a failure; it doubles with every further one (RFC 5626 §4.5).
const BACK_OFF: Duration = Duration::from_secs(15);
/// The longest waiting time.
const BACK_OFF_MAX: Duration = Duration::from_secs(1800);
/// How long a response may take before the next address is tried, if there is one.
const PATIENCE: Duration = Duration::from_secs(5);
/// The longest wait that a Retry-After is followed for.
const RETRY_AFTER_MAX: Duration = Duration::from_secs(3600);
/// The longest time that a 423 makes us ask for: seconds.
const EXPIRES_MAX: u32 = 604_800;
const REDIRECTS: u8 = 3;

/// What it is doing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// It waits for the time to ask again.
    Waiting,
    /// The host's name is being resolved.
    Resolving,
    /// A REGISTER has no final response yet.
    Asking,
    /// The contact is being taken back.
    Leaving,
    /// Nothing more is to be done.
    Left,
}

/// What happened.
#[derive(Debug)]
pub(crate) enum Event<'a> {
    /// The time that it wanted has come.
    Due,
    /// The host was resolved.
    Resolved(Vec<Candidate>),
    /// A final response to its last REGISTER.
    Response(&'a Response),
    /// No response came (408), or the REGISTER could not be sent (503).
    Unanswered(u16),
    /// The contact is to be taken back.
    Leave,
}

/// What is to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Effect {
    /// Resolve this host; `None`: the trunk's.
    Resolve(Option<Elsewhere>),
    /// Send a REGISTER there.
    Send(Candidate),
    /// Send it over this flow.
    SendOver(Flow),
    /// The state that people see has changed.
    Tell,
}

/// Where a redirection points to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Elsewhere {
    pub(crate) host: String,
    pub(crate) port: Option<u16>,
    pub(crate) transport: Option<Transport>,
}

/// Our registration at one trunk.
#[derive(Debug)]
pub(crate) struct Enrolment {
    phase: Phase,
    /// When it wants to be told that it is due.
    pub(crate) due: Option<Instant>,
    candidates: VecDeque<Candidate>,
    /// Where the REGISTER went that was answered last with a 2xx.
    home: Option<Flow>,
    /// Where the last REGISTER went.
    pub(crate) flow: Option<Flow>,
    pub(crate) call_id: String,
    pub(crate) tag: String,
    pub(crate) cseq: u32,
    /// How long is asked for: seconds.
    expires: u32,
    /// Until when the trunk has our contact.
    until: Option<Instant>,
    pub(crate) challenge: Option<(Side, Challenge)>,
    pub(crate) nonce_count: NonceCount,
    challenges: u8,
    redirects: u8,
    failures: u32,
    /// What people see.
    pub(crate) shown: RegistrationState,
    pub(crate) reason: String,
    pub(crate) since: Instant,
}

impl Enrolment {
    /// One that begins at `start`: many of them do not begin at once.
    pub(crate) fn new(
        now: Instant,
        start: Instant,
        expires: u32,
        call_id: String,
        tag: String,
    ) -> Enrolment {
        Enrolment {
            phase: Phase::Waiting,
            due: Some(start),
            candidates: VecDeque::new(),
            home: None,
            flow: None,
            call_id,
            tag,
            cseq: 0,
            expires,
            until: None,
            challenge: None,
            nonce_count: NonceCount::default(),
            challenges: 0,
            redirects: 0,
            failures: 0,
            shown: RegistrationState::Registering,
            reason: "not asked yet".to_owned(),
            since: now,
        }
    }

    /// How long the next REGISTER asks for: seconds.
    pub(crate) fn expires_seconds(&self) -> u32 {
        match self.phase {
            Phase::Leaving => 0,
            _ => self.expires,
        }
    }

    /// Until when the trunk has our contact.
    pub(crate) fn until(&self, now: Instant) -> Option<Instant> {
        self.until.filter(|until| *until > now)
    }

    /// When it asks again, if no answer is awaited.
    pub(crate) fn next(&self) -> Option<Instant> {
        self.due.filter(|_| self.phase == Phase::Waiting)
    }

    /// How often it has failed in a row.
    pub(crate) fn failures(&self) -> u32 {
        self.failures
    }

    /// Whether nothing more will come of it.
    pub(crate) fn is_over(&self) -> bool {
        self.phase == Phase::Left
    }

    /// One step.
    pub(crate) fn handle(
        &mut self,
        now: Instant,
        rng: &mut StdRng,
        event: Event<'_>,
    ) -> Vec<Effect> {
        match (self.phase, event) {
            (Phase::Left, _) => Vec::new(),
            (Phase::Leaving, Event::Response(response)) if self.takes_challenge(response) => {
                self.again()
            }
            (Phase::Leaving, Event::Leave | Event::Resolved(_)) => Vec::new(),
            (Phase::Leaving, Event::Due | Event::Response(_) | Event::Unanswered(_)) => {
                self.phase = Phase::Left;
                self.due = None;
                Vec::new()
            }
            (_, Event::Leave) => self.leave(now),
            (Phase::Waiting, Event::Due) => {
                (self.challenges, self.redirects) = (0, 0);
                self.phase = Phase::Resolving;
                self.due = None;
                vec![Effect::Resolve(None)]
            }
            (Phase::Resolving, Event::Resolved(candidates)) => {
                self.candidates = candidates.into();
                // The one that knows us first: a binding lives with one registrar of several.
                if let Some(home) = self.home {
                    let known = self.candidates.iter().position(|c| c.address == home.peer);
                    if let Some(home) = known.and_then(|at| self.candidates.remove(at)) {
                        self.candidates.push_front(home);
                    }
                }
                self.next_candidate(now, rng, "its name cannot be resolved")
            }
            (Phase::Asking, Event::Response(response)) => self.answered(now, rng, response),
            (Phase::Asking, Event::Due) => self.next_candidate(now, rng, "no response"),
            (Phase::Asking, Event::Unanswered(408)) => self.next_candidate(now, rng, "no response"),
            (Phase::Asking, Event::Unanswered(_)) => {
                self.next_candidate(now, rng, "nothing can be sent there")
            }
            (Phase::Waiting, Event::Resolved(_) | Event::Response(_) | Event::Unanswered(_))
            | (Phase::Resolving, Event::Due | Event::Response(_) | Event::Unanswered(_))
            | (Phase::Asking, Event::Resolved(_)) => Vec::new(),
        }
    }

    /// The response to a REGISTER (RFC 3261 §10.2.4, §10.2.8, §22).
    fn answered(&mut self, now: Instant, rng: &mut StdRng, response: &Response) -> Vec<Effect> {
        match response.status() {
            200..=299 => self.registered(now, rng, response),
            300..=399 => self.redirected(now, rng, response),
            401 | 407 if self.takes_challenge(response) => self.again(),
            status @ (401 | 407) => {
                // What did not work with this nonce need not be tried with it again.
                self.challenge = None;
                self.fail(
                    now,
                    rng,
                    format!("{status}: our credentials are not accepted"),
                    None,
                )
            }
            423 => match response.seconds(HeaderName::MinExpires) {
                Some(min) if min > self.expires && min <= EXPIRES_MAX => {
                    self.expires = min;
                    self.again()
                }
                _ => self.fail(
                    now,
                    rng,
                    "423 without a Min-Expires that helps".to_owned(),
                    None,
                ),
            },
            // It cannot do it, another one of its kind may.
            status @ (408 | 500..=599) if !self.candidates.is_empty() => {
                self.next_candidate(now, rng, &status.to_string())
            }
            status => {
                let reason = response.reason();
                let reason = format!("{status} {reason}");
                self.fail(
                    now,
                    rng,
                    reason.trim_end().to_owned(),
                    retry_after(response),
                )
            }
        }
    }

    fn registered(&mut self, now: Instant, rng: &mut StdRng, response: &Response) -> Vec<Effect> {
        let seconds = granted(response).unwrap_or(self.expires).min(EXPIRES_MAX);
        if seconds == 0 {
            return self.fail(now, rng, "it took our contact for no time".to_owned(), None);
        }
        let length = Duration::from_secs(seconds.into());
        // Early enough that a lost refresh can be tried again, and not all at the same time.
        let margin = (length / 4).clamp(
            Duration::from_secs(1).min(length / 2),
            Duration::from_secs(120),
        );
        let early = margin.mul_f64(rng.random_range(0.0..0.25));
        self.phase = Phase::Waiting;
        self.until = Some(now + length);
        self.due = Some(now + length.saturating_sub(margin + early));
        self.home = self.flow;
        self.failures = 0;
        self.show(
            now,
            RegistrationState::Registered,
            format!("for {seconds} s"),
        )
    }

    /// "300 (Multiple Choices) … 302": the registrar named in Contact.
    fn redirected(&mut self, now: Instant, rng: &mut StdRng, response: &Response) -> Vec<Effect> {
        let status = response.status();
        let contact = response.contact();
        let uri = contact.as_ref().map(|contact| contact.uri());
        let Some(uri) = uri.filter(|uri| uri.is_sip() && self.redirects < REDIRECTS) else {
            return self.fail(now, rng, format!("{status} to nowhere"), None);
        };
        self.redirects += 1;
        self.phase = Phase::Resolving;
        self.due = None;
        let named = uri.param("transport");
        vec![Effect::Resolve(Some(Elsewhere {
            host: uri.host().trim_matches(['[', ']']).to_owned(),
            port: uri.port(),
            transport: named
                .and_then(|name| Transport::parse(&name))
                .or(uri.is_sips().then_some(Transport::Tls)),
        }))]
    }

    /// Takes note of a challenge. `false`: there is none that helps.
    fn takes_challenge(&mut self, response: &Response) -> bool {
        let Some(side) = Side::of_status(response.status()) else {
            return false;
        };
        if self.challenges >= limits::CHALLENGES {
            return false;
        }
        self.challenges += 1;
        let values = response.headers(HeaderName::from_name(side.challenge_header()));
        let strongest = values
            .filter_map(|value| Challenge::parse(&value))
            .reduce(
                |one, other| match other.algorithm.hash > one.algorithm.hash {
                    true => other,
                    false => one,
                },
            );
        // The same nonce again, and not for being stale: the password is wrong.
        let again = match (&self.challenge, &strongest) {
            (Some((_, before)), Some(now)) => before.nonce == now.nonce && !now.stale,
            _ => false,
        };
        self.challenge = strongest.map(|challenge| (side, challenge));
        self.challenge.is_some() && !again
    }

    /// The same REGISTER once more, with what has been learnt.
    fn again(&mut self) -> Vec<Effect> {
        self.flow.map(Effect::SendOver).into_iter().collect()
    }

    fn next_candidate(&mut self, now: Instant, rng: &mut StdRng, failure: &str) -> Vec<Effect> {
        let Some(candidate) = self.candidates.pop_front() else {
            return self.fail(now, rng, failure.to_owned(), None);
        };
        self.phase = Phase::Asking;
        self.challenges = 0;
        // With nobody else to ask, the transaction's own time-out is waited for.
        self.due = (!self.candidates.is_empty()).then_some(now + PATIENCE);
        vec![Effect::Send(candidate)]
    }

    /// It did not work: again later (RFC 5626 §4.5).
    fn fail(
        &mut self,
        now: Instant,
        rng: &mut StdRng,
        reason: String,
        retry_after: Option<Duration>,
    ) -> Vec<Effect> {
        let longest = BACK_OFF
            .saturating_mul(1 << self.failures.min(10))
            .min(BACK_OFF_MAX);
        self.failures = self.failures.saturating_add(1);
        let wait = longest.mul_f64(rng.random_range(0.5..1.0));
        let wait = retry_after.map_or(wait, |after| {
            after.min(RETRY_AFTER_MAX).max(Duration::from_secs(1))
        });
        self.phase = Phase::Waiting;
        self.candidates.clear();
        self.due = Some(now + wait);
        let shown = match self.until(now) {
            // It is registered still, only the refresh has failed.
            Some(_) => RegistrationState::Registered,
            None => RegistrationState::Failed,
        };
        if shown == RegistrationState::Registered
            && self.until.is_some_and(|until| until < now + wait)
        {
            // Once more before the contact is forgotten.
            let left = self.until(now).map_or(wait, |until| until - now);
            self.due = Some(now + (left / 2).max(Duration::from_secs(1)));
        }
        self.show(now, shown, reason)
    }

    fn leave(&mut self, now: Instant) -> Vec<Effect> {
        let home = self.home.filter(|_| self.until(now).is_some());
        self.candidates.clear();
        self.challenges = 0;
        let Some(home) = home else {
            self.phase = Phase::Left;
            self.due = None;
            return self.show(
                now,
                RegistrationState::Leaving,
                "no longer wanted".to_owned(),
            );
        };
        self.phase = Phase::Leaving;
        self.until = None;
        self.due = Some(now + PATIENCE);
        let mut effects = vec![Effect::SendOver(home)];
        effects.extend(self.show(
            now,
            RegistrationState::Leaving,
            "no longer wanted".to_owned(),
        ));
        effects
    }

    fn show(&mut self, now: Instant, shown: RegistrationState, reason: String) -> Vec<Effect> {
        let is_news = self.shown != shown || self.reason != reason;
        if self.shown != shown {
            self.since = now;
        }
        self.shown = shown;
        self.reason = reason;
        is_news.then_some(Effect::Tell).into_iter().collect()
    }
}

/// For how long a 2xx says that our contact is kept: its own time, else that of all.
fn granted(response: &Response) -> Option<u32> {
    let mut contacts = response.contacts().flatten();
    let ours = contacts.find(|contact| contact.uri().param(LINE).is_some());
    let ours = ours.or_else(|| {
        let mut all = response.contacts().flatten();
        all.next().filter(|_| all.next().is_none())
    });
    ours.and_then(|contact| contact.expires())
        .or(response.expires())
}

fn retry_after(response: &Response) -> Option<Duration> {
    let seconds = response.seconds(HeaderName::RetryAfter)?;
    Some(Duration::from_secs(seconds.into()))
}
