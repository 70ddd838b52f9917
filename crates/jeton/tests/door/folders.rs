//! The data folder and what belongs to it, each of which may be elsewhere, somebody else's or lost: told at start, before
//! anything is taken for empty or made anew.

use std::path::Path;

use crate::binary::{Machine, Said};

fn refused(machine: &Machine, flags: &[&str]) -> Said {
    machine.serve(flags, &[]).err().unwrap()
}

#[test]
fn repositories_are_not_thrown_away_for_a_database_that_is_not_theirs() {
    let machine = Machine::new();
    let mut server = machine.up();
    machine.set_up(&server, &[]);
    machine.jeton("ann", &["repo", "create", "labs"]).well();
    server.stop();
    let place = machine.data().join("repos/0/00/00/1.git");
    assert!(place.is_dir());
    let other = machine.path("typo.db");
    let serve = |database: &str| machine.serve(&[], &[("JETON_DATABASE", database)]);
    serve(&other)
        .err()
        .unwrap()
        .failed(10, &["holds repositories", "is `database` right"]);
    assert!(place.is_dir() && !Path::new(&other).exists());
    // A database that was lost is told likewise, and one that is there and empty, again and again.
    let database = machine.data().join("jeton.db");
    let aside = machine.path("aside.db");
    std::fs::rename(&database, &aside).unwrap();
    for _ in 0..2 {
        refused(&machine, &[]).failed(10, &["not put back"]);
    }
    let empty = machine.path("empty.db");
    rusqlite::Connection::open(&empty)
        .unwrap()
        .execute_batch("PRAGMA user_version = 1")
        .unwrap();
    for _ in 0..2 {
        serve(&empty)
            .err()
            .unwrap()
            .failed(10, &["holds repositories"]);
    }
    assert!(place.is_dir());
    std::fs::rename(&aside, &database).unwrap();
    machine.up();
    assert!(place.is_dir());
}

#[test]
fn repositories_that_are_all_elsewhere_are_not_served_as_empty_ones() {
    let machine = Machine::new();
    let mut server = machine.up();
    machine.set_up(&server, &[]);
    for name in ["labs", "exams"] {
        machine.jeton("ann", &["repo", "create", name]).well();
    }
    server.stop();
    let (repos, away) = (machine.data().join("repos"), machine.path("away"));
    std::fs::rename(&repos, &away).unwrap();
    let says = [
        "the database knows 2 repositories",
        repos.to_str().unwrap(),
        "mounted",
        "was `repos` put back",
        "--accept-lost-repositories",
    ];
    for _ in 0..2 {
        refused(&machine, &[]).failed(10, &says);
    }
    // Somebody can be stopped meanwhile, and nothing is made anew by it.
    machine.admin(&["user", "suspend", "ann"]).well();
    machine.admin(&["user", "resume", "ann"]).well();
    let empty = |folder: &Path| std::fs::read_dir(folder).unwrap().count() == 0;
    assert!(empty(&repos));
    // With the disk back all is as before; the flag takes nothing away.
    std::fs::remove_dir(&repos).unwrap();
    std::fs::rename(&away, &repos).unwrap();
    let inside = repos.join("0/00/00");
    std::fs::write(inside.join("1.git/kept"), "").unwrap();
    let accept = ["--accept-lost-repositories"];
    machine.serve(&accept, &[]).unwrap();
    assert!(inside.join("1.git/kept").exists());
    // Where only some are missing it starts, and says which by a name that people know.
    std::fs::remove_dir_all(inside.join("2.git")).unwrap();
    drop(machine.up());
    let log = || std::fs::read_to_string(machine.folder.path().join("log")).unwrap();
    let missing = |name: &str| {
        let log = log();
        log.lines().any(|line| {
            line.contains("ERROR") && line.contains(name) && line.contains("made anew, empty")
        })
    };
    assert!(missing("ann/exams") && !missing("ann/labs"), "{}", log());
    // Really lost.
    std::fs::remove_dir_all(&repos).unwrap();
    refused(&machine, &[]).failed(10, &says);
    let server = machine.serve(&accept, &[]).unwrap();
    assert!(missing("ann/exams") && missing("ann/labs"), "{}", log());
    drop(server);
    machine.up();
    assert!(inside.join("1.git").is_dir() && inside.join("2.git").is_dir());
}

