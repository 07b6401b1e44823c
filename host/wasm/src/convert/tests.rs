//! Conversions there and back, and decisions that break a rule.

use switchhook_routing::decision::{Continuation, Decision};
use switchhook_routing::verb::{self, Verb};

use crate::contract::v0_2::types as wit;
use crate::convert::decision::{continuation, decision};
use crate::convert::registration::{grant, refusal};

fn client(name: &str) -> wit::TargetResult {
    wit::TargetResult {
        endpoint: wit::EndpointResult::Client(name.into()),
        ring_seconds: None,
    }
}

fn connect_to(targets: Vec<wit::TargetResult>) -> wit::ConnectResult {
    wit::ConnectResult {
        targets,
        strategy: wit::Strategy::Simultaneous,
        timeout_seconds: None,
        caller_id: None,
        caller_name: None,
        ringback: None,
        keep_caller: false,
        reconnect: false,
        label: None,
        tag: None,
        headers: Vec::new(),
    }
}

fn busy() -> wit::VerbResult {
    wit::VerbResult::Respond(wit::RespondResult {
        status: 486,
        reason: None,
        headers: Vec::new(),
    })
}

fn header(name: &str, value: &str) -> wit::HeaderResult {
    wit::HeaderResult {
        name: name.into(),
        value: value.into(),
    }
}

fn broken(verbs: Vec<wit::VerbResult>) -> String {
    decision(wit::Decision::Script(verbs)).unwrap_err()
}

#[test]
fn a_script_that_keeps_the_rules_is_taken_over_whole() {
    let mut connect = connect_to(vec![client("1001"), client("1002")]);
    connect.targets.push(wit::TargetResult {
        endpoint: wit::EndpointResult::Trunk(wit::TrunkNumberResult {
            trunk: "out".into(),
            number: "+4930".into(),
        }),
        ring_seconds: Some(600),
    });
    connect.strategy = wit::Strategy::Sequential;
    connect.caller_id = Some("42".into());
    connect.headers.push(header("X-Reason", "late"));
    let verbs = vec![
        wit::VerbResult::Pause(wit::PauseResult {
            milliseconds: 60_000,
            tag: None,
        }),
        wit::VerbResult::Connect(connect),
        busy(),
    ];
    let Decision::Script(script) = decision(wit::Decision::Script(verbs)).unwrap() else {
        panic!("no script");
    };
    assert_eq!(script.len(), 3);
    let Verb::Connect(connect) = &script[1] else {
        panic!("no connect")
    };
    assert_eq!(connect.targets.len(), 3);
    assert_eq!(connect.strategy, verb::Strategy::Sequential);
    assert_eq!(connect.targets[2].ring_seconds, Some(600));
    assert_eq!(connect.headers[0].value, "late");
}

#[test]
fn a_script_has_between_one_and_32_verbs() {
    assert_eq!(broken(Vec::new()), "the script has no verb");
    let pause = || {
        wit::VerbResult::Pause(wit::PauseResult {
            milliseconds: 1,
            tag: None,
        })
    };
    let pauses: Vec<_> = (0..33).map(|_| pause()).collect();
    assert!(broken(pauses).contains("33 verbs"));
}

#[test]
fn nothing_follows_a_verb_that_ends_the_script() {
    assert_eq!(
        broken(vec![busy(), busy()]),
        "verb 1 ends the script, but 1 follow it"
    );
}

#[test]
fn a_connect_has_between_one_and_32_targets() {
    assert!(broken(vec![wit::VerbResult::Connect(connect_to(Vec::new()))]).contains("no target"));
    let many = (0..33).map(|_| client("1001")).collect();
    assert!(broken(vec![wit::VerbResult::Connect(connect_to(many))]).contains("33 targets"));
}

#[test]
fn texts_are_bounded_and_free_of_control_characters() {
    for bad in [String::new(), "x".repeat(257), "1001\r\nVia: evil".into()] {
        broken(vec![wit::VerbResult::Connect(connect_to(vec![client(
            &bad,
        )]))]);
        broken(vec![wit::VerbResult::Redial(wit::RedialResult {
            callee: bad,
        })]);
    }
}

#[test]
fn header_fields_of_the_switch_cannot_be_set() {
    for (name, value) in [
        ("Via", "x"),
        ("v", "x"),
        ("CONTACT", "x"),
        ("X Y", "x"),
        ("", "x"),
    ] {
        let mut connect = connect_to(vec![client("1001")]);
        connect.headers.push(header(name, value));
        broken(vec![wit::VerbResult::Connect(connect)]);
    }
    for value in ["a\r\nb", "a\nb", "a\0b"] {
        let mut connect = connect_to(vec![client("1001")]);
        connect.headers.push(header("X-A", value));
        broken(vec![wit::VerbResult::Connect(connect)]);
    }
}

