//! Organizations, members, teams, repositories and collaborators through this door.

use jeton_domain::{OrganizationRole, Selection, Standing, Visibility};
use serde_json::{Value, json};

use crate::server::{Got, Server};

/// What GitHub's schemas require of each.
const SIMPLE_USER: &[&str] = &[
    "avatar_url",
    "events_url",
    "followers_url",
    "following_url",
    "gists_url",
    "gravatar_id",
    "html_url",
    "id",
    "node_id",
    "login",
    "organizations_url",
    "received_events_url",
    "repos_url",
    "site_admin",
    "starred_url",
    "subscriptions_url",
    "type",
    "url",
];
const MINIMAL_REPOSITORY: &[&str] = &[
    "archive_url",
    "assignees_url",
    "blobs_url",
    "branches_url",
    "collaborators_url",
    "comments_url",
    "commits_url",
    "compare_url",
    "contents_url",
    "contributors_url",
    "deployments_url",
    "description",
    "downloads_url",
    "events_url",
    "fork",
    "forks_url",
    "full_name",
    "git_commits_url",
    "git_refs_url",
    "git_tags_url",
    "hooks_url",
    "html_url",
    "id",
    "node_id",
    "issue_comment_url",
    "issue_events_url",
    "issues_url",
    "keys_url",
    "labels_url",
    "languages_url",
    "merges_url",
    "milestones_url",
    "name",
    "notifications_url",
    "owner",
    "private",
    "pulls_url",
    "releases_url",
    "stargazers_url",
    "statuses_url",
    "subscribers_url",
    "subscription_url",
    "tags_url",
    "teams_url",
    "trees_url",
    "url",
];

fn has_all(value: &Value, fields: &[&str]) {
    for field in fields {
        assert!(
            value.get(*field).is_some(),
            "`{field}` is missing in {value}"
        );
    }
}

#[test]
fn a_repository_has_githubs_fields_and_its_old_name_redirects() {
    let server = Server::start();
    let ann = server.kit.person("ann");
    let made = server.by(
        &ann,
        "POST",
        "/api/v3/user/repos",
        json!({ "name": "lab", "homepage": "ignored" }),
    );
    assert_eq!(
        (made.status, made.text("visibility")),
        (201, "private"),
        "private where nothing is said"
    );
    has_all(&made.body, MINIMAL_REPOSITORY);
    has_all(&made.body["owner"], SIMPLE_USER);
    let torn = json!({ "name": "x", "private": true, "visibility": "public" });
    assert_eq!(
        server.by(&ann, "POST", "/api/v3/user/repos", torn).status,
        422
    );
    let renamed = server.by(
        &ann,
        "PATCH",
        "/api/v3/repos/ann/lab",
        json!({ "name": "lab2" }),
    );
    assert_eq!(
        (renamed.status, renamed.text("full_name")),
        (200, "ann/lab2")
    );
    let moved = server.get(&ann, "/api/v3/repos/ann/lab");
    assert_eq!(moved.status, 301);
    assert!(
        moved
            .header("location")
            .unwrap()
            .ends_with("/api/v3/repos/ann/lab2")
    );
    assert_eq!(server.nobody("GET", "/api/v3/repos/ann/lab").status, 404);
    let list = server.get(&ann, "/api/v3/user/repos");
    assert_eq!(
        (list.each("full_name"), list.header("x-jeton-narrowed")),
        (vec!["ann/lab2"], None)
    );
    assert_eq!(
        server
            .by(&ann, "DELETE", "/api/v3/repos/ann/lab2", Value::Null)
            .status,
        204
    );
    assert_eq!(server.get(&ann, "/api/v3/repos/ann/lab2").status, 404);
}

#[test]
fn hidden_and_missing_are_the_same_bytes() {
    let server = Server::start();
    let (ann, bob) = (server.kit.person("ann"), server.kit.person("bob"));
    server
        .kit
        .repository((ann.account(), "ann"), "lab", Visibility::Private);
    let (hidden, missing) = (
        server.get(&bob, "/api/v3/repos/ann/lab"),
        server.get(&bob, "/api/v3/repos/ann/none"),
    );
    assert_eq!((hidden.status, &hidden.body), (404, &missing.body));
    let (hidden, missing) = (
        server.nobody("GET", "/api/v3/repos/ann/lab"),
        server.nobody("GET", "/api/v3/repos/nobody-here/lab"),
    );
    assert_eq!((hidden.status, &hidden.body), (404, &missing.body));
}

