//! Every query and every migration keeps to what SQLite and PostgreSQL both understand, and understand alike.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Files that speak to one engine on purpose.
const ENGINES: &[&str] = &["sqlite.rs", "postgres.rs", "migrations.rs"];

/// What is kept out, as words separated by one space, with the reason.
const BANNED: &[(&str, &str)] = &[
    (
        "FOR UPDATE",
        "a write unit holds the head: nothing else is to be locked",
    ),
    (
        "FOR SHARE",
        "a write unit holds the head: nothing else is to be locked",
    ),
    ("SKIP LOCKED", "PostgreSQL only"),
    ("ARRAY", "PostgreSQL only"),
    ("ANY (", "PostgreSQL only: use in_list"),
    ("->", "JSON is opaque text"),
    ("@>", "JSON is opaque text"),
    ("JSONB", "JSON is opaque text"),
    ("JSON", "JSON is opaque text"),
    ("JSON_EXTRACT", "JSON is opaque text"),
    ("NOW (", "time is an argument"),
    ("CURRENT_TIMESTAMP", "time is an argument"),
    ("STRFTIME", "time is an argument"),
    ("DATETIME", "time is an argument"),
    ("TIMESTAMP", "times are integers"),
    ("TIMESTAMPTZ", "times are integers"),
    ("RANDOM (", "randomness is an argument"),
    ("LOWER (", "names are folded before they are stored"),
    ("UPPER (", "names are folded before they are stored"),
    ("ILIKE", "PostgreSQL only"),
    ("LIKE", "its case rule differs"),
    ("GLOB", "SQLite only"),
    ("REGEXP", "SQLite only"),
    ("~", "PostgreSQL only"),
    ("TRIGGER", "what happens is written in the unit"),
    ("SERIAL", "ids come from the write unit"),
    ("BIGSERIAL", "ids come from the write unit"),
    ("AUTOINCREMENT", "ids come from the write unit"),
    ("GENERATED", "ids come from the write unit"),
    ("NEXTVAL", "ids come from the write unit"),
    ("ROWID", "SQLite only"),
    ("RETURNING *", "columns are named"),
    ("SELECT *", "columns are named"),
    ("BOOLEAN", "truth is 0 or 1"),
    ("TRUE", "truth is 0 or 1"),
    ("FALSE", "truth is 0 or 1"),
    ("::", "PostgreSQL only: use CAST"),
    ("IFNULL", "SQLite only: use COALESCE"),
    ("GROUP_CONCAT", "SQLite only"),
    ("STRING_AGG", "PostgreSQL only"),
    ("INSERT OR", "SQLite only: use ON CONFLICT"),
    ("REPLACE INTO", "SQLite only: use ON CONFLICT"),
    (
        "ON CONFLICT ON CONSTRAINT",
        "PostgreSQL only: name the columns",
    ),
    ("TRUNCATE", "PostgreSQL only"),
    ("PRAGMA", "SQLite only"),
    ("DISTINCT ON", "PostgreSQL only"),
    ("LATERAL", "PostgreSQL only"),
    ("AVG (", "its type differs"),
    ("REAL", "numbers are integers"),
    ("FLOAT", "numbers are integers"),
    ("NUMERIC", "numbers are integers"),
    ("VARCHAR", "text has one type"),
];

fn folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

fn files(name: &str, end: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![folder(name)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == end) {
                let name = path.file_name().unwrap().to_str().unwrap().to_owned();
                found.insert(name, fs::read_to_string(&path).unwrap());
            }
        }
    }
    assert!(!found.is_empty());
    found
}

/// Upper case words and marks, one space apart; what is quoted is left out.
fn normal(sql: &str) -> String {
    let mut out = String::new();
    let mut quoted = false;
    for character in sql.chars() {
        if character == '\'' {
            quoted = !quoted;
            out.push_str(" 'x' ");
        } else if quoted {
        } else if character.is_alphanumeric() || character == '_' || character == '$' {
            out.push(character.to_ascii_uppercase());
        } else if matches!(character, '-' | '>' | '@' | ':' | '|' | '<' | '=') {
            out.push(character);
        } else {
            out.push(' ');
            out.push(character);
            out.push(' ');
        }
    }
    let words: Vec<&str> = out.split_whitespace().collect();
    format!(" {} ", words.join(" "))
}

