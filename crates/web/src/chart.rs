//! Use over time as a chart: SVG made by the server, with the same numbers as a table for those who can't see it.

use jeton_domain::{Span, Time};

/// Days that a chart shows.
pub(crate) const DAYS: u32 = 30;

/// One day.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Day {
    /// `2026-11-21`.
    pub(crate) date: String,
    pub(crate) allowed: u64,
    pub(crate) refused: u64,
}

/// A bar of the chart: where its parts stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bar {
    pub(crate) x: u32,
    pub(crate) allowed_y: u64,
    pub(crate) allowed_height: u64,
    pub(crate) refused_y: u64,
    pub(crate) refused_height: u64,
}

/// A chart of a token's use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Chart {
    pub(crate) days: Vec<Day>,
    pub(crate) bars: Vec<Bar>,
    /// The highest day.
    pub(crate) most: u64,
    pub(crate) allowed: u64,
    pub(crate) refused: u64,
}

/// Height of the drawing, in its own units.
const HEIGHT: u64 = 120;
/// Width of a day.
const STEP: u32 = 12;

impl Chart {
    /// The last days up to now, those without use among them.
    ///
    /// `counts`: an hour, whether what was counted was allowed, and how often it was.
    pub(crate) fn new(counts: impl IntoIterator<Item = (Time, bool, u64)>, now: Time) -> Self {
        let mut days: Vec<Day> = (0..DAYS)
            .rev()
            .map(|back| Day {
                date: now.before(Span::from_days(back)).date(),
                ..Day::default()
            })
            .collect();
        for (hour, allowed, count) in counts {
            let date = hour.date();
            if let Some(day) = days.iter_mut().find(|day| day.date == date) {
                if allowed {
                    day.allowed += count;
                } else {
                    day.refused += count;
                }
            }
        }
        let total = |day: &Day| day.allowed + day.refused;
        let most = days.iter().map(total).max().unwrap_or(0);
        // Whatever happened is seen: a day with one refusal among thousands has a line of it.
        let height = |count: u64| match (count, most) {
            (0, _) | (_, 0) => 0,
            (count, most) => (count * HEIGHT / most).max(1),
        };
        let bars = days
            .iter()
            .zip(0..)
            .map(|(day, at)| {
                let (allowed, refused) = (height(day.allowed), height(day.refused));
                let allowed = allowed.min(HEIGHT.saturating_sub(refused));
                Bar {
                    x: at * STEP,
                    allowed_y: HEIGHT - allowed,
                    allowed_height: allowed,
                    refused_y: HEIGHT - allowed - refused,
                    refused_height: refused,
                }
            })
            .collect();
        Self {
            most,
            allowed: days.iter().map(|day| day.allowed).sum(),
            refused: days.iter().map(|day| day.refused).sum(),
            bars,
            days,
        }
    }

    /// Nothing was used.
    pub(crate) fn is_empty(&self) -> bool {
        self.most == 0
    }

    /// The days on which something was.
    pub(crate) fn used(&self) -> impl Iterator<Item = &Day> {
        self.days.iter().filter(|day| day.allowed + day.refused > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn count(now: Time, back: u32, allowed: bool, count: u64) -> (Time, bool, u64) {
        (now.before(Span::from_days(back)).hour(), allowed, count)
    }

    #[test]
    fn thirty_days_end_today_and_each_has_its_place() {
        let now = Time::parse_iso("2026-11-21T12:00:00Z").unwrap();
        let hours = [
            count(now, 0, true, 1000),
            count(now, 0, false, 1),
            count(now, 29, true, 500),
            count(now, 30, true, 7),
        ];
        let chart = Chart::new(hours, now);
        assert_eq!((chart.days.len(), chart.bars.len()), (30, 30));
        assert_eq!(chart.days[29].date, "2026-11-21");
        assert_eq!((chart.allowed, chart.refused, chart.most), (1500, 1, 1001));
        let today = &chart.bars[29];
        assert_eq!(today.refused_height, 1, "one refusal is seen");
        assert_eq!(today.refused_y + 1, today.allowed_y);
        assert_eq!(chart.bars[0].allowed_height, 59);
        assert_eq!(chart.used().count(), 2);
        assert!(Chart::new([], now).is_empty());
    }
}
