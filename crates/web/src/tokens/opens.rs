//! What a permission opens, from the route tables.

use std::collections::BTreeSet;

use crate::words;

/// For each operation that a permission is part of: the words of the level, and what the operation does.
pub(crate) fn opened(key: &str) -> Vec<(&'static str, &'static str)> {
    let tables = jeton_api::TABLES
        .iter()
        .copied()
        .chain(std::iter::once(&jeton_git::TABLE));
    let found: BTreeSet<_> = tables
        .flat_map(|table| table.routes)
        .flat_map(|route| {
            let operation = route.operation;
            let requirements = operation.sets.iter().copied().flatten();
            requirements
                .filter(|requirement| requirement.key == key)
                .map(move |requirement| (requirement.level, operation.sentence))
        })
        .collect();
    found
        .into_iter()
        .map(|(level, sentence)| (words::level(level), sentence))
        .collect()
}
