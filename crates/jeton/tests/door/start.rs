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
    refused(&machine).failed(11, &["is already in use", &process, "jeton admin status"]);
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
fn a_misspelt_variable_or_key_is_refused_with_the_name_that_was_meant() {
    let machine = Machine::new();
    let serve = |variables: &[(&str, &str)]| machine.serve(&[], variables);
    serve(&[("JETON_LISTN", "hunter2")])
        .err()
        .unwrap()
        .failed(2, &["`JETON_LISTN`", "did you mean `JETON_LISTEN`?"]);
    let log = std::fs::read_to_string(machine.folder.path().join("log")).unwrap();
    assert!(!log.contains("hunter2"), "{log}");
    // What the client is told stands in the same environment, and is no setting.
    serve(&[("JETON_HOST", "http://x"), ("JETON_TOKEN", "t")]).unwrap();
    let file = machine.path("misspelt.toml");
    std::fs::write(&file, "[tls]\ncertficate = 'x'\n").unwrap();
    let said = machine.serve(&["--config", &file], &[]).err().unwrap();
    let said = said.failed(
        2,
        &["did you mean `tls.certificate`?", "jeton serve --help"],
    );
    assert!(!said.err.contains("internal-docs"), "{said:?}");
}

#[test]
fn errors_are_one_object_where_json_is_asked_for() {
    let machine = Machine::new();
    let mut server = machine.up();
    let object = |said: Said, code: i32| -> serde_json::Value {
        assert_eq!((said.code, said.out.as_str()), (code, ""), "{said:?}");
        serde_json::from_str(&said.err).unwrap_or_else(|error| panic!("{error}: {said:?}"))
    };
    let data = machine.data().display().to_string();
    let serve = |flag: &str| machine.jeton("operator", &["--json", "serve", "--data", &data, flag]);
    let in_use = object(serve("--git-children=1"), 11);
    assert_eq!(in_use["error"], "in_use");
    assert!(
        in_use["message"]
            .as_str()
            .unwrap()
            .contains("already in use")
    );
    let usage = object(serve("--nonsense"), 2);
    assert_eq!(usage["error"], "usage");
    assert!(usage["message"].as_str().unwrap().contains("--nonsense"));
    machine.set_up(&server, &[]);
    let gone = object(
        machine.jeton("ann", &["--json", "repo", "show", "ann/gone"]),
        5,
    );
    assert_eq!(
        (&gone["error"], &gone["status"]),
        (&"not_found".into(), &404.into())
    );
    assert!(
        gone["request_id"].is_string() && gone["hint"].is_string(),
        "{gone}"
    );
    let taken = object(machine.admin(&["--json", "setup-code"]), 7);
    assert_eq!(taken["status"], 409);
    server.stop();
    let away = object(machine.jeton("ann", &["--json", "status"]), 9);
    assert_eq!(away["error"], "network");
}

#[test]
fn what_the_server_makes_is_its_own_account_s_alone() {
    let machine = Machine::new();
    std::fs::create_dir(machine.data()).unwrap();
    // As an earlier version, or a careless restore, leaves it.
    std::fs::write(machine.data().join("jeton.db"), "").unwrap();
    let open = std::fs::Permissions::from_mode(0o644);
    std::fs::set_permissions(machine.data().join("jeton.db"), open).unwrap();
    let server = machine.up();
    machine.set_up(&server, &[]);
    machine.jeton("ann", &["repo", "create", "labs"]).well();
    let mut folders = vec![machine.data()];
    let mut files = 0;
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let entry = entry.unwrap();
            let found = entry.metadata().unwrap();
            if found.is_symlink() {
                continue;
            }
            let mode = found.permissions().mode() & 0o777;
            assert_eq!(mode & 0o077, 0, "{:?} is {mode:o}", entry.path());
            files += usize::from(found.is_file());
            if found.is_dir() {
                folders.push(entry.path());
            }
        }
    }
    for name in [
        "jeton.db",
        "jeton.db-wal",
        "jeton.db-shm",
        "tombstones",
        "keys",
    ] {
        assert!(machine.data().join(name).is_file(), "{name}");
    }
    assert!(files > 10);
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
    assert_eq!(said.code, 10, "{said:?}");
    assert!(
        !keys.exists(),
        "no other keys are made in their place: {said:?}"
    );
    let other = Machine::new();
    other.up();
    std::fs::copy(other.data().join("keys"), &keys).unwrap();
    assert_eq!(refused(&machine).code, 10);
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
    refused(&machine).failed(10, &["from a newer version", "schema 999"]);
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
    refused(&machine).failed(11, &["locked by another program"]);
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
    assert_eq!(said.code, 10, "{said:?}");
    assert!(
        std::fs::read_to_string(&path)
            .unwrap()
            .starts_with("this is no database")
    );
}

/// Modes do not hold up the superuser, for whom the server runs as nobody here.
#[test]
fn a_database_that_can_not_be_written_is_refused() {
    use std::os::unix::fs::{PermissionsExt, chown};
    use std::os::unix::process::CommandExt;
    const NOBODY: u32 = 65534;
    let machine = Machine::new();
    machine.up();
    let data = machine.data();
    let file = data.join("jeton.db");
    // A copy, because nobody may be unable to reach the folder of the build.
    let program = machine.path("jeton");
    std::fs::copy(env!("CARGO_BIN_EXE_jeton"), &program).unwrap();
    let words = [
        "serve",
        "--data",
        data.to_str().unwrap(),
        "--listen",
        "127.0.0.1:0",
    ];
    let mut command = machine.command(&program, "operator", &words);
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o400)).unwrap();
    if std::fs::OpenOptions::new().write(true).open(&file).is_ok() {
        let mut left = vec![machine.folder.path().to_owned()];
        while let Some(path) = left.pop() {
            chown(&path, Some(NOBODY), Some(NOBODY)).unwrap();
            if path.is_dir() {
                let inside = std::fs::read_dir(&path).unwrap();
                left.extend(inside.map(|entry| entry.unwrap().path()));
            }
        }
        command.uid(NOBODY).gid(NOBODY);
    }
    let before = std::fs::read(&file).unwrap();
    let output = command.output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(10), "{said}");
    assert!(
        said.contains("is read-only: make the file and its folder writable"),
        "{said}"
    );
    assert_eq!(std::fs::read(&file).unwrap(), before, "it was changed");
}
