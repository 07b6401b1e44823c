//! What the people of some worlds dial to the switch itself: do-not-disturb and forwarding by codes, parking and taking up
//! calls. And the restart of a switch, over which all that it kept is given back. Drawn from the seed.

use std::sync::Arc;
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use switchhook_call::codes::{Codes, Feature, Occasion, Switch};
use switchhook_call::config::{Config, Parking};

use crate::handset::{Action, DOMAIN, Tag};
use crate::world::World;

/// The parking slots.
const SLOTS: [&str; 3] = ["501", "502", "503"];
/// The group within which calls are taken up.
const GROUP: &str = "everybody";

/// What a seed has drawn of it.
pub struct Customs {
    rng: SmallRng,
}

impl Customs {
    /// What a seed draws; `None`: nobody in its world knows any code.
    #[must_use]
    pub fn new(seed: u64) -> Option<Customs> {
        let mut rng = SmallRng::seed_from_u64(seed ^ 0x0063_6f64_6573);
        rng.random_ratio(1, 4).then_some(Customs { rng })
    }

    /// Whether the switch of this seed is started anew before the first call.
    #[must_use]
    pub fn restarts(seed: u64) -> bool {
        SmallRng::seed_from_u64(seed ^ 0x7265_7374).random_ratio(1, 6)
    }

    /// The same configuration with codes and slots.
    #[must_use]
    pub fn configure(config: &Config) -> Arc<Config> {
        let mut config = config.clone();
        if let Some(domain) = config.domains.get_mut(DOMAIN) {
            let codes = [
                ("*78", Feature::DoNotDisturb(Switch::On)),
                ("*79", Feature::DoNotDisturb(Switch::Off)),
                ("*76", Feature::DoNotDisturb(Switch::Toggle)),
                ("*72", Feature::Forward(Occasion::Always, true)),
                ("*90", Feature::Forward(Occasion::Busy, true)),
                ("*92", Feature::Forward(Occasion::NoAnswer, true)),
                ("*62", Feature::Forward(Occasion::Unreachable, true)),
                ("*73", Feature::ForwardNothing),
                ("*70", Feature::Park),
                ("*8", Feature::PickupGroup),
                ("**", Feature::Pickup),
            ];
            let list = codes.map(|(code, feature)| (code.to_owned(), feature));
            domain.codes = Codes { list: list.into() };
            domain.parking = Parking {
                slots: SLOTS.map(str::to_owned).into(),
                timeout_seconds: 20,
            };
            for client in domain.clients.values_mut() {
                client.pickup_group = Some(GROUP.to_owned());
            }
        }
        Arc::new(config)
    }

    /// Plans what is dialled by the first so many phones, between `first` and the end of `season`.
    pub fn schedule(
        &mut self,
        world: &mut World,
        callers: usize,
        first: Duration,
        season: Duration,
    ) {
        for tag in 0..self.rng.random_range(1..=8) {
            let (at, phone) = (first + self.span(season), self.rng.random_range(0..callers));
            let slot = SLOTS[self.rng.random_range(0..SLOTS.len())];
            let whom = world.phones[self.rng.random_range(0..callers)].name.clone();
            let number = match self.rng.random_range(0..14) {
                0..3 => {
                    let park = ["*70", slot][self.rng.random_range(0..2)].to_owned();
                    world.plan(at, phone, Action::Transfer(park));
                    continue;
                }
                3..5 => slot.to_owned(),
                5 => "*8".to_owned(),
                6..8 => format!("**{whom}"),
                8 => "*78".to_owned(),
                9 => "*76".to_owned(),
                10 => "*79".to_owned(),
                11 => "*73".to_owned(),
                _ => {
                    let code = ["*72", "*90", "*92", "*62"][self.rng.random_range(0..4)];
                    let to = [whom.as_str(), "20060", slot][self.rng.random_range(0..3)];
                    format!("{code}{to}")
                }
            };
            let call = Tag(700 + tag);
            world.plan(at, phone, Action::Call(call, number));
            let after = Duration::from_secs(5) + self.span(season / 2);
            world.plan(at + after, phone, Action::HangUp(call));
        }
    }

    fn span(&mut self, most: Duration) -> Duration {
        Duration::from_micros(self.rng.random_range(0..=most.as_micros() as u64))
    }
}
