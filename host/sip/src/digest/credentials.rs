//! Credentials: the values of Authorization and Proxy-Authorization, read. Nothing is verified here.

use super::algorithm::Algorithm;
use super::challenge::Qop;
use super::parameters::{digest_parameters, unescape};

/// What a client presents. Values are as they stand between the quotes unless stated otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Credentials<'a> {
    /// The user name, without escapes.
    pub username: String,
    /// The protection domain, without escapes.
    pub realm: String,
    /// The server's nonce.
    pub nonce: &'a str,
    /// The URI the client says it asks for.
    pub uri: &'a str,
    /// The client's proof.
    pub response: &'a str,
    /// How it is hashed.
    pub algorithm: Algorithm,
    /// What it protects and how often the nonce was used; `None`: the RFC 2069 way.
    pub protection: Option<Protection<'a>>,
    /// The client's nonce; empty if there is none.
    pub cnonce: &'a str,
}

/// The part of the credentials that RFC 2617 added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Protection<'a> {
    /// What is protected.
    pub qop: Qop,
    /// The same, as written.
    pub qop_text: &'a str,
    /// How often the client has used the nonce, this time included.
    pub nonce_count: u32,
    /// The same, as written: hexadecimal digits.
    pub nonce_count_text: &'a str,
}

#[derive(Default)]
struct Raw<'a> {
    username: Option<&'a str>,
    realm: Option<&'a str>,
    nonce: Option<&'a str>,
    uri: Option<&'a str>,
    response: Option<&'a str>,
    algorithm: Option<&'a str>,
    qop: Option<&'a str>,
    nonce_count: Option<&'a str>,
    cnonce: Option<&'a str>,
}

impl<'a> Credentials<'a> {
    /// Reads a header value. `None` for another scheme, an unknown algorithm or qop, broken grammar, a parameter that stands
    /// twice, or a lack of what is needed.
    pub fn parse(value: &'a str) -> Option<Credentials<'a>> {
        let mut raw = Raw::default();
        for parameter in digest_parameters(value)? {
            let (name, value) = parameter.ok()?;
            let field = match name.to_ascii_lowercase().as_str() {
                "username" => &mut raw.username,
                "realm" => &mut raw.realm,
                "nonce" => &mut raw.nonce,
                "uri" => &mut raw.uri,
                "response" => &mut raw.response,
                "algorithm" => &mut raw.algorithm,
                "qop" => &mut raw.qop,
                "nc" => &mut raw.nonce_count,
                "cnonce" => &mut raw.cnonce,
                _ => continue,
            };
            if field.replace(value).is_some() {
                return None;
            }
        }
        let algorithm = raw
            .algorithm
            .map_or(Some(Algorithm::MD5), Algorithm::parse)?;
        let protection = match raw.qop.filter(|qop| !qop.is_empty()) {
            Some(qop) => Some(Protection::parse(qop, raw.nonce_count?)?),
            None => None,
        };
        if raw.cnonce.is_none() && (protection.is_some() || algorithm.session) {
            return None;
        }
        Some(Credentials {
            username: unescape(raw.username?),
            realm: unescape(raw.realm?),
            nonce: raw.nonce?,
            uri: raw.uri?,
            response: raw.response?,
            algorithm,
            protection,
            cnonce: raw.cnonce.unwrap_or_default(),
        })
    }
}

impl<'a> Protection<'a> {
    fn parse(qop: &'a str, nonce_count: &'a str) -> Option<Self> {
        let digits = 1..=8;
        let is_number = digits.contains(&nonce_count.len())
            && nonce_count.bytes().all(|byte| byte.is_ascii_hexdigit());
        if !is_number {
            return None;
        }
        Some(Protection {
            qop: Qop::parse(qop)?,
            qop_text: qop,
            nonce_count: u32::from_str_radix(nonce_count, 16).ok()?,
            nonce_count_text: nonce_count,
        })
    }
}
