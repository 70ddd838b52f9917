//! GHSA-fq2p-5p22-8g6j and two more. Slipped: lists leaked private membership. Proved: each list shows
//! to nobody, a stranger, an outside collaborator, a member, an owner and their tokens exactly what the
//! single reads show them: members, teams, repositories, collaborators, tokens, requests, grants, logs.

use serde_json::{Value, json};

use crate::support::http::Answer;
use crate::world::World;

/// Who asks, and with what.
struct Cast {
    world: World,
    asking: Vec<(&'static str, Option<String>)>,
}

/// A status of refusal, or the names that are listed.
enum Seen {
    Status(u16),
    Names(&'static [&'static str]),
}

use Seen::{Names, Status};

impl Cast {
    /// `acme` has the team `core`: the owner is in it, and it has roles on `code` and `secret`. `mia` has
    /// a private `diary` and a public `site`.
    fn new() -> Self {
        let world = World::new();
        let owner = Some(world.olivia.client.as_str());
        let must = |method, path: &str, body| world.site.must(method, path, owner, &body);
        must("POST", "/api/v3/orgs/acme/teams", json!({ "name": "core" }));
        let team = "/api/v3/orgs/acme/teams/core";
        must("PUT", &format!("{team}/memberships/olivia"), json!({}));
        for name in ["code", "secret"] {
            must(
                "PUT",
                &format!("{team}/repos/acme/{name}"),
                json!({ "permission": "push" }),
            );
        }
        for (name, visibility) in [("diary", "private"), ("site", "public")] {
            let body = json!({ "name": name, "visibility": visibility });
            world
                .site
                .must("POST", "/api/v3/user/repos", Some(&world.mia.client), &body);
        }
        let token = world.members("reads code", "read").value;
        let sees = world.asked(
            "sees members",
            &json!(["code"]),
            &json!({ "members": "read", "contents": "read" }),
        );
        world.site.approve("acme", &world.olivia, &sees);
        let waiting = world.asked(
            "waiting",
            &json!("all"),
            &json!({ "members": "read", "contents": "read" }),
        );
        let all = json!({ "contents": "read" });
        let own = json!({ "name": "own", "repositories": "all", "permissions": all });
        let (mias, strangers) = (
            world.site.token(&world.mia, &own),
            world.site.token(&world.sam, &own),
        );
        let asking = vec![
            ("nobody", None),
            ("stranger", Some(world.sam.client.clone())),
            ("stranger's token", Some(strangers.value)),
            ("outsider", Some(world.oscar.client.clone())),
            ("member", Some(world.mia.client.clone())),
            ("member's token", Some(token)),
            ("member's token for members", Some(sees.value)),
            ("member's waiting token", Some(waiting.value)),
            ("member's own token", Some(mias.value)),
            ("owner", Some(world.olivia.client.clone())),
        ];
        Self { world, asking }
    }

    fn ask(&self, value: Option<&str>, path: &str) -> Answer {
        self.world.site.call("GET", path, value, &Value::Null)
    }
}

/// The names in a list, sorted.
fn names(list: &Value) -> Vec<String> {
    let mut names: Vec<String> = list
        .as_array()
        .unwrap()
        .iter()
        .map(|item| {
            ["full_name", "token_name", "login", "name"]
                .iter()
                .find_map(|field| item[field].as_str())
                .or_else(|| item["organization"]["login"].as_str())
                .unwrap_or_else(|| panic!("{item}"))
                .to_owned()
        })
        .collect();
    names.sort();
    names
}

