//! Pushes, and the one seam that they pass.
//!
//! Long: one seam, with what each of its two hooks may say beside each other.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use jeton_repo::hook::{PushId, RefCommand, Verdict, check_ref_name, is_forced};
use jeton_repo::{Ending, Head, Limits, Oid};

use crate::world::{NULL, TOKEN, World, commit, git, push_request, seam};

/// A client's repository with two commits, the second on top of the first.
fn client() -> (tempfile::TempDir, String, String) {
    let folder = tempfile::tempdir().unwrap();
    git(folder.path(), &["init", "-q", "--bare"], b"");
    let one = commit(folder.path(), None, "one", 10);
    let two = commit(folder.path(), Some(&one), "two", 10);
    (folder, one, two)
}

fn answer_of(answer: &[u8]) -> String {
    String::from_utf8_lossy(answer).into_owned()
}

fn refuse_closed(command: &RefCommand) -> Verdict {
    if command.name.contains("closed") {
        Verdict::Refuse(format!("{} is closed", command.name))
    } else {
        Verdict::Accept
    }
}

fn tip(world: &World, name: &str) -> Option<String> {
    world
        .read()
        .tip(name)
        .unwrap()
        .map(|id: Oid| id.to_string())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_push_is_asked_about_and_arrives() {
    let world = World::new();
    let (from, one, two) = client();
    assert!(world.read().is_empty().unwrap());
    let commands = [
        format!("{NULL} {two} refs/heads/main"),
        format!("{NULL} {one} refs/tags/v1"),
    ];
    let (answer, ending) = world
        .push(&push_request(from.path(), &commands, &[&two]))
        .await;
    assert_eq!(ending, Ending::Done);
    assert!(
        answer_of(&answer).contains("unpack ok"),
        "{}",
        answer_of(&answer)
    );
    assert!(answer_of(&answer).contains("ok refs/heads/main"));
    let received = world.checks.received.lock().unwrap().clone();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].len(), 2);
    assert!(
        received[0]
            .iter()
            .all(jeton_repo::hook::RefCommand::is_create)
    );
    assert_eq!(*world.checks.updated.lock().unwrap(), received[0]);
    assert_eq!(tip(&world, "refs/heads/main"), Some(two.clone()));
    assert_eq!(tip(&world, "refs/tags/v1"), Some(one));
    assert_eq!(
        world.read().head().unwrap(),
        Head::Branch {
            name: "refs/heads/main".into(),
            tip: Oid::from_hex(two.as_bytes()).ok()
        }
    );
    assert!(!world.read().is_empty().unwrap());
    let size = world.read().size_on_disk(10_000).unwrap().unwrap();
    assert!(size.bytes > 0 && size.files > 10, "{size:?}");
    assert_eq!(
        world.read().size_on_disk(size.files).unwrap(),
        Some(size),
        "as many as may be"
    );
    assert_eq!(world.read().size_on_disk(size.files - 1).unwrap(), None);
    world.git(&["fsck", "--strict", "--full"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_refused_push_leaves_nothing() {
    let world = World::new();
    let (from, _, two) = client();
    let quarantine = Arc::new(Mutex::new(None));
    *world.checks.on_receive.lock().unwrap() = Box::new({
        let quarantine = Arc::clone(&quarantine);
        move |push, _| {
            *quarantine.lock().unwrap() = push.quarantine().map(Path::to_owned);
            assert_eq!((push.id(), push.repository().get()), (PushId(5), 1));
            Verdict::Refuse("not \u{1b}[31mthis\u{202e} one\nnor that".into())
        }
    });
    let commands = [format!("{NULL} {two} refs/heads/main")];
    let request = push_request(from.path(), &commands, &[&two]);
    let (answer, ending) = world.push(&request).await;
    assert_eq!(ending, Ending::Done);
    let answer = answer_of(&answer);
    assert!(
        answer.contains("not [31mthis one") && answer.contains("nor that"),
        "{answer:?}"
    );
    assert!(!answer.contains('\u{1b}') && !answer.contains('\u{202e}'));
    assert!(
        answer.contains("ng refs/heads/main pre-receive hook declined"),
        "{answer:?}"
    );
    assert_eq!(tip(&world, "refs/heads/main"), None);
    assert!(world.checks.updated.lock().unwrap().is_empty());
    let quarantine = quarantine
        .lock()
        .unwrap()
        .clone()
        .expect("objects came with the push");
    assert!(quarantine.starts_with(world.bare().join("objects")) && !quarantine.exists());
    assert_eq!(world.git(&["count-objects"]), "0 objects, 0 kilobytes");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn single_references_are_refused_alone() {
    let world = World::new();
    let (from, one, two) = client();
    *world.checks.on_update.lock().unwrap() =
        Box::new(|_, command| match check_ref_name(&command.name) {
            Ok(()) if command.name != "refs/heads/closed" => Verdict::Accept,
            Ok(()) => Verdict::Refuse("closed".into()),
            Err(fault) => Verdict::Refuse(fault.to_string()),
        });
    let commands = [
        format!("{NULL} {two} refs/heads/open"),
        format!("{NULL} {one} refs/heads/closed"),
        format!("{NULL} {one} refs/jeton/mine"),
        format!("{NULL} {one} refs/Jeton/mine"),
        format!("{NULL} {one} refs/heads/bidi\u{202e}x"),
        format!("{NULL} {one} refs/heads/-option"),
    ];
    let (answer, ending) = world
        .push(&push_request(from.path(), &commands, &[&two]))
        .await;
    assert_eq!(ending, Ending::Done);
    let answer = answer_of(&answer);
    assert!(answer.contains("ok refs/heads/open"), "{answer}");
    assert!(answer.contains("refs/heads/closed:\nclosed\n"), "{answer}");
    assert!(answer.contains("is kept for the server itself"), "{answer}");
    for refused in &commands[1..] {
        let name = refused.rsplit(' ').next().unwrap();
        assert!(answer.contains(&format!("ng {name}")), "{name}: {answer}");
        assert_eq!(tip(&world, name), None, "{name}");
    }
    assert_eq!(tip(&world, "refs/heads/open"), Some(two));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_notice_is_said_beside_what_is_accepted() {
    let world = World::new();
    let (from, one, two) = client();
    *world.checks.notice.lock().unwrap() = Some("it moved\u{1b}".into());
    *world.checks.on_update.lock().unwrap() = Box::new(|_, command| refuse_closed(&command));
    for (names, said, refused) in [
        (&["open"][..], true, false),
        (&["half", "closed"], true, true),
        (&["closed"], false, true),
    ] {
        let commands: Vec<String> = names
            .iter()
            .zip([&two, &one])
            .map(|(name, id)| format!("{NULL} {id} refs/heads/{name}"))
            .collect();
        let (answer, _) = world
            .push(&push_request(from.path(), &commands, &[&two]))
            .await;
        let answer = answer_of(&answer);
        assert_eq!(answer.contains("it moved\n"), said, "{answer:?}");
        assert_eq!(answer.contains("is closed\n"), refused, "{answer:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn losing_history_is_seen_in_both_hooks() {
    let world = World::new();
    let (from, one, two) = client();
    let other = commit(from.path(), Some(&one), "other", 10);
    let git_found = world.git.clone();
    let seen = Arc::new(Mutex::new(Vec::new()));
    *world.checks.on_receive.lock().unwrap() = Box::new({
        let (seen, git) = (Arc::clone(&seen), git_found.clone());
        move |push, commands| {
            seen.lock()
                .unwrap()
                .push(is_forced(&git, push, &commands[0]).unwrap());
            Verdict::Accept
        }
    });
    *world.checks.on_update.lock().unwrap() = Box::new({
        let (seen, git) = (Arc::clone(&seen), git_found);
        move |push, command| {
            seen.lock()
                .unwrap()
                .push(is_forced(&git, push, &command).unwrap());
            Verdict::Accept
        }
    });
    for (old, new, forced) in [
        (NULL, &one, false),
        (&one, &two, false),
        (&two, &other, true),
        (&other, &one, true),
        (&one, &NULL.to_owned(), false),
    ] {
        let command = [format!("{old} {new} refs/heads/topic")];
        let tips: &[&str] = if new == NULL { &[] } else { &[new] };
        let (answer, _) = world.push(&push_request(from.path(), &command, tips)).await;
        assert!(
            answer_of(&answer).contains("ok refs/heads/topic"),
            "{}",
            answer_of(&answer)
        );
        assert_eq!(
            std::mem::take(&mut *seen.lock().unwrap()),
            [forced, forced],
            "{old} {new}"
        );
    }
    // A replacement that makes the new look like a child of the old changes nothing.
    let command = [format!("{NULL} {two} refs/heads/topic")];
    world
        .push(&push_request(from.path(), &command, &[&two, &other]))
        .await;
    let lie = git(
        from.path(),
        &[
            "commit-tree",
            "-m",
            "lie",
            "-p",
            &two,
            &format!("{other}^{{tree}}"),
        ],
        b"",
    );
    let replace = [format!("{NULL} {lie} refs/replace/{other}")];
    let (answer, _) = world
        .push(&push_request(from.path(), &replace, &[&lie]))
        .await;
    assert!(
        answer_of(&answer).contains("ok refs/replace/"),
        "{}",
        answer_of(&answer)
    );
    seen.lock().unwrap().clear();
    let command = [format!("{two} {other} refs/heads/topic")];
    world
        .push(&push_request(from.path(), &command, &[&other]))
        .await;
    assert_eq!(*seen.lock().unwrap(), [true, true]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_value_is_good_for_one_push_only() {
    let world = World::new();
    let (from, _, two) = client();
    // Read back from the child what it was given, as a thief on the same account could.
    let ask = |nonce: &str, lines: &str, hook: &[&str]| {
        use std::io::Write;
        let shim = seam("git-hook");
        let mut child = std::process::Command::new(shim.program)
            .args(shim.args)
            .args(hook)
            .env("JETON_HOOK_SOCKET", world.data.run().join("hooks.sock"))
            .env("JETON_HOOK_NONCE", nonce)
            .stdin(std::process::Stdio::piped())
            .stderr(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        // A hook that is refused early may not read.
        let _ = child.stdin.take().unwrap().write_all(lines.as_bytes());
        let output = child.wait_with_output().unwrap();
        (
            output.status.success(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };
    let nonce = "07".repeat(32);
    let lines = format!("{NULL} {two} refs/heads/main\n{NULL} {two} refs/heads/closed\n");
    *world.checks.on_update.lock().unwrap() = Box::new(|_, command| refuse_closed(&command));
    let update = ["update", "refs/heads/main", NULL, &two];
    let said = tokio::task::block_in_place(|| ask(&nonce, &lines, &["pre-receive"]));
    assert!(!said.0 && said.1.contains("no such push"), "{said:?}");

    let ticket = world
        .hooks
        .expect(PushId(9), &world.write(), [7; 32])
        .unwrap();
    let closed = ["update", "refs/heads/closed", NULL, &two];
    let (early, first, again, foreign, other, second, twice, third) =
        tokio::task::block_in_place(|| {
            (
                ask(&nonce, "", &update),
                ask(&nonce, &lines, &["pre-receive"]),
                ask(&nonce, &lines, &["pre-receive"]),
                ask(&nonce, "", &["update", "refs/heads/other", NULL, &two]),
                ask(&nonce, "", &["post-receive"]),
                ask(&nonce, "", &update),
                ask(&nonce, "", &update),
                ask(&nonce, "", &closed),
            )
        });
    assert!(
        !early.0 && early.1.contains("not received yet"),
        "{early:?}"
    );
    assert!(first.0, "{first:?}");
    assert!(
        !again.0 && again.1.contains("received already"),
        "{again:?}"
    );
    assert!(
        !foreign.0 && foreign.1.contains("not part of the push"),
        "{foreign:?}"
    );
    assert!(!other.0);
    assert!(second.0, "{second:?}");
    assert!(!twice.0, "{twice:?}");
    assert!(!third.0 && third.1.is_empty(), "{third:?}");
    drop(ticket);
    let late = tokio::task::block_in_place(|| ask(&nonce, "", &update));
    assert!(!late.0 && late.1.contains("no such push"), "{late:?}");
    drop(from);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_pack_that_is_broken_or_too_large_is_refused() {
    let world = World::with(Limits {
        input_bytes: 20_000,
        ..Limits::default()
    });
    let (from, _, two) = client();
    let large = commit(from.path(), None, "large", 50_000);
    for tip in [&two, &large] {
        let commands = [format!("{NULL} {tip} refs/heads/main")];
        let mut request = push_request(from.path(), &commands, &[tip]);
        if tip == &two {
            // One bit of the pack.
            let end = request.len() - 30;
            request[end] ^= 1;
        }
        let (answer, _) = world.push(&request).await;
        assert!(
            !answer_of(&answer).contains("unpack ok"),
            "{}",
            answer_of(&answer)
        );
        assert_eq!(world.read().refs().unwrap(), []);
    }
    // An object that `fsck` refuses: a tree with a `.git` in it.
    let blob = git(from.path(), &["hash-object", "-w", "--stdin"], b"x");
    let tree = git(
        from.path(),
        &["mktree"],
        format!("100644 blob {blob}\t.git\n").as_bytes(),
    );
    let evil = git(from.path(), &["commit-tree", "-m", "x", &tree], b"");
    let commands = [format!("{NULL} {evil} refs/heads/main")];
    let (answer, _) = world
        .push(&push_request(from.path(), &commands, &[&evil]))
        .await;
    assert!(
        !answer_of(&answer).contains("unpack ok"),
        "{}",
        answer_of(&answer)
    );
    assert!(world.checks.received.lock().unwrap().is_empty());
    assert_eq!(world.runner_left_behind(), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_push_that_is_cut_leaves_no_lock() {
    let world = World::new();
    let (from, _, two) = client();
    let asked = Arc::new(AtomicUsize::new(0));
    // Answered when the push has been cut: it must not wait for that.
    let (answer, answered) = std::sync::mpsc::channel::<()>();
    let answered = std::sync::Mutex::new(answered);
    *world.checks.on_receive.lock().unwrap() = Box::new({
        let asked = Arc::clone(&asked);
        move |_, _| {
            asked.fetch_add(1, Ordering::SeqCst);
            let _ = answered
                .lock()
                .unwrap()
                .recv_timeout(std::time::Duration::from_mins(1));
            Verdict::Accept
        }
    });
    let commands: Vec<String> = (0..50)
        .map(|n| format!("{NULL} {two} refs/heads/b{n}"))
        .collect();
    let transfer = world.begin_push(5).await;
    let request = push_request(from.path(), &commands, &[&two]);
    let talking = tokio::spawn(crate::world::talk_owned(transfer, request));
    tokio::task::block_in_place(|| {
        crate::transfer::wait_until(|| asked.load(Ordering::SeqCst) > 0);
    });
    assert_eq!(world.transfers.cut_any(&[TOKEN]).await, 1);
    assert_eq!(talking.await.unwrap().1, Ending::Cut);
    drop(answer);
    assert_eq!(world.read().refs().unwrap(), []);
    // Git leaves what it received where a signal ends it; that went when the push had ended.
    assert_eq!(world.runner_left_behind(), 0);
    world.git(&["fsck", "--strict"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn many_references_in_one_push() {
    let world = World::new();
    let (from, _, two) = client();
    let commands: Vec<String> = (0..200)
        .map(|n| format!("{NULL} {two} refs/heads/b{n}"))
        .collect();
    let (answer, ending) = world
        .push(&push_request(from.path(), &commands, &[&two]))
        .await;
    assert_eq!(ending, Ending::Done);
    assert_eq!(answer_of(&answer).matches("ok refs/heads/b").count(), 200);
    assert_eq!(world.checks.received.lock().unwrap()[0].len(), 200);
    assert_eq!(world.checks.updated.lock().unwrap().len(), 200);
    // A whole push of 10,000 reaches the check before anything else is done with it.
    let refuse = |_: &_, _| Verdict::Refuse("too many".into());
    *world.checks.on_receive.lock().unwrap() = Box::new(refuse);
    let commands: Vec<String> = (0..10_000)
        .map(|n| format!("{NULL} {two} refs/heads/c{n}"))
        .collect();
    world
        .push(&push_request(from.path(), &commands, &[&two]))
        .await;
    assert_eq!(world.checks.received.lock().unwrap()[1].len(), 10_000);
    assert_eq!(world.read().refs().unwrap().len(), 200);
}

/// Under each git that is installed here.
fn worlds() -> Vec<World> {
    let mut worlds = vec![World::new()];
    let other = World::under("/usr/bin/git");
    if other.git.version() != worlds[0].git.version() {
        worlds.push(other);
    }
    worlds
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn git_asks_once_unless_some_references_are_refused() {
    for world in worlds() {
        let (from, one, two) = client();
        // A hook that git must not find.
        let script = world.folder.path().join("data/hooks/update");
        let good = std::fs::read(&script).unwrap();
        let write = |text: &[u8]| {
            std::fs::remove_file(&script).unwrap();
            std::fs::write(&script, text).unwrap();
            std::fs::set_permissions(&script, std::fs::Permissions::from_mode(0o500)).unwrap();
        };
        std::fs::set_permissions(
            script.parent().unwrap(),
            std::fs::Permissions::from_mode(0o700),
        )
        .unwrap();
        write(b"#!/bin/sh\nexit 1\n");
        let push = |names: &[&str]| {
            let commands: Vec<String> = names
                .iter()
                .map(|name| format!("{NULL} {two} refs/heads/{name}"))
                .collect();
            push_request(from.path(), &commands, &[&two])
        };
        let (answer, _) = world.push(&push(&["a", "b"])).await;
        assert!(answer_of(&answer).contains("ok refs/heads/b"), "no update");

        *world.checks.on_update.lock().unwrap() = Box::new(|_, command| refuse_closed(&command));
        write(&good);
        let (answer, _) = world.push(&push(&["c", "closed", "d"])).await;
        let answer = answer_of(&answer);
        for line in [
            "refs/heads/closed is closed",
            "ok refs/heads/c",
            "ok refs/heads/d",
            "ng refs/heads/closed hook declined",
        ] {
            assert!(answer.contains(line), "{line}: {answer}");
        }
        // All of a push refused: nothing of it is kept, and git asks no more.
        let before = world.git(&["count-objects"]);
        let other = commit(from.path(), Some(&one), "other", 10);
        let commands = ["closed1", "closed2"].map(|n| format!("{NULL} {other} refs/heads/{n}"));
        let (answer, _) = world
            .push(&push_request(from.path(), &commands, &[&other]))
            .await;
        let answer = answer_of(&answer);
        for line in [
            "refs/heads/closed1:\nrefs/heads/closed1 is closed\n",
            "ng refs/heads/closed1 pre-receive hook declined",
            "ng refs/heads/closed2 pre-receive hook declined",
        ] {
            assert!(answer.contains(line), "{line}: {answer}");
        }
        assert_eq!(world.git(&["count-objects"]), before);
        // Git must be told which: if it can't be, nothing goes through.
        for unfit in [0o400, 0] {
            if unfit == 0 {
                std::fs::remove_file(&script).unwrap();
            } else {
                std::fs::set_permissions(&script, std::fs::Permissions::from_mode(unfit)).unwrap();
            }
            let (answer, _) = world.push(&push(&["e", "closed", "f"])).await;
            let answer = answer_of(&answer);
            assert!(
                answer.contains("git can't be told which")
                    && answer.contains("ng refs/heads/e pre-receive hook declined"),
                "{answer}"
            );
            assert_eq!(tip(&world, "refs/heads/e"), None);
        }
        assert_eq!(tip(&world, "refs/heads/closed"), None);
        let tmp = world.folder.path().join("data/tmp");
        assert_eq!(std::fs::read_dir(tmp).unwrap().count(), 0, "a folder stays");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_atomic_push_goes_through_whole_or_not_at_all() {
    for world in worlds() {
        let (from, _, two) = client();
        *world.checks.on_update.lock().unwrap() = Box::new(|_, command| refuse_closed(&command));
        let commands = ["open", "closed"].map(|n| format!("{NULL} {two} refs/heads/{n}"));
        let request = push_request(from.path(), &commands, &[&two]);
        // One capability more, in the first line.
        let at = request.iter().position(|&byte| byte == 0).unwrap();
        let length =
            usize::from_str_radix(std::str::from_utf8(&request[..4]).unwrap(), 16).unwrap();
        let request = [
            format!("{:04x}", length + 7).as_bytes(),
            &request[4..=at],
            b" atomic",
            &request[at + 1..],
        ]
        .concat();
        let (answer, _) = world.push(&request).await;
        let answer = answer_of(&answer);
        assert!(answer.contains("ng refs/heads/open"), "{answer}");
        assert!(answer.contains("refs/heads/closed is closed"), "{answer}");
        assert_eq!(world.read().refs().unwrap(), []);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn odd_names_are_refused_with_a_sentence_and_the_others_go_through() {
    for world in worlds() {
        let (from, _, two) = client();
        *world.checks.on_update.lock().unwrap() =
            Box::new(|_, command| match check_ref_name(&command.name) {
                Ok(()) => Verdict::Accept,
                Err(fault) => Verdict::Refuse(fault.to_string()),
            });
        let odd: [&[u8]; 14] = [
            b"refs/heads/a b",
            b"refs/heads/ ",
            b"refs/heads/a\tb",
            b"refs/heads/a\x1b[31mb",
            b"refs/heads/a\x7fb",
            b"refs/heads/\xff\xfe",
            b"refs/heads/..",
            b"refs/heads/../../config",
            b"refs/heads/a.lock",
            b"refs/heads/-x",
            b"HEAD",
            b"refs/stash",
            b"refs/replace/1234567890123456789012345678901234567890",
            b"refs/worktree/x",
        ];
        for (n, name) in odd.into_iter().enumerate() {
            let good = format!("refs/heads/good{n}");
            let first = [format!("{NULL} {two} ").as_bytes(), name].concat();
            let with = [&first[..], b"\0 report-status side-band-64k"].concat();
            let second = format!("{NULL} {two} {good}");
            let mut request = format!("{:04x}", with.len() + 4).into_bytes();
            request.extend_from_slice(&with);
            request.extend_from_slice(crate::world::line(&second).as_bytes());
            // The flush and the pack.
            request.extend_from_slice(&push_request(from.path(), &[], &[&two]));
            let (answer, _) = world.push(&request).await;
            let said = answer_of(&answer);
            let shown = String::from_utf8_lossy(name);
            assert!(said.contains(&format!("ok {good}")), "{shown:?}: {said}");
            assert!(!said.contains("could not be checked"), "{shown:?}: {said}");
            let sentence = world.checks.updated.lock().unwrap()[2 * n..]
                .iter()
                .find_map(|command| check_ref_name(&command.name).err())
                .unwrap()
                .to_string();
            assert!(said.contains(&sentence), "{shown:?}: {said}");
        }
        assert_eq!(world.read().refs().unwrap().len(), odd.len());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_line_break_in_a_name_refuses_the_push() {
    for world in worlds() {
        let (from, _, two) = client();
        let command = [format!("{NULL} {two} refs/heads/a\nb")];
        let (answer, _) = world
            .push(&push_request(from.path(), &command, &[&two]))
            .await;
        let answer = answer_of(&answer);
        assert!(answer.contains("holds a line break"), "{answer}");
        assert!(world.checks.received.lock().unwrap().is_empty());
        assert_eq!(world.read().refs().unwrap(), []);
    }
}
