//! Fetches, and every way in which a transfer ends.

use std::os::unix::fs::PermissionsExt;
use std::process::Command;
use std::time::Duration;

use jeton_repo::{Ending, Input, Limits, Output, Protocol, Runner, StartError, StreamKey, Swept};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::world::{TOKEN, World, fetch_request, git, line, pack_in, place, seam};

/// The command lines of the processes that have the folder in them or in their environment.
fn processes(world: &World) -> Vec<String> {
    let folder = world.folder.path().to_string_lossy().into_owned();
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc").unwrap().flatten() {
        let line = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        let line = String::from_utf8_lossy(&line).replace('\0', " ");
        let environment = std::fs::read(entry.path().join("environ")).unwrap_or_default();
        if line.contains(&folder) || String::from_utf8_lossy(&environment).contains(&folder) {
            found.push(line);
        }
    }
    found
}

#[tokio::test]
async fn a_fetch_gives_a_whole_pack() {
    let world = World::new();
    let tip = world.commit(None, "one", 3_000_000);
    world.git(&["update-ref", "refs/heads/main", &tip]);
    let (answer, ending) = world
        .fetch(Protocol::V2, fetch_request(&tip, &[]).as_bytes())
        .await;
    assert_eq!(ending, Ending::Done);
    let copy = tempfile::tempdir().unwrap();
    git(copy.path(), &["init", "-q", "--bare"], b"");
    git(
        copy.path(),
        &["index-pack", "--stdin", "--fix-thin"],
        &pack_in(&answer),
    );
    git(copy.path(), &["fsck", "--full", &tip], b"");
    // Version 0 as well.
    let request = line(&format!("want {tip} no-progress\n")) + "0000" + &line("done\n");
    let (answer, ending) = world.fetch(Protocol::V0, request.as_bytes()).await;
    assert_eq!(ending, Ending::Done);
    assert!(answer.starts_with(b"0008NAK\nPACK"));
    assert_eq!(world.transfers.running(), 0);
}

#[tokio::test]
async fn filters_are_three() {
    let world = World::new();
    let tip = world.commit(None, "one", 1000);
    world.git(&["update-ref", "refs/heads/main", &tip]);
    for filter in [
        "filter blob:none\n",
        "filter blob:limit=10\n",
        "filter tree:0\n",
    ] {
        let request = fetch_request(&tip, &[filter]);
        let (answer, ending) = world.fetch(Protocol::V2, request.as_bytes()).await;
        assert_eq!(ending, Ending::Done, "{filter}");
        assert!(pack_in(&answer).starts_with(b"PACK"), "{filter}");
    }
    for filter in [
        "filter sparse:oid=HEAD:file\n".to_owned(),
        "filter sparse:path=/etc/passwd\n".to_owned(),
        "filter object:type=blob\n".to_owned(),
        "filter combine:blob:none+tree:0\n".to_owned(),
        "filter combine:tree:0+sparse:oid=HEAD\n".to_owned(),
        format!("filter {}\n", "x".repeat(60_000)),
    ] {
        let request = fetch_request(&tip, &[&filter]);
        let (answer, ending) = world.fetch(Protocol::V2, request.as_bytes()).await;
        assert!(matches!(ending, Ending::Failed(_)), "{filter}: {ending:?}");
        assert!(
            !String::from_utf8_lossy(&answer).contains("PACK"),
            "{filter}"
        );
    }
}

#[tokio::test]
async fn a_failure_is_no_clean_end() {
    let world = World::new();
    let tip = world.commit(None, "one", 0);
    world.git(&["update-ref", "refs/heads/main", &tip]);
    let unknown = "1234567890123456789012345678901234567890";
    let (answer, ending) = world
        .fetch(Protocol::V2, fetch_request(unknown, &[]).as_bytes())
        .await;
    assert_eq!(ending, Ending::Failed(128));
    assert!(String::from_utf8_lossy(&answer).contains("not our ref"));
    for garbage in [
        &b"garbage"[..],
        b"0014command=rm -rf\n\0",
        b"ffff",
        &vec![0; 100_000],
    ] {
        let (_, ending) = world.fetch(Protocol::V2, garbage).await;
        assert!(matches!(ending, Ending::Failed(_)), "{ending:?}");
    }
}

/// A fetch that stands still because nobody reads it.
async fn stuck(world: &World, keys: &[StreamKey]) -> (Input, Output) {
    let tip = world.git(&["rev-parse", "refs/heads/main"]);
    let registration = world.transfers.enter(keys.iter().copied());
    let transfer = world
        .runner
        .upload_pack(&world.read(), Protocol::V2, registration)
        .await;
    let (mut input, output) = transfer.unwrap().split();
    input
        .write_all(fetch_request(&tip, &[]).as_bytes())
        .await
        .unwrap();
    (input, output)
}

