//! Conversions there and back, and the differential test over all files.

use crate::build::Builder;
use crate::message::received::Message;
use crate::message::request::Request;
use crate::message::response::Response;
use crate::rsip::convert::NotRepresentable;
use crate::rsip::oracle::{accepts, disagreement};
use crate::uri::view::{Uri, UriBuf};

fn files() -> Vec<(String, Vec<u8>)> {
    let base = concat!(env!("CARGO_MANIFEST_DIR"), "/src/message");
    let mut files: Vec<_> = ["torture", "quirks"]
        .iter()
        .flat_map(|folder| std::fs::read_dir(format!("{base}/{folder}")).unwrap())
        .map(|file| file.unwrap().path())
        .map(|path| (path.display().to_string(), std::fs::read(path).unwrap()))
        .collect();
    files.sort();
    files
}

#[test]
fn what_rsip_accepts_means_the_same_to_us() {
    for (name, bytes) in files() {
        assert_eq!(disagreement(&bytes), None, "{name}");
    }
}

#[test]
fn rsip_accepts_nothing_that_we_refuse_but_what_the_rfc_calls_malformed() {
    let mut refused: Vec<String> = files()
        .into_iter()
        .filter(|(_, bytes)| accepts(bytes) && Message::parse(bytes).is_err())
        .map(|(name, _)| name.rsplit('/').next().unwrap().to_owned())
        .collect();
    refused.sort();
    assert_eq!(
        refused,
        [
            "baddn.sip",
            "badinv01.sip",
            "clerr.sip",
            "ltgtruri.sip",
            "mcl01.sip",
            "mismatch01.sip",
            "multi01.sip",
            "ncl.sip",
            "quotbal.sip",
        ]
    );
}

#[test]
fn a_request_goes_to_rsip_and_back() {
    let bytes = Builder::request("INVITE", "sip:john.doe@example.com:5070;transport=TCP;lr")
        .header("Via", "SIP/2.0/TCP [2001:db8::1];branch=z9hG4bK1")
        .header("From", "\"A, B\" <sip:a@example.com>;tag=1")
        .header("To", "<sip:john.doe@example.com>")
        .header("Call-ID", "x@y")
        .header("CSeq", "7 INVITE")
        .header("X-Mine", "kept")
        .body("application/sdp", b"v=0\r\n\0\xff")
        .finish();
    let request = Request::from_bytes(bytes).unwrap();
    let theirs = ::rsip::Request::try_from(&request).unwrap();
    assert_eq!(theirs.uri.auth.as_ref().unwrap().user, "john.doe");
    let back = Request::try_from(&theirs).unwrap();
    assert_eq!(back.raw(), request.raw());
}

#[test]
fn a_response_goes_to_rsip_and_back() {
    let bytes = Builder::response(486, "Busy Here")
        .header("Via", "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1")
        .header("From", "<sip:a@example.com>;tag=1")
        .header("To", "<sip:b@example.com>;tag=2")
        .header("Call-ID", "x@y")
        .header("CSeq", "7 INVITE")
        .finish();
    let response = Response::from_bytes(bytes).unwrap();
    let back = Response::try_from(&::rsip::Response::from(&response)).unwrap();
    assert_eq!(back.raw(), response.raw());
}

#[test]
fn what_rsip_cannot_say_is_an_error() {
    for uri in ["tel:+12015550123", "urn:service:sos", "sip:a@b?Subject=x"] {
        let uri = Uri::parse(uri).unwrap();
        assert_eq!(::rsip::Uri::try_from(uri), Err(NotRepresentable));
    }
    let known = Uri::parse("sips:a:b@[2001:db8::1]:5061;user=phone;x").unwrap();
    let theirs = ::rsip::Uri::try_from(known).unwrap();
    let back = UriBuf::try_from(&theirs).unwrap();
    assert_eq!(back.as_str(), known.as_str());
}