#[test]
fn a_token_narrows_lists_and_says_so() {
    let server = Server::start();
    let kit = &server.kit;
    let ann = kit.person("ann");
    let acme = kit.organization("acme", &ann);
    let lab = kit.repository((acme.account(), "acme"), "lab", Visibility::Private);
    kit.repository((acme.account(), "acme"), "hidden", Visibility::Private);
    let selection = jeton_testkit::Kit::only([&lab]);
    let token = kit.token(
        &ann,
        acme.account(),
        selection,
        &[("metadata", "read")],
        Standing::NotNeeded,
    );
    for path in ["/api/v3/orgs/acme/repos", "/api/v3/user/repos"] {
        let list = server.with_token(&token, "GET", path, Value::Null);
        assert_eq!(
            (list.each("name"), list.header("x-jeton-narrowed")),
            (vec!["lab"], Some("token")),
            "{path}"
        );
    }
    let none = kit.token(
        &ann,
        acme.account(),
        Selection::All,
        &[],
        Standing::NotNeeded,
    );
    let list = server.with_token(&none, "GET", "/api/v3/user/repos", Value::Null);
    assert_eq!(
        (list.body, list.status),
        (json!([]), 200),
        "no item without `metadata: read`"
    );
    let refused = server.with_token(&token, "DELETE", "/api/v3/repos/acme/lab", Value::Null);
    assert_eq!(
        (
            refused.status,
            refused.header("x-accepted-github-permissions")
        ),
        (403, Some("administration=write"))
    );
}

#[test]
fn members_are_known_to_members_and_to_tokens_that_may() {
    let server = Server::start();
    let kit = &server.kit;
    let (ann, bob, eve) = (kit.person("ann"), kit.person("bob"), kit.person("eve"));
    let acme = kit.organization("acme", &ann);
    kit.member(&acme, &bob, OrganizationRole::Member);
    let list = server.get(&bob, "/api/v3/orgs/acme/members");
    assert_eq!(list.each("login"), ["ann", "bob"]);
    has_all(&list.body[0], SIMPLE_USER);
    assert_eq!(
        server
            .get(&bob, "/api/v3/orgs/acme/members?role=admin")
            .each("login"),
        ["ann"]
    );
    // To whoever is no member there is what everybody may know: nothing, whoever is asked about.
    let outside = |what: &str, ask: &dyn Fn(&str) -> Got| {
        let list = ask("/api/v3/orgs/acme/members");
        assert_eq!((list.status, &list.body), (200, &json!([])), "{what}");
        for login in ["ann", "bob", "eve", "nobody-there", "a%20b"] {
            let check = ask(&format!("/api/v3/orgs/acme/members/{login}"));
            let public = format!("/api/v3/orgs/acme/public_members/{login}");
            assert_eq!((check.status, &check.body), (302, &Value::Null), "{what}");
            let leads = check.header("location").unwrap().to_owned();
            let plain = leads.replace("%2D", "-");
            assert!(plain.ends_with(&public), "{what}: {leads}");
            assert_eq!(ask(&public).status, 404, "{what}");
        }
        let roles = ask("/api/v3/orgs/acme/members?role=admin");
        assert_eq!((roles.status, &roles.body), (200, &json!([])), "{what}");
        let lacking = ask("/api/v3/orgs/acme/members?filter=2fa_disabled");
        assert_eq!(lacking.status, 422, "{what}");
        assert_eq!(ask("/api/v3/orgs/none/members").status, 404, "{what}");
    };
    outside("nobody", &|path| server.nobody("GET", path));
    outside("a stranger", &|path| server.get(&eve, path));
    let blind = kit.token(
        &bob,
        acme.account(),
        Selection::All,
        &[("metadata", "read")],
        Standing::NotNeeded,
    );
    outside("a member's token that may not", &|path| {
        server.with_token(&blind, "GET", path, Value::Null)
    });
    let owners = kit.token(
        &ann,
        acme.account(),
        Selection::All,
        &[("metadata", "read")],
        Standing::NotNeeded,
    );
    outside("an owner's token that may not", &|path| {
        server.with_token(&owners, "GET", path, Value::Null)
    });
    let scoped = kit.classic(&ann, "repo");
    outside("an owner's scopes that don't cover it", &|path| {
        server.with_token(&scoped, "GET", path, Value::Null)
    });
    let sees = kit.token(
        &bob,
        acme.account(),
        Selection::All,
        &[("members", "read")],
        Standing::NotNeeded,
    );
    let list = server.with_token(&sees, "GET", "/api/v3/orgs/acme/members", Value::Null);
    assert_eq!(list.each("login"), ["ann", "bob"]);
    assert_eq!(
        server.get(&bob, "/api/v3/orgs/acme/members/ANN").status,
        204
    );
    assert_eq!(
        server.get(&bob, "/api/v3/orgs/acme/members/eve").status,
        404
    );
    let last = server.by(&ann, "DELETE", "/api/v3/orgs/acme/members/ann", Value::Null);
    assert_eq!(last.status, 409);
    assert_eq!(
        server
            .by(&bob, "POST", "/api/jeton/v1/orgs/acme/leave", Value::Null)
            .status,
        204
    );
    outside("who left", &|path| server.get(&bob, path));
    assert_eq!(
        server
            .get(&ann, "/api/v3/user/memberships/orgs")
            .each("role"),
        ["admin"]
    );
}

