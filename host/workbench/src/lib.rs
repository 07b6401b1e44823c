//! Where plugins are made: a project of its own (`plugin.toml`), begun with an SDK that this crate carries, and test cases
//! that are put to the component on the engine that serves calls, with a clock, a directory and HTTP answers that the case
//! says. The command line prints; nothing here does.

pub mod building;
pub mod case;
pub mod component;
pub mod diff;
pub mod doubles;
pub mod error;
pub mod expectation;
pub mod manifest;
pub mod moment;
pub mod sandbox;
pub mod scaffold;
pub mod sdk;
pub mod trial;
