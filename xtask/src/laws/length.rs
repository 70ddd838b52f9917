//! A file that is longer than a reader's memory says why.

use super::Violation;
use crate::tree::Tree;

/// Lines, all of them, as an editor counts.
const MOST: usize = 600;
/// The sentence stands where a reader begins.
const NEAR_THE_TOP: usize = 20;

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    tree.with_ending(".rs")
        .filter(|(_, text)| text.lines().count() > MOST && !says_why(text))
        .map(|(path, text)| {
            Violation::new(
                path,
                format!("{} lines and no `//! Long: …`", text.lines().count()),
            )
        })
        .collect()
}

fn says_why(text: &str) -> bool {
    text.lines().take(NEAR_THE_TOP).any(|line| {
        ["//! Long: ", "// Long: "]
            .iter()
            .any(|start| line.strip_prefix(start).is_some_and(|why| why.len() > 10))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_file_without_a_sentence_is_found() {
        let long = "\n".repeat(MOST + 1);
        let excused = format!("//! Long: one table that reads as a whole\n{long}");
        let late = format!("{long}// Long: one table that reads as a whole\n");
        let tree = Tree::of(&[
            ("a.rs", long.as_str()),
            ("b.rs", excused.as_str()),
            ("c.rs", late.as_str()),
            ("d.rs", &"\n".repeat(MOST)),
            ("e.md", long.as_str()),
        ]);
        let places: Vec<String> = check(&tree).into_iter().map(|v| v.place).collect();
        assert_eq!(places, ["a.rs", "c.rs"]);
    }
}
