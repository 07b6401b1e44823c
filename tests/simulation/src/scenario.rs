//! What happens in the world of a seed: who lives there, how bad the network is, who calls whom, what routing code
//! thinks of it, who hangs up. Everything is drawn from the seed.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rand::rngs::SmallRng;
use rand::{RngExt as _, SeedableRng as _};
use switchhook_call::config::Config;
use switchhook_call::input::{Command, Input};
use switchhook_call::kept::Kept;
use switchhook_phone::config::Behaviour;
use switchhook_phone::ladder::Ladder;
use switchhook_routing::call::Call;
use switchhook_routing::event::{Event, EventKind};
use switchhook_routing::record::{CallRecord, Disposition, Party};
use switchhook_sip::flow::Transport;

use crate::babel::Babel;
use crate::checks::{self, Expectations};
use crate::customs::Customs;
use crate::handset::{Action, Handset, Tag};
use crate::network::{Traffic, Weather};
use crate::oracle;
use crate::town::{self, DESK, FALLBACK};
use crate::trunking::{self, CarrierTally, Trunking};
use crate::watching::{self, WatchTally, Watching};
use crate::world::{Mischief, SWITCH, World};

/// The people of every world; a seed lets some of them live.
const PEOPLE: [&str; 6] = ["alice", "bob", "carol", "dave", "erin", "frank"];
/// Those of them whom a gatekeeper lets in.
const GUARDED: [&str; 3] = ["carol", "dave", "erin"];
/// When calls begin: everybody who can register has done so.
const FIRST_CALL: Duration = Duration::from_secs(40);
/// Within this time all calls begin.
const SEASON: Duration = Duration::from_secs(60);
/// A caller gives up at the latest this long after the call began.
const PATIENCE: Duration = Duration::from_secs(150);
/// After the last action: three times 64·T1 (an ACK that never comes, a BYE that is lost, on two legs), and some.
const SETTLE: Duration = Duration::from_secs(120);

/// How often everybody hangs up, until nobody is left in a call.
const GOODBYES: u32 = 40;
/// The longest that anything may go on after that: a phone rings for five minutes, and what it says then may be lost.
const REST: Duration = Duration::from_secs(450);

/// What came of a seed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Calls that were admitted.
    pub calls: u64,
    /// Calls that were answered.
    pub answered: u64,
    /// Calls that the caller cancelled.
    pub cancelled: u64,
    /// Decisions that failed or never came.
    pub failed_decisions: u64,
    /// How often routing code was asked what follows a verb.
    pub resumed: u64,
    /// How often a gatekeeper was asked.
    pub gated: u64,
    /// Callers who were connected with more than one destination, one after another.
    pub reconnected: u64,
    /// Calls that a transfer has made.
    pub transferred: u64,
    /// Callers whom the switch told that their media go on differently.
    pub renewed: u64,
    /// Re-INVITEs that put somebody on hold or took him back.
    pub holds: u64,
    /// PRACKs that phones sent or got.
    pub acknowledged: u64,
    /// Sessions that were refreshed by an UPDATE.
    pub refreshed: u64,
    /// What was played.
    pub played: u64,
    /// Keys that callers pressed in their audio.
    pub pressed: u64,
    /// Inputs that a `gather` took.
    pub gathered: u64,
    /// What there was to do with carriers.
    pub carriers: CarrierTally,
    /// What those who watch saw.
    pub watched: WatchTally,
    /// Clients who set something for themselves by a code.
    pub settings: u64,
    /// Whether the switch was started anew.
    pub restarts: u64,
    /// What the network did.
    pub traffic: Traffic,
    /// How much time passed in the world.
    pub world_time: Duration,
}

/// A seed that broke a rule.
#[derive(Debug, Clone)]
pub struct Failure {
    /// The seed.
    pub seed: u64,
    /// The rules, in words.
    pub broken: Vec<String>,
    /// What was sent, if it was drawn.
    pub ladder: Option<String>,
}

/// How a seed's world is built.
struct Plan {
    rng: SmallRng,
    seed: u64,
    weather: Weather,
    people: Vec<&'static str>,
    /// Things happen that excuse a call that is not answered.
    disturbed: bool,
    /// Somebody is cut off for a while.
    partition: bool,
    /// Somebody transfers calls.
    transfers: bool,
    /// The carriers, if there are some.
    trunking: Option<Trunking>,
    /// Those who watch, if there are some.
    watching: Option<Watching>,
    /// What is dialled to the switch itself, if anybody does.
    customs: Option<Customs>,
    /// The switch is started anew before the first call.
    restarts: bool,
    /// The first of the people has two phones.
    has_twin: bool,
    /// Who speaks what, if not all speak the same.
    babel: Option<Babel>,
}

