//! Every way a token can be refused at the Git door, with the line that git prints.

use jeton_domain::Span;
use serde_json::{Value, json};

use crate::support::Site;
use crate::support::database::{Database, on_both};
use crate::support::git::{FORBIDDEN, Machine, Said};
use crate::support::http::{Answer, basic, send};
use crate::support::world::{Person, Token};

on_both!(
    valid,
    expired_at_the_exact_instant,
    revoked_is_401_for_good,
    pending_denied_and_withdrawn_are_never_401,
    suspended_is_403_and_resumed_works,
    wrong_owner_unselected_hidden_and_missing_are_one_answer,
    the_decision_comes_before_anything_else_is_looked_at,
    a_push_needs_write_also_where_the_repository_is_public,
    a_bad_credential_never_becomes_anonymous,
    a_suspended_account_is_403_at_every_door,
    a_policy_that_forbids_says_so_and_lifts_nothing,
    a_shorter_maximum_makes_longer_tokens_fail_and_rotation_mends_it,
    hostile_paths_are_not_found_and_never_reach_git,
);

const REPOSITORIES: [(&str, &str); 4] = [
    ("code", "private"),
    ("aside", "private"),
    ("open", "public"),
    ("hidden", "private"),
];

struct World {
    site: Site,
    machine: Machine,
    olivia: Person,
    mia: Person,
}

impl World {
    /// `acme` gives its members nothing by itself: `mia` reads the private `code` and `aside`, and has
    /// no role on the private `hidden`; `open` is public. Each holds a commit.
    fn new(database: Database) -> Self {
        let site = Site::on(database, &[]);
        let machine = Machine::new();
        let (olivia, mia) = (site.person("olivia", false), site.person("mia", false));
        site.organization("acme", &olivia);
        site.member("acme", &olivia, &mia, "member");
        let none = json!({ "default_repository_permission": "none" });
        site.must("PATCH", "/api/v3/orgs/acme", Some(&olivia.client), &none);
        for (name, visibility) in REPOSITORIES {
            site.repository("acme", &olivia, name, visibility);
        }
        for name in ["code", "aside"] {
            let path = format!("/api/v3/repos/acme/{name}/collaborators/mia");
            let read = json!({ "permission": "pull" });
            site.must("PUT", &path, Some(&olivia.client), &read);
        }
        let world = Self {
            site,
            machine,
            olivia,
            mia,
        };
        let fill = world.owners_token("fill", &json!("all"), "write");
        for (name, _) in REPOSITORIES {
            let folder = world.machine.working_copy(&format!("src-{name}"));
            world
                .machine
                .git_in(&folder, &["push", &world.url(&fill.value, name), "main"])
                .succeeded();
        }
        world
    }

    fn owners_token(&self, name: &str, repositories: &Value, contents: &str) -> Token {
        let wish = json!({
            "name": name, "owner": "acme", "repositories": repositories, "permissions": { "contents": contents },
        });
        self.site.token(&self.olivia, &wish)
    }

    /// A member's token, read-only on `code`, approved.
    fn approved(&self, name: &str) -> Token {
        let token = self.pending(name);
        self.site.approve("acme", &self.olivia, &token);
        token
    }

    fn pending(&self, name: &str) -> Token {
        let wish = json!({
            "name": name, "owner": "acme", "repositories": ["code"], "permissions": { "contents": "read" },
        });
        self.site.token(&self.mia, &wish)
    }

    fn url(&self, value: &str, name: &str) -> String {
        let host = self.site.url().trim_start_matches("http://");
        format!("http://x:{value}@{host}/acme/{name}.git")
    }

    fn fetch(&self, value: &str, name: &str) -> Said {
        self.machine.git(&["ls-remote", &self.url(value, name)])
    }

    /// Sends the credential with the first request: where anybody may read, git would not be asked
    /// for one.
    fn fetch_at_once(&self, value: &str, name: &str) -> Said {
        let header = format!("http.extraHeader=Authorization: {}", basic("x", value));
        self.machine.git(&[
            "-c",
            &header,
            "ls-remote",
            &format!("{}/acme/{name}.git", self.site.url()),
        ])
    }

    fn info_refs(&self, value: Option<&str>, name: &str) -> Answer {
        let header = value.map(|value| basic("x", value));
        let headers: Vec<(&str, &str)> = header
            .iter()
            .map(|h| ("authorization", h.as_str()))
            .collect();
        let target = format!("/acme/{name}.git/info/refs?service=git-upload-pack");
        send(self.site.address(), "GET", &target, &headers, b"")
    }
}

