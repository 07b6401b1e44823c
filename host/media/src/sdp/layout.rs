//! The media lines of a leg, remembered so that later offers on it keep them.

/// The media lines that a leg has agreed on, so that a later offer *to* it keeps their number and order (RFC 3264 §8).
///
/// Keep one per leg: the default for a leg that we offered to first, and [`crate::sdp::Offer::layout`] after each offer
/// that came *from* it. The usual case, a single audio line, takes no memory on the heap.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    pub(crate) lines: Option<Box<[LayoutLine]>>,
    pub(crate) audio: usize,
}

/// A media line that is not the relayed one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LayoutLine {
    pub(crate) media: String,
    pub(crate) protocol: String,
    pub(crate) formats: String,
}
