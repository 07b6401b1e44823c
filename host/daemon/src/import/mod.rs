//! Configurations of other systems, converted to ours. What cannot be converted is said, never guessed.

pub mod dragon;
pub mod dragon_config;
pub mod dragon_meets;
pub mod dragon_routes;
pub mod toml_text;
pub mod urls;
