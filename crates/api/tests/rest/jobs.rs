//! Jobs at this door: one repository, the permissions that were declared, and an end.

use jeton_domain::{OrganizationRole, Role, Span, Visibility};
use jeton_testkit::Person;
use serde_json::{Value, json};

use crate::server::{Got, Server};

const JOBS: &str = "/api/jeton/v1/repos/acme/labs/jobs";
const LABS: &str = "/api/v3/repos/acme/labs";
const FILE: &str = "/api/v3/repos/acme/labs/contents/notes.txt";

/// acme of ann's with `labs` and `demo`, both private; bob, a member, writes to them, kim reads.
struct World {
    server: Server,
    ann: Person,
    bob: Person,
    kim: Person,
}

impl World {
    fn new() -> Self {
        let server = Server::start();
        let [ann, bob, kim] = ["ann", "bob", "kim"].map(|login| server.kit.person(login));
        let acme = server.kit.organization("acme", &ann);
        server.kit.member(&acme, &bob, OrganizationRole::Member);
        server.kit.member(&acme, &kim, OrganizationRole::Member);
        for name in ["labs", "demo"] {
            let made = server
                .kit
                .repository((acme.account(), "acme"), name, Visibility::Private);
            server.kit.collaborator(&made, &bob, Role::Write);
        }
        Self {
            server,
            ann,
            bob,
            kim,
        }
    }

    fn open(&self, by: &Person, body: Value) -> Got {
        self.server.by(by, "POST", JOBS, body)
    }

    fn job(&self, body: Value) -> String {
        let opened = self.open(&self.bob, body);
        assert_eq!(opened.status, 201, "{opened:?}");
        opened.text("token").to_owned()
    }

    fn allow(&self, path: &str, permissions: Value) {
        let path = format!("/api/jeton/v1{path}/job-permissions");
        let set = self.server.by(
            &self.ann,
            "PUT",
            &path,
            json!({ "permissions": permissions }),
        );
        assert_eq!(set.status, 200, "{set:?}");
    }

    fn write(&self, value: &str) -> Got {
        let body = json!({ "message": "note", "content": "bm90ZXM=" });
        self.server.ask(Some(value), "PUT", FILE, body)
    }

    fn status(&self, value: &str, path: &str) -> u16 {
        self.server
            .ask(Some(value), "GET", path, Value::Null)
            .status
    }
}

#[test]
fn a_job_reads_its_one_repository_until_it_ends() {
    let world = World::new();
    let opened = world.open(
        &world.bob,
        json!({ "ref": "refs/heads/main", "name": "deploy" }),
    );
    assert_eq!(opened.status, 201, "{opened:?}");
    let value = opened.text("token");
    assert!(value.starts_with("jts_"), "{value}");
    assert_eq!(opened.text("repository"), "acme/labs");
    assert_eq!(opened.text("opener"), "bob");
    assert_eq!(opened.text("state"), "open");
    assert_eq!(
        opened.body["permissions"],
        json!({ "contents": "read", "metadata": "read", "packages": "read" }),
        "jobs read, until somebody says more: {opened:?}"
    );
    assert_eq!(world.status(value, LABS), 200);
    assert_eq!(world.status(value, "/api/v3/repos/acme/demo"), 404);
    assert_eq!(world.status(value, "/api/v3/user"), 403, "it is nobody");
    assert_eq!(world.status(value, "/api/v3/orgs/acme/members"), 403);
    assert_eq!(world.write(value).text("reason"), "permission_missing");
    assert_eq!(
        world.status(value, "/api/jeton/v1/nowhere"),
        404,
        "what is not there is as little there for a job"
    );
    let itself = world
        .server
        .ask(Some(value), "GET", "/api/jeton/v1/job", Value::Null);
    assert_eq!(itself.text("name"), "deploy");
    let path = format!("{JOBS}/{}", opened.body["id"]);
    let ended = world.server.by(&world.bob, "DELETE", &path, Value::Null);
    assert_eq!(ended.status, 200, "{ended:?}");
    assert_eq!(world.status(value, LABS), 401);
    let listed = world.server.get(&world.bob, JOBS);
    assert_eq!(listed.each("state"), ["ended"]);
    let open = world.server.get(&world.bob, &format!("{JOBS}?state=open"));
    assert_eq!(open.body, json!([]));
}

#[test]
fn a_job_ends_by_itself() {
    let world = World::new();
    let value = world.job(json!({ "expires_in": 60 }));
    assert_eq!(world.status(&value, LABS), 200);
    world.server.kit.advance(Span::from_seconds(60));
    assert_eq!(world.status(&value, LABS), 401);
    let too_long = world.open(&world.bob, json!({ "expires_in": 86_401 }));
    assert_eq!(too_long.status, 422, "{too_long:?}");
}

