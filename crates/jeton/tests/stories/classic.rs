//! S7: classic tokens, which reach whatever their user reaches.

use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::support::Site;
use crate::support::database::{Database, on_both};
use crate::support::git::{FORBIDDEN, Machine, Said};
use crate::support::http::Answer;
use crate::support::world::{PASSWORD, Person};

on_both!(
    a_member_clones_all_they_reach_with_one_token,
    an_outside_collaborator_reaches_one_repository_and_what_everybody_reads,
    an_organization_forbids_them_and_git_prints_why,
    a_new_value_without_an_outage,
);

/// Two organizations, three people, private and public repositories with a commit each.
struct World {
    site: Site,
    machine: Machine,
    olivia: Person,
    mia: Person,
    nina: Person,
}

impl World {
    /// `mia` belongs to acme, whose members read all of it but write only `labs`; `nina` has a role on acme's
    /// `labs` alone; `globex` is nobody's but olivia's.
    fn new(database: Database) -> Self {
        let site = Site::on(database, &[]);
        let machine = Machine::new();
        let people = ["olivia", "mia", "nina"].map(|login| site.person(login, false));
        let [olivia, mia, nina] = people;
        for org in ["acme", "globex"] {
            site.organization(org, &olivia);
        }
        site.member("acme", &olivia, &mia, "member");
        for (org, name, visibility) in [
            ("acme", "labs", "private"),
            ("acme", "aside", "private"),
            ("acme", "open", "public"),
            ("globex", "secret", "private"),
            ("globex", "open", "public"),
        ] {
            site.repository(org, &olivia, name, visibility);
        }
        let notes = json!({ "name": "notes", "visibility": "private" });
        site.must("POST", "/api/v3/user/repos", Some(&mia.client), &notes);
        site.collaborator("acme/labs", &olivia, &mia, "push");
        site.collaborator("acme/labs", &olivia, &nina, "push");
        let world = Self {
            site,
            machine,
            olivia,
            mia,
            nina,
        };
        let fill = world.site.classic(&world.olivia, "fill", &["repo"]).value;
        let own = world.site.classic(&world.mia, "own", &["repo"]).value;
        for (full, value) in [
            ("acme/labs", &fill),
            ("acme/aside", &fill),
            ("acme/open", &fill),
            ("globex/secret", &fill),
            ("globex/open", &fill),
            ("mia/notes", &own),
        ] {
            let folder = world.machine.working_copy(&full.replace('/', "-"));
            let push = ["push", &world.url(value, full), "main"];
            world.machine.git_in(&folder, &push).succeeded();
        }
        world
    }

    fn url(&self, value: &str, full: &str) -> String {
        let host = self.site.url().trim_start_matches("http://");
        format!("http://x:{value}@{host}/{full}.git")
    }

    fn clone(&self, value: &str, full: &str, to: &str) -> Said {
        self.machine.git(&["clone", &self.url(value, full), to])
    }

    fn push(&self, value: &str, full: &str, folder: &Path, file: &str) -> Said {
        self.machine.commit(folder, file, file);
        let url = self.url(value, full);
        self.machine.git_in(folder, &["push", &url, "main"])
    }

    fn get(&self, value: &str, path: &str) -> Answer {
        self.site.call("GET", path, Some(value), &Value::Null)
    }

    /// All repositories that REST lists as the user's own affair.
    fn listed(&self, value: &str) -> BTreeSet<String> {
        let answer = self.get(value, "/api/v3/user/repos?per_page=100");
        assert_eq!(answer.status, 200, "{}", answer.text());
        let list = answer.json();
        let names = list.as_array().unwrap().iter();
        names
            .map(|row| row["full_name"].as_str().unwrap().to_owned())
            .collect()
    }

    fn policy(&self, change: &Value) {
        let path = "/api/jeton/v1/orgs/acme/policy";
        self.site
            .must("PATCH", path, Some(&self.olivia.client), change);
    }

