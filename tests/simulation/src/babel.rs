//! Worlds in which not everybody speaks the same: each phone has codecs of its own, and the switch transcodes.

use std::net::SocketAddr;
use std::sync::Arc;

use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use switchhook_call::config::Config;
use switchhook_call::media_command::MediaCommand;
use switchhook_media::codec::Encoding::{self, G722, G729, Gsm, Opus, Pcma, Pcmu};
use switchhook_media::sdp::{Codec, Encodings};

use crate::handset::Handset;

/// What phones speak, preferred first, with their own numbers where there is no usual one.
const TONGUES: [&[(Encoding, u8)]; 8] = [
    &[(Pcmu, 0)],
    &[(Pcma, 8)],
    &[(Opus, 96)],
    &[(Opus, 111), (Pcmu, 0)],
    &[(G722, 9)],
    &[(G729, 18)],
    &[(Gsm, 3), (Pcma, 8)],
    &[(G722, 9), (Opus, 101), (Pcma, 8), (Pcmu, 0)],
];

/// Who speaks what.
#[derive(Debug)]
pub struct Babel {
    rng: SmallRng,
}

impl Babel {
    /// A third of the worlds are so.
    pub fn new(seed: u64) -> Option<Babel> {
        let rng = SmallRng::seed_from_u64(seed ^ 0x6261_6265);
        (seed % 3 == 1).then_some(Babel { rng })
    }

    /// The switch transcodes between all that there is, for everybody.
    pub fn configure(config: &Config) -> Arc<Config> {
        let mut config = config.clone();
        let all: Encodings = Encoding::ALL.into_iter().collect();
        for domain in config.domains.values_mut() {
            domain.media.transcoding = all;
            for trunk in &mut domain.trunks {
                trunk.media.transcoding = all;
            }
            let patterns = domain.client_patterns.iter_mut().map(|(_, client)| client);
            for client in domain.clients.values_mut().chain(patterns) {
                client.media.transcoding = all;
            }
        }
        Arc::new(config)
    }

    /// In some worlds media bypass the switch wherever they can.
    pub fn bypass(seed: u64, config: Arc<Config>) -> Arc<Config> {
        if seed % 4 != 2 {
            return config;
        }
        let mut config = Config::clone(&config);
        for domain in config.domains.values_mut() {
            domain.media.direct = true;
            for trunk in &mut domain.trunks {
                trunk.media.direct = true;
            }
            let patterns = domain.client_patterns.iter_mut().map(|(_, client)| client);
            for client in domain.clients.values_mut().chain(patterns) {
                client.media.direct = true;
            }
        }
        Arc::new(config)
    }

    /// What a phone speaks, with digits or without. Somebody `guarded` knows what its gatekeeper may have it called with.
    pub fn codecs(&mut self, guarded: bool) -> Vec<Codec> {
        let tongue = TONGUES[self.rng.random_range(0..TONGUES.len())];
        let mut codecs: Vec<Codec> = (tongue.iter())
            .map(|(encoding, number)| encoding.format(*number))
            .collect();
        for needed in [Pcma, G729].into_iter().filter(|_| guarded) {
            if codecs.iter().all(|codec| codec.name != needed.name()) {
                codecs.push(needed.format(needed.payload_type().unwrap_or_default()));
            }
        }
        let numbers = [98, 101, 120];
        let number = numbers[self.rng.random_range(0..numbers.len())];
        let is_free = codecs.iter().all(|codec| codec.payload_type != number);
        if is_free && self.rng.random_ratio(2, 3) {
            codecs.push(Codec {
                clock_rate: codecs[0].clock_rate,
                ..Codec::telephone_event(number)
            });
        }
        codecs
    }
}

/// What is wrong with what the media shell is told: that a phone takes what it does not know.
pub fn mistaken(phones: &[Handset], command: &MediaCommand) -> Option<String> {
    let MediaCommand::SetRemote {
        session, remote, ..
    } = command
    else {
        return None;
    };
    let at = |address: SocketAddr| {
        phones
            .iter()
            .find(|phone| phone.address.ip() == address.ip())
    };
    let phone = remote
        .rtp
        .and_then(at)
        .filter(|phone| !phone.codecs.is_empty())?;
    let knows = |encoding: Encoding| {
        let mut names = phone.codecs.iter().map(|codec| codec.name.as_str());
        names.any(|name| name == encoding.name())
    };
    let terms = remote.terms;
    let all_known = terms.formats().all(|format| knows(format.encoding));
    let is_good = all_known && terms.preferred().is_some();
    (!is_good).then(|| format!("{session:?}: {} takes {terms:?}", phone.name))
}
