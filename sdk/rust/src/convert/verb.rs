//! Decisions and scripts, to the switch; the script proposed in the phase `veto`, from it. The two sides have the same fields, so one
//! line says both directions.

use crate::bindings::switchhook::plugin::types as wit;
use crate::convert::call::{
    headers, headers_out, variable, variable_out, variables, variables_out,
};
use crate::decision::{Continuation, Decision};
use crate::prompt::{Prompt, Speech, Tone, ToneKind};
use crate::verb::{
    Announce, Conference, Connect, Delegate, Endpoint, Enqueue, Gather, MediaStream, Message,
    Pause, Recording, RecordingAction, Redial, Respond, Script, SendDigits, Strategy, StreamTrack,
    Target, TrunkNumber, Verb, Voicemail,
};

pub(super) fn decision(decision: Decision) -> wit::Decision {
    match decision {
        Decision::Script(script) => wit::Decision::Script(script_out(script)),
        Decision::Next(variables) => wit::Decision::Next(variables_out(variables)),
    }
}

pub(super) fn continuation(continuation: Continuation) -> wit::Continuation {
    match continuation {
        Continuation::Script(script) => wit::Continuation::Script(script_out(script)),
        Continuation::Proceed => wit::Continuation::Proceed,
    }
}

fn script_out(script: Script) -> Vec<wit::Verb> {
    script.into_iter().map(verb_out).collect()
}

/// Two functions for a record of both sides: the fields that are the same, then those that are converted.
macro_rules! record {
    ($in:ident, $out:ident, $type:ident { $($same:ident),* $(; $field:ident: $from:expr, $to:expr)* }) => {
        fn $in(it: wit::$type) -> $type {
            $type { $($same: it.$same,)* $($field: $from(it.$field),)* }
        }

        fn $out(it: $type) -> wit::$type {
            wit::$type { $($same: it.$same,)* $($field: $to(it.$field),)* }
        }
    };
}

/// The same for an enum without data.
macro_rules! cases {
    ($in:ident, $out:ident, $type:ident { $($case:ident),* }) => {
        fn $in(it: wit::$type) -> $type {
            match it { $(wit::$type::$case => $type::$case,)* }
        }

        fn $out(it: $type) -> wit::$type {
            match it { $($type::$case => wit::$type::$case,)* }
        }
    };
}

/// The same for a variant: the cases without data, then those with it.
macro_rules! variant {
    ($vis:vis $in:ident, $out:ident, $type:ident { $($plain:ident),* $(; $case:ident: $from:expr, $to:expr)* }) => {
        $vis fn $in(it: wit::$type) -> $type {
            match it {
                $(wit::$type::$plain => $type::$plain,)*
                $(wit::$type::$case(it) => $type::$case($from(it)),)*
            }
        }

        $vis fn $out(it: $type) -> wit::$type {
            match it {
                $($type::$plain => wit::$type::$plain,)*
                $($type::$case(it) => wit::$type::$case($to(it)),)*
            }
        }
    };
}

variant!(pub(super) verb_in, verb_out, Verb {
    Answer
    ; Announce: announce, announce_out
    ; Gather: gather, gather_out
    ; Connect: connect, connect_out
    ; Enqueue: enqueue, enqueue_out
    ; Voicemail: voicemail, voicemail_out
    ; Record: recording, recording_out
    ; Conference: conference, conference_out
    ; Stream: stream, stream_out
    ; Pause: pause, pause_out
    ; SendDigits: send_digits, send_digits_out
    ; SetVariable: variable, variable_out
    ; Delegate: delegate, delegate_out
    ; Redial: redial, redial_out
    ; Respond: respond, respond_out
});

variant!(prompt, prompt_out, Prompt {
    ; File: same, same
    ; Url: same, same
    ; Speech: speech, speech_out
    ; Tone: tone, tone_out
});
record!(
    speech,
    speech_out,
    Speech {
        text,
        language,
        voice
    }
);
record!(tone, tone_out, Tone { country, milliseconds; kind: tone_kind, tone_kind_out });
cases!(
    tone_kind,
    tone_kind_out,
    ToneKind {
        Dial,
        Ringing,
        Busy,
        Congestion,
        Information,
        Beep,
        Silence
    }
);

record!(announce, announce_out, Announce {
    times, stop_keys, tag; prompts: each(prompt), each(prompt_out)
});
record!(gather, gather_out, Gather {
    max_digits, finish_keys, first_digit_milliseconds, inter_digit_milliseconds, tag
    ; prompts: each(prompt), each(prompt_out)
});
record!(connect, connect_out, Connect {
    timeout_seconds, caller_id, caller_name, keep_caller, reconnect, label, tag
    ; targets: each(target), each(target_out)
    ; strategy: strategy, strategy_out
    ; ringback: maybe(prompt), maybe(prompt_out)
    ; headers: headers, headers_out
});
record!(target, target_out, Target { ring_seconds; endpoint: endpoint, endpoint_out });
variant!(endpoint, endpoint_out, Endpoint {
    ; Client: same, same
    ; Trunk: trunk, trunk_out
    ; Uri: same, same
    ; RingGroup: same, same
});
record!(trunk, trunk_out, TrunkNumber { trunk, number });
cases!(
    strategy,
    strategy_out,
    Strategy {
        Simultaneous,
        Sequential,
        RoundRobin,
        Random,
        LongestIdle
    }
);
record!(enqueue, enqueue_out, Enqueue {
    queue, skills, priority, timeout_seconds, tag; music: maybe(prompt), maybe(prompt_out)
});
record!(voicemail, voicemail_out, Voicemail {
    mailbox, tag; greeting: maybe(prompt), maybe(prompt_out)
});
record!(recording, recording_out, Recording { tag; action: action, action_out });
variant!(action, action_out, RecordingAction {
    Start, Pause, Stop; Message: message, message_out
});
record!(
    message,
    message_out,
    Message {
        max_seconds,
        silence_seconds,
        finish_keys,
        beep
    }
);
record!(conference, conference_out, Conference {
    room, pin, muted, moderator, tag; music: maybe(prompt), maybe(prompt_out)
});
record!(stream, stream_out, MediaStream {
    url, tag; track: track, track_out; parameters: variables, variables_out
});
cases!(
    track,
    track_out,
    StreamTrack {
        Caller,
        Callee,
        Both
    }
);
record!(
    send_digits,
    send_digits_out,
    SendDigits {
        digits,
        digit_milliseconds,
        tag
    }
);
record!(pause, pause_out, Pause { milliseconds, tag });
record!(delegate, delegate_out, Delegate { plugin });
record!(redial, redial_out, Redial { callee });
record!(respond, respond_out, Respond { status, reason; headers: headers, headers_out });

fn same<T>(it: T) -> T {
    it
}

fn each<A, B>(one: fn(A) -> B) -> impl Fn(Vec<A>) -> Vec<B> {
    move |all| all.into_iter().map(one).collect()
}

fn maybe<A, B>(one: fn(A) -> B) -> impl Fn(Option<A>) -> Option<B> {
    move |it| it.map(one)
}
