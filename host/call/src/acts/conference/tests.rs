//! What the act asks for, stimulus by stimulus.

use super::*;

const COMPLETED: Stimulus = Stimulus::PlayEnded(PlayEnd::Completed);

fn conference(pin: Option<&str>) -> Conferring {
    let verb = Verb {
        room: "daily".to_owned(),
        pin: pin.map(str::to_owned),
        muted: false,
        moderator: true,
        music: None,
        tag: None,
    };
    Conferring::new(&verb, &Rules::default())
}

fn enter() -> Step {
    Step::Enter(Entering::Conference {
        room: "daily".to_owned(),
        listens_only: false,
        moderator: true,
        music: None,
    })
}

fn say(phrases: &[Phrase]) -> Step {
    Step::Play {
        prompts: phrases.iter().map(|one| spoken(*one, "en")).collect(),
        times: Some(1),
    }
}

fn failed(why: &str) -> Step {
    Step::Done {
        end: VerbEnd::Failed(why.to_owned()),
        outcome: Outcome::Failed(why.to_owned()),
    }
}

fn done() -> Step {
    Step::Done {
        end: VerbEnd::Completed,
        outcome: Outcome::Completed,
    }
}

#[track_caller]
fn table(act: &mut Conferring, rows: &[(Stimulus, &[Step])]) {
    for (number, (stimulus, expected)) in rows.iter().enumerate() {
        let mut steps = Vec::new();
        act.step(stimulus.clone(), &mut steps);
        assert_eq!(steps, *expected, "row {number}: {stimulus:?}");
    }
}

/// A caller that is in the room.
fn inside() -> Conferring {
    let mut act = conference(None);
    let rows: &[(Stimulus, &[Step])] = &[
        (Stimulus::Begun, &[Step::StopWaiting, enter()]),
        (Stimulus::Room(RoomNews::Entered { waits: false }), &[]),
    ];
    table(&mut act, rows);
    act
}

#[test]
fn the_right_pin_opens_the_room_with_its_last_digit() {
    let mut act = conference(Some("42"));
    assert!(act.takes_ahead());
    let rows: &[(Stimulus, &[Step])] = &[
        (Stimulus::Begun, &[say(&[Phrase::AskPin])]),
        (
            Stimulus::Key('4'),
            &[Step::StopPlay, Step::Wait(NEXT_DIGIT)],
        ),
        (Stimulus::Key('2'), &[Step::StopWaiting, enter()]),
    ];
    table(&mut act, rows);
}

#[test]
fn three_wrong_pins_are_too_many() {
    let again = [Step::StopWaiting, say(&[Phrase::WrongPin, Phrase::AskPin])];
    let refused = [Step::StopWaiting, say(&[Phrase::WrongPin])];
    let rows: &[(Stimulus, &[Step])] = &[
        (Stimulus::Begun, &[say(&[Phrase::AskPin])]),
        (COMPLETED, &[Step::Wait(FIRST_DIGIT)]),
        (Stimulus::Key('4'), &[Step::Wait(NEXT_DIGIT)]),
        (Stimulus::Key('#'), &again),
        (COMPLETED, &[Step::Wait(FIRST_DIGIT)]),
        // Nothing was pressed.
        (Stimulus::Due, &again),
        (
            Stimulus::Key('1'),
            &[Step::StopPlay, Step::Wait(NEXT_DIGIT)],
        ),
        (Stimulus::Key('2'), &refused),
        (Stimulus::Key('4'), &[]),
        (COMPLETED, &[failed("the PIN was wrong")]),
    ];
    table(&mut conference(Some("42")), rows);
}

#[test]
fn where_nothing_can_speak_a_beep_asks() {
    let unspoken = || Stimulus::PlayEnded(PlayEnd::Failed("no engine".to_owned()));
    let beep = Step::Play {
        prompts: fallback(Phrase::AskPin),
        times: Some(1),
    };
    let rows: &[(Stimulus, &[Step])] = &[
        (Stimulus::Begun, &[say(&[Phrase::AskPin])]),
        (unspoken(), &[beep]),
        (unspoken(), &[Step::Wait(FIRST_DIGIT)]),
    ];
    table(&mut conference(Some("42")), rows);
}

#[test]
fn who_is_not_let_in_is_told_why() {
    let mut act = conference(None);
    let refused = Stimulus::Room(RoomNews::Refused(Refusal::Locked));
    let rows: &[(Stimulus, &[Step])] = &[
        (Stimulus::Begun, &[Step::StopWaiting, enter()]),
        (refused, &[Step::StopWaiting, say(&[Phrase::RoomLocked])]),
        (COMPLETED, &[failed("the room is locked")]),
    ];
    table(&mut act, rows);
}

#[test]
fn keys_after_a_star_are_commands_and_others_are_not() {
    let wait = [Step::Wait(COMMAND)];
    let rows: &[(Stimulus, &[Step])] = &[
        (Stimulus::Key('6'), &[]),
        (Stimulus::Key('*'), &wait),
        (Stimulus::Key('6'), &[Step::Wish(RoomWish::Mute)]),
        (
            Stimulus::Room(RoomNews::Muted(true)),
            &[say(&[Phrase::Muted])],
        ),
        (COMPLETED, &[]),
        (Stimulus::Key('5'), &[]),
        (Stimulus::Key('*'), &wait),
        (Stimulus::Due, &[]),
        (Stimulus::Key('5'), &[]),
        (Stimulus::Key('*'), &wait),
        (Stimulus::Key('*'), &wait),
        (Stimulus::Key('5'), &[Step::Wish(RoomWish::Lock)]),
        (Stimulus::Key('*'), &wait),
        (Stimulus::Key('0'), &[Step::Wish(RoomWish::Count)]),
        (Stimulus::Key('*'), &wait),
        (Stimulus::Key('#'), &[]),
    ];
    table(&mut inside(), rows);
}

#[test]
fn the_leave_key_leaves_and_whoever_is_out_goes_on() {
    let rows: &[(Stimulus, &[Step])] = &[
        (Stimulus::Key('#'), &[Step::Leave]),
        (Stimulus::RoomLeft, &[done()]),
    ];
    table(&mut inside(), rows);
    table(&mut inside(), &[(Stimulus::RoomLeft, &[done()])]);
}

#[test]
fn how_many_are_there_is_said_in_the_language_of_the_domain() {
    let speech = |count, language| match spoken(Phrase::Others(count), language) {
        Prompt::Speech(speech) => (speech.text, speech.language.unwrap()),
        other => panic!("{other:?}"),
    };
    assert_eq!(speech(3, "de-AT").1, "de-AT");
    assert!(speech(3, "de-AT").0.contains("sind 3"));
    assert!(speech(1, "en-GB").0.starts_with("One other"));
    let unknown = speech(0, "fr");
    assert_eq!(
        (unknown.0.as_str(), unknown.1.as_str()),
        ("Nobody else is in the conference.", "en")
    );
}