#[test]
fn teams_and_collaborators_go_round() {
    let server = Server::start();
    let kit = &server.kit;
    let (ann, bob) = (kit.person("ann"), kit.person("bob"));
    let acme = kit.organization("acme", &ann);
    kit.member(&acme, &bob, OrganizationRole::Member);
    kit.repository((acme.account(), "acme"), "lab", Visibility::Private);
    let made = server.by(
        &ann,
        "POST",
        "/api/v3/orgs/acme/teams",
        json!({ "name": "Core Infra" }),
    );
    assert_eq!((made.status, made.text("slug")), (201, "core-infra"));
    let team = "/api/v3/orgs/acme/teams/core-infra";
    let added = server.by(&ann, "PUT", &format!("{team}/memberships/bob"), Value::Null);
    assert_eq!((added.status, added.text("state")), (200, "active"));
    let put = |body| {
        server
            .by(&ann, "PUT", &format!("{team}/repos/acme/lab"), body)
            .status
    };
    assert_eq!(
        (
            put(json!({ "permission": "push" })),
            put(json!({ "permission": "king" }))
        ),
        (204, 422)
    );
    let seen = server.get(&bob, "/api/v3/repos/acme/lab");
    assert_eq!(
        (seen.text("role_name"), &seen.body["permissions"]["push"]),
        ("write", &json!(true))
    );
    let circle = json!({ "parent_team_id": made.body["id"] });
    assert_eq!(server.by(&ann, "PATCH", team, circle).status, 422);
    assert_eq!(server.by(&ann, "DELETE", team, Value::Null).status, 204);
    assert_eq!(
        server.get(&bob, "/api/v3/repos/acme/lab").text("role_name"),
        "read"
    );

    let guest = kit.person("guest");
    let path = "/api/v3/repos/acme/lab/collaborators/guest";
    let invited = server.by(&ann, "PUT", path, json!({ "permission": "maintain" }));
    assert_eq!(invited.status, 201);
    assert_eq!(invited.text("permissions"), "maintain");
    assert_eq!(server.get(&ann, path).status, 404, "not before they accept");
    let answer = format!("/api/v3/user/repository_invitations/{}", invited.body["id"]);
    assert_eq!(server.by(&guest, "PATCH", &answer, Value::Null).status, 204);
    assert_eq!(
        server
            .by(&ann, "PUT", path, json!({ "permission": "maintain" }))
            .status,
        204,
        "who works on it already has another role at once"
    );
    let permission = server.get(&ann, &format!("{path}/permission"));
    assert_eq!(
        (permission.text("permission"), permission.text("role_name")),
        ("write", "maintain")
    );
    assert_eq!(
        server
            .get(&ann, "/api/v3/orgs/acme/outside_collaborators")
            .each("login"),
        ["guest"]
    );
    assert_eq!(
        server
            .get(&bob, "/api/v3/repos/acme/lab/collaborators")
            .status,
        403,
        "reading is not enough"
    );
    assert_eq!(server.by(&ann, "DELETE", path, Value::Null).status, 204);
    assert_eq!(server.get(&ann, path).status, 404);
}

