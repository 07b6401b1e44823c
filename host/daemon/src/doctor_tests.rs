//! What the doctor concludes.

use std::time::Duration;

use switchhook_call::keys::SessionId;
use switchhook_call::view::{CallStage, CallView, LegView};
use switchhook_media::relay::{Glimpse, Side, SideStatistics};
use switchhook_sip::flow::{Flow, ListenerId, Transport};

use crate::doctor::{Evidence, Listening, Observed, Registered, Weight, examine};

fn leg(side: Side, peer: &str) -> LegView {
    LegView {
        side: Some(side),
        flow: Flow {
            transport: Transport::Udp,
            listener: ListenerId(0),
            peer: peer.parse().unwrap(),
            connection: None,
        },
        contact: format!("sip:{peer}"),
        told: "<sip:203.0.113.10:5060>".to_owned(),
        media: Some("203.0.113.10:16384".parse().unwrap()),
        unacknowledged: None,
    }
}

fn heard(source: &str) -> Glimpse {
    Glimpse {
        named: Some(source.parse().unwrap()),
        source: Some(source.parse().unwrap()),
        stranger: None,
        silent: Some(Duration::from_millis(20)),
        is_expected: true,
        statistics: SideStatistics {
            packets: 500,
            ..SideStatistics::default()
        },
    }
}

/// A call between two phones on the internet, with which nothing is wrong.
fn evidence() -> Evidence {
    let call = CallView {
        call_id: "c1".to_owned(),
        domain: "example.org".to_owned(),
        caller: "1001".to_owned(),
        callee: "1002".to_owned(),
        started_at: 0,
        stage: CallStage::Talking,
        session: Some(SessionId(1)),
        legs: vec![
            leg(Side::Caller, "198.51.100.1:5060"),
            leg(Side::Callee, "198.51.100.2:5060"),
        ],
    };
    Evidence {
        listening: vec![Listening {
            transport: Transport::Udp,
            bound: "0.0.0.0:5060".parse().unwrap(),
            advertised: vec!["203.0.113.10".to_owned()],
        }],
        media_ports: "16384-32767".to_owned(),
        registered: Vec::new(),
        calls: vec![Observed {
            call,
            media: Some([heard("198.51.100.1:4000"), heard("198.51.100.2:4000")]),
        }],
    }
}

/// The one problem that is found, as text.
fn problem(evidence: &Evidence) -> String {
    let found = examine(evidence).findings;
    let [finding] = found.as_slice() else {
        panic!("{found:?}");
    };
    assert_eq!(finding.weight, Weight::Problem);
    format!("{}: {}", finding.subject, finding.text)
}

#[test]
fn a_call_that_is_well_gives_no_findings() {
    let diagnosis = examine(&evidence());
    assert_eq!(diagnosis.findings, []);
    assert_eq!(diagnosis.listeners, ["udp 0.0.0.0:5060 as 203.0.113.10"]);
    let packets = "c1 1001 → 1002: talking; 500 packets from the caller, 500 from the called side";
    assert_eq!(diagnosis.calls, [packets]);
}

#[test]
fn a_private_address_that_is_advertised_to_the_internet_is_a_problem() {
    let mut evidence = evidence();
    evidence.listening[0].advertised = vec!["10.0.0.5".to_owned()];
    assert!(problem(&evidence).contains("198.51.100.1:5060 is on the internet"));
    evidence.calls.clear();
    assert_eq!(examine(&evidence).findings, [], "nobody outside is there");
    evidence.listening[0].advertised = vec!["0.0.0.0".to_owned()];
    assert!(problem(&evidence).contains("Set `advertised`"));
}

#[test]
fn a_missing_ack_is_told_with_the_contact_it_should_go_to() {
    let mut evidence = evidence();
    let leg = &mut evidence.calls[0].call.legs[0];
    leg.unacknowledged = Some(Duration::from_secs(1));
    assert_eq!(
        examine(&evidence).findings,
        [],
        "it may still be on its way"
    );
    let leg = &mut evidence.calls[0].call.legs[0];
    leg.unacknowledged = Some(Duration::from_secs(7));
    assert!(problem(&evidence).contains("the caller: has not acknowledged our 200 for 7 s"));
    let leg = &mut evidence.calls[0].call.legs[0];
    leg.told = "<sip:192.168.0.2:5060>".to_owned();
    assert!(problem(&evidence).contains("198.51.100.1:5060 cannot reach"));
}

#[test]
fn a_side_without_rtp_is_told_with_the_likely_reason() {
    let silent = Glimpse {
        source: None,
        silent: None,
        statistics: SideStatistics::default(),
        ..heard("198.51.100.2:4000")
    };
    let with = |glimpse: Glimpse| {
        let mut evidence = evidence();
        evidence.calls[0].media = Some([heard("198.51.100.1:4000"), glimpse]);
        evidence
    };
    assert!(problem(&with(silent)).contains("the called side: no RTP has come from it"));
    let behind = Glimpse {
        named: Some("192.168.1.7:4000".parse().unwrap()),
        ..silent
    };
    assert!(problem(&with(behind)).contains("behind address translation: it must send first"));
    let taken = Glimpse {
        stranger: Some("198.51.100.9:9".parse().unwrap()),
        ..silent
    };
    assert!(problem(&with(taken)).contains("198.51.100.9:9"));
    let stopped = Glimpse {
        silent: Some(Duration::from_secs(12)),
        ..heard("198.51.100.2:4000")
    };
    assert!(problem(&with(stopped)).contains("no RTP for 12 s"));
    let held = Glimpse {
        is_expected: false,
        ..silent
    };
    assert_eq!(examine(&with(held)).findings, []);
    let mut private = with(silent);
    private.calls[0].call.legs[1].media = Some("10.0.0.5:16384".parse().unwrap());
    assert!(problem(&private).contains("external_address"));
}

#[test]
fn a_client_behind_address_translation_is_noted() {
    let mut evidence = evidence();
    evidence.registered.push(Registered {
        client: "1003@example.org".to_owned(),
        contact: "sip:1003@192.168.1.7:5060".to_owned(),
        source: "198.51.100.7:40312".parse().unwrap(),
    });
    let diagnosis = examine(&evidence);
    assert_eq!(diagnosis.registrations, 1);
    assert_eq!(diagnosis.findings[0].weight, Weight::Note);
    assert!(
        diagnosis.findings[0]
            .text
            .contains("called at 198.51.100.7:40312")
    );
}
