//! What acts ask for, stimulus by stimulus.

use std::time::Duration;

use switchhook_routing::event::VerbEnd;
use switchhook_routing::outcome::{Digits, Outcome};
use switchhook_routing::prompt::Prompt;
use switchhook_routing::verb::{Announce, Gather, SendDigits};

use crate::acts::announce::Announcing;
use crate::acts::answer::{Answering, Confirming};
use crate::acts::gather::Gathering;
use crate::acts::send_digits::SendingDigits;
use crate::acts::{Act, Step, Stimulus};
use crate::media_command::PlayEnd;

const COMPLETED: Stimulus = Stimulus::PlayEnded(PlayEnd::Completed);
const FIRST: Step = Step::Wait(Duration::from_millis(5000));
const NEXT: Step = Step::Wait(Duration::from_millis(2000));

fn file(name: &str) -> Prompt {
    Prompt::File(name.to_owned())
}

fn play(names: &[&str], times: u8) -> Step {
    Step::Play {
        prompts: names.iter().map(|name| file(name)).collect(),
        times: Some(times),
    }
}

fn keys(digits: &str, finish_key: Option<char>) -> Step {
    Step::done(Outcome::Digits(Digits {
        digits: digits.to_owned(),
        finish_key: finish_key.map(String::from),
    }))
}

fn failed(why: &str) -> Step {
    Step::Done {
        end: VerbEnd::Failed(why.to_owned()),
        outcome: Outcome::Failed(why.to_owned()),
    }
}

fn fail(why: &str) -> Stimulus {
    Stimulus::PlayEnded(PlayEnd::Failed(why.to_owned()))
}

/// Each stimulus and what it leads to.
#[track_caller]
fn table(mut act: impl Act, rows: &[(Stimulus, &[Step])]) {
    for (number, (stimulus, expected)) in rows.iter().enumerate() {
        let mut steps = Vec::new();
        act.step(stimulus.clone(), &mut steps);
        assert_eq!(steps, *expected, "row {number}: {stimulus:?}");
    }
}

fn announce(times: u8, stop_keys: &str) -> Announcing {
    Announcing::new(&Announce {
        prompts: vec![file("a"), file("b")],
        times,
        stop_keys: stop_keys.to_owned(),
        tag: None,
    })
}

fn gather(prompts: &[&str], max_digits: u8, finish_keys: &str) -> Gathering {
    Gathering::new(&Gather {
        prompts: prompts.iter().map(|name| file(name)).collect(),
        max_digits,
        finish_keys: finish_keys.to_owned(),
        first_digit_milliseconds: 5000,
        inter_digit_milliseconds: 2000,
        tag: None,
    })
}

#[test]
fn an_announce_is_over_when_all_was_played() {
    let rows: &[(Stimulus, &[Step])] = &[
        (Stimulus::Begun, &[play(&["a", "b"], 3)]),
        (Stimulus::Key('1'), &[]),
        (COMPLETED, &[Step::done(Outcome::Completed)]),
    ];
    table(announce(3, ""), rows);
}

#[test]
fn a_stop_key_ends_an_announce_and_is_told() {
    let rows: &[(Stimulus, &[Step])] = &[
        (Stimulus::Begun, &[play(&["a", "b"], 1)]),
        (Stimulus::Key('1'), &[]),
        (Stimulus::Key('#'), &[keys("", Some('#'))]),
    ];
    table(announce(0, "*#"), rows);
    let act = announce(1, "*#");
    assert!(act.wants('*') && !act.wants('1') && !act.takes_ahead());
}

#[test]
fn an_announce_that_cannot_be_played_says_why() {
    let rows: &[(Stimulus, &[Step])] = &[
        (Stimulus::Begun, &[play(&["a", "b"], 1)]),
        (fail("no such file"), &[failed("no such file")]),
    ];
    table(announce(1, ""), rows);
}

#[test]
fn a_gather_waits_for_its_first_key_from_the_end_of_its_prompts() {
    let rows: &[(Stimulus, &[Step])] = &[
        (Stimulus::Begun, &[play(&["menu"], 1)]),
        (COMPLETED, &[FIRST]),
        (Stimulus::Due, &[Step::done(Outcome::NoInput)]),
    ];
    table(gather(&["menu"], 4, ""), rows);
    let rows: &[(Stimulus, &[Step])] = &[
        (Stimulus::Begun, &[FIRST]),
        (Stimulus::Due, &[Step::done(Outcome::NoInput)]),
    ];
    table(gather(&[], 4, ""), rows);
}

