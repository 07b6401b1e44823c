//! The versions that one call keeps from its first decision to its end.

use std::fmt;
use std::sync::Arc;

use crate::version::Version;

/// A version that cannot be freed while this lives. Cloning and dropping are cheap; each counts as a call of the version.
pub struct Pinned(Arc<Version>);

impl Pinned {
    pub(crate) fn new(version: Arc<Version>) -> Pinned {
        version.call_begins();
        Pinned(version)
    }

    /// The plugin's name.
    pub fn plugin(&self) -> &str {
        &self.0.info().name
    }

    /// The first 12 hexadecimal digits of the component's SHA-256.
    pub fn version(&self) -> &str {
        &self.0.info().version
    }

    /// Which load of the plugin it is, from 1.
    pub fn generation(&self) -> u64 {
        self.0.info().generation
    }

    pub(crate) fn inner(&self) -> &Arc<Version> {
        &self.0
    }
}

impl Clone for Pinned {
    fn clone(&self) -> Pinned {
        Pinned::new(Arc::clone(&self.0))
    }
}

impl Drop for Pinned {
    fn drop(&mut self) {
        self.0.call_ends();
    }
}

impl fmt::Debug for Pinned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pinned({} {})", self.plugin(), self.version())
    }
}

/// The versions of one call: at most one of each plugin. Keep it from the call's first decision to its end, then drop it.
#[derive(Debug, Clone, Default)]
pub struct Pins(Vec<Pinned>);

impl Pins {
    /// The version of a plugin that the call keeps, if it has met the plugin.
    pub fn get(&self, plugin: &str) -> Option<&Pinned> {
        self.0.iter().find(|pinned| pinned.plugin() == plugin)
    }

    /// All versions, in the order they were met.
    pub fn iter(&self) -> impl Iterator<Item = &Pinned> {
        self.0.iter()
    }

    /// Keeps a version in place of the one of the same plugin, if there was one.
    pub(crate) fn keep(&mut self, pinned: Pinned) {
        match self
            .0
            .iter_mut()
            .find(|kept| kept.plugin() == pinned.plugin())
        {
            Some(kept) => *kept = pinned,
            None => self.0.push(pinned),
        }
    }
}
