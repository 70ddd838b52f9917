//! What an operator gets wrong, told before anything is written: misspelt folders, settings that serve nobody, everybody
//! trusted, addresses and files that can't be used.

use std::net::TcpListener;
use std::path::Path;

use crate::binary::{Machine, PASSWORD, Said};

fn refused(machine: &Machine, flags: &[&str]) -> Said {
    machine.serve(flags, &[]).err().unwrap()
}

#[test]
fn a_misspelt_folder_does_not_become_an_installation() {
    let machine = Machine::new();
    let typo = machine.data();
    for words in [
        &["status"][..],
        &["user", "list"],
        &["user", "create", "mia", "--email", "m@example.org"],
        &["user", "suspend", "mia"],
        &["user", "administrator", "mia"],
        &["user", "password", "mia"],
        &["key", "add"],
    ] {
        machine
            .admin_told(words, PASSWORD)
            .failed(10, &["is no data folder of Jeton", "jeton serve --data"]);
        assert!(!typo.exists(), "{words:?}");
    }
    // Nor an empty folder, nor one that holds something else.
    std::fs::create_dir(&typo).unwrap();
    std::fs::write(typo.join("precious"), "").unwrap();
    machine.admin(&["user", "list"]).failed(10, &[]);
    let postgres = "postgres://jeton@127.0.0.1:1/nowhere";
    machine
        .admin_on(postgres, &["user", "list"], "")
        .failed(10, &["is no data folder of Jeton"]);
    assert_eq!(std::fs::read_dir(&typo).unwrap().count(), 1);
}

#[test]
fn an_installation_begins_with_its_administrator_or_their_code() {
    let machine = Machine::new();
    let said = machine.admin(&["setup-code"]).well().out;
    let code = said.trim().rsplit(' ').next().unwrap();
    for way in [
        "in a browser:   http://",
        &format!("/setup/{code}\n"),
        "in a terminal:  jeton setup http://",
    ] {
        assert!(said.contains(way), "{way}: {said}");
    }
    let machine = Machine::new();
    let ann = ["user", "create", "ann", "--email", "ann@example.org"];
    machine
        .admin_told(&[&ann[..], &["--administrator"]].concat(), PASSWORD)
        .well();
    machine
        .admin(&["setup-code"])
        .failed(7, &["there is an administrator already"]);
    // Nobody can tell how a server is that does not run, and asking starts none.
    machine
        .admin(&["status"])
        .failed(9, &["no server runs on the data folder"]);
    let mut server = machine.up();
    assert!(machine.admin(&["status"]).well().out.contains(&server.url));
    server.kill();
    machine.admin(&["status"]).failed(9, &["no server runs"]);
    assert!(machine.admin(&["user", "list"]).well().out.contains("ann"));
}

#[test]
fn settings_that_would_serve_nobody_are_refused_with_their_range() {
    let machine = Machine::new();
    for (flag, value, says) in [
        ("--limits-head-bytes", "1", "at least 8KiB and at most 1MiB"),
        ("--limits-head-time", "0s", "at least 100ms"),
        ("--limits-body-bytes", "0", "at least 4KiB"),
        ("--limits-body-time", "0s", "at least 100ms"),
        ("--limits-body-idle", "0s", "at least 100ms"),
        ("--limits-connections", "1", "at least 16"),
        ("--git-idle", "0s", "at least 1s and at most 1d"),
        ("--git-wall", "0s", "at least 10s"),
        ("--git-max-input", "1", "0, or at least 64KiB"),
        ("--git-children", "100000", "at most 4096"),
        ("--git-queue", "1d", "at most 10m"),
        ("--audit-user-days", "0", "at least 1"),
        ("--stop-grace", "2d", "at most 1h"),
        ("--log-level", "inof", "`inof` is no level"),
        (
            "--git-path",
            "git",
            "`git` must be a path, as `/usr/bin/git` is",
        ),
    ] {
        let key = flag.trim_start_matches("--").replacen('-', ".", 1);
        let key = format!("`{}` given as a flag: `{value}`", key.replace('-', "_"));
        refused(&machine, &[flag, value]).failed(2, &[&key, says]);
    }
    assert!(!machine.data().exists());
    // The least of each serves.
    let least = [
        "--limits-head-bytes=8KiB",
        "--limits-body-bytes=4KiB",
        "--limits-connections=16",
        "--git-idle=1s",
        "--git-wall=10s",
        "--git-queue=0s",
        "--git-children=1",
        "--git-max-input=64KiB",
        "--stop-grace=0s",
    ];
    let server = machine.serve(&least, &[]).unwrap();
    machine.set_up(&server, &[]);
    machine.jeton("ann", &["repo", "create", "labs"]).well();
    let words = [
        "token",
        "create",
        "t",
        "--all-repositories",
        "-p",
        "contents=write",
    ];
    let words = [&words[..], &["--value-only", "--yes"]].concat();
    let value = machine.jeton("ann", &words).well().out;
    let remote = server
        .url
        .replace("http://", &format!("http://x:{}@", value.trim()));
    let remote = remote + "/ann/labs.git";
    let labs = machine.path("labs");
    let who = [
        "-c",
        "user.name=ann",
        "-c",
        "user.email=ann@example.org",
        "-C",
        &labs,
    ];
    let git = |words: &[&str]| machine.run("git", &[&who[..], words].concat()).well();
    machine.run("git", &["clone", "-q", &remote, &labs]).well();
    git(&["commit", "-q", "--allow-empty", "-m", "one"]);
    git(&["push", "-q", "origin", "HEAD:main"]);
    git(&["fetch", "-q", "origin"]);
}

