//! How dialplan patterns relate to one another: which hides which, and where the order of writing matters. Works on
//! patterns whose alternatives are spelled out; numbers may contain any character.

use switchhook_call::dialplan::Pattern;

/// Whether `winner` takes every number that `pattern` matches, so that `pattern` is never reached. `earlier`: it
/// stands before it in the dialplan.
pub fn hides(winner: &Pattern, earlier: bool, pattern: &Pattern) -> bool {
    pattern.alternatives().iter().all(|alternative| {
        winner.alternatives().iter().any(|candidate| {
            let (theirs, ours) = (literal_prefix(candidate), literal_prefix(alternative));
            (theirs > ours || theirs == ours && earlier) && covers(candidate, alternative)
        })
    })
}

/// Whether `wide` matches every number that `narrow` does. May say no to some that do, never yes to one that does not.
pub fn covers_all(wide: &Pattern, narrow: &Pattern) -> bool {
    narrow
        .alternatives()
        .iter()
        .all(|narrow| wide.alternatives().iter().any(|wide| covers(wide, narrow)))
}

/// Whether some number matches both and goes to `earlier`, although `later` is the last that matches.
pub fn first_wins(earlier: &Pattern, later: &Pattern) -> bool {
    earlier.alternatives().iter().any(|a| {
        later
            .alternatives()
            .iter()
            .any(|b| literal_prefix(a) >= literal_prefix(b) && overlap(a, b))
    })
}

fn literal_prefix(pattern: &str) -> usize {
    pattern.find(['?', '*']).unwrap_or(pattern.len())
}

/// Whether `wide` matches everything that `narrow` does. May say no to some that do, never yes to one that does not.
fn covers(wide: &str, narrow: &str) -> bool {
    pairwise(wide.as_bytes(), narrow.as_bytes(), |w, n, rest| {
        match (w, n) {
            (None, None) => true,
            (Some(b'*'), n) => rest.skip_first || n.is_some() && rest.skip_second,
            (Some(_), Some(b'*')) | (None, _) | (_, None) => false,
            (Some(b'?'), Some(_)) => rest.skip_both,
            (Some(w), Some(n)) => w == n && rest.skip_both,
        }
    })
}

/// Whether some text matches both.
fn overlap(a: &str, b: &str) -> bool {
    pairwise(a.as_bytes(), b.as_bytes(), |a, b, rest| match (a, b) {
        (None, None) => true,
        (Some(b'*'), b) => rest.skip_first || b.is_some() && rest.skip_second,
        (a, Some(b'*')) => rest.skip_second || a.is_some() && rest.skip_first,
        (None, _) | (_, None) => false,
        (Some(a), Some(b)) => (a == b || a == b'?' || b == b'?') && rest.skip_both,
    })
}

/// What holds for the remainders of two patterns.
struct Rest {
    skip_first: bool,
    skip_second: bool,
    skip_both: bool,
}

/// Decides a relation of two patterns from their ends to their beginnings, in steps as many as one's length times the
/// other's: recursion would take exponential time for patterns full of stars.
fn pairwise(a: &[u8], b: &[u8], holds: impl Fn(Option<u8>, Option<u8>, Rest) -> bool) -> bool {
    let mut below = vec![false; b.len() + 2];
    for i in (0..=a.len()).rev() {
        let mut row = vec![false; b.len() + 2];
        for j in (0..=b.len()).rev() {
            let rest = Rest {
                skip_first: below[j],
                skip_second: row[j + 1],
                skip_both: below[j + 1],
            };
            row[j] = holds(a.get(i).copied(), b.get(j).copied(), rest);
        }
        below = row;
    }
    below[0]
}

#[cfg(test)]
#[path = "patterns_tests.rs"]
mod tests;