fn valid(database: Database) {
    let world = World::new(database);
    let token = world.approved("ok");
    assert!(
        world
            .fetch(&token.value, "code")
            .succeeded()
            .says("refs/heads/main")
    );
}

fn expired_at_the_exact_instant(database: Database) {
    let world = World::new(database);
    let token = world.approved("week");
    world
        .site
        .later(Span::from_micros(Span::from_days(30).micros() - 1));
    world.fetch(&token.value, "code").succeeded();
    world.site.later(Span::from_micros(1));
    world.fetch(&token.value, "code").failed_with(&[
        "remote: This token expired on 2026-12-21T08:00:00Z.",
        "Authentication failed",
    ]);
    assert_eq!(world.info_refs(Some(&token.value), "code").status, 401);
}

fn revoked_is_401_for_good(database: Database) {
    let world = World::new(database);
    let token = world.approved("gone");
    world.fetch(&token.value, "code").succeeded();
    assert_eq!(
        world
            .site
            .token_call(&world.mia, &token, "revoke", &Value::Null)
            .status,
        200
    );
    world
        .fetch(&token.value, "code")
        .failed_with(&["remote: This token was revoked", "Authentication failed"]);
    // Also where anybody could read: a credential that fails never becomes anonymous.
    world
        .fetch_at_once(&token.value, "open")
        .failed_with(&["could not read Username"]);
    assert_eq!(world.info_refs(Some(&token.value), "open").status, 401);
    assert_eq!(world.info_refs(None, "open").status, 200);
}

fn pending_denied_and_withdrawn_are_never_401(database: Database) {
    let world = World::new(database);
    let token = world.pending("wait");
    world.fetch(&token.value, "code").failed_with(&[
        "remote: The token `wait` waits for approval by acme",
        "not found",
    ]);
    assert_eq!(world.info_refs(Some(&token.value), "code").status, 404);
    // It reads what anybody may.
    world.fetch(&token.value, "open").succeeded();

    let requests = "/api/v3/orgs/acme/personal-access-token-requests";
    let list = world
        .site
        .must("GET", requests, Some(&world.olivia.client), &Value::Null);
    let deny = json!({ "action": "deny", "reason": "Use the mirror" });
    let denied = world.site.call(
        "POST",
        &format!("{requests}/{}", list[0]["id"]),
        Some(&world.olivia.client),
        &deny,
    );
    assert_eq!(denied.status, 204, "{}", denied.text());
    world.fetch(&token.value, "code").failed_with(&[
        "remote: acme denied the request of the token `wait`",
        "not found",
    ]);

    let token = world.approved("taken");
    world.fetch(&token.value, "code").succeeded();
    let grant = format!("/api/v3/orgs/acme/personal-access-tokens/{}", token.id);
    let withdrawn = world.site.call(
        "POST",
        &grant,
        Some(&world.olivia.client),
        &json!({ "action": "revoke" }),
    );
    assert_eq!(withdrawn.status, 204);
    world.fetch(&token.value, "code").failed_with(&[
        "remote: acme withdrew the access of the token `taken`",
        "not found",
    ]);
    assert_eq!(world.info_refs(Some(&token.value), "code").status, 404);
}

fn suspended_is_403_and_resumed_works(database: Database) {
    let world = World::new(database);
    let token = world.approved("pause");
    assert_eq!(
        world
            .site
            .token_call(&world.mia, &token, "suspend", &Value::Null)
            .status,
        200
    );
    world.fetch(&token.value, "code").failed_with(&[
        "remote: The token is suspended and can be resumed.",
        FORBIDDEN,
    ]);
    assert_eq!(
        world
            .site
            .token_call(&world.mia, &token, "resume", &Value::Null)
            .status,
        200
    );
    world.fetch(&token.value, "code").succeeded();
}

