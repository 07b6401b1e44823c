//! The tests, by what they are about.

mod calls;
mod configuration;
mod failures;
mod platform;
mod swaps;
