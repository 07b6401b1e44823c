//! The SDP of one call: what the phone says of its media, and what the other side said last (RFC 3264).

use bytes::Bytes;
use switchhook_media::sdp::{
    Answer, Codec, Direction, LocalMedia, Offer, RemoteMedia, SdpError, SdpOrigin,
};

use crate::config::Behaviour;
use crate::output::CallMedia;

/// The payload type that the phone offers for digits.
const TELEPHONE_EVENT: u8 = 101;

/// What a phone can hear and say if nothing else is said, preferred first.
fn usual_codecs() -> Vec<Codec> {
    vec![
        Codec::pcmu(),
        Codec::pcma(),
        Codec::telephone_event(TELEPHONE_EVENT),
    ]
}

/// See the module.
#[derive(Debug, Clone)]
pub(crate) struct Negotiation {
    local: LocalMedia,
    origin: SdpOrigin,
    /// The direction of the last description sent, its version being that of `origin`.
    said: Option<Direction>,
    /// What the phone can hear and say, preferred first.
    codecs: Vec<Codec>,
    /// Whether it answers with PCMA alone.
    pcma_only: bool,
    /// Whether we hold the other side.
    pub(crate) holding: bool,
    /// Whether the other side holds us.
    pub(crate) held: bool,
    /// What both agreed on.
    pub(crate) media: Option<CallMedia>,
}

impl Negotiation {
    pub(crate) fn new(local: LocalMedia, session_id: u64, behaviour: &Behaviour) -> Negotiation {
        // Some phones read the number as signed.
        let origin = SdpOrigin {
            session_id: session_id >> 2,
            version: 1,
        };
        Negotiation {
            local,
            origin,
            said: None,
            codecs: match behaviour.codecs.is_empty() {
                true => usual_codecs(),
                false => behaviour.codecs.clone(),
            },
            pcma_only: behaviour.pcma_only,
            holding: false,
            held: false,
            media: None,
        }
    }

    /// An offer: `hold` asks the other side to be quiet (RFC 3264 §8.4).
    pub(crate) fn offer(&mut self, hold: bool) -> Bytes {
        let direction = if hold {
            Direction::SendOnly
        } else {
            Direction::SendRecv
        };
        self.say(direction);
        Offer::create(self.local, &self.origin, &self.codecs, direction)
    }

    /// The other side's answer to our offer.
    pub(crate) fn accept(&mut self, answer: &[u8]) -> Result<CallMedia, SdpError> {
        let answer = Answer::parse(answer)?;
        if answer.is_refused() {
            return Err(SdpError::Unacceptable);
        }
        Ok(self.agree(answer.remote(), answer.formats()))
    }

    /// Our answer to the other side's offer.
    pub(crate) fn answer(&mut self, offer: &[u8]) -> Result<Bytes, SdpError> {
        let offer = Offer::parse(offer)?;
        let wanted = if self.holding {
            Direction::SendOnly
        } else {
            Direction::SendRecv
        };
        self.say(wanted.answering(offer.remote().direction));
        let pcma = [Codec::pcma()];
        let has_pcma = |codecs: &[Codec]| codecs.iter().any(|codec| codec.name == "PCMA");
        let codecs = match self.pcma_only && has_pcma(&offer.formats()) && has_pcma(&self.codecs) {
            true => &pcma[..],
            false => &self.codecs,
        };
        let bytes = Answer::create(&offer, self.local, &self.origin, codecs, wanted)?;
        let common = offer.select(codecs);
        self.held = offer.is_hold();
        self.agree(offer.remote(), common);
        Ok(bytes)
    }

    fn agree(&mut self, remote: RemoteMedia, codecs: Vec<Codec>) -> CallMedia {
        let media = CallMedia {
            local: self.local,
            remote,
            codecs,
        };
        self.media = Some(media.clone());
        media
    }

    fn say(&mut self, direction: Direction) {
        if self.said.is_some_and(|said| said != direction) {
            self.origin.version += 1;
        }
        self.said = Some(direction);
    }
}
