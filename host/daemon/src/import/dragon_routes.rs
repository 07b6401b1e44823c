//! Dialplans of Dragon PBX, where the last pattern that matches wins, as ours, where the most specific one does.

use switchhook_call::dialplan::Pattern;

use crate::config::patterns;
use crate::import::dragon_config::{Hook, Ordered};
use crate::import::dragon_meets::meets;

/// How many patterns a dialplan may grow to.
const MOST: usize = 1_000;

/// A converted dialplan.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Converted {
    /// Patterns in the order in which they are to be written.
    pub routes: Vec<(String, Hook)>,
    /// What is different, a sentence each.
    pub notes: Vec<String>,
}

/// Converts a dialplan.
///
/// A pattern that a later one covers was never reached there: it is left out. Of patterns that are equally specific the
/// first wins here, so they are written in reverse order. Where the earlier one of a pair is more specific, the numbers of both
/// get a pattern of their own; pairs for which that cannot be told are named.
pub fn convert(dialplan: &Ordered<Hook>) -> Converted {
    let mut converted = Converted::default();
    let mut entries: Vec<Entry> = Vec::new();
    for (text, hook) in &dialplan.0 {
        entries.extend(spelled_out(text, hook, &mut converted.notes));
    }
    let mut kept: Vec<Entry> = Vec::new();
    for (index, entry) in entries.iter().enumerate() {
        let later = &entries[index + 1..];
        let covers = |other: &&Entry| patterns::covers_all(&other.pattern, &entry.pattern);
        match later.iter().find(covers) {
            Some(other) if other.hook != entry.hook || other.text != entry.text => {
                converted.notes.push(format!(
                    "\"{}\" is left out: the later \"{}\" took all its numbers",
                    entry.text, other.text
                ));
            }
            Some(_) => {}
            None => kept.push(entry.clone()),
        }
    }
    resolve(&mut kept, &mut converted.notes);
    // Later first; then, stable, the general before the specific.
    kept.reverse();
    kept.sort_by_key(|entry| entry.prefix);
    converted.routes = kept
        .into_iter()
        .map(|entry| (entry.text, entry.hook))
        .collect();
    converted
}

/// Where an earlier pattern is more specific than a later one that overlaps it, the numbers of both get a pattern of their own, as
/// the last match had them.
fn resolve(entries: &mut Vec<Entry>, notes: &mut Vec<String>) {
    let mut at = 0;
    while at < entries.len() {
        let mut next = at + 1;
        while next < entries.len() {
            let (earlier, later) = (&entries[at], &entries[next]);
            let differs = earlier.prefix > later.prefix
                && earlier.hook != later.hook
                && patterns::first_wins(&earlier.pattern, &later.pattern);
            if differs {
                match between(earlier, later).filter(|_| entries.len() < MOST) {
                    Some(both) => {
                        let known = |entry: &Entry| {
                            entries[next..].iter().any(|other| other.text == entry.text)
                        };
                        let new: Vec<_> = both.into_iter().filter(|e| !known(e)).collect();
                        let after = next + 1;
                        entries.splice(after..after, new);
                    }
                    None => notes.push(format!(
                        "numbers that match both \"{}\" and \"{}\" went to the latter, the last match, and now go to the former, the \
                         more specific one: add a pattern for them if that matters",
                        earlier.text, later.text
                    )),
                }
            }
            next += 1;
        }
        at += 1;
    }
}

/// The numbers of both, with what the later one leads to.
fn between(earlier: &Entry, later: &Entry) -> Option<Vec<Entry>> {
    let ([earlier], [pattern]) = (earlier.pattern.alternatives(), later.pattern.alternatives())
    else {
        return None;
    };
    let entry = |text: String| {
        Some(Entry {
            pattern: Pattern::new(&text).ok()?,
            prefix: literal_prefix(&text),
            hook: later.hook.clone(),
            text,
        })
    };
    meets(earlier, pattern)?.into_iter().map(entry).collect()
}

fn literal_prefix(pattern: &str) -> usize {
    pattern.find(['?', '*']).unwrap_or(pattern.len())
}

#[derive(Debug, Clone)]
struct Entry {
    text: String,
    pattern: Pattern,
    /// The length of its literal prefix.
    prefix: usize,
    hook: Hook,
}

/// A pattern as it is, or, if its alternatives are not equally specific, each of them.
fn spelled_out(text: &str, hook: &Hook, notes: &mut Vec<String>) -> Vec<Entry> {
    let pattern = match Pattern::new(text) {
        Ok(pattern) => pattern,
        Err(error) => {
            notes.push(format!("the pattern \"{text}\" is left out: {error}"));
            return Vec::new();
        }
    };
    let prefixes = pattern.alternatives().iter();
    let prefixes: Vec<_> = prefixes.map(|a| literal_prefix(a)).collect();
    let entry = |text: &str, pattern: Pattern, prefix| Entry {
        text: text.to_owned(),
        pattern,
        prefix,
        hook: hook.clone(),
    };
    match prefixes.first() {
        Some(first) if prefixes.iter().all(|prefix| prefix == first) => {
            vec![entry(text, pattern, *first)]
        }
        _ => {
            let alternatives = pattern.alternatives().iter();
            alternatives
                .filter_map(|text| {
                    Some(entry(text, Pattern::new(text).ok()?, literal_prefix(text)))
                })
                .collect()
        }
    }
}

