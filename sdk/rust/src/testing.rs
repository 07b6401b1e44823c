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

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use serde_json::Value;

use crate::call::{Call, Origin};
use crate::decision::Decision;
use crate::error::Error;
use crate::http::{HttpError, Request, Response};
use crate::log::Level;
use crate::router::Router;
use crate::state::StateError;

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
        variables: Vec::new(),
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

    /// Sets the clock: milliseconds since the Unix epoch.
    #[must_use]
    pub fn at(self, now: u64) -> Host {
        self.0.borrow_mut().now = now;
        self
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

type Server = Rc<dyn Fn(&Request) -> Result<Response, HttpError>>;

pub(crate) struct Inner {
    pub(crate) settings: Value,
    pub(crate) clients: HashMap<String, Client>,
    pub(crate) now: u64,
    pub(crate) server: Option<Server>,
    pub(crate) requests: Vec<Request>,
    pub(crate) log: Vec<(Level, String)>,
    pub(crate) state: HashMap<String, Stored>,
    random: u64,
}

pub(crate) struct Client {
    pub(crate) contacts: Vec<String>,
    pub(crate) active_calls: u32,
}

pub(crate) struct Stored {
    value: Vec<u8>,
    expires_at: Option<u64>,
}

impl Default for Inner {
    fn default() -> Inner {
        Inner {
            settings: Value::Object(serde_json::Map::new()),
            clients: HashMap::new(),
            now: 1_776_781_920_000,
            server: None,
            requests: Vec::new(),
            log: Vec::new(),
            state: HashMap::new(),
            random: 1,
        }
    }
}

impl Inner {
    pub(crate) fn live_value(&self, key: &str) -> Option<&Vec<u8>> {
        let stored = self.state.get(key)?;
        stored
            .expires_at
            .is_none_or(|at| self.now < at)
            .then_some(&stored.value)
    }

    pub(crate) fn store(
        &mut self,
        key: &str,
        value: Vec<u8>,
        ttl_seconds: Option<u32>,
    ) -> Result<(), StateError> {
        if key.is_empty() || key.len() > 256 {
            return Err(StateError::BadKey);
        }
        if value.len() > 64 * 1024 {
            return Err(StateError::TooLarge);
        }
        let expires_at = ttl_seconds.map(|seconds| self.now + u64::from(seconds) * 1_000);
        self.state
            .insert(key.to_owned(), Stored { value, expires_at });
        Ok(())
    }

    pub(crate) fn add(
        &mut self,
        key: &str,
        by: i64,
        ttl_seconds: Option<u32>,
    ) -> Result<i64, StateError> {
        let Some(value) = self.live_value(key) else {
            self.store(key, by.to_string().into_bytes(), ttl_seconds)?;
            return Ok(by);
        };
        let number = std::str::from_utf8(value)
            .ok()
            .and_then(|text| text.parse::<i64>().ok());
        let sum = number
            .and_then(|n| n.checked_add(by))
            .ok_or(StateError::NotANumber)?;
        if let Some(stored) = self.state.get_mut(key) {
            stored.value = sum.to_string().into_bytes();
        }
        Ok(sum)
    }

    /// The same bytes in every run: a test must not depend on chance.
    pub(crate) fn next_random(&mut self) -> u8 {
        self.random = self
            .random
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 56) as u8
    }
}

#[cfg(test)]
#[path = "testing_tests.rs"]
mod tests;
