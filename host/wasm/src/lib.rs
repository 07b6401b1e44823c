//! Routing plugins: WebAssembly components, loaded, limited, called, swapped.
//!
//! The only crate that knows wasmtime. It turns a [`switchhook_routing::call::Call`] into a
//! [`switchhook_routing::decision::Decided`] by asking plugins; it knows nothing of SIP, and it never carries a decision out.
//! [`Runtime`](runtime::Runtime) owns the engine, [`Plugins`](plugins::Plugins) the plugins by name, a
//! [`Pins`](pins::Pins) the versions that one call keeps.

mod asking;
pub mod breaker;
mod cache;
mod capability;
pub mod clock;
mod consult;
pub mod contract;
mod convert;
mod core;
pub mod directory;
pub mod error;
mod imports;
mod inquiry;
#[cfg(test)]
mod inquiry_tests;
pub mod inspect;
pub mod limits;
mod live;
#[cfg(test)]
mod live_tests;
pub mod metrics;
pub mod outside;
pub mod pins;
pub mod plugins;
mod probation;
mod recording;
pub mod runtime;
mod sections;
mod slot;
pub mod spec;
pub mod status;
mod store;
#[cfg(test)]
mod testing;
mod ticker;
pub mod trace;
#[cfg(test)]
mod trace_tests;
mod version;