#[test]
fn policies_are_read_and_set_by_those_who_answer_for_them() {
    let server = Server::start();
    let kit = &server.kit;
    let (root, ann) = (kit.administrator("root-of-it"), kit.person("ann"));
    kit.organization("acme", &ann);
    let path = "/api/jeton/v1/orgs/acme/policy";
    let set = server.by(
        &ann,
        "PATCH",
        path,
        json!({ "classic_allowed": false, "fine_grained_maximum": { "days": 90 } }),
    );
    assert_eq!(
        (set.status, &set.body["effective"]["fine_grained_maximum"]),
        (200, &json!({ "days": 90 }))
    );
    assert_eq!(
        server
            .by(
                &ann,
                "PATCH",
                path,
                json!({ "fine_grained_maximum": { "days": 0 } })
            )
            .status,
        422
    );
    let mut site = server.get(&root, "/api/jeton/v1/site/policy").body;
    site["approval_required"] = json!({ "force": true });
    assert_eq!(
        server
            .by(&ann, "PUT", "/api/jeton/v1/site/policy", site.clone())
            .status,
        403
    );
    assert_eq!(
        server
            .by(&root, "PUT", "/api/jeton/v1/site/policy", site)
            .status,
        200
    );
    assert_eq!(
        server.get(&ann, path).body["forced"],
        json!(["approval_required"])
    );
    assert_eq!(
        server
            .by(&root, "PUT", "/api/jeton/v1/site/policy", json!({}))
            .status,
        422,
        "no part of it"
    );
}

#[test]
fn the_reference_is_everybodys_and_names_every_route() {
    let server = Server::start();
    let operations = server.nobody("GET", "/api/jeton/v1/operations");
    let routes: usize = jeton_api::TABLES
        .iter()
        .map(|table| table.routes.len())
        .sum();
    assert_eq!(
        (operations.status, operations.body.as_array().unwrap().len()),
        (200, routes)
    );
    for path in ["/api/v3/", "/api/v3/meta", "/api/v3/rate_limit"] {
        assert_eq!(server.nobody("GET", path).status, 200, "{path}");
    }
}

/// Whoever follows `Link` reads the whole log, each entry once; what it does not take, it does not ignore.
#[test]
fn the_log_is_walked_by_its_links() {
    let server = Server::start();
    let ann = server.kit.person("ann");
    server.kit.organization("acme", &ann);
    for n in 0..5 {
        let body = json!({ "name": format!("lab{n}"), "private": true });
        let made = server.by(&ann, "POST", "/api/v3/orgs/acme/repos", body);
        assert_eq!(made.status, 201, "{made:?}");
    }
    let log = "/api/v3/orgs/acme/audit-log";
    let get = |query: &str| server.get(&ann, &format!("{log}?{query}"));
    let all = get("");
    assert_eq!(all.header("link"), None, "one page is all");
    let cursors = |got: &Got| -> Vec<String> {
        let each = got.each("cursor").into_iter();
        each.map(ToOwned::to_owned).collect()
    };
    let all = cursors(&all);
    assert_eq!(all.len(), 5);
    let link = |got: &Got, rel: &str| -> Option<String> {
        let (url, _) = got
            .header("link")?
            .split(", ")
            .filter_map(|link| link.split_once("; "))
            .find(|(_, own)| *own == format!("rel=\"{rel}\""))?;
        let (_, query) = url.trim_matches(['<', '>']).split_once('?')?;
        Some(query.to_owned())
    };
    for (order, expected) in [
        ("desc", all.clone()),
        ("asc", all.iter().rev().cloned().collect()),
    ] {
        let mut read = Vec::new();
        let mut page = get(&format!("per_page=2&order={order}&event=repo.create"));
        assert_eq!((link(&page, "prev"), link(&page, "first")), (None, None));
        read.extend(cursors(&page));
        while let Some(next) = link(&page, "next") {
            assert!(next.contains("event=repo.create"), "{next}");
            page = get(&next);
            read.extend(cursors(&page));
        }
        assert_eq!(read, expected, "{order}");
        // And back again.
        let before = get(&link(&page, "prev").unwrap());
        assert_eq!(cursors(&before), expected[2..4], "{order}");
        assert!(link(&before, "next").is_some());
        let first = get(&link(&page, "first").unwrap());
        assert_eq!(cursors(&first), expected[..2], "{order}");
        let first = get(&link(&before, "prev").unwrap());
        assert_eq!(cursors(&first), expected[..2], "{order}");
        assert_eq!(link(&first, "prev"), None);
    }
    for (query, field) in [
        ("page=2", "page"),
        (&*format!("after={0}&before={0}", all[2]), "before"),
        ("after=nonsense", "after"),
        ("before=1-", "before"),
        ("order=up", "order"),
    ] {
        let refused = get(query);
        assert_eq!(refused.status, 422, "{query}: {refused:?}");
        assert_eq!(refused.body["errors"][0]["field"], json!(field), "{query}");
    }
}