#[test]
fn each_list_shows_to_each_what_is_theirs_to_see() {
    let cast = Cast::new();
    let closed = |who: &str| match who {
        "nobody" => Status(401),
        _ => Status(403),
    };
    let members = |who: &str, names: &'static [&'static str]| match who {
        "member" | "member's token for members" | "owner" => Names(names),
        other => closed(other),
    };
    let owners = |who: &str, names: &'static [&'static str]| match who {
        "owner" => Names(names),
        other => closed(other),
    };
    type Expect<'a> = &'a dyn Fn(&str) -> Seen;
    let team_repositories = |who: &str| match who {
        "member" | "member's token for members" => Names(&["acme/code"]),
        other => members(other, &["acme/code", "acme/secret"]),
    };
    let repositories = |who: &str| match who {
        "outsider" | "member" | "member's token" | "member's token for members" => {
            Names(&["acme/code", "acme/open"])
        }
        "owner" => Names(&["acme/code", "acme/open", "acme/secret"]),
        _ => Names(&["acme/open"]),
    };
    let mias = |who: &str| match who {
        "member" | "member's own token" => Names(&["mia/diary", "mia/site"]),
        _ => Names(&["mia/site"]),
    };
    let collaborators = |who: &str| match who {
        "nobody" => Status(401),
        "outsider" => Status(403),
        "member" | "owner" | "member's token" | "member's token for members" => {
            Names(&["mia", "olivia", "oscar"])
        }
        _ => Status(404),
    };
    let secrets = |who: &str| match who {
        "nobody" => Status(401),
        "owner" => Names(&["olivia"]),
        _ => Status(404),
    };
    let rows: [(&str, Expect<'_>); 11] = [
        ("/api/v3/orgs/acme/members", &|who| {
            match members(who, &["mia", "olivia"]) {
                // To all others as to everybody: nobody's membership is public.
                Status(_) => Names(&[]),
                names @ Names(_) => names,
            }
        }),
        ("/api/v3/orgs/acme/outside_collaborators", &|who| {
            members(who, &["oscar"])
        }),
        ("/api/v3/orgs/acme/teams", &|who| members(who, &["core"])),
        ("/api/v3/orgs/acme/teams/core/members", &|who| {
            members(who, &["olivia"])
        }),
        ("/api/v3/orgs/acme/teams/core/repos", &team_repositories),
        ("/api/v3/orgs/acme/repos", &repositories),
        ("/api/v3/users/mia/repos", &mias),
        ("/api/v3/repos/acme/code/collaborators", &collaborators),
        ("/api/v3/repos/acme/secret/collaborators", &secrets),
        ("/api/v3/orgs/acme/personal-access-token-requests", &|who| {
            owners(who, &["waiting"])
        }),
        ("/api/v3/orgs/acme/personal-access-tokens", &|who| {
            owners(who, &["fill", "reads code", "sees members"])
        }),
    ];
    let mut wrong = Vec::new();
    for (path, expected) in rows {
        for (who, value) in &cast.asking {
            let answer = cast.ask(value.as_deref(), path);
            let fits = match expected(who) {
                Status(status) => answer.status == status,
                Names(expected) => answer.status == 200 && names(&answer.json()) == expected,
            };
            if !fits {
                wrong.push(format!(
                    "{path} to {who}: {} {}",
                    answer.status,
                    answer.text()
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// A repository is listed exactly where it can be read alone; a member is, where they can be asked for.
#[test]
fn listed_is_what_can_be_read_alone() {
    let cast = Cast::new();
    for (who, value) in &cast.asking {
        let value = value.as_deref();
        let listed = |path: &str| {
            let answer = cast.ask(value, path);
            if answer.status == 200 {
                names(&answer.json())
            } else {
                Vec::new()
            }
        };
        let of_acme = listed("/api/v3/orgs/acme/repos");
        for name in ["acme/code", "acme/open", "acme/secret"] {
            let alone = cast.ask(value, &format!("/api/v3/repos/{name}")).status == 200;
            assert_eq!(of_acme.contains(&name.to_owned()), alone, "{name} to {who}");
        }
        let of_mia = listed("/api/v3/users/mia/repos");
        for name in ["mia/diary", "mia/site"] {
            let alone = cast.ask(value, &format!("/api/v3/repos/{name}")).status == 200;
            assert_eq!(of_mia.contains(&name.to_owned()), alone, "{name} to {who}");
        }
        for full_name in listed("/api/v3/user/repos") {
            assert_eq!(
                cast.ask(value, &format!("/api/v3/repos/{full_name}"))
                    .status,
                200,
                "{full_name} to {who}"
            );
        }
        let members = listed("/api/v3/orgs/acme/members");
        for login in ["mia", "olivia", "oscar", "sam"] {
            let alone = cast
                .ask(value, &format!("/api/v3/orgs/acme/members/{login}"))
                .status
                == 204;
            assert_eq!(
                members.contains(&login.to_owned()),
                alone,
                "{login} to {who}"
            );
        }
    }
}

/// Lists about oneself hold oneself alone, and no list names a thing that its reader can't see.
#[test]
fn lists_of_ones_own_hold_nothing_of_others() {
    let cast = Cast::new();
    let world = &cast.world;
    let of = |value: &str, path: &str| {
        let answer = world.get(value, path);
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        names(&answer.json())
    };
    let tokens = "/api/jeton/v1/tokens";
    assert_eq!(
        of(&world.mia.client, tokens),
        ["own", "reads code", "sees members", "waiting"]
    );
    assert_eq!(of(&world.olivia.client, tokens), ["fill"]);
    assert_eq!(of(&world.sam.client, tokens), ["own"]);
    for path in ["/api/v3/user/orgs", "/api/v3/user/memberships/orgs"] {
        assert_eq!(of(&world.mia.client, path), ["acme"], "{path}");
        assert!(of(&world.sam.client, path).is_empty(), "{path}");
        assert!(of(&world.oscar.client, path).is_empty(), "{path}");
    }
    for (who, value) in &cast.asking {
        let Some(value) = value else { continue };
        for path in [
            "/api/v3/user/repos",
            "/api/v3/user/orgs",
            "/api/v3/user/memberships/orgs",
            "/api/v3/orgs/acme/audit-log",
            "/api/jeton/v1/audit",
            "/api/jeton/v1/site/audit",
            "/api/jeton/v1/users",
            "/api/jeton/v1/sign-ins",
            "/api/jeton/v1/tokens/owners",
            "/api/jeton/v1/tokens",
            "/api/jeton/v1/token",
        ] {
            let answer = world.get(value, path);
            assert!([200, 403, 404].contains(&answer.status), "{path} to {who}");
            let told = answer.text();
            let hides =
                |text: &str| assert!(!told.contains(text), "{path} tells {who} of {text}: {told}");
            if *who != "owner" {
                hides("acme/secret");
                hides("\"secret\"");
                hides("oscar@example.org");
                hides("gwen");
            }
            if who.starts_with("stranger") {
                ["acme/code", "mia", "olivia", "oscar"]
                    .iter()
                    .for_each(|text| hides(text));
            }
            if path.ends_with("audit-log") {
                assert_eq!(answer.status == 200, *who == "owner", "{path} to {who}");
            }
            if path.ends_with("site/audit") || path.ends_with("v1/users") {
                assert_eq!(answer.status, 403, "{path} to {who}: {told}");
            }
        }
    }
}
