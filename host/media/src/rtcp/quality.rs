//! How good a stream probably sounds: the E-model (ITU-T G.107), reduced to what is known of a stream of packets.

use std::time::Duration;

use crate::codec::Encoding;

/// What is known of a stream.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Heard {
    /// Its encoding.
    pub encoding: Encoding,
    /// Packets that arrived.
    pub received: u64,
    /// Packets that did not.
    pub lost: u64,
    /// Its jitter.
    pub jitter: Duration,
    /// How long packets take there and back, if that is known; else the way counts as taking no time.
    pub round_trip: Option<Duration>,
}

/// The mean opinion score that listeners would probably give: 1 (bad) to 4.41 (as good as a telephone gets). Wide-band encodings are rated
/// as if they were narrow-band. None: nothing was received.
pub fn opinion(heard: &Heard) -> Option<f64> {
    let packets = heard.received + heard.lost;
    if heard.received == 0 {
        return None;
    }
    let loss = heard.lost as f64 * 100.0 / packets as f64;
    let (impairment, robustness) = impairment(heard.encoding);
    let equipment = impairment + (95.0 - impairment) * loss / (loss + robustness);
    // A packet that fills, another that waits, and what jitter makes wait.
    let buffered = Duration::from_millis(40) + heard.jitter * 2;
    let delay = (buffered + heard.round_trip.unwrap_or_default() / 2).as_secs_f64() * 1_000.0;
    let delay = 0.024 * delay + 0.11 * (delay - 177.3).max(0.0);
    let rating = (93.2 - equipment - delay).clamp(0.0, 100.0);
    let score = 1.0 + 0.035 * rating + rating * (rating - 60.0) * (100.0 - rating) * 7e-6;
    Some(score.clamp(1.0, 4.5))
}

/// The equipment impairment factor and the robustness against loss (ITU-T G.113 appendix I). That appendix has no values of GSM full rate's and
/// Opus's robustness: those of GSM EFR and of G.711 with concealment stand for them.
fn impairment(encoding: Encoding) -> (f64, f64) {
    match encoding {
        Encoding::Pcmu | Encoding::Pcma | Encoding::G722 | Encoding::Opus => (0.0, 25.1),
        Encoding::Gsm => (20.0, 10.0),
        Encoding::G729 => (11.0, 19.0),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use crate::codec::Encoding;
    use crate::rtcp::quality::{Heard, opinion};

    const GOOD: Heard = Heard {
        encoding: Encoding::Pcma,
        received: 1_000,
        lost: 0,
        jitter: Duration::ZERO,
        round_trip: None,
    };

    fn score(heard: Heard) -> f64 {
        opinion(&heard).unwrap()
    }

    #[test]
    fn a_perfect_stream_is_as_good_as_a_telephone_gets() {
        assert!((4.35..4.42).contains(&score(GOOD)));
    }

    #[test]
    fn losses_delay_jitter_and_low_rates_each_make_it_worse() {
        let lossy = |lost| score(Heard { lost, ..GOOD });
        assert!(lossy(10) > lossy(50) && lossy(50) > lossy(200));
        assert!((3.5..4.0).contains(&lossy(52)), "{}", lossy(52));
        let slow = |ms| {
            score(Heard {
                round_trip: Some(Duration::from_millis(ms)),
                ..GOOD
            })
        };
        assert!(slow(100) > slow(400) && slow(400) > slow(1_000));
        let jitter = Duration::from_millis(100);
        assert!(score(Heard { jitter, ..GOOD }) < score(GOOD) - 0.1);
        let gsm = Encoding::Gsm;
        assert!(
            score(Heard {
                encoding: gsm,
                ..GOOD
            }) < score(GOOD) - 0.4
        );
    }

    #[test]
    fn the_score_stays_within_its_scale_and_nothing_has_none() {
        let lost = u64::from(u32::MAX);
        let round_trip = Some(Duration::from_secs(60));
        let bad = score(Heard {
            lost,
            round_trip,
            ..GOOD
        });
        assert!((1.0..1.1).contains(&bad));
        assert_eq!(
            opinion(&Heard {
                received: 0,
                ..GOOD
            }),
            None
        );
    }
}
