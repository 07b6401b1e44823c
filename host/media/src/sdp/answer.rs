//! An SDP answer that one side made: what it says. How it is said to the other side is [`crate::sdp::Offer::answer`].

use bytes::Bytes;

use crate::sdp::address::{Direction, LocalMedia, RemoteMedia, SdpOrigin};
use crate::sdp::codec::Codec;
use crate::sdp::description::{Description, answered_audio};
use crate::sdp::error::SdpError;
use crate::sdp::offer::Offer;
use crate::sdp::write::Audio;

/// An SDP answer (RFC 3264 §6).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    pub(crate) description: Description,
}

impl Answer {
    /// Reads an answer to an offer of ours. `Malformed`: not SDP. `Unacceptable`: it has no audio line that answers ours.
    /// An audio line with port 0 is a good answer: see [`Answer::is_refused`].
    pub fn parse(bytes: &[u8]) -> Result<Answer, SdpError> {
        Ok(Answer {
            description: Description::parse(bytes, answered_audio)?,
        })
    }

    /// Answers an offer with those of its formats that are among `supported`, in the offerer's order.
    ///
    /// `direction` is what we want; what the offer does not allow is taken away (RFC 3264 §6.1). `Unacceptable` (488) if
    /// no format other than `telephone-event` and comfort noise is common.
    pub fn create(
        offer: &Offer,
        local: LocalMedia,
        origin: &SdpOrigin,
        supported: &[Codec],
        direction: Direction,
    ) -> Result<Bytes, SdpError> {
        let codecs = offer.select(supported);
        if !codecs.iter().any(Codec::carries_sound) {
            return Err(SdpError::Unacceptable);
        }
        let direction = direction.answering(offer.remote().direction);
        let audio = Audio::of_codecs(&codecs, offer.protocol(), direction);
        Ok(offer.write_answer(local, origin, &audio))
    }

    /// Where the answerer wants its media.
    pub fn remote(&self) -> RemoteMedia {
        self.description.stream.remote
    }

    /// The encoding names of the accepted formats, preferred first. Of a refused stream they mean nothing.
    pub fn codecs(&self) -> Vec<String> {
        self.description.stream.names()
    }

    /// The accepted formats that have a name, preferred first.
    pub fn formats(&self) -> Vec<Codec> {
        self.description.stream.codecs()
    }

    /// What was answered, as an offer to somebody else.
    pub fn to_offer(&self) -> Offer {
        Offer::of_answer(self)
    }

    /// Whether the audio stream was refused (port 0).
    pub fn is_refused(&self) -> bool {
        !self.description.stream.accepted
    }
}
