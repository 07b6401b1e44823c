//! Mangled header values are refused or understood, and never more than that.

use super::super::challenge::Challenge;
use super::super::credentials::Credentials;
use super::*;

const VALUE: &str = "Digest username=\"al\\\"ice\", realm=\"r\u{e4}alm\", nonce=\"n\", uri=\"sip:a\", \
    response=\"r\", algorithm=SHA-512-256-sess, qop=auth, nc=00000001, cnonce=\"c\"";

#[test]
fn no_mutation_of_a_value_panics_or_cannot_be_written_again() {
    let mut state = 1_u64;
    let mut below = |limit: usize| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 11) as usize % limit
    };
    let pieces = [
        "\"", "\\", ",", "=", " ", "\u{e4}", "-sess", "", "\t", "Digest ",
    ];
    for _ in 0..50_000 {
        let mut text: Vec<char> = VALUE.chars().collect();
        for _ in 0..=below(4) {
            let at = below(text.len());
            let until = (at + below(5)).min(text.len());
            let piece = pieces[below(pieces.len())];
            text.splice(at..until, piece.chars());
        }
        let text: String = text.into_iter().collect();
        let credentials = Credentials::parse(&text);
        let challenge = Challenge::parse(&text);
        assert!(credentials.is_none() || challenge.is_some(), "{text}");
        if let Some(challenge) = challenge {
            assert!(Challenge::parse(&challenge.to_header()).is_some(), "{text}");
        }
    }
}

#[test]
fn values_are_given_without_quotes_and_lists_may_have_empty_elements() {
    let parameters = digest_parameters("dIgEsT , a=1,, b = \"x, \\\" y\" ,c=d e").unwrap();
    let all: Vec<_> = parameters.collect();
    assert_eq!(
        all,
        [Ok(("a", "1")), Ok(("b", "x, \\\" y")), Ok(("c", "d e"))]
    );
    assert_eq!(unescape("x, \\\" y"), "x, \" y");
}
