//! Which patterns hide, cover and overlap which.

use super::*;

fn pattern(text: &str) -> Pattern {
    Pattern::new(text).unwrap()
}

#[test]
fn a_later_pattern_of_the_same_prefix_is_hidden_by_a_wider_one() {
    assert!(hides(&pattern("1*"), true, &pattern("1???")));
    assert!(!hides(&pattern("1*"), false, &pattern("1???")));
    assert!(!hides(&pattern("1???"), true, &pattern("1*")));
    assert!(!hides(&pattern("*"), true, &pattern("1???")));
    assert!(hides(&pattern("{1,2}*"), true, &pattern("{1?,2?}")));
    assert!(!hides(&pattern("{1,2}*"), true, &pattern("{1?,3?}")));
}

#[test]
fn covering_is_decided_over_stars_on_both_sides() {
    assert!(covers("*", "*"));
    assert!(covers("*5*", "15*"));
    assert!(!covers("15*", "*5*"));
    assert!(covers("1?*", "1??"));
    assert!(!covers("1??", "1?*"));
    assert!(covers(&"*1".repeat(60), &"*11".repeat(60)));
}

#[test]
fn patterns_overlap_when_one_number_matches_both() {
    assert!(overlap("1*", "*1"));
    assert!(overlap("1???", "???2"));
    assert!(!overlap("1*", "2*"));
    assert!(!overlap("1??", "1?"));
    assert!(overlap("", "*"));
}

#[test]
fn the_general_pattern_first_means_the_same_where_the_last_match_wins() {
    assert!(first_wins(&pattern("1???"), &pattern("*")));
    assert!(!first_wins(&pattern("*"), &pattern("1???")));
    assert!(first_wins(&pattern("1?"), &pattern("1*")));
}
