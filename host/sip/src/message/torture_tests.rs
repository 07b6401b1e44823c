//! The 49 messages of RFC 4475, each as a file in `torture/`, with the verdict that the RFC asks for.

use crate::message::error::{ParseError, Reply};
use crate::message::received::Message;
use crate::message::reject::reject;
use crate::message::request::Request;
use crate::message::response::Response;
use crate::method::Method;

/// What becomes of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Verdict {
    /// It is a request.
    Request,
    /// It is a response.
    Response,
    /// It is a request that this is answered to.
    Rejected(u16, &'static str),
    /// It is dropped.
    Discarded,
}

use Verdict::{Discarded, Rejected, Request as IsRequest, Response as IsResponse};

/// In the order of the RFC. Where it allows strictness and leniency, the choice is this crate's: a field that the
/// message does not need, such as Date or Contact, never costs the message.
const VERDICTS: [(&str, Verdict); 49] = [
    // §3.1.1 valid
    ("wsinv", IsRequest),
    ("intmeth", IsRequest),
    ("esc01", IsRequest),
    ("escnull", IsRequest),
    ("esc02", IsRequest),
    ("lwsdisp", IsRequest),
    ("longreq", IsRequest),
    ("dblreq", IsRequest),
    ("semiuri", IsRequest),
    ("transports", IsRequest),
    ("mpart01", IsRequest),
    ("unreason", IsResponse),
    ("noreason", IsResponse),
    // §3.1.2 invalid
    ("badinv01", Rejected(400, "Malformed Via")),
    ("clerr", Rejected(400, "Content-Length Exceeds Message")),
    ("ncl", Rejected(400, "Malformed Content-Length")),
    ("scalar02", Rejected(400, "Malformed CSeq")),
    ("scalarlg", Discarded),
    ("quotbal", Rejected(400, "Malformed To")),
    ("ltgtruri", Rejected(400, "Malformed Request-URI")),
    ("lwsruri", Rejected(400, "Malformed Request-URI")),
    ("lwsstart", Rejected(400, "Malformed Request-URI")),
    ("trws", Rejected(400, "White Space at End of Request-Line")),
    ("escruri", Rejected(400, "Header Fields in Request-URI")),
    ("baddate", IsRequest),
    ("regbadct", IsRequest),
    ("badaspec", Rejected(400, "Malformed To")),
    ("baddn", Rejected(400, "Malformed From")),
    ("badvers", Rejected(505, "Version Not Supported")),
    ("mismatch01", Rejected(400, "CSeq Names Another Method")),
    ("mismatch02", Rejected(501, "Not Implemented")),
    ("bigcode", Discarded),
    // §3.2 transaction layer
    ("badbranch", IsRequest),
    // §3.3 application layer
    ("insuf", Rejected(400, "Missing From")),
    ("unkscm", IsRequest),
    ("novelsc", IsRequest),
    ("unksm2", IsRequest),
    ("bext01", IsRequest),
    ("invut", IsRequest),
    ("regaut01", IsRequest),
    ("multi01", Rejected(400, "Multiple From")),
    ("mcl01", Rejected(400, "Multiple Content-Length")),
    ("bcast", IsResponse),
    ("zeromf", IsRequest),
    ("cparam01", IsRequest),
    ("cparam02", IsRequest),
    ("regescrt", IsRequest),
    ("sdp01", IsRequest),
    // §3.4 backward compatibility
    ("inv2543", IsRequest),
];

pub(super) fn torture(name: &str) -> Vec<u8> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/src/message/torture");
    std::fs::read(format!("{folder}/{name}.sip")).unwrap()
}

fn request(name: &str) -> Request {
    match Message::parse(&torture(name)) {
        Ok(Message::Request(request)) => request,
        other => panic!("{name}: {other:?}"),
    }
}

fn response(name: &str) -> Response {
    match Message::parse(&torture(name)) {
        Ok(Message::Response(response)) => response,
        other => panic!("{name}: {other:?}"),
    }
}

fn verdict(bytes: &[u8]) -> Verdict {
    match Message::parse(bytes) {
        Ok(Message::Request(_)) => IsRequest,
        Ok(Message::Response(_)) => IsResponse,
        Err(ParseError {
            reply: Some(Reply { status, reason }),
            ..
        }) => Rejected(status, reason),
        Err(_) => Discarded,
    }
}

