//! Dialplan patterns, as the switch's own dialplans read them: `?` one character, `*` any number of them, `{a,b}`
//! alternatives (which may hold the other two, but no braces).

/// How specific the match of a pattern is: the length in bytes of what stands before its first `?` or `*`, in the most
/// specific alternative that matches. `None` if nothing matches or the braces are not in order.
///
/// Of several patterns that match a number, the one with the greatest specificity wins; among equals the first.
pub fn specificity(pattern: &str, number: &str) -> Option<usize> {
    let prefix = literal_prefix(pattern, number)?;
    // Both cuts are at a special character or at the end of the pattern, so they are at character boundaries.
    let (literal, special) = pattern.split_at(prefix);
    let Some(open) = special.find(['{', '}']) else {
        return wildcards_match(special, number.strip_prefix(literal)?).then_some(prefix);
    };
    let (before, group) = pattern.split_at(prefix + open);
    let (inside, after) = group.strip_prefix('{')?.split_once('}')?;
    if inside.contains('{') {
        return None;
    }
    let alternatives = inside
        .split(',')
        .map(|choice| format!("{before}{}{after}", choice.trim()));
    alternatives
        .filter_map(|alternative| specificity(&alternative, number))
        .max()
}

/// The length of what stands before the first special character, `None` as soon as it is not what the number begins with:
/// most patterns of a large table end here.
fn literal_prefix(pattern: &str, number: &str) -> Option<usize> {
    let number = number.as_bytes();
    for (index, byte) in pattern.bytes().enumerate() {
        if matches!(byte, b'?' | b'*' | b'{' | b'}') {
            return Some(index);
        }
        if number.get(index) != Some(&byte) {
            return None;
        }
    }
    Some(pattern.len())
}

/// Whether a text has nothing that makes it a pattern, so that it matches itself alone.
pub fn is_literal(pattern: &str) -> bool {
    !pattern
        .bytes()
        .any(|byte| matches!(byte, b'?' | b'*' | b'{' | b'}'))
}

/// Matching with a way back to the last `*` only, so that its time is bounded by the product of both lengths.
fn wildcards_match(pattern: &str, text: &str) -> bool {
    let mut pattern = pattern.chars();
    let mut text = text.chars();
    let mut retry = None;
    loop {
        let at = text.clone();
        let goes_on = match (pattern.next(), text.next()) {
            (None, None) => return true,
            (Some('*'), _) => {
                retry = Some((pattern.clone(), at.clone()));
                text = at;
                true
            }
            (Some(wanted), Some(found)) => wanted == '?' || wanted == found,
            (Some(_), None) | (None, Some(_)) => false,
        };
        if goes_on {
            continue;
        }
        let Some((after_star, mut longer)) = retry.take() else {
            return false;
        };
        if longer.next().is_none() {
            return false;
        }
        pattern = after_star.clone();
        text = longer.clone();
        retry = Some((after_star, longer));
    }
}

#[cfg(test)]
#[path = "pattern_tests.rs"]
mod tests;
