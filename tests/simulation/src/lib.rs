//! Whole calls in virtual time: the real [`switchhook_call::exchange::Exchange`], real phones from
//! [`switchhook_phone`], and between them a network that loses, doubles, delays and reorders. Everything follows from
//! one seed, so a failure is a number.

pub mod babel;
pub mod carrier;
pub mod checks;
mod chooser;
pub mod customs;
pub mod gauntlet;
pub mod handset;
pub mod media;
pub mod network;
pub mod observations;
pub mod oracle;
pub mod restart;
pub mod scenario;
mod sides;
pub mod templates;
pub mod town;
pub mod trunking;
pub mod watcher;
pub mod watching;
pub mod world;

#[cfg(test)]
mod ladder_tests;
#[cfg(test)]
mod seeds_tests;
