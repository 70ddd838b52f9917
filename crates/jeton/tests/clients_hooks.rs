//! What webhooks are told, each event once, held against GitHub's own description of its webhooks, which the test command installs, and
//! received by a library of the field. Where a payload is knowingly another, `clients/hook_deviations.txt` says which and why.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::too_many_lines,
    clippy::disallowed_methods,
    missing_docs,
    unreachable_pub,
    missing_debug_implementations,
    reason = "tests"
)]

mod support;

#[path = "stories_hooks/kept.rs"]
mod kept;
#[path = "clients/schema.rs"]
mod schema;

use std::collections::BTreeSet;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use jeton_domain::{HookEvent, Span};
use jeton_testkit::{Heard, Receiver};
use serde_json::{Value, json};

use kept::{Kept, SECRET, Wish};
use support::Site;
use support::world::Person;

fn modules() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/xtask");
    std::env::var_os("CARGO_TARGET_DIR")
        .map_or(root, |target| Path::new(&target).join("xtask"))
        .join("node_modules")
}

/// Everything that webhooks are told of, by what people do.
struct Acts {
    kept: Kept,
    receiver: Receiver,
    ola: Person,
    heard: usize,
}

impl Acts {
    fn begin() -> Self {
        let receiver = Receiver::start();
        let kept = Kept::with(&[Wish {
            repository: None,
            receiver: &receiver,
            path: "/",
            form: false,
            events: &["*"],
        }]);
        let ola = kept.site.person("ola", false);
        Self {
            kept,
            receiver,
            ola,
            heard: 0,
        }
    }

    fn site(&self) -> &Site {
        &self.kept.site
    }

    /// Something that nina does, and what is told of it: these events, in this order, and no other.
    #[track_caller]
    fn act(&mut self, method: &str, path: &str, body: &Value, told: &[&str]) -> Vec<Value> {
        self.site()
            .must(method, path, Some(&self.kept.nina.client), body);
        self.told(told)
    }

    #[track_caller]
    fn told(&mut self, told: &[&str]) -> Vec<Value> {
        let heard = self.receiver.wait(self.heard + told.len());
        let new = &heard[self.heard..];
        let names: Vec<String> = new.iter().map(name).collect();
        assert_eq!(names, told);
        self.heard += told.len();
        new.iter().map(Heard::json).collect()
    }
}

/// `event` or `event.action`.
fn name(heard: &Heard) -> String {
    match heard.event() {
        (event, action) if action.is_empty() => event,
        (event, action) => format!("{event}.{action}"),
    }
}

