//! What each member of a room hears.

use super::*;
use crate::audio::tone::{Tone, amplitude};
use crate::codec::{Decoder, Encoding};

/// Members with a tone each.
struct Room {
    mixer: Mixer,
    members: Vec<Speaker>,
}

struct Speaker {
    id: MemberId,
    tone: Option<Tone>,
    heard: Vec<i16>,
    streams: Vec<Stream>,
}

fn hertz(place: usize) -> f64 {
    // Whole periods in a second, and none a multiple of another.
    [
        430.0, 530.0, 670.0, 790.0, 970.0, 1130.0, 1310.0, 1510.0, 1730.0, 1970.0,
    ][place % 10]
}

impl Room {
    fn of(count: usize, rate: u32, loud: f64) -> Room {
        let mut mixer = Mixer::new();
        let members = (0..count).map(|place| Speaker {
            id: mixer.enter(rate, Standing::default()).unwrap(),
            tone: Some(Tone::new(hertz(place), rate, loud)),
            heard: Vec::new(),
            streams: Vec::new(),
        });
        let members = members.collect();
        Room { mixer, members }
    }

    fn go(&mut self, frames: usize) {
        for _ in 0..frames {
            let mut samples = vec![0; self.mixer.frame()];
            for member in &mut self.members {
                if let Some(tone) = &mut member.tone {
                    tone.fill(&mut samples);
                    self.mixer.put(member.id, &samples);
                }
            }
            self.mixer.mix();
            for member in &mut self.members {
                if let Some(heard) = self.mixer.heard_by(member.id) {
                    member.heard.extend_from_slice(heard.samples);
                    member.streams.push(heard.stream);
                }
            }
        }
    }

    /// How loud the tone of another was for a member in the last second.
    fn level(&self, member: usize, of: usize) -> f64 {
        let rate = self.mixer.rate();
        let heard = &self.members[member].heard;
        let last = &heard[heard.len() - rate as usize..];
        amplitude(last, hertz(of), rate)
    }

    fn stand(&mut self, member: usize, standing: Standing) {
        self.mixer.set_standing(self.members[member].id, standing);
    }
}

fn muted() -> Standing {
    Standing {
        audience: Audience::Nobody,
        hears: true,
    }
}

#[test]
fn each_of_ten_hears_exactly_the_nine_others_as_loud_as_they_are() {
    for rate in [8_000, 16_000, 48_000] {
        let mut room = Room::of(10, rate, 2_000.0);
        room.go(52);
        for member in 0..10 {
            for other in 0..10 {
                let level = room.level(member, other);
                if member == other {
                    assert!(level < 10.0, "{member} hears itself: {level}");
                } else {
                    assert!((1_980.0..2_020.0).contains(&level), "{other}: {level}");
                }
            }
        }
    }
}

#[test]
fn one_voice_passes_to_the_bit() {
    let mut room = Room::of(3, 16_000, 31_000.0);
    room.members[1].tone = None;
    room.members[2].tone = None;
    room.go(3);
    let mut tone = Tone::new(hertz(0), 16_000, 31_000.0);
    let mut said = vec![0; 3 * 320];
    tone.fill(&mut said);
    // It comes in gently, within 5 ms.
    assert_eq!(room.members[1].heard[80..], said[80..]);
}

#[test]
fn who_adds_nothing_shares_one_stream_and_who_speaks_has_its_own() {
    let mut room = Room::of(50, 8_000, 3_000.0);
    for member in &mut room.members[2..] {
        member.tone = None;
    }
    room.go(5);
    for (place, member) in room.members.iter().enumerate() {
        let own = Stream::Own(member.id);
        let expected = if place < 2 { own } else { Stream::Common };
        assert_eq!(member.streams[4], expected, "{place}");
    }
    // Two seconds after its last word (and its fading) a member is a listener again.
    room.members[0].tone = None;
    room.go(30);
    assert_eq!(
        room.members[0].streams.last(),
        Some(&Stream::Own(room.members[0].id))
    );
    room.go(200);
    assert_eq!(room.members[0].streams.last(), Some(&Stream::Common));
}

