//! The limits of the contract (`wit/types.wit`), for verbs that stand in the configuration instead of coming from a plugin.

use std::fmt::Display;
use std::ops::RangeInclusive;

use switchhook_routing::prompt::Prompt;
use switchhook_routing::verb::{Connect, RecordingAction, Verb};

const TEXT: RangeInclusive<usize> = 1..=128;
const NUMBER: RangeInclusive<usize> = 1..=256;
const URL: RangeInclusive<usize> = 1..=2_048;
const SPEECH: RangeInclusive<usize> = 1..=4_096;
const FILE: RangeInclusive<usize> = 1..=512;
const MINUTE: RangeInclusive<u32> = 1..=60_000;
const RING: RangeInclusive<u32> = 1..=600;
const KEYS: &str = "0123456789*#ABCD";

/// What a verb says that no plugin would be allowed to say, a sentence each.
pub fn mistakes(verb: &Verb) -> Vec<String> {
    let mut found = Found(Vec::new());
    match verb {
        Verb::Answer => {}
        Verb::Announce(verb) => {
            found.within("the number of prompts", verb.prompts.len(), 1..=16);
            found.within("`times`", verb.times, 1..=100);
            found.prompts(&verb.prompts);
            found.keys("stop_keys", &verb.stop_keys, KEYS);
        }
        Verb::Gather(verb) => {
            found.within("the number of prompts", verb.prompts.len(), 0..=16);
            found.prompts(&verb.prompts);
            found.within("`max_digits`", verb.max_digits, 1..=64);
            found.keys("finish_keys", &verb.finish_keys, KEYS);
            let first = verb.first_digit_milliseconds;
            found.within("`first_digit_milliseconds`", first, MINUTE);
            let inter = verb.inter_digit_milliseconds;
            found.within("`inter_digit_milliseconds`", inter, MINUTE);
        }
        Verb::Connect(verb) => found.connect(verb),
        Verb::Enqueue(verb) => {
            found.within("the length of `queue`", verb.queue.len(), TEXT);
            found.within("the number of skills", verb.skills.len(), 0..=16);
            found.option("`timeout_seconds`", verb.timeout_seconds, 1..=86_400);
            found.prompts(verb.music.as_slice());
        }
        Verb::Voicemail(verb) => {
            found.within("the length of `mailbox`", verb.mailbox.len(), NUMBER);
            found.prompts(verb.greeting.as_slice());
        }
        Verb::Record(verb) => {
            if let RecordingAction::Message(message) = &verb.action {
                found.within("`max_seconds`", message.max_seconds, 1..=3_600);
                found.within("`silence_seconds`", message.silence_seconds, 1..=60);
                found.keys("finish_keys", &message.finish_keys, KEYS);
            }
        }
        Verb::Conference(verb) => {
            found.within("the length of `room`", verb.room.len(), TEXT);
            found.prompts(verb.music.as_slice());
        }
        Verb::Stream(verb) => {
            found.within("the length of `url`", verb.url.len(), URL);
            found.scheme(&verb.url, &["ws://", "wss://"]);
            found.within("the number of parameters", verb.parameters.len(), 0..=32);
        }
        Verb::Pause(verb) => found.within("`milliseconds`", verb.milliseconds, MINUTE),
        Verb::SendDigits(verb) => {
            found.within("the number of digits", verb.digits.len(), 1..=64);
            found.keys("digits", &verb.digits, "0123456789*#ABCD,");
            let milliseconds = verb.digit_milliseconds;
            found.option("`digit_milliseconds`", milliseconds, 40..=1_000);
        }
        Verb::SetVariable(variable) => {
            found.within("the length of `name`", variable.name.len(), TEXT);
            found.within("the length of `value`", variable.value.len(), 0..=1_024);
        }
        Verb::Delegate(verb) => found.within("the length of `plugin`", verb.plugin.len(), TEXT),
        Verb::Redial(verb) => found.within("the length of `callee`", verb.callee.len(), NUMBER),
        Verb::Respond(verb) => {
            found.within("`status`", verb.status, 300..=699);
            let reason = verb.reason.as_ref().map_or(0, String::len);
            found.within("the length of `reason`", reason, 0..=128);
            found.within("the number of headers", verb.headers.len(), 0..=32);
        }
    }
    found.0
}

struct Found(Vec<String>);

impl Found {
    fn within<T: PartialOrd + Display>(&mut self, what: &str, value: T, range: RangeInclusive<T>) {
        if !range.contains(&value) {
            let (first, last) = range.into_inner();
            self.0.push(format!(
                "{what} must be from {first} to {last}, not {value}"
            ));
        }
    }

    fn option<T: PartialOrd + Display>(
        &mut self,
        what: &str,
        value: Option<T>,
        range: RangeInclusive<T>,
    ) {
        if let Some(value) = value {
            self.within(what, value, range);
        }
    }

    fn connect(&mut self, verb: &Connect) {
        if verb.targets.is_empty() {
            self.0.push("`connect` has no targets".to_owned());
        } else {
            self.within("the number of targets", verb.targets.len(), 1..=32);
        }
        self.option("`timeout_seconds`", verb.timeout_seconds, RING);
        for target in &verb.targets {
            self.option("`ring_seconds`", target.ring_seconds, RING);
        }
        let length = |text: &Option<String>| text.as_ref().map(String::len);
        self.option("the length of `caller_id`", length(&verb.caller_id), NUMBER);
        self.option(
            "the length of `caller_name`",
            length(&verb.caller_name),
            TEXT,
        );
        self.option("the length of `label`", length(&verb.label), 0..=128);
        self.within("the number of headers", verb.headers.len(), 0..=32);
        self.prompts(verb.ringback.as_slice());
    }

    fn prompts(&mut self, prompts: &[Prompt]) {
        for prompt in prompts {
            match prompt {
                Prompt::File(path) => {
                    self.within("the length of `file`", path.len(), FILE);
                    if path.split('/').any(|part| part == "..") {
                        self.0
                            .push(format!("\"{path}\" leads out of the media folder"));
                    }
                }
                Prompt::Url(url) => {
                    self.within("the length of `url`", url.len(), URL);
                    self.scheme(url, &["http://", "https://"]);
                }
                Prompt::Speech(speech) => {
                    self.within("the length of `text`", speech.text.len(), SPEECH);
                }
                Prompt::Tone(tone) => self.within("`milliseconds`", tone.milliseconds, MINUTE),
            }
        }
    }

    fn scheme(&mut self, url: &str, schemes: &[&str]) {
        if !schemes.iter().any(|scheme| url.starts_with(scheme)) {
            let schemes = schemes.join(" or ");
            self.0.push(format!("\"{url}\" must begin with {schemes}"));
        }
    }

    fn keys(&mut self, what: &str, keys: &str, allowed: &str) {
        if let Some(other) = keys.chars().find(|key| !allowed.contains(*key)) {
            self.0
                .push(format!("`{what}`: '{other}' is none of {allowed}"));
        }
    }
}
