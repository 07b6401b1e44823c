//! The switch as a program: sockets, clock, tasks, files, configuration. What calls are and do is `switchhook-call`'s;
//! this crate steps it and carries out what it says.

pub mod call_log;
pub mod cli;
pub mod clock;
pub mod config;
pub mod control;
pub mod control_lines;
pub mod crossing;
pub mod daemon;
pub mod decider;
pub mod directory;
pub mod event_loop;
pub mod import;
pub mod inbox;
pub mod limits;
pub mod logging;
pub mod loops;
pub mod media_shell;
pub mod observers;
pub mod operator;
pub mod records;
pub mod resolver;
pub mod sockets;
pub mod state_file;
pub mod streams;
pub mod udp;
pub mod watcher;
