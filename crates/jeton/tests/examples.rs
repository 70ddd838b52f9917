//! Every example of the reference, typed as it stands there: each does what its page promises, and answers with the status
//! that the route declares. What the reference shows of an answer is what came here (`JETON_WRITE_ANSWERS=1` writes it anew).
//!
//! Long: one town with something for every operation.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::disallowed_methods,
    missing_docs,
    unreachable_pub,
    reason = "tests"
)]

mod support;
#[path = "pages/visitor.rs"]
#[allow(dead_code, reason = "the tests of pages use all of it")]
mod visitor;

use std::collections::BTreeMap;
use std::process::Command;

use jeton_api::examples::example;
use jeton_app::Door;
use jeton_domain::{Access, Id as _, PasskeyId};
use jeton_http::{Route, Table};
use jeton_store::{Incarnation, Options, Store, factors, users};
use serde_json::{Value, json};
use support::authenticator_app::code;
use support::filled;
use support::http::send;
use support::world::{PASSWORD, Person};
use support::{NOW, Site};

/// The number of a passkey that no other thing has.
const PASSKEY: i64 = 900_000;

struct World {
    site: Site,
    mona: Person,
    tomas: Person,
    /// She is setting an authenticator app up.
    olga: Person,
    /// She has one, and a passkey.
    nina: Person,
    variables: BTreeMap<String, String>,
}

