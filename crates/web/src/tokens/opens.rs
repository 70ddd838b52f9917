//! What a permission opens, from the route tables.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use jeton_domain::Level;

use crate::docs::{every_operation, others};
use crate::words;

/// A level, what an operation does that asks for it, and what else it asks for.
type Need = (Level, &'static str, String);

/// What operations ask for, by key.
static OPENED: LazyLock<BTreeMap<&str, BTreeSet<Need>>> = LazyLock::new(|| {
    let mut opened: BTreeMap<&str, BTreeSet<_>> = BTreeMap::new();
    for operation in every_operation() {
        for set in operation.sets {
            for need in *set {
                let sentences = opened.entry(need.key).or_default();
                let others = others(set, need.key);
                sentences.insert((need.level, operation.sentence, others));
            }
        }
    }
    opened
});

/// What one permission does not open alone.
#[derive(Debug)]
pub(crate) struct Opens {
    /// The words of the level.
    pub(crate) level: &'static str,
    /// What the operation does.
    pub(crate) sentence: &'static str,
    /// What else it asks for; empty, if nothing.
    pub(crate) others: &'static str,
}

/// For each operation that a permission is part of, what it does and asks for.
pub(crate) fn opened(key: &str) -> Vec<Opens> {
    let found = OPENED.get(key).into_iter().flatten();
    found
        .map(|(level, sentence, others)| Opens {
            level: words::level(*level),
            sentence,
            others,
        })
        .collect()
}