#[test]
fn a_redirecting_response_may_name_a_contact() {
    let verb = wit::VerbResult::Respond(wit::RespondResult {
        status: 302,
        reason: None,
        headers: vec![header("Contact", "<sip:a@b>")],
    });
    assert!(decision(wit::Decision::Script(vec![verb])).is_ok());
}

#[test]
fn a_status_lies_between_300_and_699() {
    for status in [0, 100, 200, 299, 700, 65_535] {
        let verb = wit::VerbResult::Respond(wit::RespondResult {
            status,
            reason: None,
            headers: Vec::new(),
        });
        broken(vec![verb]);
    }
}

#[test]
fn a_uri_is_a_sip_uri() {
    for (uri, good) in [
        ("sip:a@b", true),
        ("SIPS:a@b", true),
        ("tel:+49", false),
        ("sip:a b", false),
        ("sip:a@b>", false),
        ("", false),
    ] {
        let target = wit::TargetResult {
            endpoint: wit::EndpointResult::Uri(uri.into()),
            ring_seconds: None,
        };
        let verbs = vec![wit::VerbResult::Connect(connect_to(vec![target]))];
        assert_eq!(
            decision(wit::Decision::Script(verbs)).is_ok(),
            good,
            "{uri}"
        );
    }
}

#[test]
fn times_are_bounded() {
    for seconds in [0, 601, u32::MAX] {
        let mut connect = connect_to(vec![client("1001")]);
        connect.timeout_seconds = Some(seconds);
        broken(vec![wit::VerbResult::Connect(connect)]);
    }
    broken(vec![wit::VerbResult::Pause(wit::PauseResult {
        milliseconds: 0,
        tag: None,
    })]);
    broken(vec![wit::VerbResult::Pause(wit::PauseResult {
        milliseconds: 60_001,
        tag: None,
    })]);
}

#[test]
fn variables_are_bounded() {
    let variable = |name: &str, length: usize| wit::VariableResult {
        name: name.into(),
        value: "x".repeat(length),
    };
    assert!(decision(wit::Decision::Next(vec![variable("a", 1_024)])).is_ok());
    assert!(decision(wit::Decision::Next(vec![variable("a", 1_025)])).is_err());
    assert!(decision(wit::Decision::Next(vec![variable("", 1)])).is_err());
    let many = (0..65).map(|_| variable("a", 1)).collect();
    assert!(decision(wit::Decision::Next(many)).is_err());
}

fn speech(length: usize) -> wit::PromptResult {
    wit::PromptResult::Speech(wit::SpeechResult {
        text: "x".repeat(length),
        language: None,
        voice: None,
    })
}

fn tone(milliseconds: u32, country: Option<&str>) -> wit::PromptResult {
    wit::PromptResult::Tone(wit::ToneResult {
        kind: wit::ToneKind::Busy,
        country: country.map(String::from),
        milliseconds,
    })
}

fn announce(change: impl FnOnce(&mut wit::AnnounceResult)) -> wit::VerbResult {
    let mut verb = wit::AnnounceResult {
        prompts: vec![speech(1)],
        times: 1,
        stop_keys: String::new(),
        tag: None,
    };
    change(&mut verb);
    wit::VerbResult::Announce(verb)
}

fn play(prompt: wit::PromptResult) -> wit::VerbResult {
    announce(|verb| verb.prompts = vec![prompt])
}

fn file(path: &str) -> wit::VerbResult {
    play(wit::PromptResult::File(path.into()))
}

fn gather(change: impl FnOnce(&mut wit::GatherResult)) -> wit::VerbResult {
    let mut verb = wit::GatherResult {
        prompts: Vec::new(),
        max_digits: 1,
        finish_keys: "#".into(),
        first_digit_milliseconds: 5_000,
        inter_digit_milliseconds: 3_000,
        tag: Some("menu".into()),
    };
    change(&mut verb);
    wit::VerbResult::Gather(verb)
}

fn connect(change: impl FnOnce(&mut wit::ConnectResult)) -> wit::VerbResult {
    let mut verb = connect_to(vec![client("1001")]);
    change(&mut verb);
    wit::VerbResult::Connect(verb)
}