impl World {
    /// Mona administers the site and owns alta3; Tomas is a member of it, Nina has a role on one repository.
    #[expect(
        clippy::too_many_lines,
        reason = "one world, in the order in which it is made"
    )]
    fn new() -> Self {
        let unlimited = [
            ("rates.failures", "0"),
            ("rates.anonymous", "0"),
            ("rates.principal", "100000"),
            ("mail.from", "jeton@example.org"),
        ];
        let site = Site::with(&unlimited);
        let mona = site.person("mona", true);
        let [tomas, olga, nina] = ["tomas", "olga", "nina"].map(|login| site.person(login, false));
        for login in ["kim", "freed-name"] {
            site.person(login, false);
        }
        site.organization("alta3", &mona);
        site.member("alta3", &mona, &tomas, "member");
        site.member("alta3", &mona, &olga, "admin");
        site.organization("old-school", &mona);
        site.repository("alta3", &mona, "labs", "private");
        site.fill("alta3/labs", &mona.client);
        let by_mona = |method: &str, path: &str, body: Value| {
            site.must(method, path, Some(&mona.client), &body)
        };
        for (method, path, body) in [
            (
                "POST",
                "/api/v3/orgs/alta3/teams",
                json!({ "name": "Course makers" }),
            ),
            (
                "PUT",
                "/api/v3/orgs/alta3/teams/course-makers/memberships/tomas",
                json!({}),
            ),
            (
                "PUT",
                "/api/v3/orgs/alta3/teams/course-makers/repos/alta3/labs",
                json!({}),
            ),
            ("DELETE", "/api/jeton/v1/users/freed-name", Value::Null),
            ("POST", "/api/jeton/v1/users/kim/suspend", json!({})),
        ] {
            by_mona(method, path, body);
        }
        site.collaborator("alta3/labs", &mona, &nina, "read");
        site.organization("kepler", &mona);
        site.repository("kepler", &mona, "notes", "private");
        let invite = |org: &str, who: Value| {
            by_mona("POST", &format!("/api/v3/orgs/{org}/invitations"), who)["id"].to_string()
        };
        let offer =
            |path: &str| by_mona("PUT", path, json!({ "permission": "write" }))["id"].to_string();
        let invitations = [
            (
                "INVITATION_ID",
                invite("alta3", json!({ "email": "zoe@example.org" })),
            ),
            (
                "OWN_INVITATION_ID",
                invite("kepler", json!({ "login": "tomas" })),
            ),
            (
                "REPOSITORY_INVITATION_ID",
                offer("/api/v3/repos/alta3/labs/collaborators/kim"),
            ),
            (
                "OWN_REPOSITORY_INVITATION_ID",
                offer("/api/v3/repos/kepler/notes/collaborators/tomas"),
            ),
        ];
        let mut policy = by_mona("GET", "/api/jeton/v1/site/policy", Value::Null);
        policy["registration"] = json!("open");
        by_mona("PUT", "/api/jeton/v1/site/policy", policy);
        let wish = |name: &str| {
            json!({
                "name": name, "owner": "alta3", "repositories": ["labs"], "permissions": { "contents": "read" },
            })
        };
        let board = json!({
            "name": "Board", "callbacks": ["https://board.example.org/back"], "device_flow": true,
        });
        let own_paths = ["/api/jeton/v1", "/api/jeton/v1/orgs/alta3"];
        let [(board, secret), (org_board, org_secret)] = own_paths.map(|path| {
            let made = by_mona("POST", &format!("{path}/applications"), board.clone());
            let secrets = format!("{path}/applications/{}/secrets", made["id"]);
            (made, by_mona("POST", &secrets, Value::Null))
        });
        let given = let_in(&site, board["client_id"].as_str().unwrap());
        let asking = json!({ "client_id": "178c6fc778ccc68e1d6a" });
        let path = "/api/jeton/v1/orgs/alta3/application-requests";
        site.must("POST", path, Some(&tomas.client), &asking);
        let mut variables = BTreeMap::new();
        let mut set = |name: &str, value: String| drop(variables.insert(name.to_owned(), value));
        for (name, id) in invitations {
            set(name, id);
        }
        let classic = by_mona(
            "POST",
            "/api/jeton/v1/classic-tokens",
            json!({ "name": "classic", "scopes": ["repo"] }),
        );
        for (name, id) in [
            ("COMMIT_SHA", filled::COMMIT),
            ("TREE_SHA", filled::TREE),
            ("FILE_SHA", filled::BLOB),
            ("TAG_SHA", filled::TAG),
        ] {
            set(name, id.to_owned());
        }
        let own = site.token(&mona, &wish("own"));
        let suspended = site.token(&mona, &wish("suspended"));
        let rotated = site.token(&mona, &wish("rotated"));
        for (token, what) in [(&suspended, "suspend"), (&rotated, "rotate")] {
            let answer = site.token_call(&mona, token, what, &json!({}));
            assert!(answer.status < 300, "{}", answer.text());
        }
        let granted = site.token(&tomas, &wish("granted"));
        site.approve("alta3", &mona, &granted);
        let denied = site.token(&tomas, &wish("denied"));
        let requests = "/api/v3/orgs/alta3/personal-access-token-requests";
        let waiting = by_mona("GET", requests, Value::Null)[0]["id"].clone();
        let deny = format!("{requests}/{waiting}");
        by_mona("POST", &deny, json!({ "action": "deny" }));
        let pending = site.token(&tomas, &wish("pending"));
        let waiting = by_mona("GET", requests, Value::Null)[0]["id"].clone();
        // After the requests, which it would have approved.
        let rule = json!({
            "name": "anything short", "permissions": { "contents": "read" }, "repositories": "all",
            "maximum": { "days": 7 }, "who": "members",
        });
        let rule = by_mona("POST", "/api/jeton/v1/orgs/alta3/approval-rules", rule)["id"].clone();
        for who in ["users/tomas", "teams/course-makers"] {
            let path = format!("/api/jeton/v1/orgs/alta3/token-reviewers/{who}");
            by_mona("PUT", &path, json!({}));
        }
        let app = "/api/jeton/v1/factors/authenticator";
        let shown = |person: &Person| {
            let begun = site.must("POST", app, Some(&person.client), &Value::Null);
            code(begun["key"].as_str().unwrap(), NOW)
        };
        let shown_to_olga = shown(&olga);
        let typed = json!({ "code": shown(&nina) });
        site.must("PUT", app, Some(&nina.client), &typed);
        let other = site.sign_in("mona");
        let sign_ins = site.must(
            "GET",
            "/api/jeton/v1/sign-ins",
            Some(&other.client),
            &Value::Null,
        );
        let current = sign_ins
            .as_array()
            .unwrap()
            .iter()
            .find(|row| row["current"] == json!(true));
        set("CODE", shown_to_olga);
        set("PASSKEY_ID", PASSKEY.to_string());
        set("TOKEN_ID", own.id.to_string());
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        set("APPLICATION_ID", board["id"].to_string());
        set("CLIENT_ID", text(&board["client_id"]));
        set("SECRET_ID", secret["id"].to_string());
        set("CLIENT_SECRET", text(&secret["client_secret"]));
        set("ORG_APPLICATION_ID", org_board["id"].to_string());
        set("ORG_SECRET_ID", org_secret["id"].to_string());
        set("ACCESS_TOKEN", text(&given["access_token"]));
        set("REFRESH_TOKEN", text(&given["refresh_token"]));
        set("CLASSIC_ID", classic["id"].to_string());
        set("PAT_ID", granted.id.to_string());
        set("SUSPENDED_ID", suspended.id.to_string());
        set("ROTATED_ID", rotated.id.to_string());
        set("DENIED_ID", denied.id.to_string());
        set("PENDING_ID", pending.id.to_string());
        set("PAT_REQUEST_ID", waiting.to_string());
        set("RULE_ID", rule.to_string());
        set("SIGN_IN_ID", current.unwrap()["id"].to_string());
        set("PASSWORD", PASSWORD.to_owned());
        set("LEAKED", own.value);
        Self {
            site,
            mona,
            tomas,
            olga,
            nina,
            variables,
        }
    }

    /// Whose business the operation is.
    fn credential(&self, name: &str) -> String {
        match name {
            "token.ask"
            | "token.cancel_request"
            | "invitation.accept"
            | "invitation.decline"
            | "repository_invitation.accept"
            | "repository_invitation.decline" => self.tomas.client.clone(),
            "factors.finish_authenticator" => self.olga.client.clone(),
            "factors.remove_authenticator"
            | "factors.make_recovery_codes"
            | "factors.rename_passkey"
            | "factors.remove_passkey" => self.nina.client.clone(),
            // About a token itself: the token asks.
            "token.self" | "token.check" => self.variables["LEAKED"].clone(),
            _ => self.mona.client.clone(),
        }
    }

    /// Types it. The status, and what came.
    fn typed(&self, table: &Table, route: &Route) -> (u16, String) {
        let example = example(table, route);
        for variable in &example.variables {
            assert!(
                self.variables.contains_key(variable),
                "{}: nothing is known of `${variable}`",
                route.operation.name
            );
        }
        let command = example
            .command
            .replacen("curl", "curl -sS -w '\\n%{http_code}'", 1);
        let out = Command::new("sh")
            .args(["-euc", &command])
            .env_clear()
            .env("PATH", std::env::var("PATH").unwrap())
            .env("JETON", self.site.url())
            .env("TOKEN", self.credential(route.operation.name))
            .envs(&self.variables)
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&out.stdout).into_owned();
        assert!(
            out.status.success(),
            "{command}\n{said}\n{}",
            String::from_utf8_lossy(&out.stderr)
        );
        let (body, status) = said.rsplit_once('\n').unwrap();
        (status.parse().unwrap(), body.to_owned())
    }

    fn folder(&self, name: &str) -> String {
        self.site.folder().join(name).display().to_string()
    }

    fn keep(&mut self) {
        self.site.stop();
        self.add_passkey();
        run("cp", &["-a", &self.folder("data"), &self.folder("kept")]);
        self.site.restart();
    }

    /// A passkey of nina's, as a browser would have made one: none is made where a server has no name.
    fn add_passkey(&self) {
        let database = self.site.folder().join("data/jeton.db");
        let store = Store::open_sqlite(&database, &Options::new(NOW, Incarnation(99))).unwrap();
        store
            .write(|unit| {
                let nina = users::by_login(unit, "nina")?.unwrap();
                let passkey = factors::NewPasskey {
                    id: PasskeyId::from_i64(PASSKEY).unwrap(),
                    user: nina.id,
                    credential_id: b"the credential of a laptop",
                    name: "laptop",
                    public_key: "{}",
                };
                factors::add_passkey(unit, &passkey, NOW)
            })
            .unwrap();
    }

    fn as_kept(&mut self) {
        self.site.stop();
        run("rm", &["-rf", &self.folder("data")]);
        run("cp", &["-a", &self.folder("kept"), &self.folder("data")]);
        self.site.restart();
    }
}