/// All that happens in one organization, and what is told of it.
fn everything() -> Acts {
    let mut acts = Acts::begin();
    let nothing = Value::Null;

    // Repositories.
    let told = acts.act(
        "POST",
        "/api/v3/orgs/acme/repos",
        &json!({ "name": "fresh", "visibility": "private" }),
        &["repository.created"],
    );
    assert_eq!(told[0]["repository"]["full_name"], "acme/fresh");
    assert_eq!(told[0]["organization"]["login"], "acme");
    assert_eq!(told[0]["sender"]["login"], "nina");
    let at = "/api/v3/repos/acme/fresh";
    let told = acts.act(
        "PATCH",
        at,
        &json!({ "description": "new" }),
        &["repository.edited"],
    );
    assert_eq!(
        told[0]["changes"],
        json!({ "description": { "from": null } })
    );
    let told = acts.act(
        "PATCH",
        at,
        &json!({ "visibility": "public" }),
        &["repository.publicized", "public"],
    );
    for told in told {
        assert_eq!(told["repository"]["private"], false);
    }
    let told = acts.act(
        "PATCH",
        at,
        &json!({ "visibility": "private" }),
        &["repository.privatized"],
    );
    assert_eq!(told[0]["repository"]["private"], true);
    let told = acts.act(
        "PATCH",
        at,
        &json!({ "name": "older" }),
        &["repository.renamed"],
    );
    assert_eq!(
        told[0]["changes"],
        json!({ "repository": { "name": { "from": "fresh" } } })
    );
    assert_eq!(told[0]["repository"]["name"], "older");

    // What writes over REST is a push; git's own are in the stories.
    let file = json!({ "message": "Write it", "content": "aGVsbG8K" });
    let told = acts.act(
        "PUT",
        "/api/v3/repos/acme/code/contents/new.txt",
        &file,
        &["create", "push"],
    );
    assert_eq!(told[0]["ref_type"], "branch");
    assert_eq!(told[1]["commits"][0]["added"], json!(["new.txt"]));
    let tag = json!({ "ref": "refs/tags/v1", "sha": told[1]["after"] });
    let refs = "/api/v3/repos/acme/code/git/refs";
    let told = acts.act("POST", refs, &tag, &["create", "push"]);
    assert_eq!(told[0]["ref"], "v1");
    let path = format!("{refs}/tags/v1");
    let told = acts.act("DELETE", &path, &nothing, &["delete", "push"]);
    assert_eq!(told[0]["ref"], "v1");

    // People of the organization.
    let member = "/api/v3/orgs/acme/memberships/ola";
    let told = acts.act(
        "PUT",
        member,
        &json!({ "role": "member" }),
        &["organization.member_invited"],
    );
    assert_eq!(told[0]["invitation"]["login"], "ola");
    assert_eq!(told[0]["user"]["login"], "ola");
    acts.site().accept("acme", &acts.ola);
    let told = acts.told(&["organization.member_added"]);
    assert_eq!(told[0]["membership"]["user"]["login"], "ola");
    assert_eq!(told[0]["sender"]["login"], "ola");

    // Collaborators.
    let role = "/api/v3/repos/acme/code/collaborators/ola";
    let told = acts.act(
        "PUT",
        role,
        &json!({ "permission": "pull" }),
        &["member.added"],
    );
    assert_eq!(told[0]["member"]["login"], "ola");
    assert_eq!(told[0]["changes"]["permission"]["to"], "read");
    let told = acts.act(
        "PUT",
        role,
        &json!({ "permission": "maintain" }),
        &["member.edited"],
    );
    assert_eq!(
        told[0]["changes"]["permission"],
        json!({ "from": "read", "to": "maintain" })
    );
    acts.act("DELETE", role, &nothing, &["member.removed"]);

    // Teams.
    let told = acts.act(
        "POST",
        "/api/v3/orgs/acme/teams",
        &json!({ "name": "Crew" }),
        &["team.created"],
    );
    assert_eq!(told[0]["team"]["slug"], "crew");
    let told = acts.act(
        "PUT",
        "/api/v3/orgs/acme/teams/crew/memberships/ola",
        &json!({}),
        &["membership.added"],
    );
    assert_eq!(told[0]["scope"], "team");
    assert_eq!(told[0]["member"]["login"], "ola");
    assert_eq!(told[0]["team"]["name"], "Crew");
    let role = "/api/v3/orgs/acme/teams/crew/repos/acme/code";
    let told = acts.act(
        "PUT",
        role,
        &json!({ "permission": "pull" }),
        &["team.added_to_repository", "team_add"],
    );
    for told in told {
        assert_eq!(told["repository"]["full_name"], "acme/code");
        assert_eq!(told["team"]["slug"], "crew");
    }
    let told = acts.act(
        "PUT",
        role,
        &json!({ "permission": "push" }),
        &["team.edited"],
    );
    assert_eq!(
        told[0]["changes"]["repository"]["permissions"]["from"],
        json!({ "admin": false, "push": false, "pull": true })
    );
    acts.act("DELETE", role, &nothing, &["team.removed_from_repository"]);
    acts.act(
        "DELETE",
        "/api/v3/orgs/acme/teams/crew/memberships/ola",
        &nothing,
        &["membership.removed"],
    );
    let told = acts.act(
        "PATCH",
        "/api/v3/orgs/acme/teams/crew",
        &json!({ "name": "Band" }),
        &["team.edited"],
    );
    assert_eq!(told[0]["changes"], json!({ "name": { "from": "Crew" } }));
    let told = acts.act(
        "DELETE",
        "/api/v3/orgs/acme/teams/band",
        &nothing,
        &["team.deleted"],
    );
    assert_eq!(told[0]["team"]["name"], "Band", "what is gone is named");

    // Requests of tokens.
    let wish = |name: &str| {
        json!({
            "name": name, "owner": "acme", "repositories": ["code"], "justification": "to build",
            "permissions": { "contents": "read" },
        })
    };
    // ola sees the repository from now on.
    acts.act(
        "PUT",
        "/api/v3/repos/acme/code/collaborators/ola",
        &json!({ "permission": "push" }),
        &["member.added"],
    );
    let token = acts.site().token(&acts.ola, &wish("builder"));
    let told = acts.told(&["personal_access_token_request.created"]);
    let asked = &told[0]["personal_access_token_request"];
    assert_eq!(asked["token_name"], "builder");
    assert_eq!(asked["permissions_added"]["repository"]["contents"], "read");
    assert_eq!(
        asked["permissions_upgraded"],
        json!({ "organization": {}, "repository": {}, "other": {} })
    );
    assert_eq!(asked["repositories"][0]["full_name"], "acme/code");
    assert_eq!(asked["repository_count"], 1);
    acts.site().approve("acme", &acts.kept.nina, &token);
    let told = acts.told(&["personal_access_token_request.approved"]);
    assert_eq!(
        told[0]["personal_access_token_request"]["permissions_added"]["repository"]["contents"],
        "read"
    );
    assert_eq!(told[0]["sender"]["login"], "nina");
    let value = |told: &[Value]| told[0].to_string().contains(&token.value);
    assert!(!value(&told));
    let path = format!("/api/jeton/v1/tokens/{}", token.id);
    acts.site()
        .must("DELETE", &path, Some(&acts.ola.client), &nothing);
    let told = acts.told(&["personal_access_token.revoked"]);
    assert_eq!(told[0]["personal_access_token"]["token_name"], "builder");
    assert_eq!(told[0]["personal_access_token"]["owner"]["login"], "ola");
    assert_eq!(told[0]["explanation"], "creator");
    acts.site().token(&acts.ola, &wish("second"));
    let told = acts.told(&["personal_access_token_request.created"]);
    let id = &told[0]["personal_access_token_request"]["id"];
    let path = format!("/api/v3/orgs/acme/personal-access-token-requests/{id}");
    acts.act(
        "POST",
        &path,
        &json!({ "action": "deny", "reason": "no" }),
        &["personal_access_token_request.denied"],
    );
    let token = acts.site().token(&acts.ola, &wish("third"));
    acts.told(&["personal_access_token_request.created"]);
    let path = format!("/api/jeton/v1/tokens/{}", token.id);
    acts.site()
        .must("DELETE", &path, Some(&acts.ola.client), &nothing);
    acts.told(&["personal_access_token_request.cancelled"]);
    // One that wishes for more than it has, and loses what it has.
    let token = acts.site().token(&acts.ola, &wish("fourth"));
    acts.told(&["personal_access_token_request.created"]);
    acts.site().approve("acme", &acts.kept.nina, &token);
    acts.told(&["personal_access_token_request.approved"]);
    let path = format!("/api/jeton/v1/tokens/{}", token.id);
    let more = json!({ "permissions": { "contents": "write", "repository_hooks": "read" } });
    acts.site()
        .must("PATCH", &path, Some(&acts.ola.client), &more);
    let told = acts.told(&["personal_access_token_request.created"]);
    let asked = &told[0]["personal_access_token_request"];
    assert_eq!(
        (
            &asked["permissions_added"]["repository"],
            &asked["permissions_upgraded"]["repository"]
        ),
        (
            &json!({ "repository_hooks": "read" }),
            &json!({ "contents": "write" })
        )
    );
    let path = format!("/api/v3/orgs/acme/personal-access-tokens/{}", token.id);
    let told = acts.act(
        "POST",
        &path,
        &json!({ "action": "revoke" }),
        &[
            "personal_access_token_request.cancelled",
            "personal_access_token.revoked",
        ],
    );
    assert_eq!(
        told[1]["personal_access_token"]["permissions"]["repository"],
        json!({ "contents": "read", "metadata": "read" }),
        "what it had, and not what it wished for"
    );

    // Ends.
    acts.act("DELETE", member, &nothing, &["organization.member_removed"]);
    let told = acts.act(
        "DELETE",
        "/api/v3/repos/acme/older",
        &nothing,
        &["repository.deleted"],
    );
    assert_eq!(
        told[0]["repository"]["full_name"], "acme/older",
        "what is gone is named"
    );
    handed_over(&mut acts);
    renamed_and_deleted(&mut acts);
    acts
}

