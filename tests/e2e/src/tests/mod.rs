//! The tests, by what they are about.

mod calls;
mod configuration;
mod exchanges;
mod failures;
mod names;
mod platform;
mod protection;
mod swaps;
mod ways;