#[test]
fn nobody_is_a_proxy_by_being_able_to_connect() {
    let machine = Machine::new();
    let trusted = |network, listen| ["--proxies-trusted", network, "--listen", listen];
    for network in ["0.0.0.0/0", "::/0", "0.0.0.0/1,128.0.0.0/1"] {
        refused(&machine, &trusted(network, "0.0.0.0:0"))
            .failed(2, &["`proxies.trusted` holds", "could claim any address"]);
    }
    assert!(!machine.data().exists());
    let log = || std::fs::read_to_string(machine.folder.path().join("log")).unwrap();
    drop(
        machine
            .serve(&trusted("203.0.0.0/16", "0.0.0.0:0"), &[])
            .unwrap(),
    );
    let warned = log();
    assert!(
        warned.contains("a wide network") && warned.contains("203.0.0.0/16"),
        "{warned}"
    );
    drop(
        machine
            .serve(&trusted("10.0.0.0/8", "0.0.0.0:0"), &[])
            .unwrap(),
    );
    assert!(!log().contains("wide"), "{}", log());
    drop(
        machine
            .serve(&trusted("0.0.0.0/0", "127.0.0.1:0"), &[])
            .unwrap(),
    );
}

#[test]
fn what_can_be_told_before_is_told_before_anything_is_written() {
    let machine = Machine::new();
    let busy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = busy.local_addr().unwrap().to_string();
    refused(&machine, &["--listen", &address]).failed(11, &[&address, "listen", "in use"]);
    let foreign = ["--listen", "192.0.2.1:0", "--proxies-trusted", "10.0.0.1"];
    refused(&machine, &foreign).failed(10, &["192.0.2.1:0", "listen"]);
    refused(&machine, &["--git-path", "/nowhere/git"])
        .failed(10, &["`git.path`", "`/nowhere/git`", "No such file"]);
    refused(&machine, &["--git-path", "/bin/true"]).failed(10, &["`git.path`", "no version"]);
    let other = machine.path("other.pem");
    let tls = |certificate: &str, key: &str| {
        refused(
            &machine,
            &["--tls-certificate", certificate, "--tls-key", key],
        )
    };
    tls(&other, &other).failed(10, &["`tls.certificate`", &other, "No such file"]);
    std::fs::write(&other, "nothing").unwrap();
    tls(&other, &other).failed(10, &["`tls.certificate`", &other, "holds no"]);
    assert!(!machine.data().exists());

    // Of two pairs, the halves.
    let pair = |name: &str| {
        let folder = machine.path(name);
        let words = ["admin", "--data", &folder, "tls", "init"];
        machine.jeton("operator", &words).well();
        (
            format!("{folder}/tls/server.pem"),
            format!("{folder}/tls/server.key"),
        )
    };
    let (one, two) = (pair("one"), pair("two"));
    tls(&one.0, &other).failed(10, &["`tls.key`", &other]);
    tls(&one.0, &two.1).failed(10, &["`tls.certificate` and `tls.key`", &one.0, &two.1]);
    assert!(!machine.data().exists());

    // A socket's path has an end.
    let deep = format!("{}/{}", machine.path("deep"), "d".repeat(100));
    let words = ["serve", "--data", &deep, "--listen", "127.0.0.1:0"];
    machine
        .jeton("operator", &words)
        .failed(10, &["is too deep", "at most 92"]);
    assert!(!Path::new(&machine.path("deep")).exists());
    let root = machine.path("");
    let longest = format!("{root}{}", "d".repeat(92 - root.len()));
    let words = ["serve", "--data", &longest, "--listen", "127.0.0.1:0"];
    let url = |line: &str| line.strip_prefix("Jeton serves ").unwrap().to_owned();
    machine.stays("operator", &words, &[], url).unwrap();
    assert!(Path::new(&longest).join("jeton.db").exists());
}

