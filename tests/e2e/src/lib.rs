//! End to end: the real daemon in this process, on loopback, with real components as plugins and real phones. Everything
//! is waited for with a deadline; nothing is slept for.

pub mod application;
pub mod carrier;
pub mod folder;
pub mod nameserver;
pub mod telephone;
pub mod world;

#[cfg(test)]
mod tests;
