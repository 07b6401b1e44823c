//! Streams cut at every place.

use crate::framing::{Frame, Framer, FramingError};
use crate::limits::{FRAMER_BYTES, MESSAGE_BYTES};

const MESSAGE: &[u8] = b"OPTIONS sip:a@b SIP/2.0\r\nX: 1\r\nContent-Length: 4\r\n\r\nbody";
const COMPACT: &[u8] = b"SIP/2.0 200 OK\nl : 2\n\nok";

fn frames(framer: &mut Framer) -> Vec<Result<Frame, FramingError>> {
    let mut frames = Vec::new();
    while let Some(frame) = framer.next() {
        let is_error = frame.is_err();
        frames.push(frame);
        if is_error {
            break;
        }
    }
    frames
}

fn message(bytes: &'static [u8]) -> Result<Frame, FramingError> {
    Ok(Frame::Message(bytes.into()))
}

#[test]
fn messages_come_out_whole_wherever_the_stream_is_cut() {
    let stream = [MESSAGE, b"\r\n\r\n", COMPACT, b"\r\n", MESSAGE].concat();
    let expected = [
        message(MESSAGE),
        Ok(Frame::KeepAlive),
        message(COMPACT),
        message(MESSAGE),
    ];
    for size in 1..stream.len() {
        let mut framer = Framer::new();
        let mut found = Vec::new();
        for piece in stream.chunks(size) {
            framer.push(piece);
            found.extend(frames(&mut framer));
        }
        assert_eq!(found, expected, "in pieces of {size}");
        assert!(framer.is_empty());
    }
}

#[test]
fn a_ping_is_answered_though_it_comes_in_halves_and_a_pong_is_passed_over() {
    let mut framer = Framer::new();
    framer.push(b"\r\n");
    assert_eq!(framer.next(), None);
    framer.push(b"\r\n");
    assert_eq!(framer.next(), Some(Ok(Frame::KeepAlive)));
    framer.push(b"\r\n");
    framer.push(MESSAGE);
    assert_eq!(frames(&mut framer), [message(MESSAGE)]);
}

#[test]
fn without_content_length_a_message_has_no_body() {
    let mut framer = Framer::new();
    framer.push(b"OPTIONS sip:a@b SIP/2.0\r\n\r\n");
    assert_eq!(
        frames(&mut framer),
        [message(b"OPTIONS sip:a@b SIP/2.0\r\n\r\n")]
    );
}

#[test]
fn an_overlarge_content_length_is_an_error_at_once_and_for_good() {
    for length in ["65536", "18446744073709551615", "99999999999999999999999"] {
        let mut framer = Framer::new();
        framer.push(format!("A b SIP/2.0\r\nContent-Length: {length}\r\n\r\n").as_bytes());
        assert_eq!(framer.next(), Some(Err(FramingError::TooLarge)), "{length}");
        framer.push(MESSAGE);
        assert_eq!(framer.next(), Some(Err(FramingError::TooLarge)));
    }
}

#[test]
fn a_content_length_that_is_no_number_or_comes_twice_is_an_error() {
    for section in ["l: -1", "l: 1x", "l:", "l: 1\r\nContent-Length: 1"] {
        let mut framer = Framer::new();
        framer.push(format!("A b SIP/2.0\r\n{section}\r\n\r\n").as_bytes());
        assert_eq!(
            framer.next(),
            Some(Err(FramingError::ContentLength)),
            "{section}"
        );
    }
}

#[test]
fn a_header_section_without_end_is_an_error_at_the_limit() {
    let mut framer = Framer::new();
    let line = b"X: 0123456789abcdef0123456789abcdef\r\n";
    let mut pushed = 0;
    while framer.next().is_none() {
        framer.push(line);
        pushed += line.len();
        assert!(pushed <= MESSAGE_BYTES + line.len());
    }
    assert_eq!(framer.next(), Some(Err(FramingError::TooLarge)));
}

#[test]
fn bytes_that_nobody_fetches_are_bounded() {
    let mut framer = Framer::new();
    framer.push(&vec![b'x'; FRAMER_BYTES]);
    framer.push(b"x");
    assert_eq!(framer.next(), Some(Err(FramingError::TooLarge)));
}
