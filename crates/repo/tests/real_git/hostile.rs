//! What a repository's own files, names and permits can't do.

use std::os::unix::fs::PermissionsExt;

use jeton_domain::Access;
use jeton_repo::{Advertised, Advertiser, Ending, OpenError, Protocol, RefsError, StartError};

use crate::world::{NULL, World, commit, fetch_request, git, permit, place, push_request};

#[tokio::test]
async fn a_permit_opens_its_repository_only() {
    let world = World::new();
    world.data.create(&world.git, place(2)).unwrap();
    for access in [Access::Read, Access::Write] {
        let other = permit(2, access);
        assert!(matches!(
            world.data.open_read(&other, place(1)),
            Err(OpenError::NotPermitted(_))
        ));
        assert!(matches!(
            world.data.open_write(&other, place(1)),
            Err(OpenError::NotPermitted(_))
        ));
        assert!(world.data.open_read(&other, place(2)).is_ok());
    }
    let read = permit(1, Access::Read);
    assert!(matches!(
        world.data.open_write(&read, place(1)),
        Err(OpenError::NotPermitted(_))
    ));
    let missing = world.data.open_read(&permit(3, Access::Read), place(3));
    assert!(matches!(missing, Err(OpenError::Missing(_))));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repositorys_own_hooks_never_run() {
    let world = World::new();
    let trace = world.folder.path().join("ran");
    let script = format!("#!/bin/sh\ntouch '{}'\n", trace.display());
    let hooks = world.bare().join("hooks");
    std::fs::create_dir(&hooks).unwrap();
    for name in [
        "pre-receive",
        "update",
        "post-receive",
        "post-update",
        "reference-transaction",
        "proc-receive",
        "push-to-checkout",
        "pre-auto-gc",
    ] {
        std::fs::write(hooks.join(name), &script).unwrap();
        std::fs::set_permissions(hooks.join(name), std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let from = tempfile::tempdir().unwrap();
    git(from.path(), &["init", "-q", "--bare"], b"");
    let one = commit(from.path(), None, "one", 0);
    let commands = [format!("{NULL} {one} refs/heads/main")];
    let (_, ending) = world
        .push(&push_request(from.path(), &commands, &[&one]))
        .await;
    assert_eq!(ending, Ending::Done);
    assert_eq!(world.read().refs().unwrap().len(), 1);
    assert!(!trace.exists());
}

#[tokio::test]
async fn a_repositorys_own_configuration_is_refused() {
    let world = World::new();
    let tip = world.commit(None, "one", 0);
    world.git(&["update-ref", "refs/heads/main", &tip]);
    let advertiser = Advertiser::new(&world.git, 1 << 20);
    let config = world.bare().join("config");
    let good = std::fs::read_to_string(&config).unwrap();
    for line in [
        "[core]\n\talternateRefsCommand = touch /tmp/x",
        "[uploadpack]\n\tpackObjectsHook = touch",
        "[include]\n\tpath = /etc/gitconfig",
        "[receive]\n\tprocReceiveRefs = refs/heads",
        "[extensions]\n\tobjectFormat = sha256",
        "[transfer]\n\thideRefs = !refs/jeton",
    ] {
        std::fs::write(&config, format!("{good}{line}\n")).unwrap();
        assert_eq!(
            advertiser.upload_pack(&world.read(), Protocol::V0).await,
            Advertised::AskGit
        );
        let registration = world.transfers.enter([]);
        let started = world
            .runner
            .upload_pack(&world.read(), Protocol::V0, registration)
            .await;
        assert!(
            matches!(&started, Err(error) if matches!(error, StartError::Repository(OpenError::Foreign { .. }))),
            "{line}: {started:?}"
        );
    }
    std::fs::write(&config, &good).unwrap();
    // Another repository's objects.
    let alternates = world.bare().join("objects/info/alternates");
    std::fs::write(&alternates, "/somewhere/objects\n").unwrap();
    let registration = world.transfers.enter([]);
    let started = world
        .runner
        .upload_pack(&world.read(), Protocol::V0, registration)
        .await;
    assert!(matches!(
        started,
        Err(StartError::Repository(OpenError::Foreign { .. }))
    ));
    std::fs::remove_file(&alternates).unwrap();
    let (_, ending) = world
        .fetch(Protocol::V2, fetch_request(&tip, &[]).as_bytes())
        .await;
    assert_eq!(ending, Ending::Done);
}

#[tokio::test]
async fn hidden_references_are_not_told_and_not_touched() {
    let world = World::new();
    let shown = world.commit(None, "shown", 0);
    let kept = world.commit(None, "kept", 0);
    world.git(&["update-ref", "refs/heads/main", &shown]);
    world.git(&["update-ref", "refs/jeton/kept", &kept]);
    assert_eq!(world.read().refs().unwrap().len(), 1);
    let commands = [format!("{kept} {NULL} refs/jeton/kept")];
    world
        .push(&push_request(&world.bare(), &commands, &[]))
        .await;
    assert_eq!(
        world.git(&["rev-parse", "refs/jeton/kept"]),
        kept,
        "git itself keeps it"
    );
}

#[tokio::test]
async fn head_takes_branches_only() {
    let world = World::new();
    let repository = world.write();
    repository.set_head("refs/heads/trunk").unwrap();
    assert_eq!(world.git(&["symbolic-ref", "HEAD"]), "refs/heads/trunk");
    for name in [
        "",
        "trunk",
        "HEAD",
        "refs/tags/x",
        "refs/heads/../../config",
        "refs/heads/x\ny",
        "refs/heads/-x",
        "refs/jeton/x",
    ] {
        assert!(
            matches!(repository.set_head(name), Err(RefsError::NoBranchName(_))),
            "{name:?}"
        );
    }
    std::fs::write(world.bare().join("HEAD.lock"), "").unwrap();
    assert!(matches!(
        repository.set_head("refs/heads/main"),
        Err(RefsError::Locked)
    ));
    for name in [
        "../../../etc/passwd",
        "config",
        "refs/../config",
        "refs/heads/..",
        "HEAD.lock",
        "objects",
    ] {
        assert_eq!(repository.tip(name).unwrap(), None, "{name}");
    }
}

/// A backup restored as another account: git would call the folder's owner dubious.
#[tokio::test]
async fn whose_files_they_are_does_not_matter() {
    let world = World::new();
    let tip = world.commit(None, "one", 0);
    world.git(&["update-ref", "refs/heads/main", &tip]);
    // Only root can give files away; others have nothing to prove here.
    if std::os::unix::fs::chown(world.bare(), Some(65534), Some(65534)).is_ok() {
        let (_, ending) = world
            .fetch(Protocol::V2, fetch_request(&tip, &[]).as_bytes())
            .await;
        assert_eq!(ending, Ending::Done);
    }
}
