//! Dialogs as RFC 3261 §12 and the call flows of §16.12.1 have them.

use bytes::Bytes;

use super::*;

const VIA: &str = "SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKnew";

fn request(method: &str, cseq: u32, to_tag: &str, extra: &str) -> Request {
    let text = format!(
        "{method} sip:bob@192.0.2.9 SIP/2.0\r\n\
         Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKinv\r\n\
         From: \"Alice\" <sip:alice@example.com>;tag=a\r\n\
         To: <sip:bob@example.com>{to_tag}\r\n\
         Call-ID: call\r\n\
         CSeq: {cseq} {method}\r\n\
         {extra}Content-Length: 0\r\n\r\n"
    );
    Request::from_bytes(Bytes::from(text)).unwrap()
}

fn response(status: u16, to_tag: &str, extra: &str) -> Response {
    let text = format!(
        "SIP/2.0 {status} Reason\r\n\
         Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKinv\r\n\
         From: \"Alice\" <sip:alice@example.com>;tag=a\r\n\
         To: <sip:bob@example.com>{to_tag}\r\n\
         Call-ID: call\r\n\
         CSeq: 7 INVITE\r\n\
         {extra}Content-Length: 0\r\n\r\n"
    );
    Response::from_bytes(Bytes::from(text)).unwrap()
}

fn text(builder: Builder) -> String {
    String::from_utf8(builder.finish().to_vec()).unwrap()
}

fn routes(dialog: &Dialog) -> Vec<String> {
    dialog.route_set().map(Cow::into_owned).collect()
}

const BOB: &str = "Contact: <sip:bob@192.0.2.9:5070;transport=tcp>\r\n";

fn uac(extra: &str) -> Dialog {
    let invite = request("INVITE", 7, "", "");
    let extra = format!("{BOB}{extra}");
    Dialog::uac(&invite, &response(200, ";tag=b", &extra)).unwrap()
}

#[test]
fn a_uac_s_request_carries_the_dialog_and_the_next_number() {
    let mut dialog = uac("");
    let bye = text(dialog.request("BYE", VIA));
    assert!(
        bye.starts_with("BYE sip:bob@192.0.2.9:5070;transport=tcp SIP/2.0\r\n"),
        "{bye}"
    );
    for line in [
        "Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bKnew",
        "From: \"Alice\" <sip:alice@example.com>;tag=a",
        "To: <sip:bob@example.com>;tag=b",
        "Call-ID: call",
        "CSeq: 8 BYE",
        "Max-Forwards: 70",
    ] {
        assert!(bye.contains(&format!("\r\n{line}\r\n")), "{line} in {bye}");
    }
    assert!(!bye.contains("Route:"));
    assert_eq!(dialog.local_seq(), 8);
    assert_eq!(
        dialog.next_hop().as_str(),
        "sip:bob@192.0.2.9:5070;transport=tcp"
    );
}

#[test]
fn the_ack_has_the_number_of_the_invite() {
    let mut dialog = uac("");
    dialog.request("INVITE", VIA);
    let ack = text(dialog.ack(7, VIA));
    assert!(ack.contains("\r\nCSeq: 7 ACK\r\n"), "{ack}");
    assert_eq!(dialog.local_seq(), 8);
}

#[test]
fn a_uac_s_route_set_is_the_record_route_in_reverse() {
    let mut dialog = uac("Record-Route: <sip:p3;lr>, <sip:p2;lr>\r\nRecord-Route: <sip:p1;lr>\r\n");
    let expected = ["<sip:p1;lr>", "<sip:p2;lr>", "<sip:p3;lr>"];
    assert_eq!(routes(&dialog), expected);
    assert_eq!(dialog.next_hop().as_str(), "sip:p1;lr");
    let bye = text(dialog.request("BYE", VIA));
    assert!(bye.starts_with("BYE sip:bob@192.0.2.9:5070;transport=tcp "));
    let first = bye.find("<sip:p1;lr>").unwrap();
    let last = bye.find("<sip:p3;lr>").unwrap();
    assert!(first < last);
}

#[test]
fn a_uas_s_route_set_is_the_record_route_in_order() {
    let extra = "Contact: <sip:alice@192.0.2.1>\r\nRecord-Route: <sip:p1;lr>, <sip:p2;lr>\r\n";
    let invite = request("INVITE", 7, "", extra);
    let mut dialog = Dialog::uas(&invite, "local").unwrap();
    assert_eq!(routes(&dialog), ["<sip:p1;lr>", "<sip:p2;lr>"]);
    assert!(dialog.is_early());
    dialog.confirm_uas();
    assert!(!dialog.is_early());
    assert_eq!(dialog.remote_seq(), Some(7));
    let bye = text(dialog.request("BYE", VIA));
    for line in [
        "BYE sip:alice@192.0.2.1 SIP/2.0",
        "From: <sip:bob@example.com>;tag=local",
        "To: \"Alice\" <sip:alice@example.com>;tag=a",
        "CSeq: 1 BYE",
    ] {
        assert!(bye.contains(&format!("{line}\r\n")), "{line} in {bye}");
    }
}