#[test]
fn a_key_stops_the_prompts_of_a_gather_and_is_the_first_of_the_input() {
    let rows: &[(Stimulus, &[Step])] = &[
        (Stimulus::Begun, &[play(&["menu"], 1)]),
        (Stimulus::Key('4'), &[Step::StopPlay, NEXT]),
        // It crossed the order to stop.
        (COMPLETED, &[]),
        (Stimulus::Key('2'), &[NEXT]),
        (Stimulus::Due, &[keys("42", None)]),
    ];
    table(gather(&["menu"], 4, ""), rows);
}

#[test]
fn the_last_key_that_fits_ends_a_gather_at_once() {
    let rows: &[(Stimulus, &[Step])] = &[
        (Stimulus::Begun, &[play(&["menu"], 1)]),
        (Stimulus::Key('9'), &[keys("9", None)]),
    ];
    table(gather(&["menu"], 1, ""), rows);
    table(gather(&["menu"], 0, ""), rows);
}

#[test]
fn a_finish_key_ends_a_gather_and_is_no_part_of_the_input() {
    let rows: &[(Stimulus, &[Step])] = &[
        (Stimulus::Begun, &[FIRST]),
        (Stimulus::Key('1'), &[NEXT]),
        (Stimulus::Key('#'), &[keys("1", Some('#'))]),
    ];
    table(gather(&[], 10, "#"), rows);
    let rows: &[(Stimulus, &[Step])] = &[
        (Stimulus::Begun, &[FIRST]),
        (Stimulus::Key('#'), &[keys("", Some('#'))]),
    ];
    table(gather(&[], 10, "#"), rows);
}

#[test]
fn a_gather_whose_prompts_fail_listens_all_the_same() {
    let rows: &[(Stimulus, &[Step])] = &[
        (Stimulus::Begun, &[play(&["menu"], 1)]),
        (fail("no such file"), &[FIRST]),
        (Stimulus::Key('1'), &[NEXT]),
        (Stimulus::Due, &[keys("1", None)]),
    ];
    table(gather(&["menu"], 4, ""), rows);
    let rows: &[(Stimulus, &[Step])] = &[
        (Stimulus::Begun, &[play(&["menu"], 1)]),
        (fail("no such file"), &[FIRST]),
        (Stimulus::Due, &[failed("no such file")]),
    ];
    table(gather(&["menu"], 4, ""), rows);
}

#[test]
fn send_digits_is_over_when_the_keys_are_out() {
    let sending = |milliseconds| {
        SendingDigits::new(&SendDigits {
            digits: "1,2#".to_owned(),
            digit_milliseconds: milliseconds,
            tag: None,
        })
    };
    for (given, length) in [(None, 100), (Some(250), 250)] {
        let send = Step::SendKeys {
            keys: "1,2#".to_owned(),
            length: Duration::from_millis(length),
        };
        let rows: &[(Stimulus, &[Step])] = &[
            (Stimulus::Begun, &[send]),
            (Stimulus::Key('1'), &[]),
            (Stimulus::KeysSent, &[Step::done(Outcome::Completed)]),
        ];
        table(sending(given), rows);
    }
    assert!(!sending(None).wants('1'));
}

#[test]
fn an_answer_is_over_once_it_has_begun() {
    let rows: &[(Stimulus, &[Step])] = &[(Stimulus::Begun, &[Step::done(Outcome::Completed)])];
    table(Answering, rows);
}

#[test]
fn a_feature_code_is_confirmed_even_if_nobody_tells_the_end_of_the_beeps() {
    for end in [COMPLETED, fail("no codec"), Stimulus::Due] {
        let (mut act, mut steps) = (Confirming, Vec::new());
        act.step(Stimulus::Begun, &mut steps);
        assert!(matches!(steps[..], [Step::Play { .. }, Step::Wait(_)]));
        steps.clear();
        act.step(end, &mut steps);
        assert_eq!(steps, [Step::done(Outcome::Completed)]);
    }
}
