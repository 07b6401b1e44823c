//! A call and the limits of the clients that take part in it.

use std::sync::Arc;
use std::time::Duration;

use crate::allowance::{charge, is_busy, left};
use crate::call::deadlines::Timer;
use crate::call::state::{Call, Phase};
use crate::call::target::Destination;
use crate::core::Core;

impl Call {
    /// How long the call may last from now on: as any call, and as long as the client that pays for it may talk.
    fn longest(&self, core: &Core) -> Duration {
        let longest = self.config.timing.call_max;
        let limits = self.payer.as_ref().and_then(|client| {
            let limits = self.domain()?.limits_of(&client.user);
            left(core, &limits, client)
        });
        limits.map_or(longest, |left| left.min(longest))
    }

    /// Sets the time at which the call is ended, whatever its sides want.
    pub(crate) fn watch_longest(&mut self, core: &Core) {
        if self.phase != Phase::Ending {
            let longest = self.longest(core);
            self.deadlines.set(Timer::Longest, core.now + longest);
        }
    }

    /// The call is over: the client that pays for it has used up so many of its minutes.
    pub(crate) fn charge(&mut self, core: &mut Core) {
        let Some(answered_at) = self.journal.answered_at else {
            return;
        };
        let talked = core.epoch_ms(core.now).saturating_sub(answered_at);
        let config = Arc::clone(&self.config);
        if let Some(client) = &self.payer
            && let Some(domain) = config.domains.get(&client.domain)
        {
            charge(core, &domain.limits_of(&client.user), client, talked);
        }
    }

    /// Whether a destination is a client that has as many calls as it may, and this is none of them.
    pub(crate) fn is_at_its_limit(&self, core: &Core, destination: &Destination) -> bool {
        let Some(client) = &destination.client else {
            return false;
        };
        !self.counted.contains(client)
            && (self.domain())
                .is_some_and(|domain| is_busy(core, &domain.limits_of(&client.user), client))
    }
}
