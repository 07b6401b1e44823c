//! Lines in the switch's log, marked with the plugin and the call. At most 64 of 2,048 bytes a decision.

use crate::backend;

/// How much a line matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Every step.
    Trace,
    /// For whoever looks for a fault.
    Debug,
    /// Worth knowing in normal operation.
    Info,
    /// Something is wrong, but calls are routed.
    Warn,
    /// Something failed that a person must look at.
    Error,
}

/// Writes one line.
pub fn write(level: Level, message: impl AsRef<str>) {
    backend::log(level, message.as_ref());
}

/// Something failed that a person must look at.
pub fn error(message: impl AsRef<str>) {
    write(Level::Error, message);
}

/// Something is wrong, but calls are routed.
pub fn warn(message: impl AsRef<str>) {
    write(Level::Warn, message);
}

/// Worth knowing in normal operation. Leave the numbers of callers out.
pub fn info(message: impl AsRef<str>) {
    write(Level::Info, message);
}

/// For whoever looks for a fault.
pub fn debug(message: impl AsRef<str>) {
    write(Level::Debug, message);
}
