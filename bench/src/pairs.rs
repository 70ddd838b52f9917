//! Measuring two things in turns, so that what disturbs the machine disturbs both.

use crate::error::Error;
use crate::table::Spread;

/// One side's and the other side's values, by round.
#[derive(Debug, Default)]
pub(crate) struct Pairs {
    pub(crate) ours: Vec<f64>,
    pub(crate) theirs: Vec<f64>,
}

impl Pairs {
    /// A B A B …; the first of each is thrown away, because it warms caches.
    pub(crate) fn measure(
        rounds: usize,
        mut ours: impl FnMut() -> Result<f64, Error>,
        mut theirs: impl FnMut() -> Result<f64, Error>,
    ) -> Result<Self, Error> {
        ours()?;
        theirs()?;
        let mut pairs = Self::default();
        for _ in 0..rounds {
            pairs.push(ours()?, theirs()?);
        }
        Ok(pairs)
    }

    pub(crate) fn push(&mut self, ours: f64, theirs: f64) {
        self.ours.push(ours);
        self.theirs.push(theirs);
    }

    /// Ours by theirs, pair by pair.
    pub(crate) fn ratio(&self) -> Result<Spread, Error> {
        let ratios = self
            .ours
            .iter()
            .zip(&self.theirs)
            .map(|(ours, theirs)| ours / theirs)
            .collect();
        Spread::of(ratios).ok_or_else(nothing)
    }

    pub(crate) fn medians(&self) -> Result<(f64, f64), Error> {
        let median = |values: &Vec<f64>| {
            Spread::of(values.clone())
                .map(|s| s.median)
                .ok_or_else(nothing)
        };
        Ok((median(&self.ours)?, median(&self.theirs)?))
    }
}

fn nothing() -> Error {
    Error::Measure("nothing was measured".to_owned())
}