/// Mona lets an application in from a device; what it is given.
fn let_in(site: &Site, client_id: &str) -> Value {
    let json = [
        ("content-type", "application/json"),
        ("accept", "application/json"),
    ];
    let post = |path: &str, body: Value| {
        let answer = send(
            site.address(),
            "POST",
            path,
            &json,
            body.to_string().as_bytes(),
        );
        assert_eq!(answer.status, 200, "{}", answer.text());
        answer.json()
    };
    let codes = post(
        "/login/device/code",
        json!({ "client_id": client_id, "scope": "repo" }),
    );
    let typed = codes["user_code"].as_str().unwrap();
    let fields = [("user_code", typed), ("answer", "approve")];
    let answered = visitor::Visitor::signed_in(site, "mona").post("/login/device/answer", &fields);
    assert_eq!(answered.status, 303, "{}", answered.text());
    post(
        "/login/oauth/access_token",
        json!({
            "client_id": client_id,
            "device_code": codes["device_code"],
            "grant_type": "urn:ietf:params:oauth:grant-type:device_code",
        }),
    )
}

fn run(program: &str, arguments: &[&str]) {
    assert!(
        Command::new(program)
            .args(arguments)
            .status()
            .unwrap()
            .success()
    );
}

/// What an answer holds: names, and kinds of values. Of a list its first item stands for all.
fn shape(value: &Value, depth: usize) -> String {
    let inner = "  ".repeat(depth + 1);
    let end = "  ".repeat(depth);
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(_) => "true or false".to_owned(),
        Value::Number(_) => "number".to_owned(),
        Value::String(_) => "text".to_owned(),
        Value::Array(items) => items.first().map_or_else(
            || "[…]".to_owned(),
            |item| format!("[{}, …]", shape(item, depth)),
        ),
        Value::Object(fields) if fields.is_empty() || depth > 2 => "{…}".to_owned(),
        Value::Object(fields) => {
            let lines: Vec<String> = fields
                .iter()
                .map(|(name, value)| format!("{inner}\"{name}\": {}", shape(value, depth + 1)))
                .collect();
            format!("{{\n{}\n{end}}}", lines.join(",\n"))
        }
    }
}

