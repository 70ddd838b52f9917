//! The little of GitHub's GraphQL, as `gh` asks it and as somebody does who means harm.

use jeton_domain::{Standing, Visibility};
use jeton_testkit::{Kit, Person};
use serde_json::{Value, json};

use crate::server::{Got, Server};

pub(crate) const PATH: &str = "/api/graphql";

pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) ann: Person,
    pub(crate) bob: Person,
}

impl World {
    /// Ann owns acme, with a private lab and a public shop; her notes are private. Bob belongs nowhere.
    pub(crate) fn new() -> Self {
        let server = Server::start();
        let (ann, bob) = (server.kit.person("ann"), server.kit.person("bob"));
        let acme = server.kit.organization("acme", &ann);
        let made = |owner, name, visibility| drop(server.kit.repository(owner, name, visibility));
        made((acme.account(), "acme"), "lab", Visibility::Private);
        made((acme.account(), "acme"), "shop", Visibility::Public);
        made((ann.account(), "ann"), "notes", Visibility::Private);
        Self { server, ann, bob }
    }

    pub(crate) fn ask(&self, person: &Person, query: &str, variables: Value) -> Got {
        let body = json!({ "query": query, "variables": variables });
        self.server.by(person, "POST", PATH, body)
    }

    /// What came, where nothing was wrong.
    pub(crate) fn data(&self, person: &Person, query: &str) -> Value {
        let got = self.ask(person, query, Value::Null);
        assert_eq!(
            (got.status, &got.body["errors"]),
            (200, &Value::Null),
            "{got:?}"
        );
        got.body["data"].clone()
    }

    /// The first error's kind.
    pub(crate) fn kind(&self, person: &Person, query: &str) -> String {
        let got = self.ask(person, query, Value::Null);
        assert_eq!(got.status, 200, "{query}: {got:?}");
        let kind = got.body["errors"][0]["type"].as_str();
        kind.unwrap_or_default().to_owned()
    }
}

#[test]
fn an_answer_holds_what_was_asked_and_nothing_else() {
    let world = World::new();
    assert_eq!(
        world.data(&world.ann, "query UserCurrent{viewer{login}}"),
        json!({ "viewer": { "login": "ann" } })
    );
    let query = "{ repository(owner: \"ACME\", name: \"lab\") { id nameWithOwner isPrivate visibility viewerPermission \
                 parent { id } owner { __typename id login ... on Organization { name } } defaultBranchRef { name } } }";
    let lab = world.data(&world.ann, query)["repository"].clone();
    let by_rest = world.server.get(&world.ann, "/api/v3/repos/acme/lab").body;
    assert_eq!(
        lab,
        json!({
            "id": by_rest["node_id"], "nameWithOwner": "acme/lab", "isPrivate": true, "visibility": "PRIVATE",
            "viewerPermission": "ADMIN", "parent": null, "defaultBranchRef": null,
            "owner": { "__typename": "Organization", "id": by_rest["owner"]["node_id"], "login": "acme", "name": null },
        })
    );
    let owners = "{ a: repositoryOwner(login: \"acme\") { login } b: repositoryOwner(login: \"none\") { login } \
                  viewer { organizations(first: 10) { totalCount nodes { login } } } }";
    assert_eq!(
        world.data(&world.ann, owners),
        json!({
            "a": { "login": "acme" }, "b": null,
            "viewer": { "organizations": { "totalCount": 1, "nodes": [{ "login": "acme" }] } },
        })
    );
    // A program asks first what there is.
    let fields = "{ __type(name: \"Repository\") { fields(includeDeprecated: true) { name } } }";
    let fields = world.data(&world.ann, fields)["__type"]["fields"].clone();
    assert!(
        fields
            .as_array()
            .unwrap()
            .contains(&json!({ "name": "visibility" })),
        "{fields}"
    );
}