#[test]
fn through_a_strict_router_its_uri_is_requested_and_the_target_comes_last() {
    let mut dialog = uac("Record-Route: <sip:p2;lr>, <sip:p1;method=INVITE;x=y?h=v>\r\n");
    let bye = text(dialog.request("BYE", VIA));
    assert!(bye.starts_with("BYE sip:p1;x=y SIP/2.0\r\n"), "{bye}");
    let second = bye.find("Route: <sip:p2;lr>\r\n").unwrap();
    let target = bye
        .find("Route: <sip:bob@192.0.2.9:5070;transport=tcp>\r\n")
        .unwrap();
    assert!(second < target);
}

#[test]
fn each_fork_makes_an_early_dialog_and_a_success_confirms_its_own() {
    let invite = request("INVITE", 7, "", "");
    let ringing = |tag| response(180, tag, BOB);
    let one = Dialog::uac(&invite, &ringing(";tag=one")).unwrap();
    let mut two = Dialog::uac(&invite, &ringing(";tag=two")).unwrap();
    assert_ne!(one.id(), two.id());
    assert!(one.is_early());
    let success = response(
        200,
        ";tag=two",
        "Contact: <sip:bob@192.0.2.10>\r\nRecord-Route: <sip:p1;lr>\r\n",
    );
    assert_eq!(DialogId::of_response(&success), *two.id());
    two.confirm_uac(&success).unwrap();
    assert!(!two.is_early());
    assert_eq!(two.remote_target().as_str(), "sip:bob@192.0.2.10");
    assert_eq!(routes(&two), ["<sip:p1;lr>"]);
}

#[test]
fn numbers_may_leave_gaps_and_may_not_fall() {
    let invite = request("INVITE", 7, "", "Contact: <sip:a@b>\r\n");
    let mut dialog = Dialog::uas(&invite, "local").unwrap();
    let in_dialog = |cseq| request("INFO", cseq, ";tag=local", "");
    assert_eq!(dialog.accept(&in_dialog(8)), Ok(()));
    assert_eq!(dialog.accept(&in_dialog(100)), Ok(()));
    assert_eq!(dialog.accept(&in_dialog(99)), Err(Stale));
    assert_eq!(dialog.remote_seq(), Some(100));
    let mut fresh = uac("");
    assert_eq!(fresh.accept(&in_dialog(0)), Ok(()));
}

#[test]
fn a_target_refresh_moves_the_target_and_leaves_the_route() {
    let mut dialog = uac("Record-Route: <sip:p1;lr>\r\n");
    let extra = "Contact: <sip:bob@new.example>\r\nRecord-Route: <sip:p9;lr>\r\n";
    dialog.update_target(&request("INVITE", 1, ";tag=b", extra));
    assert_eq!(dialog.remote_target().as_str(), "sip:bob@new.example");
    assert_eq!(routes(&dialog), ["<sip:p1;lr>"]);
    dialog.update_target(&request("INFO", 2, ";tag=b", ""));
    assert_eq!(dialog.remote_target().as_str(), "sip:bob@new.example");
}

#[test]
fn a_request_in_a_dialog_names_it() {
    let invite = request("INVITE", 7, "", "Contact: <sip:a@b>\r\n");
    let dialog = Dialog::uas(&invite, "local").unwrap();
    let bye = request("BYE", 8, ";tag=local", "");
    assert_eq!(DialogId::of_request(&bye).as_ref(), Some(dialog.id()));
    assert_eq!(DialogId::of_request(&invite), None);
}

#[test]
fn what_makes_no_dialog_is_an_error() {
    let invite = request("INVITE", 7, "", "");
    for status in [100, 302, 486] {
        let made = Dialog::uac(&invite, &response(status, ";tag=b", BOB));
        assert_eq!(made.unwrap_err(), DialogError::NoDialogResponse);
    }
    assert_eq!(
        Dialog::uas(&invite, "t").unwrap_err(),
        DialogError::NoContact
    );
    let long = "Record-Route: <sip:p;lr>\r\n".repeat(crate::limits::ROUTE_SET + 1);
    for bad in ["Record-Route: <sip:p\r\n", long.as_str()] {
        let made = Dialog::uac(&invite, &response(200, ";tag=b", bad));
        assert_eq!(made.unwrap_err(), DialogError::BadRecordRoute);
    }
}

#[test]
fn a_success_without_contact_leaves_the_request_uri_as_target() {
    let invite = request("INVITE", 7, "", "");
    let dialog = Dialog::uac(&invite, &response(200, ";tag=b", "")).unwrap();
    assert_eq!(dialog.remote_target().as_str(), "sip:bob@192.0.2.9");
}

#[test]
fn a_dialog_of_rfc_2543_without_remote_tag_works() {
    let invite = request("INVITE", 7, "", "");
    let mut dialog = Dialog::uac(&invite, &response(200, "", BOB)).unwrap();
    assert_eq!(dialog.id().remote_tag, "");
    let bye = text(dialog.request("BYE", VIA));
    assert!(bye.contains("\r\nTo: <sip:bob@example.com>\r\n"), "{bye}");
}
