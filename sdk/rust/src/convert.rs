//! Between the generated bindings and the switch's vocabulary: the only place where both are known. Texts are moved, not copied.
#![cfg_attr(
    not(target_family = "wasm"),
    allow(dead_code, reason = "natively only the tests convert")
)]

mod call;
mod event;
mod exports;
mod imports;
mod registration;
mod verb;

pub use exports::{observe, register, resume, route};
#[cfg(target_family = "wasm")]
pub(crate) use imports::{
    agent, http_error, labels, level, local_time, queue, request, response, state_error,
};

#[cfg(test)]
#[path = "convert_tests.rs"]
mod tests;