/// The least of the site's, the owner's and the repository's word.
#[test]
fn what_jobs_may_do_is_the_least_that_anybody_says() {
    let world = World::new();
    let write = json!({ "permissions": { "contents": "write" } });
    let refused = world.open(&world.bob, write.clone());
    assert_eq!(refused.status, 422, "{refused:?}");
    assert_eq!(
        refused.body["errors"][0]["message"],
        "`permissions` ask for `contents: write`, and jobs of this repository may have read"
    );
    world.allow("/orgs/acme", json!({ "contents": "write" }));
    let value = world.job(write.clone());
    let may = world
        .server
        .ask(Some(&value), "GET", "/api/jeton/v1/job", Value::Null);
    assert_eq!(may.body["permissions"]["contents"], "write");
    world.allow("/repos/acme/labs", json!({ "contents": "read" }));
    assert_eq!(world.open(&world.bob, write.clone()).status, 422);
    world.allow("/repos/acme/labs", json!({ "contents": "write" }));
    let site = world.server.by(
        &world.ann,
        "PUT",
        "/api/jeton/v1/site/job-permissions",
        json!({ "permissions": { "contents": "read" } }),
    );
    assert_eq!(site.status, 403, "an owner is no administrator: {site:?}");
    let fork = world.open(&world.bob, json!({ "fork": true }));
    assert_eq!(
        fork.body["permissions"],
        json!({ "contents": "read", "metadata": "read" })
    );
    let much = world.server.by(
        &world.ann,
        "PUT",
        "/api/jeton/v1/orgs/acme/job-permissions",
        json!({ "permissions": { "administration": "write" } }),
    );
    assert_eq!(much.status, 422, "no job administers: {much:?}");
}

#[test]
fn whoever_does_not_write_opens_no_job() {
    let world = World::new();
    let refused = world.open(&world.kim, json!({}));
    assert_eq!(refused.status, 403, "{refused:?}");
    assert_eq!(refused.text("reason"), "role_too_low");
    let job = world.job(json!({}));
    let again = world.server.ask(Some(&job), "POST", JOBS, json!({}));
    assert_eq!(again.status, 403, "a job opens none: {again:?}");
    let child = world.server.ask(
        Some(&job),
        "POST",
        "/api/jeton/v1/token/children",
        json!({}),
    );
    assert_eq!(child.status, 201, "{child:?}");
    let again = world
        .server
        .ask(Some(child.text("token")), "POST", JOBS, json!({}));
    assert_eq!(
        again.status, 403,
        "nor does what was made from it: {again:?}"
    );
    assert_eq!(world.status(child.text("token"), LABS), 200);
    assert_eq!(
        world.status(child.text("token"), "/api/v3/repos/acme/demo"),
        404
    );
}

/// A token that opens a job lends it what it has, and takes it along when it ends.
#[test]
fn a_job_is_no_way_around_what_opened_it() {
    let world = World::new();
    world.allow("/orgs/acme", json!({ "contents": "write" }));
    let open = json!({ "approval_required": false });
    world
        .server
        .by(&world.ann, "PATCH", "/api/jeton/v1/orgs/acme/policy", open);
    let token = world.server.by(
        &world.bob,
        "POST",
        "/api/jeton/v1/tokens",
        json!({
            "name": "ci", "owner": "acme", "repositories": ["labs"],
            "permissions": { "actions": "write", "contents": "read" },
        }),
    );
    assert_eq!(token.status, 201, "{token:?}");
    let by_token = |body: Value| {
        world
            .server
            .ask(Some(token.text("token")), "POST", JOBS, body)
    };
    let more = by_token(json!({ "permissions": { "contents": "write" } }));
    assert_eq!(more.status, 422, "{more:?}");
    assert_eq!(
        more.body["errors"][0]["message"],
        "`permissions` ask for `contents: write`, and whoever opens this job may have read"
    );
    let job = by_token(json!({}));
    assert_eq!(job.status, 201, "{job:?}");
    assert_eq!(world.status(job.text("token"), LABS), 200);
    let revoke = format!("/api/jeton/v1/tokens/{}/revoke", token.body["id"]);
    assert_eq!(
        world
            .server
            .by(&world.bob, "POST", &revoke, Value::Null)
            .status,
        200
    );
    assert_eq!(world.status(job.text("token"), LABS), 401);
}

#[test]
fn a_job_loses_what_its_opener_loses() {
    let world = World::new();
    world.allow("/orgs/acme", json!({ "contents": "write" }));
    let job = world.job(json!({}));
    let path = "/api/v3/repos/acme/labs/collaborators/bob";
    let lower = json!({ "permission": "pull" });
    assert!(world.server.by(&world.ann, "PUT", path, lower).status < 300);
    assert_eq!(world.status(&job, LABS), 200);
    assert_eq!(world.write(&job).text("reason"), "role_too_low");
    let closed = json!({ "default_repository_permission": "none" });
    let set = world
        .server
        .by(&world.ann, "PATCH", "/api/v3/orgs/acme", closed);
    assert_eq!(set.status, 200, "{set:?}");
    assert_eq!(
        world
            .server
            .by(&world.ann, "DELETE", path, Value::Null)
            .status,
        204
    );
    assert_eq!(world.status(&job, LABS), 404);
}
