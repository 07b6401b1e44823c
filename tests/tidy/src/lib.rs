//! The rules of the house, as tests: a rule that nothing checks is a wish. Nothing here is linked into the switch.

#[cfg(test)]
mod tests;
