//! What the switch knows of the clients in the domain of the call.

use crate::bindings::switchhook::plugin::directory as wit;
use crate::store::Host;

impl wit::Host for Host {
    fn registered(&mut self, client: String) -> bool {
        self.version.directory().registered(&self.domain, &client)
    }

    fn contacts(&mut self, client: String) -> Vec<String> {
        self.version.directory().contacts(&self.domain, &client)
    }

    fn active_calls(&mut self, client: String) -> u32 {
        self.version.directory().active_calls(&self.domain, &client)
    }
}
