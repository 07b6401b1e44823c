//! The phone's registration (RFC 3261 §10.2): made, refreshed before it expires, removed.

use std::time::{Duration, Instant};

use bytes::Bytes;
use switchhook_sip::build::Builder;
use switchhook_sip::message::{HeaderName, Request, Response};
use switchhook_sip::transaction::ClientTransaction;

use crate::authorization::{Challenges, Credentials};
use crate::limits;
use crate::output::Event;
use crate::stack::Stack;

/// A REGISTER on its way.
#[derive(Debug)]
struct Pending {
    tx: ClientTransaction,
    request: Request,
    challenges: Challenges,
    /// Whether the registrar's minimum was already heeded (423).
    lengthened: bool,
}

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Registration {
    /// What the user wants: seconds; 0 for none.
    expires: u32,
    call_id: String,
    tag: String,
    sequence: u32,
    pending: Option<Pending>,
    refresh_at: Option<Instant>,
}

impl Registration {
    /// Registers for so many seconds; 0 removes the registration.
    pub(crate) fn want(&mut self, stack: &mut Stack, now: Instant, expires: u32) {
        if self.call_id.is_empty() {
            self.call_id = stack.call_id();
            self.tag = stack.tag();
        }
        self.expires = expires;
        self.refresh_at = None;
        self.register(stack, now, None, Challenges::default(), false);
    }

    pub(crate) fn owns(&self, tx: ClientTransaction) -> bool {
        self.pending
            .as_ref()
            .is_some_and(|pending| pending.tx == tx)
    }

    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        self.refresh_at
    }

    pub(crate) fn handle_timeout(&mut self, stack: &mut Stack, now: Instant) {
        if self.refresh_at.is_some_and(|at| at <= now) {
            self.refresh_at = None;
            self.register(stack, now, None, Challenges::default(), false);
        }
    }

    pub(crate) fn on_response(&mut self, stack: &mut Stack, now: Instant, response: &Response) {
        let status = response.status();
        if status < 200 {
            return;
        }
        let Some(mut pending) = self.pending.take() else {
            return;
        };
        let credentials = pending.challenges.answer(stack, &pending.request, response);
        if let Some(credentials) = credentials {
            let Pending {
                challenges,
                lengthened,
                ..
            } = pending;
            self.register(stack, now, Some(credentials), challenges, lengthened);
            return;
        }
        match status {
            200..300 => self.granted(stack, now, response),
            // §10.2.8: "it MAY retry the registration after making the expiration interval … equal to or greater"
            423 if !pending.lengthened => {
                let least = response.seconds(HeaderName::MinExpires).unwrap_or(0);
                self.expires = least.max(self.expires);
                self.register(stack, now, None, Challenges::default(), true);
            }
            _ => stack.tell(Event::RegistrationFailed(status)),
        }
    }

    /// No answer (408) or no transport (503).
    pub(crate) fn on_failure(&mut self, stack: &mut Stack, status: u16) {
        self.pending = None;
        stack.tell(Event::RegistrationFailed(status));
    }

    fn granted(&mut self, stack: &mut Stack, now: Instant, response: &Response) {
        if self.expires == 0 {
            stack.tell(Event::Unregistered);
            return;
        }
        let expires = granted_seconds(stack, response).unwrap_or(self.expires);
        let seconds = u64::from(expires.max(limits::MIN_REGISTRATION_SECONDS));
        // Early enough for one refresh that is lost and repeated.
        self.refresh_at = Some(now + Duration::from_millis(seconds * 1000 * 7 / 10));
        stack.tell(Event::Registered { expires });
    }

    fn register(
        &mut self,
        stack: &mut Stack,
        now: Instant,
        credentials: Option<Credentials>,
        challenges: Challenges,
        lengthened: bool,
    ) {
        self.sequence += 1;
        let bytes = self.request(stack, credentials);
        let Ok(request) = Request::from_bytes(bytes.clone()) else {
            stack.tell(Event::RegistrationFailed(400));
            return;
        };
        let flow = stack.outbound();
        let tx = stack.request(now, flow, bytes);
        self.pending = Some(Pending {
            tx,
            request,
            challenges,
            lengthened,
        });
    }

    fn request(&self, stack: &mut Stack, credentials: Option<Credentials>) -> Bytes {
        let via = stack.via();
        let address_of_record = stack.address_of_record();
        let mut builder = Builder::request("REGISTER", &format!("sip:{}", stack.config.domain))
            .header("Via", via)
            .header("Max-Forwards", 70)
            .header("From", format!("<{address_of_record}>;tag={}", self.tag))
            .header("To", format!("<{address_of_record}>"))
            .header("Call-ID", &self.call_id)
            .header("CSeq", format!("{} REGISTER", self.sequence))
            .header("Contact", stack.contact())
            .header("Expires", self.expires);
        if let Some(Credentials { name, value }) = credentials {
            builder = builder.header(name, value);
        }
        if !stack.config.user_agent.is_empty() {
            builder = builder.header("User-Agent", &stack.config.user_agent);
        }
        builder.finish()
    }
}

/// How long the registrar granted our own contact (§10.2.4); Expires stands for a contact without the parameter.
fn granted_seconds(stack: &Stack, response: &Response) -> Option<u32> {
    let local = stack.config.local;
    let ours = response.contacts().flatten().find(|contact| {
        let uri = contact.uri();
        uri.ip() == Some(local.ip()) && uri.port().unwrap_or(5060) == local.port()
    });
    ours.and_then(|contact| contact.expires())
        .or_else(|| response.expires())
}
