//! What an encoder is told: from the other side's `a=fmtp`, or by configuration.

/// How to encode. What an encoding does not know of is ignored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Parameters {
    /// Opus: the most bits per second on average (`maxaveragebitrate`), 6,000 to 510,000. None: what suits speech.
    pub bits_per_second: Option<u32>,
    /// Opus: the highest sample rate that the other side plays (`maxplaybackrate`). None: no limit.
    pub playback_rate: Option<u32>,
    /// Opus: add what is needed to recover a lost packet from the next one (`useinbandfec=1`).
    pub recovery: bool,
    /// Opus: the packets in a hundred that are expected to be lost; with `recovery` it says how much is added.
    pub loss_percent: u8,
    /// Opus (`usedtx=1`): send next to nothing during silence. G.729: annex B (`annexb`).
    pub silence_suppression: bool,
    /// Opus (`cbr=1`): all packets of the same size.
    pub constant_rate: bool,
}

impl Parameters {
    /// Reads the value of `a=fmtp` of Opus (RFC 7587 §6.1) or G.729 (RFC 4856 §2.1.9), which says what its author wants to
    /// receive. What is not known or makes no sense is passed over. Silence is suppressed only where it was asked for.
    pub fn read(value: &str) -> Parameters {
        let mut parameters = Parameters::default();
        for pair in value.split(';') {
            let Some((name, value)) = pair.split_once('=') else {
                continue;
            };
            let (name, value) = (name.trim(), value.trim());
            let number = value.parse::<u32>().ok();
            match name.to_ascii_lowercase().as_str() {
                "maxaveragebitrate" => {
                    parameters.bits_per_second = number.map(|bits| bits.clamp(6_000, 510_000));
                }
                "maxplaybackrate" => {
                    parameters.playback_rate = number.filter(|rate| *rate >= 8_000)
                }
                "useinbandfec" => parameters.recovery = number == Some(1),
                "usedtx" => parameters.silence_suppression = number == Some(1),
                "cbr" => parameters.constant_rate = number == Some(1),
                _ => {}
            }
        }
        parameters
    }
}
