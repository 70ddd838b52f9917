//! The middle is pure: what it needs and what its text reaches for.

use std::collections::BTreeSet;

use super::Violation;
use crate::graph::Graph;
use crate::process;
use crate::rust_text::{Keep, has_word, in_word, lines_where, lines_with, shipped};
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

/// The parts of `std` that are functions of their arguments. Whatever is not named here is refused, so that a new way to the
/// clock or the disk is found without being known.
const PURE_STD: [&str; 19] = [
    "array",
    "borrow",
    "cmp",
    "collections",
    "convert",
    "error",
    "fmt",
    "hash",
    "iter",
    "marker",
    "mem",
    "net",
    "num",
    "ops",
    "ptr",
    "slice",
    "str",
    "string",
    "sync",
];

/// Words that reach outside through a part that is otherwise pure, or without naming `std`.
const BANNED_WORDS: [&str; 12] = [
    "TcpStream",
    "TcpListener",
    "UdpSocket",
    "ToSocketAddrs",
    "SystemTime",
    "Instant",
    "UNIX_EPOCH",
    "elapsed",
    "RandomState",
    "async",
    "println",
    "eprintln",
];

pub(super) fn check_needs(graph: &Graph) -> Vec<Violation> {
    needs(graph, alone)
}

/// What a crate needs when nothing else is built with it. In the workspace's graph a library has every feature that
/// anybody turns on, and so needs what only others use of it. `None`: cargo could not tell.
fn alone(package: &str) -> Option<BTreeSet<String>> {
    let words = [
        "tree", "--locked", "-p", package, "-e", "normal", "--prefix", "none",
    ];
    let text = process::read(&mut process::cargo(&words)).ok()?;
    Some(
        text.lines()
            .filter_map(|line| line.split(' ').next())
            .map(str::to_owned)
            .collect(),
    )
}

fn needs(graph: &Graph, alone: impl Fn(&str) -> Option<BTreeSet<String>>) -> Vec<Violation> {
    graph
        .ours()
        .filter(|package| {
            PURE.iter()
                .any(|pure| package.name == format!("jeton-{pure}"))
        })
        .flat_map(|package| {
            BANNED
                .iter()
                .filter_map(|banned| Some((banned, graph.way(package, banned)?)))
                .filter(|(banned, _)| {
                    alone(&package.name).is_none_or(|needed| needed.contains(**banned))
                })
                .map(|(_, way)| way)
                .collect::<Vec<_>>()
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
        for (line, part) in parts_of_std(&code) {
            if !PURE_STD.contains(&part) {
                found.push(Violation::at(source.path, line, format!("`std::{part}`")));
            }
        }
        for banned in BANNED_WORDS {
            for line in lines_where(&code, |line| has_word(line, banned)) {
                found.push(Violation::at(source.path, line, format!("`{banned}`")));
            }
        }
        for line in lines_with(&code, "static mut") {
            found.push(Violation::at(source.path, line, "`static mut`"));
        }
    }
    found
}

/// What stands directly under `std` in paths and imports, grouped ones included; the whole of it (`use std;`, `std::*`, a
/// renaming) comes as the text that follows.
fn parts_of_std(code: &str) -> Vec<(usize, &str)> {
    let mut parts = Vec::new();
    for (at, _) in code.match_indices("std") {
        let (before, rest) = code.split_at(at);
        let rest = rest.get(3..).unwrap_or_default();
        let inside_a_word = before.chars().next_back().is_some_and(in_word)
            || rest.chars().next().is_some_and(in_word);
        if inside_a_word {
            continue;
        }
        let line = before.matches('\n').count() + 1;
        match rest.trim_start().strip_prefix("::").map(str::trim_start) {
            None => parts.push((line, "")),
            Some(group) if group.starts_with('{') => {
                parts.extend(first_of_each(group).map(|part| (line, part)));
            }
            Some(path) => parts.push((line, first_word(path))),
        }
    }
    parts
}

/// `{a, b::{c, d}, e}` has `a`, `b` and `e`.
fn first_of_each(group: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0_usize;
    let mut starts = Vec::new();
    for (at, c) in group.char_indices() {
        match c {
            '{' => {
                depth += 1;
                if depth == 1 {
                    starts.push(at + 1);
                }
            }
            '}' if depth == 1 => break,
            '}' => depth -= 1,
            ',' if depth == 1 => starts.push(at + 1),
            _ => {}
        }
    }
    starts
        .into_iter()
        .filter_map(|at| group.get(at..))
        .map(|text| first_word(text.trim_start()))
        .filter(|part| !part.is_empty())
}

fn first_word(text: &str) -> &str {
    let end = text.find(|c| !in_word(c)).unwrap_or(text.len());
    match text.get(..end) {
        // `*` is everything.
        Some("") if text.starts_with('*') => "*",
        word => word.unwrap_or_default(),
    }
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
        let found = needs(&far, |_| None);
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(
            found
                .iter()
                .any(|v| v.what == "jeton-decide → jeton-domain → a → tokio")
        );
        let tests = Graph::of(&["jeton-token: +hmac, dev +rand", "jeton-app: +tokio"]);
        assert_eq!(needs(&tests, |_| None), []);
    }

    #[test]
    fn what_only_another_crates_features_bring_is_no_need_of_a_pure_one() {
        let graph = Graph::of(&["jeton-token: +hmac", "+hmac: +getrandom"]);
        let of = |names: &[&str]| Some(names.iter().map(|name| (*name).to_owned()).collect());
        assert_eq!(needs(&graph, |_| of(&["jeton-token", "hmac"])), []);
        let found = needs(&graph, |_| of(&["jeton-token", "hmac", "getrandom"]));
        assert_eq!(found.len(), 1);
        let own = alone("jeton-token").unwrap();
        assert!(
            own.contains("hmac") && !own.contains("getrandom"),
            "{own:?}"
        );
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
        let at = |what: &str| Violation::at("crates/domain/src/time.rs", 2, what);
        assert_eq!(found, [at("`std::time`"), at("`SystemTime`")]);
    }

    #[test]
    fn the_clock_is_found_behind_a_grouped_import_a_renaming_and_a_method() {
        let planted = "use std::{fs, fmt::{self, Display}, time as t};\nuse std as s;\nuse std::*;\n\
                       fn f(x: t::SystemTime) { x.elapsed(); }\nuse std\n  ::env;\nlet stdx = 1;\n";
        let tree = Tree::of(&[("crates/decide/src/a.rs", planted)]);
        let what: Vec<String> = check_text(&tree).iter().map(ToString::to_string).collect();
        let at = |line: usize, what: &str| format!("crates/decide/src/a.rs:{line}: `{what}`");
        assert_eq!(
            what,
            [
                at(1, "std::fs"),
                at(1, "std::time"),
                at(2, "std::"),
                at(3, "std::*"),
                at(5, "std::env"),
                at(4, "SystemTime"),
                at(4, "elapsed"),
            ]
        );
    }
}