fn wrong_owner_unselected_hidden_and_missing_are_one_answer(database: Database) {
    let world = World::new(database);
    let token = world.approved("narrow");
    let other = world.site.token(
        &world.mia,
        &json!({ "name": "mine", "repositories": "all", "permissions": { "contents": "read" } }),
    );
    // What the person sees without the token: `hidden` is hidden from them too, `aside` only from the token.
    let client = &world.mia.client;
    for (name, status) in [("code", 200), ("aside", 200), ("hidden", 404)] {
        assert_eq!(world.info_refs(Some(client), name).status, status, "{name}");
    }
    for (token, names) in [
        (&token, &["aside", "hidden"][..]),
        (&other, &["code", "aside", "hidden"]),
    ] {
        for name in names {
            // Of the same length, so that the answers' lengths can be compared too.
            let nothing = "x".repeat(name.len());
            let refused = world.info_refs(Some(&token.value), name);
            let missing = world.info_refs(Some(&token.value), &nothing);
            assert_eq!(refused.status, 404, "{name}");
            assert_eq!(unnamed(&refused, name), unnamed(&missing, &nothing));
        }
    }
    // Without a credential hidden and missing are one challenge.
    let hidden = world.info_refs(None, "hidden");
    assert_eq!(hidden.status, 401);
    assert!(
        hidden
            .header("www-authenticate")
            .is_some_and(|h| h.starts_with("Basic "))
    );
    assert_eq!(hidden.bytes(), world.info_refs(None, "absent").bytes());

    // What git prints is the token's own reach, and one line for all of them.
    for (token, says, names) in [
        (
            &token,
            "remote: The token `narrow` reaches 1 of acme's repositories.",
            &["aside", "hidden", "nowhere"][..],
        ),
        (
            &other,
            "remote: The token `mine` reaches all repositories of mia.",
            &["code", "hidden", "nowhere"][..],
        ),
    ] {
        for name in names {
            let not_found = format!("/acme/{name}.git/' not found");
            world
                .fetch(&token.value, name)
                .failed_with(&["remote: Not Found", says, &not_found]);
        }
    }
}

/// What an observer can compare, without the name that they asked for themselves.
fn unnamed(answer: &Answer, name: &str) -> (u16, Vec<(String, String)>, String) {
    let (status, headers, text) = answer.bytes();
    (status, headers, text.replace(name, "NAME"))
}

fn the_decision_comes_before_anything_else_is_looked_at(database: Database) {
    let world = World::new(database);
    let token = world.approved("narrow");
    let bearer = format!("Bearer {}", token.value);
    let ask = |credential: Option<&str>, name: &str, service: &str, odd: &[(&str, &str)]| {
        let media = format!("application/x-{service}-request");
        let mut headers: Vec<(&str, &str)> = credential
            .map(|value| ("authorization", value))
            .into_iter()
            .collect();
        if !odd.iter().any(|(header, _)| *header == "content-type") {
            headers.push(("content-type", &media));
        }
        headers.extend(odd);
        let target = format!("/acme/{name}.git/{service}");
        send(world.site.address(), "POST", &target, &headers, b"0000")
    };
    for service in ["git-upload-pack", "git-receive-pack"] {
        for (status, odd) in [
            (415, ("content-type", "text/plain")),
            (415, ("content-encoding", "br")),
            (400, ("git-protocol", "version=9")),
        ] {
            for (credential, name, refused) in [
                (None, "hidden", 401),
                (None, "absent", 401),
                (Some("Bearer nonsense"), "code", 401),
                (Some(bearer.as_str()), "hidden", 404),
                (Some(bearer.as_str()), "absent", 404),
            ] {
                let plain = ask(credential, name, service, &[]);
                let asked = ask(credential, name, service, &[odd]);
                assert_eq!(plain.status, refused, "{service} {name}");
                assert_eq!(plain.bytes(), asked.bytes(), "{service} {name} {odd:?}");
            }
            // Who may come in is told.
            if service == "git-upload-pack" {
                let asked = ask(Some(&bearer), "code", service, &[odd]);
                assert_eq!(asked.status, status, "{odd:?}");
            }
        }
    }
}

fn a_push_needs_write_also_where_the_repository_is_public(database: Database) {
    let world = World::new(database);
    let token = world.approved("reader");
    let folder = world.machine.path("src-code");
    world.machine.commit(&folder, "more.txt", "more");
    world
        .machine
        .git_in(&folder, &["push", &world.url(&token.value, "code"), "main"])
        .failed_with(&[
            "remote: This needs `contents: write`, and the token does not have it.",
            FORBIDDEN,
        ]);
    world
        .machine
        .git_in(&folder, &["push", &world.url(&token.value, "open"), "main"])
        .failed_with(&[
            "remote: The token does not select the repository or package.",
            FORBIDDEN,
        ]);
    let all = world.owners_token("all", &json!("all"), "read");
    world
        .machine
        .git_in(&folder, &["push", &world.url(&all.value, "open"), "main"])
        .failed_with(&[
            "remote: This needs `contents: write`, and the token does not have it.",
            FORBIDDEN,
        ]);
}

