//! What is told in-process is what git tells, byte for byte.

use std::fmt::Write;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use bytes::Bytes;
use jeton_repo::{Advertised, Advertiser, LsRefs, Peek, Protocol, Service};
use tokio::io::AsyncReadExt;

use crate::world::{World, git, line};

fn ready(advertised: Advertised) -> Bytes {
    match advertised {
        Advertised::Ready(body) => body,
        Advertised::AskGit => panic!("left to git"),
    }
}

/// What git itself says, with the service header before it.
async fn by_git(world: &World, service: Service, protocol: Protocol) -> Vec<u8> {
    let registration = world.transfers.enter([]);
    let transfer = match service {
        Service::UploadPack => {
            world
                .runner
                .advertise_upload_pack(&world.read(), protocol, registration)
                .await
        }
        Service::ReceivePack => {
            world
                .runner
                .advertise_receive_pack(&world.write(), registration)
                .await
        }
    };
    let (_input, mut output) = transfer.unwrap().split();
    let mut body = Advertiser::service_header(service, protocol).to_vec();
    output.read_to_end(&mut body).await.unwrap();
    body
}

fn requests() -> Vec<String> {
    let head = line("command=ls-refs\n") + &line("agent=git/2.47.3") + &line("object-format=sha1");
    let mut all = vec![head.clone() + "0000"];
    for arguments in [
        &["peel\n", "symrefs\n"][..],
        &["peel\n", "symrefs\n", "unborn\n"],
        &["unborn\n"],
        &["peel\n"],
        &["symrefs\n", "ref-prefix refs/heads/\n", "ref-prefix HEAD\n"],
        &["peel\n", "ref-prefix refs/tags/\n"],
        &["ref-prefix refs/heads/ma\n", "ref-prefix nothing\n"],
        &["ref-prefix refs/jeton\n"],
    ] {
        let arguments: String = arguments.iter().map(|argument| line(argument)).collect();
        all.push(head.clone() + "0001" + &arguments + "0000");
    }
    all
}