    /// What somebody's command line prints on standard output, with the sign-in that is kept in the machine's home.
    fn jeton(&self, words: &[&str], input: &str) -> String {
        let home = self.machine.home();
        let file = self.machine.path("typed");
        std::fs::write(&file, input).unwrap();
        let said = Command::new(env!("CARGO_BIN_EXE_jeton"))
            .args(words)
            .env_clear()
            .env("HOME", home)
            .env("XDG_CONFIG_HOME", home.join(".config"))
            .stdin(std::fs::File::open(&file).unwrap())
            .output()
            .unwrap();
        let error = String::from_utf8_lossy(&said.stderr);
        assert!(said.status.success(), "{words:?}: {error}");
        String::from_utf8_lossy(&said.stdout).trim_end().to_owned()
    }
}

fn names(list: &[&str]) -> BTreeSet<String> {
    list.iter().map(|&name| name.to_owned()).collect()
}

/// Both headers of scopes.
fn scopes(answer: &Answer) -> (Option<&str>, Option<&str>) {
    (
        answer.header("x-oauth-scopes"),
        answer.header("x-accepted-oauth-scopes"),
    )
}

fn a_member_clones_all_they_reach_with_one_token(database: Database) {
    let world = World::new(database);
    let login = [
        "login",
        world.site.url(),
        "--user",
        "mia",
        "--password-stdin",
    ];
    world.jeton(&login, PASSWORD);
    let create = [
        "token",
        "create",
        "all of it",
        "--classic",
        "--scope",
        "repo",
        "--scope",
        "workflow",
        "--expires",
        "90",
        "--value-only",
    ];
    let value = world.jeton(&create, "");
    assert!(value.starts_with("jtp_") && value.len() == 40);
    let shown = world.jeton(&["token", "show", "all of it"], "");
    assert!(shown.contains("repo, workflow"), "{shown}");
    assert!(!shown.contains(&value));

    // What the person reaches, the token lists, and Git clones each.
    let all = world.listed(&value);
    assert_eq!(
        all,
        names(&["acme/aside", "acme/labs", "acme/open", "mia/notes"])
    );
    for full in &all {
        let to = format!("clone-{}", full.replace('/', "-"));
        world.clone(&value, full, &to).succeeded();
        let text = std::fs::read_to_string(world.machine.path(&to).join("README.md")).unwrap();
        assert_eq!(text, full.replace('/', "-"));
    }
    // Others' public repositories too; others' private ones are as if they were not there.
    world.clone(&value, "globex/open", "others").succeeded();
    let secret = world
        .clone(&value, "globex/secret", "secret")
        .failed_with(&["not found"]);
    let nothing = world
        .clone(&value, "globex/nothing", "secret")
        .failed_with(&["not found"]);
    assert_eq!(
        secret.err.replace("secret", "*"),
        nothing.err.replace("nothing", "*").replace("secret", "*")
    );
    // It writes where its person writes, and adds no role.
    let labs = world.machine.path("clone-acme-labs");
    world
        .push(&value, "acme/labs", &labs, "new.txt")
        .succeeded();
    let others = world.machine.path("others");
    world
        .push(&value, "globex/open", &others, "new.txt")
        .failed_with(&[FORBIDDEN]);

    // Each answer says what the token holds and what would have done; a fine-grained token's says neither.
    for (path, status, accepted) in [
        ("/api/v3/user", 200, ""),
        ("/api/v3/repos/acme/labs", 200, ""),
        (
            "/api/v3/repos/acme/labs/collaborators",
            200,
            "repo, public_repo",
        ),
        (
            "/api/v3/repos/globex/secret/collaborators",
            404,
            "repo, public_repo",
        ),
        ("/api/v3/orgs/acme/teams", 403, "read:org"),
    ] {
        let answer = world.get(&value, path);
        assert_eq!(answer.status, status, "{path}: {}", answer.text());
        let said = (Some("repo, workflow"), Some(accepted));
        assert_eq!(scopes(&answer), said, "{path}");
    }
    let wish =
        json!({ "name": "fine", "repositories": "all", "permissions": { "contents": "read" } });
    let fine = world.site.token(&world.mia, &wish);
    for path in [
        "/api/v3/user",
        "/api/v3/repos/mia/notes",
        "/api/v3/repos/acme/labs",
    ] {
        assert_eq!(
            scopes(&world.get(&fine.value, path)),
            (None, None),
            "{path}"
        );
    }

    // Narrowed in the command line, the next clone is refused; the list shrinks with it.
    world.jeton(
        &["token", "edit", "all of it", "--scope", "public_repo"],
        "",
    );
    assert_eq!(world.listed(&value), names(&["acme/open"]));
    world
        .clone(&value, "acme/labs", "narrowed")
        .failed_with(&["not found"]);
    world.clone(&value, "acme/open", "narrowed").succeeded();
    world.jeton(&["token", "revoke", "all of it"], "");
    // Git asks for what everybody reads without a credential first, and is never refused there.
    world
        .clone(&value, "acme/labs", "revoked")
        .failed_with(&["Authentication failed"]);
    assert_eq!(world.get(&value, "/api/v3/repos/acme/open").status, 401);
}