/// ola has a repository of her own, and is deleted: it goes to the organization.
fn handed_over(acts: &mut Acts) {
    let root = acts.site().person("ruth", true);
    let site = acts.site();
    let made = json!({ "name": "notes", "private": true });
    site.must("POST", "/api/v3/user/repos", Some(&acts.ola.client), &made);
    let path = "/api/jeton/v1/users/ola?repositories_to=acme";
    site.must("DELETE", path, Some(&root.client), &Value::Null);
    let told = acts.told(&["repository.transferred"]);
    assert_eq!(told[0]["repository"]["full_name"], "acme/notes");
    assert_eq!(told[0]["changes"]["owner"]["from"]["user"]["login"], "ola");
}

/// The organization has another name, and then ends; before that a webhook of its repository does.
fn renamed_and_deleted(acts: &mut Acts) {
    let nothing = Value::Null;
    let name = json!({ "login": "apex" });
    let path = "/api/jeton/v1/orgs/acme/rename";
    let told = acts.act("PATCH", path, &name, &["organization.renamed"]);
    assert_eq!(told[0]["changes"], json!({ "login": { "from": "acme" } }));
    assert_eq!(told[0]["organization"]["login"], "apex");
    let hook = json!({
        "config": { "url": acts.receiver.url("/code"), "content_type": "json" },
        "events": ["meta"],
    });
    let hooks = "/api/v3/repos/apex/code/hooks";
    let told = acts.act("POST", hooks, &hook, &["ping"]);
    let id = &told[0]["hook_id"];
    let path = format!("{hooks}/{id}");
    let told = acts.act("DELETE", &path, &nothing, &["meta.deleted"]);
    assert_eq!(&told[0]["hook"]["id"], id);
    assert_eq!(told[0]["sender"]["login"], "nina");
    for name in ["code", "other", "notes"] {
        let path = format!("/api/v3/repos/apex/{name}");
        acts.act("DELETE", &path, &nothing, &["repository.deleted"]);
    }
    let path = "/api/jeton/v1/orgs/apex";
    let told = ["personal_access_token.revoked", "organization.deleted"];
    let told = acts.act("DELETE", path, &nothing, &told);
    assert_eq!(told[0]["explanation"], "owner");
    assert_eq!(told[1]["organization"]["login"], "apex");
}

