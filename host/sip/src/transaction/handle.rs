//! The names by which the transaction user calls its transactions: small, `Copy`, never meaning another transaction later.

/// A place in the table and how many transactions lived there before: a stale handle finds nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Handle {
    pub(super) index: u32,
    pub(super) generation: u32,
}

/// A client transaction: a request that we sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientTransaction(pub(super) Handle);

/// A server transaction: a request that we received.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ServerTransaction(pub(super) Handle);