/// Lives the world of a seed to its end.
///
/// # Errors
/// The rules that were broken; `draw` adds the ladder.
pub fn run(seed: u64, draw: bool) -> Result<Outcome, Failure> {
    let mut plan = Plan::new(seed);
    let mut world = plan.build(draw);
    let last = plan.schedule(&mut world);
    world.run_until(world.start + last + SETTLE);
    let silent = |trunking: &Trunking| trunking.falls_silent || trunking.dies;
    let cut_off = plan.partition || plan.trunking.as_ref().is_some_and(silent);
    if cut_off || plan.transfers {
        // Two who never hang up first may have been brought together.
        // Who was cut off may not know that his call is over, and the switch not that he has hung up: it connects a caller
        // who stays with one destination after another, as long as its scripts go on.
        for _ in 0..GOODBYES {
            for phone in 0..world.phones.len() {
                world.act(phone, Action::HangUpAll);
            }
            world.run_for(SETTLE);
            if world.exchange.calls() == 0 {
                break;
            }
            // Both sides may be on the phone that was cut off: nobody but the relay knows then.
            world.plan_mischief(world.elapsed(), Mischief::MediaFallsSilent);
        }
    }
    let mut broken = checks::nobody_talks_to_himself(&world);
    let lossless = plan.weather.loss == 0 && !cut_off;
    if let Some(watching) = &plan.watching {
        broken.extend(watching.check(&mut world, plan.weather.loss == 0 && !plan.restarts));
    }
    if let Some(trunking) = &plan.trunking {
        broken.extend(trunking.check(&mut world));
    }
    for phone in 0..world.phones.len() {
        if world.phones[phone].carrier.is_none() {
            world.act(phone, Action::Unregister);
        }
    }
    let mut rested = world.run_to_rest(REST);
    if plan.trunking.is_some() {
        world.plan_input(world.elapsed(), Input::Command(Command::Drain));
        rested &= world.run_to_rest(REST);
        broken.extend(trunking::has_left(&world, lossless));
    }
    broken.extend(checks::everything_ends(&world, rested));
    broken.extend(checks::accounts_balance(&world));
    let expectations = Expectations {
        lossless,
        undisturbed: !plan.disturbed,
    };
    broken.extend(checks::no_call_is_lost(&world, expectations));
    if broken.is_empty() {
        return Ok(outcome(&world));
    }
    let ladder = world.ladder.as_ref().map(Ladder::list);
    Err(Failure {
        seed,
        broken,
        ladder,
    })
}

fn outcome(world: &World) -> Outcome {
    let count = |disposition| {
        world
            .seen
            .records
            .iter()
            .filter(|record| record.disposition == disposition)
            .count() as u64
    };
    let holds = world.phones.iter().map(Handset::changes_taken).sum();
    let phones = |counted: fn(&Handset) -> u64| world.phones.iter().map(counted).sum();
    Outcome {
        calls: world.seen.records.len() as u64,
        answered: count(Disposition::Answered),
        cancelled: count(Disposition::Cancelled),
        failed_decisions: world.seen.failed_decisions.len() as u64,
        resumed: world.seen.resumed,
        gated: world.seen.gated,
        reconnected: reconnected(world),
        transferred: world
            .seen
            .records
            .iter()
            .filter(|record| record.transferred_from.is_some())
            .count() as u64,
        renewed: renewed(world),
        holds,
        acknowledged: phones(Handset::provisionals_acknowledged),
        refreshed: phones(Handset::refreshes),
        played: world.media.played_and_pressed().0,
        pressed: world.media.played_and_pressed().1,
        gathered: world.seen.gathered,
        carriers: CarrierTally::of(world),
        watched: WatchTally::of(world),
        settings: world
            .kept
            .values()
            .filter(|kept| matches!(kept, Kept::Settings(_)))
            .count() as u64,
        restarts: world.seen.restarts,
        traffic: world.network.traffic,
        world_time: world.elapsed(),
    }
}

/// How many calls were answered more than once.
fn reconnected(world: &World) -> u64 {
    let answered = |record: &&CallRecord| {
        let legs = record.legs.iter();
        legs.filter(|leg| leg.answered_at.is_some()).count() > 1
    };
    world.seen.records.iter().filter(answered).count() as u64
}

