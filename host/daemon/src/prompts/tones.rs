//! Tones of prompts as what is played: nothing has to be fetched for them.

use switchhook_media::sound::playlist::Item;
use switchhook_media::sound::tone::{Kind, cadence};
use switchhook_routing::prompt::{Tone, ToneKind};

/// A tone as it is played; `country` holds where it names none.
pub fn item(tone: &Tone, country: &str) -> Item {
    let country = tone.country.as_deref().unwrap_or(country);
    Item::Tone {
        cadence: cadence(kind(tone.kind), country),
        milliseconds: tone.milliseconds,
    }
}

fn kind(kind: ToneKind) -> Kind {
    match kind {
        ToneKind::Dial => Kind::Dial,
        ToneKind::Ringing => Kind::Ringing,
        ToneKind::Busy => Kind::Busy,
        ToneKind::Congestion => Kind::Congestion,
        ToneKind::Information => Kind::Information,
        ToneKind::Beep => Kind::Beep,
        ToneKind::Silence => Kind::Silence,
    }
}