/// As a service manager sees it: while the database restarts it is worth to try again, with a wrong path it is not.
#[test]
fn a_database_that_is_away_is_another_kind_than_one_that_can_not_be_used() {
    let machine = Machine::new();
    let serve = |database| {
        machine
            .serve(&[], &[("JETON_DATABASE", database)])
            .err()
            .unwrap()
    };
    let away = serve("postgres://jeton:hunter2@127.0.0.1:1/jeton");
    let away = away.failed(8, &["`jeton on 127.0.0.1` can't be reached", "try again"]);
    assert!(!away.err.contains("hunter2"), "{away:?}");
    serve("/nowhere/jeton.db").failed(10, &["/nowhere/jeton.db"]);
    // What is no folder is told with its own name.
    let file = machine.path("file");
    std::fs::write(&file, "").unwrap();
    for data in [file.clone(), format!("{file}/below")] {
        let words = ["serve", "--data", &data, "--listen", "127.0.0.1:0"];
        let said = machine.jeton("operator", &words);
        let said = said.failed(10, &[&format!("the data folder: `{data}`")]);
        assert!(!said.err.contains("jeton.toml"), "{said:?}");
    }
    machine
        .serve(&["--database-file", "/nowhere/url"], &[])
        .err()
        .unwrap()
        .failed(2, &["`database_file` given as a flag: `/nowhere/url`"]);
}

#[test]
fn a_demo_that_could_not_begin_leaves_nothing_in_its_way() {
    let machine = Machine::new();
    let busy = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = busy.local_addr().unwrap().to_string();
    let data = machine.path("demo");
    let words = ["demo", "--once", "--data", &data, "--listen", &address];
    for _ in 0..2 {
        machine
            .jeton("reader", &words)
            .failed(11, &[&address, "in use"]);
    }
    let words = ["demo", "--once", "--data", &data, "--listen", "nonsense"];
    for _ in 0..2 {
        machine.jeton("reader", &words).failed(2, &["`nonsense`"]);
    }
}

/// A small disk at that folder; unmounted when it is dropped.
struct Disk(std::path::PathBuf);

impl Disk {
    fn mount(at: &Path) -> Option<Self> {
        std::fs::create_dir(at).unwrap();
        let mounted = std::process::Command::new("mount")
            .args(["-t", "tmpfs", "-o", "size=32m", "tmpfs"])
            .arg(at)
            .output();
        if mounted.is_ok_and(|said| said.status.success()) {
            return Some(Self(at.to_owned()));
        }
        eprintln!("skipped: a full disk: no file system can be mounted here");
        None
    }

