//! SIP as pure state: messages, transactions, dialogs, digest. No sockets, no clock, no randomness of its own: time and
//! chance are arguments.
#![forbid(unsafe_code)]
#![cfg_attr(
    not(test),
    deny(
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::indexing_slicing,
        clippy::panic
    )
)]

pub mod build;
pub mod dialog;
pub mod digest;
pub mod flow;
pub mod framing;
pub mod identifiers;
pub mod limits;
pub mod locate;
pub mod message;
pub mod method;
pub mod overload;
pub mod provisional;
pub mod reply;
#[cfg(any(feature = "rsip", test))]
pub mod rsip;
pub mod session_timer;
pub mod stun;
pub mod transaction;
pub mod uri;
