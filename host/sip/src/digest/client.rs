//! The client's side: the answer to challenges. It stores nothing but how often a nonce was used.

use super::algorithm::{Algorithm, Ha1};
use super::challenge::{Challenge, Qop};
use super::compute::{Inputs, response};
use super::parameters::escape;

#[cfg(test)]
#[path = "client_tests.rs"]
mod tests;

/// Who logs in.
#[derive(Clone, Copy)]
pub struct Login<'a> {
    /// The user name.
    pub username: &'a str,
    /// The password.
    pub password: &'a str,
}

/// The request that the credentials are for.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// Its method.
    pub method: &'a str,
    /// Its Request-URI.
    pub uri: &'a str,
    /// Its body.
    pub body: &'a [u8],
}

/// How often a nonce was used. One per server; a new nonce begins at 1.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NonceCount {
    nonce: String,
    count: u32,
}

impl NonceCount {
    fn next(&mut self, nonce: &str) -> u32 {
        if self.nonce != nonce {
            self.nonce.clear();
            self.nonce.push_str(nonce);
            self.count = 0;
        }
        self.count = self.count.saturating_add(1);
        self.count
    }
}

/// Why a challenge is not answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnswerError {
    /// None of the challenges can be answered: no scheme, algorithm or qop that we know.
    NothingSupported,
}

/// The strongest challenge that can be answered, and the value of the Authorization or Proxy-Authorization header for it. The
/// challenge can be kept for [`answer_one`], so that later requests need no challenge. `cnonce` is random text.
pub fn answer<'c>(
    challenges: impl IntoIterator<Item = &'c str>,
    login: Login<'_>,
    signed: Signed<'_>,
    cnonce: &str,
    nonce_count: &mut NonceCount,
) -> Result<(Challenge, String), AnswerError> {
    let strongest = challenges
        .into_iter()
        .filter_map(Challenge::parse)
        .reduce(stronger)
        .ok_or(AnswerError::NothingSupported)?;
    let value = answer_one(&strongest, login, signed, cnonce, nonce_count);
    Ok((strongest, value))
}

/// The header value that answers this challenge.
pub fn answer_one(
    challenge: &Challenge,
    login: Login<'_>,
    signed: Signed<'_>,
    cnonce: &str,
    nonce_count: &mut NonceCount,
) -> String {
    let ha1 = Ha1::from_password(login.username, &challenge.realm, login.password);
    let count = format!("{:08x}", nonce_count.next(&challenge.nonce));
    // auth needs no body to be final, so proxies that touch it do no harm.
    let qop = [Qop::Auth, Qop::AuthInt]
        .into_iter()
        .find(|qop| challenge.qop.contains(qop));
    let inputs = Inputs {
        algorithm: challenge.algorithm,
        nonce: &challenge.nonce,
        cnonce,
        nonce_count: &count,
        qop: qop.map(|qop| (qop, qop.as_str())),
        method: signed.method,
        uri: signed.uri,
        body: signed.body,
    };
    let proof = ha1
        .get(challenge.algorithm.hash)
        .map(|ha1| response(ha1, &inputs));
    let proof = proof.as_ref().map_or("", |proof| proof.as_str());
    credentials(challenge, login.username, &inputs, proof)
}

fn credentials(challenge: &Challenge, username: &str, inputs: &Inputs<'_>, proof: &str) -> String {
    let mut value = format!(
        "Digest username=\"{}\", realm=\"{}\", nonce=\"{}\", uri=\"{}\", response=\"{proof}\"",
        escape(username),
        escape(&challenge.realm),
        challenge.nonce,
        inputs.uri,
    );
    // A server that knows RFC 2069 only may not know the parameter.
    if challenge.algorithm != Algorithm::MD5 || inputs.qop.is_some() {
        value.push_str(&format!(", algorithm={}", challenge.algorithm));
    }
    if inputs.qop.is_some() || challenge.algorithm.session {
        value.push_str(&format!(", cnonce=\"{}\"", inputs.cnonce));
    }
    if let Some((_, qop)) = inputs.qop {
        value.push_str(&format!(", qop={qop}, nc={}", inputs.nonce_count));
    }
    if let Some(opaque) = &challenge.opaque {
        value.push_str(&format!(", opaque=\"{opaque}\""));
    }
    value
}

/// The stronger algorithm of two; the earlier one of equals.
fn stronger(one: Challenge, other: Challenge) -> Challenge {
    let strength = |challenge: &Challenge| challenge.algorithm.hash;
    if strength(&other) > strength(&one) {
        other
    } else {
        one
    }
}
