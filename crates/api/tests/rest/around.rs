//! What clients ask around people, organizations and repositories: lists that speak of several owners, and things by
//! their numbers. Each shows what a single read would, to whoever asks.

use jeton_domain::{OrganizationRole, Role, Selection, Standing, Visibility};
use jeton_testkit::{Organization, Person};
use serde_json::{Value, json};

use crate::server::{Got, Server};

/// Ann owns `acme`, where bob is a member and in `core`, above `web`; ann owns `west` too, where bob is no member. Guest
/// administers `acme/lab` from outside. Eve has to do with none of it.
struct World {
    server: Server,
    ann: Person,
    bob: Person,
    guest: Person,
    eve: Person,
    acme: Organization,
}

impl World {
    fn new() -> Self {
        let server = Server::start();
        let kit = &server.kit;
        let [ann, bob, guest, eve] = ["ann", "bob", "guest", "eve"].map(|login| kit.person(login));
        let acme = kit.organization("acme", &ann);
        kit.member(&acme, &bob, OrganizationRole::Member);
        let west = kit.organization("west", &ann);
        let lab = kit.repository((acme.account(), "acme"), "lab", Visibility::Private);
        kit.repository((west.account(), "west"), "den", Visibility::Private);
        kit.repository((acme.account(), "acme"), "page", Visibility::Public);
        kit.collaborator(&lab, &guest, Role::Admin);
        let world = Self {
            server,
            ann,
            bob,
            guest,
            eve,
            acme,
        };
        let core = world.made("POST", "orgs/acme/teams", json!({ "name": "core" }));
        let web = json!({ "name": "web", "parent_team_id": core["id"] });
        world.made("POST", "orgs/acme/teams", web);
        world.made("POST", "orgs/west/teams", json!({ "name": "far" }));
        world.made("PUT", "orgs/acme/teams/core/memberships/bob", Value::Null);
        world.made("PUT", "orgs/west/teams/far/memberships/ann", Value::Null);
        let push = json!({ "permission": "push" });
        world.made("PUT", "orgs/acme/teams/core/repos/acme/lab", push);
        let pull = json!({ "permission": "pull" });
        world.made("PUT", "orgs/acme/teams/web/repos/acme/lab", pull);
        world
    }

    fn made(&self, method: &str, path: &str, body: Value) -> Value {
        let got = self
            .server
            .by(&self.ann, method, &format!("/api/v3/{path}"), body);
        assert!(got.status < 300, "{path}: {got:?}");
        got.body
    }

    fn get(&self, who: &Person, path: &str) -> Got {
        self.server.get(who, &format!("/api/v3/{path}"))
    }

    fn nobody(&self, path: &str) -> Got {
        self.server.nobody("GET", &format!("/api/v3/{path}"))
    }

    fn with(&self, who: &Person, permissions: &[(&str, &str)], path: &str) -> Got {
        let account = self.acme.account();
        let token = self.server.kit.token(
            who,
            account,
            Selection::All,
            permissions,
            Standing::NotNeeded,
        );
        self.server
            .with_token(&token, "GET", &format!("/api/v3/{path}"), Value::Null)
    }

    fn classic(&self, who: &Person, scopes: &str, path: &str) -> Got {
        let token = self.server.kit.classic(who, scopes);
        self.server
            .with_token(&token, "GET", &format!("/api/v3/{path}"), Value::Null)
    }
}

fn slugs(got: &Got) -> String {
    assert_eq!(got.status, 200, "{got:?}");
    got.each("slug").join(" ")
}

fn logins(got: &Got) -> String {
    assert_eq!(got.status, 200, "{got:?}");
    got.each("login").join(" ")
}

