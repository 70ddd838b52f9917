//! The tree of scopes as pages show it.

use jeton_domain::{ClassicScope, ScopeEntry, Scopes};

use crate::words;

/// One scope, where it stands in the tree.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) entry: &'static ScopeEntry,
    /// What it opens here.
    pub(super) sentence: String,
    /// How many scopes it lies within.
    pub(super) depth: usize,
    pub(super) held: bool,
    /// The scope that brings it, where that is held.
    pub(super) within: Option<&'static str>,
}

impl Row {
    fn new(entry: &'static ScopeEntry, held: Scopes) -> Self {
        let has = held.has(entry.scope);
        let above = |scope: &ClassicScope| scope.entry().parent;
        Self {
            entry,
            sentence: words::quoted(entry.sentence),
            depth: std::iter::successors(entry.parent, above).count(),
            held: has,
            within: entry
                .parent
                .filter(|parent| has && held.has(*parent))
                .map(ClassicScope::name),
        }
    }
}

/// The whole tree, parents before their children.
pub(super) fn tree(held: Scopes) -> Vec<Row> {
    let all = ClassicScope::all().iter();
    all.map(|entry| Row::new(entry, held)).collect()
}

/// Names in a sentence: `a, b and c`.
pub(super) fn listed(scopes: Scopes) -> String {
    let names: Vec<&str> = scopes.normalised().map(|entry| entry.name).collect();
    match names.as_slice() {
        [] => String::new(),
        [one] => (*one).to_owned(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_stands_below_what_brings_it() {
        let held = Scopes::parse("admin:org gist").unwrap();
        let tree = tree(held);
        let row = |name: &str| tree.iter().find(|row| row.entry.name == name).unwrap();
        for (name, depth, has, within) in [
            ("admin:org", 0, true, None),
            ("write:org", 1, true, Some("admin:org")),
            ("read:org", 2, true, Some("write:org")),
            ("gist", 0, true, None),
            ("repo:status", 1, false, None),
        ] {
            let row = row(name);
            assert_eq!(
                (row.depth, row.held, row.within),
                (depth, has, within),
                "{name}"
            );
        }
        assert_eq!(listed(held), "admin:org and gist");
        assert_eq!(listed(Scopes::NONE), "");
    }
}