/// What an object has, and nothing of what that has.
fn parts(value: &Value) -> Value {
    let hollow = |(name, value): (&String, &Value)| {
        let value = match value {
            Value::Object(_) => json!({}),
            Value::Array(_) => json!([]),
            other => other.clone(),
        };
        (name.clone(), value)
    };
    Value::Object(value.as_object().unwrap().iter().map(hollow).collect())
}

/// Names that stand in a shape.
fn names(shape: &str) -> Vec<&str> {
    shape.split('"').skip(1).step_by(2).collect()
}

/// What the reference shows of answers, as they came now.
fn written(shapes: &BTreeMap<&str, String>) -> String {
    let parts: Vec<String> = shapes
        .iter()
        .map(|(name, shape)| format!("{name}\n{shape}\n"))
        .collect();
    parts.join("\n")
}

/// There is an administrator already: typed below, where there is none.
const NOT_TYPED: &[&str] = &["setup"];

#[test]
fn every_example_of_the_reference_does_what_its_page_promises() {
    let mut world = World::new();
    world.keep();
    let mut wrong = Vec::new();
    let mut typed = 0;
    let mut shapes = BTreeMap::new();
    for table in jeton_api::TABLES {
        for route in table.routes {
            let name = route.operation.name;
            if NOT_TYPED.contains(&name) {
                continue;
            }
            let (status, body) = world.typed(table, route);
            typed += 1;
            let promised = route.answer.0;
            if status != promised {
                wrong.push(format!("{name}: {status} instead of {promised}: {body}"));
            }
            if let Ok(json) = serde_json::from_str::<Value>(&body)
                && status == promised
            {
                let shape = match name {
                    // Of what describes everything its parts will do.
                    "operations.openapi" => shape(&parts(&json), 0),
                    _ => shape(&json, 0),
                };
                let shown = jeton_api::examples::answer(name).unwrap_or_default();
                let gone = names(shown)
                    .into_iter()
                    .find(|name| !names(&shape).contains(name));
                if let Some(gone) = gone {
                    wrong.push(format!(
                        "{name}: the reference shows `{gone}`, and it did not come: {body}"
                    ));
                }
                shapes.insert(name, shape);
            }
            let empty = body.is_empty();
            if empty == matches!(promised, 200..=202) {
                wrong.push(format!("{name}: {promised} and this body: {body:?}"));
            }
            if route.operation.access == Access::Write {
                world.as_kept();
            }
        }
    }
    // To bring the reference up to date: run this test with the variable set.
    if std::env::var_os("JETON_WRITE_ANSWERS").is_some() {
        let file = concat!(env!("CARGO_MANIFEST_DIR"), "/../api/src/answers.txt");
        std::fs::write(file, written(&shapes)).unwrap();
    }
    assert!(
        wrong.is_empty(),
        "{} of {typed}:\n{}",
        wrong.len(),
        wrong.join("\n")
    );
    assert!(typed > 90, "{typed}");
}

