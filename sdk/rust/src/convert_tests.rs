//! Every field crosses, in both directions.

use crate::bindings::switchhook::plugin::types as wit;
use crate::call::{Attestation, Call, Origin};
use crate::convert::{call, event, register, resume, route, verb};
use crate::decision::{Continuation, Decision};
use crate::error::Error;
use crate::event::{EventKind, LegFailure};
use crate::gatekeeper::Gatekeeper;
use crate::outcome::{Outcome, Unconnected, UnconnectedReason};
use crate::registration::{Grant, Refusal, Registration};
use crate::router::Router;
use crate::verb::Script;
use crate::{gate, script};

/// Each verb with every field set.
fn everything() -> Script {
    serde_json::from_str(include_str!("convert_tests.json")).unwrap()
}

fn wit_call() -> wit::Call {
    wit::Call {
        id: "id".to_owned(),
        sip_call_id: "sip".to_owned(),
        domain: "example.org".to_owned(),
        caller: "alice".to_owned(),
        caller_name: "Alice".to_owned(),
        callee: "100".to_owned(),
        origin: wit::Origin::Trunk("carrier".to_owned()),
        source_address: "192.0.2.7:5060".to_owned(),
        received_at: 7,
        attempt: 2,
        transferred: true,
        answered: true,
        headers: vec![wit::Header {
            name: "X-A".to_owned(),
            value: "1".to_owned(),
        }],
        codecs: vec!["PCMA".to_owned()],
        attestation: wit::Attestation::Partial,
        variables: vec![wit::Variable {
            name: "tier".to_owned(),
            value: "gold".to_owned(),
        }],
        proposed: vec![wit::Verb::Answer],
    }
}

#[test]
fn a_call_crosses_whole() {
    let call = call::call(wit_call());
    assert_eq!(call.origin, Origin::Trunk("carrier".to_owned()));
    assert_eq!(
        (
            call.received_at,
            call.attempt,
            call.transferred,
            call.answered
        ),
        (7, 2, true, true)
    );
    assert_eq!(call.attestation, Attestation::Partial);
    assert_eq!(call.proposed, [crate::verb::Verb::Answer]);
    let texts = [
        &call.id,
        &call.sip_call_id,
        &call.domain,
        &call.caller,
        &call.caller_name,
        &call.callee,
        &call.source_address,
        &call.headers[0].name,
        &call.codecs[0],
        &call.variables[0].value,
    ];
    assert_eq!(
        texts.map(String::as_str).join(" "),
        "id sip example.org alice Alice 100 192.0.2.7:5060 X-A PCMA gold"
    );
}

#[test]
fn every_verb_crosses_whole_and_back() {
    let script = everything();
    let wit::Decision::Script(crossed) = verb::decision(Decision::Script(script.clone())) else {
        panic!("no script")
    };
    let back: Script = crossed.into_iter().map(verb::verb_in).collect();
    assert_eq!(back, script);
}

struct Plugin;

impl Router for Plugin {
    fn route(call: &Call) -> Result<Decision, Error> {
        let number: u8 = call.callee.parse()?;
        Ok(script::next().with("number", number.to_string()).into())
    }

    fn resume(_: &Call, tag: &str, outcome: &Outcome) -> Result<Continuation, Error> {
        match outcome {
            Outcome::NoInput => Ok(script::respond(480).reason(tag).into()),
            Outcome::Failed(why) => Err(Error::new(why)),
            _ => Ok(script::proceed()),
        }
    }
}

#[test]
fn answers_and_errors_of_a_router_cross() {
    let Ok(wit::Decision::Next(variables)) = route::<Plugin>(wit_call()) else {
        panic!("not next")
    };
    assert_eq!(
        (variables[0].name.as_str(), variables[0].value.as_str()),
        ("number", "100")
    );
    let mut call = wit_call();
    call.callee = "x".to_owned();
    assert_eq!(
        route::<Plugin>(call).unwrap_err(),
        "invalid digit found in string"
    );
}

