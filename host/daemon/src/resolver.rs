//! Host names to addresses, on the worker runtime, by the system's resolver.

use std::sync::Arc;

use switchhook_call::input::Input;
use switchhook_call::keys::Lookup;
use switchhook_sip::flow::Transport;
use switchhook_sip::locate::Candidate;
use tokio::net::lookup_host;
use tokio::runtime::Handle;
use tokio::sync::Semaphore;
use tokio::sync::mpsc::UnboundedSender;
use tokio::time::timeout;

use crate::event_loop::Message;
use crate::limits;
use crate::streams::tls::Tls;

/// Resolves names on behalf of one loop.
pub struct Resolver {
    runtime: Handle,
    answers: UnboundedSender<Message>,
    slots: Arc<Semaphore>,
    tls: Arc<Tls>,
}

impl Resolver {
    /// Look-ups run on `runtime`; answers go to `answers`. `tls` learns by what name an address was found.
    pub fn new(runtime: Handle, answers: UnboundedSender<Message>, tls: Arc<Tls>) -> Resolver {
        Resolver {
            runtime,
            answers,
            slots: Arc::new(Semaphore::new(limits::RESOLVING)),
            tls,
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
        let tls = Arc::clone(&self.tls);
        self.runtime.spawn(async move {
            let mut candidates = Vec::new();
            let transport = transport.unwrap_or(Transport::Udp);
            if slot.is_ok() {
                let port = port.unwrap_or(transport.default_port());
                match timeout(limits::RESOLVE, lookup_host((host.as_str(), port))).await {
                    Ok(Ok(found)) => {
                        let addresses: Vec<_> = found.collect();
                        if transport == Transport::Tls {
                            tls.found(&host, &addresses);
                        }
                        candidates.extend(
                            addresses
                                .into_iter()
                                .map(|address| Candidate { transport, address }),
                        );
                    }
                    Ok(Err(error)) => tracing::debug!(%error, "a host name cannot be resolved"),
                    Err(_) => tracing::debug!("a host name was not resolved in time"),
                }
            } else {
                tracing::warn!("a host name is not resolved: too many are being resolved");
            }
            let _ = answers.send(Message::Input(Input::Resolved { lookup, candidates }));
        });
    }
}
