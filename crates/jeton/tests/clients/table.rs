//! Which client calls which route, from the server's own log, held against the committed table.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};

use crate::world::World;

const HEAD: &str = "\
# Clients

Which routes each client called, GitHub's and npm's, unmodified, when it was last tried against this server, from the server's own log. The tests in
`crates/jeton/tests/clients` run them, and fail where this table says something else. What is not served is answered 404, and stands
here as such.

";

fn file() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../docs/reference/clients.md")
}

/// The field of a line of the log.
fn field<'a>(line: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = line.split_once(&format!(" {name}="))?;
    let rest = rest.split(" status=").next()?;
    let rest = rest
        .strip_prefix('"')
        .map_or_else(|| rest.split(' ').next(), |rest| rest.split('"').next())?;
    Some(rest)
}

/// What the person in front of a client asks for with their browser.
const PERSON: [&str; 5] = [
    "/login",
    "/login/device",
    "/login/device/answer",
    "/login/npm/{code}",
    "/login/oauth/authorize",
];

/// The calls, each once: `GET /user` and what is not served with its status.
fn calls(log: &str) -> BTreeSet<String> {
    let mut calls = BTreeSet::new();
    for line in log.lines() {
        if line.contains("answered") {
            let (Some(method), Some(route)) = (field(line, "method"), field(line, "route")) else {
                panic!("a line without method and route: {line}");
            };
            if route != "/readyz" && !PERSON.contains(&route) {
                // `/user/keys` is no person of that number.
                let nowhere = route.ends_with("_id}") && line.contains(" status=404");
                let said = if nowhere { ": 404" } else { "" };
                calls.insert(format!("`{method} {route}`{said}"));
            }
        } else if line.contains("not served") {
            let (method, path) = (field(line, "method").unwrap(), field(line, "path").unwrap());
            calls.insert(format!("`{method} {path}`: 404"));
        }
    }
    calls
}

static WRITING: Mutex<()> = Mutex::new(());

/// Holds what `client` called against its section.
#[track_caller]
pub(crate) fn held(world: &World, client: &str) {
    let log = world.log();
    assert!(
        !log.contains(" ERROR ") && !log.contains("panicked"),
        "{log}"
    );
    let calls = calls(&log);
    assert!(!calls.is_empty(), "{client} called nothing");
    let mut section = format!("## {client}\n\n");
    for call in &calls {
        let _ = writeln!(section, "- {call}");
    }
    let committed = std::fs::read_to_string(file()).unwrap_or_default();
    if std::env::var_os("JETON_WRITE_CLIENTS").is_some() {
        write(client, &section);
        return;
    }
    let found = sections(&committed)
        .into_iter()
        .find(|found| name(found) == client);
    let found = found.unwrap_or_default();
    assert_eq!(
        found.trim_end(),
        section.trim_end(),
        "docs/reference/clients.md: write it with JETON_WRITE_CLIENTS=1"
    );
}

fn name(section: &str) -> &str {
    section
        .lines()
        .next()
        .unwrap_or_default()
        .trim_start_matches("## ")
}

fn sections(text: &str) -> Vec<String> {
    let parts = text.split("\n## ").skip(1);
    parts
        .map(|part| format!("## {}\n", part.trim_end()))
        .collect()
}

/// Tests run one beside another, and with nextest each in a process of its own: the file is taken by its name.
fn write(client: &str, section: &str) {
    let _one = WRITING.lock().unwrap_or_else(PoisonError::into_inner);
    let lock = file().with_extension("lock");
    while std::fs::create_dir(&lock).is_err() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let committed = std::fs::read_to_string(file()).unwrap_or_default();
    let mut sections = sections(&committed);
    sections.retain(|found| name(found) != client);
    sections.push(section.to_owned());
    sections.sort_by_key(|section| name(section).to_ascii_lowercase());
    std::fs::write(file(), format!("{HEAD}{}", sections.join("\n"))).unwrap();
    std::fs::remove_dir(lock).unwrap();
}

/// Every client that a test runs has a section, and no other has.
#[test]
fn the_table_has_the_clients_that_are_run_and_no_others() {
    let mut run = BTreeSet::new();
    for entry in std::fs::read_dir(crate::world::scripts()).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|kind| kind == "rs") {
            let text = std::fs::read_to_string(path).unwrap();
            // A test may hold its world by reference.
            let text = text.replace(concat!("held(", "world, "), concat!("held(", "&world, "));
            for part in text.split("held(&world, \"").skip(1) {
                run.insert(part.split('"').next().unwrap().to_owned());
            }
        }
    }
    // This file's own word for it.
    let _ = run.remove("");
    let committed = std::fs::read_to_string(file()).unwrap();
    let listed: BTreeSet<String> = sections(&committed)
        .iter()
        .map(|section| name(section).to_owned())
        .collect();
    assert_eq!(listed, run);
    for section in sections(&committed) {
        assert!(section.contains("\n- `"), "{section}");
    }
}
