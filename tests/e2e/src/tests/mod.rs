//! The tests, by what they are about.

mod calls;
mod configuration;
mod failures;
mod names;
mod platform;
mod swaps;
mod ways;
