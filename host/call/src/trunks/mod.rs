//! Trunks beyond their addresses: registering there, watching them, choosing among them, their limits, and how numbers and
//! callers are written to them.

pub(crate) mod arrival;
pub(crate) mod departure;
pub(crate) mod diversion;
pub(crate) mod enrolling;
pub(crate) mod enrolment;
pub(crate) mod hunt;
pub mod identity;
pub(crate) mod load;
pub mod numbers;
pub(crate) mod overview;
pub(crate) mod privacy;
pub(crate) mod recognise;
pub(crate) mod running;
pub(crate) mod state;
pub mod status;
pub(crate) mod watch;
pub(crate) mod watching;
pub(crate) mod wording;
