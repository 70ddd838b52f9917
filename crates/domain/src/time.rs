//! Moments and lengths of time: `i64` microseconds, UTC inside, ISO 8601 outside.

use serde::{Deserialize, Serialize};

/// A moment, in microseconds since 1970-01-01T00:00:00Z.
///
/// Something that ends at `t` is valid while `now < t`; at the instant itself it is over. That
/// one rule is [`Time::is_over_at`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(i64);

/// A length of time in microseconds; never negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Span(i64);

impl Time {
    /// 9999-12-30T22:00:00Z: the last moment that ISO 8601 writes with four digits in every zone.
    const LAST: i64 = 253_402_207_200_000_000;

    /// From microseconds since the epoch, held within the years that ISO 8601 writes with four digits.
    pub const fn from_micros(micros: i64) -> Self {
        if micros < 0 {
            Self(0)
        } else if micros > Self::LAST {
            Self(Self::LAST)
        } else {
            Self(micros)
        }
    }

    /// From whole seconds since the epoch.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self::from_micros(seconds.saturating_mul(1_000_000))
    }

    /// Microseconds since the epoch.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds since the epoch.
    pub const fn seconds(self) -> i64 {
        self.0 / 1_000_000
    }

    /// Whether something that ends at `self` is over at `now`. The only expiry rule there is.
    pub const fn is_over_at(self, now: Self) -> bool {
        now.0 >= self.0
    }

    /// The moment `span` later.
    #[must_use]
    pub const fn after(self, span: Span) -> Self {
        Self::from_micros(self.0.saturating_add(span.0))
    }

    /// The moment `span` earlier.
    #[must_use]
    pub const fn before(self, span: Span) -> Self {
        Self::from_micros(self.0.saturating_sub(span.0))
    }

    /// How long after `earlier` this is; nothing where it is not after it.
    pub const fn since(self, earlier: Self) -> Span {
        Span::from_micros(self.0.saturating_sub(earlier.0))
    }

    /// The start of the hour that the moment is in: the key of hourly counts.
    #[must_use]
    pub const fn hour(self) -> Self {
        Self(self.0 - self.0 % 3_600_000_000)
    }

    /// ISO 8601 in whole seconds, as GitHub writes moments: `2026-11-21T08:00:00Z`.
    pub fn iso(self) -> String {
        jiff::Timestamp::from_second(self.seconds())
            .map_or_else(|_| String::new(), |t| t.to_string())
    }

    /// The date: `2026-11-21`.
    pub fn date(self) -> String {
        self.iso().chars().take(10).collect()
    }

    /// The minute, for people: `2026-11-21 08:00 UTC`.
    pub fn minute(self) -> String {
        let iso = self.iso();
        let (date, time) = iso.split_once('T').unwrap_or((&iso, ""));
        format!("{date} {} UTC", time.get(..5).unwrap_or(time))
    }

    /// Whether it is ISO 8601 of a moment later than any [`Time`]: in the last days that have four digits
    /// of a year, which are no moments in every zone.
    pub fn is_too_late(text: &str) -> bool {
        text.strip_prefix("9999").is_some_and(|rest| {
            Self::parse_iso(text).is_none() && Self::parse_iso(&format!("9998{rest}")).is_some()
        })
    }

    /// Reads what bounds a list: as [`Self::parse_iso`], and where the moment is none here, the first or last that is. Clients
    /// send 0001-01-01 for 'from the beginning' and 9999-12-31 for 'for ever'.
    pub fn parse_bound(text: &str) -> Option<Self> {
        let early = || {
            let earlier: jiff::Timestamp = text.parse().ok()?;
            (text.len() <= 40 && earlier.as_microsecond() < 0).then_some(Self(0))
        };
        let early_day = || {
            let day: jiff::civil::Date = text.parse().ok()?;
            (text.len() == 10 && day.year() < 1970).then_some(Self(0))
        };
        let late = || Self::is_too_late(text).then_some(Self(Self::LAST));
        Self::parse_iso(text)
            .or_else(late)
            .or_else(early)
            .or_else(early_day)
    }

    /// Reads ISO 8601 with an offset, or a bare date, which means its midnight in UTC.
    pub fn parse_iso(text: &str) -> Option<Self> {
        if text.len() > 40 {
            return None;
        }
        if let Ok(timestamp) = text.parse::<jiff::Timestamp>() {
            let micros = timestamp.as_microsecond();
            return (0..=Self::LAST).contains(&micros).then_some(Self(micros));
        }
        let date: jiff::civil::Date = text.parse().ok()?;
        if text.len() != 10 {
            return None;
        }
        let zoned = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        let micros = zoned.timestamp().as_microsecond();
        (0..=Self::LAST).contains(&micros).then_some(Self(micros))
    }
}

