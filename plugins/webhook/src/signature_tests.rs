//! Signatures against values computed with another tool.

use super::*;

#[test]
fn a_signature_is_that_of_the_specification() {
    let signature = sign(
        "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
        "msg_p5jXN8AQM9LWM0D4loKWxJek",
        1_614_265_330,
        br#"{"test": 2432232314}"#,
    );
    assert_eq!(
        signature,
        Ok("v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=".to_owned())
    );
}

#[test]
fn a_secret_without_the_mark_is_taken_as_it_is() {
    let expected = sign("whsec_c2VjcmV0", "id", 1, b"{}");
    assert_eq!(sign("secret", "id", 1, b"{}"), expected);
}

#[test]
fn a_secret_that_protects_nothing_is_refused() {
    assert!(sign("", "id", 1, b"{}").is_err());
    assert!(sign("whsec_", "id", 1, b"{}").is_err());
    assert!(sign("whsec_!", "id", 1, b"{}").is_err());
}

#[test]
fn the_same_question_has_the_same_id_and_another_question_another() {
    let id = message_id("call-1_0", b"{}");
    assert_eq!(id, "msg_call-1_0_44136fa355b3");
    assert_eq!(message_id("call-1_0", b"{}"), id);
    assert_ne!(message_id("call-1_0", b"[]"), id);
    assert_ne!(message_id("call-1_1", b"{}"), id);
}
