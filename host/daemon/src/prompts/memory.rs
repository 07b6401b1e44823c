//! Sounds in memory, at the rates in use: what was heard longest ago goes when there are too many bytes.

use std::collections::HashMap;
use std::time::{Instant, SystemTime};

use switchhook_media::sound::recording::Sound;

/// Where a sound comes from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Source {
    /// A path in the media folder.
    File(String),
    /// A URL.
    Url(String),
    /// Spoken words.
    Speech {
        /// The words.
        text: String,
        /// In which language.
        language: String,
        /// By whom.
        voice: String,
    },
}

/// What a sound was made of: another version is another sound.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Version {
    /// When the file was changed, and its size.
    File(Option<SystemTime>, u64),
    /// The hash of what the URL gave.
    Body([u8; 32]),
    /// What was said once stays said.
    Spoken,
}

/// The sounds of one source.
#[derive(Debug)]
struct Kept {
    version: Version,
    /// Until when nobody need look whether there is another version.
    fresh_until: Option<Instant>,
    sounds: Vec<Sound>,
    heard: u64,
}

/// All sounds in memory.
#[derive(Debug, Default)]
pub(super) struct Memory {
    kept: HashMap<Source, Kept>,
    bytes: usize,
    turn: u64,
}

impl Memory {
    /// The sounds of a source at these rates, whatever their version.
    pub(super) fn any(&mut self, source: &Source, rates: &[u32]) -> Option<Vec<Sound>> {
        self.find(source, rates, |_| true)
    }

    /// The sounds of a source at these rates, if nobody need look whether there is another version.
    pub(super) fn fresh(
        &mut self,
        source: &Source,
        rates: &[u32],
        now: Instant,
    ) -> Option<Vec<Sound>> {
        let is_fresh = |kept: &Kept| kept.fresh_until.is_some_and(|until| now < until);
        self.find(source, rates, is_fresh)
    }

    /// The sounds of a version at these rates.
    pub(super) fn of_version(
        &mut self,
        source: &Source,
        rates: &[u32],
        version: &Version,
    ) -> Option<Vec<Sound>> {
        self.find(source, rates, |kept| kept.version == *version)
    }

    fn find(
        &mut self,
        source: &Source,
        rates: &[u32],
        is_good: impl Fn(&Kept) -> bool,
    ) -> Option<Vec<Sound>> {
        self.turn += 1;
        let kept = self.kept.get_mut(source).filter(|kept| is_good(kept))?;
        kept.heard = self.turn;
        let at = |rate: &u32| {
            kept.sounds
                .iter()
                .find(|sound| sound.rate() == *rate)
                .cloned()
        };
        rates.iter().map(at).collect()
    }

    /// The rates that a source is there at.
    pub(super) fn rates(&self, source: &Source) -> Vec<u32> {
        let sounds = self.kept.get(source).map(|kept| kept.sounds.iter());
        sounds.into_iter().flatten().map(Sound::rate).collect()
    }

    /// The version that is there is good for longer.
    pub(super) fn refresh(&mut self, source: &Source, until: Option<Instant>) {
        if let Some(kept) = self.kept.get_mut(source) {
            kept.fresh_until = until;
        }
    }

    /// Keeps the sounds of a source in place of those that are there, as long as all are not more than `most` bytes.
    pub(super) fn keep(
        &mut self,
        source: Source,
        version: Version,
        fresh_until: Option<Instant>,
        sounds: Vec<Sound>,
        most: usize,
    ) {
        self.turn += 1;
        if let Some(before) = self.kept.remove(&source) {
            self.bytes -= before.bytes();
        }
        let kept = Kept {
            version,
            fresh_until,
            sounds,
            heard: self.turn,
        };
        // What alone is too much must not drive out all the others.
        if kept.bytes() > most {
            return;
        }
        self.bytes += kept.bytes();
        self.kept.insert(source, kept);
        while self.bytes > most {
            let oldest = self.kept.iter().min_by_key(|(_, kept)| kept.heard);
            let Some(source) = oldest.map(|(source, _)| source.clone()) else {
                break;
            };
            if let Some(gone) = self.kept.remove(&source) {
                self.bytes -= gone.bytes();
            }
        }
    }

    /// Forgets everything.
    pub(super) fn clear(&mut self) {
        self.kept.clear();
        self.bytes = 0;
    }

    /// How many bytes of samples there are.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }
}

impl Kept {
    fn bytes(&self) -> usize {
        self.sounds.iter().map(Sound::bytes).sum()
    }
}

#[cfg(test)]
mod tests;
