//! A backup, made and put back as the operator's guide says, with the real binary.

use std::path::Path;

use crate::binary::Machine;

fn token(machine: &Machine, name: &str) -> (String, i64) {
    let words = [
        "token",
        "create",
        name,
        "--all-repositories",
        "-p",
        "contents=read",
        "--value-only",
        "--yes",
    ];
    let value = machine.jeton("ann", &words).well().out.trim().to_owned();
    let shown = machine
        .jeton("ann", &["token", "show", name, "--json"])
        .well();
    (value, shown.json()["id"].as_i64().unwrap())
}

fn copy(machine: &Machine, from: &Path, to: &Path) {
    let (from, to) = (from.to_str().unwrap(), to.to_str().unwrap());
    machine.run("cp", &["-a", from, to]).well();
}

#[test]
fn a_restored_backup_brings_nothing_back_that_was_taken_away() {
    let machine = Machine::new();
    let mut server = machine.up();
    machine.set_up(&server, &[]);
    machine.jeton("ann", &["repo", "create", "labs"]).well();
    let (kept, _) = token(&machine, "kept");
    let (revoked, _) = token(&machine, "revoked");
    let (rotated, _) = token(&machine, "rotated");
    let (suspended, _) = token(&machine, "suspended");
    let address = server.url.trim_start_matches("http://").to_owned();
    let reads = |value: &str| {
        let remote = format!("http://x:{value}@{address}/ann/labs.git");
        let said = machine.run("git", &["ls-remote", &remote]);
        assert!(said.code == 0 || said.err.contains("remote: "), "{said:?}");
        said.code == 0
    };
    assert!(reads(&kept) && reads(&revoked) && reads(&rotated) && reads(&suspended));

    // Stopped, a copy of the data folder is a backup.
    server.stop();
    let (data, backup) = (machine.data(), machine.folder.path().join("backup"));
    copy(&machine, &data, &backup);

    let again = ["--listen", address.as_str()];
    let mut server = machine.serve(&again, &[]).unwrap();
    machine.jeton("ann", &["token", "revoke", "revoked"]).well();
    machine
        .jeton("ann", &["token", "suspend", "suspended"])
        .well();
    machine
        .jeton("ann", &["token", "rotate", "rotated", "--overlap", "0"])
        .well();
    let (late, late_id) = token(&machine, "late");
    assert!(reads(&kept) && reads(&late));
    assert!(!reads(&revoked) && !reads(&rotated) && !reads(&suspended));
    server.kill();

    // Database, repositories and keys come back; the newest tombstones stay where they are.
    for left in ["jeton.db", "jeton.db-wal", "jeton.db-shm"] {
        let _ = std::fs::remove_file(data.join(left));
    }
    std::fs::remove_dir_all(data.join("repos")).unwrap();
    for name in ["jeton.db", "keys", "repos"] {
        copy(&machine, &backup.join(name), &data);
    }
    let _server = machine.serve(&again, &[]).unwrap();
    assert!(reads(&kept));
    assert!(!reads(&revoked), "a revoked token came back");
    assert!(!reads(&rotated), "a replaced value came back");
    assert!(!reads(&suspended), "a suspended token works");
    assert!(!reads(&late), "it was made after the backup");
    machine
        .jeton("ann", &["token", "resume", "suspended"])
        .well();
    assert!(reads(&suspended));
    let (next, id) = token(&machine, "next");
    assert!(reads(&next));
    assert!(id > late_id, "the number {id} was given out before");
}
