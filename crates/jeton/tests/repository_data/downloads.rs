//! Files as they are, and archives: for tokens, sessions and nobody, of any size, cut with the permit.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::http::{Answer, send};
use crate::visitor::Visitor;
use crate::world::{LABS, World};

fn with(world: &World, value: &str, target: &str) -> Answer {
    let bearer = format!("Bearer {value}");
    send(
        world.site.address(),
        "GET",
        target,
        &[("authorization", &bearer)],
        b"",
    )
}

/// What `tar` or `unzip` lists.
fn listed(world: &World, archive: &[u8], program: &[&str]) -> Vec<String> {
    let path = world.machine.path("archive");
    std::fs::write(&path, archive).unwrap();
    let said = Command::new(program[0])
        .args(&program[1..])
        .arg(&path)
        .output()
        .unwrap();
    assert!(
        said.status.success(),
        "{}",
        String::from_utf8_lossy(&said.stderr)
    );
    String::from_utf8(said.stdout)
        .unwrap()
        .lines()
        .map(str::to_owned)
        .collect()
}

#[test]
fn an_archive_holds_what_git_puts_into_it() {
    let world = World::filled();
    let value = &world.olivia.client;
    let tar = with(&world, value, "/acme/labs/archive/feature/x.tar.gz");
    assert_eq!(
        (tar.status, tar.header("content-type")),
        (200, Some("application/gzip"))
    );
    assert_eq!(
        tar.header("content-disposition"),
        Some("attachment; filename=\"labs-feature-x.tar.gz\"")
    );
    assert_eq!(
        tar.header("content-security-policy"),
        Some("default-src 'none'; sandbox")
    );
    assert_eq!(tar.header("x-content-type-options"), Some("nosniff"));
    assert_eq!(tar.header("cache-control"), Some("private, no-store"));
    let files = listed(&world, &tar.body, &["tar", "-tzf"]);
    assert!(
        files.contains(&"labs-feature-x/docs/guide.md".to_owned()),
        "{files:?}"
    );
    assert!(
        files.iter().all(|file| file.starts_with("labs-feature-x/")),
        "{files:?}"
    );
    let zip = with(&world, value, "/acme/labs/archive/refs/tags/v1.zip");
    assert_eq!(
        (zip.status, zip.header("content-type")),
        (200, Some("application/zip"))
    );
    let files = listed(&world, &zip.body, &["python3", "-m", "zipfile", "-l"]);
    assert!(
        files.iter().any(|line| line.starts_with("labs-v1/run.sh")),
        "{files:?}"
    );
    for nothing in [
        "main.rar",
        "main",
        "nothing.zip",
        ".zip",
        "HEAD~1.zip",
        "--output=x.zip",
        "refs/jeton/x.zip",
    ] {
        let answer = with(&world, value, &format!("/acme/labs/archive/{nothing}"));
        assert_eq!(answer.status, 404, "{nothing}");
    }
}

/// GitHub's clients ask there, and follow.
#[test]
fn rest_leads_to_the_archive_and_no_address_holds_a_credential() {
    let world = World::filled();
    for (path, ending) in [
        ("/tarball/feature/x", "feature/x.tar.gz"),
        ("/zipball/v1", "v1.zip"),
    ] {
        let led = world.get(path);
        let to = format!("{}/acme/labs/archive/{ending}", world.site.url());
        assert_eq!(
            (led.status, led.header("location")),
            (302, Some(to.as_str()))
        );
        let path = to.strip_prefix(world.site.url()).unwrap();
        assert_eq!(with(&world, &world.olivia.client, path).status, 200);
    }
    let led = world.get("/tarball");
    assert!(
        led.header("location")
            .unwrap()
            .ends_with(&format!("{}.tar.gz", world.id("main")))
    );
    world.missing("/zipball/nothing");
}

#[test]
fn a_raw_file_is_streamed_and_saved_and_never_run() {
    let world = World::filled();
    let value = &world.olivia.client;
    world.write("page.html", b"<script>alert(1)</script>");
    world.write("huge", &vec![b'y'; 40 << 20]);
    world.git(&["add", "page.html", "huge"]);
    world.commit("Add a page and what is huge");
    world.git(&["push", "-q", "origin", "main"]);
    let page = with(&world, value, "/acme/labs/raw/main/page.html");
    assert_eq!(
        (page.status, page.text().as_str()),
        (200, "<script>alert(1)</script>")
    );
    assert_eq!(
        page.header("content-type"),
        Some("text/plain; charset=utf-8")
    );
    assert_eq!(page.header("content-disposition"), Some("attachment"));
    assert_eq!(
        page.header("content-security-policy"),
        Some("default-src 'none'; sandbox")
    );
    let binary = with(&world, value, "/acme/labs/raw/feature/x/binary");
    assert_eq!(
        (binary.header("content-type"), &binary.body[..]),
        (Some("application/octet-stream"), &[0, 1, 2, 255, 0][..])
    );
    assert_eq!(
        with(&world, value, "/acme/labs/raw/main/huge").body.len(),
        40 << 20
    );
    let link = with(&world, value, "/acme/labs/raw/main/link-to-root");
    assert_eq!(link.text(), "/etc/passwd", "a link is what it says");
    for nothing in [
        "main",
        "main/docs",
        "main/libs/other",
        "main/nothing",
        "nothing/README.md",
        "main/../README.md",
        "main/link-to-folder/guide.md",
    ] {
        let answer = with(&world, value, &format!("/acme/labs/raw/{nothing}"));
        assert_eq!(answer.status, 404, "{nothing}");
    }
    let raw = world.media("/contents/huge", "application/vnd.github.raw");
    assert_eq!((raw.status, raw.body.len()), (200, 40 << 20));
    let url = world.read("/contents/page.html")["download_url"]
        .as_str()
        .unwrap()
        .to_owned();
    let path = url.strip_prefix(world.site.url()).unwrap();
    assert_eq!(with(&world, value, path).bytes().2, page.text());
}