#[test]
fn ones_own_teams_are_those_of_organizations_that_let_the_credential_see_them() {
    let world = World::new();
    let teams = "user/teams";
    let bobs = world.get(&world.bob, teams);
    assert_eq!(slugs(&bobs), "core");
    assert_eq!(
        (
            &bobs.body[0]["organization"]["login"],
            &bobs.body[0]["members_count"]
        ),
        (&json!("acme"), &json!(1))
    );
    world.made("PUT", "orgs/acme/teams/web/memberships/ann", Value::Null);
    assert_eq!(slugs(&world.get(&world.ann, teams)), "web far");
    assert_eq!(
        slugs(&world.get(&world.ann, "user/teams?per_page=1&page=2")),
        "far"
    );
    assert_eq!(slugs(&world.get(&world.eve, teams)), "");
    assert_eq!(world.nobody(teams).status, 401);
    // A token tells of its owner's organization alone, and there only with the permission that a team takes.
    let sees = world.with(&world.ann, &[("members", "read")], teams);
    assert_eq!(
        (slugs(&sees).as_str(), sees.header("x-jeton-narrowed")),
        ("web", Some("token"))
    );
    assert_eq!(
        slugs(&world.with(&world.ann, &[("metadata", "read")], teams)),
        ""
    );
    for scope in ["read:org", "user", "repo"] {
        assert_eq!(
            slugs(&world.classic(&world.ann, scope, teams)),
            "web far",
            "{scope}"
        );
    }
    assert_eq!(world.classic(&world.ann, "gist", teams).status, 403);
    // Where an organization refuses classic tokens, they see none of it.
    let forbid = json!({ "classic_allowed": false });
    let path = "/api/jeton/v1/orgs/west/policy";
    assert_eq!(
        world.server.by(&world.ann, "PATCH", path, forbid).status,
        200
    );
    assert_eq!(slugs(&world.classic(&world.ann, "read:org", teams)), "web");
}

#[test]
fn a_persons_organizations_are_shown_to_who_may_see_their_members() {
    let world = World::new();
    let (ann, bob) = ("users/ann/orgs", "users/bob/orgs");
    assert_eq!(logins(&world.get(&world.ann, ann)), "acme west");
    assert_eq!(
        logins(&world.get(&world.bob, ann)),
        "acme",
        "not where he is no member"
    );
    assert_eq!(logins(&world.get(&world.eve, ann)), "");
    assert_eq!(
        logins(&world.get(&world.guest, bob)),
        "",
        "from outside nobody sees members"
    );
    assert_eq!(logins(&world.nobody(bob)), "");
    assert_eq!(logins(&world.get(&world.ann, "users/acme/orgs")), "");
    assert_eq!(world.get(&world.ann, "users/nobody-there/orgs").status, 404);
    assert_eq!(
        logins(&world.with(&world.ann, &[("members", "read")], ann)),
        "acme"
    );
    assert_eq!(
        logins(&world.with(&world.ann, &[("metadata", "read")], ann)),
        ""
    );
    assert_eq!(
        logins(&world.classic(&world.ann, "read:org", ann)),
        "acme west"
    );
    assert_eq!(logins(&world.classic(&world.ann, "repo", ann)), "");
    // Nobody's membership is public, whoever asks.
    for who in [&world.ann, &world.bob, &world.eve] {
        assert_eq!(logins(&world.get(who, "orgs/acme/public_members")), "");
        assert_eq!(world.get(who, "orgs/acme/public_members/bob").status, 404);
    }
    assert_eq!(logins(&world.nobody("orgs/acme/public_members")), "");
    assert_eq!(world.nobody("orgs/missing/public_members").status, 404);
}

#[test]
fn a_repositorys_teams_are_told_to_its_administrators_inside() {
    let world = World::new();
    let path = "repos/acme/lab/teams";
    let teams = world.get(&world.ann, path);
    assert_eq!(slugs(&teams), "core web");
    // The lower team has what the one above it has.
    assert_eq!(teams.each("permission"), ["push", "push"]);
    assert_eq!(teams.body[1]["parent"]["slug"], "core");
    assert_eq!(world.get(&world.bob, path).status, 403, "no administrator");
    assert_eq!(
        slugs(&world.get(&world.guest, path)),
        "",
        "teams are the members' affair"
    );
    assert_eq!(world.get(&world.eve, path).status, 404);
    assert_eq!(world.nobody(path).status, 401);
    let sees = world.with(
        &world.ann,
        &[("metadata", "read"), ("administration", "read")],
        path,
    );
    assert_eq!(slugs(&sees), "core web");
    let blind = world.with(
        &world.ann,
        &[("metadata", "read"), ("members", "read")],
        path,
    );
    assert_eq!(
        (blind.status, blind.header("x-accepted-github-permissions")),
        (403, Some("administration=read"))
    );
    assert_eq!(slugs(&world.classic(&world.ann, "repo", path)), "core web");
    assert_eq!(world.classic(&world.ann, "public_repo", path).status, 404);
}

