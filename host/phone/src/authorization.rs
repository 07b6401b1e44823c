//! Repeating a challenged request with credentials (RFC 3261 §22.2, §22.3).

use rand::RngExt as _;
use switchhook_sip::digest::{self, Login, NonceCount, Signed};
use switchhook_sip::message::{HeaderName, Request, Response};

use crate::limits;
use crate::stack::Stack;

/// A header field that carries credentials.
#[derive(Debug, Clone)]
pub(crate) struct Credentials {
    pub(crate) name: &'static str,
    pub(crate) value: String,
}

/// How often one request was challenged.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Challenges(u8);

impl Challenges {
    /// The credentials that a 401 or 407 asks for; `None` if it asks for something else, or too often.
    pub(crate) fn answer(
        &mut self,
        stack: &mut Stack,
        request: &Request,
        response: &Response,
    ) -> Option<Credentials> {
        let (asked, name) = match response.status() {
            401 => (HeaderName::WwwAuthenticate, "Authorization"),
            407 => (HeaderName::ProxyAuthenticate, "Proxy-Authorization"),
            _ => return None,
        };
        if self.0 >= limits::MAX_CHALLENGES {
            return None;
        }
        self.0 += 1;
        let cnonce = format!("{:016x}", stack.rng.random::<u64>());
        let challenges: Vec<_> = response.headers(asked).collect();
        let login = Login {
            username: &stack.config.username,
            password: &stack.config.password,
        };
        let signed = Signed {
            method: request.method().as_str(),
            uri: request.uri().as_str(),
            body: request.body(),
        };
        let challenges = challenges.iter().map(AsRef::as_ref);
        // Each challenged request is repeated with the nonce of its own challenge, so every count begins anew.
        let answered = digest::answer(
            challenges,
            login,
            signed,
            &cnonce,
            &mut NonceCount::default(),
        );
        let (_, value) = answered.ok()?;
        Some(Credentials { name, value })
    }
}
