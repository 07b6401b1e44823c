//! A call on its way to a guest. The bindings take slices of borrowing structs; the lists here are where those live, so that no
//! text is copied before it reaches the guest's memory.

use switchhook_routing::call::{self, Call};
use switchhook_routing::outcome::{Outcome, UnconnectedReason};
use switchhook_routing::prompt::{Prompt, ToneKind};
use switchhook_routing::verb::{self, Verb};

use crate::contract::v0_2::types as wit;

/// The lists of a call.
pub(crate) struct CallLists<'a> {
    headers: Vec<wit::HeaderParam<'a>>,
    codecs: Vec<&'a str>,
    variables: Vec<wit::VariableParam<'a>>,
    proposed: Vec<VerbLists<'a>>,
}

impl<'a> CallLists<'a> {
    pub(crate) fn of(call: &'a Call) -> CallLists<'a> {
        CallLists {
            headers: headers(&call.headers),
            codecs: call.codecs.iter().map(String::as_str).collect(),
            variables: variables(&call.variables),
            proposed: call.proposed.iter().map(VerbLists::of).collect(),
        }
    }

    /// The script that is proposed.
    pub(crate) fn proposed(&'a self, call: &'a Call) -> Vec<wit::VerbParam<'a>> {
        let verbs = call.proposed.iter().zip(&self.proposed);
        verbs.map(|(verb, lists)| lists.with(verb)).collect()
    }

    /// The call as the guest gets it.
    pub(crate) fn with(
        &'a self,
        call: &'a Call,
        proposed: &'a [wit::VerbParam<'a>],
    ) -> wit::Call<'a> {
        wit::Call {
            id: &call.id,
            sip_call_id: &call.sip_call_id,
            domain: &call.domain,
            caller: &call.caller,
            caller_name: &call.caller_name,
            callee: &call.callee,
            origin: origin(&call.origin),
            source_address: &call.source_address,
            received_at: call.received_at,
            attempt: call.attempt,
            transferred: call.transferred,
            answered: call.answered,
            headers: &self.headers,
            codecs: &self.codecs,
            attestation: match call.attestation {
                call::Attestation::Unknown => wit::Attestation::Unknown,
                call::Attestation::Full => wit::Attestation::Full,
                call::Attestation::Partial => wit::Attestation::Partial,
                call::Attestation::Gateway => wit::Attestation::Gateway,
                call::Attestation::Failed => wit::Attestation::Failed,
            },
            variables: &self.variables,
            proposed,
        }
    }
}

pub(crate) fn headers(headers: &[call::Header]) -> Vec<wit::HeaderParam<'_>> {
    headers.iter().map(header).collect()
}

fn header(header: &call::Header) -> wit::HeaderParam<'_> {
    let call::Header { name, value } = header;
    wit::HeaderParam { name, value }
}

pub(crate) fn variables(variables: &[call::Variable]) -> Vec<wit::VariableParam<'_>> {
    variables.iter().map(variable).collect()
}

fn variable(variable: &call::Variable) -> wit::VariableParam<'_> {
    let call::Variable { name, value } = variable;
    wit::VariableParam { name, value }
}

pub(crate) fn origin(origin: &call::Origin) -> wit::Origin<'_> {
    match origin {
        call::Origin::Client(username) => wit::Origin::Client(username),
        call::Origin::Trunk(name) => wit::Origin::Trunk(name),
        call::Origin::Api => wit::Origin::Api,
    }
}

/// What came of a verb, as the guest gets it.
pub(crate) fn outcome(outcome: &Outcome) -> wit::Outcome<'_> {
    match outcome {
        Outcome::Completed => wit::Outcome::Completed,
        Outcome::Digits(digits) => wit::Outcome::Digits(wit::Digits {
            digits: &digits.digits,
            finish_key: digits.finish_key.as_deref(),
        }),
        Outcome::NoInput => wit::Outcome::NoInput,
        Outcome::Unconnected(unconnected) => wit::Outcome::Unconnected(wit::Unconnected {
            reason: match unconnected.reason {
                UnconnectedReason::NoAnswer => wit::UnconnectedReason::NoAnswer,
                UnconnectedReason::Busy => wit::UnconnectedReason::Busy,
                UnconnectedReason::Declined => wit::UnconnectedReason::Declined,
                UnconnectedReason::Unreachable => wit::UnconnectedReason::Unreachable,
                UnconnectedReason::Failed => wit::UnconnectedReason::Failed,
            },
            status: unconnected.status,
        }),
        Outcome::Recorded(recorded) => wit::Outcome::Recorded(wit::Recorded {
            url: &recorded.url,
            milliseconds: recorded.milliseconds,
        }),
        Outcome::TimedOut => wit::Outcome::TimedOut,
        Outcome::Failed(text) => wit::Outcome::Failed(text),
        Outcome::NotAvailable(text) => wit::Outcome::NotAvailable(text),
    }
}

