//! What the exchange counts since it was made.

/// What the exchange counted since it was made.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counters {
    /// Messages received.
    pub received: u64,
    /// Messages that could not be read; those that could be answered got a 400 or 505.
    pub malformed: u64,
    /// Calls that were taken on.
    pub calls: u64,
    /// Calls that were answered.
    pub answered: u64,
    /// Requests outside of dialogs that were refused, challenges left out.
    pub refused: u64,
    /// Calls that a limit of their client forbade.
    pub limited: u64,
    /// Challenges sent.
    pub challenged: u64,
    /// INVITEs that got a 503 since the exchange had too much to do or was draining.
    pub overloaded: u64,
    /// Calls that were transferred, the attempts that failed included.
    pub transfers: u64,
    /// Transfers that were refused.
    pub transfers_refused: u64,
    /// Decisions asked for.
    pub decisions: u64,
    /// Resumptions asked for.
    pub resumptions: u64,
    /// Registrations that a gatekeeper was asked about.
    pub gates: u64,
    /// Gatekeepers that never answered in time.
    pub gates_lost: u64,
    /// Decisions and resumptions that never came back in time.
    pub decisions_lost: u64,
    /// Decisions that gave no script.
    pub undecided: u64,
    /// Calls that ended since one side's session was not refreshed in time (RFC 4028).
    pub sessions_expired: u64,
    /// Calls that ended since the caller never acknowledged a reliable provisional response (RFC 3262).
    pub provisionals_lost: u64,
    /// Calls that found no media port.
    pub ports_exhausted: u64,
    /// Subscriptions that began.
    pub subscriptions: u64,
    /// NOTIFYs sent, those within calls left out.
    pub notified: u64,
    /// Subscriptions that ended since a NOTIFY was refused or never answered.
    pub notify_failures: u64,
    /// MESSAGEs outside of dialogs that were sent on.
    pub messages: u64,
    /// Documents that were published.
    pub publications: u64,
    /// Calls that were ended since stepping them panicked. Every one is a bug.
    pub panics: u64,
}

impl std::ops::Add for Counters {
    type Output = Counters;

    fn add(self, other: Counters) -> Counters {
        Counters {
            received: self.received + other.received,
            malformed: self.malformed + other.malformed,
            calls: self.calls + other.calls,
            answered: self.answered + other.answered,
            refused: self.refused + other.refused,
            challenged: self.challenged + other.challenged,
            overloaded: self.overloaded + other.overloaded,
            transfers: self.transfers + other.transfers,
            transfers_refused: self.transfers_refused + other.transfers_refused,
            decisions: self.decisions + other.decisions,
            resumptions: self.resumptions + other.resumptions,
            gates: self.gates + other.gates,
            gates_lost: self.gates_lost + other.gates_lost,
            limited: self.limited + other.limited,
            decisions_lost: self.decisions_lost + other.decisions_lost,
            undecided: self.undecided + other.undecided,
            sessions_expired: self.sessions_expired + other.sessions_expired,
            provisionals_lost: self.provisionals_lost + other.provisionals_lost,
            ports_exhausted: self.ports_exhausted + other.ports_exhausted,
            subscriptions: self.subscriptions + other.subscriptions,
            notified: self.notified + other.notified,
            notify_failures: self.notify_failures + other.notify_failures,
            messages: self.messages + other.messages,
            publications: self.publications + other.publications,
            panics: self.panics + other.panics,
        }
    }
}

impl Counters {
    pub(crate) fn replied(&mut self, status: u16) {
        match status {
            401 | 407 => self.challenged += 1,
            300.. => self.refused += 1,
            _ => {}
        }
    }
}
