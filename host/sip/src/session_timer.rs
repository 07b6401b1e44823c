//! Session timers (RFC 4028): what two sides agree on, and when a session is to be refreshed or has expired. It sends
//! nothing.

use std::time::{Duration, Instant};

use crate::message::fields::Fields;
use crate::message::header_name::HeaderName;
use crate::message::params::Params;

#[cfg(test)]
mod tests;

/// "The absolute minimum … is 90 seconds" (RFC 4028 §5).
pub const MIN_SECONDS: u32 = 90;

/// Who refreshes a session, as a party of the request that says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refresher {
    /// Who sent the request.
    Uac,
    /// Who answered it.
    Uas,
}

impl Refresher {
    /// As the parameter says it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Refresher::Uac => "uac",
            Refresher::Uas => "uas",
        }
    }
}

/// The value of Session-Expires (RFC 4028 §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionExpires {
    /// The session interval: seconds.
    pub seconds: u32,
    /// Who refreshes, if it says.
    pub refresher: Option<Refresher>,
}

impl SessionExpires {
    /// That of a message. `None`: it has none that can be read.
    pub fn of(message: &Fields) -> Option<SessionExpires> {
        SessionExpires::parse(&message.header(HeaderName::SessionExpires)?)
    }

    /// Reads a value.
    pub fn parse(value: &str) -> Option<SessionExpires> {
        let (seconds, params) = match value.split_once(';') {
            Some((seconds, params)) => (seconds, Params::parse(params)?),
            None => (value, Params::default()),
        };
        let refresher = params.get("refresher");
        Some(SessionExpires {
            seconds: seconds.trim().parse().ok()?,
            refresher: match refresher.as_deref() {
                Some(who) if who.eq_ignore_ascii_case("uac") => Some(Refresher::Uac),
                Some(who) if who.eq_ignore_ascii_case("uas") => Some(Refresher::Uas),
                _ => None,
            },
        })
    }
}

impl std::fmt::Display for SessionExpires {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.seconds)?;
        match self.refresher {
            Some(refresher) => write!(f, ";refresher={}", refresher.as_str()),
            None => Ok(()),
        }
    }
}

/// What a UAS wants of session timers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Terms {
    /// The interval that it asks for: seconds.
    pub seconds: u32,
    /// The shortest that it accepts: seconds, at least [`MIN_SECONDS`].
    pub min_seconds: u32,
}

/// An interval that is too short: 422 with this in Min-SE (RFC 4028 §6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TooSmall {
    /// The shortest interval that is accepted: seconds.
    pub min_seconds: u32,
}

/// What a UAS makes of a request (RFC 4028 §9, table 2). `Ok(None)`: the session has no timer. `current` is who refreshes
/// now, as a party of this request, if there is a timer already.
///
/// # Errors
/// [`TooSmall`]: the interval is shorter than the shortest one and whoever asks understands 422.
pub fn answer(
    request: &Fields,
    terms: Terms,
    current: Option<Refresher>,
) -> Result<Option<SessionExpires>, TooSmall> {
    let supported = request.has_option(HeaderName::Supported, "timer")
        || request.has_option(HeaderName::Require, "timer");
    let asked = SessionExpires::of(request);
    let min_seconds = terms.min_seconds.max(MIN_SECONDS);
    if let Some(asked) = asked
        && asked.seconds < min_seconds
        && supported
    {
        return Err(TooSmall { min_seconds });
    }
    if asked.is_none() && !supported {
        return Ok(None);
    }
    let theirs = request.seconds(HeaderName::MinSe).unwrap_or(0);
    // "The UAS … can reduce its value, but MUST NOT set it below the Min-SE", nor may it increase it.
    let wanted = terms.seconds.max(min_seconds).max(theirs);
    let seconds = match asked {
        Some(asked) => wanted.min(asked.seconds.max(min_seconds)),
        None => wanted,
    };
    let named = asked.and_then(|asked| asked.refresher);
    let refresher = match (supported, named.or(current)) {
        // Whoever does not know session timers cannot refresh.
        (false, _) | (true, Some(Refresher::Uas)) => Refresher::Uas,
        (true, Some(Refresher::Uac) | None) => Refresher::Uac,
    };
    Ok(Some(SessionExpires {
        seconds,
        refresher: Some(refresher),
    }))
}

/// What is due of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimerAction {
    /// Refresh it, with a re-INVITE or UPDATE.
    Refresh,
    /// It has not been refreshed: hang up (RFC 4028 §10).
    Expire,
}

/// The timer of one dialog's session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SessionTimer {
    seconds: u32,
    refreshes: bool,
    refresh: Option<Instant>,
    expire: Instant,
}

impl SessionTimer {
    /// Runs from `now`, when a 2xx was sent or came. `refreshes`: it is our side that does.
    pub fn start(now: Instant, seconds: u32, refreshes: bool) -> SessionTimer {
        let interval = Duration::from_secs(seconds.into());
        // "It is RECOMMENDED that this refresh be sent once half the session interval has elapsed"; "the minimum of 32
        // seconds and one third of the session interval" before the end whoever waits hangs up (RFC 4028 §10).
        let early = (interval / 3).min(Duration::from_secs(32));
        SessionTimer {
            seconds,
            refreshes,
            refresh: refreshes.then(|| now + interval / 2),
            expire: now + interval.saturating_sub(early),
        }
    }

    /// The session interval: seconds.
    pub fn seconds(&self) -> u32 {
        self.seconds
    }

    /// Whether our side refreshes.
    pub fn refreshes(&self) -> bool {
        self.refreshes
    }

    /// Who refreshes, as a party of a request that we send.
    pub fn refresher_of_ours(&self) -> Refresher {
        if self.refreshes {
            Refresher::Uac
        } else {
            Refresher::Uas
        }
    }

    /// Who refreshes, as a party of a request that the other side sends.
    pub fn refresher_of_theirs(&self) -> Refresher {
        if self.refreshes {
            Refresher::Uas
        } else {
            Refresher::Uac
        }
    }

    /// A refresh could not be sent now, or failed for a reason that passes: again at this time.
    pub fn refresh_again(&mut self, at: Instant) {
        if self.refreshes {
            self.refresh = Some(at);
        }
    }

    /// When [`SessionTimer::handle_timeout`] has something to do.
    pub fn poll_timeout(&self) -> Instant {
        self.refresh.map_or(self.expire, |at| at.min(self.expire))
    }

    /// What is due at `now`.
    pub fn handle_timeout(&mut self, now: Instant) -> Option<TimerAction> {
        if now >= self.expire {
            return Some(TimerAction::Expire);
        }
        let at = self.refresh.filter(|at| now >= *at);
        at.map(|_| {
            self.refresh = None;
            TimerAction::Refresh
        })
    }
}
