//! Challenges: the values of WWW-Authenticate and Proxy-Authenticate, written and read. Nothing is decided here.

use std::fmt;

use super::algorithm::Algorithm;
use super::parameters::{digest_parameters, escape, unescape};

/// Who challenges (RFC 3261 §22): it decides status and header names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Side {
    /// A user agent server or registrar: 401, WWW-Authenticate, Authorization.
    Server,
    /// A proxy: 407, Proxy-Authenticate, Proxy-Authorization.
    Proxy,
}

impl Side {
    /// The side that a status stands for: 401 or 407.
    pub const fn of_status(status: u16) -> Option<Side> {
        match status {
            401 => Some(Side::Server),
            407 => Some(Side::Proxy),
            _ => None,
        }
    }

    /// 401 or 407.
    pub const fn status(self) -> u16 {
        match self {
            Side::Server => 401,
            Side::Proxy => 407,
        }
    }

    /// The name of the header that challenges.
    pub const fn challenge_header(self) -> &'static str {
        match self {
            Side::Server => "WWW-Authenticate",
            Side::Proxy => "Proxy-Authenticate",
        }
    }

    /// The name of the header that answers.
    pub const fn credentials_header(self) -> &'static str {
        match self {
            Side::Server => "Authorization",
            Side::Proxy => "Proxy-Authorization",
        }
    }
}

/// What is protected (RFC 7616 §3.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Qop {
    /// Method and URI.
    Auth,
    /// Method, URI and body.
    AuthInt,
}

impl Qop {
    /// The name as it stands in a header.
    pub const fn as_str(self) -> &'static str {
        match self {
            Qop::Auth => "auth",
            Qop::AuthInt => "auth-int",
        }
    }

    /// The protection of that name; `None` for an unknown one.
    pub fn parse(name: &str) -> Option<Qop> {
        [Qop::Auth, Qop::AuthInt]
            .into_iter()
            .find(|qop| qop.as_str().eq_ignore_ascii_case(name))
    }
}

/// One challenge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Challenge {
    /// The protection domain.
    pub realm: String,
    /// The server's nonce, as it stands between the quotes.
    pub nonce: String,
    /// What is to be returned unchanged, as it stands between the quotes.
    pub opaque: Option<String>,
    /// How to hash.
    pub algorithm: Algorithm,
    /// What is offered; none: the RFC 2069 way.
    pub qop: Vec<Qop>,
    /// The credentials were right, only the nonce was too old: try again without asking the user.
    pub stale: bool,
}

impl Challenge {
    /// The value of a WWW-Authenticate or Proxy-Authenticate header.
    pub fn to_header(&self) -> String {
        self.to_string()
    }

    /// Reads a header value. `None` for another scheme, an unknown algorithm, a list of unknown qop only, or no realm or
    /// nonce: such a challenge cannot be answered.
    pub fn parse(value: &str) -> Option<Challenge> {
        let mut realm = None;
        let mut nonce = None;
        let mut opaque = None;
        let mut algorithm = Algorithm::MD5;
        let mut qop = Vec::new();
        let mut stale = false;
        for parameter in digest_parameters(value)? {
            let (name, value) = parameter.ok()?;
            match name.to_ascii_lowercase().as_str() {
                "realm" => realm = Some(unescape(value)),
                "nonce" => nonce = Some(value.to_owned()),
                "opaque" => opaque = Some(value.to_owned()),
                "algorithm" => algorithm = Algorithm::parse(value)?,
                "stale" => stale = value.eq_ignore_ascii_case("true"),
                "qop" => {
                    qop = value
                        .split(',')
                        .filter_map(|name| Qop::parse(name.trim_ascii()))
                        .collect();
                    if qop.is_empty() && !value.trim_ascii().is_empty() {
                        return None;
                    }
                }
                _ => {}
            }
        }
        Some(Challenge {
            realm: realm?,
            nonce: nonce?,
            opaque,
            algorithm,
            qop,
            stale,
        })
    }
}

impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "Digest realm=\"{}\", nonce=\"{}\"",
            escape(&self.realm),
            self.nonce
        )?;
        if let Some(opaque) = &self.opaque {
            write!(f, ", opaque=\"{opaque}\"")?;
        }
        write!(f, ", algorithm={}", self.algorithm)?;
        if !self.qop.is_empty() {
            let names: Vec<_> = self.qop.iter().map(|qop| qop.as_str()).collect();
            write!(f, ", qop=\"{}\"", names.join(","))?;
        }
        if self.stale {
            f.write_str(", stale=true")?;
        }
        Ok(())
    }
}