/// The lists of one verb.
#[derive(Default)]
struct VerbLists<'a> {
    headers: Vec<wit::HeaderParam<'a>>,
    targets: Vec<wit::TargetParam<'a>>,
    prompts: Vec<wit::PromptParam<'a>>,
    skills: Vec<&'a str>,
    parameters: Vec<wit::VariableParam<'a>>,
}

impl<'a> VerbLists<'a> {
    fn of(verb: &'a Verb) -> VerbLists<'a> {
        let mut lists = VerbLists::default();
        match verb {
            Verb::Announce(verb) => lists.prompts = verb.prompts.iter().map(prompt).collect(),
            Verb::Gather(verb) => lists.prompts = verb.prompts.iter().map(prompt).collect(),
            Verb::Connect(verb) => {
                lists.targets = verb.targets.iter().map(target).collect();
                lists.headers = headers(&verb.headers);
            }
            Verb::Enqueue(verb) => lists.skills = verb.skills.iter().map(String::as_str).collect(),
            Verb::Stream(verb) => lists.parameters = variables(&verb.parameters),
            Verb::Respond(verb) => lists.headers = headers(&verb.headers),
            _ => {}
        }
        lists
    }

    fn with(&'a self, verb: &'a Verb) -> wit::VerbParam<'a> {
        match verb {
            Verb::Answer => wit::VerbParam::Answer,
            Verb::Announce(verb) => wit::VerbParam::Announce(wit::AnnounceParam {
                prompts: &self.prompts,
                times: verb.times,
                stop_keys: &verb.stop_keys,
                tag: verb.tag.as_deref(),
            }),
            Verb::Gather(verb) => wit::VerbParam::Gather(self.gather(verb)),
            Verb::Connect(verb) => wit::VerbParam::Connect(self.connect(verb)),
            Verb::Enqueue(verb) => wit::VerbParam::Enqueue(self.enqueue(verb)),
            Verb::Voicemail(verb) => wit::VerbParam::Voicemail(wit::VoicemailParam {
                mailbox: &verb.mailbox,
                greeting: verb.greeting.as_ref().map(prompt),
                tag: verb.tag.as_deref(),
            }),
            Verb::Record(verb) => wit::VerbParam::Record(wit::RecordingParam {
                action: recording_action(&verb.action),
                tag: verb.tag.as_deref(),
            }),
            Verb::Conference(verb) => wit::VerbParam::Conference(conference(verb)),
            Verb::Stream(verb) => wit::VerbParam::Stream(self.stream(verb)),
            Verb::Pause(verb) => wit::VerbParam::Pause(wit::PauseParam {
                milliseconds: verb.milliseconds,
                tag: verb.tag.as_deref(),
            }),
            Verb::SendDigits(verb) => wit::VerbParam::SendDigits(wit::SendDigitsParam {
                digits: &verb.digits,
                digit_milliseconds: verb.digit_milliseconds,
                tag: verb.tag.as_deref(),
            }),
            Verb::SetVariable(set) => wit::VerbParam::SetVariable(variable(set)),
            Verb::Delegate(verb) => wit::VerbParam::Delegate(wit::DelegateParam {
                plugin: &verb.plugin,
            }),
            Verb::Redial(verb) => wit::VerbParam::Redial(wit::RedialParam {
                callee: &verb.callee,
            }),
            Verb::Respond(verb) => wit::VerbParam::Respond(wit::RespondParam {
                status: verb.status,
                reason: verb.reason.as_deref(),
                headers: &self.headers,
            }),
        }
    }