/// As at GitHub: of repositories alone, and not where it is told not to.
#[test]
fn earlier_names_of_a_repository_are_followed() {
    let world = World::new();
    let renamed = json!({ "name": "lab2" });
    let changed = world
        .server
        .by(&world.ann, "PATCH", "/api/v3/repos/acme/lab", renamed);
    assert_eq!(changed.status, 200);
    let path = "/api/jeton/v1/orgs/acme/rename";
    let login = json!({ "login": "ajax" });
    let changed = world.server.by(&world.ann, "PATCH", path, login);
    assert_eq!(changed.status, 200, "{changed:?}");
    for (owner, name) in [
        ("acme", "lab"),
        ("acme", "lab2"),
        ("ajax", "lab"),
        ("ajax", "lab2"),
    ] {
        let asked = format!("repository(owner: \"{owner}\", name: \"{name}\"");
        let query = format!("{{ {asked}) {{ nameWithOwner }} }}");
        let found = json!({ "repository": { "nameWithOwner": "ajax/lab2" } });
        assert_eq!(world.data(&world.ann, &query), found, "{owner}/{name}");
        assert_eq!(world.kind(&world.bob, &query), "NOT_FOUND");
        if (owner, name) != ("ajax", "lab2") {
            let query = format!("{{ {asked}, followRenames: false) {{ nameWithOwner }} }}");
            assert_eq!(world.kind(&world.ann, &query), "NOT_FOUND");
        }
    }
    for first in ["organization", "user"] {
        let query = format!("{{ {first}(login: \"acme\") {{ login }} }}");
        assert_eq!(world.kind(&world.ann, &query), "NOT_FOUND");
    }
    let owner = "{ repositoryOwner(login: \"acme\") { login } }";
    assert_eq!(
        world.data(&world.ann, owner),
        json!({ "repositoryOwner": null })
    );
}

#[test]
fn hidden_and_missing_are_the_same_here_too() {
    let world = World::new();
    let ask = |name: &str| {
        let query = format!("{{ repository(owner: \"acme\", name: \"{name}\") {{ id }} }}");
        let got = world.ask(&world.bob, &query, Value::Null);
        (got.status, got.body.to_string().replace(name, "…"))
    };
    assert_eq!(ask("lab"), ask("none"));
    let lab = world.ask(
        &world.bob,
        "{ repository(owner: \"acme\", name: \"lab\") { id } }",
        Value::Null,
    );
    assert_eq!(
        lab.body,
        json!({
            "data": { "repository": null },
            "errors": [{
                "type": "NOT_FOUND", "path": ["repository"], "locations": [{ "line": 1, "column": 3 }],
                "message": "Could not resolve to a Repository with the name 'acme/lab'.",
            }],
        })
    );
    // What is asked beside it comes.
    let both = "{ viewer { login } repository(owner: \"acme\", name: \"lab\") { id } }";
    let got = world.ask(&world.bob, both, Value::Null);
    assert_eq!(got.body["data"]["viewer"]["login"], "bob");
    let owned = "{ organization(login: \"acme\") { repositories(first: 10) { totalCount nodes { name } } } \
                 user(login: \"ann\") { organizations(first: 5) { totalCount } repositories { totalCount } } }";
    assert_eq!(
        world.data(&world.bob, owned),
        json!({
            "organization": { "repositories": { "totalCount": 1, "nodes": [{ "name": "shop" }] } },
            "user": { "organizations": { "totalCount": 0 }, "repositories": { "totalCount": 0 } },
        })
    );
    for name in ["a\\u0000b", "a/b", "..", "a\\nb", ""] {
        let query = format!(
            "{{ repository(owner: \"{name}\", name: \"{name}\") {{ id }} user(login: \"{name}\") {{ id }} }}"
        );
        assert_eq!(world.kind(&world.ann, &query), "NOT_FOUND", "{name}");
    }
}

