//! The limits of the message layer, in one place. What lies beyond them is refused, never cut.

/// The longest message in bytes, header section and body together. Offsets into a message are `u16`.
pub const MESSAGE_BYTES: usize = u16::MAX as usize;

/// The most header fields of one message.
pub const HEADER_FIELDS: usize = 128;

/// The header fields whose positions fit into the message itself; further ones cost one allocation.
pub(crate) const INLINE_HEADER_FIELDS: usize = 32;

/// The longest header field name in bytes. Lengths of names are `u8`.
pub const HEADER_NAME_BYTES: usize = u8::MAX as usize;

/// The greatest CSeq number (RFC 3261 §8.1.1.5).
pub const CSEQ_MAX: u32 = (1 << 31) - 1;

/// The greatest Max-Forwards value (RFC 3261 §20.22).
pub const MAX_FORWARDS_MAX: u32 = 255;

/// The most bytes that may wait in a [`crate::framing::Framer`]: two messages.
pub const FRAMER_BYTES: usize = 2 * MESSAGE_BYTES;

/// The most server transactions, ended ones included that still absorb retransmissions (up to 64·T1).
pub const SERVER_TRANSACTIONS: usize = 500_000;

/// The most client transactions, ended ones included.
pub const CLIENT_TRANSACTIONS: usize = 500_000;

/// The Retry-After of a stateless 503.
pub const RETRY_AFTER_SECONDS: u32 = 5;

/// The most nonces of digest authentication whose use is remembered.
pub const NONCES_REMEMBERED: usize = 65_536;

/// The most Route values of a dialog; what has more makes no dialog.
pub const ROUTE_SET: usize = 16;

/// The most questions to the DNS for one request, and the most destinations that are kept of the answers.
pub const LOCATE_QUERIES: usize = 24;
/// See [`LOCATE_QUERIES`].
pub const LOCATE_CANDIDATES: usize = 16;
