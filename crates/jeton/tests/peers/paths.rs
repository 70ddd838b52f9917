//! What is asked for comes from the route alone, and there are no other routes.

use serde_json::json;

use crate::support::http::{basic, raw, send};
use crate::world::{World, fetch_target};

/// soft-serve 27f52459. Slipped: a query parameter chose which check was made. Proved: a token that
/// only reads gets no push by any spelling of the query, and the second request of a push is checked
/// as one whatever its query says.
#[test]
fn the_operation_comes_from_the_route_alone() {
    let world = World::new();
    let token = world.members("reads", "read");
    let header = basic("x", &token.value);
    for query in [
        "service=git-receive-pack",
        "service=git-upload-pack&service=git-receive-pack",
        "service=git-receive-pack&service=git-upload-pack",
        "service=git-receive%2Dpack",
        "service=git-receive-pack%00",
        "service=GIT-RECEIVE-PACK",
        "Service=git-upload-pack",
        "service[]=git-upload-pack",
        "service=git-upload-pack;service=git-receive-pack",
        "service=git-upload-pack%26service=git-receive-pack",
        "service=",
        "service",
        "",
    ] {
        let answer = world.ask(
            "GET",
            &format!("/acme/code.git/info/refs?{query}"),
            Some(&header),
        );
        assert_ne!(answer.status, 200, "{query}: {}", answer.text());
        assert!(!answer.text().contains("git-receive-pack\n"), "{query}");
    }
    for (query, media, status) in [
        ("?service=git-upload-pack", "receive", 403),
        ("", "receive", 403),
        // The body's own name is held against the route's, once the decision lets it in.
        ("?service=git-upload-pack", "upload", 403),
        ("", "upload", 403),
    ] {
        let target = format!("/acme/code.git/git-receive-pack{query}");
        let media = format!("application/x-git-{media}-pack-request");
        let headers = [("authorization", header.as_str()), ("content-type", &media)];
        let answer = send(world.site.address(), "POST", &target, &headers, b"0000");
        assert_eq!(answer.status, status, "{target}: {}", answer.text());
    }
    // The method is not chosen by a header either.
    let headers = [
        ("authorization", header.as_str()),
        ("x-http-method-override", "DELETE"),
        ("x-method-override", "DELETE"),
    ];
    let target = "/api/v3/repos/acme/code?_method=DELETE";
    assert_eq!(
        send(world.site.address(), "GET", target, &headers, b"").status,
        200
    );
    assert_eq!(world.fetch(Some(&token.value), "code").status, 200);
}

/// GHSA-7wvc-rvp7-w99x. Slipped: an unknown LFS verb fell through to allow. Proved: whatever stands
/// under a repository's path and is none of the four routes of the smart protocol is the same 404 for
/// a token that may everything, for a stranger's and for nobody, LFS's own verbs and a thousand made
/// up ones alike, and so are the routes of Git's older protocol.
#[test]
fn an_unknown_lfs_verb_is_refused() {
    let world = World::new();
    let full = world.owners(
        "full",
        &json!("all"),
        &json!({ "contents": "write", "administration": "write" }),
    );
    let mut rests: Vec<String> = [
        "info/lfs/objects/batch",
        "info/lfs/objects/0000000000000000000000000000000000000000000000000000000000000000",
        "info/lfs/locks",
        "info/lfs/locks/verify",
        "info/lfs/locks/1/unlock",
        "info/lfs",
        "lfs/objects",
        "HEAD",
        "objects/info/packs",
        "objects/info/alternates",
        "objects/info/http-alternates",
        "objects/00/00000000000000000000000000000000000000",
        "objects/pack/pack-0000000000000000000000000000000000000000.pack",
        "refs/heads/main",
        "packed-refs",
        "config",
        "description",
        "git-upload-archive",
        "git-upload-pack/",
        "git-lfs-authenticate",
        "info/refs/",
    ]
    .map(str::to_owned)
    .into();
    let mut seed = 7_u64;
    let mut draw = |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        usize::try_from(seed >> 33).unwrap() % below
    };
    let words = [
        "info",
        "lfs",
        "objects",
        "batch",
        "locks",
        "verify",
        "unlock",
        "refs",
        "git-upload-pack",
        "git-receive-pack",
        "download",
        "upload",
        "1",
        "%6c%66%73",
        "LFS",
        ".",
        "..",
        "a",
    ];
    for _ in 0..400 {
        let verb: Vec<&str> = (0..=draw(3)).map(|_| words[draw(words.len())]).collect();
        let verb = verb.join("/");
        if !["git-upload-pack", "git-receive-pack", "info/refs"].contains(&verb.as_str()) {
            rests.push(verb);
        }
    }
    let (full, stranger) = (basic("x", &full.value), basic("x", &world.sam.client));
    for rest in &rests {
        let methods = ["GET", "POST", "PUT", "DELETE", "PATCH", "PROPFIND"];
        let method = methods[rest.len() % methods.len()];
        for method in ["GET", method] {
            let ask = |name: &str, header: Option<&str>| {
                world.ask(method, &format!("/acme/{name}.git/{rest}"), header)
            };
            let first = ask("code", Some(&full));
            assert_eq!(first.status, 404, "{method} {rest}: {}", first.text());
            for (name, header) in [
                ("open", Some(full.as_str())),
                ("code", Some(&stranger)),
                ("nothing", Some(&full)),
                ("code", None),
            ] {
                assert_eq!(ask(name, header).text(), first.text(), "{method} {rest}");
            }
        }
    }
}

