//! The server's side: challenges to send and credentials to verify. It has no users: the caller looks the password hash up.

use std::net::{IpAddr, Ipv4Addr};
use std::time::Instant;

use subtle::ConstantTimeEq;

use super::algorithm::{Algorithm, Ha1};
use super::challenge::{Challenge, Qop};
use super::compute::{Inputs, response};
use super::credentials::Credentials;
use super::nonces::{Nonces, Stamp, Unusable};
use crate::uri::view::Uri;

#[cfg(test)]
#[path = "verifier_tests.rs"]
mod tests;

/// What is done with credentials that lack qop (RFC 2069), which protect against no replay by a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Legacy {
    /// Refused.
    Refuse,
    /// Accepted with MD5 only, and a nonce counts once: the default, since phones that old know no other algorithm.
    Md5,
}

/// What is offered and accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    /// A challenge for each, the preferred one first (RFC 8760 §2.4). The `-sess` variants are accepted along.
    pub algorithms: Vec<Algorithm>,
    /// What the challenges offer.
    pub qop: Vec<Qop>,
    /// Credentials without qop.
    pub legacy: Legacy,
    /// Whether the URI of the credentials must name the user and host of the Request-URI (RFC 7616 §3.4.6).
    pub check_uri: bool,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            algorithms: vec![Algorithm::SHA_256, Algorithm::MD5],
            qop: vec![Qop::Auth],
            legacy: Legacy::Md5,
            check_uri: true,
        }
    }
}

/// The request that credentials came with.
#[derive(Debug, Clone, Copy)]
pub struct Presented<'a> {
    /// The realm that the server asked for.
    pub realm: &'a str,
    /// The method of the request.
    pub method: &'a str,
    /// The Request-URI.
    pub uri: &'a str,
    /// The body, for `auth-int`.
    pub body: &'a [u8],
    /// Where it came from: a nonce is good only where its challenge was sent to.
    pub place: IpAddr,
}

/// The proof that credentials were right.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// How they were hashed.
    pub algorithm: Algorithm,
    /// What they protect; `None`: the RFC 2069 way.
    pub qop: Option<Qop>,
}

/// Why credentials are not accepted. Whatever it is, the answer is a new challenge; only `stale` differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DigestFailure {
    /// None for this realm are there.
    Missing,
    /// The header breaks the grammar, or lacks something: a 400 is allowed too.
    Malformed,
    /// An algorithm or protection that was not offered.
    NotOffered,
    /// There is no such user.
    UnknownUser,
    /// The response is not the one of this password.
    WrongResponse,
    /// They were made for another URI.
    WrongUri,
    /// The nonce is not one that was sent to there, or right but too old.
    Stale,
    /// Right, but the nonce was used with this count.
    Replayed,
}

impl DigestFailure {
    /// Whether the new challenge shall say `stale=true`: the password was right, so the user need not be asked.
    pub const fn is_stale(self) -> bool {
        matches!(self, DigestFailure::Stale | DigestFailure::Replayed)
    }
}

/// Challenges and verifies.
#[derive(Debug)]
pub struct Verifier {
    nonces: Nonces,
    policy: Policy,
    nobody: Ha1,
}

impl Verifier {
    /// A verifier with this policy.
    pub fn new(mut nonces: Nonces, policy: Policy, now: Instant) -> Self {
        // The password is a nonce that nobody gets to see.
        let nobody =
            Ha1::from_password("", "", &nonces.make("", Ipv4Addr::UNSPECIFIED.into(), now));
        Self {
            nonces,
            policy,
            nobody,
        }
    }

    /// The challenges for a 401 or 407 that is sent to `place`, one header each, in this order.
    pub fn challenges(
        &mut self,
        realm: &str,
        place: IpAddr,
        stale: bool,
        now: Instant,
    ) -> Vec<Challenge> {
        let nonce = self.nonces.make(realm, place, now);
        let challenge = |algorithm: &Algorithm| Challenge {
            realm: realm.to_owned(),
            nonce: nonce.clone(),
            opaque: None,
            algorithm: *algorithm,
            qop: self.policy.qop.clone(),
            stale,
        };
        self.policy.algorithms.iter().map(challenge).collect()
    }

