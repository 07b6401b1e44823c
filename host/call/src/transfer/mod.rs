//! Transfers: who may ask for one, where to, and how the calls come together. How a party goes over from one call into another
//! is [`crate::call::party`]; why there is a new call is told at [`crate::call::links::Links`].

mod attended;
mod begin;
pub mod command;
mod parking;
mod pickup;
mod refer;
pub(crate) mod replaces;
mod takeover;
mod target;
