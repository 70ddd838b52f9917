//! The middle is pure: what it needs and what its text reaches for.

use super::Violation;
use crate::graph::Graph;
use crate::rust_text::{Keep, lines_with, shipped};
use crate::tree::Tree;

/// Folders of the crates that are functions of their arguments only.
const PURE: [&str; 3] = ["domain", "token", "decide"];

/// Nothing pure may need one of these, however far away.
const BANNED: [&str; 9] = [
    "tokio",
    "rusqlite",
    "postgres",
    "tokio-postgres",
    "axum",
    "hyper",
    "getrandom",
    "rand",
    "ureq",
];

const BANNED_TEXT: [&str; 11] = [
    "std::env",
    "std::fs",
    "std::io::std",
    "std::net::Tcp",
    "std::net::Udp",
    "std::os",
    "std::thread",
    "SystemTime",
    "Instant",
    "async fn",
    "static mut",
];

pub(super) fn check_needs(graph: &Graph) -> Vec<Violation> {
    graph
        .ours()
        .filter(|package| {
            PURE.iter()
                .any(|pure| package.name == format!("jeton-{pure}"))
        })
        .flat_map(|package| {
            BANNED
                .iter()
                .filter_map(|banned| graph.way(package, banned))
        })
        .map(|way| Violation::new("needs", way))
        .collect()
}

pub(super) fn check_text(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for source in tree.sources() {
        if !PURE.contains(&source.crate_folder) {
            continue;
        }
        let code = shipped(source.text, Keep::Code);
        for banned in BANNED_TEXT {
            for line in lines_with(&code, banned) {
                found.push(Violation::at(source.path, line, format!("`{banned}`")));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_far_runtime_is_found_and_one_for_tests_is_not() {
        let far = Graph::of(&[
            "jeton-decide: jeton-domain",
            "jeton-domain: +a",
            "+a: +tokio",
        ]);
        let found = check_needs(&far);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(
            found
                .iter()
                .any(|v| v.what == "jeton-decide → jeton-domain → a → tokio")
        );
        let tests = Graph::of(&["jeton-token: +hmac, dev +rand", "jeton-app: +tokio"]);
        assert_eq!(check_needs(&tests), []);
    }

    #[test]
    fn reaching_for_the_clock_is_found_outside_tests() {
        let planted = "/// Not std::env.\nfn now() { let _ = std::time::SystemTime::now(); }\n";
        let tree = Tree::of(&[
            ("crates/domain/src/time.rs", planted),
            ("crates/app/src/time.rs", planted),
            (
                "crates/token/src/lib.rs",
                "#[cfg(test)]\nmod tests { fn v() { std::fs::read(\"vectors.json\"); } }\n",
            ),
        ]);
        let found = check_text(&tree);
        assert_eq!(
            found,
            [Violation::at(
                "crates/domain/src/time.rs",
                2,
                "`SystemTime`"
            )]
        );
    }
}