/// Whatever the server can tell, as [`name`] has it. What GitHub does not have is looked at where it comes from.
fn all_that_is_told() -> BTreeSet<String> {
    let events = HookEvent::ALL
        .iter()
        .filter(|event| **event != HookEvent::Token);
    let names = |event: &HookEvent| match event.actions() {
        [] => vec![event.name().to_owned()],
        actions => {
            let name = |action| format!("{}.{action}", event.name());
            actions.iter().map(name).collect()
        }
    };
    events.flat_map(names).collect()
}

/// INVARIANT: an event that is told and does not stand here is held against nothing.
#[test]
fn each_event_is_told_once_and_as_github_describes_it() {
    let acts = everything();
    let heard = acts.receiver.heard();
    let mut names: BTreeSet<String> = heard.iter().map(name).collect();
    names.retain(|name| !name.starts_with("personal_access_token."));
    assert_eq!(names, all_that_is_told());
    let known = deviations();
    let schemas = schema::Webhooks::read(&modules());
    let mut found = BTreeSet::new();
    for heard in acts.receiver.heard() {
        let (event, action) = heard.event();
        // Ours.
        if event != "personal_access_token" {
            for fault in schemas.faults(&event, &action, &heard.json()) {
                found.insert((name(&heard), fault));
            }
        }
    }
    let new: Vec<_> = found.difference(&known).collect();
    let gone: Vec<_> = known.difference(&found).collect();
    assert!(
        new.is_empty() && gone.is_empty(),
        "not in the table: {new:#?}\nin the table and no more so: {gone:#?}"
    );
}

/// Event and fault; the third part is the reason.
fn deviations() -> BTreeSet<(String, String)> {
    schema::deviations(include_str!("clients/hook_deviations.txt"))
}

#[test]
fn octokits_receiver_takes_what_is_told_and_nothing_else() {
    let acts = {
        let mut acts = Acts::begin();
        acts.act(
            "PATCH",
            "/api/v3/repos/acme/code",
            &json!({ "description": "ä &+" }),
            &["repository.edited"],
        );
        acts
    };
    let heard = acts.receiver.heard().remove(0);
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/clients/receiver.mjs");
    let mut child = Command::new("node")
        .arg(program)
        .env("MODULES", modules())
        .env("SECRET", std::str::from_utf8(SECRET).unwrap())
        .env("SIGNATURE", heard.header("X-Hub-Signature-256").unwrap())
        .env("DELIVERY", heard.header("X-GitHub-Delivery").unwrap())
        .stdin(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(&heard.body).unwrap();
    assert!(child.wait().unwrap().success());
    acts.site().later(Span::ZERO);
}
