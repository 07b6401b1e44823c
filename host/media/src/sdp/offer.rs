//! An SDP offer that one side made: what it says, how it is said to the other side, and how it is answered.

use std::borrow::Cow;

use bytes::Bytes;

use crate::sdp::address::{Direction, LocalMedia, RemoteMedia, SdpOrigin};
use crate::sdp::answer::Answer;
use crate::sdp::codec::Codec;
use crate::sdp::description::{Description, offered_audio};
use crate::sdp::encodings::Encodings;
use crate::sdp::error::SdpError;
use crate::sdp::layout::Layout;
use crate::sdp::negotiation::{agreed, any_sound};
use crate::sdp::terms::Terms;
use crate::sdp::write::{Audio, write};

/// An SDP offer (RFC 3264 §5) that has an audio line which can be relayed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Offer {
    pub(crate) description: Description,
}

/// What an offerer is answered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Told {
    /// The description.
    pub description: Bytes,
    /// In which formats the offerer takes media from now on.
    pub terms: Terms,
}

impl Offer {
    /// Reads an offer. `Malformed` (400): not SDP, or beyond the limits. `Unacceptable` (488): no audio line of plain
    /// RTP (`RTP/AVP`, `RTP/AVPF`) that is switched on.
    pub fn parse(bytes: &[u8]) -> Result<Offer, SdpError> {
        Ok(Offer {
            description: Description::parse(bytes, offered_audio)?,
        })
    }

    /// A first offer of our own, with one audio line.
    pub fn create(
        local: LocalMedia,
        origin: &SdpOrigin,
        codecs: &[Codec],
        direction: Direction,
    ) -> Bytes {
        write(
            local,
            origin,
            &[],
            0,
            &Audio::of_codecs(codecs, "RTP/AVP", direction),
        )
    }

    /// This offer said to a leg that has agreed on nothing but one audio line so far.
    pub fn forward(&self, local: LocalMedia, origin: &SdpOrigin) -> Bytes {
        self.forward_within(&Layout::default(), local, origin)
    }

    /// This offer said to a leg whose media lines are `layout`: their number and order stay (RFC 3264 §8).
    ///
    /// `local` and `origin` are those of the leg that it is said to. The old way to hold (`c=0.0.0.0`) becomes
    /// `a=sendonly` or `a=inactive`, since our address takes the place of the zeros.
    pub fn forward_within(&self, layout: &Layout, local: LocalMedia, origin: &SdpOrigin) -> Bytes {
        let stream = &self.description.stream;
        let audio = Audio::relayed(stream, stream.remote.direction);
        let lines = layout.lines.as_deref().unwrap_or_default();
        write(local, origin, lines, layout.audio, &audio)
    }

    /// What the other side answered, said to the side that made this offer: as many media lines as it offered, in its
    /// order, all but the relayed one refused (RFC 3264 §6). `local` and `origin` are those of the offerer's leg.
    ///
    /// Formats that were not offered are left out. If no sound remains, but both take some of `encodings`, the offerer is
    /// answered with its own best format of those, and the session transcodes; else it is `Unacceptable`.
    pub fn answer(
        &self,
        answer: &Answer,
        local: LocalMedia,
        origin: &SdpOrigin,
        encodings: Encodings,
    ) -> Result<Told, SdpError> {
        let (offered, stream) = (&self.description.stream, &answer.description.stream);
        let own = &offered.remote.terms;
        let direction = stream.remote.direction.answering(offered.remote.direction);
        let mut audio = Audio::relayed(stream, direction);
        let mut terms = own.agreed(&stream.remote.terms);
        if stream.accepted {
            let formats = agreed(offered, stream);
            if !any_sound(stream, &formats) {
                let codecs = self.own_best(answer, encodings);
                if codecs.is_empty() {
                    return Err(SdpError::Unacceptable);
                }
                let numbers: Vec<u8> = codecs.iter().map(|codec| codec.payload_type).collect();
                terms = own.only(&numbers);
                audio = Audio::of_codecs(&codecs, &offered.protocol, direction);
            } else if formats.len() < stream.formats.len() {
                terms = own.agreed(&stream.remote.terms.only(&formats));
                audio.lines = Cow::Owned(stream.lines_for(&formats));
                audio.formats = Cow::Owned(formats);
            }
        }
        audio.protocol = &offered.protocol;
        Ok(Told {
            description: self.write_answer(local, origin, &audio),
            terms,
        })
    }

    /// The answer that refuses every line of this offer, in a response that must carry one.
    pub fn refuse(&self, local: LocalMedia, origin: &SdpOrigin) -> Bytes {
        let stream = &self.description.stream;
        let audio = Audio {
            accepted: false,
            ..Audio::relayed(stream, Direction::Inactive)
        };
        self.write_answer(local, origin, &audio)
    }

