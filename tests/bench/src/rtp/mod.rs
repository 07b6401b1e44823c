//! Measuring RTP relays: the phones of many calls, and a plain relay as yardstick.

pub mod batch;
pub mod generator;
pub mod plain;
pub mod threads;
