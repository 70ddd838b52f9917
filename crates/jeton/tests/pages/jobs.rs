//! Jobs of a repository on their page, and the forms that say what jobs may do.

use jeton_domain::Span;
use serde_json::{Value, json};

use crate::support::Site;
use crate::support::world::Person;
use crate::visitor::Visitor;

const JOBS: &str = "/acme/labs/settings/jobs";
const REPOSITORY: &str = "/acme/labs/settings/job-permissions";
const ORGANIZATION: &str = "/organizations/acme/settings/job-permissions";
const OF_SITE: &str = "/admin/job-permissions";

struct World {
    site: Site,
    olivia: Person,
    mia: Person,
}

impl World {
    /// `acme/labs`, to which mia writes and which rex reads.
    fn new() -> Self {
        let site = Site::start();
        site.person("root-of-it", true);
        let (olivia, mia) = (site.person("olivia", false), site.person("mia", false));
        let rex = site.person("rex", false);
        site.organization("acme", &olivia);
        for member in [&mia, &rex] {
            site.member("acme", &olivia, member, "member");
        }
        let base = json!({ "default_repository_permission": "none" });
        site.must("PATCH", "/api/v3/orgs/acme", Some(&olivia.client), &base);
        site.repository("acme", &olivia, "labs", "private");
        site.repository("acme", &olivia, "other", "private");
        site.collaborator("acme/labs", &olivia, &mia, "push");
        site.collaborator("acme/labs", &olivia, &rex, "pull");
        Self { site, olivia, mia }
    }

    fn job(&self, name: &str, more: &Value) -> Value {
        let mut body = json!({ "name": name });
        for (key, value) in more.as_object().unwrap() {
            body[key] = value.clone();
        }
        let path = "/api/jeton/v1/repos/acme/labs/jobs";
        self.site.must("POST", path, Some(&self.mia.client), &body)
    }

    fn reads(&self, job: &Value) -> u16 {
        let value = job["token"].as_str();
        let path = "/api/v3/repos/acme/labs";
        self.site.call("GET", path, value, &Value::Null).status
    }

    fn ceiling(&self, at: &str, by: &str) -> Value {
        let path = format!("/api/jeton/v1/{at}/job-permissions");
        let by = self.site.sign_in(by);
        self.site.must("GET", &path, Some(&by.client), &Value::Null)
    }
}

#[test]
fn open_and_past_jobs_are_shown_and_one_is_ended() {
    let world = World::new();
    let mut mia = Visitor::signed_in(&world.site, "mia");
    let none = mia.get(JOBS).text();
    assert!(none.contains("There was no job yet"), "{none}");
    assert!(none.contains(&format!("href=\"{JOBS}\" aria-current")));
    let build = world.job(
        "build",
        &json!({ "ref": "refs/heads/<main>", "permissions": { "contents": "read" } }),
    );
    let fork = world.job("from a fork", &json!({ "fork": true, "expires_in": 60 }));
    let list = mia.get(JOBS).text();
    for words in [
        "build",
        "Contents: Read-only",
        "opened by mia · ref refs/heads/&#60;main&#62;",
        "until ",
        "of a fork: reads",
    ] {
        assert!(list.contains(words), "{words}: {list}");
    }
    assert!(!list.contains(build["token"].as_str().unwrap()), "{list}");
    let end = format!("{JOBS}/{}/end", build["id"]);
    assert_eq!(world.reads(&build), 200);
    // Who reads sees them, and ends none; another repository's address names none of these.
    let mut rex = Visitor::signed_in(&world.site, "rex");
    let seen = rex.get(JOBS);
    assert_eq!(seen.status, 200);
    assert!(!seen.text().contains("/end"), "{}", seen.text());
    assert_eq!(rex.post(&end, &[]).status, 403);
    let mut olivia = Visitor::signed_in(&world.site, "olivia");
    assert_eq!(olivia.post(&end.replace("labs", "other"), &[]).status, 404);
    assert_eq!(world.reads(&build), 200);
    let ended = mia.post(&end, &[]);
    assert_eq!(ended.header("location"), Some(JOBS), "{}", ended.text());
    assert_eq!(world.reads(&build), 401);
    world.site.later(Span::from_seconds(61));
    assert_eq!(world.reads(&fork), 401);
    let mut mia = Visitor::signed_in(&world.site, "mia");
    let list = mia.get(JOBS).text();
    assert!(list.contains("ended 1 minute ago") && list.contains("over since"));
    assert!(!list.contains("/end"), "{list}");
    let open = mia.get(&format!("{JOBS}?state=open")).text();
    assert!(open.contains("No job is open"), "{open}");
    let mut nobody = Visitor::new(&world.site);
    assert_eq!(nobody.get(JOBS).status, 303);
}