#[test]
fn the_example_that_makes_the_first_administrator_makes_one() {
    let site = Site::start();
    let code = site.running().setup_code.clone().unwrap();
    let (table, route) = jeton_api::TABLES
        .iter()
        .flat_map(|table| table.routes.iter().map(move |route| (table, route)))
        .find(|(_, route)| route.operation.name == "setup")
        .unwrap();
    let command = example(table, route).command;
    let out = Command::new("sh")
        .args(["-euc", &command.replacen("curl", "curl -fsS", 1)])
        .env("JETON", site.url())
        .env("CODE", code)
        .output()
        .unwrap();
    assert!(out.status.success(), "{out:?}");
    let body = json!({ "login": "mona", "password": "correct horse battery staple" });
    let signed_in = send(
        site.address(),
        "POST",
        "/api/jeton/v1/sign-in",
        &[("content-type", "application/json")],
        body.to_string().as_bytes(),
    );
    assert_eq!(signed_in.status, 201, "{}", signed_in.text());
    assert_eq!(signed_in.json()["administrator"], json!(true));
}

/// A path of a route, with something in each of its places.
fn any_path(table: &Table, route: &Route) -> String {
    let parts: Vec<&str> = route
        .path
        .split('/')
        .map(|part| if part.starts_with('{') { "7" } else { part })
        .collect();
    format!("{}{}", table.prefixes[0], parts.join("/"))
}

#[test]
fn every_refusal_leads_to_a_page_about_its_operation() {
    let site = Site::with(&[("rates.failures", "0")]);
    let bearer = format!("Bearer {}", support::world::UNKNOWN);
    let mut seen = 0;
    for table in jeton_api::TABLES {
        for route in table.routes {
            let refused = send(
                site.address(),
                route.method.name(),
                &any_path(table, route),
                &[("authorization", bearer.as_str())],
                b"",
            );
            assert_eq!(refused.status, 401, "{}", refused.text());
            // Plain text has no address in it.
            if table.door == Door::Git {
                continue;
            }
            let said = refused.json()["documentation_url"]
                .as_str()
                .unwrap()
                .to_owned();
            let path = said.strip_prefix(site.url()).unwrap();
            assert_eq!(path, format!("/docs/operations/{}", route.operation.name));
            let page = send(site.address(), "GET", path, &[], b"");
            assert_eq!(page.status, 200, "{path}");
            let text = page.text();
            assert!(
                text.contains(&format!("<h1>{}</h1>", route.operation.name)),
                "{path}"
            );
            for need in route.operation.sets.iter().flat_map(|set| set.iter()) {
                let link = format!("/docs/permissions/{}", need.key);
                assert!(text.contains(&link), "{path} does not lead to {link}");
                assert_eq!(
                    send(site.address(), "GET", &link, &[], b"").status,
                    200,
                    "{link}"
                );
            }
            seen += 1;
        }
    }
    assert!(seen > 90);
    // What is no operation leads to all of them.
    let nowhere = send(site.address(), "GET", "/api/v3/nowhere", &[], b"");
    let said = nowhere.json()["documentation_url"]
        .as_str()
        .unwrap()
        .to_owned();
    assert_eq!(said, format!("{}/docs/operations", site.url()));
}

#[test]
fn what_is_read_is_read_without_a_session_unless_the_site_is_closed() {
    let site = Site::start();
    let root = site.person("root-of-it", true);
    let pages = [
        "/docs",
        "/docs/operations?q=rotate&kind=sign-in",
        "/docs/operations/git.push",
        "/docs/permissions",
        "/docs/permissions/contents",
        "/docs/closed",
        "/docs/use",
        "/docs/operate",
    ];
    for path in pages {
        let page = send(site.address(), "GET", path, &[], b"");
        assert_eq!(page.status, 200, "{path}: {}", page.text());
    }
    let found = send(
        site.address(),
        "GET",
        "/docs/operations?permission=contents&q=%3Cscript%3E",
        &[],
        b"",
    );
    assert!(!found.text().contains("<script>") && found.text().contains("Nothing fits"));
    for path in [
        "/docs/operations/nothing",
        "/docs/permissions/nothing",
        "/docs/nothing",
    ] {
        assert_eq!(
            send(site.address(), "GET", path, &[], b"").status,
            404,
            "{path}"
        );
    }
    let mut policy = site.must(
        "GET",
        "/api/jeton/v1/site/policy",
        Some(&root.client),
        &Value::Null,
    );
    policy["anonymous_allowed"] = json!(false);
    site.must(
        "PUT",
        "/api/jeton/v1/site/policy",
        Some(&root.client),
        &policy,
    );
    for path in pages {
        let closed = send(site.address(), "GET", path, &[], b"");
        assert_ne!(closed.status, 200, "{path}");
    }
}
