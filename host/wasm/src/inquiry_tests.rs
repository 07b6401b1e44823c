//! Roles, versions of the contract, phases, vetoes, resumption, gatekeepers and observers, with guests of contract 0.2.0.

use std::sync::Arc;

use switchhook_routing::call::Origin;
use switchhook_routing::decision::{Continuation, Decided, Phase, StageOutcome};
use switchhook_routing::event::{Event, EventKind, Subject};
use switchhook_routing::outcome::Outcome;
use switchhook_routing::registration::{Credentials, Proof, Registration};
use switchhook_routing::verb::Verb;

use crate::error::PluginError;
use crate::pins::Pins;
use crate::plugins::Step;
use crate::spec::Probation;
use crate::status::{Availability, Roles};
use crate::testing::{Bench, call, router};

const NEXT: &str = "(call $next)";
const BUSY: &str = "(call $respond (i32.const 486))";
const FAIL: &str = "(call $digit (i32.const 1))";
/// Traps without a proposal; lets 486 pass, and puts 603 in the place of everything else.
const GUARD: &str = "
    (if (i32.eqz (i32.load offset=116 (local.get $call))) (then unreachable))
    (if (result i32) (i32.and
        (i32.eq (i32.load8_u (i32.load offset=112 (local.get $call))) (i32.const 14))
        (i32.eq (i32.load16_u offset=4 (i32.load offset=112 (local.get $call))) (i32.const 486)))
      (then (call $next))
      (else (call $respond (i32.const 603))))";
/// Traps with a proposal.
const NO_PROPOSAL: &str = "
    (if (i32.load offset=116 (local.get $call)) (then unreachable))
    (call $next)";

async fn bench(plugins: &[(&str, &str, &str)]) -> Bench {
    let bench = Bench::new();
    for (name, route, resume) in plugins {
        let bytes = router("", route, resume);
        bench.load_bytes(name, &bytes).await.unwrap();
    }
    bench
}

fn step(plugin: &str, phase: Phase, fail_open: bool) -> Step<'_> {
    Step {
        plugin,
        phase,
        fail_open,
    }
}

fn status(script: Option<&[Verb]>) -> Option<u16> {
    match script {
        Some([Verb::Respond(respond)]) => Some(respond.status),
        None => None,
        other => panic!("{other:?}"),
    }
}

