//! The types of the crate `rsip` for those who work with it: conversions to and from them, and the comparison with what
//! it reads. Received messages never pass through it.

pub mod convert;
pub mod oracle;

#[cfg(test)]
mod tests;
