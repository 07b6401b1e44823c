//! The only place where WIT types and those of `routing` meet: what is asked goes out by reference, what is answered comes in and
//! is held against the limits of the contract. An answer that breaks one is refused whole.

pub(crate) mod call;
pub(crate) mod decision;
pub(crate) mod event;
mod fields;
pub(crate) mod registration;
mod rules;
mod verbs;

#[cfg(test)]
mod tests;
