//! The routing code of the worlds: what it thinks of a call, of a verb that is over and of a client that wants to register
//! is drawn from the seed. It is often slow, sometimes wrong, and sometimes says nothing at all.

use std::time::Duration;

use rand::RngExt as _;
use rand::rngs::SmallRng;
use switchhook_call::dialplan::DEFAULT_DIALPLAN;
use switchhook_call::output::ResumeRequest;
use switchhook_routing::call::{Call, Variable};
use switchhook_routing::decision::Continuation;
use switchhook_routing::prompt::{Prompt, Tone, ToneKind};
use switchhook_routing::registration::{
    AssignedDialplan, DialplanEntry, Grant, Proof, Refusal, Registration,
};
use switchhook_routing::verb::{
    Announce, Conference, Connect, Delegate, Endpoint, Gather, Pause, Redial, Respond, SendDigits,
    Strategy, Target, Verb,
};

use crate::town::{PAIR, PLUGIN, TEAM};
use crate::world::Verdict;

/// What it thinks of a call.
#[must_use]
pub fn think(call: &Call, people: &[&'static str], rng: &mut SmallRng) -> Verdict {
    let after = some_time(rng);
    let script = match rng.random_range(0..24) {
        0..2 => None,
        2 => {
            return Verdict {
                after: None,
                script: None,
            };
        }
        3 => Some(vec![refusal(rng)]),
        4 if !call.callee.starts_with('9') => Some(vec![Verb::Redial(Redial {
            callee: format!("9{}", call.callee),
        })]),
        5 => Some(Vec::new()),
        6..8 => Some(vec![some_pause(rng), some_connect(people, rng)]),
        8 => Some(vec![some_connect(people, rng), some_connect(people, rng)]),
        9..12 => Some(some_script(people, rng)),
        12..15 => Some(some_menu(people, rng)),
        15..18 => Some(one_after_another(people, rng)),
        _ => Some(vec![some_connect(people, rng)]),
    };
    Verdict {
        after: Some(after),
        script,
    }
}

/// What it thinks follows a verb.
pub fn go_on(
    request: &ResumeRequest,
    people: &[&'static str],
    rng: &mut SmallRng,
) -> (Option<Duration>, Option<Continuation>) {
    assert!(!request.tag.is_empty() && request.plugin == PLUGIN);
    let after = some_time(rng);
    let continuation = match rng.random_range(0..12) {
        0 => return (None, None),
        1 => None,
        2..7 => Some(Continuation::Proceed),
        7 => Some(Continuation::Script(vec![refusal(rng)])),
        8 => Some(Continuation::Script(Vec::new())),
        9 if rng.random_bool(0.5) => Some(Continuation::Script(some_menu(people, rng))),
        9 => Some(Continuation::Script(vec![Verb::Delegate(Delegate {
            plugin: PLUGIN.to_owned(),
        })])),
        10 => Some(Continuation::Script(some_script(people, rng))),
        _ => Some(Continuation::Script(vec![some_connect(people, rng)])),
    };
    (Some(after), continuation)
}

/// Whom it lets in.
pub fn let_in(
    registration: &Registration,
    rng: &mut SmallRng,
) -> (Option<Duration>, Option<Result<Grant, Refusal>>) {
    let after = some_time(rng);
    let answer = match rng.random_range(0..20) {
        0 => return (None, None),
        1 => None,
        2 => Some(Err(Refusal {
            status: [401, 403, 404, 500, 999][rng.random_range(0..5)],
            reason: Some("not today".to_owned()),
        })),
        _ => Some(Ok(Grant {
            proof: match rng.random_range(0..8) {
                0..4 => Proof::Checked,
                4 => Proof::Ha1("nonsense".to_owned()),
                _ => Proof::Password(registration.username.clone()),
            },
            expires_seconds: rng.random_bool(0.5).then(|| rng.random_range(0..5_000)),
            dialplan: some_dialplan(rng),
            codecs: match rng.random_range(0..3) {
                0 => vec!["PCMA".to_owned(), "opus".to_owned()],
                1 => vec!["G729".to_owned()],
                _ => Vec::new(),
            },
        })),
    };
    (Some(after), answer)
}

fn some_time(rng: &mut SmallRng) -> Duration {
    match rng.random_range(0..20) {
        0 => Duration::from_millis(rng.random_range(0..4_900)),
        1..4 => Duration::from_millis(rng.random_range(0..200)),
        _ => Duration::from_micros(rng.random_range(5..50)),
    }
}

fn some_dialplan(rng: &mut SmallRng) -> Option<AssignedDialplan> {
    match rng.random_range(0..6) {
        0 => Some(AssignedDialplan::Named(DEFAULT_DIALPLAN.to_owned())),
        1 => Some(AssignedDialplan::Named("no such dialplan".to_owned())),
        2..4 => Some(AssignedDialplan::Entries(vec![DialplanEntry {
            pattern: "*".to_owned(),
            plugins: vec![PLUGIN.to_owned()],
            variables: vec![variable(rng)],
        }])),
        _ => None,
    }
}

/// Several verbs, with tags that are asked back and callers that stay.
fn some_script(people: &[&'static str], rng: &mut SmallRng) -> Vec<Verb> {
    let count = rng.random_range(1..=6);
    let mut script: Vec<Verb> = (0..count).map(|_| some_verb(people, rng)).collect();
    script.push(some_connect(people, rng));
    script
}

/// A caller who stays while the called side changes.
fn one_after_another(people: &[&'static str], rng: &mut SmallRng) -> Vec<Verb> {
    let mut connect = |_| match some_connect(people, rng) {
        Verb::Connect(connect) => Verb::Connect(Connect {
            keep_caller: true,
            reconnect: true,
            ..connect
        }),
        other => other,
    };
    (0..4).map(&mut connect).collect()
}

fn some_verb(people: &[&'static str], rng: &mut SmallRng) -> Verb {
    match rng.random_range(0..14) {
        0 => some_pause(rng),
        1 => Verb::SetVariable(variable(rng)),
        2..4 => Verb::Answer,
        4..6 => some_announce(rng),
        6..8 => some_gather(rng),
        8 => Verb::SendDigits(SendDigits {
            digits: "1,2#".to_owned(),
            digit_milliseconds: rng.random_bool(0.5).then(|| rng.random_range(0..2_000)),
            tag: tag(rng),
        }),
        9 => some_conference(rng),
        _ => some_connect(people, rng),
    }
}

/// Rooms that several callers of a domain know.
fn some_conference(rng: &mut SmallRng) -> Verb {
    Verb::Conference(Conference {
        room: ["daily", "weekly"][rng.random_range(0..2)].to_owned(),
        pin: rng.random_bool(0.2).then(|| "1".to_owned()),
        muted: rng.random_bool(0.3),
        moderator: rng.random_bool(0.3),
        music: rng.random_bool(0.5).then(|| some_prompt(rng)),
        tag: tag(rng),
    })
}

/// What callers of companies know: an answer, a greeting, a menu; then somebody.
fn some_menu(people: &[&'static str], rng: &mut SmallRng) -> Vec<Verb> {
    let mut script = Vec::new();
    if rng.random_bool(0.7) {
        script.push(Verb::Answer);
    }
    script.push(some_announce(rng));
    for _ in 0..rng.random_range(1..4) {
        script.push(some_gather(rng));
    }
    script.push(some_connect(people, rng));
    if rng.random_bool(0.5) {
        script.push(some_announce(rng));
        script.push(some_connect(people, rng));
    }
    script
}

fn some_announce(rng: &mut SmallRng) -> Verb {
    Verb::Announce(Announce {
        prompts: vec![some_prompt(rng)],
        times: rng.random_range(0..3),
        stop_keys: ["", "#", "0123456789*#"][rng.random_range(0..3)].to_owned(),
        tag: tag(rng),
    })
}

fn some_gather(rng: &mut SmallRng) -> Verb {
    let prompts = (0..rng.random_range(0..3))
        .map(|_| some_prompt(rng))
        .collect();
    Verb::Gather(Gather {
        prompts,
        max_digits: rng.random_range(0..5),
        finish_keys: ["", "#"][rng.random_range(0..2)].to_owned(),
        first_digit_milliseconds: rng.random_range(0..5_000),
        inter_digit_milliseconds: rng.random_range(0..3_000),
        tag: tag(rng),
    })
}

fn some_prompt(rng: &mut SmallRng) -> Prompt {
    match rng.random_range(0..2) {
        0 => Prompt::File("greeting.wav".to_owned()),
        _ => Prompt::Tone(Tone {
            kind: ToneKind::Beep,
            country: None,
            milliseconds: rng.random_range(1..2_000),
        }),
    }
}

fn some_pause(rng: &mut SmallRng) -> Verb {
    Verb::Pause(Pause {
        milliseconds: rng.random_range(0..2_000),
        tag: tag(rng),
    })
}

fn refusal(rng: &mut SmallRng) -> Verb {
    Verb::Respond(Respond {
        status: [404, 486, 603, 302][rng.random_range(0..4)],
        reason: None,
        headers: Vec::new(),
    })
}

fn tag(rng: &mut SmallRng) -> Option<String> {
    rng.random_bool(0.4).then(|| "what next".to_owned())
}

fn variable(rng: &mut SmallRng) -> Variable {
    Variable {
        name: format!("v{}", rng.random_range(0..4)),
        value: rng.random_range(0..3).to_string(),
    }
}

fn some_connect(people: &[&'static str], rng: &mut SmallRng) -> Verb {
    let count = rng.random_range(1..=3);
    let targets = (0..count).map(|_| some_target(people, rng)).collect();
    let strategy = match rng.random_range(0..10) {
        0..4 => Strategy::Simultaneous,
        4..7 => Strategy::Sequential,
        7 => Strategy::RoundRobin,
        8 => Strategy::Random,
        _ => Strategy::LongestIdle,
    };
    let timeout_seconds = rng.random_bool(0.8).then(|| rng.random_range(1..15));
    Verb::Connect(Connect {
        targets,
        strategy,
        timeout_seconds,
        keep_caller: rng.random_bool(0.5),
        reconnect: rng.random_bool(0.7),
        label: rng.random_bool(0.2).then(|| "label".to_owned()),
        ringback: rng.random_bool(0.2).then(|| some_prompt(rng)),
        tag: tag(rng),
        ..Connect::default()
    })
}

fn some_target(people: &[&'static str], rng: &mut SmallRng) -> Target {
    let index = rng.random_range(0..people.len());
    let endpoint = match rng.random_range(0..10) {
        0 => Endpoint::Uri(format!("sip:{}@10.0.1.{}:5060", people[index], index + 1)),
        1 => Endpoint::RingGroup([TEAM, PAIR, "nobody"][rng.random_range(0..3)].to_owned()),
        _ => Endpoint::Client(people[index].to_owned()),
    };
    Target {
        endpoint,
        ring_seconds: rng.random_bool(0.5).then(|| rng.random_range(1..8)),
    }
}
