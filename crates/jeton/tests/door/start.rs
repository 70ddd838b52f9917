//! What stands before the first request: folder, settings, keys and database, with the real binary.

use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;

use crate::binary::{Machine, Said};

fn refused(machine: &Machine) -> Said {
    machine.serve(&[], &[]).err().unwrap()
}

#[test]
fn a_data_folder_has_one_server() {
    let machine = Machine::new();
    let mut first = machine.up();
    let process = format!("by process {}", first.process());
    refused(&machine).failed(2, &["is already in use", &process, "jeton admin status"]);
    let mode = std::fs::metadata(machine.data())
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o700);
    // The one that runs is not disturbed, and the next one finds the folder free.
    machine.admin(&["status"]).well();
    let address = first.url.trim_start_matches("http://").to_owned();
    first.stop();
    assert!(TcpStream::connect(&address).is_err());
    machine.up();
}

#[test]
fn a_flag_comes_before_a_variable_before_the_file() {
    let machine = Machine::new();
    std::fs::create_dir(machine.data()).unwrap();
    std::fs::write(
        machine.data().join("jeton.toml"),
        "public_url = 'http://file.example'\n",
    )
    .unwrap();
    let other = machine.path("other.toml");
    std::fs::write(&other, "public_url = 'http://other.example'\n").unwrap();
    let url = |flags: &[&str], variables: &[(&str, &str)]| {
        machine.serve(flags, variables).unwrap().url.clone()
    };
    let variable = [("JETON_PUBLIC_URL", "http://variable.example")];
    assert_eq!(url(&[], &[]), "http://file.example");
    assert_eq!(url(&["--config", &other], &[]), "http://other.example");
    assert_eq!(url(&[], &variable), "http://variable.example");
    assert_eq!(
        url(&["--config", &other], &variable),
        "http://variable.example"
    );
    assert_eq!(
        url(&["--public-url", "http://flag.example"], &variable),
        "http://flag.example"
    );
    // The data folder itself can be told by variable, with its file in it.
    let elsewhere = machine.path("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    std::fs::write(format!("{elsewhere}/jeton.toml"), "listen = 'nonsense'\n").unwrap();
    let mut command = machine.command(env!("CARGO_BIN_EXE_jeton"), "operator", &["serve"]);
    let said = command.env("JETON_DATA", &elsewhere).output().unwrap();
    let err = String::from_utf8(said.stderr).unwrap();
    assert_eq!(said.status.code(), Some(2));
    assert!(
        err.contains("`listen` in") && err.contains("elsewhere/jeton.toml"),
        "{err}"
    );
}

#[test]
fn settings_that_mean_nothing_are_refused_by_name() {
    let machine = Machine::new();
    let file = machine.path("settings.toml");
    for (text, says) in [
        ("lissten = '127.0.0.1:0'", "`lissten` is no setting"),
        ("git = 3", "git"),
        ("[git]\nwall = 'soon'", "git.wall"),
        ("[limits]\nbody_bytes = 1.5", "limits.body_bytes"),
        ("[limits]\nconnections = 0", "at least 1"),
        ("listen = ", "is no TOML"),
        ("[proxies]\ntrusted = ['nowhere']", "proxies.trusted"),
        ("database = 'mysql://x'", "`postgres://…`"),
    ] {
        std::fs::write(&file, text).unwrap();
        let said = machine.serve(&["--config", &file], &[]).err().unwrap();
        said.failed(2, &[says]);
    }
    let gone = machine.path("gone.toml");
    machine
        .serve(&["--config", &gone], &[])
        .err()
        .unwrap()
        .failed(2, &["gone.toml"]);
    // A secret has no flag: every process can read flags.
    machine
        .serve(&["--keys", "1:x"], &[])
        .err()
        .unwrap()
        .failed(2, &["--keys"]);
}

#[test]
fn without_its_keys_it_does_not_start() {
    let machine = Machine::new();
    machine.set_up(&machine.up(), &[]);
    let keys = machine.data().join("keys");
    assert_eq!(
        std::fs::metadata(&keys).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let right = std::fs::read(&keys).unwrap();
    std::fs::remove_file(&keys).unwrap();
    let said = refused(&machine);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(
        !keys.exists(),
        "no other keys are made in their place: {said:?}"
    );
    let other = Machine::new();
    other.up();
    std::fs::copy(other.data().join("keys"), &keys).unwrap();
    assert_eq!(refused(&machine).code, 2);
    std::fs::write(&keys, right).unwrap();
    let server = machine.up();
    let words = ["login", &server.url, "--user", "ann", "--password-stdin"];
    machine
        .jeton_told("ann", &words, crate::binary::PASSWORD)
        .well();
}

#[test]
fn a_database_that_is_newer_locked_or_none_is_refused_and_left_alone() {
    let machine = Machine::new();
    machine.up();
    let path = machine.data().join("jeton.db");
    let database = rusqlite::Connection::open(&path).unwrap();
    let newer = "INSERT INTO migrations SELECT 999, 'later', digest, applied_at FROM migrations WHERE version = 1";
    database.execute_batch(newer).unwrap();
    refused(&machine).failed(2, &["from a newer version", "schema 999"]);
    let kept: i64 = database
        .query_row("SELECT max(version) FROM migrations", [], |row| row.get(0))
        .unwrap();
    assert_eq!(kept, 999);
    database
        .execute_batch("DELETE FROM migrations WHERE version = 999")
        .unwrap();
    database
        .execute_batch("PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE")
        .unwrap();
    refused(&machine).failed(2, &["locked by another program"]);
    drop(database);
    machine.up();
    for extra in ["jeton.db-wal", "jeton.db-shm"] {
        let _ = std::fs::remove_file(machine.data().join(extra));
    }
    std::fs::write(
        &path,
        "this is no database, whatever its name is".repeat(40),
    )
    .unwrap();
    let said = refused(&machine);
    assert_eq!(said.code, 2, "{said:?}");
    assert!(
        std::fs::read_to_string(&path)
            .unwrap()
            .starts_with("this is no database")
    );
}
