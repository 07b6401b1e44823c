//! A call and the limits of the clients that take part in it.

use std::sync::Arc;
use std::time::Duration;

use crate::allowance::{charge, is_busy, left};
use crate::call::state::Call;
use crate::call::target::Destination;
use crate::core::Core;

impl Call {
    /// How long the call may last from its answer on: as any call, and as long as the client that made it may talk.
    pub(crate) fn longest(&self, core: &Core) -> Duration {
        let longest = self.config.timing.call_max;
        let limits = self.caller_client().and_then(|client| {
            let limits = self.domain()?.limits_of(&client.user);
            left(core, &limits, &client)
        });
        limits.map_or(longest, |left| left.min(longest))
    }

    /// The call is over: the client that made it has used up so many of its minutes.
    pub(crate) fn charge(&mut self, core: &mut Core) {
        let Some(answered_at) = self.journal.answered_at else {
            return;
        };
        let talked = core.epoch_ms(core.now).saturating_sub(answered_at);
        let config = Arc::clone(&self.config);
        if let Some(client) = self.caller_client()
            && let Some(domain) = config.domains.get(&client.domain)
        {
            charge(core, &domain.limits_of(&client.user), &client, talked);
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
