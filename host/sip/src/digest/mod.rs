//! Digest authentication (RFC 7616, RFC 8760, and RFC 2617/2069 for old phones), as server and as client. It knows header
//! values and no messages; time is an argument.

mod algorithm;
mod challenge;
mod client;
mod compute;
mod credentials;
mod nonces;
mod parameters;
mod verifier;

pub use algorithm::{Algorithm, Ha1, Hash};
pub use challenge::{Challenge, Qop, Side};
pub use client::{AnswerError, Login, NonceCount, Signed, answer, answer_one};
pub use credentials::Credentials;
pub use nonces::{NonceConfig, Nonces};
pub use verifier::{DigestFailure, Legacy, Policy, Presented, Verified, Verifier};
