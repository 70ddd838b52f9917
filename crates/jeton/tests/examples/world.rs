//! A site in which every example of the reference can be typed.

#[path = "../pages/visitor.rs"]
#[allow(dead_code, reason = "the tests of pages use all of it")]
mod visitor;

use std::collections::BTreeMap;
use std::process::Command;

use jeton_api::examples::example;
use jeton_domain::{Id as _, PasskeyId};
use jeton_http::{Route, Table};
use jeton_store::{Incarnation, Options, Store, factors, users};
use serde_json::{Value, json};

use crate::support::authenticator_app::code;
use crate::support::filled;
use crate::support::world::{PASSWORD, Person};
use crate::support::{NOW, Site};

#[path = "../../../out/tests/oidc/provider.rs"]
#[allow(
    dead_code,
    reason = "the examples ask less of an issuer than a person does"
)]
mod provider;

/// The number of a passkey that no other thing has.
const PASSKEY: i64 = 900_000;

pub(crate) struct World {
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
    pub(crate) fn new() -> Self {
        let unlimited = [
            ("rates.failures", "0"),
            ("rates.anonymous", "0"),
            ("rates.principal", "100000"),
            ("mail.from", "jeton@example.org"),
            ("workload.allow", "127.0.0.1"),
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
        site.service_account("alta3", &mona, "builder");
        let builds = builds(&site, &mona);
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
        let numbers = [
            ("ACCOUNT_ID", "/api/v3/users/tomas"),
            ("ORG_ID", "/api/v3/orgs/alta3"),
            ("REPOSITORY_ID", "/api/v3/repos/alta3/labs"),
        ]
        .map(|(name, path)| (name, by_mona("GET", path, Value::Null)["id"].to_string()));
        let board = json!({
            "name": "Board", "callbacks": ["https://board.example.org/back"], "device_flow": true,
        });
        let own_paths = ["/api/jeton/v1", "/api/jeton/v1/orgs/alta3"];
        let [(board, secret), (org_board, org_secret)] = own_paths.map(|path| {
            let made = by_mona("POST", &format!("{path}/applications"), board.clone());
            let secrets = format!("{path}/applications/{}/secrets", made["id"]);
            (made, by_mona("POST", &secrets, Value::Null))
        });
        let given = {
            let client_id = board["client_id"].as_str().unwrap();
            visitor::Visitor::signed_in(&site, "mona").lets_in(client_id, "repo")
        };
        let asking = json!({ "client_id": "178c6fc778ccc68e1d6a" });
        let path = "/api/jeton/v1/orgs/alta3/application-requests";
        site.must("POST", path, Some(&tomas.client), &asking);
        let hooks = ["orgs/alta3", "repos/alta3/labs"].map(|at| site.hook(&mona, at));
        let labs = by_mona("GET", "/api/v3/repos/alta3/labs", Value::Null)["id"]
            .as_i64()
            .unwrap();
        let secret_homes = [
            "repos/alta3/labs/actions",
            "orgs/alta3/actions",
            "user/codespaces",
        ];
        let sealed = secret_homes.map(|at| {
            site.job_secret(&mona, at, "DEPLOY_KEY", &[labs]);
            site.sealed(&mona, at)
        });
        let mut variables = BTreeMap::new();
        let mut set = |name: &str, value: String| drop(variables.insert(name.to_owned(), value));
        for (name, id) in invitations.into_iter().chain(numbers) {
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
        for (owner, name) in [("alta3", "@alta3/pad"), ("mona", "@mona/pad")] {
            let publisher = json!({ "name": format!("publishes {owner}"), "owner": owner, "repositories": "all",
                "permissions": { "packages": "write" } });
            let token = site.token(&mona, &publisher).value;
            for version in ["1.0.0", "1.1.0"] {
                assert_eq!(site.publish(&token, name, version).status, 201);
            }
        }
        for (name, at) in [
            ("PACKAGE_VERSION_ID", "orgs/alta3"),
            ("OWN_PACKAGE_VERSION_ID", "users/mona"),
        ] {
            let path = format!("/api/v3/{at}/packages/npm/pad/versions");
            set(
                name,
                by_mona("GET", &path, Value::Null)[0]["id"].to_string(),
            );
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
        let services = "/api/jeton/v1/orgs/alta3/service-accounts";
        for login in ["deployer", "stopped-bot"] {
            by_mona("POST", services, json!({ "login": login, "role": "read" }));
        }
        by_mona(
            "POST",
            &format!("{services}/stopped-bot/suspend"),
            json!({}),
        );
        let service_token = by_mona(
            "POST",
            &format!("{services}/deployer/tokens"),
            json!({ "name": "deploys", "repositories": ["labs"], "permissions": { "contents": "read" } }),
        );
        let job = by_mona(
            "POST",
            "/api/jeton/v1/repos/alta3/labs/jobs",
            json!({ "name": "deploy" }),
        );
        let [child, own_child] = [0, 1].map(|_| {
            let children = "/api/jeton/v1/token/children";
            site.must(
                "POST",
                children,
                Some(&own.value),
                &json!({ "name": "a step" }),
            )
        });
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
        set("CHILD_ID", child["id"].to_string());
        set("OWN_CHILD_ID", own_child["id"].to_string());
        set("JOB_ID", job["id"].to_string());
        set("JOB_TOKEN", job["token"].as_str().unwrap().to_owned());
        set("SERVICE_TOKEN_ID", service_token["id"].to_string());
        set("HOOK_ID", hooks[0].to_string());
        set("REPOSITORY_HOOK_ID", hooks[1].to_string());
        for (home, (key_id, value)) in ["REPOSITORY", "ORG", "OWN"].into_iter().zip(sealed) {
            set(&format!("{home}_KEY_ID"), key_id);
            set(&format!("{home}_SEALED_VALUE"), value);
        }
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
        for (name, value) in builds {
            set(name, value);
        }
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
            "token.self" | "token.check" | "token.end_self" | "child_token.create"
            | "child_token.list" | "child_token.end" => self.variables["LEAKED"].clone(),
            "job.self" | "job.secrets" => self.variables["JOB_TOKEN"].clone(),
            _ => self.mona.client.clone(),
        }
    }

    /// Types it. The status, and what came.
    pub(crate) fn typed(&self, table: &Table, route: &Route) -> (u16, String) {
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

    pub(crate) fn keep(&mut self) {
        self.site.stop();
        self.add_passkey();
        self.site.all_delivered();
        run("cp", &["-a", &self.folder("data"), &self.folder("kept")]);
        self.site.restart();
        for (place, prefix) in [("orgs/alta3", ""), ("repos/alta3/labs", "REPOSITORY_")] {
            let hook = self.variables[&format!("{prefix}HOOK_ID")].parse().unwrap();
            let delivery = self.site.delivery(&self.mona, place, hook);
            let name = format!("{prefix}DELIVERY_ID");
            self.variables.insert(name, delivery.to_string());
        }
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

    pub(crate) fn as_kept(&mut self) {
        self.site.stop();
        run("rm", &["-rf", &self.folder("data")]);
        run("cp", &["-a", &self.folder("kept"), &self.folder("data")]);
        self.site.restart();
    }
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

/// An issuer that alta3 trusts, with a rule, and a token of it.
fn builds(site: &Site, mona: &Person) -> [(&'static str, String); 4] {
    let there = provider::Provider::start();
    let path = "/api/jeton/v1/orgs/alta3/workload/issuers";
    let issuer = json!({
        "name": "Builds", "url": there.issuer, "service_account": "builder",
    });
    let issuer = site.must("POST", path, Some(&mona.client), &issuer)["id"].to_string();
    let rule = json!({
        "name": "Branches",
        "audience": "https://git.example.org",
        "claims": { "sub": ["repo:alta3/labs:ref:refs/heads/*"] },
        "repositories": ["labs"],
        "permissions": { "contents": "read" },
    });
    let rules = format!("{path}/{issuer}/rules");
    let rule = site.must("POST", &rules, Some(&mona.client), &rule)["id"].to_string();
    let now = site.app().now().seconds();
    there.set(|script| {
        script.claims = json!({
            "iss": there.issuer, "aud": "https://git.example.org", "iat": now, "exp": now + 3600,
            "sub": "repo:alta3/labs:ref:refs/heads/main", "jti": "one",
        });
    });
    let token = provider::token(&there.script.lock().unwrap());
    [
        ("ISSUER_ID", issuer),
        ("WORKLOAD_RULE_ID", rule),
        ("ISSUER_URL", there.issuer),
        ("SUBJECT_TOKEN", token),
    ]
}