/// As the superuser this would write what the server's account can't use.
#[test]
fn what_somebody_else_s_folder_needs_can_be_typed() {
    use std::os::unix::fs::chown;
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: a folder of somebody else: only the superuser can give one away");
        return;
    }
    let machine = Machine::new();
    machine.set_up(&machine.up(), &[]);
    chown(machine.data(), Some(65534), None).unwrap();
    let data = machine.path("data");
    let program = env!("CARGO_BIN_EXE_jeton");
    let users = std::fs::read_to_string("/etc/passwd").unwrap();
    let user = if users.contains("nobody:x:65534:") {
        "nobody"
    } else {
        "'#65534'"
    };
    let typed = format!("hint: sudo -u {user} {program} admin --data {data} user list");
    machine
        .admin(&["user", "list"])
        .failed(10, &["belongs to user 65534", "this is user 0", &typed]);
    let typed = format!("hint: sudo -u {user} {program} serve --data {data}");
    refused(&machine, &[]).failed(10, &["belongs to user 65534", &typed]);
}

#[test]
fn a_folder_whose_database_is_elsewhere_is_told_from_none() {
    let machine = Machine::new();
    let database = machine.path("elsewhere.db");
    drop(
        machine
            .serve(&[], &[("JETON_DATABASE", &database)])
            .unwrap(),
    );
    assert!(!machine.data().join("jeton.db").exists());
    let said = machine.admin(&["user", "list"]).failed(
        10,
        &[
            "jeton.db` is not",
            "--config FILE",
            "--database-file FILE",
            "JETON_DATABASE",
        ],
    );
    assert!(!said.err.contains("no data folder"), "{said:?}");
    machine.admin_on(&database, &["user", "list"], "").well();
    // How the server was named is how it is started.
    let config = machine.path("my.toml");
    std::fs::write(
        &config,
        format!(
            "data = '{}'\ndatabase = '{database}'\n",
            machine.path("data")
        ),
    )
    .unwrap();
    machine
        .jeton("operator", &["admin", "--config", &config, "status"])
        .failed(9, &[&format!("`jeton serve --config {config}` starts one")]);
}

/// A first start as a service's account, with a key file in a folder that is not its own.
#[test]
fn keys_that_can_not_be_used_are_told_before_anything_is_written() {
    use std::os::unix::fs::PermissionsExt;
    let machine = Machine::new();
    let keys = machine.path("keys");
    let first = || refused(&machine, &["--keys-file", &keys]);
    std::fs::write(&keys, "nonsense").unwrap();
    std::fs::set_permissions(&keys, std::fs::Permissions::from_mode(0o640)).unwrap();
    first().failed(10, &["can be read by others (mode 640)"]);
    std::fs::set_permissions(&keys, std::fs::Permissions::from_mode(0o600)).unwrap();
    first().failed(10, &["the key file", &keys]);
    let said = machine.serve(&[], &[("JETON_KEYS", "nonsense")]);
    said.err().unwrap().failed(10, &["the setting `keys`"]);
    assert!(!machine.data().exists());
    if !rustix::process::geteuid().is_root() {
        eprintln!("skipped: keys of somebody else: only the superuser can act for another account");
        return;
    }
    let program = machine.path("jeton");
    std::fs::copy(env!("CARGO_BIN_EXE_jeton"), &program).unwrap();
    let open = |path: &str, mode| {
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    open(&machine.path(""), 0o777);
    let etc = machine.path("etc");
    std::fs::create_dir(&etc).unwrap();
    open(&etc, 0o755);
    let serve = |keys: &str| {
        let data = machine.path("data");
        let account = ["--reuid=65534", "--regid=65534", "--clear-groups"];
        let words = [
            "serve",
            "--data",
            &data,
            "--listen",
            "127.0.0.1:0",
            "--keys-file",
            keys,
        ];
        machine.run("setpriv", &[&account[..], &[&program], &words].concat())
    };
    serve(&keys).failed(10, &["the key file", "Permission denied"]);
    serve(&format!("{etc}/keys")).failed(10, &["can't be made in", &etc, "first start"]);
    assert!(!machine.data().exists());
    // As the guide says: a folder of the account's own, and settings in it.
    std::os::unix::fs::chown(&etc, Some(65534), Some(65534)).unwrap();
    open(&etc, 0o700);
    let settings = format!(
        "data = '{}'\nlisten = '127.0.0.1:0'\nkeys_file = '{etc}/keys'\n",
        machine.path("data")
    );
    std::fs::write(format!("{etc}/jeton.toml"), settings).unwrap();
    let config = format!("{etc}/jeton.toml");
    let words = ["--reuid=65534", "--regid=65534", "--clear-groups", &program];
    let words = [&words[..], &["serve", "--config", &config]].concat();
    let url = |line: &str| line.strip_prefix("Jeton serves ").unwrap().to_owned();
    machine
        .program_stays("setpriv", "operator", &words, &[], url)
        .unwrap();
    assert!(Path::new(&etc).join("keys").exists());
}
