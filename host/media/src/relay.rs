//! The relay between the two sides of a call as pure state: packets in, verdicts out. Latching is in [`latch`].

pub mod latch;
pub mod statistics;
pub mod types;

mod session;

pub use session::Relay;
pub use statistics::{SideStatistics, Statistics};
pub use types::{DropReason, Glimpse, Kind, RelayConfig, RelayEvent, Side, Verdict};

#[cfg(test)]
mod attack_tests;
#[cfg(test)]
mod tests;