#[test]
fn each_field_is_decided_as_its_operation_is() {
    let world = World::new();
    let nobody = world.server.ask(
        None,
        "POST",
        PATH,
        json!({ "query": "{ viewer { login } }" }),
    );
    assert_eq!(nobody.status, 401, "{nobody:?}");
    let acme = world.server.kit.organization("other", &world.ann);
    world
        .server
        .kit
        .repository((acme.account(), "other"), "hidden", Visibility::Private);
    let shown =
        world
            .server
            .kit
            .repository((acme.account(), "other"), "shown", Visibility::Private);
    let token = world.server.kit.token(
        &world.ann,
        acme.account(),
        Kit::only([&shown]),
        &[("metadata", "read")],
        Standing::NotNeeded,
    );
    let ask = |query: &str| {
        world
            .server
            .with_token(&token, "POST", PATH, json!({ "query": query }))
    };
    let query = "{ viewer { login organizations { nodes { login } } repositories { totalCount } } \
                 organization(login: \"other\") { repositories { nodes { name } } } \
                 a: repository(owner: \"other\", name: \"shown\") { name } \
                 b: repository(owner: \"other\", name: \"hidden\") { name } }";
    let got = ask(query);
    assert_eq!(got.header("x-jeton-narrowed"), Some("token"));
    assert_eq!(
        got.body["data"],
        json!({
            "viewer": { "login": "ann", "organizations": { "nodes": [{ "login": "other" }] }, "repositories": { "totalCount": 0 } },
            "organization": { "repositories": { "nodes": [{ "name": "shown" }] } },
            "a": { "name": "shown" }, "b": null,
        })
    );
    let create = "mutation { createRepository(input: { name: \"x\", visibility: PRIVATE }) { repository { id } } }";
    let got = ask(create);
    assert_eq!(got.body["errors"][0]["type"], "NOT_FOUND", "{got:?}");
    let there = create.replace("name: \"x\"", "name: \"x\", ownerId: \"A_3\"");
    let got = ask(&there);
    assert_eq!(got.body["errors"][0]["type"], "FORBIDDEN", "{got:?}");
    assert_eq!(
        world.server.get(&world.ann, "/api/v3/repos/ann/x").status,
        404
    );
}

#[test]
fn a_repository_is_made_where_it_may_be_by_rest() {
    let world = World::new();
    let make = |person: &Person, input: Value| {
        let query = "mutation RepositoryCreate($input: CreateRepositoryInput!) { createRepository(input: $input) \
                     { clientMutationId repository { name owner { login } url visibility } } }";
        world.ask(person, query, json!({ "input": input }))
    };
    let own = json!({ "name": "fresh", "visibility": "PRIVATE", "hasIssuesEnabled": true, "hasWikiEnabled": true, "clientMutationId": "7" });
    let got = make(&world.ann, own.clone());
    let url = world.server.kit.app().public_url();
    assert_eq!(
        got.body,
        json!({ "data": { "createRepository": { "clientMutationId": "7", "repository": {
            "name": "fresh", "owner": { "login": "ann" }, "url": format!("{url}/ann/fresh"), "visibility": "PRIVATE",
        } } } })
    );
    let acme = world.server.get(&world.ann, "/api/v3/users/acme").body["node_id"].clone();
    let input =
        json!({ "name": "open", "visibility": "PUBLIC", "ownerId": acme, "description": "words" });
    let refused = make(&world.bob, input.clone());
    assert_eq!(
        refused.body["errors"][0]["type"], "FORBIDDEN",
        "{refused:?}"
    );
    assert_eq!(
        make(&world.ann, input).body["data"]["createRepository"]["repository"]["visibility"],
        "PUBLIC"
    );
    for (input, kind, words) in [
        (own, "UNPROCESSABLE", "taken"),
        (
            json!({ "name": "..", "visibility": "PRIVATE" }),
            "UNPROCESSABLE",
            "name",
        ),
        (
            json!({ "name": "t", "visibility": "PRIVATE", "template": true }),
            "UNPROCESSABLE",
            "template",
        ),
        (
            json!({ "name": "t", "visibility": "PRIVATE", "teamId": "T_1" }),
            "UNPROCESSABLE",
            "team",
        ),
        (
            json!({ "name": "t", "visibility": "PRIVATE", "description": "a\u{0}b" }),
            "UNPROCESSABLE",
            "print",
        ),
        (
            json!({ "name": "t", "visibility": "PRIVATE", "ownerId": "A_999" }),
            "NOT_FOUND",
            "A_999",
        ),
        (
            json!({ "name": "t", "visibility": "PRIVATE", "ownerId": "999" }),
            "NOT_FOUND",
            "999",
        ),
        (
            json!({ "name": "t", "visibility": "PRIVATE", "ownerId": "A_-1" }),
            "NOT_FOUND",
            "A_-1",
        ),
        (json!({ "name": "t", "visibility": "SECRET" }), "", "SECRET"),
        (json!({ "name": 7, "visibility": "PRIVATE" }), "", "String"),
        (json!("x"), "", "CreateRepositoryInput"),
    ] {
        let got = make(&world.ann, input);
        let error = &got.body["errors"][0];
        assert_eq!(error["type"].as_str().unwrap_or_default(), kind, "{got:?}");
        assert!(
            error["message"].as_str().unwrap().contains(words),
            "{got:?}"
        );
    }
    assert_eq!(
        world.server.get(&world.ann, "/api/v3/repos/ann/t").status,
        404
    );
}

