//! `jeton demo` with the real binary and real Git: the story to its end, and what its one line for
//! scripts promises.

use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::{Value, json};

use crate::binary::Machine;
use crate::process;

/// Children of a process that ended and that nobody waits for.
fn zombies(of: u32) -> Vec<String> {
    let child = format!(") Z {of} ");
    std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|entry| std::fs::read_to_string(entry.unwrap().path().join("stat")).ok())
        .filter(|stat| stat.contains(&child))
        .collect()
}

#[test]
fn the_story_is_told_to_its_end_and_leaves_nothing_running() {
    let machine = Machine::new();
    let data = machine.path("demo");
    let words = ["demo", "--once", "--data", &data, "--listen", "127.0.0.1:0"];
    let said = machine.jeton("reader", &words).well();
    for line in [
        // Pending, a permission that is not there, hidden as missing, and both ways to lose a token.
        "remote: The token `enchilada-install-",
        "remote: This needs `contents: write`, and the token does not have it.",
        "✓ the same words, hidden or missing",
        "remote: alta3 withdrew the access of the token `enchilada-install-",
        "remote: This token was revoked and does not come back.",
        "fatal: Authentication failed for ",
    ] {
        let (words, mark) = (line.trim_start_matches("✓ "), line.starts_with('✓'));
        let found = said
            .out
            .lines()
            .any(|shown| shown.contains(words) && (!mark || shown.trim().starts_with('✓')));
        assert!(found, "no `{line}`: {}", said.out);
    }
    let last = said.out.lines().last().unwrap();
    assert!(
        last.starts_with("All ") && last.contains(" steps came out right, in "),
        "{last}"
    );
    assert!(!said.out.contains('✗'), "{}", said.out);
    assert_eq!(said.err, "");
    // What is shown ends up in recordings.
    assert!(!said.out.contains("jeton_pat_"), "{}", said.out);

    let (_, url) = said.out.split_once("jeton setup http://").unwrap();
    let address = url.split_whitespace().next().unwrap();
    assert!(TcpStream::connect(address).is_err(), "somebody serves");
    let left = process::on(machine.folder.path());
    assert!(left.is_empty(), "{left:?}");
    // A story begins with nothing.
    machine
        .jeton("reader", &words)
        .failed(2, &["is not empty", "name a new folder"]);
}

#[test]
fn the_line_for_scripts_tells_what_really_works() {
    let machine = Machine::new();
    let data = machine.path("demo");
    let words = ["demo", "--json", "--data", &data, "--listen", "127.0.0.1:0"];
    let url = |line: &str| {
        let told: Value = serde_json::from_str(line).unwrap();
        told["url"].as_str().unwrap().to_owned()
    };
    let mut server = machine.stays("reader", &words, &[], url).unwrap();
    let told: Value = serde_json::from_str(&server.first).unwrap();
    let story = std::fs::read_to_string(machine.path("log")).unwrap();
    assert!(story.contains(" steps came out right, in "), "{story}");
    // What has just ended may still be waited for.
    let until = Instant::now() + Duration::from_secs(20);
    while !zombies(server.process()).is_empty() {
        let left = zombies(server.process());
        assert!(Instant::now() < until, "nobody waits for {left:?}");
        std::thread::sleep(Duration::from_millis(20));
    }

    // Every repository that it names can be cloned with the token, and the hidden one can't.
    let value = told["token"].as_str().unwrap();
    let clone = |name: &str| {
        let remote = server.url.replace("http://", &format!("http://x:{value}@"));
        let folder = name.replace('/', "-");
        machine.run("git", &["clone", &format!("{remote}/{name}.git"), &folder])
    };
    let repositories = told["repositories"].as_array().unwrap();
    assert_eq!(repositories.len(), 6, "{told}");
    for name in repositories {
        let name = name.as_str().unwrap();
        clone(name).well();
        let readme = machine.path(&format!("{}/README.md", name.replace('/', "-")));
        assert!(std::fs::read_to_string(readme).unwrap().starts_with("# "));
    }
    let hidden = clone(told["hidden"].as_str().unwrap());
    assert!(
        hidden.code == 128
            && hidden.err.contains("\nremote: Not Found")
            && hidden.err.contains("/alta3/payroll.git/' not found"),
        "{hidden:?}"
    );

    // Everybody can sign in with the password, and is what is said.
    let mut roles = Vec::new();
    for user in told["users"].as_array().unwrap() {
        let text = |name: &str| user[name].as_str().unwrap();
        let login = text("login");
        let words = ["login", &server.url, "--user", login, "--password-stdin"];
        machine.jeton_told(login, &words, text("password")).well();
        let status = machine.jeton(login, &["status", "--json"]).well().json();
        assert_eq!(status["creator"], json!(login), "{status}");
        roles.push((login, text("role")));
    }
    let cast = [
        ("noor", "administrator"),
        ("lena", "owner"),
        ("tomas", "member"),
    ];
    assert_eq!(roles, cast);
    machine.jeton("noor", &["user", "list"]).well();
    let requests = ["request", "list", "alta3"];
    machine.jeton("lena", &requests).well();
    machine.jeton("tomas", &requests).failed(4, &["owner"]);
    machine.jeton("tomas", &["user", "list"]).failed(4, &[]);

    // Until it is told to end; then in order, with nothing more for the script.
    server.stop();
    assert_eq!(server.ends(), 0);
    assert_eq!(server.rest(), Vec::<String>::new());
    let left = process::on(machine.folder.path());
    assert!(left.is_empty(), "{left:?}");
}

