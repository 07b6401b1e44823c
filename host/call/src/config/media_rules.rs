//! What holds for the media of a client, of a trunk, or of whoever else is called in a domain's name.

use switchhook_media::sdp::Encodings;

/// What holds for somebody's media.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MediaRules {
    /// The codecs of its calls as SDP encoding names, preferred first; empty: any.
    pub codecs: Vec<String>,
    /// The encodings between which the switch may transcode for it. A call has those that both of its sides have.
    pub transcoding: Encodings,
    /// Whether its media bypass the switch in calls with somebody of whom that holds too, where nothing needs them.
    pub direct: bool,
}