fn faults(sql: &str) -> Vec<String> {
    let text = normal(sql);
    let mut faults = Vec::new();
    for (banned, reason) in BANNED {
        // Marks stand anywhere, words only as whole words.
        let found = if banned.starts_with(char::is_alphabetic) {
            text.contains(&format!(" {banned} "))
        } else {
            text.contains(banned)
        };
        if found {
            faults.push(format!("`{banned}`: {reason}"));
        }
    }
    if sql.contains('"') {
        faults.push(
            "double quotes: an identifier to one engine, at times a string to the other".to_owned(),
        );
    }
    for (at, _) in text.match_indices(" LIMIT ") {
        if !same_level_before(&text, at).contains(" ORDER BY ") {
            faults.push("LIMIT without ORDER BY: any rows".to_owned());
        }
    }
    for (at, _) in text.match_indices(" SUM (") {
        if !text[..at].ends_with(" CAST (") {
            faults.push("SUM without CAST: it is no BIGINT on PostgreSQL".to_owned());
        }
    }
    faults
}

/// The text before `at` within the same brackets.
fn same_level_before(text: &str, at: usize) -> String {
    let mut depth = 0;
    let mut level = Vec::new();
    for character in text[..at].chars().rev() {
        match character {
            ')' => depth += 1,
            '(' if depth == 0 => break,
            '(' => depth -= 1,
            _ if depth == 0 => level.push(character),
            _ => {}
        }
    }
    format!("{} ", level.iter().rev().collect::<String>())
}

/// The string literals of a Rust source, comments and tests left out.
fn literals(source: &str) -> Vec<String> {
    let source = source.split("#[cfg(test)]").next().unwrap();
    let mut found = Vec::new();
    let mut characters = source.chars().peekable();
    while let Some(character) = characters.next() {
        match character {
            '/' if characters.peek() == Some(&'/') => {
                while characters.next().is_some_and(|next| next != '\n') {}
            }
            '\'' => {
                // A character literal, or a life: only the former can hold a quote.
                let mut ahead = characters.clone();
                if matches!((ahead.next(), ahead.next()), (Some('"'), Some('\''))) {
                    characters.next();
                    characters.next();
                }
            }
            '"' => {
                let mut text = String::new();
                while let Some(inner) = characters.next() {
                    match inner {
                        '"' => break,
                        '\\' => match characters.next() {
                            Some('\n') => {
                                while characters.next_if(|next| next.is_whitespace()).is_some() {}
                            }
                            Some('"') => text.push('"'),
                            _ => {}
                        },
                        _ => text.push(inner),
                    }
                }
                found.push(text);
            }
            _ => {}
        }
    }
    found
}

fn is_sql(literal: &str) -> bool {
    let starts = [
        "SELECT ", "INSERT ", "UPDATE ", "DELETE ", "WITH ", "CREATE ", "ALTER ", " AND ", " OR ",
        " WHERE ",
    ];
    starts.iter().any(|start| literal.starts_with(start))
        || (1..=9).any(|number| literal.contains(&format!("${number}")))
}