/// GHSA-3pww-vcvm-3gmj, GHSA-cp3q-vrj2-ghhh. Slipped: feeds and pages forgot the scope. Proved: there
/// are no feeds, whatever comes with the request, and pages refuse every credential of a header.
#[test]
fn feeds_and_pages_of_files_are_not_there() {
    let world = World::new();
    let owner = basic("x", &world.olivia.client);
    for target in [
        "/acme/code",
        "/acme/code.git",
        "/acme/code.atom",
        "/acme/code.rss",
        "/acme/code/commits/main.atom",
        "/raw/acme/code/main/README.md",
        "/acme/code/blob/main/README.md",
        "/acme/code/badge.svg",
        "/api/v3/repos/acme/code/events",
        "/login/oauth/userinfo",
        "/.well-known/openid-configuration",
        "/npm/code",
        "/-/tokens/1",
        "/metrics",
        "/static/../data/keys",
    ] {
        for header in [None, Some(owner.as_str())] {
            let answer = world.ask("GET", target, header);
            // Where a page is, a token is refused, and nobody is led to the sign-in page.
            let closed = match header {
                None => [404, 303],
                Some(_) => [404, 403],
            };
            assert!(
                closed.contains(&answer.status),
                "{target}: {} {}",
                answer.status,
                answer.text()
            );
        }
    }
}

/// What once was served by other ways in than the rest is under the one decision here.
#[test]
fn archives_and_raw_files_are_as_hidden_as_their_repository() {
    let world = World::new();
    let stranger = basic("x", &world.sam.client);
    for path in [
        "archive/main.zip",
        "archive/refs/heads/main.tar.gz",
        "raw/main/README.md",
    ] {
        for (header, status) in [(None, 401), (Some(stranger.as_str()), 404)] {
            let told = |name: &str| {
                let answer = world.ask("GET", &format!("/acme/{name}/{path}"), header);
                let text = answer.text().replace(name, "NAME");
                (answer.status, text)
            };
            let (hidden, missing) = (told("code"), told("absent"));
            assert_eq!(hidden.0, status, "{path}: {}", hidden.1);
            assert_eq!(hidden, missing, "{path}");
        }
    }
    for path in ["tarball/main", "contents/README.md"] {
        let target = format!("/api/v3/repos/acme/code/{path}");
        assert_eq!(world.ask("GET", &target, Some(&stranger)).status, 404);
    }
}

/// The same rows. Slipped: a page looked at the token's owner and not at the token. Proved: what is
/// public is all that a page shows to nobody, and a credential in a header opens none.
#[test]
fn a_page_shows_what_is_public_and_no_more() {
    let world = World::new();
    let page = world.ask("GET", "/acme", None);
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.text().contains("acme/open"), "{}", page.text());
    for hidden in ["acme/code", "acme/secret", "olivia"] {
        assert!(!page.text().contains(hidden), "{hidden}: {}", page.text());
    }
    let owner = basic("x", &world.olivia.client);
    let refused = world.ask("GET", "/acme", Some(&owner));
    assert_eq!(refused.status, 403, "{}", refused.text());
    assert!(!refused.text().contains("acme/"), "{}", refused.text());
}

