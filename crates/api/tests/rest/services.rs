//! Service accounts at this door: tokens of an organization that are no person's, and what leavers leave to them.

use jeton_domain::{OrganizationRole, Role, Span, Visibility};
use jeton_testkit::{Person, Repository};
use serde_json::{Value, json};

use crate::server::{Got, Server};

const SERVICES: &str = "/api/jeton/v1/orgs/acme/service-accounts";
const LABS: &str = "/api/v3/repos/acme/labs";
const DEMO: &str = "/api/v3/repos/acme/demo";
const INSIDE: &str = "/api/v3/repos/acme/inside";

/// acme of ann's, where members have nothing by themselves; bob writes to `labs` and `demo`.
struct World {
    server: Server,
    ann: Person,
    bob: Person,
    labs: Repository,
}

impl World {
    fn new() -> Self {
        let server = Server::start();
        let (ann, bob) = (server.kit.person("ann"), server.kit.person("bob"));
        let acme = server.kit.organization("acme", &ann);
        server.kit.member(&acme, &bob, OrganizationRole::Member);
        server.kit.base(&acme, jeton_domain::BasePermission::None);
        let make = |name, visibility| {
            let repository = server
                .kit
                .repository((acme.account(), "acme"), name, visibility);
            if visibility == Visibility::Private {
                server.kit.collaborator(&repository, &bob, Role::Write);
            }
            repository
        };
        let labs = make("labs", Visibility::Private);
        make("demo", Visibility::Private);
        make("inside", Visibility::Internal);
        Self {
            server,
            ann,
            bob,
            labs,
        }
    }

    fn by_ann(&self, method: &str, path: &str, body: Value) -> Got {
        self.server.by(&self.ann, method, path, body)
    }

    fn service(&self, body: Value) -> Got {
        let made = self.by_ann("POST", SERVICES, body);
        assert_eq!(made.status, 201, "{made:?}");
        made
    }

    fn token(&self, service: &str) -> Got {
        let made = self.by_ann(
            "POST",
            &format!("{SERVICES}/{service}/tokens"),
            json!({ "name": "deploy", "repositories": "all", "permissions": { "contents": "read" } }),
        );
        assert_eq!(made.status, 201, "{made:?}");
        made
    }

    fn status(&self, value: &str, path: &str) -> u16 {
        self.server
            .ask(Some(value), "GET", path, Value::Null)
            .status
    }

    /// What a list of the caller's own repositories names.
    fn listed(&self, value: &str) -> Vec<String> {
        let list = self
            .server
            .ask(Some(value), "GET", "/api/v3/orgs/acme/repos", Value::Null);
        assert_eq!(list.status, 200, "{list:?}");
        let mut names: Vec<String> = list.each("name").into_iter().map(str::to_owned).collect();
        names.sort();
        names
    }
}

#[test]
fn a_service_account_has_the_roles_it_was_given_and_no_others() {
    let world = World::new();
    let made = world.service(json!({ "login": "deployer", "description": "deploys" }));
    assert_eq!(made.text("role"), "none");
    let token = world.token("deployer");
    let value = token.text("token");
    assert_eq!(token.text("creator"), "deployer");
    assert_eq!(token.text("standing"), "active", "an owner made it");
    for path in [LABS, DEMO, INSIDE] {
        assert_eq!(world.status(value, path), 404, "{path}");
    }
    assert_eq!(world.listed(value), Vec::<String>::new());
    let role = json!({ "permission": "push" });
    let put = world.by_ann("PUT", &format!("{LABS}/collaborators/deployer"), role);
    assert_eq!(put.status, 204, "nobody is asked: {put:?}");
    let outside = world.by_ann(
        "GET",
        "/api/v3/orgs/acme/outside_collaborators",
        Value::Null,
    );
    assert_eq!(outside.body, json!([]), "it works from inside: {outside:?}");
    assert_eq!(world.status(value, LABS), 200);
    assert_eq!(world.status(value, DEMO), 404);
    assert_eq!(world.listed(value), ["labs"]);
    let edit = json!({ "role": "read" });
    let path = format!("{SERVICES}/deployer");
    assert_eq!(world.by_ann("PATCH", &path, edit).status, 200);
    assert_eq!(world.listed(value), ["demo", "inside", "labs"]);
    assert_eq!(world.status(value, INSIDE), 200);
    assert_eq!(
        world
            .by_ann("POST", &format!("{path}/suspend"), json!({}))
            .status,
        200
    );
    let refused = world.server.ask(Some(value), "GET", LABS, Value::Null);
    assert_eq!(refused.status, 403, "{refused:?}");
    assert_eq!(refused.text("reason"), "account_suspended");
    assert_eq!(
        world
            .by_ann("POST", &format!("{path}/resume"), json!({}))
            .status,
        200
    );
    assert_eq!(world.status(value, LABS), 200);
    assert_eq!(world.by_ann("DELETE", &path, Value::Null).status, 204);
    assert_eq!(world.status(value, LABS), 401);
    assert_eq!(world.by_ann("GET", &path, Value::Null).status, 404);
}

