//! Where a recording lies, and by which URL it is known.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use switchhook_call::media_command::RecordingOrder;

/// The extension of recordings.
pub(crate) const EXTENSION: &str = "wav";

/// Milliseconds of a day.
const DAY: u64 = 86_400_000;

/// The path within the folder of recordings: `<domain>/<yyyy>/<mm>/<dd>/<name>.wav`, the date in UTC.
pub(crate) fn path(order: &RecordingOrder) -> PathBuf {
    let (year, month, day) = date_of(order.at);
    PathBuf::from(safe(&order.domain))
        .join(format!("{year:04}"))
        .join(format!("{month:02}"))
        .join(format!("{day:02}"))
        .join(format!("{}.{EXTENSION}", safe(&order.name)))
}

/// The URL of a recording below `prefix`.
pub(crate) fn url(prefix: &str, order: &RecordingOrder) -> String {
    let mut url = prefix.trim_end_matches('/').to_owned();
    for part in path(order).iter() {
        url.push('/');
        escape(&part.to_string_lossy(), &mut url);
    }
    url
}

/// The URL of a file of this machine (RFC 8089 §2).
pub(crate) fn file_url(path: &Path) -> String {
    let path = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut url = "file://".to_owned();
    for part in path.iter().skip(1) {
        url.push('/');
        escape(&part.to_string_lossy(), &mut url);
    }
    url
}

/// A word as the name of a file: what could mean anything to a file system is replaced.
pub fn safe(word: &str) -> String {
    let keep = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '+' | '.' | '@');
    let safe: String = word
        .chars()
        .take(128)
        .map(|c| if keep(c) { c } else { '_' })
        .collect();
    match safe.strip_prefix('.') {
        Some(rest) => format!("_{rest}"),
        None if safe.is_empty() => "_".to_owned(),
        None => safe,
    }
}

/// Year, month and day in UTC of a time in milliseconds since the Unix epoch.
pub(crate) fn date_of(epoch_ms: u64) -> (u64, u64, u64) {
    // Days are counted from 1 March of the year 0, so that the leap day is a year's last.
    let days = epoch_ms / DAY + 719_468;
    let (era, of_era) = (days / 146_097, days % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    (era * 400 + year + u64::from(month <= 2), month, day)
}

fn escape(part: &str, url: &mut String) {
    for byte in part.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' | b'@' => {
                url.push(char::from(byte));
            }
            other => {
                let _ = write!(url, "%{other:02X}");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_those_of_the_calendar() {
        for (ms, date) in [
            (0, (1970, 1, 1)),
            (951_782_400_000, (2000, 2, 29)),
            (951_868_800_000, (2000, 3, 1)),
            (1_709_164_799_999, (2024, 2, 28)),
            (1_709_251_199_999, (2024, 2, 29)),
            (1_795_219_200_000, (2026, 11, 21)),
            (4_107_542_399_999, (2100, 2, 28)),
            (4_107_542_400_000, (2100, 3, 1)),
        ] {
            assert_eq!(date_of(ms), date);
        }
    }

    #[test]
    fn a_name_never_leads_out_of_the_folder() {
        assert_eq!(safe("../../etc/passwd"), "_._.._etc_passwd");
        assert_eq!(safe(".."), "_.");
        assert_eq!(safe(""), "_");
        assert_eq!(safe("+49 30/12"), "+49_30_12");
    }

    #[test]
    fn a_file_url_is_escaped() {
        let url = file_url(Path::new("/var/my calls/ü.wav"));
        assert_eq!(url, "file:///var/my%20calls/%C3%BC.wav");
    }
}
