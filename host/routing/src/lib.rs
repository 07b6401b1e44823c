//! The vocabulary that the switch, its plugins' host and its records share.
//!
//! Plain data: what a call looks like to routing code ([`call::Call`]), what that code answers
//! ([`decision::Decision`], a script of [`verb::Verb`]s), what it is told when it is asked back ([`outcome::Outcome`]), who may
//! register ([`registration::Registration`]), how a decision came about
//! ([`decision::Stage`]), what happens meanwhile ([`event::Event`]) and what is kept afterwards
//! ([`record::CallRecord`]). There is no logic here and, without the feature `serde`, no dependency.

pub mod call;
pub mod decision;
pub mod directory;
pub mod event;
pub mod outcome;
pub mod prompt;
pub mod record;
pub mod registration;
pub mod verb;