#[test]
fn a_room_in_which_nobody_speaks_is_silent() {
    let mut room = Room::of(3, 8_000, 20.0);
    room.go(3);
    let heard = room.mixer.heard_by(room.members[0].id).unwrap();
    assert!(heard.is_silent && heard.stream == Stream::Common);
    assert!(heard.samples.len() == 160 && heard.samples.iter().all(|sample| *sample == 0));
}

#[test]
fn ten_at_full_scale_are_turned_down_and_not_cut_off() {
    let mut room = Room::of(10, 16_000, 32_000.0);
    room.go(150);
    let heard = &room.members[0].heard[16_000..];
    let peaks = heard.iter().filter(|sample| sample.abs() > 32_600).count();
    assert!(peaks < heard.len() / 1_000, "{peaks} of {}", heard.len());
    let levels: Vec<f64> = (1..10).map(|other| room.level(0, other)).collect();
    let (least, most) = (
        levels.iter().copied().fold(f64::MAX, f64::min),
        levels.iter().copied().fold(0.0, f64::max),
    );
    assert!(least > 2_500.0 && most / least < 1.2, "{levels:?}");
    // What is neither of the tones is distortion: less than 5 % of the power, the swing of the gain included.
    let power = |samples: &[i16]| -> f64 {
        let sum: f64 = samples.iter().map(|s| f64::from(*s).powi(2)).sum();
        sum / samples.len() as f64
    };
    let tones: f64 = levels.iter().map(|level| level * level / 2.0).sum();
    let last = &heard[heard.len() - 16_000..];
    assert!((power(last) - tones) / power(last) < 0.05);
}

#[test]
fn the_gain_comes_back_after_a_loud_moment() {
    let mut room = Room::of(3, 8_000, 30_000.0);
    room.go(20);
    room.members[1].tone = None;
    room.members[2].tone = Some(Tone::new(hertz(2), 8_000, 5_000.0));
    room.go(100);
    assert!((4_950.0..5_050.0).contains(&room.level(0, 2)));
}

#[test]
fn in_a_big_room_the_loudest_eight_are_mixed() {
    let mut room = Room::of(40, 8_000, 0.0);
    for (place, member) in room.members.iter_mut().enumerate() {
        let loud = if place < 10 {
            1_000.0 + 200.0 * place as f64
        } else {
            500.0
        };
        let pitch = if place < 10 { hertz(place) } else { 3_100.0 };
        member.tone = Some(Tone::new(pitch, 8_000, loud));
    }
    room.go(60);
    for other in 0..10 {
        let level = room.level(39, other);
        if other < 2 {
            assert!(level < 10.0, "{other}: {level}");
        } else {
            let loud = 1_000.0 + 200.0 * other as f64;
            assert!((level - loud).abs() < 20.0, "{other}: {level}");
        }
    }
    let last = &room.members[39].heard[8_000..];
    assert!(amplitude(last, 3_100.0, 8_000) < 10.0);
}

#[test]
fn who_is_mixed_stays_so_until_another_is_clearly_louder() {
    let mut room = Room::of(13, 8_000, 2_000.0);
    room.go(60);
    let mixed = |room: &Room| -> Vec<usize> {
        let own = |member: &Speaker| member.streams.last() == Some(&Stream::Own(member.id));
        (0..13).filter(|place| own(&room.members[*place])).collect()
    };
    let first = mixed(&room);
    assert_eq!(first.len(), ROOM_VOICES);
    let out = (0..13).find(|place| !first.contains(place)).unwrap();
    room.members[out].tone = Some(Tone::new(3_000.0, 8_000, 3_000.0));
    room.go(20);
    assert_eq!(mixed(&room), first);
    room.members[out].tone = Some(Tone::new(3_000.0, 8_000, 6_000.0));
    room.go(20);
    assert!(mixed(&room).contains(&out));
}

#[test]
fn a_muted_member_hears_and_is_not_heard() {
    let mut room = Room::of(3, 8_000, 4_000.0);
    room.stand(0, muted());
    room.go(60);
    assert!(room.level(1, 0) < 10.0 && room.level(2, 0) < 10.0);
    assert!(room.level(0, 1) > 3_900.0 && room.level(0, 2) > 3_900.0);
    room.stand(0, Standing::default());
    room.go(60);
    assert!(room.level(1, 0) > 3_900.0);
}