#[test]
fn lists_come_in_parts_and_filters_narrow_them() {
    let world = World::new();
    let acme = |arguments: &str| {
        let query = format!(
            "{{ organization(login: \"acme\") {{ repositories({arguments}) {{ totalCount nodes {{ name }} pageInfo {{ hasNextPage endCursor }} }} }} }}"
        );
        world.data(&world.ann, &query)["organization"]["repositories"].clone()
    };
    let list = |names: &[&str], total: u64, next: bool, end: Value| {
        let nodes: Vec<Value> = names.iter().map(|name| json!({ "name": name })).collect();
        json!({ "totalCount": total, "nodes": nodes, "pageInfo": { "hasNextPage": next, "endCursor": end } })
    };
    assert_eq!(acme("first: 1"), list(&["lab"], 2, true, json!("after:1")));
    assert_eq!(
        acme("first: 1, after: \"after:1\""),
        list(&["shop"], 2, false, json!("after:2"))
    );
    assert_eq!(
        acme("first: 1, after: \"after:2\""),
        list(&[], 2, false, Value::Null)
    );
    assert_eq!(
        acme("privacy: PUBLIC"),
        list(&["shop"], 1, false, json!("after:1"))
    );
    assert_eq!(
        acme("privacy: PRIVATE, orderBy: { field: PUSHED_AT, direction: DESC }"),
        list(&["lab"], 1, false, json!("after:1"))
    );
    assert_eq!(acme("isFork: true"), list(&[], 0, false, Value::Null));
    for (arguments, kind) in [
        ("first: 101", "EXCESSIVE_PAGINATION"),
        ("first: -1", "EXCESSIVE_PAGINATION"),
        ("after: \"1\"", "INVALID_CURSOR_ARGUMENTS"),
    ] {
        let query = format!(
            "{{ organization(login: \"acme\") {{ repositories({arguments}) {{ totalCount }} }} }}"
        );
        assert_eq!(world.kind(&world.ann, &query), kind, "{arguments}");
    }
}