#[test]
fn every_query_is_portable() {
    let mut queries = 0;
    let mut wrong = Vec::new();
    for (name, source) in files("src", "rs") {
        if ENGINES.contains(&name.as_str()) {
            continue;
        }
        for literal in literals(&source)
            .into_iter()
            .filter(|literal| is_sql(literal))
        {
            queries += 1;
            wrong.extend(
                faults(&literal)
                    .into_iter()
                    .map(|fault| format!("{name}: {fault} in: {literal}")),
            );
        }
    }
    assert!(queries > 40, "the queries were not found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_migration_is_portable_and_says_why() {
    for (name, text) in files("migrations", "sql") {
        assert!(
            text.starts_with("-- "),
            "{name} does not begin with its reason"
        );
        let lines: Vec<&str> = text
            .lines()
            .filter(|line| !line.trim_start().starts_with("--"))
            .collect();
        let statements = lines.join("\n");
        let wrong = faults(&statements);
        assert!(wrong.is_empty(), "{name}: {wrong:?}");
        let text = normal(&statements);
        for banned in [
            " INTEGER ",
            " BIGINT ",
            " INT ",
            " TEXT ",
            " BLOB ",
            " BYTEA ",
        ] {
            let bare = text
                .replace("{ INT }", "")
                .replace("{ TEXT }", "")
                .replace("{ BYTES }", "");
            assert!(
                !bare.contains(banned),
                "{name} writes{banned}instead of a word of the dialect"
            );
        }
        for (at, _) in text.match_indices(" UNIQUE ") {
            assert!(
                text[at..].starts_with(" UNIQUE INDEX "),
                "{name}: a unique rule is a named index"
            );
        }
        for (at, _) in text.match_indices(" CHECK ") {
            let before: Vec<&str> = text[..at].split(' ').rev().take(2).collect();
            assert_eq!(
                before.get(1),
                Some(&"CONSTRAINT"),
                "{name}: a check has a name"
            );
        }
    }
}

/// SQLite tells a violation by the columns, so two unique indexes on the same columns could not be told apart.
#[test]
fn no_two_unique_indexes_have_the_same_columns() {
    let mut seen = BTreeMap::new();
    for (_, text) in files("migrations", "sql") {
        for line in text
            .lines()
            .filter(|line| line.starts_with("CREATE UNIQUE INDEX "))
        {
            let (index, on) = line.split_once(" ON ").unwrap();
            let columns = on.split(')').next().unwrap().to_owned();
            assert_eq!(seen.insert(columns, index.to_owned()), None, "{line}");
        }
    }
    assert!(seen.len() > 5);
}

#[test]
fn the_lint_sees_each_fault() {
    for sql in [
        "SELECT a FROM t WHERE id = $1 FOR UPDATE",
        "SELECT a->>'b' FROM t",
        "SELECT a FROM t WHERE a = ANY ($1)",
        "SELECT now()",
        "SELECT a FROM t WHERE lower(a) = $1",
        "SELECT a FROM t WHERE a ILIKE $1",
        "CREATE TRIGGER x",
        "CREATE TABLE t (a SERIAL)",
        "CREATE TABLE t (a INTEGER PRIMARY KEY AUTOINCREMENT)",
        "INSERT INTO t (a) VALUES ($1) RETURNING *",
        "SELECT * FROM t",
        "SELECT a FROM t LIMIT 1",
        "SELECT a FROM (SELECT a FROM t ORDER BY a) AS x LIMIT 1",
        "SELECT SUM(a) FROM t",
        "SELECT a::TEXT FROM t",
        "UPDATE t SET a = TRUE",
        "SELECT \"a\" FROM t",
        "SELECT a FROM t WHERE ARRAY[1] = a",
    ] {
        assert!(!faults(sql).is_empty(), "{sql}");
    }
    for sql in [
        "SELECT id FROM t WHERE x = 'now() is FOR UPDATE' ORDER BY id LIMIT 1",
        "SELECT CAST(SUM(a) AS BIGINT) FROM t",
        "UPDATE jobs SET a = $1 WHERE id = (SELECT id FROM jobs ORDER BY due_at LIMIT 1) RETURNING id",
        "UPDATE t SET updated_at = $1",
    ] {
        assert_eq!(faults(sql), Vec::<String>::new(), "{sql}");
    }
    assert_eq!(
        literals("let a = '\"'; f(\"SELECT \\\n   1\"); // \"no\"\n\"b\""),
        ["SELECT 1", "b"]
    );
}
