//! A SIP user agent as pure state: what a telephone does, without a microphone, a socket or a clock. The built-in phone,
//! the simulation and tests drive it; audio is none of its business, it only says where it flows.
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

mod authorization;
mod call;
pub mod config;
mod dialling;
pub mod input;
pub mod ladder;
pub mod limits;
mod negotiation;
pub mod output;
pub mod phone;
mod registration;
mod reliably;
mod ringing;
mod session;
mod stack;
mod timers;

#[cfg(test)]
mod ladder_tests;
#[cfg(test)]
mod tests;