fn enqueue(change: impl FnOnce(&mut wit::EnqueueResult)) -> wit::VerbResult {
    let mut verb = wit::EnqueueResult {
        queue: "support".into(),
        skills: Vec::new(),
        priority: 0,
        timeout_seconds: None,
        music: None,
        tag: None,
    };
    change(&mut verb);
    wit::VerbResult::Enqueue(verb)
}

fn message(max_seconds: u32, silence_seconds: u32, finish_keys: &str) -> wit::VerbResult {
    wit::VerbResult::Record(wit::RecordingResult {
        action: wit::RecordingActionResult::Message(wit::MessageResult {
            max_seconds,
            silence_seconds,
            finish_keys: finish_keys.into(),
            beep: true,
        }),
        tag: None,
    })
}

fn conference(room: &str, pin: Option<&str>) -> wit::VerbResult {
    wit::VerbResult::Conference(wit::ConferenceResult {
        room: room.into(),
        pin: pin.map(String::from),
        muted: false,
        moderator: false,
        music: None,
        tag: None,
    })
}

fn stream(url: &str, parameters: usize) -> wit::VerbResult {
    let parameter = |number| wit::VariableResult {
        name: format!("p{number}"),
        value: String::new(),
    };
    wit::VerbResult::Stream(wit::MediaStreamResult {
        url: url.into(),
        track: wit::StreamTrack::Both,
        parameters: (0..parameters).map(parameter).collect(),
        tag: None,
    })
}

fn send(digits: &str, digit_milliseconds: Option<u32>) -> wit::VerbResult {
    wit::VerbResult::SendDigits(wit::SendDigitsResult {
        digits: digits.into(),
        digit_milliseconds,
        tag: None,
    })
}

fn voicemail(mailbox: &str) -> wit::VerbResult {
    wit::VerbResult::Voicemail(wit::VoicemailResult {
        mailbox: mailbox.into(),
        greeting: None,
        tag: None,
    })
}

fn set_variable(name: &str, length: usize) -> wit::VerbResult {
    wit::VerbResult::SetVariable(wit::VariableResult {
        name: name.into(),
        value: "x".repeat(length),
    })
}

#[test]
fn verbs_at_their_limits_are_taken_over() {
    let long = |length| "x".repeat(length);
    let verbs = vec![
        wit::VerbResult::Answer,
        announce(|verb| {
            verb.prompts = (0..16).map(|_| speech(4_096)).collect();
            verb.times = 100;
            verb.stop_keys = "0123456789*#ABCD".into();
            verb.tag = Some(long(128));
        }),
        play(tone(60_000, Some("de"))),
        play(wit::PromptResult::Url("https://example.com/a.wav".into())),
        file(&long(512)),
        file("greetings/closed..wav"),
        gather(|verb| {
            verb.max_digits = 64;
            verb.first_digit_milliseconds = 60_000;
            verb.inter_digit_milliseconds = 1;
        }),
        connect(|verb| {
            verb.caller_name = Some(long(128));
            verb.label = Some(long(128));
            verb.ringback = Some(tone(1, None));
            verb.targets[0].endpoint = wit::EndpointResult::RingGroup(long(128));
        }),
        enqueue(|verb| {
            verb.skills = (0..16).map(|_| long(128)).collect();
            verb.timeout_seconds = Some(86_400);
        }),
        voicemail(&long(256)),
        message(3_600, 60, "#"),
        conference(&long(128), Some("0123")),
        stream("wss://example.com/audio", 32),
        send("0123456789*#ABCD,", Some(1_000)),
        set_variable(&long(128), 1_024),
        busy(),
    ];
    let count = verbs.len();
    match decision(wit::Decision::Script(verbs)) {
        Ok(Decision::Script(script)) => assert_eq!(script.len(), count),
        other => panic!("{other:?}"),
    }
}

