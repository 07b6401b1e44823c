//! Every field crosses, in both directions.

use crate::bindings::switchhook::plugin::types as wit;
use crate::call::{Call, Origin};
use crate::convert::route;
use crate::decision::Decision;
use crate::error::Error;
use crate::router::Router;
use crate::script::{Seconds, client, next, pause, redial, respond, sequential, trunk, uri};
use crate::verb::Target;

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
        variables: vec![wit::Variable {
            name: "tier".to_owned(),
            value: "gold".to_owned(),
        }],
        attestation: wit::Attestation::Partial,
        proposed: vec![],
    }
}

struct Echo;

impl Router for Echo {
    fn route(call: &Call) -> Result<Decision, Error> {
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
        let all = format!(
            "{} {} {} {} {} {} {} {} {} {}",
            call.id,
            call.sip_call_id,
            call.domain,
            call.caller,
            call.caller_name,
            call.callee,
            call.source_address,
            call.headers[0].name,
            call.codecs[0],
            call.variables[0].value
        );
        Ok(next().with("all", all).into())
    }
}

#[test]
fn a_call_crosses_whole() {
    let Ok(wit::Decision::Next(variables)) = route::<Echo>(wit_call()) else {
        panic!("not next")
    };
    assert_eq!(
        variables[0].value,
        "id sip example.org alice Alice 100 192.0.2.7:5060 X-A PCMA gold"
    );
}

struct Everything;

impl Router for Everything {
    fn route(_: &Call) -> Result<Decision, Error> {
        let targets = [
            client("1001").into_timed(),
            trunk("carrier", "+49").into_timed(),
            uri("sip:a@b").into_timed(),
        ];
        Ok(pause(1.seconds())
            .then(
                sequential(targets)
                    .within(9.seconds())
                    .showing("me")
                    .header("X-B", "2"),
            )
            .then(redial("2"))
            .then(respond(302).reason("There").header("Contact", "sip:c@d"))
            .into())
    }
}

trait Timed {
    fn into_timed(self) -> Target;
}

impl Timed for Target {
    fn into_timed(self) -> Target {
        Target {
            ring_seconds: Some(3),
            ..self
        }
    }
}

#[test]
fn a_script_crosses_whole() {
    let decision = route::<Everything>(wit_call());
    let text = format!("{decision:?}");
    for part in [
        "Pause { milliseconds: 1000, tag: None }",
        "Client(\"1001\"), ring-seconds: Some(3)",
        "TrunkNumber { trunk: \"carrier\", number: \"+49\" }",
        "Uri(\"sip:a@b\")",
        "timeout-seconds: Some(9), caller-id: Some(\"me\")",
        "Header { name: \"X-B\", value: \"2\" }",
        "Redial { callee: \"2\" }",
        "status: 302, reason: Some(\"There\")",
        "value: \"sip:c@d\"",
    ] {
        assert!(text.contains(part), "{part} is not in {text}");
    }
    assert!(text.contains("Sequential"), "{text}");
}

struct Fails;

impl Router for Fails {
    fn route(_: &Call) -> Result<Decision, Error> {
        let number: u8 = "x"
            .parse()
            .map_err(|error| Error::from(error as std::num::ParseIntError))?;
        Err(Error::new(number))
    }
}

#[test]
fn an_error_crosses_as_its_text() {
    assert_eq!(
        route::<Fails>(wit_call()).unwrap_err(),
        "invalid digit found in string"
    );
}