/// Names that would mean something to a shell, a file system or git.
const HOSTILE: &[&str] = &[
    "..",
    ".",
    "%2e%2e",
    "%2e",
    "..%2f..%2fetc",
    "..%5c..",
    "%2fetc%2fpasswd",
    "code%2f..%2fsecret",
    "code%00",
    "%00",
    "code%0a",
    "code%0d%0aX-Evil:%201",
    "code%20",
    "code;id",
    "$(id)",
    "%60id%60",
    "--upload-pack=id",
    "--",
    "-c",
    "-oProxyCommand=id",
    "ext::id",
    "file:",
    "~root",
    ".git",
    "code.git.git",
    "code.lock",
    "code.wiki",
    "%ef%bc%8e%ef%bc%8e",
    "c%d0%bede",
    "code%e2%80%ae",
    "%c0%ae%c0%ae",
    "%",
    "%zz",
    "code%2egit",
    "%25%32%65%25%32%65",
];

/// Row 'go-git servers'. Slipped: `..`, absolute or encoded paths and option-like names reached the
/// file system or `git`. Proved: as owner and as repository, at both doors, in paths and in bodies,
/// each such name is refused (400, 403 or 404, and 422 in a body), names nothing, runs no transfer,
/// and the repositories' folder is as it was.
#[test]
fn hostile_names_reach_nothing() {
    let world = World::new();
    let owner = basic("x", &world.olivia.client);
    let before = folders(&world);
    for name in HOSTILE {
        for target in [
            format!("/{name}/code.git/info/refs?service=git-upload-pack"),
            format!("/acme/{name}/info/refs?service=git-upload-pack"),
            format!("/acme/{name}.git/info/refs?service=git-upload-pack"),
            format!("/acme/{name}/git-receive-pack"),
            format!("/api/v3/repos/acme/{name}"),
            format!("/api/v3/repos/{name}/code"),
            format!("/api/v3/orgs/{name}/members"),
            format!("/api/v3/users/{name}"),
        ] {
            for method in ["GET", "DELETE"] {
                // `code%2egit` is another spelling of a name that is there: nothing to break out with.
                if *name == "code%2egit" && method == "GET" {
                    continue;
                }
                let answer = world.ask(method, &target, Some(&owner));
                assert!(
                    [400, 403, 404].contains(&answer.status),
                    "{method} {target}: {} {}",
                    answer.status,
                    answer.text()
                );
                assert!(answer.header("x-evil").is_none(), "{target}");
            }
        }
    }
    for name in [
        "..",
        ".",
        "../secret",
        "/etc/passwd",
        "a/b",
        "a\\b",
        "-c",
        "--bare",
        ".git",
        "x.git",
        "x.wiki",
        "x.lock",
        "x.atom",
        "",
        "с",
        "code\u{202e}",
        "a\0b",
        "a\nb",
        "ext::id",
        "a b",
        "~",
        "CODE",
    ] {
        let body = json!({ "name": name });
        let made = world.site.call(
            "POST",
            "/api/v3/orgs/acme/repos",
            Some(&world.olivia.client),
            &body,
        );
        assert_eq!(made.status, 422, "{name:?}: {}", made.text());
        let renamed = world.site.call(
            "PATCH",
            "/api/v3/repos/acme/secret",
            Some(&world.olivia.client),
            &body,
        );
        assert_eq!(renamed.status, 422, "{name:?}: {}", renamed.text());
    }
    // An absolute address instead of a path, and a path that does not begin with a slash.
    let address = world.site.address();
    for line in [
        "GET file:///etc/passwd HTTP/1.1",
        "GET ../../etc/passwd HTTP/1.1",
        "GET * HTTP/1.1",
    ] {
        let answer = raw(
            address,
            format!("{line}\r\nhost: x\r\nconnection: close\r\n\r\n").as_bytes(),
        );
        assert!(
            [400, 404].contains(&answer.status),
            "{line}: {}",
            answer.status
        );
    }
    assert_eq!(folders(&world), before);
    assert_eq!(
        world.ask("GET", &fetch_target("code"), Some(&owner)).status,
        200
    );
}

/// Every folder below the repositories' one.
fn folders(world: &World) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    let mut open = vec![world.site.folder().join("data/repos")];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                found.push(path.clone());
                open.push(path);
            }
        }
    }
    found.sort();
    found
}
