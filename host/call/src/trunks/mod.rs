//! Trunks beyond their addresses: registering there, watching them, choosing among them, their limits, and how numbers and
//! callers are written to them.

pub mod identity;
pub mod numbers;