#[test]
fn a_team_shows_the_teams_below_it_its_members_and_who_is_invited_into_it() {
    let world = World::new();
    let team = "orgs/acme/teams/core";
    assert_eq!(
        slugs(&world.get(&world.bob, &format!("{team}/teams"))),
        "web"
    );
    assert_eq!(
        slugs(&world.get(&world.bob, "orgs/acme/teams/web/teams")),
        ""
    );
    assert_eq!(world.get(&world.eve, &format!("{team}/teams")).status, 403);
    assert_eq!(
        world.get(&world.bob, "orgs/acme/teams/none/teams").status,
        404
    );
    let id = world.get(&world.ann, team).body["id"].clone();
    let invite = |email: &str, teams: Value| {
        let body = json!({ "email": email, "team_ids": teams });
        world.made("POST", "orgs/acme/invitations", body);
    };
    invite("zoe@example.org", json!([id]));
    invite("max@example.org", json!([]));
    let invited = world.get(&world.ann, &format!("{team}/invitations"));
    assert_eq!(
        (invited.status, invited.each("email")),
        (200, vec!["zoe@example.org"])
    );
    let none = world.get(&world.ann, "orgs/acme/teams/web/invitations");
    assert_eq!((none.status, none.body), (200, json!([])));
    // Addresses are for owners.
    assert_eq!(
        world.get(&world.bob, &format!("{team}/invitations")).status,
        403
    );
    let is_in =
        |who: &Person, login: &str| world.get(who, &format!("{team}/members/{login}")).status;
    assert_eq!(
        (is_in(&world.ann, "bob"), is_in(&world.ann, "ann")),
        (204, 404)
    );
    assert_eq!(is_in(&world.eve, "bob"), 403);
}

#[test]
fn a_number_leads_where_the_name_does_and_nobody_further() {
    let world = World::new();
    for (by_name, by_number) in [
        ("users/bob", "user"),
        ("users/acme", "user"),
        ("orgs/acme", "organizations"),
        ("repos/acme/lab", "repositories"),
        ("repos/acme/page", "repositories"),
    ] {
        let id = world.get(&world.ann, by_name).body["id"].clone();
        let path = format!("{by_number}/{id}");
        for who in [&world.ann, &world.bob, &world.guest, &world.eve] {
            let (named, numbered) = (world.get(who, by_name), world.get(who, &path));
            assert_eq!(
                (named.status, &named.body),
                (numbered.status, &numbered.body),
                "{path}"
            );
        }
        let (named, numbered) = (world.nobody(by_name), world.nobody(&path));
        assert_eq!(
            (named.status, named.body),
            (numbered.status, numbered.body),
            "{path}"
        );
    }
    let lab = world.get(&world.ann, "repos/acme/lab").body["id"].clone();
    let path = format!("repositories/{lab}");
    assert_eq!(world.get(&world.bob, &path).text("full_name"), "acme/lab");
    let hidden = world.get(&world.eve, &path);
    for missing in ["99999", "0", "007", "-1", "+1", "x", "9007199254740993"] {
        let got = world.get(&world.eve, &format!("repositories/{missing}"));
        assert_eq!(
            (got.status, got.body),
            (404, hidden.body.clone()),
            "{missing}"
        );
        assert_eq!(
            world
                .get(&world.ann, &format!("organizations/{missing}"))
                .status,
            404
        );
        assert_eq!(
            world.get(&world.ann, &format!("user/{missing}")).status,
            404
        );
    }
    assert_eq!(hidden.status, 404);
    // A person is no organization, and what was asked for once does not stay open when it is closed.
    let bob = world.get(&world.ann, "users/bob").body["id"].clone();
    assert_eq!(
        world
            .get(&world.ann, &format!("organizations/{bob}"))
            .status,
        404
    );
    let page = world.get(&world.ann, "repos/acme/page").body["id"].clone();
    let page = format!("repositories/{page}");
    assert_eq!(world.get(&world.eve, &page).status, 200);
    world.made(
        "PATCH",
        "repos/acme/page",
        json!({ "visibility": "private" }),
    );
    assert_eq!(world.get(&world.eve, &page).status, 404);
    world.made("PATCH", "repos/acme/page", json!({ "name": "leaf" }));
    assert_eq!(world.get(&world.ann, &page).text("full_name"), "acme/leaf");
    world.made("DELETE", "repos/acme/leaf", Value::Null);
    assert_eq!(world.get(&world.ann, &page).status, 404);
}

