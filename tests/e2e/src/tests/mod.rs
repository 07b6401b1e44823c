//! The tests, by what they are about.

mod calls;
mod configuration;
mod exchanges;
mod failures;
mod menus;
mod names;
mod platform;
mod protection;
mod swaps;
mod ways;
