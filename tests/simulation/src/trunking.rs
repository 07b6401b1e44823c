//! The carriers of a seed's world: two trunks that are a group, at one of which we register; what happens to them, which calls
//! go there and come from there, and what holds of them in the end. All drawn from the seed, apart from what people do.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use switchhook_call::config::Config;
use switchhook_call::config::trunks::{
    Health, Outbound, Registration, Trunk, TrunkGroup, TrunkLimits, TrunkMember,
};
use switchhook_call::trunks::status::{HostState, RegistrationState, TrunkStatus};
use switchhook_phone::config::Behaviour;
use switchhook_routing::verb::{Endpoint, Script, TrunkNumber, Verb};
use switchhook_sip::flow::Transport;
use switchhook_sip::locate::Candidate;

use crate::carrier::{ACCOUNT, Carrier, Manners, PASSWORD};
use crate::handset::{Action, DOMAIN, Handset, Tag};
use crate::town;
use crate::world::{Mischief, World};

/// The trunks of the world; the first is where calls of the group go first.
pub const TRUNKS: [&str; 2] = ["first", "second"];
/// Both of them.
pub const GROUP: &str = "carriers";
/// The host name of the first.
const HOST: &str = "gw.carrier.test";
/// The longest that a carrier registers us for: seconds.
const GRANT_MAX: u32 = 300;
/// The longest that it may take until all is well again with a carrier that lives: we ask less and less often.
const RECOVERY: Duration = Duration::from_secs(3_600);

/// What there was to do with carriers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct CarrierTally {
    /// Calls that went out to them.
    pub calls_out: u64,
    /// Calls that came in from them.
    pub calls_in: u64,
    /// Calls that went on to another one.
    pub failed_over: u64,
    /// Calls that were one too many.
    pub refused: u64,
    /// How often they have registered us.
    pub registered: u64,
    /// How often they have challenged us.
    pub challenged: u64,
}

impl CarrierTally {
    /// That of a world.
    #[must_use]
    pub fn of(world: &World) -> CarrierTally {
        let mut tally = CarrierTally::default();
        for status in world.exchange.trunks(world.now) {
            tally.calls_out += status.taken_out;
            tally.calls_in += status.taken_in;
            tally.failed_over += status.failed_over;
            tally.refused += status.refused;
        }
        for carrier in world.phones.iter().filter_map(|p| p.carrier.as_ref()) {
            tally.registered += carrier.registered;
            tally.challenged += carrier.challenged;
        }
        tally
    }

    /// Adds those of another world.
    pub fn add(&mut self, other: &CarrierTally) {
        self.calls_out += other.calls_out;
        self.calls_in += other.calls_in;
        self.failed_over += other.failed_over;
        self.refused += other.refused;
        self.registered += other.registered;
        self.challenged += other.challenged;
    }
}

/// What a seed has drawn of its carriers.
pub struct Trunking {
    rng: SmallRng,
    limits: [TrunkLimits; 2],
    registers: [bool; 2],
    challenges_calls: bool,
    expires: u32,
    /// The number of the first of their phones in the world.
    first_phone: usize,
    /// The first falls silent and never comes back.
    pub dies: bool,
    /// Calls from them may be one too many.
    pub refuses: bool,
    /// Somebody falls silent for a while.
    pub falls_silent: bool,
}

impl Trunking {
    /// What a seed draws; `None`: there are no carriers in its world.
    #[must_use]
    pub fn new(seed: u64) -> Option<Trunking> {
        let mut rng = SmallRng::seed_from_u64(seed ^ 0x7472_756e_6b73);
        if rng.random_ratio(1, 2) {
            return None;
        }
        let mut limits = || TrunkLimits {
            calls: rng.random_ratio(1, 4).then(|| rng.random_range(1..=3)),
            calls_in: rng.random_ratio(1, 8).then(|| rng.random_range(1..=2)),
            calls_out: rng.random_ratio(1, 4).then(|| rng.random_range(1..=2)),
            ..TrunkLimits::default()
        };
        let limits = [limits(), limits()];
        let refuses = limits
            .iter()
            .any(|limits| limits.calls.or(limits.calls_in).is_some());
        Some(Trunking {
            limits,
            registers: [true, rng.random_ratio(1, 3)],
            challenges_calls: rng.random_ratio(1, 2),
            expires: [30, 60, 120, 600][rng.random_range(0..4)],
            first_phone: 0,
            dies: rng.random_ratio(1, 8),
            refuses,
            falls_silent: rng.random_ratio(1, 4),
            rng,
        })
    }

