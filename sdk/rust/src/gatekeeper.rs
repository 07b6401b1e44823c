//! The trait of a plugin that decides who may register.

use crate::error::Error;
use crate::log;
use crate::registration::{Grant, Refusal, Registration};

/// A plugin that decides who may register.
pub trait Gatekeeper {
    /// Decides about a REGISTER of a client that the configuration leaves to this plugin: `Ok(password("…").into())` lets the
    /// switch check the credentials, `Ok(checked().into())` says that they are right, `Err(refuse(403))` keeps the client out.
    ///
    /// `?` on any [`Error`] writes it to the log and refuses with 503: a client that is registered stays so until its time is over,
    /// and a new one tries again.
    fn register(registration: &Registration) -> Result<Grant, Refusal>;
}

impl From<Error> for Refusal {
    fn from(error: Error) -> Refusal {
        log::error(error.text());
        Refusal {
            status: 503,
            reason: None,
        }
    }
}