fn renewed(world: &World) -> u64 {
    let by_switch = |event: &&Event| event.kind == EventKind::Reinvited { by: Party::Switch };
    world.seen.events.iter().filter(by_switch).count() as u64
}

impl Plan {
    fn new(seed: u64) -> Plan {
        let mut rng = SmallRng::seed_from_u64(seed);
        let millis = Duration::from_millis;
        let weather = match rng.random_range(0..5) {
            0 => Weather::FAIR,
            1 => Weather {
                loss: 0,
                duplication: 50,
                delay_min: millis(1),
                delay_max: millis(60),
            },
            2 => Weather {
                loss: 50,
                duplication: 50,
                delay_min: millis(1),
                delay_max: millis(40),
            },
            3 => Weather {
                loss: 100,
                duplication: 30,
                delay_min: millis(5),
                delay_max: millis(200),
            },
            _ => Weather {
                loss: 200,
                duplication: 100,
                delay_min: millis(1),
                delay_max: millis(700),
            },
        };
        let count = rng.random_range(2..=PEOPLE.len());
        let mut people = PEOPLE[..count].to_vec();
        people.extend([DESK, FALLBACK]);
        let partition = rng.random_ratio(1, 20);
        Plan {
            rng,
            seed,
            weather,
            people,
            disturbed: false,
            partition,
            transfers: false,
            trunking: Trunking::new(seed),
            watching: Watching::new(seed),
            customs: Customs::new(seed),
            restarts: Customs::restarts(seed),
            has_twin: seed % 5 == 3,
            babel: Babel::new(seed),
        }
    }

    fn build(&mut self, draw: bool) -> World {
        let config = self.configuration();
        let goes_out = self.trunking.is_some();
        let people = self.people.clone();
        let thinker = people.clone();
        let decider = Box::new(move |call: &Call, rng: &mut SmallRng| {
            let mut verdict = oracle::think(call, &thinker, rng);
            if let (true, Some(script)) = (goes_out, &mut verdict.script) {
                Trunking::send_out(script, rng);
            }
            verdict
        });
        let mut world = World::new(self.seed, config.clone(), self.weather, decider);
        world.resumer = Box::new(move |request, rng| oracle::go_on(request, &people, rng));
        world.gatekeeper = Box::new(oracle::let_in);
        if draw {
            world.ladder = Some(Ladder::new(&self.names()));
        }
        self.move_in(&mut world);
        if let Some(trunking) = &mut self.trunking {
            trunking.populate(&mut world);
        }
        if let Some(watching) = &mut self.watching {
            watching.populate(&mut world, &self.people, FIRST_CALL, SEASON);
        }
        if self.has_twin {
            self.twin(&mut world);
        }
        self.plan_changes(&mut world, config);
        world
    }

    fn configuration(&mut self) -> Arc<Config> {
        let mut config = town::guarded(&self.people, &GUARDED);
        if let Some(trunking) = &self.trunking {
            config = trunking.configure(&config);
            self.disturbed |= trunking.refuses;
        }
        if let Some(watching) = &self.watching {
            config = watching.configure(&config);
        }
        if self.customs.is_some() {
            // A code may be refused, and somebody is left in a slot.
            (self.disturbed, self.transfers) = (true, true);
            config = Customs::configure(&config);
        }
        if self.babel.is_some() {
            config = Babel::configure(&config);
        }
        Babel::bypass(self.seed, config)
    }

