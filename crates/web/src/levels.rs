//! Choosing the highest level of each permission, as rules have it.

use std::collections::BTreeMap;

use jeton_domain::{Level, Permission, PermissionKey, catalogue};

/// One permission, and what is chosen of it.
#[derive(Clone, Debug)]
pub(crate) struct Entry {
    pub(crate) key: &'static str,
    pub(crate) title: String,
    pub(crate) sentence: &'static str,
    pub(crate) levels: Vec<&'static str>,
    /// Empty: nothing.
    pub(crate) level: String,
}

/// Those that fit, up to a level.
pub(crate) fn entries(
    most: Level,
    fits: impl Fn(&Permission) -> bool,
    chosen: impl Fn(&'static str) -> String,
) -> Vec<Entry> {
    catalogue()
        .filter(|permission| fits(permission))
        // It comes with the first of the others.
        .filter(|permission| permission.key != PermissionKey::metadata().name())
        .map(|permission| Entry {
            key: permission.key,
            title: permission.full_title(),
            sentence: permission.sentence,
            levels: permission
                .levels
                .iter()
                .filter(|level| **level <= most)
                .map(|level| level.name())
                .collect(),
            level: chosen(permission.key),
        })
        .collect()
}

/// What is chosen, as use cases take it.
pub(crate) fn chosen(entries: &[Entry]) -> BTreeMap<String, String> {
    entries
        .iter()
        .filter(|entry| !entry.level.is_empty())
        .map(|entry| (entry.key.to_owned(), entry.level.clone()))
        .collect()
}