    fn gather(&'a self, verb: &'a verb::Gather) -> wit::GatherParam<'a> {
        wit::GatherParam {
            prompts: &self.prompts,
            max_digits: verb.max_digits,
            finish_keys: &verb.finish_keys,
            first_digit_milliseconds: verb.first_digit_milliseconds,
            inter_digit_milliseconds: verb.inter_digit_milliseconds,
            tag: verb.tag.as_deref(),
        }
    }

    fn connect(&'a self, verb: &'a verb::Connect) -> wit::ConnectParam<'a> {
        wit::ConnectParam {
            targets: &self.targets,
            strategy: match verb.strategy {
                verb::Strategy::Simultaneous => wit::Strategy::Simultaneous,
                verb::Strategy::Sequential => wit::Strategy::Sequential,
                verb::Strategy::RoundRobin => wit::Strategy::RoundRobin,
                verb::Strategy::Random => wit::Strategy::Random,
                verb::Strategy::LongestIdle => wit::Strategy::LongestIdle,
            },
            timeout_seconds: verb.timeout_seconds,
            caller_id: verb.caller_id.as_deref(),
            caller_name: verb.caller_name.as_deref(),
            ringback: verb.ringback.as_ref().map(prompt),
            keep_caller: verb.keep_caller,
            reconnect: verb.reconnect,
            label: verb.label.as_deref(),
            tag: verb.tag.as_deref(),
            headers: &self.headers,
        }
    }

    fn enqueue(&'a self, verb: &'a verb::Enqueue) -> wit::EnqueueParam<'a> {
        wit::EnqueueParam {
            queue: &verb.queue,
            skills: &self.skills,
            priority: verb.priority,
            timeout_seconds: verb.timeout_seconds,
            music: verb.music.as_ref().map(prompt),
            tag: verb.tag.as_deref(),
        }
    }

    fn stream(&'a self, verb: &'a verb::MediaStream) -> wit::MediaStreamParam<'a> {
        wit::MediaStreamParam {
            url: &verb.url,
            track: match verb.track {
                verb::StreamTrack::Caller => wit::StreamTrack::Caller,
                verb::StreamTrack::Callee => wit::StreamTrack::Callee,
                verb::StreamTrack::Both => wit::StreamTrack::Both,
            },
            parameters: &self.parameters,
            tag: verb.tag.as_deref(),
        }
    }
}

fn target(target: &verb::Target) -> wit::TargetParam<'_> {
    wit::TargetParam {
        endpoint: match &target.endpoint {
            verb::Endpoint::Client(username) => wit::EndpointParam::Client(username),
            verb::Endpoint::Trunk(number) => wit::EndpointParam::Trunk(wit::TrunkNumberParam {
                trunk: &number.trunk,
                number: &number.number,
            }),
            verb::Endpoint::Uri(uri) => wit::EndpointParam::Uri(uri),
            verb::Endpoint::RingGroup(name) => wit::EndpointParam::RingGroup(name),
        },
        ring_seconds: target.ring_seconds,
    }
}

fn prompt(prompt: &Prompt) -> wit::PromptParam<'_> {
    match prompt {
        Prompt::File(path) => wit::PromptParam::File(path),
        Prompt::Url(url) => wit::PromptParam::Url(url),
        Prompt::Speech(speech) => wit::PromptParam::Speech(wit::SpeechParam {
            text: &speech.text,
            language: speech.language.as_deref(),
            voice: speech.voice.as_deref(),
        }),
        Prompt::Tone(tone) => wit::PromptParam::Tone(wit::ToneParam {
            kind: match tone.kind {
                ToneKind::Dial => wit::ToneKind::Dial,
                ToneKind::Ringing => wit::ToneKind::Ringing,
                ToneKind::Busy => wit::ToneKind::Busy,
                ToneKind::Congestion => wit::ToneKind::Congestion,
                ToneKind::Information => wit::ToneKind::Information,
                ToneKind::Beep => wit::ToneKind::Beep,
                ToneKind::Silence => wit::ToneKind::Silence,
            },
            country: tone.country.as_deref(),
            milliseconds: tone.milliseconds,
        }),
    }
}

fn recording_action(action: &verb::RecordingAction) -> wit::RecordingActionParam<'_> {
    match action {
        verb::RecordingAction::Start => wit::RecordingActionParam::Start,
        verb::RecordingAction::Pause => wit::RecordingActionParam::Pause,
        verb::RecordingAction::Stop => wit::RecordingActionParam::Stop,
        verb::RecordingAction::Message(message) => {
            wit::RecordingActionParam::Message(wit::MessageParam {
                max_seconds: message.max_seconds,
                silence_seconds: message.silence_seconds,
                finish_keys: &message.finish_keys,
                beep: message.beep,
            })
        }
    }
}

fn conference(verb: &verb::Conference) -> wit::ConferenceParam<'_> {
    wit::ConferenceParam {
        room: &verb.room,
        pin: verb.pin.as_deref(),
        muted: verb.muted,
        moderator: verb.moderator,
        music: verb.music.as_ref().map(prompt),
        tag: verb.tag.as_deref(),
    }
}
