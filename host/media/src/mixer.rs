//! The mixer of a conference room: each member hears all others and not itself (N−1). Frames of samples in, frames of samples
//! out, 20 ms at a time; it knows no codec, no packet and no clock.
//!
//! Who says nothing costs nothing, whoever adds nothing to what all hear hears the same samples as the others who add nothing
//! ([`Stream::Common`]), so that they need to be encoded once only. Who hears whom is a rule of the member who speaks
//! ([`Audience`]): a supervisor who whispers is a member that one other hears.

mod limiter;
mod member;
mod streams;
mod types;

pub use streams::Streams;
pub use types::{Audience, Heard, MemberId, MixerError, Standing, Stream};

use crate::limits::{ROOM_MEMBERS, ROOM_SMALL, ROOM_VOICES};
use crate::mixer::limiter::Limiter;
use crate::mixer::member::Member;

/// A room. For each frame: [`Mixer::put`] what was said, [`Mixer::mix`], then [`Mixer::heard_by`].
#[derive(Debug, Default)]
pub struct Mixer {
    /// In the order of their identifiers.
    members: Vec<Member>,
    next: u64,
    total: Vec<i32>,
    common: Vec<i16>,
    common_limiter: Limiter,
    common_is_silent: bool,
    /// For one member's mix at a time.
    scratch: Vec<i32>,
    /// Places in `members` by loudness.
    ranking: Vec<usize>,
    /// Whether something is played to all in this frame.
    is_announced: bool,
}

impl Mixer {
    /// A room that nobody is in.
    pub fn new() -> Mixer {
        Mixer::default()
    }

    /// A new member, whose own audio has `rate` samples per second: 8,000, 16,000 or 48,000; what is between counts as the
    /// next lower one.
    ///
    /// # Errors
    /// There are too many.
    pub fn enter(&mut self, rate: u32, standing: Standing) -> Result<MemberId, MixerError> {
        if self.members.len() >= ROOM_MEMBERS {
            return Err(MixerError::Full);
        }
        self.next += 1;
        let id = MemberId(self.next);
        self.members.push(Member::new(id, rate, standing));
        Ok(id)
    }

    /// It is a member no longer.
    pub fn leave(&mut self, id: MemberId) {
        self.members.retain(|member| member.id != id);
    }

    /// Something else holds for a member.
    pub fn set_standing(&mut self, id: MemberId, standing: Standing) {
        if let Some(member) = self.member(id) {
            member.standing = standing;
        }
    }

    /// A member's own audio has another rate from now on.
    pub fn set_rate(&mut self, id: MemberId, rate: u32) {
        if let Some(member) = self.member(id) {
            member.rate = rate;
        }
    }

    /// The rate of all frames until the next member enters, leaves or changes its own: the highest one that two members
    /// can make use of, since what one member alone can say or hear is lost to all others anyway.
    pub fn rate(&self) -> u32 {
        let (mut highest, mut second) = (8_000, 8_000);
        for member in &self.members {
            let rate = match member.rate {
                48_000.. => 48_000,
                16_000.. => 16_000,
                _ => 8_000,
            };
            if rate > highest {
                second = highest;
                highest = rate;
            } else {
                second = second.max(rate);
            }
        }
        second
    }

    /// How many samples a frame has: 20 ms.
    pub fn frame(&self) -> usize {
        self.rate() as usize / 50
    }

    /// How many members there are.
    pub fn len(&self) -> usize {
        self.members.len()
    }

    /// Whether nobody is there.
    pub fn is_empty(&self) -> bool {
        self.members.is_empty()
    }

    /// What a member says in this frame: as many samples as [`Mixer::frame`] says; what is missing is silence, what is too much
    /// is left out. A member of whom nothing comes is silent.
    pub fn put(&mut self, id: MemberId, samples: &[i16]) {
        let frame = self.frame();
        if let Some(member) = self.member(id) {
            member.put(samples, frame);
        }
    }

    /// What is played to all members in this frame, besides what they say. Comes before [`Mixer::put`] of the same frame or
    /// after it, once.
    pub fn announce(&mut self, samples: &[i16]) {
        let frame = self.frame();
        self.total.clear();
        self.total
            .extend(samples.iter().take(frame).map(|sample| i32::from(*sample)));
        self.is_announced = true;
    }