#[test]
fn every_torture_message_gets_the_verdict_of_the_rfc() {
    let judged: Vec<(&str, Verdict)> = VERDICTS
        .iter()
        .map(|(name, _)| (*name, verdict(&torture(name))))
        .collect();
    for (judged, expected) in judged.iter().zip(&VERDICTS) {
        assert_eq!(judged, expected);
    }
}

#[test]
fn every_rejected_torture_message_is_answered_with_its_own_header_fields() {
    let source = "192.0.2.77:5062".parse().unwrap();
    for (name, verdict) in VERDICTS {
        let bytes = torture(name);
        let Err(error) = Message::parse(&bytes) else {
            continue;
        };
        let answer = reject(&bytes, &error, source);
        let Rejected(status, reason) = verdict else {
            assert_eq!(answer, None, "{name}");
            continue;
        };
        let answer = answer.unwrap();
        let line = format!("SIP/2.0 {status} {reason}\r\nVia: ");
        assert!(answer.starts_with(line.as_bytes()), "{name}: {answer:?}");
        assert!(answer.ends_with(b"\r\nContent-Length: 0\r\n\r\n"), "{name}");
    }
}

#[test]
fn a_short_tortuous_invite_is_read_through_all_its_folds() {
    let request = request("wsinv");
    assert_eq!(request.method(), Method::Invite);
    assert_eq!(
        request.uri().as_str(),
        "sip:vivekg@chair-dnrc.example.com;unknownparam"
    );
    assert!(request.uri().params().has("unknownparam"));
    assert_eq!(
        request.to().uri().as_str(),
        "sip:vivekg@chair-dnrc.example.com"
    );
    assert_eq!(request.to().tag(), Some("1918181833n"));
    assert_eq!(request.from().display_name().unwrap(), "J Rosenberg \\\"");
    assert_eq!(request.from().tag(), Some("98asjd8"));
    assert_eq!(request.max_forwards(), Some(68));
    assert_eq!(request.call_id(), "wsinv.ndaksdj@192.0.2.1");
    assert_eq!(
        (request.cseq().number, request.cseq().method),
        (9, Method::Invite)
    );
    let vias: Vec<_> = request.vias().map(Result::unwrap).collect();
    let facts: Vec<_> = vias
        .iter()
        .map(|via| (via.transport(), via.host(), via.branch()))
        .collect();
    assert_eq!(
        facts,
        [
            ("UDP", "192.0.2.2", Some("390skdjuw")),
            ("TCP", "spindle.example.com", Some("z9hG4bK9ikj8")),
            ("UDP", "192.168.255.111", Some("z9hG4bK30239")),
        ]
    );
    assert_eq!(request.header("Subject").unwrap(), "");
    assert_eq!(
        request.header("NewFangledHeader").unwrap(),
        "newfangled value continued newfangled value"
    );
    assert_eq!(
        request.header("UnknownHeaderWithUnusualValue").unwrap(),
        ";;,,;;,;"
    );
    let route = request.routes().next().unwrap().unwrap();
    assert_eq!(route.uri().param("unknownwith").unwrap(), "value");
    assert!(route.uri().params().has("lr"));
    let contact = request.contact().unwrap();
    assert_eq!(contact.display_name().unwrap(), "Quoted string \"\"");
    assert_eq!(contact.param("newparam").unwrap(), "newvalue");
    assert_eq!(contact.q_thousandths(), 330);
    assert_eq!(request.body().len(), 150);
}

