//! What only some crates may reach for: the database, the outside, other programs.

use super::Violation;
use super::levels::proves;
use crate::graph::{Graph, Kind};
use crate::rust_text::{Keep, has_word, lines_where, shipped};
use crate::tree::{Source, Tree};

const SQL: [&str; 10] = [
    "SELECT ",
    "INSERT INTO ",
    // Not the word alone: a hook of Git's has the name.
    " SET ",
    "DELETE FROM ",
    "CREATE TABLE ",
    "DROP TABLE ",
    "Sql::",
    "rusqlite::",
    "tokio_postgres::",
    " postgres::",
];
const DATABASES: [&str; 3] = ["rusqlite", "postgres", "tokio-postgres"];
const OUTGOING: [&str; 3] = ["reqwest", "ureq", "lettre"];

/// Ways of the standard library and of the runtime to reach another machine. What the listener is given, it names by type
/// only; `AF_UNIX` does not leave the machine.
const SOCKETS: [&str; 7] = [
    "TcpStream::connect",
    "UdpSocket",
    "TcpSocket",
    "ToSocketAddrs",
    "to_socket_addrs",
    "lookup_host",
    "HttpConnector",
];
/// Who may: the client, what sends mail and webhooks, and the database's own connection.
const OUTSIDE: [&str; 4] = ["out", "client", "store", "xtask"];

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

pub(super) fn check_outgoing(tree: &Tree, graph: &Graph) -> Vec<Violation> {
    let mut found = check_needs(graph, &OUTGOING, &["jeton-out", "jeton-client"]);
    for source in tree.sources() {
        if OUTSIDE.contains(&source.crate_folder) || in_proof(source) {
            continue;
        }
        let code = shipped(source.text, Keep::Code);
        for socket in SOCKETS {
            for line in lines_where(&code, |line| line.contains(socket)) {
                found.push(Violation::at(source.path, line, format!("`{socket}`")));
            }
        }
        // `use std::net::TcpStream as S; S::connect(…)`: the module alone is named where something is imported from it.
        for line in lines_where(&code, |line| {
            line.contains("net::TcpStream") && line.contains(" as ")
        }) {
            found.push(Violation::at(
                source.path,
                line,
                "`TcpStream` by another name",
            ));
        }
    }
    found
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
            (
                "crates/git/src/d.rs",
                "fn f(u: U) { u.execute(Sql::built(\"UPDATE tokens SET x = 1\".into())) }\n",
            ),
        ]);
        let found = check_sql(&tree, &Graph::default());
        assert_eq!(
            found,
            [
                Violation::at("crates/api/src/b.rs", 1, "`rusqlite::`"),
                Violation::at("crates/app/src/a.rs", 2, "`SELECT`"),
                Violation::at("crates/git/src/d.rs", 1, "`SET`"),
                Violation::at("crates/git/src/d.rs", 1, "`Sql::`"),
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
            check_outgoing(&Tree::default(), &graph),
            [Violation::new("jeton-app", "may not need `ureq`")]
        );
        let dials = "// UdpSocket\nfn f() { std::net::TcpStream::connect(\"203.0.113.1:80\"); }\n\
                     use tokio::net::TcpStream as Other;\nfn g(x: TcpStream) {}\n";
        let tree = Tree::of(&[
            ("crates/app/src/a.rs", dials),
            ("crates/client/src/a.rs", dials),
        ]);
        let places: Vec<String> = check_outgoing(&tree, &Graph::default())
            .into_iter()
            .map(|v| v.place)
            .collect();
        assert_eq!(places, ["crates/app/src/a.rs:2", "crates/app/src/a.rs:3"]);
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
