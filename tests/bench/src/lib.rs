//! What the measuring binaries share. Each binary in `src/bin` answers one question and prints one table.

pub mod codecs;
pub mod command;
pub mod cpu;
pub mod load;
pub mod media;
pub mod quantiles;
pub mod rtp;
pub mod sample;
pub mod server;
mod socket;
