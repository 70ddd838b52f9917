//! What came of many worlds.

use jeton_decide::Reason;
use jeton_model::Verdict;

use crate::compare::{Answers, compare};
use crate::open::READINGS;
use crate::worlds::Worlds;

/// Counts over many worlds.
#[derive(Debug)]
pub struct Tally {
    /// How many there were.
    pub worlds: u64,
    /// Where both agree: how often, by code; letting in counts as `allow` and `allow_anonymous`.
    pub codes: Vec<(&'static str, u64)>,
    /// How often each of [`READINGS`] explained a difference.
    pub open: Vec<(&'static str, u64)>,
    /// How many differed otherwise.
    pub differ: u64,
    /// The first few of those.
    pub examples: Vec<String>,
}

/// The principal's own view.
const ALLOW: &str = "allow";
/// What anybody sees.
const ALLOW_ANONYMOUS: &str = "allow_anonymous";
/// A reader looks at a few worlds, not at all.
const EXAMPLES: usize = 3;

impl Tally {
    /// Asks both deciders about so many worlds of a seed.
    pub fn of(worlds: u64, seed: u64) -> Self {
        let codes = Reason::CODES
            .iter()
            .map(|(code, _)| *code)
            .chain([ALLOW, ALLOW_ANONYMOUS]);
        let mut tally = Self {
            worlds: 0,
            codes: codes.map(|code| (code, 0)).collect(),
            open: READINGS.iter().map(|reading| (reading.says, 0)).collect(),
            differ: 0,
            examples: Vec::new(),
        };
        let mut source = Worlds::new(seed);
        while tally.worlds < worlds
            && let Some(world) = source.next()
        {
            match compare(&world) {
                Answers::Agree(verdict) => count(&mut tally.codes, code(verdict)),
                Answers::Open(reading) => count(&mut tally.open, reading.says),
                Answers::Differ(text) => {
                    tally.differ += 1;
                    if tally.examples.len() < EXAMPLES {
                        tally
                            .examples
                            .push(format!("world {} of seed {seed}: {text}", tally.worlds));
                    }
                }
            }
            tally.worlds += 1;
        }
        tally
    }

    /// Each code with its share in hundredths of a percent, rarest first.
    pub fn shares(&self) -> Vec<(&'static str, u64)> {
        let share = |count: u64| count * 10_000 / self.worlds.max(1);
        let mut shares: Vec<_> = self
            .codes
            .iter()
            .map(|(code, count)| (*code, share(*count)))
            .collect();
        shares.sort_by_key(|(code, share)| (*share, *code));
        shares
    }
}

fn count(counts: &mut [(&'static str, u64)], what: &str) {
    if let Some((_, count)) = counts.iter_mut().find(|(known, _)| *known == what) {
        *count += 1;
    }
}

const fn code(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allow {
            anonymous_view: false,
        } => ALLOW,
        Verdict::Allow {
            anonymous_view: true,
        } => ALLOW_ANONYMOUS,
        Verdict::Deny { code, .. } => code,
    }
}
