//! The media of one call: two sides that hear one another, or what the switch plays to them. Pure: packets and time in, verdicts and
//! packets out.

mod path;
mod reports;
mod room;
mod state;
mod tick;
pub mod types;
mod voice;

pub use state::Session;
pub use types::{Outbox, PlayOutcome, SessionEvent};

#[cfg(test)]
mod attack_tests;
#[cfg(test)]
mod reports_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tone_tests;