#[test]
fn what_jobs_may_do_is_said_by_repository_organization_and_site() {
    let world = World::new();
    for (who, path, at) in [
        ("olivia", REPOSITORY, "repos/acme/labs"),
        ("olivia", ORGANIZATION, "orgs/acme"),
        ("root-of-it", OF_SITE, "site"),
    ] {
        let mut owner = Visitor::signed_in(&world.site, who);
        let form = owner.get(path).text();
        assert!(form.contains("Nobody has said anything here yet"), "{form}");
        assert!(!form.contains("permission.administration"), "{form}");
        assert!(!form.contains("permission.members"), "{form}");
        let seen = owner.seen(path);
        let fields = [
            ("permission.contents", "write"),
            ("permission.packages", "none"),
            ("permission.actions", "read"),
            ("seen", seen.as_str()),
        ];
        let saved = owner.post(path, &fields);
        assert_eq!(saved.header("location"), Some(path), "{}", saved.text());
        let said = world.ceiling(at, who);
        let wanted = json!({ "contents": "write", "actions": "read", "metadata": "read" });
        assert_eq!(
            (&said["permissions"], &said["said_here"]),
            (&wanted, &json!(true))
        );
        let stale = owner.post(path, &fields);
        assert_eq!(stale.status, 409, "{}", stale.text());
        let seen = owner.seen(path);
        for (field, level) in [
            ("permission.administration", "read"),
            ("permission.members", "read"),
            ("permission.contents", "root"),
            ("permission.<b>", "read"),
        ] {
            let wrong = owner.post(path, &[(field, level), ("seen", &seen)]);
            assert_eq!(wrong.status, 422, "{field}: {}", wrong.text());
            let text = wrong.text();
            assert!(text.contains("role=\"alert\"") && !text.contains("<b>"));
        }
        assert_eq!(world.ceiling(at, who)["permissions"], wanted);
    }
    // What is said above holds below, and the page says so.
    let mut olivia = Visitor::signed_in(&world.site, "olivia");
    let seen = olivia.seen(ORGANIZATION);
    let less = [("permission.contents", "read"), ("seen", seen.as_str())];
    assert_eq!(olivia.post(ORGANIZATION, &less).status, 303);
    let below = olivia.get(REPOSITORY).text();
    assert!(below.contains("Jobs have read-only of it here: its owner"));
}

#[test]
fn more_takes_a_sign_in_that_was_confirmed_lately_and_less_takes_none() {
    let world = World::new();
    let mut olivia = Visitor::signed_in(&world.site, "olivia");
    world.site.later(Span::from_hours(3));
    let seen = olivia.seen(REPOSITORY);
    let more = [
        ("permission.contents", "write"),
        ("permission.packages", "read"),
        ("seen", seen.as_str()),
    ];
    let asked = olivia.post(REPOSITORY, &more);
    assert_eq!(asked.status, 403);
    assert!(asked.text().contains("kept.permission.contents"));
    let less = [("permission.contents", "read"), ("seen", seen.as_str())];
    assert_eq!(olivia.post(REPOSITORY, &less).status, 303);
    let said = world.ceiling("repos/acme/labs", "olivia");
    let wanted = json!({ "contents": "read", "metadata": "read" });
    assert_eq!(said["permissions"], wanted);
    let mut mia = Visitor::signed_in(&world.site, "mia");
    for path in [REPOSITORY, ORGANIZATION, OF_SITE] {
        assert_eq!(mia.get(path).status, 403, "{path}");
        assert_eq!(mia.post(path, &less).status, 403, "{path}");
    }
}