/// A place for temporary folders that anybody may write in.
fn temporary(machine: &Machine) -> PathBuf {
    let place = machine.folder.path().join("tmp");
    std::fs::create_dir(&place).unwrap();
    let open = |path: &Path, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    open(&place, 0o777);
    open(machine.folder.path(), 0o755);
    place
}

fn inside(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder).unwrap();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// Passwords and tokens lie in it. The superuser can remove what nobody else could.
#[test]
fn a_temporary_folder_goes_with_the_demo_whoever_plays_it() {
    let machine = Machine::new();
    let place = temporary(&machine);
    // A copy, because nobody may be unable to reach the folder of the build.
    let program = machine.path("jeton");
    std::fs::copy(env!("CARGO_BIN_EXE_jeton"), &program).unwrap();
    let mut words = vec!["--reuid=65534", "--regid=65534", "--clear-groups"];
    let mut first = "setpriv";
    if !rustix::process::geteuid().is_root() {
        eprintln!("not the superuser: the demo is played by this user alone");
        (words, first) = (Vec::new(), "env");
    }
    words.extend([program.as_str(), "demo", "--json"]);
    let variables = [("TMPDIR", place.to_str().unwrap())];
    let url = |line: &str| {
        let told: Value = serde_json::from_str(line).unwrap();
        told["url"].as_str().unwrap().to_owned()
    };
    let mut server = machine
        .program_stays(first, "reader", &words, &variables, url)
        .unwrap();
    assert_eq!(inside(&place).len(), 1);
    // The terminal is closed.
    server.signal(Signal::HUP);
    assert_eq!(server.ends(), 0);
    let log = std::fs::read_to_string(machine.path("log")).unwrap();
    assert!(!log.contains("could not be removed"), "{log}");
    assert_eq!(inside(&place), Vec::<PathBuf>::new());
}

#[test]
fn a_story_that_is_interrupted_leaves_nothing() {
    for signal in [Signal::INT, Signal::TERM, Signal::HUP] {
        let machine = Machine::new();
        let place = temporary(&machine);
        let variables = [("TMPDIR", place.to_str().unwrap())];
        let words = ["demo", "--once", "--listen", "127.0.0.1:0"];
        let mut server = machine
            .stays("reader", &words, &variables, str::to_owned)
            .unwrap();
        // In the middle of it: a command runs, or has just ended.
        while !server.next_line().contains("$ ") {}
        assert_eq!(inside(&place).len(), 1);
        server.signal(signal);
        assert_eq!(server.ends(), 1, "{signal:?}");
        let log = std::fs::read_to_string(machine.path("log")).unwrap();
        assert!(log.contains("error: interrupted at step "), "{log}");
        assert_eq!(inside(&place), Vec::<PathBuf>::new(), "{signal:?}");
        let left = process::on(machine.folder.path());
        assert!(left.is_empty(), "{left:?}");
    }
}
