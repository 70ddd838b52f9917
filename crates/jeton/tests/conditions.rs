//! Each condition of a token at each door: Git's both directions, REST, GraphQL, our own API, and the registry. Whatever the token
//! opened or made is held by them too, at once.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    dead_code,
    unused_macros,
    missing_docs,
    unreachable_pub,
    reason = "tests"
)]

mod support;

use std::cell::Cell;

use serde_json::{Value, json};
use support::Site;
use support::git::{Machine, Said};
use support::http::{Answer, basic, send};
use support::packages::{document, file, path};
use support::world::{Person, Token};

const NAME: &str = "@acme/labs";

/// acme of ann's with `labs`, whose jobs may write; a token of hers, and what came of it.
struct World {
    site: Site,
    ann: Person,
    token: Token,
    child: String,
    /// Opened by the token once it was bound: what binds the token then binds the job to its end.
    job: Option<String>,
    /// No version is published twice, and no branch made twice.
    count: Cell<u32>,
}

/// A door: its name, what it answers, and whether it only reads.
type Door = (&'static str, fn(&World, &str) -> Answer, u16);

const DOORS: &[Door] = &[
    ("git fetch", |w, value| w.git(value, "git-upload-pack"), 200),
    ("git push", |w, value| w.git(value, "git-receive-pack"), 200),
    (
        "REST, reading",
        |w, value| w.rest("GET", "", value, &Value::Null),
        200,
    ),
    (
        "REST, writing",
        |w, value| {
            let made = json!({ "ref": format!("refs/heads/bot/{}", w.next()), "sha": support::filled::COMMIT });
            w.rest("POST", "/git/refs", value, &made)
        },
        201,
    ),
    (
        "GraphQL",
        |w, value| {
            let query =
                json!({ "query": "{ repository(owner: \"acme\", name: \"labs\") { name } }" });
            w.site.call("POST", "/api/graphql", Some(value), &query)
        },
        200,
    ),
    (
        "a file by its address",
        |w, value| {
            let header = format!("Bearer {value}");
            let headers = [("authorization", header.as_str())];
            send(
                w.site.address(),
                "GET",
                "/acme/labs/raw/main/README.md",
                &headers,
                b"",
            )
        },
        200,
    ),
    (
        "our own API",
        |w, value| {
            // What each can ask about itself.
            let word = if w.is_job(value) { "job" } else { "token" };
            let path = format!("/api/jeton/v1/{word}");
            w.site.call("GET", &path, Some(value), &Value::Null)
        },
        200,
    ),
    (
        "npm, installing",
        |w, value| w.site.npm("GET", &path(NAME), Some(value), ""),
        200,
    ),
    ("npm, publishing", World::publishes, 201),
];

impl World {
    fn new() -> Self {
        let site = Site::start();
        let ann = site.person("ann", false);
        site.organization("acme", &ann);
        site.repository("acme", &ann, "labs", "private");
        site.fill("acme/labs", &ann.client);
        let most = json!({ "permissions": { "contents": "write", "packages": "write" } });
        let by_ann = Some(ann.client.as_str());
        site.must(
            "PUT",
            "/api/jeton/v1/orgs/acme/job-permissions",
            by_ann,
            &most,
        );
        let wish = json!({
            "name": "bound", "owner": "acme", "repositories": ["labs"],
            "permissions": { "contents": "write", "packages": "write", "actions": "write" },
        });
        let token = site.token(&ann, &wish);
        let made = site.must(
            "POST",
            "/api/jeton/v1/token/children",
            Some(&token.value),
            &json!({}),
        );
        Self {
            child: made["token"].as_str().unwrap().to_owned(),
            site,
            ann,
            token,
            job: None,
            count: Cell::new(1),
        }
    }

    fn open_job(&mut self) {
        let most = json!({ "permissions": { "contents": "write", "packages": "write" } });
        let at = "/api/jeton/v1/repos/acme/labs/jobs";
        let made = self.site.must("POST", at, Some(&self.token.value), &most);
        self.job = Some(made["token"].as_str().unwrap().to_owned());
    }

    fn is_job(&self, value: &str) -> bool {
        self.job.as_deref() == Some(value)
    }

    fn next(&self) -> u32 {
        self.count.set(self.count.get() + 1);
        self.count.get()
    }

    fn credentials(&self) -> Vec<(&'static str, &str)> {
        let made = [
            ("the token", self.token.value.as_str()),
            ("its child", &self.child),
        ];
        let job = self.job.as_deref().map(|job| ("a job it opened", job));
        made.into_iter().chain(job).collect()
    }

    /// Each of them at each door that is open to its kind.
    fn tried(&self) -> impl Iterator<Item = (String, &'static Door, &str)> {
        self.credentials()
            .into_iter()
            .flat_map(move |(who, value)| {
                let doors = DOORS.iter();
                let doors = doors.filter(move |door| !(door.0 == "GraphQL" && self.is_job(value)));
                doors.map(move |door| (format!("{who} at {}", door.0), door, value))
            })
    }

    fn bind(&self, conditions: &Value) {
        let at = format!("/api/jeton/v1/tokens/{}", self.token.id);
        let change = json!({ "conditions": conditions });
        self.site
            .must("PATCH", &at, Some(&self.ann.client), &change);
    }

    fn git(&self, value: &str, service: &str) -> Answer {
        let header = basic("x", value);
        let target = format!("/acme/labs.git/info/refs?service={service}");
        let headers = [("authorization", header.as_str())];
        send(self.site.address(), "GET", &target, &headers, b"")
    }

    fn rest(&self, method: &str, rest: &str, value: &str, body: &Value) -> Answer {
        let path = format!("/api/v3/repos/acme/labs{rest}");
        self.site.call(method, &path, Some(value), body)
    }

    fn publishes(&self, value: &str) -> Answer {
        let version = format!("1.0.{}", self.next());
        let mut put = document(NAME, &version, &file(NAME, &version));
        let url = format!("git+{}/acme/labs.git", self.site.url());
        put["versions"][&version]["repository"] = json!({ "type": "git", "url": url });
        self.site
            .npm("PUT", &path(NAME), Some(value), &put.to_string())
    }

    #[track_caller]
    fn open(&self, when: &str) {
        for (what, (_, ask, status), value) in self.tried() {
            let answer = ask(self, value);
            assert_eq!(answer.status, *status, "{when}: {what}: {}", answer.text());
        }
    }

    /// No door is open to any of them, for this reason.
    #[track_caller]
    fn shut(&self, reason: &str) {
        for (what, (_, ask, _), value) in self.tried() {
            let answer = ask(self, value);
            let what = format!("{reason}: {what}: {}", answer.text());
            assert_eq!(answer.status, 403, "{what}");
            let media = answer.header("content-type").unwrap_or_default();
            if media.starts_with("application/json") {
                assert_eq!(answer.json()["reason"], reason, "{what}");
            } else {
                // Git, and files by their address: words alone.
                assert!(what.contains("The token does not work"), "{what}");
            }
        }
    }
}

#[test]
fn networks_are_held_at_every_door() {
    let world = World::new();
    world.open("unbound");
    for elsewhere in ["192.0.2.0/24", "127.0.0.2/32", "::1/128"] {
        world.bind(&json!([{ "addresses": { "only": [elsewhere] } }]));
        world.shut("token_address");
    }
    // Of two sets both hold.
    world.bind(&json!([
        { "addresses": { "only": ["127.0.0.0/8"] } }, { "addresses": { "only": ["192.0.2.0/24"] } },
    ]));
    world.shut("token_address");
    world.bind(&json!([{ "addresses": { "only": ["192.0.2.0/24", "127.0.0.1/32"] } }]));
    world.open("from there");
    world.bind(&json!([{ "addresses": { "only": ["::ffff:127.0.0.0/104"] } }]));
    world.open("from there, written otherwise");
}

#[test]
fn hours_are_held_at_every_door() {
    // It is Saturday, 08:00 in UTC and 09:00 in Berlin.
    let mut world = World::new();
    let within = |zone: &str, from: u16, to: u16, days: u8| json!([{ "hours": { "within": { "zone": zone, "from": from, "to": to, "days": days } } }]);
    for (zone, from, to, days) in [
        ("UTC", 481, 1440, 127),
        ("UTC", 0, 480, 127),
        ("Europe/Berlin", 0, 540, 127),
        ("UTC", 0, 1440, 0b101_1111),
        ("UTC", 1320, 480, 127),
    ] {
        world.bind(&within(zone, from, to, days));
        world.shut("token_hours");
    }
    for (zone, from, to, days) in [
        ("UTC", 480, 481, 0b010_0000),
        ("Europe/Berlin", 540, 600, 127),
        // Friday's night.
        ("UTC", 1320, 481, 0b001_0000),
    ] {
        world.bind(&within(zone, from, to, days));
        world.open(zone);
    }
    world.bind(&within("UTC", 480, 482, 127));
    world.open_job();
    world.open("until two minutes past");
    world.site.later(jeton_domain::Span::from_minutes(2));
    world.shut("token_hours");
}

/// A working copy with a commit more than the repository has, and one beside it.
struct Copy {
    machine: Machine,
    folder: std::path::PathBuf,
}

impl Copy {
    fn new() -> Self {
        let mut machine = Machine::new();
        let folder = support::filled::begun(&mut machine);
        machine
            .git_in(&folder, &["checkout", "-q", "-b", "more"])
            .succeeded();
        machine.commit(&folder, "more.txt", "more");
        machine
            .git_in(&folder, &["checkout", "-q", "-b", "beside", "main"])
            .succeeded();
        machine.commit(&folder, "beside.txt", "beside");
        Self { machine, folder }
    }

    fn id(&self, name: &str) -> String {
        let said = self.machine.git_in(&self.folder, &["rev-parse", name]);
        said.succeeded().out.trim().to_owned()
    }

    fn push(&self, world: &World, value: &str, refs: &[&str]) -> Said {
        let url = format!("http://x:{value}@{}/acme/labs.git", world.site.address());
        self.machine
            .git_in(&self.folder, &[&["push", "-q", &url], refs].concat())
    }
}

#[test]
fn refs_are_held_by_git_and_rest_alike() {
    let mut world = World::new();
    let copy = Copy::new();
    let by_ann = [
        "more:refs/heads/bot/kept",
        "more:refs/heads/other",
        "more:refs/heads/bot/git",
        "more:refs/heads/bot/rest",
    ];
    copy.push(&world, &world.ann.client, &by_ann).succeeded();
    let (more, beside) = (copy.id("more"), copy.id("beside"));
    // What is moved to over REST has to be there.
    copy.push(&world, &world.ann.client, &["beside:refs/heads/beside"])
        .succeeded();
    let rules = |no_force: bool, no_delete: bool| {
        json!([{ "refs": { "only": {
            "patterns": ["refs/heads/bot/*"], "no_force": no_force, "no_delete": no_delete,
        } } }])
    };
    world.bind(&rules(true, true));
    world.open_job();
    for (who, value) in world.credentials() {
        // Reading is nobody's ref.
        assert_eq!(
            world
                .rest("GET", "/branches/main", value, &Value::Null)
                .status,
            200,
            "{who}"
        );
        assert_eq!(world.publishes(value).status, 201, "{who}");
        let fresh = format!("refs/heads/bot/{}", world.next());
        for (refs, passes) in [
            (vec![format!("main:{fresh}")], true),
            (vec![format!("more:{fresh}")], true),
            (vec!["main:refs/heads/main-two".to_owned()], false),
            (vec!["main:refs/heads/bot/deeper/x".to_owned()], false),
            (vec!["main:refs/tags/bot".to_owned()], false),
            (vec!["beside:refs/heads/main".to_owned()], false),
            (vec!["+beside:refs/heads/bot/kept".to_owned()], false),
            (vec![":refs/heads/bot/kept".to_owned()], false),
            (vec![":refs/heads/other".to_owned()], false),
        ] {
            let words: Vec<&str> = refs.iter().map(String::as_str).collect();
            let said = copy.push(&world, value, &words);
            assert_eq!(said.ok, passes, "{who}: {refs:?}: {}", said.err);
        }
        let fresh = format!("bot/{}", world.next());
        let at = format!("/git/refs/heads/{fresh}");
        let made =
            |name: &str| json!({ "ref": format!("refs/{name}"), "sha": support::filled::COMMIT });
        let to = |sha: &str, force: bool| json!({ "sha": sha, "force": force });
        let file = |branch: &str| json!({ "message": "x", "content": "eA==", "branch": branch });
        let new_file = format!("/contents/{}.txt", fresh.replace('/', "-"));
        for (method, rest, body, status, reason) in [
            (
                "POST",
                "/git/refs",
                made(&format!("heads/{fresh}")),
                201,
                "",
            ),
            ("PATCH", at.as_str(), to(&more, false), 200, ""),
            ("PUT", new_file.as_str(), file(&fresh), 201, ""),
            (
                "POST",
                "/git/refs",
                made("heads/other-two"),
                403,
                "ref_forbidden",
            ),
            ("POST", "/git/refs", made("tags/bot"), 403, "ref_forbidden"),
            (
                "PATCH",
                "/git/refs/heads/other",
                to(&beside, true),
                403,
                "ref_forbidden",
            ),
            ("PUT", new_file.as_str(), file("main"), 403, "ref_forbidden"),
            (
                "PATCH",
                "/git/refs/heads/bot/kept",
                to(&beside, true),
                403,
                "force_forbidden",
            ),
            (
                "DELETE",
                "/git/refs/heads/bot/kept",
                Value::Null,
                403,
                "delete_forbidden",
            ),
            (
                "DELETE",
                "/git/refs/heads/other",
                Value::Null,
                403,
                "ref_forbidden",
            ),
        ] {
            let answer = world.rest(method, rest, value, &body);
            let what = format!("{who}: {method} {rest} {body}: {}", answer.text());
            assert_eq!(answer.status, status, "{what}");
            if status == 403 {
                assert_eq!(answer.json()["reason"], reason, "{what}");
            }
        }
    }
    // Without the two words both go, also for a job that is opened from then on.
    world.bind(&rules(false, false));
    world.open_job();
    let job = world.job.as_deref().unwrap();
    let forced = ["+beside:refs/heads/bot/git", "+beside:refs/heads/bot/kept"];
    copy.push(&world, job, &forced).succeeded();
    copy.push(&world, &world.child, &[":refs/heads/bot/git"])
        .succeeded();
    let forced = json!({ "sha": beside, "force": true });
    let moved = world.rest("PATCH", "/git/refs/heads/bot/rest", &world.child, &forced);
    assert_eq!(moved.status, 200, "{}", moved.text());
    let gone = world.rest("DELETE", "/git/refs/heads/bot/rest", job, &Value::Null);
    assert_eq!(gone.status, 204, "{}", gone.text());
}
