//! Two JSON documents side by side: what was expected and is missing, what came instead, a few lines around it.

use serde_json::Value;

/// Lines shown around a difference.
const AROUND: usize = 2;

/// One line of a comparison.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Line {
    /// In both.
    Same(String),
    /// Expected, and missing.
    Expected(String),
    /// There, and not expected.
    Got(String),
    /// Lines left out that are in both.
    Gap(usize),
}

/// Compares line by line, as the documents are printed. Empty if they are equal.
pub fn diff(expected: &Value, got: &Value) -> Vec<Line> {
    if expected == got {
        return Vec::new();
    }
    let (expected, got) = (lines(expected), lines(got));
    shorten(compare(&expected, &got))
}

/// The document as it is compared and shown.
pub fn lines(value: &Value) -> Vec<String> {
    // Printing a value cannot fail: its keys are strings.
    let text = serde_json::to_string_pretty(value).unwrap_or_default();
    text.lines().map(str::to_owned).collect()
}

/// The longest common subsequence of lines; documents of decisions are short, so the quadratic table is small.
fn compare(expected: &[String], got: &[String]) -> Vec<Line> {
    let (rows, columns) = (expected.len(), got.len());
    let mut common = vec![vec![0_usize; columns + 1]; rows + 1];
    for row in (0..rows).rev() {
        for column in (0..columns).rev() {
            common[row][column] = if same(&expected[row], &got[column]) {
                common[row + 1][column + 1] + 1
            } else {
                common[row + 1][column].max(common[row][column + 1])
            };
        }
    }
    let (mut row, mut column) = (0, 0);
    let mut compared = Vec::new();
    while row < rows || column < columns {
        let both = row < rows && column < columns;
        if both && same(&expected[row], &got[column]) {
            compared.push(Line::Same(got[column].clone()));
            (row, column) = (row + 1, column + 1);
        } else if column == columns
            || (row < rows && common[row + 1][column] >= common[row][column + 1])
        {
            compared.push(Line::Expected(expected[row].clone()));
            row += 1;
        } else {
            compared.push(Line::Got(got[column].clone()));
            column += 1;
        }
    }
    compared
}

/// A comma at the end says that something follows, not that the line differs.
fn same(one: &str, other: &str) -> bool {
    one.trim_end_matches(',') == other.trim_end_matches(',')
}

/// Leaves out long stretches that are the same.
fn shorten(compared: Vec<Line>) -> Vec<Line> {
    let is_same = |line: &Line| matches!(line, Line::Same(_));
    let near = |index: usize| {
        let from = index.saturating_sub(AROUND);
        let to = (index + AROUND + 1).min(compared.len());
        compared[from..to].iter().any(|line| !is_same(line))
    };
    let kept: Vec<bool> = (0..compared.len()).map(near).collect();
    let mut short = Vec::new();
    for (line, keep) in compared.iter().zip(kept) {
        match (keep, short.last_mut()) {
            (true, _) => short.push(line.clone()),
            (false, Some(Line::Gap(count))) => *count += 1,
            (false, _) => short.push(Line::Gap(1)),
        }
    }
    short
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn equal_documents_have_no_difference() {
        assert_eq!(diff(&json!({"a": 1}), &json!({"a": 1})), []);
    }

    #[test]
    fn a_value_that_differs_is_shown_twice_with_what_is_around_it() {
        let compared = diff(&json!({"a": 1, "b": 2}), &json!({"a": 1, "b": 3}));
        let wanted = [
            Line::Same("{".into()),
            Line::Same("  \"a\": 1,".into()),
            Line::Expected("  \"b\": 2".into()),
            Line::Got("  \"b\": 3".into()),
            Line::Same("}".into()),
        ];
        assert_eq!(compared, wanted);
    }

    #[test]
    fn a_line_that_only_gained_a_comma_is_the_same() {
        let compared = diff(&json!({"a": 1}), &json!({"a": 1, "b": 3}));
        assert_eq!(
            compared[2..],
            [Line::Got("  \"b\": 3".into()), Line::Same("}".into())]
        );
    }

    #[test]
    fn what_is_far_from_a_difference_is_left_out() {
        let long: Vec<u32> = (0..100).collect();
        let mut other = long.clone();
        other[50] = 1_000;
        let compared = diff(&json!(long), &json!(other));
        assert_eq!(compared.first(), Some(&Line::Gap(49)));
        assert_eq!(compared.len(), 2 + 2 + 2 + 2);
    }
}
