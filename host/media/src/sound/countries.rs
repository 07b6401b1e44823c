//! What the tones of each country consist of, after ITU-T E.180 Supplement 2 and the operators' own publications where it says nothing.

use crate::sound::tone::{Segment, Voice};

/// The tones of one country.
pub(super) struct Country {
    pub(super) dial: &'static [Segment],
    pub(super) ringing: &'static [Segment],
    pub(super) busy: &'static [Segment],
    pub(super) congestion: &'static [Segment],
    pub(super) information: &'static [Segment],
}

const fn one(hertz: u16, milliseconds: u16) -> Segment {
    Segment {
        voice: Voice::One(hertz),
        milliseconds,
    }
}

const fn two(first: u16, second: u16, milliseconds: u16) -> Segment {
    Segment {
        voice: Voice::Two(first, second),
        milliseconds,
    }
}

const fn modulated(hertz: u16, by: u16, milliseconds: u16) -> Segment {
    Segment {
        voice: Voice::Modulated(hertz, by),
        milliseconds,
    }
}

const fn off(milliseconds: u16) -> Segment {
    Segment {
        voice: Voice::Silence,
        milliseconds,
    }
}

/// A beep sounds as long as it is played.
pub(super) const BEEP: &[Segment] = &[one(1_000, 1_000)];
pub(super) const SILENCE: &[Segment] = &[off(1_000)];

/// Three rising tones; the E.180 recommendation, and what nearly all countries have.
const SIT: &[Segment] = &[one(950, 330), one(1_400, 330), one(1_800, 330), off(1_000)];
const DIAL_425: &[Segment] = &[one(425, 1_000)];
const RINGING_425: &[Segment] = &[one(425, 1_000), off(4_000)];
const RINGING_425_SLOW: &[Segment] = &[one(425, 1_000), off(5_000)];
const EVEN_500: &[Segment] = &[one(425, 500), off(500)];
const EVEN_350: &[Segment] = &[one(425, 350), off(350)];
const EVEN_300: &[Segment] = &[one(425, 300), off(300)];
const EVEN_250: &[Segment] = &[one(425, 250), off(250)];
const EVEN_200: &[Segment] = &[one(425, 200), off(200)];

/// For countries that are not known.
pub(super) const RECOMMENDED: Country = Country {
    dial: DIAL_425,
    ringing: RINGING_425,
    busy: EVEN_500,
    congestion: EVEN_200,
    information: SIT,
};

const NORTH_AMERICA: Country = Country {
    dial: &[two(350, 440, 1_000)],
    ringing: &[two(440, 480, 2_000), off(4_000)],
    busy: &[two(480, 620, 500), off(500)],
    congestion: &[two(480, 620, 250), off(250)],
    information: SIT,
};

const AUSTRIA: Country = Country {
    dial: &[one(420, 1_000)],
    ringing: &[one(420, 1_000), off(5_000)],
    busy: &[one(420, 400), off(400)],
    congestion: &[one(420, 200), off(200)],
    information: &[one(950, 330), one(1_450, 330), one(1_850, 330), off(1_000)],
};

const AUSTRALIA: Country = Country {
    dial: &[two(413, 438, 1_000)],
    ringing: &[two(413, 438, 400), off(200), two(413, 438, 400), off(2_000)],
    busy: &[one(425, 375), off(375)],
    congestion: &[one(425, 375), off(375), one(420, 375), off(375)],
    information: &[one(425, 2_500), off(500)],
};

const BELGIUM: Country = Country {
    ringing: &[one(425, 1_000), off(3_000)],
    congestion: &[one(425, 167), off(167)],
    information: &[one(900, 330), one(1_400, 330), one(1_800, 330), off(1_000)],
    ..RECOMMENDED
};

const BRAZIL: Country = Country {
    busy: EVEN_250,
    congestion: &[one(425, 250), off(250), one(425, 750), off(250)],
    ..RECOMMENDED
};

const CHINA: Country = Country {
    dial: &[one(450, 1_000)],
    ringing: &[one(450, 1_000), off(4_000)],
    busy: &[one(450, 350), off(350)],
    congestion: &[one(450, 700), off(700)],
    information: &[
        one(450, 100),
        off(100),
        one(450, 100),
        off(100),
        one(450, 100),
        off(100),
        one(450, 400),
        off(400),
    ],
};

const CZECHIA: Country = Country {
    dial: &[one(425, 330), off(330), one(425, 660), off(660)],
    busy: &[one(425, 330), off(330)],
    congestion: &[one(425, 165), off(165)],
    ..RECOMMENDED
};

const FINLAND: Country = Country {
    busy: EVEN_300,
    ..RECOMMENDED
};

const FRANCE: Country = Country {
    dial: &[one(440, 1_000)],
    ringing: &[one(440, 1_500), off(3_500)],
    busy: &[one(440, 500), off(500)],
    congestion: &[one(440, 250), off(250)],
    information: SIT,
};

const GERMANY: Country = Country {
    busy: &[one(425, 480), off(480)],
    congestion: &[one(425, 240), off(240)],
    ..RECOMMENDED
};

const GREAT_BRITAIN: Country = Country {
    dial: &[two(350, 440, 1_000)],
    ringing: &[two(400, 450, 400), off(200), two(400, 450, 400), off(2_000)],
    busy: &[one(400, 375), off(375)],
    congestion: &[one(400, 400), off(350), one(400, 225), off(525)],
    information: &[
        one(950, 330),
        off(15),
        one(1_400, 330),
        off(15),
        one(1_800, 330),
        off(1_000),
    ],
};

