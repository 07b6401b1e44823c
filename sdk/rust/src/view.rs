//! Reading a call: shortcuts to its header fields, variables and source.

use crate::call::{Call, Origin};

/// Shortcuts to what a [`Call`] holds.
pub trait CallView {
    /// The value of the first header field of this name, without regard to case; `None` if there is none.
    fn header(&self, name: &str) -> Option<&str>;
    /// The value of a variable that an earlier plugin of the chain set.
    fn variable(&self, name: &str) -> Option<&str>;
    /// The trunk that the call came through; `None` if it came from a client.
    fn trunk(&self) -> Option<&str>;
    /// The client that calls; `None` if the call came through a trunk.
    fn client(&self) -> Option<&str>;
}

impl CallView for Call {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|h| h.name.eq_ignore_ascii_case(name))
            .map(|h| h.value.as_str())
    }

    fn variable(&self, name: &str) -> Option<&str> {
        self.variables
            .iter()
            .find(|v| v.name == name)
            .map(|v| v.value.as_str())
    }

    fn trunk(&self) -> Option<&str> {
        match &self.origin {
            Origin::Trunk(name) => Some(name),
            Origin::Client(_) | Origin::Api => None,
        }
    }

    fn client(&self) -> Option<&str> {
        match &self.origin {
            Origin::Client(name) => Some(name),
            Origin::Trunk(_) | Origin::Api => None,
        }
    }
}

#[cfg(test)]
#[path = "view_tests.rs"]
mod tests;