#[test]
fn what_asks_too_much_or_nothing_that_is_is_told_so() {
    let world = World::new();
    let many = |each: &str, times: usize| {
        let aliased = (0..times).map(|at| format!("a{at}: {each} "));
        format!("{{ {} }}", aliased.collect::<String>())
    };
    let deep = format!(
        "{{ viewer {{ {} login {} }} }}",
        "repositories { nodes { owner { ".repeat(8),
        "} } } ".repeat(8)
    );
    for query in [
        many("viewer { login }", 1_001),
        deep,
        "{ viewer { ".to_owned(),
        "{ viewer { password } }".to_owned(),
        "{ secrets { value } }".to_owned(),
        "query($s: IssueState) { viewer { login } }".to_owned(),
        "query($s: [IssueState!]! = OPEN) { viewer { login } }".to_owned(),
        "query($s: User) { viewer { login } }".to_owned(),
        "query($s: Query) { viewer { organizations(first: $s) { totalCount } } }".to_owned(),
        "{ ... on Nothing { a(b: 1) } }".to_owned(),
        "{ viewer { ... on Nothing { a(b: 1) { c(d: 2) } } } }".to_owned(),
        "{ viewer { ...f } } fragment f on Nothing { a(b: 1) }".to_owned(),
        "{ viewer { ...g } }".to_owned(),
        "{ viewer { login(a: 1) { b(c: 1) } } }".to_owned(),
        "{ viewer { login @nothing(a: 1) } }".to_owned(),
        "{ repository(owner: 1, name: [2]) { id } }".to_owned(),
        "{ repository { id } }".to_owned(),
        "subscription { viewer { login } }".to_owned(),
        "query A { viewer { login } } query B { viewer { login } }".to_owned(),
        "query A { viewer { login } } query A { viewer { login } }".to_owned(),
        "fragment f on Query { viewer { login } }".to_owned(),
        String::new(),
    ] {
        let got = world.ask(&world.ann, &query, json!({ "s": "x" }));
        assert_eq!(got.status, 200, "{query}: {got:?}");
        let said = got.body["errors"][0]["message"]
            .as_str()
            .unwrap_or_default();
        assert!(!said.is_empty(), "{query}: {got:?}");
        assert!(got.body["data"].is_null(), "{query}: {got:?}");
    }
    assert_eq!(
        world.server.get(&world.ann, "/api/v3/repos/ann/x").status,
        404
    );
    // What is asked within those bounds and is too much all the same ends where it is.
    for (query, most) in [
        (
            many("viewer { repositories(first: 100) { totalCount } }", 160),
            110,
        ),
        (
            many(
                "repository(owner: \"acme\", name: \"lab\") { owner { name } }",
                400,
            ),
            380,
        ),
        (
            format!(
                "mutation {}",
                many(
                    "createRepository(input: { name: \"x\", visibility: SECRET }) { clientMutationId }",
                    6
                )
            ),
            0,
        ),
    ] {
        let got = world.ask(&world.ann, &query, Value::Null);
        let came = got.body["data"].as_object().map_or(0, serde_json::Map::len);
        assert!(got.status == 200 && came <= most, "{came}: {query}");
    }
    for at in 0..12 {
        let owner = (world.ann.account(), "ann");
        drop(
            world
                .server
                .kit
                .repository(owner, &format!("r{at}"), Visibility::Private),
        );
    }
    let lists = "repositories(first: 100) { nodes { owner { ".repeat(4);
    let query = format!("{{ viewer {{ {lists} login {} }} }}", "} } } ".repeat(4));
    assert_eq!(world.kind(&world.ann, &query), "MAX_NODE_LIMIT_EXCEEDED");
    // One document a request.
    let batch = json!([{ "query": "{ viewer { login } }" }]);
    assert_eq!(world.server.by(&world.ann, "POST", PATH, batch).status, 400);
    for body in [json!({}), json!({ "query": 7 }), json!({ "query": null })] {
        assert_eq!(world.server.by(&world.ann, "POST", PATH, body).status, 422);
    }
    for variables in [json!("x"), json!([1]), json!(7)] {
        let got = world.ask(&world.ann, "{ viewer { login } }", variables);
        assert_eq!(got.status, 422, "{got:?}");
    }
    assert_eq!(world.server.get(&world.ann, PATH).status, 404);
    // The whole schema may be asked for, as programs do.
    let schema = "query { __schema { queryType { name } mutationType { name } types { kind name fields(includeDeprecated: true) \
                  { name args { name type { ...t } defaultValue } type { ...t } } inputFields { name type { ...t } } enumValues { name } } } } \
                  fragment t on __Type { kind name ofType { kind name ofType { kind name ofType { kind name ofType { kind name } } } } }";
    let types = world.data(&world.ann, schema)["__schema"]["types"].clone();
    assert!(types.as_array().unwrap().len() > 20);
}
