//! `jeton admin`: beside a running server over its socket, and where none runs.

use std::os::unix::fs::{FileTypeExt, PermissionsExt};

use serde_json::json;

use crate::binary::{Machine, PASSWORD};

/// Makes `labs` and a token that reads it.
fn reading_token(machine: &Machine, login: &str) -> String {
    machine.jeton(login, &["repo", "create", "labs"]).well();
    let words = "token create t --all-repositories -p contents=read --value-only --yes";
    let words: Vec<&str> = words.split(' ').collect();
    machine.jeton(login, &words).well().out.trim().to_owned()
}

#[test]
fn an_operator_acts_beside_the_running_server_at_once() {
    let machine = Machine::new();
    let server = machine.up();
    let socket = std::fs::metadata(machine.data().join("admin.sock")).unwrap();
    assert!(socket.file_type().is_socket());
    assert_eq!(socket.permissions().mode() & 0o777, 0o600);
    machine.set_up(&server, &[]);
    machine
        .admin(&["setup-code"])
        .failed(7, &["there is an administrator already"]);
    machine.person(&server, "mia");
    let status = machine.admin(&["status"]).well().out;
    assert!(
        status.contains(&server.url) && status.contains("sqlite"),
        "{status}"
    );

    let value = reading_token(&machine, "mia");
    let remote = server
        .url
        .replace("http://", &format!("http://x:{}@", value))
        + "/mia/labs.git";
    machine.run("git", &["ls-remote", &remote]).well();
    machine.admin(&["user", "suspend", "mia"]).well();
    machine
        .jeton("mia", &["repo", "list"])
        .failed(4, &["suspended"]);
    let said = machine.run("git", &["ls-remote", &remote]);
    assert!(
        said.code == 128 && said.err.contains("remote: The account is suspended."),
        "{said:?}"
    );
    assert!(
        machine
            .admin(&["user", "list"])
            .well()
            .out
            .contains("suspended")
    );
    machine.admin(&["user", "resume", "mia"]).well();
    machine.run("git", &["ls-remote", &remote]).well();

    machine
        .admin_told(&["user", "password", "mia"], "another horse battery")
        .well();
    machine
        .jeton("mia", &["repo", "list"])
        .failed(3, &["jeton login"]);
    let login = ["login", &server.url, "--user", "mia", "--password-stdin"];
    machine
        .jeton_told("mia", &login, PASSWORD)
        .failed(3, &["wrong"]);
    machine
        .jeton_told("mia", &login, "another horse battery")
        .well();
    machine.jeton("mia", &["user", "list"]).failed(4, &[]);
    machine.admin(&["user", "administrator", "mia"]).well();
    assert!(
        machine
            .jeton("mia", &["user", "list"])
            .well()
            .out
            .contains("ann")
    );

    for (words, code, says) in [
        (
            vec!["user", "create", "mia", "--email", "x@example.org"],
            6,
            "login",
        ),
        (
            vec!["user", "create", "a..b", "--email", "x@example.org"],
            6,
            "login",
        ),
        (
            vec!["user", "create", "admin", "--email", "x@example.org"],
            6,
            "reserved",
        ),
        (
            vec!["user", "create", "newton", "--email", "nonsense"],
            6,
            "email",
        ),
        (vec!["user", "suspend", "nobody-here"], 5, "Not Found"),
        (vec!["user", "suspend", "../users"], 5, "Not Found"),
    ] {
        machine.admin_told(&words, PASSWORD).failed(code, &[says]);
    }
    machine
        .admin_told(
            &["user", "create", "newton", "--email", "n@example.org"],
            "short",
        )
        .failed(6, &["password"]);
    assert!(
        !machine
            .admin(&["user", "list"])
            .well()
            .out
            .contains("newton")
    );
    // The log says by which door it came.
    let log = machine
        .jeton(
            "ann",
            &["audit", "--all", "--json", "--event", "user.suspend"],
        )
        .well()
        .json();
    assert_eq!(log[0]["door"], "admin", "{log}");
}