fn an_outside_collaborator_reaches_one_repository_and_what_everybody_reads(database: Database) {
    let world = World::new(database);
    let token = world.site.classic(&world.nina, "contractor", &["repo"]);
    let value = &token.value;
    assert_eq!(world.listed(value), names(&["acme/labs"]));
    world.clone(value, "acme/labs", "labs").succeeded();
    world
        .push(value, "acme/labs", &world.machine.path("labs"), "fix.txt")
        .succeeded();
    world.clone(value, "acme/open", "open").succeeded();
    world
        .clone(value, "acme/aside", "aside")
        .failed_with(&["not found"]);
    // The role gone, the token has it no more.
    let role = "/api/v3/repos/acme/labs/collaborators/nina";
    world
        .site
        .must("DELETE", role, Some(&world.olivia.client), &Value::Null);
    world
        .clone(value, "acme/labs", "gone")
        .failed_with(&["not found"]);
    assert_eq!(world.listed(value), names(&[]));
}

fn an_organization_forbids_them_and_git_prints_why(database: Database) {
    let world = World::new(database);
    let value = world.site.classic(&world.mia, "ci", &["repo"]).value;
    world.clone(&value, "acme/labs", "before").succeeded();
    world.policy(&json!({ "classic_allowed": false }));
    world
        .clone(&value, "acme/labs", "after")
        .failed_with(&["remote: acme allows no classic tokens.", FORBIDDEN]);
    world
        .push(&value, "acme/labs", &world.machine.path("before"), "x.txt")
        .failed_with(&["remote: acme allows no classic tokens.", FORBIDDEN]);
    let answer = world.get(&value, "/api/v3/repos/acme/labs");
    let body = answer.json();
    assert_eq!(
        (answer.status, &body["reason"]),
        (403, &json!("classic_forbidden"))
    );
    assert_eq!(answer.header("x-oauth-scopes"), Some("repo"));
    // What everybody reads is read, and one's own is one's own.
    world.clone(&value, "acme/open", "open").succeeded();
    world.clone(&value, "mia/notes", "own").succeeded();
    assert_eq!(world.listed(&value), names(&["acme/open", "mia/notes"]));
    // The policy deleted nothing: lifted, the same value works.
    world.policy(&json!({ "classic_allowed": true, "classic_maximum": { "days": 29 } }));
    world.clone(&value, "acme/labs", "long").failed_with(&[
        "remote: The token lives longer than acme allows.",
        FORBIDDEN,
    ]);
    world.policy(&json!({ "classic_maximum": "unlimited" }));
    world.clone(&value, "acme/labs", "again").succeeded();
}

fn a_new_value_without_an_outage(database: Database) {
    let world = World::new(database);
    let token = world.site.classic(&world.mia, "ci", &["repo"]);
    let how = json!({ "overlap_seconds": 3600 });
    let rotated = world.site.token_call(&world.mia, &token, "rotate", &how);
    assert_eq!(rotated.status, 201, "{}", rotated.text());
    let body = rotated.json();
    let fresh = body["token"].as_str().unwrap();
    assert!(fresh.starts_with("jtp_") && fresh != token.value);
    assert_eq!(body["scopes"], json!(["repo"]));
    for (value, to) in [(token.value.as_str(), "old"), (fresh, "new")] {
        world.clone(value, "acme/labs", to).succeeded();
    }
    let finished = world
        .site
        .token_call(&world.mia, &token, "finish", &json!({}));
    assert_eq!(finished.status, 200, "{}", finished.text());
    world
        .clone(&token.value, "acme/labs", "ended")
        .failed_with(&["Authentication failed"]);
    world.clone(fresh, "acme/labs", "goes-on").succeeded();
}