#[test]
fn downloads_ask_the_same_decision() {
    let world = World::filled();
    let metadata = world.token("metadata", json!({ "metadata": "read" }));
    let contents = world.token("contents", json!({ "contents": "read" }));
    let session = Visitor::signed_in(&world.site, "olivia").cookie.unwrap();
    for path in [
        "/acme/labs/raw/main/README.md",
        "/acme/labs/archive/main.zip",
    ] {
        assert_eq!(with(&world, &contents.value, path).status, 200, "{path}");
        assert_eq!(with(&world, &metadata.value, path).status, 403, "{path}");
        let with_cookie = |value: &str| {
            let cookie = format!("jeton_session={value}");
            send(
                world.site.address(),
                "GET",
                path,
                &[("cookie", &cookie)],
                b"",
            )
        };
        let own = with_cookie(&session);
        assert_eq!(
            (own.status, own.header("cache-control")),
            (200, Some("private, no-store")),
            "{path}"
        );
        let dead = "0".repeat(64);
        assert_eq!(
            with_cookie(&dead).status,
            401,
            "a session that fails is not nobody's"
        );
        // A token that fails is not made good by a session.
        let cookie = format!("jeton_session={session}");
        let both = [
            ("cookie", cookie.as_str()),
            ("authorization", "Bearer nothing"),
        ];
        assert_eq!(
            send(world.site.address(), "GET", path, &both, b"").status,
            401
        );
        let nobody = send(world.site.address(), "GET", path, &[], b"");
        let missing = send(
            world.site.address(),
            "GET",
            &path.replace("labs", "none"),
            &[],
            b"",
        );
        assert_eq!(nobody.status, 401);
        assert_eq!(
            nobody.bytes(),
            missing.bytes(),
            "hidden and missing are one answer"
        );
    }
    world.site.must(
        "PATCH",
        LABS,
        Some(&world.olivia.client),
        &json!({ "visibility": "public" }),
    );
    let public = send(
        world.site.address(),
        "GET",
        "/acme/labs/raw/main/README.md",
        &[],
        b"",
    );
    assert_eq!((public.status, public.text().as_str()), (200, "# Labs\n"));
    let said = world.site.call(
        "POST",
        "/api/jeton/v1/explain",
        Some(&metadata.value),
        &json!({ "method": "GET", "url": "/acme/labs/archive/nothing.zip" }),
    );
    assert_eq!(said.json()["status"], 404);
}

/// What takes the permit away ends a download too, and what was cut never looks whole.
#[test]
fn a_revocation_cuts_a_download_that_is_under_way() {
    const LARGE: usize = 40 << 20;
    let world = World::new();
    // Nothing that could be made small.
    let mut noise = 1_u64;
    let bytes: Vec<u8> = (0..LARGE)
        .map(|_| {
            noise ^= noise << 13;
            noise ^= noise >> 7;
            noise ^= noise << 17;
            noise.to_le_bytes()[0]
        })
        .collect();
    world.write("large", &bytes);
    world.git(&["add", "large"]);
    world.commit("Add what is large");
    world.git(&["push", "-q", "origin", "main"]);
    for path in [
        "/acme/labs/raw/main/large",
        "/acme/labs/archive/main.zip",
        "/api/v3/repos/acme/labs/contents/large",
    ] {
        let token = world.token(path, json!({ "contents": "read" }));
        let head = format!(
            "GET {path} HTTP/1.1\r\nhost: x\r\naccept: application/vnd.github.raw\r\nauthorization: Bearer {}\r\n\r\n",
            token.value
        );
        let mut stream = TcpStream::connect(world.site.address()).unwrap();
        stream.write_all(head.as_bytes()).unwrap();
        let mut first = [0; 4096];
        let read = stream.read(&mut first).unwrap();
        assert!(
            first[..read].starts_with(b"HTTP/1.1 200"),
            "{path}: {}",
            String::from_utf8_lossy(&first[..read])
        );
        assert_eq!(world.site.app().streams().running(), 1, "{path}");
        let revoked = world
            .site
            .token_call(&world.olivia, &token, "revoke", &Value::Null);
        assert_eq!(revoked.status, 200);
        assert_eq!(
            world.site.app().streams().running(),
            0,
            "{path}: gone when the revocation returns"
        );
        stream
            .set_read_timeout(Some(Duration::from_secs(20)))
            .unwrap();
        let mut rest = Vec::new();
        let _ = stream.read_to_end(&mut rest);
        assert!(rest.len() < LARGE, "{path}");
        assert!(!rest.ends_with(b"0\r\n\r\n"), "{path}: no clean end");
    }
}
