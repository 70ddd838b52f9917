//! Lints: taken by every crate, silenced only with a reason; no unsafe code.

use std::collections::BTreeSet;

use super::Violation;
use crate::rust_text::{Keep, has_word, lines_where, shipped};
use crate::tree::Tree;

pub(super) fn check_lints(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    let mut seen = false;
    for (path, text) in tree.with_ending("Cargo.toml") {
        if !text.lines().any(|line| line.trim() == "[package]") {
            continue;
        }
        seen = true;
        let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty());
        let taken = lines.any(|line| line == "[lints]") && lines.next() == Some("workspace = true");
        if !taken {
            found.push(Violation::new(path, "lacks `[lints] workspace = true`"));
        }
    }
    // Each workspace has its own; that of the benchmarks may be no milder.
    let mut workspaces = tree.with_ending("Cargo.toml").filter_map(|(path, text)| {
        let of_its_own = text.lines().any(|line| line.trim() == "[workspace]");
        of_its_own.then(|| (path, workspace_lints(text)))
    });
    if let Some((first, lints)) = workspaces.next() {
        for (path, others) in workspaces.filter(|(_, others)| *others != lints) {
            let text = format!("its `[workspace.lints]` are not those of {first}: {others:?}");
            found.push(Violation::new(path, text));
        }
    }
    if !seen {
        found.push(Violation::new("Cargo.toml", "no crate was found"));
    }
    found
}

/// The settings under each `[workspace.lints.…]`, in any order.
fn workspace_lints(text: &str) -> BTreeSet<(&str, &str)> {
    let (mut table, mut lints) = ("", BTreeSet::new());
    for line in text.lines().map(str::trim) {
        if line.starts_with('[') {
            table = line;
        } else if table.starts_with("[workspace.lints.")
            && !line.is_empty()
            && !line.starts_with('#')
        {
            lints.insert((table, line));
        }
    }
    lints
}

pub(super) fn check_reasons(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for source in tree.sources() {
        let code = shipped(source.text, Keep::Code);
        for start in ["allow(", "expect("] {
            for (at, _) in code.match_indices(start) {
                if !in_attribute(code.get(..at).unwrap_or_default()) {
                    continue;
                }
                let rest = code.get(at..).unwrap_or_default();
                let attribute = rest.split_once(")]").map_or(rest, |(inside, _)| inside);
                if !has_word(attribute, "reason") {
                    let before = code.get(..at).unwrap_or_default();
                    let line = before.matches('\n').count() + 1;
                    found.push(Violation::at(
                        source.path,
                        line,
                        format!("`{start}…)` without `reason`"),
                    ));
                }
            }
        }
    }
    found
}

/// Whether a lint's level that follows `before` stands in an attribute, of its own (`#[allow(`) or inside `cfg_attr`.
fn in_attribute(before: &str) -> bool {
    let before = before.trim_end();
    if before.ends_with("#[") || before.ends_with("#![") {
        return true;
    }
    let attribute = before.rfind("#[").max(before.rfind("#!["));
    attribute
        .and_then(|at| before.get(at..))
        .is_some_and(|text| {
            has_word(text, "cfg_attr") && text.ends_with(',') && !text.contains(")]")
        })
}

/// Integration tests included; the compiler forbids it too, where a crate takes the lints.
pub(super) fn check_unsafe(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (path, text) in tree.with_ending(".rs") {
        let code = shipped(text, Keep::Code);
        for line in lines_where(&code, |line| has_word(line, "unsafe")) {
            found.push(Violation::at(path, line, "unsafe code"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_crate_without_the_lints_is_found() {
        let tree = Tree::of(&[
            ("Cargo.toml", "[workspace]\n"),
            (
                "crates/a/Cargo.toml",
                "[package]\nname = \"a\"\n\n[lints]\nworkspace = true\n",
            ),
            ("crates/b/Cargo.toml", "[package]\nname = \"b\"\n"),
            (
                "crates/c/Cargo.toml",
                "[package]\n[lints]\nrust.unused = \"allow\"\n",
            ),
        ]);
        let places: Vec<String> = check_lints(&tree).into_iter().map(|v| v.place).collect();
        assert_eq!(places, ["crates/b/Cargo.toml", "crates/c/Cargo.toml"]);
    }

    #[test]
    fn a_workspace_with_lints_of_its_own_is_found() {
        let package = "[package]\n[lints]\nworkspace = true\n";
        let root = "[workspace]\n[workspace.lints.clippy]\nall = \"deny\"\npanic = \"deny\"\n";
        let same = format!(
            "[workspace]\n# Why.\n[workspace.lints.clippy]\npanic = \"deny\"\n\nall = \"deny\"\n{package}"
        );
        let found = |other: &str| {
            let tree = Tree::of(&[("Cargo.toml", root), ("bench/Cargo.toml", other)]);
            check_lints(&tree).len()
        };
        assert_eq!(found(&same), 0);
        assert_eq!(found(&same.replace("panic", "todo")), 1);
        assert_eq!(found(&format!("[workspace]\n{package}")), 1);
        // Without any, and without taking any.
        assert_eq!(found("[workspace]\n[package]\n"), 2);
    }

    #[test]
    fn a_lint_silenced_without_a_reason_is_found() {
        let tree = Tree::of(&[(
            "crates/a/src/lib.rs",
            "#[allow(clippy::x)]\nfn f() {}\n#[expect(\n  clippy::y,\n  reason = \"proof\"\n)]\nfn g() {}\n#![allow(z)]\n#[cfg(test)]\nmod tests { #[allow(w)] fn t() {} }\n\
             #[cfg_attr(all(), allow(v))]\nfn h() { x.expect(\"y\"); }\n#[cfg_attr(any(), u, expect(t, reason = \"r\"))]\nfn i() {}\n",
        )]);
        let places: Vec<String> = check_reasons(&tree).into_iter().map(|v| v.place).collect();
        assert_eq!(
            places,
            [
                "crates/a/src/lib.rs:1",
                "crates/a/src/lib.rs:8",
                "crates/a/src/lib.rs:11"
            ]
        );
    }

    #[test]
    fn unsafe_code_is_found() {
        let tree = Tree::of(&[(
            "crates/a/tests/t.rs",
            "// unsafe\nfn f() { unsafe { g() } }\n#![forbid(unsafe_code)]\n",
        )]);
        assert_eq!(
            check_unsafe(&tree),
            [Violation::at("crates/a/tests/t.rs", 2, "unsafe code")]
        );
    }
}
