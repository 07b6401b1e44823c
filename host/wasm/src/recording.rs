//! What happens while a plugin is asked, noted down for its developer. Where nobody wants to know, nothing is noted and it costs
//! nothing.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use crate::imports::log;
use crate::store::Host;
use crate::trace::{HostCall, HttpExchange, LogLine};

/// What happened so far.
#[derive(Debug, Default)]
pub(crate) struct Recording {
    pub(crate) log: Vec<LogLine>,
    pub(crate) host_calls: Vec<HostCall>,
    pub(crate) http: Vec<HttpExchange>,
}

/// Where it is noted: the host's functions and the tasks that serve WASI share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Recorder(Arc<Mutex<Recording>>);

impl Recorder {
    pub(crate) fn notes(&self) -> MutexGuard<'_, Recording> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A host call that has begun and is noted.
pub(crate) struct Noting {
    interface: &'static str,
    function: &'static str,
    arguments: String,
    begun: Instant,
}

impl Host {
    /// A host call begins.
    pub(crate) fn note(
        &self,
        interface: &'static str,
        function: &'static str,
        arguments: impl FnOnce() -> String,
    ) -> Option<Noting> {
        self.recorder.as_ref().map(|_| Noting {
            interface,
            function,
            arguments: arguments(),
            begun: Instant::now(),
        })
    }

    /// It is over.
    pub(crate) fn noted(&self, noting: Option<Noting>, result: impl FnOnce() -> String) {
        let (Some(noting), Some(recorder)) = (noting, &self.recorder) else {
            return;
        };
        let took = noting.begun.elapsed();
        let result = result();
        let summary = if result.is_empty() {
            noting.arguments
        } else {
            format!("{} → {result}", noting.arguments)
        };
        recorder.notes().host_calls.push(HostCall {
            interface: noting.interface,
            function: noting.function,
            summary,
            nanoseconds: u64::try_from(took.as_nanos()).unwrap_or(u64::MAX),
        });
    }
}

/// Bytes of a text that a summary shows.
const SHOWN: usize = 200;

/// A text, cut short.
pub(crate) fn shown(text: &str) -> String {
    let cut = log::cut(text, SHOWN);
    if cut.len() < text.len() {
        format!("{cut}… ({} bytes)", text.len())
    } else {
        cut.to_owned()
    }
}

/// A text that may not be there.
pub(crate) fn shown_option(text: Option<&str>) -> String {
    text.map_or_else(|| "none".to_owned(), shown)
}

/// Bytes as text, cut short.
pub(crate) fn shown_bytes(bytes: &[u8]) -> String {
    let cut = bytes.get(..SHOWN).unwrap_or(bytes);
    let text = String::from_utf8_lossy(cut);
    if cut.len() < bytes.len() {
        format!("{text}… ({} bytes)", bytes.len())
    } else {
        text.into_owned()
    }
}
