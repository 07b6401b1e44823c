//! Calling destinations.

use std::time::Duration;

use crate::call::Header;
use crate::script::prompt::IntoPrompt;
use crate::script::target::IntoTarget;
use crate::script::{Ring, Step, whole_seconds};
use crate::verb::{Connect, Strategy};

/// Rings destinations at once; the first that answers gets the call. A plain text is a client of the domain.
pub fn ring<T: IntoTarget>(targets: impl IntoIterator<Item = T>) -> Ring {
    by(Strategy::Simultaneous, targets)
}

/// Rings destinations one after another, in this order. Give each a [`ringing`](crate::script::RingTime::ringing), or the first may
/// take all the time.
pub fn sequential<T: IntoTarget>(targets: impl IntoIterator<Item = T>) -> Ring {
    by(Strategy::Sequential, targets)
}

/// One after another, beginning with the one after the one that was first the last time.
pub fn round_robin<T: IntoTarget>(targets: impl IntoIterator<Item = T>) -> Ring {
    by(Strategy::RoundRobin, targets)
}

/// One after another, in a random order.
pub fn random_order<T: IntoTarget>(targets: impl IntoIterator<Item = T>) -> Ring {
    by(Strategy::Random, targets)
}

/// One after another, the client first whose last call has been over for the longest time.
pub fn longest_idle<T: IntoTarget>(targets: impl IntoIterator<Item = T>) -> Ring {
    by(Strategy::LongestIdle, targets)
}

fn by<T: IntoTarget>(strategy: Strategy, targets: impl IntoIterator<Item = T>) -> Ring {
    Step(Connect {
        targets: targets.into_iter().map(T::into_target).collect(),
        strategy,
        ..Connect::default()
    })
}

impl Ring {
    /// How long all of it may take. Parts of a second are rounded up.
    #[must_use]
    pub fn within(mut self, time: Duration) -> Ring {
        self.0.timeout_seconds = Some(whole_seconds(time));
        self
    }

    /// Shows another number to the called side.
    #[must_use]
    pub fn showing(mut self, caller_id: impl Into<String>) -> Ring {
        self.0.caller_id = Some(caller_id.into());
        self
    }

    /// Shows another display name to the called side.
    #[must_use]
    pub fn showing_name(mut self, caller_name: impl Into<String>) -> Ring {
        self.0.caller_name = Some(caller_name.into());
        self
    }

    /// What the caller hears while it rings.
    #[must_use]
    pub fn ringback(mut self, prompt: impl IntoPrompt) -> Ring {
        self.0.ringback = Some(prompt.into_prompt());
        self
    }

    /// When the called side hangs up, the next verb follows instead of the call being over.
    #[must_use]
    pub fn keep_caller(mut self) -> Ring {
        self.0.keep_caller = true;
        self
    }

    /// Connects although an earlier connect of the script was answered.
    #[must_use]
    pub fn reconnect(mut self) -> Ring {
        self.0.reconnect = true;
        self
    }

    /// A name for this connection in events.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Ring {
        self.0.label = Some(label.into());
        self
    }

    /// Adds a header field to the INVITE of every destination.
    #[must_use]
    pub fn header(mut self, name: impl Into<String>, value: impl Into<String>) -> Ring {
        self.0.headers.push(Header {
            name: name.into(),
            value: value.into(),
        });
        self
    }
}