#[test]
fn a_service_account_is_nobody_to_sign_in_as_or_to_invite() {
    let world = World::new();
    world.service(json!({ "login": "deployer" }));
    let sign_in = json!({ "login": "deployer", "password": "" });
    let refused = world
        .server
        .ask(None, "POST", "/api/jeton/v1/sign-in", sign_in);
    assert!([401, 422].contains(&refused.status), "{refused:?}");
    let member = world.by_ann(
        "PUT",
        "/api/v3/orgs/acme/memberships/deployer",
        json!({ "role": "admin" }),
    );
    assert_eq!(member.status, 404, "{member:?}");
    let cy = world.server.kit.person("cy");
    world.server.kit.organization("other", &cy);
    let theirs = world.server.by(
        &cy,
        "POST",
        "/api/v3/orgs/other/repos",
        json!({ "name": "lab" }),
    );
    assert_eq!(theirs.status, 201, "{theirs:?}");
    let role = json!({ "permission": "push" });
    let path = "/api/v3/repos/other/lab/collaborators/deployer";
    let put = world.server.by(&cy, "PUT", path, role);
    assert_eq!(put.status, 404, "another organization's: {put:?}");
    let taken = world.by_ann("POST", SERVICES, json!({ "login": "bob" }));
    assert_eq!(taken.status, 422, "{taken:?}");
    let by_member = world
        .server
        .by(&world.bob, "POST", SERVICES, json!({ "login": "mine" }));
    assert_eq!(by_member.status, 403, "{by_member:?}");
}

/// The organization's policy holds for its own accounts, too.
#[test]
fn the_policy_holds_for_tokens_of_service_accounts() {
    let world = World::new();
    world.service(json!({ "login": "deployer", "role": "read" }));
    let token = world.token("deployer");
    let policy = "/api/jeton/v1/orgs/acme/policy";
    let short = json!({ "fine_grained_maximum": { "days": 7 } });
    let set = world.by_ann("PATCH", policy, short);
    assert_eq!(set.status, 200, "{set:?}");
    let refused = world
        .server
        .ask(Some(token.text("token")), "GET", LABS, Value::Null);
    assert_eq!(refused.text("reason"), "lifetime_too_long");
    let again = world.by_ann(
        "POST",
        &format!("{SERVICES}/deployer/tokens/{}/rotate", token.body["id"]),
        json!({ "expires_in": 30 }),
    );
    assert_eq!(again.status, 422, "{again:?}");
    let rotated = world.by_ann(
        "POST",
        &format!("{SERVICES}/deployer/tokens/{}/rotate", token.body["id"]),
        json!({ "expires_in": 7, "overlap_seconds": 0 }),
    );
    assert_eq!(rotated.status, 201, "{rotated:?}");
    assert_eq!(world.status(rotated.text("token"), LABS), 200);
    assert_eq!(world.status(token.text("token"), LABS), 401);
}

/// A registered CI system's jobs may do what the organization lets jobs do; its own token only opens them.
#[test]
fn a_ci_system_opens_jobs_that_may_more_than_its_token() {
    let world = World::new();
    world.service(json!({ "login": "ci", "role": "write", "issues_jobs": true }));
    world.service(json!({ "login": "script", "role": "write" }));
    let jobs = "/api/jeton/v1/repos/acme/labs/jobs";
    let open = |service: &str| {
        let made = world.by_ann(
            "POST",
            &format!("{SERVICES}/{service}/tokens"),
            json!({ "name": "opens", "repositories": "all", "permissions": { "actions": "write" } }),
        );
        assert_eq!(made.status, 201, "{made:?}");
        let body = json!({ "permissions": { "contents": "read" } });
        let value = made.text("token").to_owned();
        (
            value.clone(),
            world.server.ask(Some(&value), "POST", jobs, body),
        )
    };
    let (own, job) = open("ci");
    assert_eq!(job.status, 201, "{job:?}");
    assert_eq!(job.text("origin"), "system");
    let contents = "/api/v3/repos/acme/labs/branches";
    assert_eq!(world.status(job.text("token"), contents), 200);
    assert_eq!(
        world.status(&own, contents),
        403,
        "the system's own token reads nothing"
    );
    let (_, refused) = open("script");
    assert_eq!(refused.status, 422, "{refused:?}");
}