fn a_bad_credential_never_becomes_anonymous(database: Database) {
    let world = World::new(database);
    for bad in [
        "ghp_0123456789012345678901234567890123456789",
        "jeton_pat_short",
        "password",
        "",
    ] {
        let answer = world.info_refs(Some(bad), "open");
        assert_eq!(answer.status, 401, "{bad}: {}", answer.text());
    }
    world
        .fetch_at_once("password", "open")
        .failed_with(&["could not read Username"]);
}

fn a_suspended_account_is_403_at_every_door(database: Database) {
    let world = World::new(database);
    let token = world.approved("person");
    jeton_app::admin::suspend_user(world.site.app(), "mia").unwrap();
    world
        .fetch(&token.value, "code")
        .failed_with(&["remote: The account is suspended.", FORBIDDEN]);
    assert_eq!(
        world
            .site
            .call("GET", "/api/v3/user", Some(&world.mia.client), &Value::Null)
            .status,
        403
    );
    jeton_app::admin::resume_user(world.site.app(), "mia").unwrap();
    world.fetch(&token.value, "code").succeeded();
}

fn a_policy_that_forbids_says_so_and_lifts_nothing(database: Database) {
    let world = World::new(database);
    let token = world.approved("policy");
    let set = |value| {
        let body = json!({ "fine_grained_allowed": value });
        world.site.must(
            "PATCH",
            "/api/jeton/v1/orgs/acme/policy",
            Some(&world.olivia.client),
            &body,
        );
    };
    set(false);
    world
        .fetch(&token.value, "code")
        .failed_with(&["remote: acme allows no fine-grained tokens.", FORBIDDEN]);
    world.fetch(&token.value, "open").succeeded();
    set(true);
    world.fetch(&token.value, "code").succeeded();
}

fn a_shorter_maximum_makes_longer_tokens_fail_and_rotation_mends_it(database: Database) {
    let world = World::new(database);
    let token = world.approved("long");
    let body = json!({ "fine_grained_maximum": { "days": 7 } });
    world.site.must(
        "PATCH",
        "/api/jeton/v1/orgs/acme/policy",
        Some(&world.olivia.client),
        &body,
    );
    world
        .fetch(&token.value, "code")
        .failed_with(&["remote: acme lets tokens live at most 7 days", FORBIDDEN]);
    let rotated = world.site.token_call(
        &world.mia,
        &token,
        "rotate",
        &json!({ "overlap_seconds": 0 }),
    );
    assert_eq!(rotated.status, 201, "{}", rotated.text());
    world
        .fetch(rotated.json()["token"].as_str().unwrap(), "code")
        .succeeded();
}

fn hostile_paths_are_not_found_and_never_reach_git(database: Database) {
    let world = World::new(database);
    let token = world.approved("hostile");
    let header = basic("x", &token.value);
    for path in [
        "/acme/..%2Fcode.git/info/refs?service=git-upload-pack",
        "/acme/code%00.git/info/refs?service=git-upload-pack",
        "/acme//code.git/info/refs?service=git-upload-pack",
        "/acme/../acme/code.git/info/refs?service=git-upload-pack",
        "/acme/./code.git/info/refs?service=git-upload-pack",
        "/acme/--upload-pack=id/info/refs?service=git-upload-pack",
        "/-oProxyCommand/code.git/info/refs?service=git-upload-pack",
        "/acme/code.git/info/lfs/objects/batch",
        "/acme/code.git/HEAD",
        "/acme/code.git/objects/info/packs",
        "/acme/code.git/info/refs",
        "/acme/code.git/info/refs?service=git-upload-archive",
        "/acme/code.git/git-upload-archive",
        "/acme/%63ode.git%5C..%5Chidden/info/refs?service=git-upload-pack",
    ] {
        let answer = send(
            world.site.address(),
            "GET",
            path,
            &[("authorization", &header)],
            b"",
        );
        assert!(
            [400, 403, 404].contains(&answer.status),
            "{path}: {} {}",
            answer.status,
            answer.text()
        );
    }
    let garbage = [
        ("authorization", header.as_str()),
        ("git-protocol", "version=2:evil=$(id)"),
    ];
    let target = "/acme/code.git/info/refs?service=git-upload-pack";
    assert_eq!(
        send(world.site.address(), "GET", target, &garbage, b"").status,
        400
    );
}
