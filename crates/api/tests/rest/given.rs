//! A repository that a team is given as it is made, by REST and GraphQL.

use jeton_domain::{OrganizationRole, Selection, Standing, Visibility};
use jeton_testkit::{Organization, Person};
use serde_json::{Value, json};

use crate::server::{Got, Server};

const REPOSITORIES: &str = "/api/v3/orgs/acme/repos";

struct World {
    server: Server,
    ann: Person,
    bob: Person,
    acme: Organization,
    /// The team's number.
    core: i64,
}

impl World {
    /// Ann owns acme, whose members have no role by it; Bob is one, and in the team `core`.
    fn new() -> Self {
        let server = Server::start();
        let (ann, bob) = (server.kit.person("ann"), server.kit.person("bob"));
        let acme = server.kit.organization("acme", &ann);
        server.kit.member(&acme, &bob, OrganizationRole::Member);
        let by_ann = |method, path: &str, body| {
            let got = server.by(&ann, method, path, body);
            assert!(got.status < 300, "{path}: {got:?}");
            got.body
        };
        let none = json!({ "default_repository_permission": "none" });
        by_ann("PATCH", "/api/v3/orgs/acme", none);
        let team = by_ann("POST", "/api/v3/orgs/acme/teams", json!({ "name": "core" }));
        by_ann(
            "PUT",
            "/api/v3/orgs/acme/teams/core/memberships/bob",
            json!({}),
        );
        let core = team["id"].as_i64().unwrap();
        Self {
            server,
            ann,
            bob,
            acme,
            core,
        }
    }

    fn make(&self, person: &Person, name: &str, team: Value) -> Got {
        let body = json!({ "name": name, "private": true, "team_id": team });
        self.server.by(person, "POST", REPOSITORIES, body)
    }

    fn events(&self) -> Vec<String> {
        let path = "/api/v3/orgs/acme/audit-log?order=asc";
        let got = self.server.get(&self.ann, path);
        assert_eq!(got.status, 200, "{got:?}");
        let each = got.each("action").into_iter();
        each.map(str::to_owned).collect()
    }
}

#[test]
fn the_team_reads_it_from_the_first_moment_on() {
    let world = World::new();
    let before = world.events().len();
    let made = world.make(&world.ann, "lab", json!(world.core));
    assert_eq!((made.status, made.text("full_name")), (201, "acme/lab"));
    let given = world
        .server
        .get(&world.ann, "/api/v3/orgs/acme/teams/core/repos");
    assert_eq!(given.each("full_name"), ["acme/lab"]);
    assert_eq!(given.body[0]["role_name"], "read");
    let seen = world.server.get(&world.bob, "/api/v3/repos/acme/lab");
    assert_eq!(
        (seen.status, &seen.body["permissions"]["push"]),
        (200, &json!(false))
    );
    assert_eq!(
        world.events().split_off(before),
        ["repo.create", "team.add_repository"]
    );
    // Nothing said, nothing given.
    for nothing in ["a", "b"] {
        let body = json!({ "name": nothing, "private": true });
        let made = world.server.by(&world.ann, "POST", REPOSITORIES, body);
        assert_eq!(made.status, 201);
    }
    let seen = world.server.get(&world.bob, "/api/v3/repos/acme/a");
    assert_eq!(seen.status, 404);
}

