//! Measuring RTP relays: the phones of many calls, and as yardsticks a plain relay and rtpengine.

pub mod batch;
pub mod generator;
pub mod plain;
pub mod rtpengine;
pub mod threads;