#[test]
fn a_member_that_waits_neither_hears_nor_is_heard() {
    let mut room = Room::of(3, 8_000, 4_000.0);
    let waits = Standing {
        audience: Audience::Nobody,
        hears: false,
    };
    room.stand(0, waits);
    assert_eq!(room.mixer.company(room.members[1].id), 1);
    assert_eq!(room.mixer.company(room.members[0].id), 2);
    room.go(60);
    assert!(room.members[0].heard.iter().all(|sample| *sample == 0));
    assert!(room.level(1, 0) < 10.0 && room.level(1, 2) > 3_900.0);
}

#[test]
fn a_supervisor_who_listens_whispers_or_barges_in_is_heard_by_whom_it_should() {
    // 0 is supervised, 1 is who it talks to, 2 supervises.
    let mut room = Room::of(3, 8_000, 4_000.0);
    let only = Audience::Only(room.members[0].id);
    for (audience, heard_by) in [
        (Audience::Nobody, [false, false]),
        (only, [true, false]),
        (Audience::Everybody, [true, true]),
        (only, [true, false]),
        (Audience::Nobody, [false, false]),
    ] {
        let standing = Standing {
            audience,
            hears: true,
        };
        room.stand(2, standing);
        room.go(70);
        for side in [0, 1] {
            let level = room.level(side, 2);
            assert_eq!(level > 3_900.0, heard_by[side], "{audience:?}: {level}");
            assert!(!(10.0..=3_900.0).contains(&level), "{audience:?}: {level}");
            assert!(room.level(side, 1 - side) > 3_900.0);
            assert!(room.level(2, side) > 3_900.0);
        }
        assert!(room.level(2, 2) < 10.0);
    }
}

#[test]
fn an_announcement_is_heard_by_all_once() {
    let mut room = Room::of(3, 8_000, 4_000.0);
    room.members[0].tone = None;
    let mut beep = Tone::new(2_400.0, 8_000, 5_000.0);
    let mut samples = vec![0; 160];
    for _ in 0..50 {
        beep.fill(&mut samples);
        room.mixer.announce(&samples);
        room.go(1);
    }
    for member in &room.members {
        assert!(amplitude(&member.heard, 2_400.0, 8_000) > 4_900.0);
    }
    room.go(50);
    for member in &room.members {
        assert!(amplitude(&member.heard[8_000..], 2_400.0, 8_000) < 10.0);
    }
}

#[test]
fn the_rate_is_the_best_that_two_members_can_use() {
    let mut mixer = Mixer::new();
    assert_eq!(mixer.rate(), 8_000);
    let all = Standing::default();
    let first = mixer.enter(48_000, all).unwrap();
    assert_eq!(mixer.rate(), 8_000);
    mixer.enter(16_000, all).unwrap();
    assert_eq!((mixer.rate(), mixer.frame()), (16_000, 320));
    mixer.enter(8_000, all).unwrap();
    assert_eq!(mixer.rate(), 16_000);
    let fourth = mixer.enter(48_000, all).unwrap();
    assert_eq!((mixer.rate(), mixer.frame()), (48_000, 960));
    mixer.set_rate(fourth, 8_000);
    assert_eq!(mixer.rate(), 16_000);
    mixer.leave(first);
    assert_eq!(mixer.rate(), 8_000);
}

#[test]
fn a_change_of_rate_between_two_frames_changes_the_length_of_all_streams() {
    let mut room = Room::of(2, 8_000, 4_000.0);
    room.go(3);
    for member in &room.members {
        room.mixer.set_rate(member.id, 16_000);
    }
    room.go(3);
    for member in &room.members {
        assert_eq!(member.heard.len(), 3 * 160 + 3 * 320);
    }
}

