//! What the acts of mailboxes and messages ask for, stimulus by stimulus.

use std::time::Duration;

use switchhook_routing::event::VerbEnd;
use switchhook_routing::outcome::{self, Outcome};
use switchhook_routing::prompt::Prompt;
use switchhook_routing::verb::{Message, Voicemail};

use crate::acts::record::Recording;
use crate::acts::retrieval::{Claim, Retrieving};
use crate::acts::texts::{Text, Words, beep};
use crate::acts::voicemail::TakingMessage;
use crate::acts::{Act, Step, Stimulus};
use crate::limits;
use crate::media_command::{MailboxOrder, PlayEnd, Recorded, RecordingEnd, RecordingStop};
use crate::voicemail::{MailboxReply, MailboxWish, MessageInfo, Opened, PinCheck};

const COMPLETED: Stimulus = Stimulus::PlayEnded(PlayEnd::Completed);

/// An act that is told things; what it asked for last.
struct World<A>(A, Vec<Step>);

impl<A: Act> World<A> {
    fn new(act: A) -> World<A> {
        let mut world = World(act, Vec::new());
        world.tell(Stimulus::Begun);
        world
    }

    fn tell(&mut self, stimulus: Stimulus) -> &[Step] {
        self.1.clear();
        self.0.step(stimulus, &mut self.1);
        &self.1
    }

    fn press(&mut self, keys: &str) -> &[Step] {
        self.1.clear();
        for key in keys.chars() {
            self.0.step(Stimulus::Key(key), &mut self.1);
        }
        &self.1
    }

    fn answer(&mut self, reply: MailboxReply) -> &[Step] {
        self.tell(Stimulus::Mailbox(reply))
    }

    /// What is played now.
    fn plays(&self) -> Vec<Prompt> {
        let played = self.1.iter().rev().find_map(|step| match step {
            Step::Play { prompts, .. } => Some(prompts.clone()),
            _ => None,
        });
        played.unwrap_or_default()
    }

    fn wishes(&self) -> Vec<MailboxWish> {
        let wish = |step: &Step| match step {
            Step::Mailbox { wish, .. } => Some(wish.clone()),
            _ => None,
        };
        self.1.iter().filter_map(wish).collect()
    }
}

fn say(text: Text) -> Prompt {
    Words::new("en".to_owned(), Vec::new()).say(text)
}

fn ended(why: RecordingStop, url: Option<&str>) -> Stimulus {
    Stimulus::Recorded(RecordingEnd {
        why,
        length: Duration::from_millis(2_500),
        url: url.map(str::to_owned),
        format: "wav",
    })
}

fn voicemail() -> World<TakingMessage> {
    World::new(TakingMessage::new(&Voicemail {
        mailbox: "1001".to_owned(),
        greeting: None,
        tag: None,
    }))
}

fn opened(new: u32, has_pin: bool) -> Opened {
    Opened {
        has_pin,
        new,
        message_seconds: 60,
        language: "en".to_owned(),
        ..Opened::default()
    }
}

fn messages() -> Vec<MessageInfo> {
    let message = |id: &str| MessageInfo {
        id: id.to_owned(),
        prompt: Prompt::Url(format!("mailbox:d/1001/{id}.wav")),
        caller: "2002".to_owned(),
        when: "today".to_owned(),
        heard: false,
    };
    vec![message("a"), message("b")]
}

#[test]
fn a_message_is_left_after_greeting_and_beep_and_ends_the_call() {
    let mut world = voicemail();
    assert_eq!(world.wishes(), [MailboxWish::Open]);
    world.answer(MailboxReply::Open(opened(0, false)));
    assert_eq!(world.plays(), [say(Text::LeaveMessage), beep()]);
    let record = Step::Record(Recorded::Message {
        longest: Duration::from_secs(60),
        silence: limits::MESSAGE_SILENCE,
        mailbox: Some(MailboxOrder {
            mailbox: "1001".to_owned(),
            is_greeting: false,
        }),
    });
    assert_eq!(world.tell(COMPLETED), [record]);
    assert_eq!(world.press("#"), [Step::StopRecording]);
    let end = ended(RecordingStop::Stopped, Some("file:///a"));
    assert_eq!(world.tell(end), [Step::HangUp]);
}