#[test]
fn outcomes_and_continuations_cross() {
    let asked = |outcome| resume::<Plugin>(wit_call(), "tag", outcome);
    assert!(matches!(
        asked(wit::Outcome::Completed),
        Ok(wit::Continuation::Proceed)
    ));
    let Ok(wit::Continuation::Script(script)) = asked(wit::Outcome::NoInput) else {
        panic!("no script")
    };
    assert!(matches!(&script[0], wit::Verb::Respond(it) if it.reason.as_deref() == Some("tag")));
    assert_eq!(
        asked(wit::Outcome::Failed("why".to_owned())).unwrap_err(),
        "why"
    );
    let crossed = call::outcome(wit::Outcome::Unconnected(wit::Unconnected {
        reason: wit::UnconnectedReason::Busy,
        status: Some(486),
    }));
    let expected = Unconnected {
        reason: UnconnectedReason::Busy,
        status: Some(486),
    };
    assert_eq!(crossed, Outcome::Unconnected(expected));
}

impl Gatekeeper for Plugin {
    fn register(registration: &Registration) -> Result<Grant, Refusal> {
        match registration.credentials.cnonce.as_deref() {
            Some(text) => {
                let entry = gate::entry("*").plugins(["table"]).with("k", text);
                Ok(gate::ha1("00").codecs(["opus"]).entries([entry]).into())
            }
            None => Err(gate::refuse_because(403, &registration.username)),
        }
    }
}

fn wit_registration() -> wit::Registration {
    let text = |text: &str| text.to_owned();
    wit::Registration {
        domain: text("example.org"),
        username: text("alice"),
        contacts: vec![text("sip:alice@192.0.2.7")],
        expires_seconds: 60,
        source_address: text("192.0.2.7:5060"),
        received_at: 7,
        headers: vec![],
        credentials: wit::Credentials {
            username: text("alice"),
            realm: text("realm"),
            nonce: text("nonce"),
            uri: text("uri"),
            response: text("response"),
            method: text("REGISTER"),
            algorithm: None,
            qop: None,
            nc: None,
            cnonce: Some(text("cnonce")),
        },
    }
}

#[test]
fn registrations_grants_and_refusals_cross() {
    let grant = register::<Plugin>(wit_registration()).unwrap();
    assert!(matches!(grant.proof, wit::Proof::Ha1(hash) if hash == "00"));
    let Some(wit::AssignedDialplan::Entries(entries)) = grant.dialplan else {
        panic!("no entries")
    };
    assert_eq!(
        (
            entries[0].plugins[0].as_str(),
            entries[0].variables[0].value.as_str()
        ),
        ("table", "cnonce")
    );
    let mut without = wit_registration();
    without.credentials.cnonce = None;
    let refusal = register::<Plugin>(without).unwrap_err();
    assert_eq!(
        (refusal.status, refusal.reason.as_deref()),
        (403, Some("alice"))
    );
}

#[test]
fn an_event_crosses_whole() {
    let crossed = event::event(wit::Event {
        call_id: "id".to_owned(),
        sip_call_id: "sip".to_owned(),
        domain: "example.org".to_owned(),
        caller: "alice".to_owned(),
        callee: "100".to_owned(),
        origin: wit::Origin::Api,
        sequence: 3,
        at: 4,
        variables: vec![],
        kind: wit::EventKind::LegFailed(wit::LegFailed {
            leg: wit::Leg {
                target: "bob".to_owned(),
                index: 1,
                label: None,
            },
            reason: wit::LegFailure::Status(486),
        }),
    });
    assert_eq!((crossed.sequence, crossed.at), (3, 4));
    assert_eq!(crossed.subject.sip_call_id, "sip");
    assert!(matches!(
        crossed.kind,
        EventKind::LegFailed { leg, reason: LegFailure::Status(486) } if leg.target == "bob" && leg.index == 1
    ));
}
