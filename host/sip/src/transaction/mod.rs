//! Transactions (RFC 3261 §17, RFC 6026): the four state machines, one file per figure, and the layer that matches messages
//! to them. Nothing here reads a clock, draws randomness or touches a socket.

mod config;
mod effect;
mod engine;
mod event;
mod follow_up;
mod handle;
pub mod invite_client;
pub mod invite_server;
mod layer;
mod machine;
mod matching;
pub mod non_invite_client;
pub mod non_invite_server;
mod queue;
mod success;
mod table;
mod timer;

pub use config::{Counters, TransactionConfig, TransactionLimits};
pub use effect::{Class, Effect, News};
pub use event::Event;
pub use handle::{ClientTransaction, ServerTransaction};
pub use layer::Layer;
pub use success::{SuccessAction, SuccessRetransmit};
pub use timer::{Timer, Timing};
