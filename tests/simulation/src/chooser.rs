//! Bytes as choices: numbers, and the scripts that routing code gives in a course of chance.

use switchhook_routing::call::Variable;
use switchhook_routing::prompt::Prompt;
use switchhook_routing::verb::{
    Announce, Conference, Connect, Delegate, Endpoint, Gather, Pause, Redial, Respond, Script,
    SendDigits, Strategy, Target, TrunkNumber, Verb,
};

use crate::town;

/// Bytes that are drawn from one after another; zeros when they are used up.
pub(crate) struct Chooser<'a>(pub(crate) &'a [u8]);

impl Chooser<'_> {
    pub(crate) fn byte(&mut self) -> u8 {
        match self.0.split_first() {
            Some((first, rest)) => {
                self.0 = rest;
                *first
            }
            None => 0,
        }
    }

    pub(crate) fn below(&mut self, most: usize) -> usize {
        usize::from(self.byte()) % most.max(1)
    }

    pub(crate) fn chance(&mut self) -> bool {
        self.byte() & 1 == 1
    }

    pub(crate) fn pick<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        let index = self.below(from.len());
        from.get(index).cloned()
    }
}

/// A script of a few verbs.
pub(crate) fn script(chooser: &mut Chooser<'_>) -> Script {
    (0..chooser.below(4)).map(|_| verb(chooser)).collect()
}

fn verb(chooser: &mut Chooser<'_>) -> Verb {
    match chooser.below(14) {
        13 => Verb::Conference(Conference {
            room: chooser.below(2).to_string(),
            pin: chooser.chance().then(|| "1".to_owned()),
            muted: chooser.chance(),
            moderator: chooser.chance(),
            music: None,
            tag: tag(chooser),
        }),
        10 => Verb::Announce(Announce {
            prompts: vec![Prompt::File("a".to_owned())],
            times: chooser.byte(),
            stop_keys: "#1".to_owned(),
            tag: tag(chooser),
        }),
        11 => Verb::Gather(Gather {
            prompts: Vec::new(),
            max_digits: chooser.byte(),
            finish_keys: "#".to_owned(),
            first_digit_milliseconds: 1 << chooser.below(16),
            inter_digit_milliseconds: 1 << chooser.below(16),
            tag: tag(chooser),
        }),
        12 => Verb::SendDigits(SendDigits {
            digits: "1".to_owned(),
            digit_milliseconds: None,
            tag: tag(chooser),
        }),
        8 => Verb::Answer,
        9 => Verb::SetVariable(Variable {
            name: chooser.byte().to_string(),
            value: chooser.byte().to_string(),
        }),
        0 => Verb::Respond(Respond {
            status: u16::from(chooser.byte()) * 4,
            reason: None,
            headers: Vec::new(),
        }),
        1 => Verb::Pause(Pause {
            milliseconds: 1 << chooser.below(32),
            tag: tag(chooser),
        }),
        2 => Verb::Delegate(Delegate {
            plugin: town::PLUGIN.to_owned(),
        }),
        3 => Verb::Redial(Redial {
            callee: format!("{}", chooser.byte()),
        }),
        _ => Verb::Connect(Connect {
            targets: (0..chooser.below(4)).map(|_| target(chooser)).collect(),
            strategy: match chooser.below(5) {
                0 => Strategy::Simultaneous,
                1 => Strategy::RoundRobin,
                2 => Strategy::Random,
                3 => Strategy::LongestIdle,
                _ => Strategy::Sequential,
            },
            timeout_seconds: chooser.chance().then(|| u32::from(chooser.byte())),
            keep_caller: chooser.chance(),
            reconnect: chooser.chance(),
            ringback: chooser.chance().then(|| Prompt::File("music".to_owned())),
            tag: tag(chooser),
            ..Connect::default()
        }),
    }
}

fn tag(chooser: &mut Chooser<'_>) -> Option<String> {
    chooser.chance().then(|| "t".to_owned())
}

fn target(chooser: &mut Chooser<'_>) -> Target {
    let endpoint = match chooser.below(5) {
        4 => Endpoint::RingGroup(town::TEAM.to_owned()),
        0 => Endpoint::Client("alice".to_owned()),
        1 => Endpoint::Uri("sip:bob@callee.test".to_owned()),
        2 => Endpoint::Uri(format!("sip:bob@10.0.2.{}", chooser.byte())),
        _ => Endpoint::Trunk(TrunkNumber {
            trunk: "callee".to_owned(),
            number: chooser.byte().to_string(),
        }),
    };
    Target {
        endpoint,
        ring_seconds: chooser.chance().then(|| u32::from(chooser.byte())),
    }
}