impl std::fmt::Display for Time {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.iso())
    }
}

impl Span {
    /// No time at all.
    pub const ZERO: Self = Self(0);

    /// From microseconds; a negative length is none.
    pub const fn from_micros(micros: i64) -> Self {
        if micros < 0 { Self(0) } else { Self(micros) }
    }

    /// From whole seconds.
    pub const fn from_seconds(seconds: i64) -> Self {
        Self::from_micros(seconds.saturating_mul(1_000_000))
    }

    /// From whole minutes.
    pub const fn from_minutes(minutes: i64) -> Self {
        Self::from_seconds(minutes.saturating_mul(60))
    }

    /// From whole hours.
    pub const fn from_hours(hours: i64) -> Self {
        Self::from_minutes(hours.saturating_mul(60))
    }

    /// From days of 24 hours.
    pub const fn from_days(days: u32) -> Self {
        Self::from_hours((days as i64).saturating_mul(24))
    }

    /// Microseconds.
    pub const fn micros(self) -> i64 {
        self.0
    }

    /// Whole seconds.
    pub const fn seconds(self) -> i64 {
        self.0 / 1_000_000
    }

    /// Days of 24 hours, rounded up.
    pub const fn days_up(self) -> i64 {
        const DAY: i64 = 86_400_000_000;
        self.0 / DAY + if self.0 % DAY == 0 { 0 } else { 1 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn something_is_over_at_the_instant_it_ends() {
        let end = Time::from_seconds(100);
        assert!(!end.is_over_at(Time::from_micros(99_999_999)));
        assert!(end.is_over_at(end));
    }

    #[test]
    fn moments_are_read_and_written_as_iso_8601() {
        let moment = Time::parse_iso("2026-11-21T08:00:00Z").unwrap();
        assert_eq!(moment.iso(), "2026-11-21T08:00:00Z");
        assert_eq!(Time::parse_iso("2026-11-21T09:00:00+01:00"), Some(moment));
        assert_eq!(
            Time::parse_iso("2026-11-21").unwrap().iso(),
            "2026-11-21T00:00:00Z"
        );
        for bad in [
            "",
            "tomorrow",
            "2026-13-01",
            "2026-11-21T25:00:00Z",
            "1969-01-01",
            "2026-11-2",
            "99999-01-01",
        ] {
            assert_eq!(Time::parse_iso(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_bound_that_is_no_moment_here_is_the_first_or_the_last() {
        for (text, bound) in [
            ("2026-11-21", "2026-11-21T00:00:00Z"),
            ("0001-01-01", "1970-01-01T00:00:00Z"),
            ("0001-01-01T00:00:00Z", "1970-01-01T00:00:00Z"),
            ("1969-12-31T23:59:59.999Z", "1970-01-01T00:00:00Z"),
            ("9999-12-31", "9999-12-30T22:00:00Z"),
            ("9999-12-31T23:59:59Z", "9999-12-30T22:00:00Z"),
        ] {
            assert_eq!(Time::parse_bound(text).unwrap().iso(), bound, "{text}");
        }
        for bad in ["", "tomorrow", "1969-13-01", "1969-1-1", "99999-01-01"] {
            assert_eq!(Time::parse_bound(bad), None, "{bad}");
        }
    }

    #[test]
    fn days_round_up() {
        assert_eq!(Span::from_days(30).days_up(), 30);
        assert_eq!(Span::from_micros(1).days_up(), 1);
        assert_eq!(Span::ZERO.days_up(), 0);
    }
}