    /// The credentials for `realm` among the header values; `Malformed` only if none is right and one is broken.
    pub fn select<'a>(
        values: impl IntoIterator<Item = &'a str>,
        realm: &str,
    ) -> Result<Credentials<'a>, DigestFailure> {
        let mut failure = DigestFailure::Missing;
        for value in values {
            match Credentials::parse(value) {
                Some(credentials) if credentials.realm == realm => return Ok(credentials),
                Some(_) => {}
                None => failure = DigestFailure::Malformed,
            }
        }
        Err(failure)
    }

    /// Verifies credentials against the password hash of their user; `None` for an unknown user costs the same time.
    pub fn verify(
        &mut self,
        credentials: &Credentials<'_>,
        presented: &Presented<'_>,
        ha1: Option<&Ha1>,
        now: Instant,
    ) -> Result<Verified, DigestFailure> {
        if credentials.realm != presented.realm {
            return Err(DigestFailure::Missing);
        }
        self.check_offered(credentials)?;
        let hash = credentials.algorithm.hash;
        // A user whose hash of this function is not stored is refused as any other wrong password.
        let stored = ha1.and_then(|ha1| ha1.get(hash));
        let Some(expected) = stored.or(self.nobody.get(hash)) else {
            return Err(DigestFailure::NotOffered);
        };
        let expected = response(expected, &inputs(credentials, presented));
        let given = credentials.response.to_ascii_lowercase();
        let is_right = bool::from(expected.as_bytes().ct_eq(given.as_bytes()));
        let stamp = self.recognise(credentials, presented)?;
        if ha1.is_none() {
            return Err(DigestFailure::UnknownUser);
        }
        if !is_right || stored.is_none() {
            return Err(DigestFailure::WrongResponse);
        }
        if self.policy.check_uri && !names_the_same(credentials.uri, presented.uri) {
            return Err(DigestFailure::WrongUri);
        }
        let count = credentials.protection.map(|p| p.nonce_count);
        match self.nonces.spend(stamp, count, now) {
            Ok(()) => Ok(Verified {
                algorithm: credentials.algorithm,
                qop: credentials.protection.map(|p| p.qop),
            }),
            Err(unusable) => Err(failure(unusable)),
        }
    }

    /// Checks everything of credentials but the response, for a server that leaves the password to somebody else. Uses
    /// nothing up: nobody knows yet whether they are right.
    pub fn look(
        &self,
        credentials: &Credentials<'_>,
        presented: &Presented<'_>,
        now: Instant,
    ) -> Result<(), DigestFailure> {
        let stamp = self.check_rest(credentials, presented)?;
        let count = credentials.protection.map(|p| p.nonce_count);
        self.nonces.look(stamp, count, now).map_err(failure)
    }

    /// The same for credentials that somebody else has found right: the nonce is used up for this count.
    pub fn spend(
        &mut self,
        credentials: &Credentials<'_>,
        presented: &Presented<'_>,
        now: Instant,
    ) -> Result<(), DigestFailure> {
        let stamp = self.check_rest(credentials, presented)?;
        let count = credentials.protection.map(|p| p.nonce_count);
        self.nonces.spend(stamp, count, now).map_err(failure)
    }

    fn check_rest(
        &self,
        credentials: &Credentials<'_>,
        presented: &Presented<'_>,
    ) -> Result<Stamp, DigestFailure> {
        if credentials.realm != presented.realm {
            return Err(DigestFailure::Missing);
        }
        self.check_offered(credentials)?;
        if self.policy.check_uri && !names_the_same(credentials.uri, presented.uri) {
            return Err(DigestFailure::WrongUri);
        }
        self.recognise(credentials, presented)
    }

    /// What a nonce says that was sent to just this place. Of another one nothing is told but that it is stale: not whether the
    /// password is right. So who guesses passwords has received our challenges, and his source is no forged one.
    fn recognise(
        &self,
        credentials: &Credentials<'_>,
        presented: &Presented<'_>,
    ) -> Result<Stamp, DigestFailure> {
        let Presented { realm, place, .. } = *presented;
        let stamp = self.nonces.recognise(credentials.nonce, realm, place);
        stamp.ok_or(DigestFailure::Stale)
    }

    fn check_offered(&self, credentials: &Credentials<'_>) -> Result<(), DigestFailure> {
        let hash = credentials.algorithm.hash;
        let algorithm_is_offered = self.policy.algorithms.iter().any(|a| a.hash == hash);
        let protection_is_offered = match credentials.protection {
            Some(protection) => self.policy.qop.contains(&protection.qop),
            None => self.policy.legacy == Legacy::Md5 && credentials.algorithm == Algorithm::MD5,
        };
        if algorithm_is_offered && protection_is_offered {
            Ok(())
        } else {
            Err(DigestFailure::NotOffered)
        }
    }
}

fn failure(unusable: Unusable) -> DigestFailure {
    match unusable {
        Unusable::Stale => DigestFailure::Stale,
        Unusable::Replayed => DigestFailure::Replayed,
    }
}

fn inputs<'a>(credentials: &Credentials<'a>, presented: &Presented<'a>) -> Inputs<'a> {
    Inputs {
        algorithm: credentials.algorithm,
        nonce: credentials.nonce,
        cnonce: credentials.cnonce,
        nonce_count: credentials
            .protection
            .map_or("", |protection| protection.nonce_count_text),
        qop: credentials
            .protection
            .map(|protection| (protection.qop, protection.qop_text)),
        method: presented.method,
        uri: credentials.uri,
        body: presented.body,
    }
}

/// Whether both URIs name one user at one host. Phones add and leave out ports and parameters, so these are not compared.
fn names_the_same(one: &str, other: &str) -> bool {
    let (Ok(one_uri), Ok(other_uri)) = (Uri::parse(one), Uri::parse(other)) else {
        return one == other;
    };
    if !one_uri.is_sip() || !other_uri.is_sip() {
        return one_uri.equivalent(&other_uri);
    }
    let same_host = one_uri.host().eq_ignore_ascii_case(other_uri.host());
    same_host && one_uri.user() == other_uri.user()
}