    /// Mixes what was said.
    pub fn mix(&mut self) {
        let frame = self.frame();
        if !self.is_announced {
            self.total.clear();
        }
        self.total.resize(frame, 0);
        self.choose();
        let mut is_silent = !self.is_announced;
        for member in &mut self.members {
            member.ramp();
            if member.is_in_total() {
                is_silent = false;
                add(&mut self.total, member.said(), 1);
            }
        }
        self.common_is_silent = is_silent;
        let common = (&mut self.common_limiter, &mut self.common);
        common.0.apply(&self.total, common.1);
        self.mix_own();
        self.is_announced = false;
        for member in &mut self.members {
            member.end_frame();
        }
    }

    /// What a member hears in the frame that was mixed last. `None`: it is no member.
    pub fn heard_by(&self, id: MemberId) -> Option<Heard<'_>> {
        let place = self.place(id)?;
        let member = self.members.get(place)?;
        Some(match member.own() {
            Some((samples, is_silent)) => Heard {
                stream: Stream::Own(id),
                samples,
                is_silent,
            },
            None => Heard {
                stream: Stream::Common,
                samples: &self.common,
                is_silent: self.common_is_silent,
            },
        })
    }

    /// What was said to everybody in the frame that was mixed last: for a recording of the room.
    pub fn everything(&self) -> &[i16] {
        &self.common
    }

    /// How many others a member can hear or be heard by.
    pub fn company(&self, id: MemberId) -> usize {
        let others = self.members.iter().filter(|member| member.id != id);
        others.filter(|member| member.standing.hears).count()
    }

    /// Chooses who is mixed: all who speak in a small room, the loudest of them in a big one. Who is mixed already stays
    /// so until somebody is louder by 6 dB: a change in each frame would be heard.
    fn choose(&mut self) {
        self.ranking.clear();
        for (place, member) in self.members.iter_mut().enumerate() {
            member.measure();
            member.chosen = member.speaks() && member.standing.audience == Audience::Everybody;
            if member.chosen {
                self.ranking.push(place);
            }
        }
        let voices = match self.members.len() {
            ..=ROOM_SMALL => ROOM_SMALL,
            _ => ROOM_VOICES,
        };
        if self.ranking.len() <= voices {
            return;
        }
        let members = &mut self.members;
        let loudness = |place: &usize| members.get(*place).map_or(0, Member::loudness);
        self.ranking
            .select_nth_unstable_by_key(voices, |place| std::cmp::Reverse(loudness(place)));
        for place in self.ranking.iter().skip(voices) {
            if let Some(member) = members.get_mut(*place) {
                member.chosen = false;
            }
        }
    }

    /// Makes the streams of those who do not hear the common one: it has them in it, somebody whispers to them, or they
    /// hear nobody.
    fn mix_own(&mut self) {
        let whispers = self.members.iter().any(Member::whispers);
        for place in 0..self.members.len() {
            let Some(member) = self.members.get(place) else {
                continue;
            };
            let id = member.id;
            let is_whispered_to = whispers && self.members.iter().any(|one| one.whispers_to(id));
            let hears = member.standing.hears;
            if hears && !is_whispered_to && !member.keeps_own() {
                continue;
            }
            self.scratch.clear();
            let mut is_silent = true;
            if hears {
                self.scratch.extend_from_slice(&self.total);
                let mut others = self.members.iter().filter(|one| one.id != id);
                is_silent = !self.is_announced && !others.any(Member::is_in_total);
                if member.is_in_total() {
                    add(&mut self.scratch, member.said(), -1);
                }
                for one in self.members.iter().filter(|one| one.whispers_to(id)) {
                    add(&mut self.scratch, one.said(), 1);
                    is_silent = false;
                }
            } else {
                self.scratch.resize(self.total.len(), 0);
            }
            if let Some(member) = self.members.get_mut(place) {
                member.hear_own(&self.scratch, is_silent, is_whispered_to);
            }
        }
    }

    fn member(&mut self, id: MemberId) -> Option<&mut Member> {
        let place = self.place(id)?;
        self.members.get_mut(place)
    }

    fn place(&self, id: MemberId) -> Option<usize> {
        let found = self.members.binary_search_by_key(&id, |member| member.id);
        found.ok()
    }
}

fn add(total: &mut [i32], said: &[i16], sign: i32) {
    for (sum, sample) in total.iter_mut().zip(said) {
        *sum += sign * i32::from(*sample);
    }
}

#[cfg(test)]
mod tests;