#[test]
fn an_operators_programs_read_json() {
    let machine = Machine::new();
    let mut server = machine.up();
    machine.set_up(&server, &[]);
    let read = |words: &[&str]| machine.admin(&[words, &["--json"]].concat()).well().json();
    let status = read(&["status"]);
    assert_eq!(
        (&status["url"], &status["database"]),
        (&json!(server.url), &json!("sqlite")),
        "{status}"
    );
    let create = ["user", "create", "mia", "--email", "mia@example.org"];
    let made = machine
        .admin_told(&[&create[..], &["--json"]].concat(), PASSWORD)
        .well()
        .json();
    assert_eq!(made["login"], "mia");
    assert_eq!(
        read(&["user", "suspend", "mia"]),
        json!({"message": "`mia` is suspended."})
    );
    let people = read(&["user", "list"]);
    assert_eq!(
        (&people[1]["login"], &people[1]["state"]),
        (&json!("mia"), &json!("suspended")),
        "{people}"
    );
    // `| head -0`
    let data = machine.path("data");
    let words = ["admin", "--data", &data, "user", "list", "--json"];
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let ended = machine
        .command(env!("CARGO_BIN_EXE_jeton"), "operator", &words)
        .stdout(writer)
        .output()
        .unwrap();
    assert!(
        ended.status.success() && ended.stderr.is_empty(),
        "{ended:?}"
    );

    server.stop();
    assert_eq!(
        read(&["key", "add"])["file"],
        json!(machine.path("data/keys"))
    );
    let made = read(&["tls", "init", "--name", "git.example.org"]);
    assert_eq!(made["hosts"], json!(["git.example.org"]));
    for file in ["authority", "certificate", "key"] {
        assert!(
            std::fs::exists(made[file].as_str().unwrap()).unwrap(),
            "{made}"
        );
    }
    let none = Machine::new();
    let said = none.admin(&["setup-code", "--json"]).well().json();
    assert!(
        said["command"]
            .as_str()
            .unwrap()
            .contains(said["code"].as_str().unwrap()),
        "{said}"
    );
}

#[test]
fn an_operator_acts_where_no_server_runs() {
    let machine = Machine::new();
    let mut server = machine.up();
    machine.set_up(&server, &[]);
    server.stop();
    assert!(!machine.data().join("admin.sock").exists());
    machine
        .admin_told(
            &["user", "create", "mia", "--email", "mia@example.org"],
            PASSWORD,
        )
        .well();
    machine.admin(&["user", "suspend", "mia"]).well();
    assert!(
        machine
            .admin(&["user", "list"])
            .well()
            .out
            .contains("suspended")
    );
    assert!(
        !machine.data().join("admin.sock").exists(),
        "nothing is left running"
    );
    // A socket that a killed server left is no server.
    std::os::unix::net::UnixListener::bind(machine.data().join("admin.sock")).unwrap();
    machine.admin(&["user", "resume", "mia"]).well();
    let server = machine.up();
    let login = ["login", &server.url, "--user", "mia", "--password-stdin"];
    machine.jeton_told("mia", &login, PASSWORD).well();
}

#[test]
fn another_key_is_added_and_what_was_given_out_works_on() {
    let machine = Machine::new();
    let mut server = machine.up();
    machine.set_up(&server, &[]);
    let value = reading_token(&machine, "ann");
    machine.admin(&["key", "add"]).well();
    let address = server.url.trim_start_matches("http://").to_owned();
    server.stop();
    for _ in 0..2 {
        let server = machine.serve(&["--listen", &address], &[]).unwrap();
        let remote = server
            .url
            .replace("http://", &format!("http://x:{}@", value))
            + "/ann/labs.git";
        machine.run("git", &["ls-remote", &remote]).well();
        machine.jeton("ann", &["repo", "list"]).well();
    }
    let keys = std::fs::read_to_string(machine.data().join("keys")).unwrap();
    assert_eq!(
        keys.lines()
            .filter(|line| line.starts_with(|first: char| first.is_ascii_digit()))
            .count(),
        2
    );
}
