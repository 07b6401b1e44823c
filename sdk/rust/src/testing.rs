//! A switch to test a plugin's logic against: settings, clients, time, state and a web server as the test says. Native builds only.
//!
//! ```
//! # use switchhook_sdk::prelude::*;
//! # struct Desk;
//! # impl Router for Desk { fn route(call: &Call) -> Result<Decision, Error> {
//! #     if directory::registered("desk") { Ok(ring(["desk"]).into()) } else { Ok(respond(480).into()) } } }
//! let host = testing::Host::new().registered("desk");
//! assert_eq!(host.route::<Desk>(&testing::call("alice", "100")), Ok(ring(["desk"]).into()));
//! ```

mod cases;
mod inner;
mod zone;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use serde_json::Value;

pub use cases::Cases;
pub(crate) use inner::Inner;
pub use inner::Metric;
pub(crate) use zone::local;

use crate::call::{Attestation, Call, Origin};
use crate::decision::{Continuation, Decision};
use crate::directory::{Agent, AgentStatus, Queue};
use crate::error::Error;
use crate::event::{Event, EventKind, Subject};
use crate::gatekeeper::Gatekeeper;
use crate::http::{HttpError, Request, Response};
use crate::log::Level;
use crate::observer::Observer;
use crate::outcome::Outcome;
use crate::registration::{Credentials, Grant, Refusal, Registration};
use crate::router::Router;
use crate::testing::inner::Client;

/// A call from a client of the domain `example.org`, first attempt, without header fields.
pub fn call(caller: &str, callee: &str) -> Call {
    Call {
        id: "call-1".to_owned(),
        sip_call_id: "sip-call-1".to_owned(),
        domain: "example.org".to_owned(),
        caller: caller.to_owned(),
        caller_name: String::new(),
        callee: callee.to_owned(),
        origin: Origin::Client(caller.to_owned()),
        source_address: "192.0.2.7:5060".to_owned(),
        received_at: 1_776_781_920_000,
        attempt: 0,
        transferred: false,
        answered: false,
        headers: Vec::new(),
        codecs: vec!["PCMA".to_owned()],
        attestation: Attestation::Unknown,
        variables: Vec::new(),
        proposed: Vec::new(),
    }
}

/// A client of the domain `example.org` that wants to register for an hour, with digest credentials.
pub fn registration(username: &str) -> Registration {
    Registration {
        domain: "example.org".to_owned(),
        username: username.to_owned(),
        contacts: vec![format!("sip:{username}@192.0.2.7:5060")],
        expires_seconds: 3_600,
        source_address: "192.0.2.7:5060".to_owned(),
        received_at: 1_776_781_920_000,
        headers: Vec::new(),
        credentials: Credentials {
            username: username.to_owned(),
            realm: "example.org".to_owned(),
            nonce: "nonce-1".to_owned(),
            uri: "sip:example.org".to_owned(),
            response: "0123456789abcdef0123456789abcdef".to_owned(),
            method: "REGISTER".to_owned(),
            algorithm: Some("MD5".to_owned()),
            qop: Some("auth".to_owned()),
            nc: Some("00000001".to_owned()),
            cnonce: Some("cnonce-1".to_owned()),
        },
    }
}

/// The first event of a call from `alice` to `100`, or whatever else happened to it.
pub fn event(kind: EventKind) -> Event {
    let call = call("alice", "100");
    Event {
        subject: Arc::new(Subject {
            call_id: call.id,
            sip_call_id: call.sip_call_id,
            domain: call.domain,
            caller: call.caller,
            callee: call.callee,
            origin: call.origin,
            variables: Vec::new(),
        }),
        sequence: 0,
        at: call.received_at,
        kind,
    }
}

/// A response of the test's web server.
pub fn response(status: u16, body: impl Into<Vec<u8>>) -> Response {
    Response {
        status,
        headers: Vec::new(),
        body: body.into(),
    }
}

/// The switch as one test sees it. What a plugin writes (state, log) is kept from one call to the next.
#[derive(Clone)]
pub struct Host(Rc<RefCell<Inner>>);

impl Host {
    /// A switch without settings, clients or granted web servers, at 2026-04-21 14:32:00 UTC.
    pub fn new() -> Host {
        Host(Rc::new(RefCell::new(Inner::default())))
    }

    /// Sets the plugin's settings.
    #[must_use]
    pub fn settings(self, settings: Value) -> Host {
        self.0.borrow_mut().settings = settings;
        self
    }