    /// The same configuration with the trunks.
    #[must_use]
    pub fn configure(&self, config: &Config) -> Arc<Config> {
        let mut config = config.clone();
        if let Some(domain) = config.domains.get_mut(DOMAIN) {
            domain.trunks = (0..TRUNKS.len()).map(|index| self.trunk(index)).collect();
            let member = |(priority, trunk): (usize, &&str)| TrunkMember {
                trunk: (*trunk).to_owned(),
                priority: priority as u16,
                weight: 1,
            };
            domain.trunk_groups = vec![TrunkGroup {
                name: GROUP.to_owned(),
                members: TRUNKS.iter().enumerate().map(member).collect(),
                fail_over: Vec::new(),
            }];
        }
        Arc::new(config)
    }

    fn trunk(&self, index: usize) -> Trunk {
        let name = TRUNKS[index];
        let trunk = town::trunk(name, index as u8 + 1);
        let mut outbound = trunk.outbound.clone().unwrap_or_default();
        if index == 0 {
            (outbound.host, outbound.port) = (HOST.to_owned(), None);
        }
        Trunk {
            outbound: Some(Outbound {
                username: ACCOUNT.to_owned(),
                password: PASSWORD.to_owned(),
                ..outbound
            }),
            registration: self.registers[index].then(|| Registration {
                expires_seconds: self.expires,
                token: Registration::token_of(DOMAIN, name, ACCOUNT, PASSWORD),
                ..Registration::default()
            }),
            // Longer than a question to a dead host lives: the exchange is idle between them.
            health: Some(Health {
                interval: Duration::from_secs(50 + 10 * index as u64),
                ..Health::default()
            }),
            limits: self.limits[index].clone(),
            ..trunk
        }
    }

    /// The carriers move in, behind everybody else.
    pub fn populate(&mut self, world: &mut World) {
        self.first_phone = world.phones.len();
        for (index, name) in TRUNKS.into_iter().enumerate() {
            let address = SocketAddr::from(([10, 0, 2, index as u8 + 1], 5060));
            let (registrar, seed) = (world.switch_address(), self.rng.random());
            let behaviour = self.behaviour();
            let mut handset =
                Handset::at(name, address, Transport::Udp, registrar, seed, behaviour);
            let manners = self.manners();
            let carrier = Carrier::new(world.start, address, self.rng.random(), manners);
            handset.carrier = Some(carrier);
            world.add(handset);
        }
        let candidate = Candidate {
            transport: Transport::Udp,
            address: SocketAddr::from(([10, 0, 2, 1], 5060)),
        };
        world.names.insert(HOST.to_owned(), vec![candidate]);
    }

    fn manners(&mut self) -> Manners {
        Manners {
            min_expires: [0, 60, 90][self.rng.random_range(0..3)],
            max_expires: self.rng.random_range(100..=GRANT_MAX),
            nonce_lifetime: Duration::from_secs([20, 100, 1_000][self.rng.random_range(0..3)]),
            busy_percent: [0, 0, 20][self.rng.random_range(0..3)],
            challenges_calls: self.challenges_calls,
        }
    }

    /// Who is behind a carrier answers, or refuses in a way that another carrier may do better, or does not.
    fn behaviour(&mut self) -> Behaviour {
        let millis = self.rng.random_range(0..5_000);
        let mut behaviour = Behaviour {
            reliable: self.rng.random_ratio(1, 2),
            updates: self.rng.random_ratio(1, 2),
            early_media: self.rng.random_ratio(1, 4),
            ..Behaviour::default()
        };
        match self.rng.random_range(0..6) {
            0 => behaviour.reject_with = Some(503),
            1 => behaviour.reject_with = Some([486, 404][self.rng.random_range(0..2)]),
            _ => behaviour.auto_answer_after = Some(Duration::from_millis(millis)),
        }
        if self.rng.random_ratio(1, 2) {
            behaviour.hang_up_after = Some(Duration::from_millis(millis * 6));
        }
        behaviour
    }

    fn span(&mut self, most: Duration) -> Duration {
        Duration::from_micros(self.rng.random_range(0..=most.as_micros() as u64))
    }