#[cfg(test)]
mod tests {
    use switchhook_call::dialplan::{Dialplan, PluginStep, Route};
    use switchhook_routing::decision::Phase;

    use super::*;

    fn converted(entries: &[(&str, &str)]) -> (Vec<(String, String)>, Vec<String>) {
        let entries = entries
            .iter()
            .map(|(pattern, url)| ((*pattern).to_owned(), Hook::Call((*url).to_owned())));
        let converted = convert(&Ordered(entries.collect()));
        let routes = converted
            .routes
            .into_iter()
            .map(|(pattern, hook)| (pattern, hook.call().to_owned()));
        (routes.collect(), converted.notes)
    }

    fn pairs(routes: &[(&str, &str)]) -> Vec<(String, String)> {
        let pair = |(pattern, url): &(&str, &str)| ((*pattern).to_owned(), (*url).to_owned());
        routes.iter().map(pair).collect()
    }

    #[test]
    fn the_general_pattern_first_means_the_same_in_both() {
        let general_first = [("*", "a"), ("1*", "b"), ("112", "c")];
        assert_eq!(converted(&general_first), (pairs(&general_first), vec![]));
    }

    #[test]
    fn a_pattern_that_a_later_one_covers_is_left_out() {
        let (routes, notes) = converted(&[("1*", "a"), ("*", "b")]);
        assert_eq!(routes, pairs(&[("*", "b")]));
        assert_eq!(
            notes,
            ["\"1*\" is left out: the later \"*\" took all its numbers"]
        );
    }

    #[test]
    fn of_equally_specific_patterns_the_last_one_still_wins() {
        let (routes, notes) = converted(&[("1*5", "a"), ("1?5?", "b")]);
        assert_eq!(routes, pairs(&[("1?5?", "b"), ("1*5", "a")]));
        assert_eq!(notes, [""; 0]);
    }

    #[test]
    fn numbers_of_two_patterns_still_go_to_the_last_that_matches() {
        let (routes, notes) = converted(&[("1???", "a"), ("*5", "b")]);
        assert_eq!(routes, pairs(&[("*5", "b"), ("1??5", "b"), ("1???", "a")]));
        assert_eq!(notes, [""; 0]);
    }

    #[test]
    fn whatever_was_dialled_goes_where_it_went_before() {
        let entries = [
            ("12??", "a"),
            ("1*", "b"),
            ("*21", "c"),
            ("?2*", "d"),
            ("11", "e"),
            ("*2?", "f"),
            ("1?1*", "g"),
            ("2*1", "h"),
        ];
        let (routes, notes) = converted(&entries);
        assert_eq!(
            notes
                .iter()
                .filter(|note| note.contains("match both"))
                .count(),
            0
        );
        let route = |url: &str| Route {
            plugins: [PluginStep {
                name: url.to_owned(),
                phase: Phase::Route,
                fail_open: false,
            }]
            .into(),
            fallback: None,
            variables: Vec::new(),
        };
        let ours = Dialplan::new(
            routes
                .iter()
                .map(|(pattern, url)| (pattern.as_str(), route(url))),
        )
        .unwrap();
        for length in 1..8_u32 {
            for bits in 0..1_u32 << length {
                let number: String = (0..length)
                    .map(|at| if bits >> at & 1 == 0 { '1' } else { '2' })
                    .collect();
                let matches =
                    |pattern: &str| Pattern::new(pattern).unwrap().matches(&number).is_some();
                let before = entries
                    .iter()
                    .rfind(|(pattern, _)| matches(pattern))
                    .map(|(_, url)| *url);
                let now = ours
                    .route(&number)
                    .map(|route| route.plugins[0].name.as_str());
                assert_eq!(now, before, "{number} {routes:?}");
            }
        }
    }

    #[test]
    fn pairs_that_may_decide_differently_are_named() {
        let (_, notes) = converted(&[("1???", "a"), ("*5*", "b")]);
        assert_eq!(notes.len(), 1);
        assert!(
            notes[0].starts_with("numbers that match both \"1???\" and \"*5*\" went to the latter")
        );
    }

    #[test]
    fn alternatives_that_are_not_equally_specific_stand_for_themselves() {
        let (routes, notes) = converted(&[("{1,20}*", "a"), ("{", "b")]);
        assert_eq!(routes, pairs(&[("1*", "a"), ("20*", "a")]));
        assert_eq!(
            notes,
            ["the pattern \"{\" is left out: the braces of the pattern do not match"]
        );
    }
}
