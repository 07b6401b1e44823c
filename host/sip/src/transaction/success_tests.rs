//! The schedule of RFC 3261 §13.3.1.4.

use super::*;

#[test]
fn a_success_is_resent_at_intervals_that_double_up_to_t2_and_given_up_after_64_t1() {
    let start = Instant::now();
    let mut success = SuccessRetransmit::new(start, Timing::default());
    let mut resent_at = Vec::new();
    let given_up_at = loop {
        let now = success.poll_timeout();
        match success.handle_timeout(now) {
            Some(SuccessAction::Resend) => resent_at.push((now - start).as_millis()),
            Some(SuccessAction::GiveUp) => break (now - start).as_millis(),
            None => panic!("nothing was due at the deadline"),
        }
    };
    assert_eq!(
        resent_at,
        [
            500, 1500, 3500, 7500, 11500, 15500, 19500, 23500, 27500, 31500
        ]
    );
    assert_eq!(given_up_at, 32_000);
}

#[test]
fn nothing_is_due_before_the_deadline() {
    let start = Instant::now();
    let mut success = SuccessRetransmit::new(start, Timing::default());
    assert_eq!(
        success.handle_timeout(start + Duration::from_millis(499)),
        None
    );
}
