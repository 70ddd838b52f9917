//! Real `git` against the door.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use jeton_domain::Visibility;

use crate::world::World;

#[test]
fn a_person_pushes_clones_and_fetches_with_every_protocol() {
    let world = World::new(&[]);
    let ada = world.person("ada");
    world.repository(&ada, "labs", Visibility::Private);
    let work = world.work("work");
    let remote = world.remote(Some(&ada), "ada/labs.git");
    world.git_well(&work, &["remote", "add", "origin", &remote]);
    world.git_well(&work, &["push", "-q", "origin", "main"]);
    for version in ["0", "1", "2"] {
        let config = format!("protocol.version={version}");
        let copy = format!("copy{version}");
        world.git_well(
            world.folder.path(),
            &["-c", &config, "clone", "-q", &remote, &copy],
        );
        let copy = world.folder.path().join(copy);
        assert_eq!(std::fs::read_to_string(copy.join("file")).unwrap(), "one\n");
        std::fs::write(work.join("file"), format!("by {version}\n")).unwrap();
        world.git_well(&work, &["-c", &config, "commit", "-q", "-am", "next"]);
        world.git_well(&work, &["-c", &config, "push", "-q", "origin", "main"]);
        world.git_well(&copy, &["-c", &config, "pull", "-q"]);
        assert_eq!(
            std::fs::read_to_string(copy.join("file")).unwrap(),
            format!("by {version}\n")
        );
        std::fs::write(work.join("file"), "one\n").unwrap();
        world.git_well(&work, &["commit", "-q", "-am", "back"]);
        world.git_well(&work, &["push", "-q", "origin", "main"]);
    }
    let shallow = world.remote(Some(&ada), "ada/labs");
    world.git_well(
        world.folder.path(),
        &["clone", "-q", "--depth", "1", &shallow, "shallow"],
    );
    world.git_well(
        world.folder.path(),
        &["clone", "-q", "--filter=blob:none", &shallow, "partial"],
    );
    let refs = world.git_well(&work, &["ls-remote", "--symref", "origin"]);
    assert!(refs.contains("ref: refs/heads/main\tHEAD"), "{refs}");
}

#[test]
fn a_large_push_and_clone_pass_in_pieces() {
    let world = World::new(&[]);
    let ada = world.person("ada");
    world.repository(&ada, "big", Visibility::Private);
    let work = world.work("work");
    let noise = add_noise(&world, &work);
    let remote = world.remote(Some(&ada), "ada/big");
    world.git_well(&work, &["push", "-q", &remote, "main"]);
    world.git_well(world.folder.path(), &["clone", "-q", &remote, "copy"]);
    assert!(std::fs::read(world.folder.path().join("copy/noise")).unwrap() == noise);
}

#[test]
fn hidden_and_missing_are_one_answer_for_everybody() {
    let world = World::new(&[]);
    let (ada, bob) = (world.person("ada"), world.person("bob"));
    world.repository(&ada, "secret", Visibility::Private);
    for path in [
        "info/refs?service=git-upload-pack",
        "info/refs?service=git-receive-pack",
    ] {
        let ask = |name: &str, headers: &[&str]| {
            let answer = world.ask(&format!("GET /ada/{name}/{path}"), headers, "");
            let head: Vec<String> = answer
                .head
                .lines()
                .filter(|line| {
                    !line.starts_with("x-github-request-id") && !line.starts_with("date")
                })
                .map(str::to_owned)
                .collect();
            (head, answer.body)
        };
        let anonymous = ask("secret", &[]);
        assert!(anonymous.0[0].contains("401"), "{anonymous:?}");
        assert!(
            anonymous
                .0
                .iter()
                .any(|line| line.starts_with("www-authenticate: basic realm="))
        );
        assert_eq!(anonymous, ask("missing", &[]));
        // The second time comes from memory.
        assert_eq!(anonymous, ask("secret", &[]));
        let bearer = format!("authorization: Bearer {bob}");
        let stranger = ask("secret", &[&bearer]);
        assert!(stranger.0[0].contains("404"), "{stranger:?}");
        assert_eq!(stranger, ask("missing", &[&bearer]));
        assert_eq!(stranger, ask("secret.git", &[&bearer]));
    }
}