#[test]
fn every_limit_of_a_verb_is_kept_and_named() {
    let long = |length| "x".repeat(length);
    let table = [
        (announce(|v| v.prompts.clear()), "announce has no prompt"),
        (
            announce(|v| v.prompts = (0..17).map(|_| speech(1)).collect()),
            "17 prompts",
        ),
        (announce(|v| v.times = 0), "times is 0"),
        (announce(|v| v.times = 101), "times is 101"),
        (announce(|v| v.stop_keys = "1E".into()), "stop-keys has 'E'"),
        (
            announce(|v| v.stop_keys = "1".repeat(17)),
            "stop-keys has 17 keys",
        ),
        (
            announce(|v| v.tag = Some(String::new())),
            "the tag is empty",
        ),
        (
            announce(|v| v.tag = Some(long(129))),
            "the tag has 129 bytes",
        ),
        (play(speech(0)), "the speech is empty"),
        (play(speech(4_097)), "the speech has 4097 bytes"),
        (play(tone(0, None)), "the tone's length is 0"),
        (play(tone(60_001, None)), "the tone's length is 60001"),
        (play(tone(1, Some("DE"))), "country"),
        (file(""), "the file is empty"),
        (file(&long(513)), "the file has 513 bytes"),
        (file("../secret"), "media folder"),
        (file("a/../../b"), "media folder"),
        (file("/etc/passwd"), "media folder"),
        (
            play(wit::PromptResult::Url("ftp://a/b".into())),
            "http: or https:",
        ),
        (
            play(wit::PromptResult::Url(format!("https://a/{}", long(2_048)))),
            "2058 bytes",
        ),
        (
            gather(|v| v.prompts = (0..17).map(|_| speech(1)).collect()),
            "17 prompts",
        ),
        (gather(|v| v.max_digits = 0), "max-digits is 0"),
        (gather(|v| v.max_digits = 65), "max-digits is 65"),
        (
            gather(|v| v.finish_keys = "x".into()),
            "finish-keys has 'x'",
        ),
        (
            gather(|v| v.first_digit_milliseconds = 0),
            "first-digit-milliseconds is 0",
        ),
        (
            gather(|v| v.inter_digit_milliseconds = 60_001),
            "inter-digit-milliseconds is 60001",
        ),
        (
            connect(|v| v.caller_id = Some(long(257))),
            "the caller id has 257 bytes",
        ),
        (
            connect(|v| v.caller_name = Some(long(129))),
            "the caller name has 129 bytes",
        ),
        (
            connect(|v| v.label = Some(long(129))),
            "the label has 129 bytes",
        ),
        (
            connect(|v| v.ringback = Some(tone(0, None))),
            "the tone's length",
        ),
        (
            connect(|v| v.targets[0].ring_seconds = Some(601)),
            "ring-seconds is 601",
        ),
        (
            connect(|v| v.targets[0].endpoint = wit::EndpointResult::RingGroup(long(129))),
            "the ring group's name has 129 bytes",
        ),
        (
            connect(|v| v.headers = (0..33).map(|_| header("X-A", "b")).collect()),
            "33 header",
        ),
        (
            enqueue(|v| v.queue = long(129)),
            "the queue's name has 129 bytes",
        ),
        (
            enqueue(|v| v.skills = (0..17).map(|_| long(1)).collect()),
            "17 skills",
        ),
        (
            enqueue(|v| v.skills = vec![String::new()]),
            "a skill is empty",
        ),
        (
            enqueue(|v| v.timeout_seconds = Some(0)),
            "timeout-seconds is 0",
        ),
        (
            enqueue(|v| v.timeout_seconds = Some(86_401)),
            "timeout-seconds is 86401",
        ),
        (voicemail(""), "the mailbox is empty"),
        (voicemail(&long(257)), "the mailbox has 257 bytes"),
        (message(0, 1, ""), "max-seconds is 0"),
        (message(3_601, 1, ""), "max-seconds is 3601"),
        (message(1, 0, ""), "silence-seconds is 0"),
        (message(1, 61, ""), "silence-seconds is 61"),
        (message(1, 1, "?"), "finish-keys has '?'"),
        (conference(&long(129), None), "the room has 129 bytes"),
        (conference("a", Some("12a")), "the pin"),
        (conference("a", Some("")), "the pin is empty"),
        (stream("http://a/b", 0), "wss: or ws:"),
        (stream("wss://", 0), "wss: or ws:"),
        (stream("wss://a", 33), "33 parameters"),
        (send("", None), "digits is empty"),
        (send(&"1".repeat(65), None), "digits has 65 bytes"),
        (send("1-2", None), "digits has '-'"),
        (send("1", Some(39)), "digit-milliseconds is 39"),
        (send("1", Some(1_001)), "digit-milliseconds is 1001"),
        (set_variable("", 1), "a variable's name is empty"),
        (
            set_variable("a", 1_025),
            "the value of the variable a is too long",
        ),
        (
            wit::VerbResult::Delegate(wit::DelegateResult { plugin: long(129) }),
            "the plugin's name has 129 bytes",
        ),
        (
            wit::VerbResult::Respond(wit::RespondResult {
                status: 486,
                reason: Some(long(129)),
                headers: Vec::new(),
            }),
            "the reason is too long",
        ),
    ];
    for (verb, part) in table {
        let shown = format!("{verb:?}");
        let text = broken(vec![verb]);
        assert!(text.contains(part), "{part}: {text} ({shown:.200})");
    }
}

