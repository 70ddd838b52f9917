//! Rows of the table, and how they are judged and written.

use std::fmt::Write as _;
use std::time::Instant;

/// Median, least and greatest of something measured several times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Spread {
    pub(crate) median: f64,
    pub(crate) least: f64,
    pub(crate) greatest: f64,
}

impl Spread {
    /// `None` of nothing.
    pub(crate) fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let middle = values.len() / 2;
        let median = if values.len() % 2 == 1 {
            *values.get(middle)?
        } else {
            (values.get(middle)? + values.get(middle.checked_sub(1)?)?) / 2.0
        };
        Some(Self {
            median,
            least: *values.first()?,
            greatest: *values.last()?,
        })
    }
}

/// What a ratio has to be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Target {
    AtMost(f64),
    AtLeast(f64),
    /// Shown without one.
    None,
}

impl Target {
    fn holds(self, value: f64) -> bool {
        match self {
            Self::AtMost(bound) => value <= bound,
            Self::AtLeast(bound) => value >= bound,
            Self::None => true,
        }
    }

    fn text(self, unit: &str) -> String {
        match self {
            Self::AtMost(bound) => format!("≤ {bound}{unit}"),
            Self::AtLeast(bound) => format!("≥ {bound}{unit}"),
            Self::None => "—".to_owned(),
        }
    }
}

/// What was found.
#[derive(Clone, Debug)]
pub(crate) enum Finding {
    /// The ratio of pairs that were measured in turns.
    Ratio(Spread),
    /// An amount in this unit.
    Amount(f64, &'static str),
    /// Why it was not measured.
    Skipped(String),
}

/// One row.
#[derive(Clone, Debug)]
pub(crate) struct Row {
    pub(crate) what: String,
    pub(crate) ours: String,
    pub(crate) baseline: String,
    pub(crate) finding: Finding,
    pub(crate) target: Target,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    Met,
    Missed,
    Shown,
    Skipped,
}

impl Verdict {
    fn word(self) -> &'static str {
        match self {
            Self::Met => "met",
            Self::Missed => "**missed**",
            Self::Shown => "shown",
            Self::Skipped => "skipped",
        }
    }
}

impl Row {
    pub(crate) fn skipped(what: &str, target: Target, why: &str) -> Self {
        Self {
            what: what.to_owned(),
            ours: "—".to_owned(),
            baseline: "—".to_owned(),
            finding: Finding::Skipped(why.to_owned()),
            target,
        }
    }

    pub(crate) fn verdict(&self) -> Verdict {
        let value = match &self.finding {
            Finding::Ratio(spread) => spread.median,
            Finding::Amount(value, _) => *value,
            Finding::Skipped(_) => return Verdict::Skipped,
        };
        match self.target {
            Target::None => Verdict::Shown,
            target if target.holds(value) => Verdict::Met,
            _ => Verdict::Missed,
        }
    }

    fn line(&self) -> String {
        let (found, unit) = match &self.finding {
            Finding::Ratio(s) => (
                format!(
                    "{} × ({}–{})",
                    number(s.median),
                    number(s.least),
                    number(s.greatest)
                ),
                " ×",
            ),
            Finding::Amount(value, unit) => (format!("{} {unit}", number(*value)), *unit),
            Finding::Skipped(why) => (format!("not measured: {why}"), " ×"),
        };
        let unit = if unit.starts_with(' ') {
            unit.to_owned()
        } else {
            format!(" {unit}")
        };
        format!(
            "| {} | {} | {} | {found} | {} | {} |",
            self.what,
            self.ours,
            self.baseline,
            self.target.text(&unit),
            self.verdict().word()
        )
    }
}

/// The rows so far, each shown as soon as it is there: a whole run takes minutes.
#[derive(Debug)]
pub(crate) struct Rows {
    pub(crate) rows: Vec<Row>,
    began: Instant,
}

impl Rows {
    pub(crate) fn new() -> Self {
        Self {
            rows: vec![],
            began: Instant::now(),
        }
    }

    pub(crate) fn push(&mut self, row: Row) {
        self.say(row.line().trim_matches(['|', ' ']));
        self.rows.push(row);
    }

    /// Says what is done next.
    pub(crate) fn say(&self, what: &str) {
        eprintln!("{:4} s  {what}", self.seconds());
    }

    pub(crate) fn seconds(&self) -> u64 {
        self.began.elapsed().as_secs()
    }
}

/// Three digits that say something.
pub(crate) fn number(value: f64) -> String {
    match value {
        v if v >= 100.0 => format!("{v:.0}"),
        v if v >= 10.0 => format!("{v:.1}"),
        v => format!("{v:.2}"),
    }
}

/// The table, with how many rows came out how.
pub(crate) fn table(rows: &[Row]) -> String {
    let mut text = String::from(
        "| what | ours | baseline | ratio (median of pairs, least–greatest) | target | verdict |\n|---|---|---|---|---|---|\n",
    );
    for row in rows {
        // Writing to a string does not fail.
        let _ = writeln!(text, "{}", row.line());
    }
    let count = |verdict| rows.iter().filter(|row| row.verdict() == verdict).count();
    let _ = writeln!(
        text,
        "\n{} met, {} missed, {} skipped, {} shown without a target.",
        count(Verdict::Met),
        count(Verdict::Missed),
        count(Verdict::Skipped),
        count(Verdict::Shown)
    );
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(ratios: &[f64], target: Target) -> Row {
        Row {
            what: "x".into(),
            ours: "1".into(),
            baseline: "2".into(),
            finding: Finding::Ratio(Spread::of(ratios.to_vec()).unwrap()),
            target,
        }
    }

    #[test]
    fn the_median_is_judged_and_not_the_best() {
        assert_eq!(
            row(&[3.0, 1.0, 2.0], Target::AtMost(1.9)).verdict(),
            Verdict::Missed
        );
        assert_eq!(
            row(&[3.0, 1.0, 2.0], Target::AtMost(2.0)).verdict(),
            Verdict::Met
        );
        assert_eq!(
            row(&[1.0, 2.0], Target::AtLeast(1.5)).verdict(),
            Verdict::Met
        );
        assert_eq!(
            row(&[1.0, 2.0], Target::AtLeast(1.6)).verdict(),
            Verdict::Missed
        );
        assert_eq!(Spread::of(vec![]), None);
    }

    #[test]
    fn what_was_not_measured_is_never_met() {
        let rows = [
            Row::skipped("y", Target::AtMost(2.0), "no peer"),
            row(&[1.0], Target::None),
        ];
        assert_eq!(rows[0].verdict(), Verdict::Skipped);
        let text = table(&rows);
        assert!(
            text.ends_with("\n0 met, 0 missed, 1 skipped, 1 shown without a target.\n"),
            "{text}"
        );
        assert!(text.contains("not measured: no peer"));
    }
}
