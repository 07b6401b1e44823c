//! What the switch knows of the clients in the domain of the call, as it is at this moment.

use crate::backend;

/// Whether a client has at least one contact.
pub fn registered(client: &str) -> bool {
    backend::registered(client)
}

/// The contacts of a client, as SIP URIs, most recent first; empty if it is not registered.
pub fn contacts(client: &str) -> Vec<String> {
    backend::contacts(client)
}

/// How many calls a client takes part in, ringing ones included.
pub fn active_calls(client: &str) -> u32 {
    backend::active_calls(client)
}