    /// A client with one contact and no calls.
    #[must_use]
    pub fn registered(self, client: &str) -> Host {
        let contact = format!("sip:{client}@192.0.2.9:5060");
        self.client(client, &[&contact], 0)
    }

    /// A client with these contacts and this many calls.
    #[must_use]
    pub fn client(self, client: &str, contacts: &[&str], active_calls: u32) -> Host {
        let contacts = contacts.iter().map(|c| (*c).to_owned()).collect();
        self.0.borrow_mut().clients.insert(
            client.to_owned(),
            Client {
                contacts,
                active_calls,
            },
        );
        self
    }

    /// An agent of the domain, rung as the client of the same name.
    #[must_use]
    pub fn agent(self, name: &str, status: AgentStatus, skills: &[&str]) -> Host {
        self.0.borrow_mut().agents.push(Agent {
            name: name.to_owned(),
            client: name.to_owned(),
            status,
            since: 0,
            skills: skills.iter().map(|skill| (*skill).to_owned()).collect(),
        });
        self
    }

    /// A queue of the domain.
    #[must_use]
    pub fn queue(self, queue: Queue) -> Host {
        self.0.borrow_mut().queues.push(queue);
        self
    }

    /// A value that is in the plugin's state.
    #[must_use]
    pub fn state(self, key: &str, value: &str) -> Host {
        self.0.borrow_mut().put(key, value);
        self
    }

    /// Sets the clock: milliseconds since the Unix epoch.
    #[must_use]
    pub fn at(self, now: u64) -> Host {
        self.0.borrow_mut().now = now;
        self
    }

    /// Sets the clock: RFC 3339 text such as `2026-11-20T08:00:00+01:00`.
    ///
    /// # Panics
    /// If it is none.
    #[must_use]
    pub fn at_time(self, time: &str) -> Host {
        let now = zone::milliseconds(time).unwrap_or_else(|error| panic!("{error}"));
        self.at(now)
    }

    /// Grants every host and answers all requests.
    #[must_use]
    pub fn server(
        self,
        answer: impl Fn(&Request) -> Result<Response, HttpError> + 'static,
    ) -> Host {
        self.0.borrow_mut().server = Some(Rc::new(answer));
        self
    }

    /// Asks a plugin.
    pub fn route<R: Router>(&self, call: &Call) -> Result<Decision, Error> {
        self.run(|| R::route(call))
    }

    /// Asks a plugin what follows a verb that it gave a tag.
    pub fn resume<R: Router>(
        &self,
        call: &Call,
        tag: &str,
        outcome: &Outcome,
    ) -> Result<Continuation, Error> {
        self.run(|| R::resume(call, tag, outcome))
    }

    /// Asks a plugin whether a client may register.
    pub fn register<G: Gatekeeper>(&self, registration: &Registration) -> Result<Grant, Refusal> {
        self.run(|| G::register(registration))
    }

    /// Tells a plugin that something happened.
    pub fn observe<O: Observer>(&self, event: &Event) {
        self.run(|| O::on_event(event));
    }

    /// Runs something for which this is the switch.
    pub fn run<T>(&self, run: impl FnOnce() -> T) -> T {
        let _restore = Restore(CURRENT.replace(self.clone()));
        run()
    }

    /// The lines logged so far.
    pub fn log(&self) -> Vec<(Level, String)> {
        self.0.borrow().log.clone()
    }

    /// The requests sent so far.
    pub fn requests(&self) -> Vec<Request> {
        self.0.borrow().requests.clone()
    }

    /// The value of a key of the plugin's state, as text; `None` if it is not there or has expired.
    pub fn stored(&self, key: &str) -> Option<String> {
        self.run(|| crate::state::get_text(key))
    }

    /// What the plugin told the monitoring so far.
    pub fn metrics(&self) -> Vec<Metric> {
        self.0.borrow().metrics.clone()
    }
}

impl Default for Host {
    fn default() -> Host {
        Host::new()
    }
}

thread_local! {
    static CURRENT: RefCell<Host> = RefCell::new(Host::new());
}

/// Puts the previous host back, also when a test panics.
struct Restore(Host);

impl Drop for Restore {
    fn drop(&mut self) {
        CURRENT.set(self.0.clone());
    }
}

pub(crate) fn with_current<T>(use_it: impl FnOnce(&mut Inner) -> T) -> T {
    let host = CURRENT.with_borrow(Clone::clone);
    let mut inner = host.0.borrow_mut();
    use_it(&mut inner)
}

#[cfg(test)]
#[path = "testing_tests.rs"]
mod tests;
