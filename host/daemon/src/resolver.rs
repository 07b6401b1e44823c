//! Host names to where requests for them go (RFC 3263), on the worker runtime. What is asked and in what order is `sip::locate`'s;
//! who is asked is [`names`]'s. Here is what lies between: how much at once, how long, and what holds when the DNS is silent.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use rand::SeedableRng;
use rand::rngs::StdRng;
use switchhook_call::input::Input;
use switchhook_call::keys::Lookup;
use switchhook_sip::flow::Transport;
use switchhook_sip::locate::{Candidate, Locate, Wanted};
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::timeout;

use crate::config::settings::Dns;
use crate::event_loop::Message;
use crate::limits;
use crate::resolver::names::Names;
use crate::streams::tls::Tls;

mod names;

/// The transports that SIP's records name, preferred first where the records leave the choice.
const BY_RECORDS: [Transport; 3] = [Transport::Udp, Transport::Tcp, Transport::Tls];

/// Resolves names on behalf of one loop.
pub struct Resolver {
    runtime: Handle,
    answers: UnboundedSender<Message>,
    slots: Arc<Semaphore>,
    shared: Arc<Shared>,
}

struct Shared {
    names: Names,
    tls: Arc<Tls>,
    /// The transports of our listeners.
    supported: Vec<Transport>,
    /// What was found the last time, for when no name server answers (RFC 8767).
    last: Mutex<HashMap<Sought, Vec<Candidate>>>,
}

/// What a look-up is for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Sought {
    host: String,
    port: Option<u16>,
    transport: Option<Transport>,
}

impl Resolver {
    /// Look-ups run on `runtime`; answers go to `answers`. `tls` learns by what name an address was found. `listening`: the
    /// transports that requests can leave by.
    pub fn new(
        runtime: Handle,
        answers: UnboundedSender<Message>,
        tls: Arc<Tls>,
        dns: &Dns,
        listening: impl Iterator<Item = Transport>,
    ) -> Resolver {
        let listening: Vec<_> = listening.collect();
        let supported = BY_RECORDS.into_iter();
        Resolver {
            runtime,
            answers,
            slots: Arc::new(Semaphore::new(limits::RESOLVING)),
            shared: Arc::new(Shared {
                names: Names::new(dns),
                tls,
                supported: supported
                    .filter(|transport| listening.contains(transport))
                    .collect(),
                last: Mutex::default(),
            }),
        }
    }

    /// Resolves; `Input::Resolved` answers, without candidates if that is not possible.
    pub fn resolve(
        &self,
        lookup: Lookup,
        host: String,
        port: Option<u16>,
        transport: Option<Transport>,
    ) {
        let slot = Arc::clone(&self.slots).try_acquire_owned();
        let answers = self.answers.clone();
        let shared = Arc::clone(&self.shared);
        let sought = Sought {
            host,
            port,
            transport,
        };
        self.runtime.spawn(async move {
            let candidates = if slot.is_ok() {
                shared.find(sought).await
            } else {
                tracing::warn!("a host name is not resolved: too many are being resolved");
                Vec::new()
            };
            let _ = answers.send(Message::Input(Input::Resolved { lookup, candidates }));
        });
    }
}

impl Shared {
    async fn find(&self, sought: Sought) -> Vec<Candidate> {
        let wanted = Wanted {
            host: &sought.host,
            port: sought.port,
            transport: sought.transport,
            secure: sought.transport == Some(Transport::Tls),
        };
        let mut locate = Locate::new(&wanted, &self.supported);
        let is_complete = timeout(limits::RESOLVE, self.ask(&mut locate)).await;
        let candidates = locate.candidates();
        if candidates.is_empty() && !matches!(is_complete, Ok(true)) {
            return self.found_before(&sought);
        }
        if candidates.is_empty() {
            tracing::debug!("a host name has no address");
            return candidates;
        }
        let of_tls = candidates
            .iter()
            .filter(|found| found.transport == Transport::Tls);
        let addresses: Vec<_> = of_tls.map(|found| found.address).collect();
        if !addresses.is_empty() {
            self.tls.found(&sought.host, &addresses);
        }
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if last.len() >= limits::NAMES_REMEMBERED && !last.contains_key(&sought) {
            last.clear();
        }
        last.insert(sought, candidates.clone());
        candidates
    }

    /// Asks until all is known. Whether every question was answered, be it with nothing.
    async fn ask(&self, locate: &mut Locate) -> bool {
        let seed = std::hash::BuildHasher::hash_one(&std::hash::RandomState::new(), ());
        let mut rng = StdRng::seed_from_u64(seed);
        let mut is_complete = true;
        while let Some(query) = locate.query() {
            let (answer, is_answered) = self.names.ask(&query).await;
            is_complete &= is_answered;
            locate.answer(answer, &mut rng);
        }
        is_complete
    }

    fn found_before(&self, sought: &Sought) -> Vec<Candidate> {
        let last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let found = last.get(sought).cloned().unwrap_or_default();
        tracing::warn!(
            found = found.len(),
            "no name server answers: what was found the last time is used"
        );
        found
    }
}
