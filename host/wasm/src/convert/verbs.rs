//! The verbs of a script out of a guest.

use switchhook_routing::prompt::{Prompt, Speech, Tone, ToneKind};
use switchhook_routing::verb::{self, Verb};

use crate::contract::v0_2::types as wit;
use crate::convert::fields::{
    headers, is_written_in_requests, is_written_in_responses, variable, variables,
};
use crate::convert::rules::{
    Broken, at_most, between, is_key, keys, optional, optional_within, reason, sip_uri, sized, tag,
    text, url, within,
};
use crate::limits;

/// A verb, if it keeps every rule.
pub(crate) fn verb(verb: wit::VerbResult) -> Result<Verb, Broken> {
    Ok(match verb {
        wit::VerbResult::Answer => Verb::Answer,
        wit::VerbResult::Announce(verb) => Verb::Announce(announce(verb)?),
        wit::VerbResult::Gather(verb) => Verb::Gather(gather(verb)?),
        wit::VerbResult::Connect(verb) => Verb::Connect(connect(verb)?),
        wit::VerbResult::Enqueue(verb) => Verb::Enqueue(enqueue(verb)?),
        wit::VerbResult::Voicemail(verb) => Verb::Voicemail(verb::Voicemail {
            mailbox: text("the mailbox", verb.mailbox, limits::NUMBER_BYTES)?,
            greeting: verb.greeting.map(prompt).transpose()?,
            tag: tag(verb.tag)?,
        }),
        wit::VerbResult::Record(verb) => Verb::Record(verb::Recording {
            action: recording_action(verb.action)?,
            tag: tag(verb.tag)?,
        }),
        wit::VerbResult::Conference(verb) => Verb::Conference(conference(verb)?),
        wit::VerbResult::Stream(verb) => Verb::Stream(stream(verb)?),
        wit::VerbResult::Pause(verb) => Verb::Pause(verb::Pause {
            milliseconds: within("pause", verb.milliseconds, limits::PAUSE_MILLISECONDS)?,
            tag: tag(verb.tag)?,
        }),
        wit::VerbResult::SendDigits(verb) => Verb::SendDigits(send_digits(verb)?),
        wit::VerbResult::SetVariable(set) => Verb::SetVariable(variable(set)?),
        wit::VerbResult::Delegate(verb) => Verb::Delegate(verb::Delegate {
            plugin: text("the plugin's name", verb.plugin, limits::NAME_BYTES)?,
        }),
        wit::VerbResult::Redial(verb) => Verb::Redial(verb::Redial {
            callee: text("the number to redial", verb.callee, limits::NUMBER_BYTES)?,
        }),
        wit::VerbResult::Respond(verb) => Verb::Respond(respond(verb)?),
    })
}

fn announce(verb: wit::AnnounceResult) -> Result<verb::Announce, Broken> {
    if verb.prompts.is_empty() {
        return Err("announce has no prompt".into());
    }
    between("times", verb.times.into(), 1, limits::ANNOUNCE_TIMES)?;
    Ok(verb::Announce {
        prompts: prompts(verb.prompts)?,
        times: verb.times,
        stop_keys: keys("stop-keys", verb.stop_keys)?,
        tag: tag(verb.tag)?,
    })
}

fn gather(verb: wit::GatherResult) -> Result<verb::Gather, Broken> {
    between("max-digits", verb.max_digits.into(), 1, limits::DIGITS)?;
    Ok(verb::Gather {
        prompts: prompts(verb.prompts)?,
        max_digits: verb.max_digits,
        finish_keys: keys("finish-keys", verb.finish_keys)?,
        first_digit_milliseconds: within(
            "first-digit-milliseconds",
            verb.first_digit_milliseconds,
            limits::PAUSE_MILLISECONDS,
        )?,
        inter_digit_milliseconds: within(
            "inter-digit-milliseconds",
            verb.inter_digit_milliseconds,
            limits::PAUSE_MILLISECONDS,
        )?,
        tag: tag(verb.tag)?,
    })
}