fn large(limits: Limits) -> World {
    let world = World::with(limits);
    let tip = world.commit(None, "one", 4_000_000);
    world.git(&["update-ref", "refs/heads/main", &tip]);
    world
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_cut_returns_when_every_process_is_gone() {
    let world = large(Limits::default());
    let (_input, mut output) = stuck(&world, &[TOKEN]).await;
    let (_other_input, other) = stuck(&world, &[StreamKey(1, 78)]).await;
    let ending = output.ending();
    let mut some = [0; 100];
    output.read_exact(&mut some).await.unwrap();
    assert!(
        processes(&world)
            .iter()
            .any(|line| line.contains("pack-objects"))
    );
    let begun = tokio::time::Instant::now();
    assert_eq!(world.transfers.cut_any(&[TOKEN]).await, 1);
    assert!(
        begun.elapsed() < Duration::from_secs(2),
        "{:?}",
        begun.elapsed()
    );
    assert_eq!(ending.wait().await, Ending::Cut);
    let mut rest = Vec::new();
    assert!(
        output.read_to_end(&mut rest).await.is_err(),
        "a cut stream ends broken"
    );
    assert!(rest.len() < 4_000_000);
    // Only the other one's are left.
    assert_eq!(world.transfers.running(), 1);
    let left = processes(&world);
    assert!(
        left.iter()
            .filter(|line| line.contains("upload-pack"))
            .count()
            == 1,
        "{left:?}"
    );
    assert_eq!(world.transfers.cut_all().await, 1);
    assert_eq!(other.ending().wait().await, Ending::Cut);
    assert_eq!(processes(&world), Vec::<String>::new());
}

#[tokio::test]
async fn one_cut_before_its_start_is_not_started() {
    let world = large(Limits::default());
    let registration = world.transfers.enter([TOKEN]);
    world.transfers.cut_any(&[TOKEN]).await;
    let started = world
        .runner
        .upload_pack(&world.read(), Protocol::V2, registration)
        .await;
    assert!(matches!(started, Err(StartError::Cut)));
    assert_eq!(processes(&world), Vec::<String>::new());
}

#[tokio::test]
async fn a_client_that_goes_away_ends_its_git() {
    let world = large(Limits::default());
    let transfer = stuck(&world, &[TOKEN]).await;
    let ending = transfer.1.ending();
    drop(transfer);
    assert_eq!(ending.wait().await, Ending::Cut);
    assert_eq!(processes(&world), Vec::<String>::new());
}

#[tokio::test]
async fn one_that_stands_still_or_takes_too_long_is_ended() {
    let idle = Duration::from_millis(400);
    let world = large(Limits {
        idle,
        ..Limits::default()
    });
    let transfer = stuck(&world, &[TOKEN]).await;
    assert_eq!(transfer.1.ending().wait().await, Ending::Idle);

    let wall = Duration::from_millis(400);
    let world = large(Limits {
        wall,
        ..Limits::default()
    });
    let transfer = stuck(&world, &[TOKEN]).await;
    assert_eq!(transfer.1.ending().wait().await, Ending::TooLong);
    assert_eq!(processes(&world), Vec::<String>::new());
}

#[tokio::test]
async fn beyond_the_places_one_waits_and_is_told() {
    let queue = Duration::from_millis(100);
    let world = large(Limits {
        children: 1,
        queue,
        ..Limits::default()
    });
    let first = stuck(&world, &[TOKEN]).await;
    let registration = world.transfers.enter([TOKEN]);
    let second = world
        .runner
        .upload_pack(&world.read(), Protocol::V2, registration)
        .await;
    assert!(matches!(second, Err(StartError::Busy)));
    drop(first);
    let tip = world.git(&["rev-parse", "refs/heads/main"]);
    let (_, ending) = world
        .fetch(Protocol::V2, fetch_request(&tip, &[]).as_bytes())
        .await;
    assert_eq!(ending, Ending::Done, "a place that was given back is taken");
}

#[tokio::test]
async fn locks_are_swept_when_nobody_is_there() {
    let world = large(Limits::default());
    for stale in [
        "HEAD.lock",
        "refs/heads/main.lock",
        "objects/pack/tmp_pack_x",
    ] {
        std::fs::write(world.bare().join(stale), "").unwrap();
    }
    std::fs::create_dir_all(world.bare().join("objects/tmp_objdir-incoming-x/aa")).unwrap();
    let sweep = |age| world.runner.sweep(&world.data, place(1), age).unwrap();
    let push = world.begin_push(1).await;
    assert_eq!(sweep(Duration::ZERO), Swept::Busy);
    // A push that is told nothing more ends well.
    assert_eq!(crate::world::talk(push, b"0000").await.1, Ending::Done);
    let fetch = stuck(&world, &[TOKEN]).await;
    assert_eq!(sweep(Duration::from_hours(1)), Swept::Removed(0));
    assert_eq!(sweep(Duration::ZERO), Swept::Removed(4));
    assert_eq!(sweep(Duration::ZERO), Swept::Removed(0));
    drop(fetch);
    world.git(&["fsck", "--strict"]);
}

#[tokio::test]
async fn what_a_killed_push_left_goes_with_the_last_push_there() {
    let world = large(Limits::default());
    let lock = world.bare().join("refs/heads/main.lock");
    std::fs::write(&lock, "").unwrap();
    let (first, second) = (world.begin_push(1).await, world.begin_push(2).await);
    let ending = first.ending();
    drop(first);
    assert_eq!(ending.wait().await, Ending::Cut);
    assert!(lock.exists(), "it may be the other's");
    assert_eq!(crate::world::talk(second, b"0000").await.1, Ending::Done);
    assert!(!lock.exists());
    // After pushes that end well nothing is looked for.
    std::fs::write(&lock, "").unwrap();
    let third = world.begin_push(3).await;
    assert_eq!(crate::world::talk(third, b"0000").await.1, Ending::Done);
    assert!(lock.exists());
}

/// The death signal: the server ends without a word, and its git with it.
#[test]
fn children_die_with_the_thread_that_started_them() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let world = runtime.block_on(async { large(Limits::default()) });
    let fifo = world.folder.path().join("fifo");
    assert!(
        Command::new("mkfifo")
            .arg(&fifo)
            .status()
            .unwrap()
            .success()
    );
    // A parent that starts git by the shim and is killed.
    let script = format!(
        "exec 3<>{fifo}; '{shim}' git-run $$ -- git upload-pack --stateless-rpc {bare} <&3 >{out} & \
         echo started; wait",
        fifo = fifo.display(),
        shim = seam("x").program.display(),
        bare = world.bare().display(),
        out = world.folder.path().join("out").display(),
    );
    let mut parent = Command::new("sh")
        .args(["-c", &script])
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let uploads = || {
        processes(&world)
            .into_iter()
            .filter(|line| line.starts_with("git upload-pack"))
            .count()
    };
    wait_until(|| uploads() == 1);
    parent.kill().unwrap();
    parent.wait().unwrap();
    wait_until(|| uploads() == 0);
}

