//! What the test double knows and keeps.

use std::collections::HashMap;
use std::rc::Rc;

use serde_json::Value;

use crate::directory::{Agent, Queue};
use crate::http::{HttpError, Request, Response};
use crate::log::Level;
use crate::state::StateError;

type Server = Rc<dyn Fn(&Request) -> Result<Response, HttpError>>;

/// One word of a plugin to the monitoring.
#[derive(Debug, Clone, PartialEq)]
pub struct Metric {
    /// The name.
    pub name: String,
    /// The labels, in order.
    pub labels: Vec<(String, String)>,
    /// What was added, set or observed (seconds).
    pub value: f64,
}

pub(crate) struct Inner {
    pub(crate) settings: Value,
    pub(crate) clients: HashMap<String, Client>,
    pub(crate) agents: Vec<Agent>,
    pub(crate) queues: Vec<Queue>,
    pub(crate) now: u64,
    pub(crate) server: Option<Server>,
    pub(crate) requests: Vec<Request>,
    pub(crate) log: Vec<(Level, String)>,
    pub(crate) metrics: Vec<Metric>,
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
            agents: Vec::new(),
            queues: Vec::new(),
            now: 1_776_781_920_000,
            server: None,
            requests: Vec::new(),
            log: Vec::new(),
            metrics: Vec::new(),
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

    pub(crate) fn put(&mut self, key: &str, value: &str) {
        let stored = Stored {
            value: value.as_bytes().to_vec(),
            expires_at: None,
        };
        self.state.insert(key.to_owned(), stored);
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

    pub(crate) fn measure(&mut self, name: &str, labels: &[(&str, &str)], value: f64) {
        let label = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        self.metrics.push(Metric {
            name: name.to_owned(),
            labels: labels.iter().map(label).collect(),
            value,
        });
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
