//! Moments and levels as people read them.

use jeton_domain::{Level, Maximum, Time, counted};

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// A sentence that is written for terminals too, where names stand in back-ticks: on a page they stand in quotes.
pub(crate) fn quoted(sentence: &str) -> String {
    let mut open = false;
    sentence
        .chars()
        .map(|c| match c {
            '`' => {
                open = !open;
                if open { '“' } else { '”' }
            }
            c => c,
        })
        .collect()
}

/// What one who tried too often is told.
pub(crate) fn wait(seconds: i64) -> String {
    format!(
        "Too many tries. Try again in {}.",
        counted(seconds.unsigned_abs(), "second", "seconds")
    )
}

/// What one is told who typed something else where networks belong.
pub(crate) fn no_network(typed: &str) -> String {
    let shown: String = jeton_domain::plain(typed).chars().take(80).collect();
    format!("`{shown}` is no network such as 192.0.2.0/24.")
}

/// `3 days ago`, `in 12 days`, `just now`.
pub(crate) fn relative(at: Time, now: Time) -> String {
    let seconds = at.seconds() - now.seconds();
    let (size, ahead) = (seconds.unsigned_abs(), seconds > 0);
    // What is ahead is rounded up: a token of 90 days has 90 days in front of it.
    let count = |unit: i64, one: &str, many: &str| {
        let unit = unit.unsigned_abs();
        let units = if ahead {
            size.div_ceil(unit)
        } else {
            size / unit
        };
        counted(units, one, many)
    };
    let text = match i64::try_from(size).unwrap_or(i64::MAX) {
        0..MINUTE => return if ahead { "in a moment" } else { "just now" }.to_owned(),
        MINUTE..HOUR => count(MINUTE, "minute", "minutes"),
        HOUR..DAY => count(HOUR, "hour", "hours"),
        _ => count(DAY, "day", "days"),
    };
    if ahead {
        format!("in {text}")
    } else {
        format!("{text} ago")
    }
}

/// What a level lets one do, in two words.
pub(crate) const fn level(level: Level) -> &'static str {
    match level {
        Level::Read => "Read-only",
        Level::Write => "Read and write",
        Level::Admin => "Admin",
    }
}

/// `at most 366 days`, or that there is no limit.
pub(crate) fn maximum(maximum: Maximum) -> String {
    match maximum {
        Maximum::Unlimited => "no limit".to_owned(),
        Maximum::Days(days) => format!("at most {}", counted(u64::from(days), "day", "days")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_ticks_become_quotes() {
        assert_eq!(quoted("`a` and `b`."), "“a” and “b”.");
    }

    #[test]
    fn moments_are_told_by_their_distance() {
        let now = Time::from_seconds(1_000_000_000);
        for (seconds, words) in [
            (0, "just now"),
            (-59, "just now"),
            (30, "in a moment"),
            (-60, "1 minute ago"),
            (-7200, "2 hours ago"),
            (86_400, "in 1 day"),
            (-86_400 * 400, "400 days ago"),
        ] {
            assert_eq!(
                relative(Time::from_seconds(1_000_000_000 + seconds), now),
                words
            );
        }
    }
}
