//! What the INVITE of a leg asks of whoever is called: reliable provisional responses, a session timer.

use switchhook_sip::build::Builder;
use switchhook_sip::message::{Fields, HeaderName, Request};
use switchhook_sip::session_timer::{SessionExpires, Terms};

use crate::call::target::Destination;
use crate::call::timers::Timers;
use crate::core::Reply;
use crate::dialog_rules::{DialogRules, Reliability};
use crate::features::{RELIABLE, TIMER, offers};
use crate::limits;

/// What the INVITE of a leg asks for.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Extensions {
    reliability: Reliability,
    /// The session timer; `None`: none.
    pub(crate) terms: Option<Terms>,
    lengthened: u8,
    /// Whether the offer is the plainest that there is, since a richer one was refused.
    pub(crate) plain: bool,
    /// Whether its media go by the relay, since it took nothing of what the other side has.
    pub(crate) relayed: bool,
}

impl Extensions {
    /// What a domain asks of a destination.
    pub(crate) fn of(rules: &DialogRules, destination: &Destination) -> Extensions {
        let reliability = match (&destination.client, &destination.trunk) {
            (Some(client), _) => rules.reliability_of_client(&client.user),
            (None, Some(trunk)) => rules.reliability_of_trunk(trunk),
            (None, None) => rules.reliability,
        };
        Extensions {
            reliability,
            terms: rules.session_timer,
            ..Extensions::default()
        }
    }

    /// Writes the fields. An offer in a reliable response can only be answered if somebody can answer it before the call is
    /// (`answers_early`).
    pub(crate) fn write(&self, builder: Builder, answers_early: bool) -> Builder {
        let mut supported = Vec::with_capacity(3);
        let mut builder = builder;
        if self.reliability != Reliability::Off && answers_early {
            supported.push(RELIABLE);
            if self.reliability == Reliability::Required {
                builder = builder.raw_header(HeaderName::Require, RELIABLE.as_bytes());
            }
        }
        if let Some(terms) = self.terms {
            supported.push(TIMER);
            let expires = SessionExpires {
                seconds: terms.seconds,
                refresher: None,
            };
            builder = builder
                .header(HeaderName::SessionExpires, expires)
                .number(HeaderName::MinSe, terms.min_seconds);
        }
        supported.push("199");
        builder.header(HeaderName::Supported, supported.join(", "))
    }

    /// 422: the interval is too short for whoever is called (RFC 4028 §7.3). `false`: it was tried often enough.
    pub(crate) fn lengthen(&mut self, response: &Fields) -> bool {
        let min = response.seconds(HeaderName::MinSe);
        let (Some(min), Some(terms)) = (min, &mut self.terms) else {
            return false;
        };
        let is_longer = min > terms.seconds || min > terms.min_seconds;
        if !is_longer || self.lengthened >= limits::CHALLENGES {
            return false;
        }
        self.lengthened += 1;
        terms.min_seconds = terms.min_seconds.max(min);
        terms.seconds = terms.seconds.max(min);
        true
    }
}

/// Refuses an INVITE whose sender asks for what the domain does not do with it, or does not do what the domain wants: 420
/// (RFC 3261 §8.2.2.3), 421 (RFC 3262 §3 with RFC 3261 §21.4.16), 422 (RFC 4028 §9).
pub(crate) fn check_caller(
    request: &Request,
    reliability: Reliability,
    terms: Option<Terms>,
) -> Result<(), Reply> {
    let requires = |option| request.has_option(HeaderName::Require, option);
    if reliability == Reliability::Off && requires(RELIABLE) {
        return Err(Reply::new(420).with("Unsupported", RELIABLE));
    }
    if reliability == Reliability::Required && !offers(request, RELIABLE) {
        return Err(Reply::new(421).with("Require", RELIABLE));
    }
    if terms.is_none() && requires(TIMER) {
        return Err(Reply::new(420).with("Unsupported", TIMER));
    }
    Timers::of(terms).check(request)
}