/// Compares every form of every answer, twice: read afresh, and kept.
async fn assert_same(world: &World, advertiser: &Advertiser) {
    for _ in 0..2 {
        for protocol in [Protocol::V0, Protocol::V1, Protocol::V2] {
            let ours = ready(advertiser.upload_pack(&world.read(), protocol).await);
            let theirs = by_git(world, Service::UploadPack, protocol).await;
            assert_eq!(text(&ours), text(&theirs), "{protocol:?}");
        }
        let ours = ready(advertiser.receive_pack(&world.write()).await);
        assert_eq!(
            text(&ours),
            text(&by_git(world, Service::ReceivePack, Protocol::V0).await)
        );
        for request in requests() {
            let Peek::LsRefs(asked) = LsRefs::peek(request.as_bytes(), true) else {
                panic!("{request}")
            };
            let ours = ready(advertiser.ls_refs(&world.read(), &asked).await);
            let (theirs, _) = world.fetch(Protocol::V2, request.as_bytes()).await;
            assert_eq!(text(&ours), text(&theirs), "{request}");
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// Makes all files and folders of references look old, so that a snapshot is trusted and kept.
pub(crate) fn age(world: &World) {
    let done = Command::new("find")
        .arg(world.bare())
        .args(["-exec", "touch", "-h", "-d", "2020-01-01", "{}", "+"])
        .status()
        .unwrap();
    assert!(done.success());
}

#[tokio::test]
async fn an_empty_repository() {
    let world = World::new();
    let advertiser = Advertiser::new(&world.git, 1 << 20);
    assert_same(&world, &advertiser).await;
    age(&world);
    assert_same(&world, &advertiser).await;
}

#[tokio::test]
async fn branches_tags_and_what_points_nowhere() {
    let world = World::new();
    let advertiser = Advertiser::new(&world.git, 1 << 20);
    let one = world.commit(None, "one", 0);
    // HEAD names no commit yet, others do.
    world.git(&["update-ref", "refs/heads/other", &one]);
    assert_same(&world, &advertiser).await;
    world.git(&["update-ref", "refs/heads/main", &one]);
    world.git(&["update-ref", "refs/heads/main-2", &one]);
    world.git(&["update-ref", "refs/heads/a/b/c/x", &one]);
    world.git(&["update-ref", "refs/notes/commits", &one]);
    assert_same(&world, &advertiser).await;
    // Tags: light, annotated, of a tag, of a blob.
    world.git(&["tag", "light", &one]);
    world.git(&["tag", "-a", "-m", "x", "annotated", &one]);
    world.git(&["tag", "-a", "-m", "x", "of-tag", "annotated"]);
    let blob = git(&world.bare(), &["hash-object", "-w", "--stdin"], b"blob");
    world.git(&["tag", "-a", "-m", "x", "of-blob", &blob]);
    world.git(&["update-ref", "refs/other/tag", "annotated"]);
    assert_same(&world, &advertiser).await;
    // What the server keeps for itself is told to nobody.
    world.git(&["update-ref", "refs/jeton/kept", &one]);
    // Symbolic ones: to a branch, to another symbolic one, to nothing.
    world.git(&["symbolic-ref", "refs/heads/alias", "refs/heads/main"]);
    world.git(&["symbolic-ref", "refs/heads/alias-2", "refs/heads/alias"]);
    world.git(&["symbolic-ref", "refs/heads/dangling", "refs/heads/nothing"]);
    std::fs::write(world.bare().join("refs/heads/locked.lock"), "").unwrap();
    assert_same(&world, &advertiser).await;
    let told = text(&ready(
        advertiser.upload_pack(&world.read(), Protocol::V0).await,
    ));
    assert!(!told.contains("refs/jeton/"), "{told}");
    // Packed; then packed with some loose again.
    world.git(&["pack-refs", "--all"]);
    assert_same(&world, &advertiser).await;
    let two = world.commit(Some(&one), "two", 0);
    world.git(&["update-ref", "refs/heads/main", &two]);
    world.git(&["update-ref", "-d", "refs/heads/other"]);
    assert_same(&world, &advertiser).await;
    age(&world);
    assert_same(&world, &advertiser).await;
    // HEAD elsewhere: another branch, a hidden one, an object, a tag object.
    world.git(&["symbolic-ref", "HEAD", "refs/heads/alias-2"]);
    assert_same(&world, &advertiser).await;
    world.git(&["symbolic-ref", "HEAD", "refs/jeton/kept"]);
    assert_same(&world, &advertiser).await;
    std::fs::write(world.bare().join("HEAD"), format!("{two}\n")).unwrap();
    assert_same(&world, &advertiser).await;
    let tag = world.git(&["rev-parse", "refs/tags/of-tag"]);
    std::fs::write(world.bare().join("HEAD"), format!("{tag}\n")).unwrap();
    assert_same(&world, &advertiser).await;
}

#[tokio::test]
async fn a_kept_answer_is_dropped_at_every_kind_of_change() {
    let world = World::new();
    let advertiser = Advertiser::new(&world.git, 1 << 20);
    let one = world.commit(None, "one", 0);
    let two = world.commit(Some(&one), "two", 0);
    world.git(&["update-ref", "refs/heads/main", &one]);
    world.git(&["update-ref", "refs/heads/deep/er/branch", &one]);
    let changes: [&[&str]; 9] = [
        &["update-ref", "refs/heads/main", &two],
        &["update-ref", "refs/heads/deep/er/branch", &two],
        &["update-ref", "refs/heads/deep/er/second", &one],
        &["update-ref", "refs/new/space/x", &one],
        &["pack-refs", "--all"],
        &["update-ref", "refs/heads/main", &one],
        &["update-ref", "-d", "refs/heads/deep/er/second"],
        &["symbolic-ref", "HEAD", "refs/heads/deep/er/branch"],
        &["update-ref", "-d", "refs/heads/deep/er/branch"],
    ];
    for change in changes {
        age(&world);
        let before = ready(advertiser.upload_pack(&world.read(), Protocol::V0).await);
        let kept = ready(advertiser.upload_pack(&world.read(), Protocol::V0).await);
        assert_eq!(before.as_ptr(), kept.as_ptr(), "not kept before {change:?}");
        world.git(change);
        let after = ready(advertiser.upload_pack(&world.read(), Protocol::V0).await);
        if change[0] != "pack-refs" {
            assert_ne!(before, after, "{change:?}");
        }
        let theirs = by_git(&world, Service::UploadPack, Protocol::V0).await;
        assert_eq!(text(&after), text(&theirs), "{change:?}");
    }
}

/// Many changes in one tick of the file system's clock, which leave the folder's time as it was. Newer
/// kernels give each change a time of its own, so the time is put back by hand.
#[tokio::test]
async fn changes_faster_than_file_times() {
    let world = World::new();
    let advertiser = Advertiser::new(&world.git, 1 << 20);
    let one = world.commit(None, "one", 0);
    let two = world.commit(None, "two", 0);
    let heads = world.bare().join("refs/heads");
    let tick = heads.metadata().unwrap().modified().unwrap();
    for n in 0..20 {
        let tip = if n % 2 == 0 { &one } else { &two };
        // As git does it.
        std::fs::write(heads.join("main.lock"), format!("{tip}\n")).unwrap();
        std::fs::rename(heads.join("main.lock"), heads.join("main")).unwrap();
        std::fs::File::open(&heads)
            .unwrap()
            .set_modified(tick)
            .unwrap();
        let told = text(&ready(
            advertiser.upload_pack(&world.read(), Protocol::V0).await,
        ));
        assert!(
            told.contains(&format!("{tip} refs/heads/main")),
            "{n}: {told}"
        );
    }
}

#[tokio::test]
async fn ten_thousand_references() {
    let world = World::new();
    let advertiser = Advertiser::new(&world.git, 8 << 20);
    let one = world.commit(None, "one", 0);
    world.git(&["tag", "-a", "-m", "x", "annotated", &one]);
    let tag = world.git(&["rev-parse", "refs/tags/annotated"]);
    let mut input = String::new();
    for n in 0..5_000 {
        writeln!(input, "create refs/heads/group-{}/{n} {one}", n % 7).unwrap();
        writeln!(input, "create refs/tags/v{n} {tag}").unwrap();
    }
    git(&world.bare(), &["update-ref", "--stdin"], input.as_bytes());
    // Loose, in one form only: git takes its time over so many files.
    let ours = ready(advertiser.upload_pack(&world.read(), Protocol::V0).await);
    assert_eq!(
        text(&ours),
        text(&by_git(&world, Service::UploadPack, Protocol::V0).await)
    );
    world.git(&["pack-refs", "--all"]);
    age(&world);
    assert_same(&world, &advertiser).await;
}

#[tokio::test]
async fn what_is_not_understood_is_left_to_git() {
    let world = World::new();
    let advertiser = Advertiser::new(&world.git, 1 << 20);
    let one = world.commit(None, "one", 0);
    world.git(&["update-ref", "refs/heads/main", &one]);
    let garbage = world.bare().join("refs/heads/garbage");
    std::fs::write(&garbage, "no id\n").unwrap();
    let told = advertiser.upload_pack(&world.read(), Protocol::V0).await;
    assert_eq!(told, Advertised::AskGit);
    std::fs::write(&garbage, "1234567890123456789012345678901234567890\n").unwrap();
    let told = advertiser.upload_pack(&world.read(), Protocol::V0).await;
    assert_eq!(told, Advertised::AskGit, "an object that is missing");
    std::fs::remove_file(&garbage).unwrap();
    std::os::unix::fs::symlink("main", &garbage).unwrap();
    let told = advertiser.upload_pack(&world.read(), Protocol::V0).await;
    assert_eq!(told, Advertised::AskGit, "a link");
}

/// Commits in a row are put on many branches while `pack-refs` runs all the time. What is told must lie,
/// for each branch, between the last change that was done before it was asked and the last one that was
/// begun before it answered. (Git's own answer is no measure here: built without nanoseconds it may take
/// a new `packed-refs` for the one it has read.)
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beside_pushes_and_pack_refs() {
    const BRANCHES: usize = 12;
    const COMMITS: usize = 60;
    let world = World::new();
    let advertiser = Advertiser::new(&world.git, 1 << 20);
    let mut commits = vec![world.commit(None, "0", 0)];
    for n in 1..COMMITS {
        commits.push(world.commit(commits.last().map(String::as_str), &n.to_string(), 0));
    }
    for branch in 0..BRANCHES {
        world.git(&[
            "update-ref",
            &format!("refs/heads/b{branch:02}"),
            &commits[0],
        ]);
    }
    let counters = || Arc::new([const { AtomicUsize::new(0) }; BRANCHES]);
    let (begun, done, ended) = (counters(), counters(), Arc::new(AtomicBool::new(false)));
    let writer = std::thread::spawn({
        let (bare, commits) = (world.bare(), commits.clone());
        let (begun, done, ended) = (Arc::clone(&begun), Arc::clone(&done), Arc::clone(&ended));
        move || {
            for (n, commit) in commits.iter().enumerate().skip(1) {
                for branch in 0..BRANCHES {
                    begun[branch].store(n, Ordering::SeqCst);
                    let name = format!("refs/heads/b{branch:02}");
                    git(&bare, &["update-ref", &name, commit], b"");
                    done[branch].store(n, Ordering::SeqCst);
                }
            }
            ended.store(true, Ordering::SeqCst);
        }
    });
    let packer = std::thread::spawn({
        let (bare, ended) = (world.bare(), Arc::clone(&ended));
        move || {
            while !ended.load(Ordering::SeqCst) {
                // It may lose a race for a lock, which is its own affair.
                let pack = ["pack-refs", "--all", "--prune"];
                let mut git = Command::new("git");
                git.arg("-C")
                    .arg(&bare)
                    .args(pack)
                    .stderr(Stdio::null())
                    .status()
                    .unwrap();
            }
        }
    });
    let now = |counters: &[AtomicUsize; BRANCHES]| -> Vec<usize> {
        counters
            .iter()
            .map(|counter| counter.load(Ordering::SeqCst))
            .collect()
    };
    let mut rounds = 0;
    while !ended.load(Ordering::SeqCst) {
        let least = now(&done);
        let told = advertiser.upload_pack(&world.read(), Protocol::V0).await;
        let most = now(&begun);
        // Asking git is allowed where files change at every look.
        let Advertised::Ready(body) = told else {
            continue;
        };
        let ours: Vec<usize> = text(&body)
            .lines()
            .filter_map(|line| line.split_once(" refs/heads/b"))
            .map(|(id, _)| {
                commits
                    .iter()
                    .position(|commit| id.ends_with(commit))
                    .unwrap()
            })
            .collect();
        assert_eq!(
            ours.len(),
            BRANCHES,
            "a branch is missing in {}",
            text(&body)
        );
        for branch in 0..BRANCHES {
            let fits = (least[branch]..=most[branch]).contains(&ours[branch]);
            assert!(fits, "{branch}: {least:?} {ours:?} {most:?}");
        }
        rounds += 1;
    }
    writer.join().unwrap();
    packer.join().unwrap();
    assert!(rounds > 100, "only {rounds} answers were looked at");
    assert_same(&world, &advertiser).await;
}
