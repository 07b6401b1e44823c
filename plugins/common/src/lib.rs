//! What the plugins `hours`, `caller`, `geo`, `rules` and `screen` share: settings that say where a mistake is, what a decision
//! leads to, lists of numbers, dates and hours, and lookups over HTTP that cannot stall a call. No plugin by itself.

pub mod action;
pub mod civil;
pub mod days;
pub mod list;
pub mod local;
pub mod lookup;
pub mod node;
pub mod number;
pub mod periods;
pub mod server;
pub mod words;
