//! Readings that are still open: places where the two deciders are known to differ and the shipped one
//! has not been mended yet. Each is as narrow as it can be, is counted, and must still be there: the row
//! goes when the shipped decision is mended. Nothing else may differ.

use jeton_model::{Verdict, World};

/// One of them.
#[derive(Debug)]
pub struct Reading {
    /// What it is about, and what the naive decider reads.
    pub says: &'static str,
    covers: fn(&World, Verdict, Verdict) -> bool,
}

/// All of them.
pub static READINGS: &[Reading] = &[];

/// The open reading that explains why two verdicts differ.
pub(crate) fn explain(world: &World, naive: Verdict, shipped: Verdict) -> Option<&'static Reading> {
    READINGS
        .iter()
        .find(|reading| (reading.covers)(world, naive, shipped))
}