fn outcomes(decided: &Decided) -> String {
    let outcome = |outcome: &StageOutcome| match outcome {
        StageOutcome::Script => "script",
        StageOutcome::Next => "next",
        StageOutcome::Proceed => "proceed",
        StageOutcome::Error(_) => "error",
        StageOutcome::Trapped(_) => "trap",
        StageOutcome::BadDecision(_) => "bad",
        _ => "other",
    };
    let stages = decided.stages.iter();
    let stages: Vec<_> = stages
        .map(|stage| format!("{:?}:{}", stage.phase, outcome(&stage.outcome)))
        .collect();
    stages.join(" ").to_lowercase()
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "it is a table")]
async fn the_phases_of_a_chain_have_their_own_rules() {
    use Phase::{Enrich, Route, Screen, Veto};
    let bench = bench(&[
        ("next", NO_PROPOSAL, NEXT),
        ("busy", BUSY, NEXT),
        ("gone", "(call $respond (i32.const 410))", NEXT),
        ("fail", FAIL, NEXT),
        ("trap", "unreachable", NEXT),
        ("guard", GUARD, NEXT),
    ])
    .await;
    type Chain<'a> = &'a [(&'a str, Phase, bool)];
    let table: [(Chain<'_>, Option<u16>, &str); 16] = [
        (&[("busy", Route, false)], Some(486), "route:script"),
        (&[("next", Route, false)], None, "route:next"),
        (
            &[("next", Screen, true), ("busy", Route, false)],
            Some(486),
            "screen:next route:script",
        ),
        // A screen's script is final, but a veto sees it.
        (
            &[("gone", Screen, true), ("busy", Route, false)],
            Some(410),
            "screen:script",
        ),
        (
            &[("gone", Screen, true), ("guard", Veto, false)],
            Some(603),
            "screen:script veto:script",
        ),
        // A failing screen: open goes on, closed ends the chain.
        (
            &[("trap", Screen, true), ("busy", Route, false)],
            Some(486),
            "screen:trap route:script",
        ),
        (
            &[("fail", Screen, false), ("busy", Route, false)],
            None,
            "screen:error",
        ),
        // Enrich decides nothing.
        (
            &[("next", Enrich, true), ("busy", Route, false)],
            Some(486),
            "enrich:next route:script",
        ),
        (
            &[("gone", Enrich, true), ("busy", Route, false)],
            Some(486),
            "enrich:bad route:script",
        ),
        (
            &[("gone", Enrich, false), ("busy", Route, false)],
            None,
            "enrich:bad",
        ),
        // A veto lets pass, puts another in its place, or fails open or closed.
        (
            &[("busy", Route, false), ("guard", Veto, false)],
            Some(486),
            "route:script veto:next",
        ),
        (
            &[("gone", Route, false), ("guard", Veto, false)],
            Some(603),
            "route:script veto:script",
        ),
        (
            &[("gone", Route, false), ("fail", Veto, true)],
            Some(410),
            "route:script veto:error",
        ),
        (
            &[("gone", Route, false), ("fail", Veto, false)],
            None,
            "route:script veto:error",
        ),
        // Without a script there is nothing to object to.
        (
            &[("next", Route, false), ("guard", Veto, false)],
            None,
            "route:next",
        ),
        // The phases come in their order, however they are written down.
        (
            &[
                ("guard", Veto, false),
                ("gone", Route, false),
                ("next", Screen, true),
            ],
            Some(603),
            "screen:next route:script veto:script",
        ),
    ];
    for (chain, wanted, stages) in table {
        let steps: Vec<_> = chain
            .iter()
            .map(|(plugin, phase, fail_open)| step(plugin, *phase, *fail_open))
            .collect();
        let mut call = call("1001", "1002");
        let decided = bench
            .plugins
            .decide(&mut Pins::default(), &steps, &mut call)
            .await;
        assert_eq!(outcomes(&decided), stages, "{chain:?}");
        assert_eq!(status(decided.script.as_deref()), wanted, "{chain:?}");
        assert!(call.proposed.is_empty());
    }
}

#[tokio::test]
async fn variables_are_handed_on_and_returned() {
    let bench = bench(&[("busy", BUSY, NEXT)]).await;
    bench.load("crm", "next").await;
    let steps = [
        step("crm", Phase::Enrich, true),
        step("busy", Phase::Route, false),
    ];
    let mut call = call("alice", "1002");
    let mut pins = Pins::default();
    let decided = bench.plugins.decide(&mut pins, &steps, &mut call).await;
    assert!(decided.script.is_some());
    assert_eq!(decided.variables[0].name, "seen");
    assert_eq!(decided.variables[0].value, "alice");
}

#[tokio::test]
async fn the_author_says_what_follows_and_a_veto_sees_it() {
    let bench = bench(&[
        // Proceeds if the outcome is `no-input`; else 404, if the tag has four bytes.
        (
            "menu",
            BUSY,
            "(if (result i32) (i32.eq (i32.load8_u offset=128 (local.get $asked)) (i32.const 2))
               (then (call $next))
               (else (call $respond (i32.add (i32.const 400) (i32.load offset=124 (local.get $asked))))))",
        ),
        ("guard", GUARD, NEXT),
        ("fail", FAIL, FAIL),
    ])
    .await;
    let call = call("1001", "1002");
    let mut pins = Pins::default();
    let guard = [step("guard", Phase::Veto, false)];
    let table: [(&Outcome, &[Step<'_>], Option<u16>, usize); 3] = [
        (&Outcome::TimedOut, &[], Some(404), 1),
        (&Outcome::TimedOut, &guard, Some(603), 2),
        (&Outcome::NoInput, &guard, None, 1),
    ];
    for (outcome, vetoes, wanted, stages) in table {
        let resumed = bench
            .plugins
            .resume(&mut pins, "menu", &call, "main", outcome, vetoes)
            .await;
        match (resumed.continuation, wanted) {
            (Some(Continuation::Script(script)), wanted) => {
                assert_eq!(status(Some(&script)), wanted);
            }
            (Some(Continuation::Proceed), None) => {}
            other => panic!("{other:?}"),
        }
        assert_eq!(resumed.stages.len(), stages);
    }
    let closed = [step("fail", Phase::Veto, false)];
    for (author, vetoes) in [("fail", &[][..]), ("menu", &closed[..])] {
        let resumed = bench
            .plugins
            .resume(&mut pins, author, &call, "main", &Outcome::TimedOut, vetoes)
            .await;
        assert_eq!(resumed.continuation, None);
        let last = resumed.stages.last().unwrap();
        assert_eq!(last.outcome, StageOutcome::Error("1".into()));
    }
}

#[tokio::test]
async fn the_version_that_wrote_the_script_is_asked_back() {
    let bench = bench(&[("menu", BUSY, "(call $respond (i32.const 404))")]).await;
    let mut call = call("1001", "1002");
    let mut pins = Pins::default();
    let chain = [step("menu", Phase::Route, false)];
    bench.plugins.decide(&mut pins, &chain, &mut call).await;
    let newer = router("", BUSY, "(call $respond (i32.const 410))");
    bench.load_bytes("menu", &newer).await.unwrap();
    for (pins, wanted) in [(&mut pins, 404), (&mut Pins::default(), 410)] {
        let resumed = bench
            .plugins
            .resume(pins, "menu", &call, "main", &Outcome::Completed, &[])
            .await;
        let Some(Continuation::Script(script)) = resumed.continuation else {
            panic!("{resumed:?}")
        };
        assert_eq!(status(Some(&script)), Some(wanted));
    }
}

#[tokio::test]
async fn a_plugin_of_contract_0_1_0_lets_the_script_go_on() {
    let bench = Bench::new();
    let info = bench.plugins.load(bench.spec("old", "trap")).await.unwrap();
    assert_eq!(info.contract, "0.1.0");
    let resumed = bench
        .plugins
        .resume(
            &mut Pins::default(),
            "old",
            &call("1", "2"),
            "main",
            &Outcome::Completed,
            &[],
        )
        .await;
    assert_eq!(resumed.continuation, Some(Continuation::Proceed));
    assert_eq!(resumed.stages[0].outcome, StageOutcome::Proceed);
}

const INTERFACES: [(&str, &str); 3] = [
    (
        "export switchhook:plugin/router@0.2.0;",
        r#"(func (export "switchhook:plugin/router@0.2.0#route") (param i32) (result i32) (call $respond (i32.const 486)))
           (func (export "switchhook:plugin/router@0.2.0#resume") (param i32) (result i32) (call $next))"#,
    ),
    (
        "export switchhook:plugin/gatekeeper@0.2.0;",
        // Grants without a contact; refuses one contact with 403; traps with more.
        r#"(func (export "switchhook:plugin/gatekeeper@0.2.0#register") (param $asked i32) (result i32)
             (if (i32.gt_u (i32.load offset=20 (local.get $asked)) (i32.const 1)) (then unreachable))
             (i32.store8 (i32.const 512) (i32.load offset=20 (local.get $asked)))
             (if (i32.load offset=20 (local.get $asked))
               (then (i32.store16 (i32.const 516) (i32.const 403)))
               (else (i32.store16 (i32.const 516) (i32.const 0))))
             (i32.const 512))"#,
    ),
    (
        "export switchhook:plugin/observer@0.2.0;",
        // Traps at the event number 7.
        r#"(func (export "switchhook:plugin/observer@0.2.0#on-event") (param $event i32)
             (if (i32.eq (i32.load offset=52 (local.get $event)) (i32.const 7)) (then unreachable)))"#,
    ),
];

fn exporting(roles: [bool; 3]) -> Vec<u8> {
    let chosen = || INTERFACES.iter().zip(roles).filter(|(_, is_in)| *is_in);
    let world: String = chosen().map(|((world, _), _)| *world).collect();
    let core: String = chosen().map(|((_, core), _)| *core).collect();
    switchhook_guests::component_of(&world, &core)
}

fn registration(contacts: usize) -> Registration {
    Registration {
        domain: "example.org".into(),
        username: "alice".into(),
        contacts: vec!["sip:alice@192.0.2.7".into(); contacts],
        expires_seconds: 3_600,
        source_address: "192.0.2.7:5060".into(),
        received_at: 0,
        headers: Vec::new(),
        credentials: Credentials {
            username: "alice".into(),
            realm: "example.org".into(),
            nonce: "n".into(),
            uri: "sip:example.org".into(),
            response: "0".into(),
            method: "REGISTER".into(),
            algorithm: None,
            qop: None,
            nc: None,
            cnonce: None,
        },
    }
}

fn event(sequence: u32) -> Event {
    Event {
        subject: Arc::new(Subject {
            call_id: "0001".into(),
            sip_call_id: "a@b".into(),
            domain: "example.org".into(),
            caller: "1001".into(),
            callee: "1002".into(),
            origin: Origin::Api,
            variables: Vec::new(),
        }),
        sequence,
        at: 0,
        kind: EventKind::Initiated,
    }
}

#[tokio::test]
async fn a_plugin_exports_any_of_three_roles_and_is_asked_for_no_other() {
    let bench = Bench::new();
    for number in 1..8_u8 {
        let has = |bit: u8| number & (1 << bit) != 0;
        let roles = [has(0), has(1), has(2)];
        let info = bench.load_bytes("any", &exporting(roles)).await.unwrap();
        let [router, gatekeeper, observer] = roles;
        let wanted = Roles {
            router,
            gatekeeper,
            observer,
        };
        assert_eq!((info.roles, info.contract.as_str()), (wanted, "0.2.0"));

        let outcome = bench.outcome("any", "1", "2").await;
        let lacks = |role: &str| StageOutcome::Unavailable(format!("it exports no {role}"));
        let or = |has: bool, outcome, role| if has { outcome } else { lacks(role) };
        assert_eq!(outcome, or(router, StageOutcome::Script, "router"));
        let gated = bench.plugins.register("any", &registration(0)).await;
        assert_eq!(
            gated.stage.outcome,
            or(gatekeeper, StageOutcome::Proceed, "gatekeeper")
        );
        assert_eq!(gated.answer.is_some(), gatekeeper);
        let observed = bench.plugins.observe("any", &event(0)).await;
        assert_eq!(observed.is_ok(), observer, "{observed:?}");
        bench.plugins.remove("any");
    }
}

#[tokio::test]
async fn an_export_that_is_not_that_of_the_contract_is_refused_when_it_is_loaded() {
    let text = r#"(component
        (core module $m (func (export "f")))
        (core instance $i (instantiate $m))
        (func $f (canon lift (core func $i "f")))
        (instance $o (export "on-event" (func $f)))
        (export "switchhook:plugin/observer@0.2.0" (instance $o)))"#;
    let bench = Bench::new();
    let bytes = wat::parse_str(text).unwrap();
    let error = bench.load_bytes("odd", &bytes).await.unwrap_err();
    assert!(error.to_string().contains("contract"), "{error}");
}

#[tokio::test]
async fn a_gatekeeper_grants_refuses_or_fails() {
    let bench = Bench::new();
    let bytes = exporting([false, true, false]);
    bench.load_bytes("gate", &bytes).await.unwrap();
    let gated = bench.plugins.register("gate", &registration(0)).await;
    let grant = gated.answer.unwrap().unwrap();
    assert_eq!((grant.proof, grant.expires_seconds), (Proof::Checked, None));
    let gated = bench.plugins.register("gate", &registration(1)).await;
    let refusal = gated.answer.unwrap().unwrap_err();
    assert_eq!((refusal.status, refusal.reason), (403, None));
    let gated = bench.plugins.register("gate", &registration(2)).await;
    assert!(gated.answer.is_none());
    assert!(matches!(gated.stage.outcome, StageOutcome::Trapped(_)));
    let counts = bench.plugins.status("gate").unwrap().counts;
    assert_eq!((counts.grants, counts.refusals, counts.traps), (1, 1, 1));
    assert!(counts.busy_nanoseconds > 0);
    let missing = bench.plugins.register("nobody", &registration(0)).await;
    assert_eq!(
        missing.stage.outcome,
        StageOutcome::Unavailable("not loaded".into())
    );
}

#[tokio::test]
async fn an_observer_that_fails_is_set_aside_and_goes_on_routing() {
    let bench = Bench::new();
    let mut spec = bench.spec_of("log", &exporting([true, false, true]));
    spec.breaker.failures = 2;
    spec.breaker.percent = 1;
    bench.plugins.load(spec).await.unwrap();
    bench.plugins.observe("log", &event(0)).await.unwrap();
    for _ in 0..2 {
        let error = bench.plugins.observe("log", &event(7)).await.unwrap_err();
        assert!(matches!(error, PluginError::Trapped(_)), "{error}");
    }
    let error = bench.plugins.observe("log", &event(0)).await.unwrap_err();
    assert!(matches!(error, PluginError::Unavailable(_)), "{error}");
    let status = bench.plugins.status("log").unwrap();
    assert_eq!((status.counts.events, status.counts.traps), (1, 2));
    assert!(matches!(status.availability, Availability::SetAside { .. }));
    assert_eq!(bench.outcome("log", "1", "2").await, StageOutcome::Script);
    let error = bench.plugins.observe("nobody", &event(0)).await;
    assert_eq!(error, Err(PluginError::Unknown("nobody".into())));
}

#[tokio::test]
async fn a_version_that_only_returns_errors_ends_its_probation_unless_the_one_before_does_better() {
    let terms = Probation {
        decisions: 3,
        time: std::time::Duration::ZERO,
    };
    for (before, is_proved) in [(FAIL, true), (BUSY, false)] {
        let bench = Bench::new();
        for route in [before, FAIL] {
            // The second of two equal components is a version of its own by its generation.
            let mut spec = bench.spec_of("crm", &router("", route, NEXT));
            spec.probation = terms;
            bench.plugins.load(spec).await.unwrap();
        }
        for _ in 0..4 {
            bench.outcome("crm", "1", "2").await;
        }
        let previous = bench.plugins.status("crm").unwrap().previous;
        assert_eq!(previous.is_none(), is_proved);
    }
}