#[test]
fn frames_of_another_length_are_cut_off_or_filled_up() {
    let mut mixer = Mixer::new();
    let one = mixer.enter(8_000, Standing::default()).unwrap();
    let other = mixer.enter(8_000, Standing::default()).unwrap();
    for length in [0, 1, 159, 161, 5_000] {
        mixer.put(one, &vec![1_000; length]);
        mixer.announce(&vec![10; length]);
        mixer.mix();
        assert_eq!(mixer.heard_by(other).unwrap().samples.len(), 160);
        assert_eq!(mixer.everything().len(), 160);
    }
}

#[test]
fn a_room_has_a_limit_and_forgets_who_left() {
    let mut mixer = Mixer::new();
    let ids: Vec<_> = (0..ROOM_MEMBERS)
        .map(|_| mixer.enter(8_000, Standing::default()).unwrap())
        .collect();
    let refused = mixer.enter(8_000, Standing::default());
    assert_eq!(refused, Err(MixerError::Full));
    for id in &ids {
        mixer.leave(*id);
    }
    assert!(mixer.is_empty());
    mixer.put(ids[0], &[1; 160]);
    mixer.mix();
    assert_eq!(mixer.heard_by(ids[0]), None);
    let next = mixer.enter(8_000, Standing::default()).unwrap();
    assert!(!ids.contains(&next));
}

#[test]
fn who_leaves_in_the_middle_of_a_word_is_heard_no_more() {
    let mut room = Room::of(3, 8_000, 4_000.0);
    room.go(10);
    room.mixer.leave(room.members[0].id);
    room.members[0].heard.clear();
    room.go(60);
    assert!(room.members[0].heard.is_empty());
    assert!(room.level(1, 0) < 10.0 && room.level(1, 2) > 3_900.0);
}

/// A room whose members hear in an encoding each; what one of them hears, decoded.
fn decoded(
    encodings: &[Encoding],
    listener: usize,
    speakers: &[usize],
    frames: usize,
) -> (Vec<i16>, u64) {
    let mut mixer = Mixer::new();
    let mut streams = Streams::default();
    let ids: Vec<MemberId> = encodings
        .iter()
        .map(|encoding| {
            mixer
                .enter(encoding.sample_rate(), Standing::default())
                .unwrap()
        })
        .collect();
    let rate = mixer.rate();
    let encoding = encodings[listener];
    let mut decoder = Decoder::new(encoding, encoding.sample_rate()).unwrap();
    let mut tones: Vec<Tone> = speakers
        .iter()
        .map(|place| Tone::new(hertz(*place), rate, 4_000.0))
        .collect();
    let mut samples = vec![0; mixer.frame()];
    let mut heard = Vec::new();
    for _ in 0..frames {
        for (place, tone) in speakers.iter().zip(&mut tones) {
            tone.fill(&mut samples);
            mixer.put(ids[*place], &samples);
        }
        mixer.mix();
        streams.begin_frame();
        for (place, id) in ids.iter().enumerate() {
            let mix = mixer.heard_by(*id).unwrap();
            let payload = streams.payload(&mix, encodings[place], rate);
            if place == listener {
                decoder.decode(payload, &mut heard).unwrap();
            }
        }
    }
    (heard, streams.encoded())
}

#[test]
fn listeners_of_one_encoding_share_one_encoder() {
    let mut encodings = vec![Encoding::Pcma; 30];
    encodings.extend([Encoding::G722; 20]);
    // Two speak: a stream of its own for each, and the common one twice.
    let (_, encoded) = decoded(&encodings, 29, &[0, 1], 50);
    assert_eq!(encoded, 50 * 4);
}

#[test]
fn members_of_different_encodings_hear_one_another() {
    let mut encodings = vec![Encoding::Pcmu, Encoding::G722, Encoding::Gsm];
    if Encoding::Opus.is_available() {
        encodings.push(Encoding::Opus);
    }
    for listener in 0..encodings.len() {
        for speaker in (0..encodings.len()).filter(|speaker| *speaker != listener) {
            let (heard, _) = decoded(&encodings, listener, &[speaker], 100);
            let rate = encodings[listener].sample_rate();
            let last = &heard[heard.len() - rate as usize..];
            let level = amplitude(last, hertz(speaker), rate);
            assert!(
                (3_200.0..4_800.0).contains(&level),
                "{speaker} to {listener}: {level}"
            );
        }
    }
}