#[tokio::test]
async fn the_end_of_the_runner_is_the_end_of_its_children() {
    let mut world = large(Limits::default());
    let (_input, mut output) = stuck(&world, &[TOKEN]).await;
    let ending = output.ending();
    // By its first byte git has asked for the signal.
    output.read_exact(&mut [0]).await.unwrap();
    let fresh = Runner::new(
        world.git.clone(),
        world.data.clone(),
        None,
        Limits::default(),
    );
    drop(std::mem::replace(&mut world.runner, fresh.unwrap()));
    assert_ne!(ending.wait().await, Ending::Done);
}

#[tokio::test]
async fn complaints_without_end_take_no_memory_and_stop_nothing() {
    let mut world = large(Limits::default());
    // A git that only complains.
    let noisy = world.folder.path().join("noisy");
    std::fs::write(&noisy, "#!/bin/sh\nhead -c 5000000 /dev/zero >&2\nexit 3\n").unwrap();
    std::fs::set_permissions(&noisy, std::fs::Permissions::from_mode(0o755)).unwrap();
    let shim = jeton_repo::Shim {
        program: noisy,
        args: Vec::new(),
    };
    world.runner = Runner::new(
        world.git.clone(),
        world.data.clone(),
        Some(shim),
        Limits::default(),
    )
    .unwrap();
    let (answer, ending) = world.fetch(Protocol::V2, b"").await;
    assert_eq!((answer, ending), (Vec::new(), Ending::Failed(3)));
}

pub(crate) fn wait_until(done: impl Fn() -> bool) {
    for _ in 0..500 {
        if done() {
            return;
        }
        std::thread::sleep(Duration::from_millis(10));
    }
    panic!("it did not come");
}