#[test]
fn unusual_but_legal_characters_stay_what_they_are() {
    let request = request("intmeth");
    let method = "!interesting-Method0123456789_*+`.%indeed'~";
    assert_eq!(request.method(), Method::Other(method));
    assert_eq!(request.cseq().method, Method::Other(method));
    let uri = request.uri();
    assert_eq!(uri.host(), "example.com");
    assert_eq!(
        uri.raw_user(),
        Some("1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*")
    );
    assert_eq!(
        uri.password().unwrap(),
        "&it+has=1,weird!*pas$wo~d_too.(doesn't-it)"
    );
    assert_eq!(
        request.to().display_name().unwrap(),
        "BEL:\u{7} NUL:\u{0} DEL:\u{7f}"
    );
    assert_eq!(
        request.from().display_name().unwrap(),
        "token1~` token2'+_ token3*%!.-"
    );
    assert_eq!(
        request.from().param("fromParam''~+*_!.-%").unwrap(),
        "работающий"
    );
    assert_eq!(request.from().tag(), Some("_token~1'+`*%!-."));
    assert_eq!(
        request.call_id(),
        "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{"
    );
    assert_eq!(
        request.header("extensionHeader-!.%*+_`'~").unwrap(),
        "\u{feff}大停電"
    );
}

#[test]
fn escapes_in_uris_are_kept_and_undone_on_request() {
    let first = request("esc01");
    assert_eq!(first.uri().raw_user(), Some("sips%3Auser%40example.com"));
    assert_eq!(first.uri().user().unwrap(), "sips:user@example.com");
    assert_eq!(first.uri().host(), "example.net");
    assert_eq!(first.to().uri().user().unwrap(), "user");
    assert_eq!(first.from().uri().user().unwrap(), "I have spaces");
    let contact = first.contact().unwrap().uri();
    assert_eq!(contact.user().unwrap(), "caller");
    let params: Vec<_> = contact.params().iter().map(|param| param.name).collect();
    assert_eq!(params, ["%6C%72", "n%61me"]);
    assert_eq!(contact.param("n%61me").unwrap(), "value%41");
}

#[test]
fn escaped_nulls_stay_characters_of_the_user() {
    let request = request("escnull");
    assert_eq!(request.to().uri().user().unwrap(), "null-\0-null");
    let users: Vec<String> = request
        .contacts()
        .map(|contact| contact.unwrap().uri().user().unwrap().into_owned())
        .collect();
    assert_eq!(users, ["\0", "\0\0"]);
}

#[test]
fn percent_signs_outside_of_uris_are_no_escapes() {
    let request = request("esc02");
    assert_eq!(request.method(), Method::Other("RE%47IST%45R"));
    assert_eq!(request.from().display_name().unwrap(), "%Z%45");
    assert_eq!(request.contacts().count(), 2);
    assert_eq!(
        request.header("C%6Fntact").unwrap(),
        "<sip:alias2@host2.example.com>"
    );
}

#[test]
fn a_display_name_needs_no_space_before_the_bracket() {
    let request = request("lwsdisp");
    assert_eq!(request.from().display_name().unwrap(), "caller");
    assert_eq!(request.from().uri().user().unwrap(), "caller");
}

#[test]
fn a_long_request_loses_nothing() {
    let request = request("longreq");
    assert_eq!(request.vias().filter(Result::is_ok).count(), 34);
    assert_eq!(request.via().host(), "sip33.example.com");
    assert_eq!(
        request
            .vias()
            .last()
            .unwrap()
            .unwrap()
            .branch()
            .unwrap()
            .len(),
        215
    );
    assert!(
        request
            .to()
            .display_name()
            .unwrap()
            .ends_with(" proportion")
    );
    assert_eq!(request.to().uri().port(), Some(6000));
    assert_eq!(request.body().len(), 150);
}

#[test]
fn what_follows_a_message_in_its_datagram_is_ignored() {
    let request = request("dblreq");
    assert_eq!(request.method(), Method::Register);
    assert_eq!(request.body(), b"");
}

#[test]
fn a_user_may_have_parameters_of_its_own() {
    let request = request("semiuri");
    assert_eq!(request.uri().user().unwrap(), "user;par=u@example.net");
    assert_eq!(request.uri().host(), "example.com");
    assert!(request.uri().params().is_empty());
    let types: Vec<_> = request.headers("Accept").collect();
    assert_eq!(types.len(), 6);
    assert_eq!(types[2], "multipart/mixed");
}

#[test]
fn unknown_transports_are_text() {
    let request = request("transports");
    let transports: Vec<_> = request.vias().map(|via| via.unwrap().transport()).collect();
    assert_eq!(transports, ["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"]);
}