    pub(crate) fn write_answer(
        &self,
        local: LocalMedia,
        origin: &SdpOrigin,
        audio: &Audio<'_>,
    ) -> Bytes {
        let Description {
            lines,
            audio: position,
            ..
        } = &self.description;
        write(local, origin, lines, *position, audio)
    }

    /// The transport protocol of the audio line: an answer repeats it.
    pub(crate) fn protocol(&self) -> &str {
        &self.description.stream.protocol
    }

    /// Where the offerer wants its media.
    pub fn remote(&self) -> RemoteMedia {
        self.description.stream.remote
    }

    /// The encoding names of the offered formats, preferred first, as `CallHook` and routing code see them.
    pub fn codecs(&self) -> Vec<String> {
        self.description.stream.names()
    }

    /// The offered formats that have a name, preferred first.
    pub fn formats(&self) -> Vec<Codec> {
        self.description.stream.codecs()
    }

    /// Those offered formats that are among `supported`, in the offerer's order and with its payload types.
    pub fn select(&self, supported: &[Codec]) -> Vec<Codec> {
        let mut formats = self.formats();
        formats.retain(|codec| supported.iter().any(|other| other.matches(codec)));
        formats
    }

    /// Whether the offerer puts the other side on hold: it does not want to receive (RFC 3264 §8.4).
    pub fn is_hold(&self) -> bool {
        !self.remote().direction.receives()
    }

    /// This offer with only those formats that `agreed`, the last description that its offerer was told, has too. All of them
    /// if there is none.
    pub fn within(&self, agreed: &Offer) -> Offer {
        let agreed = &agreed.description.stream;
        let formats = self::agreed(agreed, &self.description.stream);
        if formats.is_empty() {
            return self.clone();
        }
        self.with(formats)
    }

    /// Whether this answer accepts any of the formats that carry sound, or some that can be transcoded.
    pub fn is_met_by(&self, answer: &Answer, encodings: Encodings) -> bool {
        let answered = &answer.description.stream;
        let is_common = || any_sound(answered, &agreed(&self.description.stream, answered));
        answered.accepted && (is_common() || !self.own_best(answer, encodings).is_empty())
    }

    /// The same in both directions: for somebody else than the one for whom the direction was meant.
    pub fn both_ways(mut self) -> Offer {
        let remote = &mut self.description.stream.remote;
        if remote.rtp.is_some() {
            remote.direction = Direction::SendRecv;
        }
        self
    }

    /// What was offered, as the answer to somebody else's offer.
    pub fn to_answer(&self) -> Answer {
        Answer {
            description: self.description.clone(),
        }
    }

    /// This offer in its plainest form, for somebody who refused it: codecs that need no description, digits, plain RTP.
    /// `None`: it is that plain already, or has no such codec.
    pub fn plain(&self) -> Option<Offer> {
        let codecs = self.formats();
        let is_plain = |codec: &&Codec| {
            codec.is_telephone_event()
                || Codec::well_known(codec.payload_type).is_some_and(|known| known.matches(codec))
        };
        let plain: Vec<_> = codecs.iter().filter(is_plain).collect();
        if !plain.iter().any(|codec| codec.carries_sound()) {
            return None;
        }
        let mut offer = self.with(plain.iter().map(|codec| codec.payload_type).collect());
        let stream = &mut offer.description.stream;
        let is_feedback = |line: &&str| line.starts_with("a=rtcp-fb");
        stream.lines = (stream.lines.split_inclusive('\n'))
            .filter(|line| !is_feedback(line))
            .collect::<String>()
            .into();
        stream.protocol = "RTP/AVP".into();
        (offer.description.stream != self.description.stream).then_some(offer)
    }

    /// The same without any media: whoever hears it waits.
    pub fn inactive(mut self) -> Offer {
        self.description.stream.remote.direction = Direction::Inactive;
        self
    }

    /// The same for somebody who is to hear something all the same: an offer without any media becomes one that only sends.
    pub fn heard(mut self) -> Offer {
        let remote = &mut self.description.stream.remote;
        if remote.direction == Direction::Inactive {
            remote.direction = Direction::SendOnly;
        }
        self
    }

    pub(crate) fn of_answer(answer: &Answer) -> Offer {
        Offer {
            description: answer.description.clone(),
        }
    }

    pub(crate) fn with(&self, formats: Vec<u8>) -> Offer {
        let mut offer = self.clone();
        let stream = &mut offer.description.stream;
        stream.remote.terms = stream.remote.terms.only(&formats);
        stream.lines = stream.lines_for(&formats).into();
        stream.formats = formats.into();
        offer
    }

    /// The media lines of the leg that this offer came from, from now on.
    pub fn layout(&self) -> Layout {
        let Description { lines, audio, .. } = &self.description;
        if lines.is_empty() {
            return Layout::default();
        }
        Layout {
            lines: Some(lines.clone()),
            audio: *audio,
        }
    }
}
