//! Counting what ran, and reading the counts that test runners print.

use std::ops::AddAssign;

use super::install::Missing;
use crate::process::Stopwatch;

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub(super) passed: usize,
    pub(super) failed: usize,
    pub(super) skipped: usize,
}

impl Tally {
    pub(super) fn of(passed: usize, failed: usize) -> Self {
        Self {
            passed,
            failed,
            skipped: 0,
        }
    }

    /// Sums the lines `test result: ok. 5 passed; 0 failed; 1 ignored; …`; `None` where there is no such line.
    pub(super) fn from_libtest(output: &str) -> Option<Self> {
        let mut found = None;
        for line in output.lines() {
            let Some(rest) = line.trim().strip_prefix("test result: ") else {
                continue;
            };
            let Some((_, counts)) = rest.split_once(". ") else {
                continue;
            };
            let sum: &mut Self = found.get_or_insert_default();
            for (count, word) in counts.split(';').filter_map(count_and_word) {
                match word {
                    "passed" => sum.passed += count,
                    "failed" => sum.failed += count,
                    "ignored" => sum.skipped += count,
                    _ => {}
                }
            }
        }
        found
    }

    /// Reads `Summary [ 0.1s] 12 tests run: 10 passed (1 slow), 1 failed, 1 timed out, 9 skipped`.
    ///
    /// What nextest calls skipped are the tests of other areas too, so that figure is not taken.
    pub(super) fn from_nextest(output: &str) -> Option<Self> {
        let line = output
            .lines()
            .rev()
            .map(str::trim)
            .find(|line| line.starts_with("Summary ["))?;
        let (_, counts) = line.split_once("run: ")?;
        let mut tally = Self::default();
        // What stands in parentheses is counted outside already.
        let counts: String = counts
            .split('(')
            .map(|part| part.split_once(')').map_or(part, |(_, after)| after))
            .collect();
        for (count, word) in counts.split(',').filter_map(count_and_word) {
            match word {
                "passed" => tally.passed += count,
                "skipped" => {}
                _ => tally.failed += count,
            }
        }
        Some(tally)
    }
}

/// `1 timed out` → 1, `timed`.
fn count_and_word(part: &str) -> Option<(usize, &str)> {
    let mut words = part.split_whitespace();
    let count = words.next()?.parse().ok()?;
    Some((count, words.next()?))
}

impl AddAssign for Tally {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
    }
}

/// What ran so far.
#[derive(Debug, Default)]
pub(super) struct Report {
    rows: Vec<(&'static str, Tally, String)>,
    skipped: Vec<String>,
    extra: Tally,
}

impl Report {
    pub(super) fn add(&mut self, area: &'static str, tally: Tally, clock: Stopwatch) {
        println!("     {}  {clock}", cells(tally));
        self.rows.push((area, tally, clock.to_string()));
    }

    /// A line for something that did not run; its count is part of an area's tally.
    pub(super) fn skip(&mut self, what: String) {
        println!("skipped: {what}");
        self.skipped.push(what);
    }

    /// A program that is not there: a failure where it could have been installed, else a skipped part.
    pub(super) fn miss(&mut self, missing: &Missing) {
        if missing.tried {
            println!("failed: {missing}");
            self.extra.failed += 1;
        } else {
            self.extra.skipped += 1;
            self.skip(missing.to_string());
        }
    }

    fn sum(&self) -> Tally {
        let mut sum = self.extra;
        for (_, tally, _) in &self.rows {
            sum += *tally;
        }
        sum
    }

    pub(super) fn is_well(&self) -> bool {
        self.sum().failed == 0
    }

    pub(super) fn print(&self, clock: Stopwatch) {
        println!("==== summary ({clock})");
        for (area, tally, time) in &self.rows {
            println!("{area:<12} {}  {time:>9}", cells(*tally));
        }
        for what in &self.skipped {
            println!("skipped: {what}");
        }
        println!("{}", last_line(self.sum()));
    }
}

fn cells(tally: Tally) -> String {
    format!(
        "{:>5} passed {:>3} failed {:>3} skipped",
        tally.passed, tally.failed, tally.skipped
    )
}

/// The line that other programs read.
fn last_line(sum: Tally) -> String {
    format!(
        "{} passed, {} failed, {} skipped",
        sum.passed, sum.failed, sum.skipped
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn tally(passed: usize, failed: usize, skipped: usize) -> Tally {
        Tally {
            passed,
            failed,
            skipped,
        }
    }

    #[test]
    fn libtest_results_are_summed() {
        let output = "running 3 tests\ntest a ... ok\n\ntest result: ok. 2 passed; 0 failed; 1 ignored; 0 measured; 4 filtered out; finished in 0.01s\n\n\
            test result: FAILED. 3 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out; finished in 1.00s\n";
        assert_eq!(Tally::from_libtest(output), Some(tally(5, 2, 1)));
        assert_eq!(Tally::from_libtest("thread panicked\n"), None);
    }

    #[test]
    fn nextest_summaries_are_read() {
        for (line, expected) in [
            (
                "     Summary [   0.004s] 8 tests run: 8 passed, 0 skipped",
                tally(8, 0, 0),
            ),
            (
                "     Summary [  61.004s] 12 tests run: 9 passed (1 slow, 1 leaky), 1 failed, 1 timed out, 1 exec failed, 5 skipped",
                tally(9, 3, 0),
            ),
            (
                "     Summary [   0.001s] 3/9 tests run: 3 passed, 6 skipped",
                tally(3, 0, 0),
            ),
            (
                "     Summary [   0.000s] 0 tests run: 0 passed, 40 skipped",
                tally(0, 0, 0),
            ),
            (
                "     Summary [   0.000s] 1 test run: 0 passed, 1 failed, 0 skipped",
                tally(0, 1, 0),
            ),
        ] {
            let output = format!(
                "   Starting 8 tests\n{line}\n        FAIL [ 0.1s] a b\nerror: test run failed\n"
            );
            assert_eq!(Tally::from_nextest(&output), Some(expected), "{line}");
        }
        assert_eq!(Tally::from_nextest("error: could not compile\n"), None);
    }

    #[test]
    fn the_last_line_sums_all_and_a_failure_is_not_well() {
        let mut report = Report::default();
        report.add("unit", tally(3, 0, 1), Stopwatch::start());
        assert!(report.is_well());
        report.miss(&Missing::new("postgresql", false));
        assert!(report.is_well());
        report.miss(&Missing::new("curl", true));
        assert!(!report.is_well());
        assert_eq!(last_line(report.sum()), "3 passed, 1 failed, 2 skipped");
    }
}