#[test]
fn a_binary_body_is_exact() {
    let request = request("mpart01");
    assert_eq!(request.body().len(), 553);
    assert!(request.body().ends_with(b"\r\n--7a9cbec02ceef655--\r\n"));
    assert_eq!(
        request.content_type().unwrap(),
        "multipart/mixed;boundary=7a9cbec02ceef655"
    );
}

#[test]
fn a_reason_may_be_unusual_or_empty() {
    let unusual = response("unreason");
    assert_eq!(unusual.status(), 200);
    assert_eq!(
        unusual.reason(),
        "= 2**3 * 5**2 но сто девяносто девять - простое"
    );
    let empty = response("noreason");
    assert_eq!((empty.status(), &*empty.reason()), (100, ""));
}

#[test]
fn a_contact_without_brackets_but_with_header_fields_is_an_error_of_that_value_alone() {
    let malformed = request("regbadct");
    assert!(malformed.contacts().next().unwrap().is_err());
    assert!(malformed.contact().is_none());
    let escaped = request("regescrt");
    let uri = escaped.contact().unwrap().uri();
    let headers: Vec<_> = uri.headers().collect();
    assert_eq!(headers, [("Route".into(), "<sip:sip.example.com>".into())]);
}

#[test]
fn a_branch_of_the_cookie_alone_identifies_nothing() {
    let request = request("badbranch");
    assert_eq!(request.via().branch(), Some("z9hG4bK"));
    assert_eq!(request.via().unique_branch(), None);
}

#[test]
fn unknown_schemes_are_the_receivers_choice() {
    assert_eq!(request("unkscm").uri().scheme(), "nobodyKnowsThisScheme");
    assert_eq!(request("unkscm").uri().opaque(), "totallyopaquecontent");
    assert_eq!(request("novelsc").uri().scheme(), "soap.beep");
    let request = request("unksm2");
    assert_eq!(request.to().uri().scheme(), "isbn");
    assert_eq!(request.from().uri().scheme(), "http");
    assert_eq!(request.from().tag(), Some("3234233"));
    assert_eq!(request.contact().unwrap().uri().scheme(), "name");
}

#[test]
fn a_parameter_without_brackets_is_the_contacts_and_in_brackets_the_uris() {
    let outside = request("cparam01");
    assert!(outside.contact().unwrap().params().has("unknownparam"));
    assert!(
        !outside
            .contact()
            .unwrap()
            .uri()
            .params()
            .has("unknownparam")
    );
    let inside = request("cparam02");
    assert!(!inside.contact().unwrap().params().has("unknownparam"));
    assert!(inside.contact().unwrap().uri().params().has("unknownparam"));
}

#[test]
fn what_only_the_application_can_judge_is_handed_to_it() {
    let extensions: Vec<_> = request("bext01")
        .headers("Require")
        .map(String::from)
        .collect();
    assert_eq!(
        extensions,
        ["nothingSupportsThis", "nothingSupportsThisEither"]
    );
    assert_eq!(
        request("invut").content_type().unwrap(),
        "application/unknownformat"
    );
    assert_eq!(
        request("regaut01").header("Authorization").unwrap(),
        "NoOneKnowsThisScheme opaque-data=here"
    );
    assert_eq!(request("zeromf").max_forwards(), Some(0));
    assert_eq!(
        request("sdp01").header("Accept").unwrap(),
        "text/nobodyKnowsThis"
    );
    assert_eq!(
        request("baddate").header("Date").unwrap(),
        "Fri, 01 Jan 2010 16:00:00 EST"
    );
    let hosts: Vec<String> = response("bcast")
        .vias()
        .map(|via| via.unwrap().host().to_owned())
        .collect();
    assert_eq!(hosts, ["192.0.2.198", "255.255.255.255"]);
}

#[test]
fn an_invite_of_rfc_2543_is_understood() {
    let request = request("inv2543");
    assert_eq!(request.via().branch(), None);
    assert_eq!(request.from().tag(), None);
    assert_eq!(request.max_forwards(), None);
    assert_eq!(request.from().uri().param("user").unwrap(), "phone");
    let route = request.record_routes().next().unwrap().unwrap();
    assert_eq!(route.uri().param("maddr").unwrap(), "ss1.example.com");
    assert!(request.body().starts_with(b"v=0\r\n"));
}
