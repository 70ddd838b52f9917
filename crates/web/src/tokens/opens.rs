//! What a permission opens, from the route tables.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use jeton_domain::Level;

use crate::docs::every_operation;
use crate::words;

/// For each key: the levels that operations ask for, and what the operations do.
static OPENED: LazyLock<BTreeMap<&str, BTreeSet<(Level, &str)>>> = LazyLock::new(|| {
    let mut opened: BTreeMap<&str, BTreeSet<_>> = BTreeMap::new();
    for operation in every_operation() {
        for need in operation.sets.iter().copied().flatten() {
            let sentences = opened.entry(need.key).or_default();
            sentences.insert((need.level, operation.sentence));
        }
    }
    opened
});

/// For each operation that a permission is part of: the words of the level, and what the operation does.
pub(crate) fn opened(key: &str) -> Vec<(&'static str, &'static str)> {
    let found = OPENED.get(key).into_iter().flatten();
    found
        .map(|(level, sentence)| (words::level(*level), *sentence))
        .collect()
}
