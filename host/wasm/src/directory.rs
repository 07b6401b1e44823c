//! What plugins may read of the switch's clients; the switch implements it over its concurrent view.

/// The clients of the switch's domains, read as they are at that moment.
///
/// Called from the middle of a decision: it must not block.
pub trait Directory: Send + Sync {
    /// The contacts that a client has registered now, as SIP URIs, most recent first.
    fn contacts(&self, domain: &str, client: &str) -> Vec<String>;

    /// How many calls a client takes part in now, ringing ones included.
    fn active_calls(&self, domain: &str, client: &str) -> u32;

    /// Whether a client has at least one contact now.
    fn registered(&self, domain: &str, client: &str) -> bool {
        !self.contacts(domain, client).is_empty()
    }
}

/// A directory without clients: for trying plugins outside of a switch.
#[derive(Debug, Clone, Copy, Default)]
pub struct EmptyDirectory;

impl Directory for EmptyDirectory {
    fn contacts(&self, _domain: &str, _client: &str) -> Vec<String> {
        Vec::new()
    }

    fn active_calls(&self, _domain: &str, _client: &str) -> u32 {
        0
    }
}
