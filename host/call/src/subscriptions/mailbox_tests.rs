//! Message summaries, written and read.

use super::*;

#[test]
fn what_is_written_can_be_read() {
    let mailbox = Mailbox {
        new: 2,
        old: 8,
        urgent_new: 1,
        urgent_old: 0,
    };
    let document = write("sip:1001@example.test", mailbox);
    assert_eq!(
        document,
        "Messages-Waiting: yes\r\nMessage-Account: sip:1001@example.test\r\nVoice-Message: 2/8 (1/0)\r\n"
    );
    assert_eq!(read(document.as_bytes()), Some(mailbox));
}

#[test]
fn counts_may_be_left_out() {
    let waiting = read(b"messages-waiting : YES\r\n").unwrap();
    assert_eq!(waiting.new, 1);
    let counted = read(b"Messages-Waiting: no\r\nVoice-Message: 0/3\r\n").unwrap();
    assert_eq!((counted.new, counted.old), (0, 3));
}

#[test]
fn what_says_nothing_is_none() {
    for document in [
        &b""[..],
        b"Voice-Message: 1/1\r\n",
        b"Messages-Waiting: perhaps\r\n",
        b"Messages-Waiting: yes\r\nVoice-Message: 99999999999/1\r\n",
        b"Messages-Waiting: yes\r\nVoice-Message: 1\r\n",
        b"\xff\xfe",
    ] {
        assert_eq!(read(document), None);
    }
}