#[test]
fn who_may_not_give_it_makes_none_and_learns_of_no_team() {
    let world = World::new();
    let kit = &world.server.kit;
    kit.organization("globex", &world.bob);
    let path = "/api/v3/orgs/globex/teams";
    let other = world
        .server
        .by(&world.bob, "POST", path, json!({ "name": "theirs" }));
    let other = other.body["id"].as_i64().unwrap();
    assert_ne!(other, world.core);
    let before = world.events();
    let said = |got: &Got| {
        let mut body = got.body.clone();
        body["request_id"] = Value::Null;
        (got.status, body)
    };
    // A member makes repositories and gives none away.
    let [there, foreign, missing] =
        [world.core, other, 99_999].map(|team| said(&world.make(&world.bob, "lab", json!(team))));
    assert_eq!(
        (there.0, &there.1["reason"]),
        (403, &json!("membership_too_low"))
    );
    assert_eq!((&foreign, &missing), (&there, &there));
    // An owner is told that it is none of this organization's.
    for team in [json!(other), json!(99_999), json!(0), json!(-1)] {
        let got = world.make(&world.ann, "lab", team.clone());
        assert_eq!(got.status, 422, "{team}: {got:?}");
        let fault = &got.body["errors"][0];
        assert_eq!(
            (&fault["field"], &fault["code"]),
            (&json!("team_id"), &json!("missing"))
        );
    }
    for team in [json!("1"), json!([world.core]), json!(1.5), json!(true)] {
        assert_eq!(world.make(&world.ann, "lab", team).status, 422);
    }
    let body = json!({ "name": "lab", "team_id": world.core });
    let own = world
        .server
        .by(&world.ann, "POST", "/api/v3/user/repos", body.clone());
    assert_eq!(own.status, 422, "{own:?}");
    // A token takes what each of both takes.
    let token = |permissions: &[(&str, &str)]| {
        kit.token(
            &world.ann,
            world.acme.account(),
            Selection::All,
            permissions,
            Standing::NotNeeded,
        )
    };
    let makes = token(&[("administration", "write"), ("metadata", "read")]);
    let refused = world
        .server
        .with_token(&makes, "POST", REPOSITORIES, body.clone());
    assert_eq!(
        (refused.status, refused.text("reason")),
        (403, "permission_missing")
    );
    let scoped = kit.classic(&world.ann, "repo");
    let refused = world
        .server
        .with_token(&scoped, "POST", REPOSITORIES, body.clone());
    assert_eq!(refused.status, 403, "{refused:?}");
    for repository in ["/api/v3/repos/acme/lab", "/api/v3/repos/ann/lab"] {
        assert_eq!(world.server.get(&world.ann, repository).status, 404);
    }
    assert_eq!(world.events(), before);
    let both = token(&[
        ("administration", "write"),
        ("members", "read"),
        ("metadata", "read"),
    ]);
    let made = world.server.with_token(&both, "POST", REPOSITORIES, body);
    assert_eq!(made.status, 201, "{made:?}");
    let scoped = kit.classic(&world.ann, "repo,admin:org");
    let body = json!({ "name": "lab2", "team_id": world.core });
    let made = world.server.with_token(&scoped, "POST", REPOSITORIES, body);
    assert_eq!(made.status, 201, "{made:?}");
}

#[test]
fn graphql_gives_it_too() {
    let world = World::new();
    let team = world
        .server
        .get(&world.ann, "/api/v3/orgs/acme/teams/core")
        .body;
    let owner = &team["organization"]["node_id"];
    let query = "mutation($input: CreateRepositoryInput!) { createRepository(input: $input) { repository { nameWithOwner } } }";
    let make = |person: &Person, team: &Value, owner: Value| {
        let input =
            json!({ "name": "lab", "visibility": "PRIVATE", "teamId": team, "ownerId": owner });
        let body = json!({ "query": query, "variables": { "input": input } });
        world.server.by(person, "POST", "/api/graphql", body)
    };
    let kind = |got: Got| got.body["errors"][0]["type"].as_str().map(str::to_owned);
    let is = |word: &str| Some(word.to_owned());
    let node = &team["node_id"];
    assert_eq!(kind(make(&world.bob, node, owner.clone())), is("FORBIDDEN"));
    for wrong in ["T_99999", "T_0", "99999", "A_1", "T_x", ""] {
        let got = kind(make(&world.ann, &json!(wrong), owner.clone()));
        let expected = if wrong == "T_99999" {
            "UNPROCESSABLE"
        } else {
            "NOT_FOUND"
        };
        assert_eq!(got, is(expected), "{wrong}");
    }
    let own = kind(make(&world.ann, node, Value::Null));
    assert_eq!(own, is("UNPROCESSABLE"));
    let made = make(&world.ann, node, owner.clone());
    assert_eq!(
        made.body["data"]["createRepository"]["repository"]["nameWithOwner"], "acme/lab",
        "{made:?}"
    );
    let seen = world.server.get(&world.bob, "/api/v3/repos/acme/lab");
    assert_eq!(seen.status, 200);
    assert_eq!(seen.body["visibility"], Visibility::Private.name());
}
