//! Any bytes as a course of events for the exchange: no panic, and in the end it is idle.
#![no_main]

use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| switchhook_simulation::gauntlet::run(bytes));
