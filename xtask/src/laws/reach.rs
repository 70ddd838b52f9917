//! What only some crates may reach for: the database, the outside, other programs.

use super::Violation;
use super::levels::proves;
use crate::graph::{Graph, Kind};
use crate::rust_text::{Keep, has_word, lines_where, shipped};
use crate::tree::{Source, Tree};

const SQL: [&str; 7] = [
    "SELECT ",
    "INSERT INTO ",
    "DELETE FROM ",
    "CREATE TABLE ",
    "rusqlite::",
    "tokio_postgres::",
    " postgres::",
];
const DATABASES: [&str; 3] = ["rusqlite", "postgres", "tokio-postgres"];
const OUTGOING: [&str; 3] = ["reqwest", "ureq", "lettre"];

/// Who may start programs: `repo` runs git, `jeton` is the process that serves, `client` runs helpers and pagers.
const STARTERS: [&str; 4] = ["repo", "jeton", "client", "xtask"];

fn in_proof(source: Source<'_>) -> bool {
    proves(&format!("jeton-{}", source.crate_folder))
}

pub(super) fn check_sql(tree: &Tree, graph: &Graph) -> Vec<Violation> {
    let mut found = Vec::new();
    for source in tree.sources() {
        // This tool names the words that it looks for.
        if matches!(source.crate_folder, "store" | "xtask") || in_proof(source) {
            continue;
        }
        let text = shipped(source.text, Keep::Strings);
        for word in SQL {
            for line in lines_where(&text, |line| line.contains(word)) {
                found.push(Violation::at(
                    source.path,
                    line,
                    format!("`{}`", word.trim()),
                ));
            }
        }
    }
    found.extend(check_needs(graph, &DATABASES, &["jeton-store"]));
    found
}

pub(super) fn check_outgoing(graph: &Graph) -> Vec<Violation> {
    check_needs(graph, &OUTGOING, &["jeton-out", "jeton-client"])
}

/// Crates of ours, other than `allowed` and those that prove, that directly need one of `banned`.
fn check_needs(graph: &Graph, banned: &[&str], allowed: &[&str]) -> Vec<Violation> {
    let mut found = Vec::new();
    for package in graph.ours() {
        if proves(&package.name) || allowed.contains(&package.name.as_str()) {
            continue;
        }
        for (need, kinds) in graph.needs(package) {
            let ships = kinds.iter().any(|&kind| kind != Kind::Dev);
            if ships && banned.contains(&need.name.as_str()) {
                found.push(Violation::new(
                    &package.name,
                    format!("may not need `{}`", need.name),
                ));
            }
        }
    }
    found
}

pub(super) fn check_programs(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for source in tree.sources() {
        if STARTERS.contains(&source.crate_folder) || in_proof(source) {
            continue;
        }
        let code = shipped(source.text, Keep::Code);
        let starts = |line: &str| line.contains("process::") && has_word(line, "Command");
        for line in lines_where(&code, starts) {
            found.push(Violation::at(source.path, line, "starts a program"));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sql_outside_the_store_is_found() {
        let query = "/// SELECT is fine here.\nconst Q: &str = \"SELECT 1 FROM x\";\n";
        let tree = Tree::of(&[
            ("crates/store/src/a.rs", query),
            ("crates/app/src/a.rs", query),
            ("crates/api/src/b.rs", "use rusqlite::Connection;\n"),
            ("crates/app/src/c.rs", "use jeton_store::postgres::Pool;\n"),
        ]);
        let found = check_sql(&tree, &Graph::default());
        assert_eq!(
            found,
            [
                Violation::at("crates/api/src/b.rs", 1, "`rusqlite::`"),
                Violation::at("crates/app/src/a.rs", 2, "`SELECT`"),
            ]
        );
        let graph = Graph::of(&[
            "jeton-app: +rusqlite",
            "jeton-store: +rusqlite, +postgres",
            "jeton-testkit: +postgres",
            "jeton-api: dev +postgres",
        ]);
        assert_eq!(
            check_sql(&Tree::default(), &graph),
            [Violation::new("jeton-app", "may not need `rusqlite`")]
        );
    }

    #[test]
    fn a_way_to_the_outside_is_found() {
        let graph = Graph::of(&[
            "jeton-app: +ureq",
            "jeton-client: +ureq",
            "jeton-out: +lettre",
        ]);
        assert_eq!(
            check_outgoing(&graph),
            [Violation::new("jeton-app", "may not need `ureq`")]
        );
    }

    #[test]
    fn starting_a_program_is_found() {
        let tree = Tree::of(&[
            ("crates/repo/src/run.rs", "use std::process::Command;\n"),
            (
                "crates/git/src/a.rs",
                "use tokio::process::{Child, Command};\n",
            ),
            (
                "crates/api/src/a.rs",
                "// std::process::Command\nlet c = Command::Create;\n",
            ),
            ("crates/app/src/a.rs", "std::process::Command::new(x);\n"),
        ]);
        let places: Vec<String> = check_programs(&tree).into_iter().map(|v| v.place).collect();
        assert_eq!(places, ["crates/app/src/a.rs:1", "crates/git/src/a.rs:1"]);
    }
}