#[test]
fn who_was_deleted_is_not_found_by_number_either() {
    let world = World::new();
    let rita = world.server.kit.administrator("rita");
    let eve = world.get(&world.ann, "users/eve").body["id"].clone();
    let path = format!("user/{eve}");
    assert_eq!(world.get(&world.ann, &path).text("login"), "eve");
    let gone = world
        .server
        .by(&rita, "DELETE", "/api/jeton/v1/users/eve", Value::Null);
    assert_eq!(gone.status, 204, "{gone:?}");
    let missing = world.get(&world.ann, "user/99999");
    let got = world.get(&world.ann, &path);
    assert_eq!((got.status, got.body), (404, missing.body));
}

/// All parts of a list, by the addresses that it gives.
fn walked(world: &World, who: Option<&Person>, path: &str, field: &str) -> Vec<String> {
    let (mut found, mut path) = (Vec::new(), format!("/api/v3/{path}"));
    for _ in 0..20 {
        let got = world
            .server
            .ask(who.map(Person::value), "GET", &path, Value::Null);
        assert_eq!(got.status, 200, "{path}: {got:?}");
        found.extend(got.each(field).into_iter().map(str::to_owned));
        let Some(link) = got.header("link") else {
            return found;
        };
        assert!(link.ends_with("; rel=\"next\""), "{link}");
        let (_, rest) = link.split_once("/api/v3/").unwrap();
        path = format!("/api/v3/{}", rest.split_once('>').unwrap().0);
    }
    panic!("no end of {path}");
}

#[test]
fn the_lists_of_everything_show_what_everybody_sees_and_end() {
    let world = World::new();
    let kit = &world.server.kit;
    let internal = kit.repository(
        (world.acme.account(), "acme"),
        "inner",
        Visibility::Internal,
    );
    kit.repository((world.ann.account(), "ann"), "blog", Visibility::Public);
    for who in [None, Some(&world.eve), Some(&world.ann)] {
        let people = walked(&world, who, "users?per_page=2", "login");
        assert_eq!(people, ["ann", "bob", "guest", "eve", "acme", "west"]);
        assert_eq!(
            walked(&world, who, "organizations?per_page=1", "login"),
            ["acme", "west"]
        );
        let public = walked(&world, who, "repositories?per_page=1", "full_name");
        assert_eq!(public, ["acme/page", "ann/blog"]);
    }
    let all = "repositories?visibility=all&per_page=1";
    let with_internal = ["acme/page", "acme/inner", "ann/blog"];
    assert_eq!(
        walked(&world, Some(&world.eve), all, "full_name"),
        with_internal
    );
    assert_eq!(
        walked(&world, None, all, "full_name"),
        ["acme/page", "ann/blog"]
    );
    let behind = format!("repositories?visibility=all&since={}", internal.id.get());
    assert_eq!(
        walked(&world, Some(&world.ann), &behind, "full_name"),
        ["ann/blog"]
    );
    // A token that reaches private repositories lists none of them here.
    let token = world.with(&world.ann, &[("metadata", "read")], all);
    assert_eq!(
        (token.each("full_name"), token.header("x-jeton-narrowed")),
        (vec!["acme/page"], Some("token"))
    );
    for wrong in [
        "users?since=x",
        "organizations?since=-1",
        "repositories?since=1.5",
        "repositories?visibility=private",
    ] {
        assert_eq!(world.get(&world.ann, wrong).status, 422, "{wrong}");
    }
    let far = world.get(&world.ann, "users?since=9007199254740991");
    assert_eq!(
        (far.status, &far.body, far.header("link").is_none()),
        (200, &json!([]), true)
    );
    // Who was deleted is in no list.
    let rita = kit.administrator("rita");
    let gone = world
        .server
        .by(&rita, "DELETE", "/api/jeton/v1/users/eve", Value::Null);
    assert_eq!(gone.status, 204, "{gone:?}");
    assert!(!walked(&world, None, "users", "login").contains(&"eve".to_owned()));
}

#[test]
fn a_site_that_is_closed_tells_nobody_of_anybody() {
    let world = World::new();
    let rita = world.server.kit.administrator("rita");
    let path = "/api/jeton/v1/site/policy";
    let mut policy = world.server.get(&rita, path).body;
    policy["anonymous_allowed"] = json!(false);
    assert_eq!(world.server.by(&rita, "PUT", path, policy).status, 200);
    let id = world.get(&world.ann, "users/bob").body["id"].clone();
    for path in [
        "users".to_owned(),
        "organizations".to_owned(),
        "repositories".to_owned(),
        "users/bob/orgs".to_owned(),
        format!("user/{id}"),
    ] {
        assert_eq!(world.nobody(&path).status, 401, "{path}");
        assert_eq!(world.get(&world.eve, &path).status, 200, "{path}");
    }
}
