//! The numbers that two patterns both match, as patterns.

/// Patterns that together match exactly the numbers that both match; `None`: there is no telling with at most one `*` in each. Both
/// are patterns without braces.
pub fn meets(a: &str, b: &str) -> Option<Vec<String>> {
    let (a, b) = (Glob::new(a)?, Glob::new(b)?);
    let fixed = |length: usize| {
        let (a, b) = (a.of_length(length)?, b.of_length(length)?);
        merge(&a, &b)
    };
    let text = |chars: Vec<char>| chars.into_iter().collect::<String>();
    match (&a.tail, &b.tail) {
        (None, _) => Some(fixed(a.head.len()).map(text).into_iter().collect()),
        (_, None) => Some(fixed(b.head.len()).map(text).into_iter().collect()),
        (Some(ours), Some(theirs)) => {
            let (shorter, longer) = in_order(&a.head, &b.head);
            let head = merge(shorter, &longer[..shorter.len()])
                .map(|begin| [&begin, &longer[shorter.len()..]].concat());
            let (shorter, longer) = in_order(ours, theirs);
            let begin = longer.len() - shorter.len();
            let tail =
                merge(shorter, &longer[begin..]).map(|end| [&longer[..begin], &end[..]].concat());
            let (Some(head), Some(tail)) = (head, tail) else {
                return Some(Vec::new());
            };
            // Numbers in which the beginning and the end share characters.
            let least = a.least().max(b.least());
            let mut patterns: Vec<_> = (least..head.len() + tail.len())
                .filter_map(fixed)
                .map(text)
                .collect();
            patterns.push(format!("{}*{}", text(head), text(tail)));
            Some(patterns)
        }
    }
}

/// A pattern with at most one `*`: what stands before it and after it.
struct Glob {
    head: Vec<char>,
    tail: Option<Vec<char>>,
}

impl Glob {
    fn new(text: &str) -> Option<Glob> {
        match text.split_once('*') {
            None => Some(Glob {
                head: text.chars().collect(),
                tail: None,
            }),
            Some((_, tail)) if tail.contains('*') => None,
            Some((head, tail)) => Some(Glob {
                head: head.chars().collect(),
                tail: Some(tail.chars().collect()),
            }),
        }
    }

    /// The shortest number that it matches.
    fn least(&self) -> usize {
        self.head.len() + self.tail.as_ref().map_or(0, Vec::len)
    }

    /// The numbers of one length that it matches.
    fn of_length(&self, length: usize) -> Option<Vec<char>> {
        let Some(tail) = &self.tail else {
            return (length == self.head.len()).then(|| self.head.clone());
        };
        let between = length.checked_sub(self.least())?;
        let middle = std::iter::repeat_n('?', between);
        let all = self.head.iter().copied().chain(middle);
        Some(all.chain(tail.iter().copied()).collect())
    }
}

fn in_order<'p>(a: &'p [char], b: &'p [char]) -> (&'p [char], &'p [char]) {
    if a.len() <= b.len() { (a, b) } else { (b, a) }
}

/// Character by character; `None`: two of them exclude each other.
fn merge(a: &[char], b: &[char]) -> Option<Vec<char>> {
    let both = a.iter().zip(b).map(|pair| match pair {
        ('?', other) | (other, '?') => Some(*other),
        (a, b) => (a == b).then_some(*a),
    });
    both.collect()
}

#[cfg(test)]
mod tests {
    use switchhook_call::dialplan::Pattern;

    use super::*;

    #[test]
    fn the_numbers_of_two_patterns_are_told_as_patterns() {
        for (a, b, expected) in [
            ("1???", "*5", vec!["1??5"]),
            ("1*", "*5", vec!["1*5"]),
            ("12*", "*23", vec!["123", "12*23"]),
            ("1?", "?23", vec![]),
            ("1*", "2*", vec![]),
            ("1*4?", "1?5*6", vec!["1?5*46"]),
        ] {
            assert_eq!(meets(a, b).unwrap(), expected, "{a} {b}");
        }
        assert_eq!(meets("*1*", "1*"), None);
    }

    #[test]
    fn they_match_exactly_what_both_match() {
        let patterns = [
            "1*", "*1", "?2*", "1?", "12", "*", "1*2", "2?*1", "21*12", "*12",
        ];
        let matches =
            |pattern: &str, number: &str| Pattern::new(pattern).unwrap().matches(number).is_some();
        for a in patterns {
            for b in patterns {
                let both = meets(a, b).unwrap();
                for number in (0..6_u32)
                    .flat_map(|length| (0..1_u32 << length).map(move |bits| (length, bits)))
                {
                    let (length, bits) = number;
                    let number: String = (0..length)
                        .map(|at| if bits >> at & 1 == 0 { '1' } else { '2' })
                        .collect();
                    let met = both.iter().any(|pattern| matches(pattern, &number));
                    assert_eq!(
                        met,
                        matches(a, &number) && matches(b, &number),
                        "{a} {b} {number}"
                    );
                }
            }
        }
    }
}