#[test]
fn who_says_nothing_leaves_no_message() {
    let mut world = voicemail();
    world.answer(MailboxReply::Open(opened(0, false)));
    world.press("#");
    assert_eq!(world.plays(), [beep()]);
    world.tell(COMPLETED);
    let end = ended(RecordingStop::Silence, None);
    assert_eq!(world.tell(end), [Step::done(Outcome::NoInput)]);
}

#[test]
fn a_mailbox_that_is_full_or_not_there_takes_no_message() {
    let mut world = voicemail();
    world.answer(MailboxReply::Open(Opened {
        is_full: true,
        ..opened(0, false)
    }));
    assert_eq!(world.plays(), [say(Text::MailboxFull)]);
    let failed = |why: &str| Step::Done {
        end: VerbEnd::Failed(why.to_owned()),
        outcome: Outcome::Failed(why.to_owned()),
    };
    assert_eq!(world.tell(COMPLETED), [failed("the mailbox is full")]);
    let mut world = voicemail();
    let reply = MailboxReply::Failed("no".to_owned());
    assert_eq!(world.answer(reply), [failed("no")]);
}

#[test]
fn a_message_for_a_script_ends_by_key_and_is_its_outcome() {
    let mut world = World::new(Recording::new(&Message {
        max_seconds: 30,
        silence_seconds: 3,
        finish_keys: "#".to_owned(),
        beep: true,
    }));
    assert_eq!(world.plays(), [beep()]);
    assert!(world.press("#").is_empty());
    assert!(matches!(world.tell(COMPLETED), [Step::Record(_)]));
    assert!(world.press("1").is_empty());
    assert_eq!(world.press("#"), [Step::StopRecording]);
    let recorded = outcome::Recorded {
        url: "file:///a".to_owned(),
        milliseconds: 2_500,
    };
    let done = Step::done(Outcome::Recorded(recorded));
    let end = ended(RecordingStop::Stopped, Some("file:///a"));
    assert_eq!(world.tell(end), [done]);
}

#[test]
fn an_owner_hears_saves_and_deletes_messages() {
    let act = Retrieving::new("1001".to_owned(), Claim::Owner, "en".to_owned());
    let mut world = World::new(act);
    world.answer(MailboxReply::Open(opened(2, false)));
    assert_eq!(world.wishes(), [MailboxWish::List]);
    world.answer(MailboxReply::Messages(messages()));
    let first = Prompt::Url("mailbox:d/1001/a.wav".to_owned());
    assert_eq!(world.plays().last(), Some(&first));
    world.tell(COMPLETED);
    assert_eq!(world.wishes(), [MailboxWish::MarkHeard("a".to_owned())]);
    assert_eq!(world.plays(), [say(Text::MessageMenu)]);
    world.press("1");
    assert_eq!(world.plays().last(), Some(&first));
    world.press("9");
    assert!(world.wishes().is_empty(), "it was marked already");
    let second = Prompt::Url("mailbox:d/1001/b.wav".to_owned());
    assert_eq!(world.plays().last(), Some(&second));
    world.press("3");
    assert_eq!(world.wishes(), [MailboxWish::Delete("b".to_owned())]);
    assert_eq!(
        world.plays(),
        [say(Text::NoMoreMessages), say(Text::Options)]
    );
}