fn connect(verb: wit::ConnectResult) -> Result<verb::Connect, Broken> {
    if verb.targets.is_empty() {
        return Err("connect has no target".into());
    }
    at_most("targets", verb.targets.len(), limits::TARGETS)?;
    let label = match verb.label {
        Some(label) if label.is_empty() => Some(label),
        label => optional("the label", label, limits::NAME_BYTES)?,
    };
    Ok(verb::Connect {
        targets: verb
            .targets
            .into_iter()
            .map(target)
            .collect::<Result<_, _>>()?,
        strategy: match verb.strategy {
            wit::Strategy::Simultaneous => verb::Strategy::Simultaneous,
            wit::Strategy::Sequential => verb::Strategy::Sequential,
            wit::Strategy::RoundRobin => verb::Strategy::RoundRobin,
            wit::Strategy::Random => verb::Strategy::Random,
            wit::Strategy::LongestIdle => verb::Strategy::LongestIdle,
        },
        timeout_seconds: optional_within(
            "timeout-seconds",
            verb.timeout_seconds,
            limits::RING_SECONDS,
        )?,
        caller_id: optional("the caller id", verb.caller_id, limits::NUMBER_BYTES)?,
        caller_name: optional("the caller name", verb.caller_name, limits::NAME_BYTES)?,
        ringback: verb.ringback.map(prompt).transpose()?,
        keep_caller: verb.keep_caller,
        reconnect: verb.reconnect,
        label,
        tag: tag(verb.tag)?,
        headers: headers(verb.headers, is_written_in_requests)?,
    })
}

fn target(target: wit::TargetResult) -> Result<verb::Target, Broken> {
    let endpoint = match target.endpoint {
        wit::EndpointResult::Client(username) => {
            verb::Endpoint::Client(text("the client's name", username, limits::NUMBER_BYTES)?)
        }
        wit::EndpointResult::Trunk(number) => verb::Endpoint::Trunk(verb::TrunkNumber {
            trunk: text("the trunk's name", number.trunk, limits::NUMBER_BYTES)?,
            number: text("the number", number.number, limits::NUMBER_BYTES)?,
        }),
        wit::EndpointResult::Uri(uri) => verb::Endpoint::Uri(sip_uri(uri)?),
        wit::EndpointResult::RingGroup(name) => {
            verb::Endpoint::RingGroup(text("the ring group's name", name, limits::NAME_BYTES)?)
        }
    };
    Ok(verb::Target {
        endpoint,
        ring_seconds: optional_within("ring-seconds", target.ring_seconds, limits::RING_SECONDS)?,
    })
}

fn enqueue(verb: wit::EnqueueResult) -> Result<verb::Enqueue, Broken> {
    at_most("skills", verb.skills.len(), limits::SKILLS)?;
    let skill = |skill| text("a skill", skill, limits::NAME_BYTES);
    Ok(verb::Enqueue {
        queue: text("the queue's name", verb.queue, limits::NAME_BYTES)?,
        skills: verb
            .skills
            .into_iter()
            .map(skill)
            .collect::<Result<_, _>>()?,
        priority: verb.priority,
        timeout_seconds: optional_within(
            "timeout-seconds",
            verb.timeout_seconds,
            limits::QUEUE_SECONDS,
        )?,
        music: verb.music.map(prompt).transpose()?,
        tag: tag(verb.tag)?,
    })
}

fn recording_action(action: wit::RecordingActionResult) -> Result<verb::RecordingAction, Broken> {
    Ok(match action {
        wit::RecordingActionResult::Start => verb::RecordingAction::Start,
        wit::RecordingActionResult::Pause => verb::RecordingAction::Pause,
        wit::RecordingActionResult::Stop => verb::RecordingAction::Stop,
        wit::RecordingActionResult::Message(message) => {
            verb::RecordingAction::Message(verb::Message {
                max_seconds: within("max-seconds", message.max_seconds, limits::MESSAGE_SECONDS)?,
                silence_seconds: within(
                    "silence-seconds",
                    message.silence_seconds,
                    limits::SILENCE_SECONDS,
                )?,
                finish_keys: keys("finish-keys", message.finish_keys)?,
                beep: message.beep,
            })
        }
    })
}

fn conference(verb: wit::ConferenceResult) -> Result<verb::Conference, Broken> {
    let pin = optional("the pin", verb.pin, limits::DIGITS as usize)?;
    if pin
        .as_ref()
        .is_some_and(|pin| pin.bytes().any(|b| !b.is_ascii_digit()))
    {
        return Err("the pin has something other than digits".into());
    }
    Ok(verb::Conference {
        room: text("the room", verb.room, limits::NAME_BYTES)?,
        pin,
        muted: verb.muted,
        moderator: verb.moderator,
        music: verb.music.map(prompt).transpose()?,
        tag: tag(verb.tag)?,
    })
}

