//! The back-to-back user agent as pure state.
//!
//! An [`exchange::Exchange`] owns all calls. It is told [`input::Input`]s and says [`output::Output`]s; time and chance
//! are arguments, sockets and routing code belong to whoever steps it. `switchhook-sip` reads and writes messages,
//! `switchhook-media` reads and writes SDP, `switchhook-routing` has the words shared with routing code.
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

#[allow(dead_code)] // until its executor has come
mod acts;
mod admission;
mod allowance;
mod asks;
mod assignment;
mod call;
mod calls;
pub mod cidr;
pub mod codes;
pub mod config;
mod core;
pub mod counters;
mod date;
pub mod dialog_rules;
pub mod dialplan;
mod dispatch;
pub mod exchange;
mod features;
pub mod forwarding;
mod gatekeeping;
mod gruu;
pub mod guard;
mod hops;
pub mod input;
mod keep_alive;
pub mod kept;
pub mod keys;
mod large;
pub mod limits;
pub mod media_command;
mod messages;
mod names;
mod outgoing;
pub mod output;
pub mod owner;
mod parking;
mod ports;
mod reach;
mod registrar;
mod registration;
mod restoring;
pub mod rooms;
pub mod subscriptions;
pub mod transfer;
pub mod trunks;
pub mod view;
pub mod voicemail;

#[cfg(test)]
mod tests;
