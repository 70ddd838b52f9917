//! Nothing that is committed speaks of the machine it was made on.

use super::{REGISTRY, Violation};
use crate::rust_text::lines_where;
use crate::tree::Tree;

/// Folders that exist on a maker's machine only. Put together here, so that this file does not break its own law.
const FOLDERS: [&str; 3] = [
    concat!("/wo", "rk/"),
    concat!("/fa", "rm/"),
    concat!("/ro", "ot/"),
];

/// Numbers of a tracker that a reader may not have.
const TRACKER: [&str; 2] = [concat!("issue", " #"), concat!("Issue", " #")];

/// Settings of cargo that name another registry or a mirror of it.
const REGISTRIES: [&str; 3] = ["replace-with", "[registries", "[source"];

pub(super) fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (path, text) in &tree.files {
        for folder in FOLDERS {
            for line in lines_where(text, |line| begins_a_path(line, folder)) {
                found.push(Violation::at(path, line, format!("`{folder}…`")));
            }
        }
        for word in TRACKER {
            for line in lines_where(text, |line| line.contains(word)) {
                found.push(Violation::at(path, line, format!("`{word}…`")));
            }
        }
        if path.ends_with(".cargo/config.toml") {
            for word in REGISTRIES {
                for line in lines_where(text, |line| line.contains(word)) {
                    found.push(Violation::at(path, line, format!("`{word}`")));
                }
            }
        }
        if path.ends_with("Cargo.lock") {
            let foreign = |line: &str| line.starts_with("source = ") && !line.contains(REGISTRY);
            for line in lines_where(text, foreign) {
                found.push(Violation::at(
                    path,
                    line,
                    "a source that is not the registry",
                ));
            }
        }
    }
    found
}

/// Whether an absolute path in this folder stands in the line; `home/work/` is none.
fn begins_a_path(line: &str, folder: &str) -> bool {
    line.match_indices(folder).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        !before.is_some_and(|c| c.is_alphanumeric() || "._-~}/*>".contains(c))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_the_workshop_are_found() {
        let plant = |path: &str, text: String| check(&Tree::of(&[(path, &text)])).len();
        assert_eq!(plant("a.md", format!("see {}main/a.rs", FOLDERS[0])), 1);
        assert_eq!(plant("a.rs", format!("\"{}x\"", FOLDERS[2])), 1);
        assert_eq!(
            plant("a.md", format!("docs{}x, ~{}y", FOLDERS[0], FOLDERS[0])),
            0
        );
        assert_eq!(plant("a.rs", format!("// as {}7 says", TRACKER[0])), 1);
        assert_eq!(
            plant(
                ".cargo/config.toml",
                "[source.crates-io]\nreplace-with = \"m\"\n".into()
            ),
            2
        );
        assert_eq!(
            plant(
                "Cargo.lock",
                "source = \"registry+https://mirror.example/index\"\n".into()
            ),
            1
        );
        assert_eq!(plant("Cargo.lock", format!("source = \"{REGISTRY}\"\n")), 0);
    }
}