fn stream(verb: wit::MediaStreamResult) -> Result<verb::MediaStream, Broken> {
    Ok(verb::MediaStream {
        url: url("the stream's URL", verb.url, &["wss", "ws"])?,
        track: match verb.track {
            wit::StreamTrack::Caller => verb::StreamTrack::Caller,
            wit::StreamTrack::Callee => verb::StreamTrack::Callee,
            wit::StreamTrack::Both => verb::StreamTrack::Both,
        },
        parameters: variables("parameters", verb.parameters, limits::PARAMETERS)?,
        tag: tag(verb.tag)?,
    })
}

fn send_digits(verb: wit::SendDigitsResult) -> Result<verb::SendDigits, Broken> {
    let digits = text("digits", verb.digits, limits::DIGITS as usize)?;
    if let Some(other) = digits.chars().find(|key| !is_key(*key) && *key != ',') {
        return Err(format!(
            "digits has {other:?}, which is none of 0123456789*#ABCD and no comma"
        ));
    }
    let (least, most) = limits::DIGIT_MILLISECONDS;
    let digit_milliseconds = verb
        .digit_milliseconds
        .map(|length| between("digit-milliseconds", length, least, most))
        .transpose()?;
    Ok(verb::SendDigits {
        digits,
        digit_milliseconds,
        tag: tag(verb.tag)?,
    })
}

fn respond(verb: wit::RespondResult) -> Result<verb::Respond, Broken> {
    if !(300..=699).contains(&verb.status) {
        return Err(format!(
            "the status {} is not between 300 and 699",
            verb.status
        ));
    }
    Ok(verb::Respond {
        status: verb.status,
        reason: reason(verb.reason)?,
        headers: headers(verb.headers, is_written_in_responses)?,
    })
}

fn prompts(prompts: Vec<wit::PromptResult>) -> Result<Vec<Prompt>, Broken> {
    at_most("prompts", prompts.len(), limits::PROMPTS)?;
    prompts.into_iter().map(prompt).collect()
}

fn prompt(prompt: wit::PromptResult) -> Result<Prompt, Broken> {
    Ok(match prompt {
        wit::PromptResult::File(path) => Prompt::File(media_path(path)?),
        wit::PromptResult::Url(address) => {
            Prompt::Url(url("the prompt's URL", address, &["http", "https"])?)
        }
        wit::PromptResult::Speech(speech) => Prompt::Speech(Speech {
            text: sized("the speech", speech.text, limits::SPEECH_BYTES)?,
            language: optional("the language", speech.language, limits::NAME_BYTES)?,
            voice: optional("the voice", speech.voice, limits::NAME_BYTES)?,
        }),
        wit::PromptResult::Tone(tone) => Prompt::Tone(self::tone(tone)?),
    })
}

/// A path that leads nowhere but into the media folder.
fn media_path(path: String) -> Result<String, Broken> {
    let path = text("the file", path, limits::MEDIA_PATH_BYTES)?;
    let leads_out =
        path.starts_with('/') || path.contains('\\') || path.split('/').any(|part| part == "..");
    if leads_out {
        return Err("the file is not a path within the media folder".into());
    }
    Ok(path)
}

fn tone(tone: wit::ToneResult) -> Result<Tone, Broken> {
    let is_country = |country: &String| {
        country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_lowercase())
    };
    if tone.country.as_ref().is_some_and(|c| !is_country(c)) {
        return Err("the tone's country is not two small letters".into());
    }
    Ok(Tone {
        kind: match tone.kind {
            wit::ToneKind::Dial => ToneKind::Dial,
            wit::ToneKind::Ringing => ToneKind::Ringing,
            wit::ToneKind::Busy => ToneKind::Busy,
            wit::ToneKind::Congestion => ToneKind::Congestion,
            wit::ToneKind::Information => ToneKind::Information,
            wit::ToneKind::Beep => ToneKind::Beep,
            wit::ToneKind::Silence => ToneKind::Silence,
        },
        country: tone.country,
        milliseconds: within(
            "the tone's length",
            tone.milliseconds,
            limits::TONE_MILLISECONDS,
        )?,
    })
}