    fn fill(&self) {
        use std::io::Write;
        let mut file = std::fs::File::create(self.0.join("noise")).unwrap();
        while file.write_all(&[0; 4096]).is_ok() {}
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_token_is_revoked_on_a_full_disk() {
    let machine = Machine::new();
    let Some(disk) = Disk::mount(&machine.data()) else {
        return;
    };
    let mut server = machine.up();
    machine.set_up(&server, &[]);
    machine.person(&server, "mia");
    let token = |name| {
        let words = [
            "token",
            "create",
            name,
            "--all-repositories",
            "-p",
            "contents=read",
        ];
        machine.jeton("mia", &[&words[..], &["--value-only", "--yes"]].concat())
    };
    machine.jeton("mia", &["repo", "create", "labs"]).well();
    let value = token("one").well().out;
    token("two").well();
    let ls = |url: &str| {
        let remote = url.replace("http://", &format!("http://x:{}@", value.trim()));
        machine.run("git", &["ls-remote", &format!("{remote}/mia/labs.git")])
    };
    let ready = |url: &str| {
        let url = format!("{url}/readyz");
        machine
            .run("curl", &["-s", "-w", " %{http_code}", &url])
            .out
    };
    ls(&server.url).well();
    assert_eq!(ready(&server.url), "ready\n 200");

    disk.fill();
    let full = ready(&server.url);
    assert!(
        full.contains("disk_full") && full.ends_with(" 503"),
        "{full}"
    );
    token("three").failed(8, &["disk is full"]);
    machine.jeton("mia", &["token", "revoke", "one"]).well();
    let said = ls(&server.url);
    assert!(
        said.err.contains("remote: This token was revoked"),
        "{said:?}"
    );
    token("three").failed(8, &["disk is full"]);
    machine.admin(&["user", "suspend", "mia"]).well();

    // Also after a start on it; and with room all is as before.
    server.stop();
    let server = machine.up();
    machine.jeton("ann", &["status"]);
    let said = ls(&server.url);
    assert!(said.err.contains("remote: "), "{said:?}");
    std::fs::remove_file(machine.data().join("noise")).unwrap();
    assert_eq!(ready(&server.url), "ready\n 200");
    machine.admin(&["user", "resume", "mia"]).well();
    let said = ls(&server.url);
    assert!(
        said.err.contains("remote: This token was revoked"),
        "{said:?}"
    );
    drop(server);
}

/// With room in the database, as where that lies on another disk.
#[test]
fn git_s_data_on_a_full_disk_is_told_as_the_database_s() {
    let machine = Machine::new();
    let Some(disk) = Disk::mount(&machine.data()) else {
        return;
    };
    let database = machine.path("elsewhere.db");
    let server = machine
        .serve(&[], &[("JETON_DATABASE", &database)])
        .unwrap();
    machine.set_up(&server, &[]);
    machine.jeton("ann", &["repo", "create", "labs"]).well();
    let turn = |branch| {
        machine.jeton(
            "ann",
            &["repo", "edit", "ann/labs", "--default-branch", branch],
        )
    };
    turn("one").well();
    disk.fill();
    let refused = |said: crate::binary::Said| {
        let said = said.failed(8, &["disk is full", "nothing was changed"]);
        assert!(said.err.contains("(503)"), "{said:?}");
    };
    refused(machine.jeton("ann", &["repo", "create", "more"]));
    refused(turn("two"));
    let tmp = std::fs::read_dir(machine.data().join("tmp")).unwrap();
    let left: Vec<_> = tmp.map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(left, Vec::<std::ffi::OsString>::new());
    let shown = machine.jeton("ann", &["repo", "show", "ann/labs", "--json"]);
    assert_eq!(shown.well().json()["default_branch"], "one");
    machine
        .jeton("ann", &["repo", "show", "ann/more"])
        .failed(5, &[]);
    // With room both work.
    std::fs::remove_file(machine.data().join("noise")).unwrap();
    machine.jeton("ann", &["repo", "create", "more"]).well();
    turn("two").well();
    drop(server);
}

#[test]
fn asked_to_stop_twice_it_does_not_wait() {
    let machine = Machine::new();
    let mut server = machine.serve(&["--stop-grace", "10m"], &[]).unwrap();
    let address = server.url.trim_start_matches("http://").to_owned();
    // A request that never ends: it holds the server for as long as the grace is.
    use std::io::Write;
    let mut slow = std::net::TcpStream::connect(&address).unwrap();
    let head = "POST /api/jeton/v1/sign-in HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
        content-length: 100\r\n\r\n{";
    slow.write_all(head.as_bytes()).unwrap();
    let body = std::thread::spawn(move || {
        // Slowly, but not so slowly that the limits end it.
        while slow.write_all(b" ").is_ok() {
            std::thread::sleep(std::time::Duration::from_millis(300));
        }
    });
    // Until it refuses others it has not heard the first.
    while std::net::TcpStream::connect(&address).is_ok() {
        server.ask_to_stop();
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    server.ask_to_stop();
    assert_eq!(server.ends(), 0);
    body.join().unwrap();
}
