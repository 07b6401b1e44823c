//! What a caller hears and may press, in words.

use switchhook_routing::prompt::{Prompt, ToneKind};
use switchhook_routing::verb::{Connect, Verb};

/// What a verb lets the caller hear, and which keys count; empty: nothing.
pub fn heard(verb: &Verb) -> String {
    match verb {
        Verb::Answer => "the caller is answered".to_owned(),
        Verb::Announce(announce) => {
            let times = match announce.times {
                0 | 1 => String::new(),
                times => format!(", {times} times"),
            };
            let keys = match announce.stop_keys.as_str() {
                "" => String::new(),
                keys => format!("; a key of {keys} ends it"),
            };
            format!("the caller hears {}{times}{keys}", list(&announce.prompts))
        }
        Verb::Gather(gather) => {
            let prompts = match gather.prompts.as_slice() {
                [] => String::new(),
                prompts => format!("the caller hears {}; ", list(prompts)),
            };
            let finish = match gather.finish_keys.as_str() {
                "" => String::new(),
                keys => format!(", or until a key of {keys}"),
            };
            let (first, next) = (
                seconds(gather.first_digit_milliseconds),
                seconds(gather.inter_digit_milliseconds),
            );
            format!(
                "{prompts}up to {} keys{finish}; {first} for the first, {next} for each further one",
                gather.max_digits
            )
        }
        Verb::SendDigits(send) => format!("{} is sent to the caller in keys", send.digits),
        Verb::Connect(Connect {
            ringback: Some(prompt),
            ..
        }) => format!("while it rings the caller hears {}", name(prompt)),
        _ => String::new(),
    }
}

fn list(prompts: &[Prompt]) -> String {
    let names: Vec<_> = prompts.iter().map(name).collect();
    names.join(", ")
}

fn name(prompt: &Prompt) -> String {
    match prompt {
        Prompt::File(path) => format!("the file {path}"),
        Prompt::Url(url) => format!("what is at {url}"),
        Prompt::Speech(speech) => {
            let language = speech.language.as_ref();
            let language = language.map_or_else(String::new, |language| format!(" ({language})"));
            format!("\"{}\"{language}", speech.text)
        }
        Prompt::Tone(tone) => {
            let kind = match tone.kind {
                ToneKind::Dial => "the dial tone",
                ToneKind::Ringing => "the ringing tone",
                ToneKind::Busy => "the busy tone",
                ToneKind::Congestion => "the congestion tone",
                ToneKind::Information => "the special information tone",
                ToneKind::Beep => "a beep",
                ToneKind::Silence => "silence",
            };
            format!("{kind} for {}", seconds(tone.milliseconds))
        }
    }
}

fn seconds(milliseconds: u32) -> String {
    format!("{} s", f64::from(milliseconds) / 1_000.0)
}
