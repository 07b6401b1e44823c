//! What a relay has counted.

use crate::relay::types::Side;

/// What a relay has counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Statistics {
    /// What came from the caller's side.
    pub caller: SideStatistics,
    /// What came from the called side.
    pub callee: SideStatistics,
}

/// What came from one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct SideStatistics {
    /// RTP packets that were forwarded, or heard by the switch itself.
    pub packets: u64,
    /// Bytes of them, headers of RTP included, those of UDP and IP not.
    pub bytes: u64,
    /// RTCP packets that were forwarded, or heard by the switch itself.
    pub rtcp_packets: u64,
    /// Packets that were dropped since they came from an address that is not the side's.
    pub refused: u64,
    /// Packets that were dropped since they were no RTP or RTCP.
    pub malformed: u64,
    /// Packets that were dropped since the other side had no address, or since sending failed.
    pub unsent: u64,
    /// Packets that it sent and that did not arrive, as their numbers tell.
    pub lost: u64,
    /// How much the time that its packets take varies (RFC 3550 §6.4.1).
    pub jitter_microseconds: u32,
    /// How long packets take to it and back, as its reports tell; `None`: it sent none that do.
    pub round_trip_microseconds: Option<u32>,
    /// How good what it says probably sounds here: hundredths of a mean opinion score, 100 to 450 (ITU-T G.107, reduced). `None`: nothing
    /// was heard in an encoding that is known.
    pub opinion_hundredths: Option<u16>,
}

impl Statistics {
    /// What came from a side.
    pub fn side(&self, side: Side) -> &SideStatistics {
        match side {
            Side::Caller => &self.caller,
            Side::Callee => &self.callee,
        }
    }

    /// The same, to be changed.
    pub(crate) fn side_mut(&mut self, side: Side) -> &mut SideStatistics {
        match side {
            Side::Caller => &mut self.caller,
            Side::Callee => &mut self.callee,
        }
    }
}
