//! What a caller can be played, as samples in memory: recordings read from files, the tones of the telephone network, and the player
//! that makes frames of them. Pure: bytes in, samples out; who fetches the bytes is the shell's business.

mod collect;
mod compressed;
mod countries;
pub mod error;
pub mod playlist;
mod raw;
pub mod read;
pub mod recording;
mod resample;
pub mod tone;
mod wav;