    /// Calls from the carriers, and their deaths; when the last of it happens. Calls begin at `first` and end after `patience`.
    pub fn schedule(
        &mut self,
        world: &mut World,
        first: Duration,
        season: Duration,
        patience: Duration,
    ) -> Duration {
        let mut last = first;
        for tag in 0..self.rng.random_range(0..=4) {
            let phone = self.first_phone + self.rng.random_range(0..TRUNKS.len());
            let at = first + self.span(season);
            let call = Action::Call(Tag(500 + tag), format!("20050{tag}"));
            world.plan(at, phone, call);
            let end = at + Duration::from_secs(40) + self.span(patience / 2);
            world.plan(end, phone, Action::HangUp(Tag(500 + tag)));
            last = last.max(end);
        }
        if self.falls_silent {
            let phone = self.first_phone + self.rng.random_range(0..TRUNKS.len());
            let (at, length) = (self.span(first + season), self.span(season * 3));
            world.plan_mischief(at, Mischief::CutOff(phone));
            world.plan_mischief(at + length, Mischief::Reconnect(phone));
            last = last.max(at + length);
        }
        if self.dies {
            world.plan_mischief(last, Mischief::CutOff(self.first_phone));
        }
        last
    }

    /// Some of the calls of a script go to a carrier instead.
    pub fn send_out(script: &mut Script, rng: &mut SmallRng) {
        for verb in script {
            let Verb::Connect(connect) = verb else {
                continue;
            };
            for target in &mut connect.targets {
                if matches!(target.endpoint, Endpoint::Client(_)) && rng.random_ratio(1, 4) {
                    let trunk = [GROUP, GROUP, TRUNKS[0], TRUNKS[1]][rng.random_range(0..4)];
                    target.endpoint = Endpoint::Trunk(TrunkNumber {
                        trunk: trunk.to_owned(),
                        number: "4930123456".to_owned(),
                    });
                }
            }
        }
    }

    /// What is broken of them after all calls. Time may pass: who was silent is asked again only after a while.
    pub fn check(&self, world: &mut World) -> Vec<String> {
        if self.dies {
            world.run_for(Duration::from_secs(u64::from(GRANT_MAX) + 60));
        }
        let end = world.now + RECOVERY;
        while world.now < end && !self.complaints(world).is_empty() {
            world.run_for(Duration::from_secs(10));
        }
        let mut broken = self.complaints(world);
        for phone in &world.phones {
            let carrier = phone.carrier.iter();
            broken.extend(carrier.flat_map(|carrier| carrier.complaints.iter().cloned()));
        }
        broken
    }

    fn complaints(&self, world: &World) -> Vec<String> {
        let mut broken = Vec::new();
        for (index, name) in TRUNKS.iter().enumerate() {
            let all = world.exchange.trunks(world.now);
            let Some(status) = all.iter().find(|status| status.name == *name) else {
                broken.push(format!("the trunk {name} is gone"));
                continue;
            };
            if (status.calls_in, status.calls_out) != (0, 0) {
                let (calls_in, calls_out) = (status.calls_in, status.calls_out);
                broken.push(format!("{name} has channels: {calls_in} and {calls_out}"));
            }
            let lives = !(self.dies && index == 0);
            broken.extend(self.health(world, index, status, lives));
        }
        broken
    }

    fn health(
        &self,
        world: &World,
        index: usize,
        status: &TrunkStatus,
        lives: bool,
    ) -> Vec<String> {
        let mut broken = Vec::new();
        let wanted = if lives {
            HostState::Up
        } else {
            HostState::Down
        };
        for host in status.hosts.iter().filter(|host| host.state != wanted) {
            broken.push(format!("{} is {:?}, not {wanted:?}", host.host, host.state));
        }
        let Some(registration) = &status.registration else {
            return broken;
        };
        let says = registration.state == RegistrationState::Registered;
        let carrier = world.phones.get(self.first_phone + index);
        let binding = carrier.and_then(|phone| phone.carrier.as_ref()?.binding.as_ref());
        let has = binding.is_some_and(|(_, until)| *until > world.now);
        if says != lives || (lives && !has) {
            let (state, reason) = (registration.state, &registration.reason);
            let name = &status.name;
            broken.push(format!(
                "{name} lives: {lives}, has our contact: {has}, and we say {state:?} ({reason})"
            ));
        }
        broken
    }
}

/// After the end of the switch: our contacts are taken back, if the network lets us.
#[must_use]
pub fn has_left(world: &World, lossless: bool) -> Vec<String> {
    let mut broken = Vec::new();
    if world.exchange.is_leaving() {
        broken.push("a trunk is still being left".to_owned());
    }
    let now = world.now;
    for phone in world.phones.iter().filter(|_| lossless) {
        let binding = phone.carrier.as_ref().and_then(|c| c.binding.as_ref());
        if binding.is_some_and(|(_, until)| *until > now) {
            broken.push(format!("{} keeps our contact", phone.name));
        }
    }
    broken
}