    /// Whose columns a ladder has.
    fn names(&self) -> Vec<&'static str> {
        let mut names = self.people.clone();
        names.insert(self.people.len() / 2, SWITCH);
        if self.trunking.is_some() {
            names.extend(trunking::TRUNKS);
        }
        if self.watching.is_some() {
            names.extend(watching::WATCHERS);
        }
        names
    }

    /// The people, each with a phone that registers.
    fn move_in(&mut self, world: &mut World) {
        for (index, name) in self.people.clone().into_iter().enumerate() {
            let staff = [DESK, FALLBACK].contains(&name);
            let mut behaviour = if staff {
                staff_behaviour()
            } else {
                self.behaviour()
            };
            if let Some(babel) = &mut self.babel {
                behaviour.codecs = babel.codecs(GUARDED.contains(&name));
            }
            let reliable = !staff && self.chance(20);
            let transport = if reliable {
                Transport::Tcp
            } else {
                Transport::Udp
            };
            let registrar = world.switch_address();
            let seed = self.rng.random();
            let number = index as u8 + 1;
            let handset = Handset::new(name, number, transport, registrar, seed, behaviour);
            let phone = world.add(handset);
            let expires = if staff || self.chance(50) { 3600 } else { 60 };
            let soon = Duration::from_millis(100 * index as u64);
            world.plan(soon, phone, Action::Register(expires));
            if GUARDED.contains(&name) {
                // Its gatekeeper may have said no the first time.
                let again = soon + Duration::from_secs(20);
                world.plan(again, phone, Action::Register(expires));
            }
        }
    }

    /// A second phone of the first of the people: who calls that one calls both.
    fn twin(&mut self, world: &mut World) {
        let (name, registrar) = (self.people[0], world.switch_address());
        let address = SocketAddr::from(([10, 0, 4, 1], 5060));
        let (mut behaviour, seed) = (self.behaviour(), self.rng.random());
        if let Some(babel) = &mut self.babel {
            behaviour.codecs = babel.codecs(GUARDED.contains(&name));
        }
        let handset = Handset::at(name, address, Transport::Udp, registrar, seed, behaviour);
        let phone = world.add(handset);
        world.plan(Duration::from_secs(5), phone, Action::Register(60));
    }

    /// What the operator does to the switch.
    fn plan_changes(&mut self, world: &mut World, config: Arc<Config>) {
        if self.restarts {
            let later = if self.chance(50) {
                self.moment()
            } else {
                FIRST_CALL
            };
            for second in 0..40 {
                let at = later + Duration::from_secs(second) - Duration::from_secs(3);
                world.plan_mischief(at, Mischief::Restart(config.clone()));
            }
        }
        if self.chance(10) {
            let at = self.moment();
            world.plan_mischief(at, Mischief::Configure(config));
        }
    }

    /// How one of the people treats calls.
    fn behaviour(&mut self) -> Behaviour {
        let mut behaviour = Behaviour::default();
        let millis =
            |rng: &mut SmallRng, most: u64| Duration::from_millis(rng.random_range(0..most));
        match self.rng.random_range(0..10) {
            0..5 => behaviour.auto_answer_after = Some(millis(&mut self.rng, 6_000)),
            5 => behaviour.auto_answer_after = Some(Duration::ZERO),
            6 => behaviour.reject_with = Some(486),
            7 => behaviour.reject_with = Some(if self.chance(50) { 603 } else { 404 }),
            8 => behaviour.redirect_to = Some(format!("sip:{DESK}@10.0.0.1")),
            _ => {}
        }
        behaviour.decide_after = millis(&mut self.rng, 3_000);
        behaviour.ring = !self.chance(10);
        behaviour.early_media = self.chance(15);
        behaviour.glare = self.chance(15);
        behaviour.pcma_only = self.chance(25);
        behaviour.delayed_offer = self.chance(10);
        behaviour.reliable = self.chance(40);
        behaviour.updates = self.chance(50);
        if self.chance(15) {
            behaviour.branches = self.rng.random_range(1..=4);
        }
        if self.chance(40) {
            behaviour.session_seconds = Some(self.rng.random_range(90..=200));
        }
        if self.chance(50) {
            behaviour.hang_up_after = Some(millis(&mut self.rng, 30_000));
        }
        if self.chance(3) {
            behaviour.drop_ack = true;
            self.disturbed = true;
        }
        behaviour
    }

    /// Plans everything that happens; when the last of it does.
    fn schedule(&mut self, world: &mut World) -> Duration {
        let callers = self.people.len() - 2;
        let mut last = FIRST_CALL;
        for tag in 0..self.rng.random_range(1..=6) {
            let caller = self.rng.random_range(0..callers);
            let at = FIRST_CALL + self.span(SEASON);
            let number = if self.chance(15) { "7001" } else { "2001" };
            world.plan(at, caller, Action::Call(Tag(tag), format!("{number}{tag}")));
            if self.chance(35) {
                let soon = if self.chance(50) { 200 } else { 8_000 };
                let after = self.span(Duration::from_millis(soon));
                world.plan(at + after, caller, Action::HangUp(Tag(tag)));
            }
            let end = at + Duration::from_secs(40) + self.span(PATIENCE - Duration::from_secs(40));
            world.plan(end, caller, Action::HangUp(Tag(tag)));
            last = last.max(end);
        }
        for _ in 0..self.rng.random_range(0..12) {
            let at = self.moment();
            let phone = self.rng.random_range(0..self.people.len());
            self.plan_bustle(world, at, phone);
        }
        if self.partition {
            let phone = self.rng.random_range(0..self.people.len());
            let (at, length) = (self.moment(), self.span(Duration::from_secs(60)));
            world.plan_mischief(at, Mischief::CutOff(phone));
            world.plan_mischief(at + length, Mischief::Reconnect(phone));
            last = last.max(at + length);
        }
        if let Some(customs) = &mut self.customs {
            customs.schedule(world, callers, FIRST_CALL, SEASON);
            last = last.max(FIRST_CALL + SEASON * 2);
        }
        if let Some(trunking) = &mut self.trunking {
            last = last.max(trunking.schedule(world, FIRST_CALL, SEASON, PATIENCE));
        }
        last
    }

    /// Something that people do while they talk.
    fn plan_bustle(&mut self, world: &mut World, at: Duration, phone: usize) {
        let pause = self.span(Duration::from_secs(8));
        match self.rng.random_range(0..18) {
            16.. => {
                for key in ['1', '5', '#'] {
                    let later = self.span(pause);
                    world.plan(at + later, phone, Action::Press(key));
                }
            }
            0..3 => {
                world.plan(at, phone, Action::HoldAll);
                world.plan(at + pause, phone, Action::ResumeAll);
            }
            3 => {
                // Everybody at once: somebody's re-INVITEs cross.
                for phone in 0..self.people.len() {
                    let jitter = self.span(Duration::from_millis(5));
                    world.plan(at + jitter, phone, Action::HoldAll);
                    world.plan(at + pause, phone, Action::ResumeAll);
                }
            }
            4..6 => {
                // Who hangs up on a call that still rings refuses it; the desk must not.
                self.disturbed |= self.is_staff(phone);
                world.plan(at, phone, Action::HangUpIncoming);
            }
            6 => world.plan(at, phone, Action::Answer),
            7 => {
                self.disturbed |= self.is_staff(phone);
                world.plan(at, phone, Action::Reject(486));
            }
            8 if !self.is_staff(phone) => {
                world.plan(at, phone, Action::Unregister);
                world.plan(at + pause, phone, Action::Register(60));
            }
            9 => {
                self.disturbed = true;
                world.plan_mischief(at, Mischief::OperatorHangsUp);
            }
            10 => {
                self.disturbed = true;
                world.plan_mischief(at, Mischief::MediaFallsSilent);
            }
            11..13 => {
                // The one who stays is connected with somebody else, or nobody.
                (self.disturbed, self.transfers) = (true, true);
                let number = format!("2009{}", self.rng.random_range(0..10));
                world.plan(at, phone, Action::Transfer(number));
                if self.chance(30) {
                    world.plan(at + pause / 16, phone, Action::HangUpIncoming);
                }
            }
            13 => {
                (self.disturbed, self.transfers) = (true, true);
                // Somebody with one call makes another, and brings the two together.
                let tag = Tag(1000 + phone as u32);
                let number = format!("2008{}", self.rng.random_range(0..10));
                world.plan(at, phone, Action::Call(tag, number));
                world.plan(at + pause, phone, Action::Join);
                world.plan(at + pause * 2, phone, Action::HangUpAll);
            }
            14 => {
                // Both sides at once, and everybody else.
                (self.disturbed, self.transfers) = (true, true);
                for phone in 0..self.people.len() {
                    let jitter = self.span(Duration::from_millis(5));
                    world.plan(at + jitter, phone, Action::Transfer("20077".to_owned()));
                }
            }
            _ => {
                let garbage = (0..self.rng.random_range(0..200))
                    .map(|_| self.rng.random())
                    .collect();
                world.plan_mischief(at, Mischief::Garbage(garbage));
            }
        }
    }

    fn is_staff(&self, phone: usize) -> bool {
        phone + 2 >= self.people.len()
    }

    fn moment(&mut self) -> Duration {
        FIRST_CALL + self.span(SEASON + Duration::from_secs(20))
    }

    fn span(&mut self, most: Duration) -> Duration {
        Duration::from_micros(self.rng.random_range(0..=most.as_micros() as u64))
    }

    fn chance(&mut self, percent: u32) -> bool {
        self.rng.random_ratio(percent, 100)
    }
}

/// The desk and the night bell answer quickly and never hang up first.
fn staff_behaviour() -> Behaviour {
    Behaviour {
        auto_answer_after: Some(Duration::from_millis(200)),
        ..Behaviour::default()
    }
}
