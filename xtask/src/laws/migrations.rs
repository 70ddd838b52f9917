//! Each migration starts with its reason.

use super::Violation;
use crate::tree::Tree;

/// A reason is a sentence, not a title.
const LEAST_WORDS: usize = 6;

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    tree.with_ending(".sql")
        .filter(|(path, text)| {
            path.contains("/migrations/") && words_at_the_top(text) < LEAST_WORDS
        })
        .map(|(path, _)| {
            Violation::new(
                path,
                format!("starts with no reason: `-- …` of at least {LEAST_WORDS} words"),
            )
        })
        .collect()
}

fn words_at_the_top(text: &str) -> usize {
    text.lines()
        .map_while(|line| line.strip_prefix("--"))
        .map(|line| line.split_whitespace().count())
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_migration_without_a_reason_is_found() {
        let table = "CREATE TABLE a (b BIGINT);\n";
        let reasoned = format!(
            "-- Grants name ids and never names,\n-- so a new name is not reached.\n{table}"
        );
        let tree = Tree::of(&[
            ("crates/store/migrations/0001_a.sql", reasoned.as_str()),
            ("crates/store/migrations/0002_b.sql", table),
            (
                "crates/store/migrations/0003_c.sql",
                "-- b\nCREATE TABLE x (y BIGINT);\n",
            ),
            ("crates/store/tests/d.sql", table),
        ]);
        let places: Vec<String> = check(&tree).into_iter().map(|v| v.place).collect();
        assert_eq!(
            places,
            [
                "crates/store/migrations/0002_b.sql",
                "crates/store/migrations/0003_c.sql"
            ]
        );
    }
}
