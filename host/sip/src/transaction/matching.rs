//! The keys by which messages find their transactions (RFC 3261 §17.1.3, §17.2.3). A key is a keyed 128-bit hash of what the
//! RFC compares: short, of one size, and not to be foreseen by who chooses branches.

use std::borrow::Cow;
use std::hash::{BuildHasherDefault, Hash, Hasher};

use siphasher::sip128::{Hasher128, SipHasher13};

use crate::message::request::Request;
use crate::message::response::Response;
use crate::message::via::Via;
use crate::method::Method;

#[cfg(test)]
#[path = "matching_tests.rs"]
mod tests;

/// What stands for one transaction.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Key(u64, u64);

impl Hash for Key {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(self.0);
    }
}

/// Takes a key for its own hash: it is one already.
#[derive(Debug, Default)]
pub(super) struct KeyIsHash(u64);

impl Hasher for KeyIsHash {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = self.0.rotate_left(8) ^ u64::from(*byte);
        }
    }

    fn write_u64(&mut self, value: u64) {
        self.0 = value;
    }
}

/// For maps from [`Key`].
pub(super) type BuildKeyIsHash = BuildHasherDefault<KeyIsHash>;

/// Makes keys with one secret.
#[derive(Debug, Clone)]
pub(super) struct Matching {
    hasher: SipHasher13,
}

/// The kinds of keys, so that none is mistaken for another.
#[derive(Clone, Copy)]
enum Domain {
    Client,
    Server,
    Server2543,
    Merge,
    Tag,
}

impl Matching {
    pub(super) fn new(secret: &[u8; 16]) -> Self {
        Self {
            hasher: SipHasher13::new_with_key(secret),
        }
    }

    /// §17.1.3: the branch of the top Via and the method of CSeq. The branch is ours and unique.
    pub(super) fn client(&self, branch: &str, method: &str) -> Key {
        self.key(Domain::Client, &[branch.as_bytes(), method.as_bytes()])
    }

    /// The key of the client transaction that a response belongs to; `None` if it lacks a branch.
    pub(super) fn client_of(&self, response: &Response) -> Option<Key> {
        let branch = response.via().branch()?;
        Some(self.client(branch, response.cseq().method.as_str()))
    }

    /// §17.2.3: branch, sent-by and method, where an ACK stands for its INVITE.
    pub(super) fn server(&self, request: &Request) -> Key {
        let method = match request.method() {
            Method::Ack => Method::Invite,
            other => other,
        };
        self.server_as(request, method)
    }

    /// The key of the INVITE that a CANCEL is for (§9.2).
    pub(super) fn cancelled(&self, cancel: &Request) -> Key {
        self.server_as(cancel, Method::Invite)
    }

    fn server_as(&self, request: &Request, method: Method<'_>) -> Key {
        let via = request.via();
        let method = method.as_str().as_bytes();
        match via.unique_branch() {
            Some(branch) => {
                let port = via.port().unwrap_or(5060).to_be_bytes();
                let host = via.host();
                // Host names have no case; nearly all are written in lower case, or are addresses.
                let host = match host.bytes().any(|byte| byte.is_ascii_uppercase()) {
                    true => Cow::Owned(host.to_ascii_lowercase()),
                    false => Cow::Borrowed(host),
                };
                let parts = [branch.as_bytes(), host.as_bytes(), &port, method];
                self.key(Domain::Server, &parts)
            }
            None => self.server_2543(request, &via, method),
        }
    }

    /// §17.2.3 for a branch without the magic cookie: Request-URI, From tag, Call-ID, CSeq number and top Via. The RFC compares
    /// To tags too: that of the request, or for an ACK that of the response. A user agent answers an INVITE under one To tag,
    /// so they tell nothing more here.
    fn server_2543(&self, request: &Request, via: &Via<'_>, method: &[u8]) -> Key {
        let from = request.from();
        let uri = request.uri();
        self.key(
            Domain::Server2543,
            &[
                uri.as_str().as_bytes(),
                from.tag().unwrap_or_default().as_bytes(),
                request.call_id().as_bytes(),
                &request.cseq().number.to_be_bytes(),
                via.as_str().as_bytes(),
                method,
            ],
        )
    }

    /// §8.2.2.2: From tag, Call-ID and CSeq of a request without To tag; `None` with one.
    pub(super) fn merge(&self, request: &Request) -> Option<Key> {
        if request.to().tag().is_some() {
            return None;
        }
        let cseq = request.cseq();
        let parts = [
            request.from().tag().unwrap_or_default().as_bytes(),
            request.call_id().as_bytes(),
            &cseq.number.to_be_bytes(),
            cseq.method.as_str().as_bytes(),
        ];
        Some(self.key(Domain::Merge, &parts))
    }

    /// A To tag for a response that the layer gives itself; the same for the same request.
    pub(super) fn tag(&self, request: &Request) -> String {
        let parts = [
            request.from().tag().unwrap_or_default().as_bytes(),
            request.call_id().as_bytes(),
        ];
        format!("{:016x}", self.key(Domain::Tag, &parts).0)
    }

    fn key(&self, domain: Domain, parts: &[&[u8]]) -> Key {
        let mut hasher = self.hasher;
        hasher.write_u8(domain as u8);
        for part in parts {
            hasher.write(part);
            hasher.write_usize(part.len());
        }
        let hash = hasher.finish128();
        Key(hash.h1, hash.h2)
    }
}
