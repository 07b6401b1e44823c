//! Builders of a gatekeeper's answers: `password("secret").expires(300.seconds()).into()`, `refuse(403)`.

use std::time::Duration;

use crate::call::Variable;
use crate::registration::{AssignedDialplan, DialplanEntry, Grant, Proof, Refusal};

/// The plugin has checked the credentials: the client is let in.
pub fn checked() -> Admission {
    admission(Proof::Checked)
}

/// The switch is to check the credentials against this password.
pub fn password(password: impl Into<String>) -> Admission {
    admission(Proof::Password(password.into()))
}

/// The switch is to check the credentials against this hash of username, realm and password, hexadecimal.
pub fn ha1(hash: impl Into<String>) -> Admission {
    admission(Proof::Ha1(hash.into()))
}

/// Keeps the client out: 400 to 699; 401 challenges it anew.
pub fn refuse(status: u16) -> Refusal {
    Refusal {
        status,
        reason: None,
    }
}

/// Keeps the client out and says why.
pub fn refuse_because(status: u16, reason: impl Into<String>) -> Refusal {
    Refusal {
        status,
        reason: Some(reason.into()),
    }
}

/// An entry of a client's own dialplan.
pub fn entry(pattern: impl Into<String>) -> Entry {
    Entry(DialplanEntry {
        pattern: pattern.into(),
        plugins: Vec::new(),
        variables: Vec::new(),
    })
}

fn admission(proof: Proof) -> Admission {
    Admission(Grant {
        proof,
        expires_seconds: None,
        dialplan: None,
        codecs: Vec::new(),
    })
}

/// A grant in the making.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admission(Grant);

impl Admission {
    /// How long the client is registered, within the domain's limits.
    #[must_use]
    pub fn expires(mut self, time: Duration) -> Admission {
        self.0.expires_seconds = Some(u32::try_from(time.as_secs()).unwrap_or(u32::MAX));
        self
    }

    /// A dialplan of the domain for its calls.
    #[must_use]
    pub fn dialplan(mut self, name: impl Into<String>) -> Admission {
        self.0.dialplan = Some(AssignedDialplan::Named(name.into()));
        self
    }

    /// A dialplan of the client's own, entry by entry.
    #[must_use]
    pub fn entries(mut self, entries: impl IntoIterator<Item = Entry>) -> Admission {
        let entries = entries.into_iter().map(|Entry(entry)| entry).collect();
        self.0.dialplan = Some(AssignedDialplan::Entries(entries));
        self
    }

    /// The codecs it prefers, preferred first.
    #[must_use]
    pub fn codecs<C: Into<String>>(mut self, codecs: impl IntoIterator<Item = C>) -> Admission {
        self.0.codecs = codecs.into_iter().map(C::into).collect();
        self
    }
}

impl From<Admission> for Grant {
    fn from(admission: Admission) -> Grant {
        admission.0
    }
}

/// An entry of a dialplan in the making.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry(DialplanEntry);

impl Entry {
    /// The plugins that are asked, in order; without a word it is the gatekeeper itself.
    #[must_use]
    pub fn plugins<P: Into<String>>(mut self, plugins: impl IntoIterator<Item = P>) -> Entry {
        self.0.plugins = plugins.into_iter().map(P::into).collect();
        self
    }

    /// A variable that such a call has from the beginning.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<String>) -> Entry {
        self.0.variables.push(Variable {
            name: name.into(),
            value: value.into(),
        });
        self
    }
}