#[test]
fn a_pin_is_asked_for_three_times_and_no_more() {
    let act = Retrieving::new(String::new(), Claim::Anybody, "en".to_owned());
    let mut world = World::new(act);
    assert_eq!(world.plays(), [say(Text::EnterMailbox)]);
    world.press("1001#");
    assert_eq!(world.wishes(), [MailboxWish::Open]);
    world.answer(MailboxReply::Open(opened(0, true)));
    for tries in 0..3 {
        world.press("4711#");
        assert_eq!(world.wishes(), [MailboxWish::CheckPin("4711".to_owned())]);
        world.answer(MailboxReply::Pin(PinCheck::Wrong));
        let last = tries == 2;
        let then = if last { Text::Goodbye } else { Text::EnterPin };
        assert_eq!(world.plays(), [say(Text::WrongPin), say(then)]);
    }
    assert_eq!(world.tell(COMPLETED), [Step::HangUp]);
}

#[test]
fn a_mailbox_without_a_pin_is_open_to_its_owner_alone() {
    let act = Retrieving::new("1001".to_owned(), Claim::Anybody, "en".to_owned());
    let mut world = World::new(act);
    world.answer(MailboxReply::Open(opened(1, false)));
    assert!(world.wishes().is_empty());
    assert_eq!(
        world.plays(),
        [say(Text::NoMailbox), say(Text::EnterMailbox)]
    );
}

#[test]
fn greeting_and_pin_are_set_by_telephone() {
    let act = Retrieving::new("1001".to_owned(), Claim::Owner, "de".to_owned());
    let mut world = World::new(act);
    world.answer(MailboxReply::Open(opened(0, false)));
    world.answer(MailboxReply::Messages(Vec::new()));
    world.press("1");
    assert_eq!(world.plays(), [say(Text::RecordGreeting), beep()]);
    assert!(matches!(
        world.tell(COMPLETED),
        [Step::Record(Recorded::Message { mailbox: Some(order), .. })] if order.is_greeting
    ));
    world.press("#");
    world.tell(ended(RecordingStop::Stopped, Some("file:///g")));
    assert_eq!(
        world.plays(),
        [say(Text::GreetingSaved), say(Text::Options)]
    );
    world.press("4");
    world.press("2468#");
    assert_eq!(world.plays(), [say(Text::NewPinAgain)]);
    world.press("2468#");
    assert_eq!(world.wishes(), [MailboxWish::SetPin("2468".to_owned())]);
    world.answer(MailboxReply::Done);
    assert_eq!(world.plays(), [say(Text::PinChanged), say(Text::Options)]);
    world.press("4");
    world.press("12#");
    assert_eq!(
        world.plays(),
        [say(Text::PinNotChanged), say(Text::Options)]
    );
}

#[test]
fn who_presses_nothing_is_sent_away_in_the_end() {
    let act = Retrieving::new("1001".to_owned(), Claim::Owner, "en".to_owned());
    let mut world = World::new(act);
    world.answer(MailboxReply::Open(opened(0, false)));
    world.answer(MailboxReply::Messages(Vec::new()));
    for _ in 0..2 {
        assert!(matches!(world.tell(COMPLETED), [Step::Wait(_)]));
        world.tell(Stimulus::Due);
        assert_eq!(world.plays(), [say(Text::Options)]);
    }
    world.tell(COMPLETED);
    world.tell(Stimulus::Due);
    assert_eq!(world.plays(), [say(Text::Goodbye)]);
    assert_eq!(world.tell(COMPLETED), [Step::HangUp]);
}

#[test]
fn german_is_spoken_where_it_is_wanted_and_sounds_stand_for_texts() {
    let instead = Prompt::File("voicemail/de/goodbye.wav".to_owned());
    let sounds = vec![("goodbye".to_owned(), instead.clone())];
    let words = Words::new("de-AT".to_owned(), sounds);
    assert_eq!(words.say(Text::Goodbye), instead);
    let Prompt::Speech(speech) = words.counts(1, 3) else {
        panic!()
    };
    assert_eq!(
        (speech.text.as_str(), speech.language.as_deref()),
        (
            "Sie haben eine neue Nachricht und 3 alte Nachrichten.",
            Some("de")
        )
    );
    let Prompt::Speech(speech) = words.about(2, "4930", "heute") else {
        panic!()
    };
    assert_eq!(speech.text, "Nachricht 2, von 4 9 3 0, heute.");
}