#[test]
fn git_shows_why_it_was_refused() {
    let world = World::new(&[]);
    let (ada, bob) = (world.person("ada"), world.person("bob"));
    world.repository(&ada, "open", Visibility::Public);
    world.repository(&ada, "secret", Visibility::Private);
    let work = world.work("work");
    world.git_well(
        &work,
        &["push", "-q", &world.remote(Some(&ada), "ada/open"), "main"],
    );
    let refused = |remote: &str, words: &[&str]| {
        let words: Vec<&str> = words
            .iter()
            .map(|word| if *word == "REMOTE" { remote } else { word })
            .collect();
        let output = world.git(&work, &words);
        assert!(!output.status.success(), "{words:?} went through");
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    // A public repository needs nothing to be read, and a credential that fails does not read it.
    world.git_well(&work, &["ls-remote", &world.remote(None, "ada/open")]);
    world.git_well(&work, &["ls-remote", &world.remote(Some(&bob), "ada/open")]);
    let unknown = ada.replace(&ada[4..10], "AAAAAA");
    for bad in [unknown.as_str(), "ghp_nothing", "password"] {
        let said = refused(
            &world.remote(Some(bad), "ada/secret"),
            &["ls-remote", "REMOTE"],
        );
        assert!(said.contains("remote: Bad credentials"), "{said}");
        // git keeps a value from an address to itself until it is asked; a header comes at once, and
        // does not read what anybody may read. git then asks for another value, of nobody here.
        let header = format!("http.extraHeader=Authorization: Bearer {bad}");
        let said = refused(
            &world.remote(None, "ada/open"),
            &["-c", &header, "ls-remote", "REMOTE"],
        );
        assert!(said.contains("could not read Username"), "{said}");
    }
    let said = refused(
        &world.remote(Some(&bob), "ada/secret"),
        &["ls-remote", "REMOTE"],
    );
    assert!(said.contains("remote: Not Found"), "{said}");
    let said = refused(
        &world.remote(Some(&bob), "ada/open"),
        &["push", "REMOTE", "main"],
    );
    assert!(
        said.contains("remote: This needs the role write on the repository, and bob has no role"),
        "{said}"
    );
    let said = refused(&world.remote(None, "ada/open"), &["push", "REMOTE", "main"]);
    assert!(said.contains("could not read Username"), "{said}");
    jeton_app::admin::suspend_user(&world.running().app, "ada").unwrap();
    let said = refused(
        &world.remote(Some(&ada), "ada/secret"),
        &["ls-remote", "REMOTE"],
    );
    assert!(
        said.contains("The requested URL returned error: 403")
            && said.contains("remote: The account is suspended."),
        "{said}"
    );
}

#[test]
fn only_the_four_paths_of_the_smart_protocol_are_served() {
    let world = World::new(&[]);
    let ada = world.person("ada");
    world.repository(&ada, "open", Visibility::Public);
    let bearer = format!("authorization: Bearer {ada}");
    for (line, status) in [
        ("GET /ada/open/info/refs?service=git-upload-pack", 200),
        ("GET /ada/open.git/info/refs?service=git-receive-pack", 200),
        ("HEAD /ada/open/info/refs?service=git-upload-pack", 200),
        ("GET /ada/open/info/refs", 403),
        ("GET /ada/open/info/refs?service=", 403),
        ("GET /ada/open/info/refs?service=git-upload-archive", 403),
        (
            "GET /ada/open/info/refs?service=git-upload-pack&service=git-receive-pack",
            403,
        ),
        (
            "GET /ada/open/info/refs?service=git-receive-pack&service=git-upload-pack",
            403,
        ),
        ("GET /ada/open/info/refs?Service=git-upload-pack", 403),
        ("POST /ada/open/info/refs?service=git-upload-pack", 404),
        ("GET /ada/open/HEAD", 404),
        ("GET /ada/open/objects/info/packs", 404),
        ("GET /ada/open/info/lfs/objects/batch", 404),
        ("POST /ada/open.git/info/lfs/objects/batch", 404),
        ("GET /ada/open/git-upload-pack", 404),
        ("POST /ada/open/git-upload-archive", 404),
        ("PROPFIND /ada/open/info/refs?service=git-upload-pack", 404),
        (
            "GET /ada/../ada/open/info/refs?service=git-upload-pack",
            404,
        ),
        (
            "GET /ada/%2e%2e/open/info/refs?service=git-upload-pack",
            404,
        ),
        ("GET /ada%2Fopen/info/refs?service=git-upload-pack", 404),
        ("GET /ada//open/info/refs?service=git-upload-pack", 404),
        ("GET //ada/open/info/refs?service=git-upload-pack", 404),
        ("GET /ada/open%00/info/refs?service=git-upload-pack", 404),
        (
            "GET /ada/--upload-pack=x/info/refs?service=git-upload-pack",
            404,
        ),
        (
            "GET /ada/open.git.git/info/refs?service=git-upload-pack",
            404,
        ),
    ] {
        assert_eq!(world.ask(line, &[&bearer], "").status, status, "{line}");
    }
    // The same bytes, whoever asks for what.
    let unknown = world.ask("GET /ada/open/info/lfs/locks", &[&bearer], "");
    assert_eq!(unknown.body, "Not Found\n");
    assert_eq!(
        unknown.body,
        world.ask("GET /nobody/nothing/HEAD", &[&bearer], "").body
    );
}

#[test]
fn requests_that_no_git_sends_are_refused_and_do_no_harm() {
    let world = World::new(&[]);
    let ada = world.person("ada");
    world.repository(&ada, "labs", Visibility::Private);
    let work = world.work("work");
    world.git_well(
        &work,
        &["push", "-q", &world.remote(Some(&ada), "ada/labs"), "main"],
    );
    let bearer = format!("authorization: Bearer {ada}");
    let fetch = "POST /ada/labs/git-upload-pack";
    let media = "content-type: application/x-git-upload-pack-request";
    let ask = |headers: &[&str], body: &str| {
        let mut all = vec![bearer.as_str()];
        all.extend(headers);
        world.ask(fetch, &all, body)
    };
    let refs = "0014command=ls-refs\n00010009peel\n0000";
    assert_eq!(ask(&[media, "git-protocol: version=2"], refs).status, 200);
    assert_eq!(
        ask(
            &["content-type: text/plain", "git-protocol: version=2"],
            refs
        )
        .status,
        415
    );
    assert_eq!(ask(&["git-protocol: version=2"], refs).status, 415);
    assert_eq!(ask(&[media, "git-protocol: version=3"], refs).status, 400);
    assert_eq!(
        ask(
            &[media, "git-protocol: version=2", "content-encoding: br"],
            refs
        )
        .status,
        415
    );
    assert_eq!(
        ask(
            &[media, "git-protocol: version=2", "content-encoding: gzip"],
            refs
        )
        .status,
        400
    );
    for junk in [
        "nonsense",
        "0000",
        "ffff",
        "0004",
        "000bcommand=\n0000",
        "0014command=ls-refs\n0001fff",
    ] {
        let answer = ask(&[media, "git-protocol: version=2"], junk);
        // git itself answers some of them, with an error line of its own.
        assert!(
            answer.status == 400 || answer.status == 200 && !answer.body.contains("PACK"),
            "{junk}: {answer:?}"
        );
    }
    // A push whose body breaks off changes nothing.
    let mut stream = world.connect();
    let head = format!(
        "POST /ada/labs/git-receive-pack HTTP/1.1\r\nhost: x\r\n{bearer}\r\ncontent-length: 5000\r\n\
         content-type: application/x-git-receive-pack-request\r\n\r\n"
    );
    let id = "1".repeat(40);
    let command = format!("{} {id} refs/heads/other\0 report-status", "0".repeat(40));
    let line = format!("{:04x}{command}0000PACK", command.len() + 4);
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(line.as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    let refs = world.git_well(&work, &["ls-remote", &world.remote(Some(&ada), "ada/labs")]);
    assert!(
        !refs.contains("other") && refs.contains("refs/heads/main"),
        "{refs}"
    );
}

/// Commits some twelve megabytes that do not pack: git sends them in chunks after an `Expect`.
fn add_noise(world: &World, work: &std::path::Path) -> Vec<u8> {
    let mut seed = 1_u64;
    let noise: Vec<u8> = std::iter::repeat_with(|| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed.to_be_bytes()
    })
    .take(3 << 19)
    .flatten()
    .collect();
    std::fs::write(work.join("noise"), &noise).unwrap();
    world.git_well(work, &["add", "."]);
    world.git_well(work, &["commit", "-q", "-m", "noise"]);
    noise
}

#[test]
fn a_client_that_does_not_take_its_pack_is_let_go() {
    let world = World::new(&[("limits.body_idle", "400ms")]);
    let ada = world.person("ada");
    world.repository(&ada, "big", Visibility::Private);
    let work = world.work("work");
    let noise = add_noise(&world, &work);
    world.git_well(
        &work,
        &["push", "-q", &world.remote(Some(&ada), "ada/big"), "main"],
    );
    let tip = world.git_well(&work, &["rev-parse", "main"]);
    let body = format!(
        "0012command=fetch\n0001000fno-progress0032want {}\n0009done\n0000",
        tip.trim()
    );
    let mut stream = world.connect();
    let head = format!(
        "POST /ada/big/git-upload-pack HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {ada}\r\n\
         content-type: application/x-git-upload-pack-request\r\ngit-protocol: version=2\r\n\
         content-length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(head.as_bytes()).unwrap();
    // Its first bytes say that it runs; no more are taken until it was let go.
    let mut first = [0; 1];
    stream.read_exact(&mut first).unwrap();
    let until = Instant::now() + Duration::from_secs(30);
    while world.running().app.streams().running() > 0 {
        assert!(Instant::now() < until, "the transfer still runs");
        std::thread::sleep(Duration::from_millis(10));
    }
    let mut taken = first.to_vec();
    let _ = stream.read_to_end(&mut taken);
    assert!(
        taken.starts_with(b"HTTP/1.1 200"),
        "{}",
        String::from_utf8_lossy(&taken[..100.min(taken.len())])
    );
    assert!(taken.len() < noise.len(), "all of it came");
    assert!(
        !taken.ends_with(b"0\r\n\r\n"),
        "a cut stream ended as a whole one"
    );
}
