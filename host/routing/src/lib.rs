//! The vocabulary that the switch, its plugins' host and its records share.
//!
//! Plain data: what a call looks like to routing code ([`call::Call`]), what that code answers
//! ([`decision::Decision`], a script of [`verb::Verb`]s), how a decision came about
//! ([`decision::Stage`]), what happens meanwhile ([`event::Event`]) and what is kept afterwards
//! ([`record::CallRecord`]). There is no logic here and, without the feature `serde`, no dependency.

pub mod call;
pub mod decision;
pub mod event;
pub mod record;
pub mod verb;
