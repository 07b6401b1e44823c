//! The record of a call: one value, written when the call is over.

use crate::call::Origin;
use crate::decision::Stage;
use crate::event::ScriptSource;

/// What is kept of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct CallRecord {
    /// The switch's identifier of the call.
    pub id: String,
    /// The Call-ID of the caller's dialog.
    pub sip_call_id: String,
    /// The domain.
    pub domain: String,
    /// Who called.
    pub caller: String,
    /// What was dialled.
    pub callee: String,
    /// Where the call came from.
    pub origin: Origin,
    /// Address and port of the caller's signalling.
    pub source_address: String,
    /// When the INVITE arrived: milliseconds since the Unix epoch.
    pub started_at: u64,
    /// When a destination answered.
    pub answered_at: Option<u64>,
    /// When the call was over.
    pub ended_at: u64,
    /// How it ended.
    pub disposition: Disposition,
    /// The final status that the caller got; 200 for an answered call.
    pub status: u16,
    /// Who ended it.
    pub ended_by: Party,
    /// Every decision, in order.
    pub decisions: Vec<DecisionRecord>,
    /// Every leg towards a destination, in the order they were called.
    pub legs: Vec<LegRecord>,
    /// What the relay saw from the caller and from the called side.
    pub media: Option<MediaRecord>,
    /// Where its recordings can be fetched, in the order in which they were completed.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Vec::is_empty")
    )]
    pub recordings: Vec<String>,
    /// Why others are not there: for each recording or message that failed what the system said.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Vec::is_empty")
    )]
    pub recording_failures: Vec<String>,
    /// The identifier of the call that this one was transferred, picked up or retrieved from.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub transferred_from: Option<String>,
    /// The identifier of the call in which the side that stayed went on.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub transferred_to: Option<String>,
}

/// One decision of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct DecisionRecord {
    /// The attempt it was for.
    pub attempt: u8,
    /// The number it was made for.
    pub callee: String,
    /// Where the script came from.
    pub source: ScriptSource,
    /// The plugins asked.
    pub stages: Vec<Stage>,
}

/// One leg towards a destination.
#[derive(Debug, Clone, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct LegRecord {
    /// The destination, as text.
    pub target: String,
    /// The final status; `None` if it was cancelled before one arrived.
    pub status: Option<u16>,
    /// When it was called: milliseconds since the Unix epoch.
    pub started_at: u64,
    /// When it answered.
    pub answered_at: Option<u64>,
}

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Disposition {
    /// Both sides were connected, or the switch answered the caller itself.
    Answered,
    /// Nobody answered in time.
    NoAnswer,
    /// The destination was busy.
    Busy,
    /// The caller gave up before an answer.
    Cancelled,
    /// A script or a rule refused it.
    Rejected,
    /// It could not be completed.
    Failed,
}

/// A side of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(
    feature = "serde",
    derive(serde::Serialize, serde::Deserialize),
    serde(rename_all = "kebab-case")
)]
pub enum Party {
    /// The caller.
    Caller,
    /// The called side.
    Callee,
    /// The switch.
    Switch,
}

/// What the relay saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
pub struct MediaRecord {
    /// RTP packets from the caller.
    pub packets_from_caller: u64,
    /// RTP packets from the called side.
    pub packets_from_callee: u64,
    /// Packets dropped because their source was not the settled one.
    pub packets_refused: u64,
    /// Packets from the caller that did not arrive, as their numbers tell.
    pub packets_lost_from_caller: u64,
    /// The same of the called side.
    pub packets_lost_from_callee: u64,
    /// How much the time that the caller's packets took varied (RFC 3550 §6.4.1): microseconds.
    pub caller_jitter_microseconds: u32,
    /// The same of the called side.
    pub callee_jitter_microseconds: u32,
    /// How long packets took to the caller and back, as its reports told: microseconds.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub caller_round_trip_microseconds: Option<u32>,
    /// The same of the called side.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub callee_round_trip_microseconds: Option<u32>,
    /// How good what the caller said probably sounded where it arrived: hundredths of a mean opinion score, 100 to 450.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub caller_opinion_hundredths: Option<u16>,
    /// The same of the called side.
    #[cfg_attr(
        feature = "serde",
        serde(default, skip_serializing_if = "Option::is_none")
    )]
    pub callee_opinion_hundredths: Option<u16>,
}