/// bob leaves: his token's work goes on as the service account's, and his value ends within days, bound to what both may.
#[test]
fn what_a_leaver_runs_goes_over_to_a_service_account() {
    let world = World::new();
    let allow = json!({ "approval_required": false });
    world.by_ann("PATCH", "/api/jeton/v1/orgs/acme/policy", allow);
    let old = world.server.by(
        &world.bob,
        "POST",
        "/api/jeton/v1/tokens",
        json!({
            "name": "nightly", "owner": "acme", "repositories": ["labs", "demo"],
            "permissions": { "contents": "read", "actions": "write" }, "expires_in": 30,
        }),
    );
    assert_eq!(old.status, 201, "{old:?}");
    world.service(json!({ "login": "nightly-bot" }));
    let role = json!({ "permission": "push" });
    world.by_ann("PUT", &format!("{LABS}/collaborators/nightly-bot"), role);
    let id = old.body["id"].as_i64().unwrap();
    let path = format!("/api/jeton/v1/orgs/acme/personal-access-tokens/{id}/hand-over");
    let wish = json!({ "service_account": "nightly-bot", "overlap_seconds": 604_800 });
    let by_bob = world.server.by(&world.bob, "POST", &path, wish.clone());
    assert_eq!(by_bob.status, 403, "an owner confirms it: {by_bob:?}");
    let long = json!({ "service_account": "nightly-bot", "overlap_seconds": 604_801 });
    assert_eq!(world.by_ann("POST", &path, long).status, 422);
    let done = world.by_ann("POST", &path, wish.clone());
    assert_eq!(done.status, 201, "{done:?}");
    let (value, leavers) = (done.text("token"), old.text("token"));
    assert_eq!(done.text("creator"), "nightly-bot");
    // The account has a role on `labs` alone; the leaver on both.
    assert_eq!(
        (world.status(value, LABS), world.status(value, DEMO)),
        (200, 404)
    );
    assert_eq!(
        (world.status(leavers, LABS), world.status(leavers, DEMO)),
        (200, 404)
    );
    assert_eq!(world.listed(leavers), ["labs"]);
    // Whoever looks is told the end that it has now.
    let ends = done.text("old_ends_at");
    let own = world
        .server
        .ask(Some(leavers), "GET", "/api/jeton/v1/token", Value::Null);
    assert_eq!(own.text("expires_at"), ends, "{own:?}");
    let header = own
        .header("github-authentication-token-expiration")
        .unwrap();
    assert_eq!(header[..10], ends[..10], "{header}");
    let seen = format!("/api/jeton/v1/tokens/{id}");
    let seen = world.server.by(&world.bob, "GET", &seen, Value::Null);
    assert_eq!(seen.text("expires_at"), ends, "{seen:?}");
    assert_eq!(world.by_ann("POST", &path, wish).status, 409, "once");
    let rotate = format!("/api/jeton/v1/tokens/{id}/rotate");
    let prolonged = world.server.by(&world.bob, "POST", &rotate, json!({}));
    assert_eq!(prolonged.status, 409, "nothing prolongs it: {prolonged:?}");
    let job = world.server.ask(
        Some(leavers),
        "POST",
        "/api/jeton/v1/repos/acme/labs/jobs",
        json!({}),
    );
    assert_eq!(job.status, 403, "no way around what binds it: {job:?}");
    assert!(job.body.to_string().contains("handed over"), "{job:?}");
    // What bob loses, his value loses; the account's goes on.
    let out = format!("{LABS}/collaborators/bob");
    assert_eq!(world.by_ann("DELETE", &out, Value::Null).status, 204);
    assert_eq!(
        (world.status(leavers, LABS), world.status(value, LABS)),
        (404, 200)
    );
    world
        .server
        .kit
        .collaborator(&world.labs, &world.bob, Role::Write);
    world.server.kit.advance(Span::from_days(7));
    assert_eq!(
        (world.status(leavers, LABS), world.status(value, LABS)),
        (401, 200)
    );
    let gone = world.by_ann("DELETE", "/api/v3/orgs/acme/members/bob", Value::Null);
    assert_eq!(gone.status, 204, "{gone:?}");
    assert_eq!(world.status(value, LABS), 200);
}
