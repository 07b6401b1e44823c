//! What becomes of a command, and what may be part of it. How programs are run is tested with the shelf.

use super::*;

#[test]
fn a_placeholder_is_filled_in_once() {
    let utterance = Utterance {
        text: "text".to_owned(),
        language: "{voice}".to_owned(),
        voice: "{language}".to_owned(),
    };
    assert_eq!(
        utterance.filled_in("-v{voice}/{language}{text}"),
        "-v{language}/{voice}{text}"
    );
}
