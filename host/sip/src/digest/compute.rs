//! The formula of the digest response (RFC 7616 §3.4.1). No grammar, no policy.

use super::algorithm::{Algorithm, HexDigest};
use super::challenge::Qop;

/// What goes into a response beside H(A1). All as it stands between the quotes.
#[derive(Debug, Clone, Copy)]
pub(super) struct Inputs<'a> {
    pub(super) algorithm: Algorithm,
    pub(super) nonce: &'a str,
    pub(super) cnonce: &'a str,
    /// Eight hexadecimal digits.
    pub(super) nonce_count: &'a str,
    /// `None`: the RFC 2069 way.
    pub(super) qop: Option<(Qop, &'a str)>,
    pub(super) method: &'a str,
    pub(super) uri: &'a str,
    pub(super) body: &'a [u8],
}

/// The response for the stored password hash `ha1`.
pub(super) fn response(ha1: &HexDigest, inputs: &Inputs<'_>) -> HexDigest {
    let hash = inputs.algorithm.hash;
    let nonce = inputs.nonce.as_bytes();
    let cnonce = inputs.cnonce.as_bytes();
    let a1 = if inputs.algorithm.session {
        hash.hex(&[ha1.as_bytes(), nonce, cnonce])
    } else {
        *ha1
    };
    let (method, uri) = (inputs.method.as_bytes(), inputs.uri.as_bytes());
    let a2 = match inputs.qop {
        Some((Qop::AuthInt, _)) => hash.hex(&[method, uri, hash.hex(&[inputs.body]).as_bytes()]),
        Some((Qop::Auth, _)) | None => hash.hex(&[method, uri]),
    };
    match inputs.qop {
        Some((_, qop)) => hash.hex(&[
            a1.as_bytes(),
            nonce,
            inputs.nonce_count.as_bytes(),
            cnonce,
            qop.as_bytes(),
            a2.as_bytes(),
        ]),
        None => hash.hex(&[a1.as_bytes(), nonce, a2.as_bytes()]),
    }
}