#[test]
fn a_continuation_keeps_the_rules_of_a_script() {
    let proceed = continuation(wit::Continuation::Proceed).unwrap();
    assert_eq!(proceed, Continuation::Proceed);
    let busy = continuation(wit::Continuation::Script(vec![busy()])).unwrap();
    assert!(matches!(busy, Continuation::Script(script) if script.len() == 1));
    assert!(continuation(wit::Continuation::Script(Vec::new())).is_err());
}

fn granted(change: impl FnOnce(&mut wit::Grant)) -> Result<(), String> {
    let mut answer = wit::Grant {
        proof: wit::Proof::Checked,
        expires_seconds: None,
        dialplan: None,
        codecs: Vec::new(),
    };
    change(&mut answer);
    grant(answer).map(|_| ())
}

fn entries(count: usize, change: impl Fn(&mut wit::DialplanEntry)) -> wit::AssignedDialplan {
    let entry = |_| {
        let mut entry = wit::DialplanEntry {
            pattern: "9*".into(),
            plugins: Vec::new(),
            variables: Vec::new(),
        };
        change(&mut entry);
        entry
    };
    wit::AssignedDialplan::Entries((0..count).map(entry).collect())
}

#[test]
fn every_limit_of_a_grant_is_kept_and_named() {
    let long = |length| "x".repeat(length);
    let variable = |_| wit::VariableResult {
        name: "a".into(),
        value: String::new(),
    };
    assert_eq!(
        granted(|g| g.proof = wit::Proof::Ha1("0f".repeat(16))),
        Ok(())
    );
    assert_eq!(
        granted(|g| g.proof = wit::Proof::Ha1("0f".repeat(32))),
        Ok(())
    );
    assert_eq!(
        granted(|g| g.proof = wit::Proof::Password(long(256))),
        Ok(())
    );
    assert_eq!(granted(|g| g.dialplan = Some(entries(64, |_| {}))), Ok(()));
    let table = [
        (
            granted(|g| g.proof = wit::Proof::Password(String::new())),
            "the password is empty",
        ),
        (
            granted(|g| g.proof = wit::Proof::Password(long(257))),
            "257 bytes",
        ),
        (
            granted(|g| g.proof = wit::Proof::Ha1("xy".repeat(16))),
            "hexadecimal",
        ),
        (
            granted(|g| g.proof = wit::Proof::Ha1("0f".into())),
            "hexadecimal",
        ),
        (
            granted(|g| g.codecs = (0..17).map(|_| long(1)).collect()),
            "17 codecs",
        ),
        (
            granted(|g| g.codecs = vec![String::new()]),
            "a codec is empty",
        ),
        (
            granted(|g| g.dialplan = Some(wit::AssignedDialplan::Named(String::new()))),
            "the dialplan's name is empty",
        ),
        (
            granted(|g| g.dialplan = Some(entries(0, |_| {}))),
            "no entry",
        ),
        (
            granted(|g| g.dialplan = Some(entries(65, |_| {}))),
            "65 entries",
        ),
        (
            granted(|g| g.dialplan = Some(entries(1, |e| e.pattern = long(257)))),
            "a pattern has 257 bytes",
        ),
        (
            granted(|g| g.dialplan = Some(entries(1, |e| e.plugins = vec![long(1); 9]))),
            "9 plugins",
        ),
        (
            granted(|g| {
                let many = |e: &mut wit::DialplanEntry| {
                    e.variables = (0..17).map(variable).collect();
                };
                g.dialplan = Some(entries(1, many));
            }),
            "17 variables",
        ),
    ];
    for (result, part) in table {
        let text = result.unwrap_err();
        assert!(text.contains(part), "{part}: {text}");
    }
}

#[test]
fn a_refusal_has_a_status_of_failure() {
    let refuse = |status, reason: Option<&str>| {
        refusal(wit::Refusal {
            status,
            reason: reason.map(String::from),
        })
    };
    assert!(refuse(400, None).is_ok() && refuse(699, Some("Go away")).is_ok());
    assert!(refuse(399, None).is_err() && refuse(700, None).is_err());
    assert!(refuse(403, Some("a\r\nb")).is_err());
}