const GREECE: Country = Country {
    dial: &[one(425, 200), off(300), one(425, 700), off(800)],
    busy: EVEN_300,
    ..RECOMMENDED
};

const HUNGARY: Country = Country {
    ringing: &[one(425, 1_250), off(3_750)],
    busy: EVEN_300,
    congestion: EVEN_300,
    ..RECOMMENDED
};

const INDIA: Country = Country {
    dial: &[modulated(400, 25, 1_000)],
    ringing: &[
        modulated(400, 25, 400),
        off(200),
        modulated(400, 25, 400),
        off(2_000),
    ],
    busy: &[one(400, 750), off(750)],
    congestion: &[one(400, 250), off(250)],
    information: SIT,
};

const ISRAEL: Country = Country {
    dial: &[one(414, 1_000)],
    ringing: &[one(414, 1_000), off(3_000)],
    busy: &[one(414, 500), off(500)],
    congestion: &[one(414, 250), off(250)],
    information: &[
        one(1_000, 330),
        one(1_400, 330),
        one(1_800, 330),
        off(1_000),
    ],
};

const ITALY: Country = Country {
    dial: &[one(425, 200), off(200), one(425, 600), off(1_000)],
    ..RECOMMENDED
};

const JAPAN: Country = Country {
    dial: &[one(400, 1_000)],
    ringing: &[modulated(400, 15, 1_000), off(2_000)],
    busy: &[one(400, 500), off(500)],
    congestion: &[one(400, 500), off(500)],
    information: SIT,
};

const MEXICO: Country = Country {
    busy: EVEN_250,
    congestion: EVEN_250,
    information: &[
        one(950, 330),
        off(30),
        one(1_400, 330),
        off(30),
        one(1_800, 330),
        off(1_000),
    ],
    ..RECOMMENDED
};

const NETHERLANDS: Country = Country {
    congestion: EVEN_250,
    ..RECOMMENDED
};

const NEW_ZEALAND: Country = Country {
    dial: &[one(400, 1_000)],
    ringing: &[two(400, 450, 400), off(200), two(400, 450, 400), off(2_000)],
    busy: &[one(400, 500), off(500)],
    congestion: &[one(400, 250), off(250)],
    information: &[
        one(400, 750),
        off(100),
        one(400, 750),
        off(100),
        one(400, 750),
        off(100),
        one(400, 750),
        off(400),
    ],
};

const POLAND: Country = Country {
    congestion: EVEN_500,
    ..RECOMMENDED
};

const PORTUGAL: Country = Country {
    ringing: RINGING_425_SLOW,
    ..RECOMMENDED
};

const RUSSIA: Country = Country {
    busy: EVEN_350,
    congestion: &[one(425, 175), off(175)],
    ..RECOMMENDED
};

const SINGAPORE: Country = Country {
    ringing: &[
        modulated(425, 24, 400),
        off(200),
        modulated(425, 24, 400),
        off(2_000),
    ],
    busy: &[one(425, 750), off(750)],
    congestion: EVEN_250,
    ..RECOMMENDED
};

const SOUTH_AFRICA: Country = Country {
    dial: &[modulated(400, 33, 1_000)],
    ringing: &[
        modulated(400, 33, 400),
        off(200),
        modulated(400, 33, 400),
        off(2_000),
    ],
    busy: &[one(400, 500), off(500)],
    congestion: &[one(400, 250), off(250)],
    information: &[one(950, 330), one(1_400, 330), one(1_800, 330), off(330)],
};

const SPAIN: Country = Country {
    ringing: &[one(425, 1_500), off(3_000)],
    busy: EVEN_200,
    congestion: &[
        one(425, 200),
        off(200),
        one(425, 200),
        off(200),
        one(425, 200),
        off(600),
    ],
    ..RECOMMENDED
};

const SWEDEN: Country = Country {
    ringing: RINGING_425_SLOW,
    busy: EVEN_250,
    congestion: &[one(425, 250), off(750)],
    information: &[
        one(950, 332),
        off(24),
        one(1_400, 332),
        off(24),
        one(1_800, 332),
        off(2_024),
    ],
    ..RECOMMENDED
};

/// The tones of a country by its code in lower case.
pub(super) fn country(code: &str) -> Option<&'static Country> {
    Some(match code {
        "at" => &AUSTRIA,
        "au" => &AUSTRALIA,
        "be" => &BELGIUM,
        "br" => &BRAZIL,
        // Denmark, Norway and Switzerland have what is recommended.
        "ch" | "dk" | "no" => &RECOMMENDED,
        "cn" => &CHINA,
        "cz" => &CZECHIA,
        "de" => &GERMANY,
        "es" => &SPAIN,
        "fi" => &FINLAND,
        "fr" => &FRANCE,
        "gb" => &GREAT_BRITAIN,
        "gr" => &GREECE,
        "hu" => &HUNGARY,
        "il" => &ISRAEL,
        "in" => &INDIA,
        "it" => &ITALY,
        "jp" => &JAPAN,
        "mx" => &MEXICO,
        "nl" => &NETHERLANDS,
        "nz" => &NEW_ZEALAND,
        "pl" => &POLAND,
        "pt" => &PORTUGAL,
        "ru" => &RUSSIA,
        "se" => &SWEDEN,
        "sg" => &SINGAPORE,
        "ca" | "us" => &NORTH_AMERICA,
        "za" => &SOUTH_AFRICA,
        _ => return None,
    })
}
