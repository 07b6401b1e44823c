//! The trait of a plugin that is told what happens.

use crate::event::Event;

/// A plugin that is told what happens to calls.
pub trait Observer {
    /// Something happened to a call. The events of one call come in order, one at a time; no call waits for it.
    fn on_event(event: &Event);
}
