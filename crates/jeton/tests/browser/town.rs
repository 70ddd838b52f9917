//! The people and things of the demo's story, so that every page has something to show.

use jeton_domain::Span;
use serde_json::{Value, json};

use super::office::Office;
use crate::support::world::{Person, Token};
use crate::visitor::Visitor;

/// The repositories of the story; the last is hidden from the member.
pub const SIX: [(&str, &str); 6] = [
    ("labs", "Exercises of all courses"),
    ("enchilada", "Installs a classroom"),
    ("alta3-ansible", "Playbooks of the machines"),
    ("infrastructure", "What runs where"),
    ("gutenberg", "Turns courses into books"),
    ("demo", "What visitors are shown"),
];
pub const HIDDEN: &str = "payroll";
/// The organization's service account.
pub const SERVICE: &str = "nightly-bot";

/// Who is there, and what they have.
pub struct Town {
    pub office: Office,
    /// The code of the link that was mailed to a stranger who is invited.
    pub invitation: String,
    _letters: tempfile::TempDir,
    /// Administers the site.
    pub noor: Person,
    /// Owns the organization.
    pub lena: Person,
    /// Is a member.
    pub tomas: Person,
    /// Works on one repository and is no member.
    pub ines: Person,
    /// By which tokens are approved without a person.
    pub rule: i64,
    /// Tomas's token that waits.
    pub pending: Token,
    /// Tomas's token that was approved and is used.
    pub active: Token,
    /// Tomas's classic token.
    pub classic: Token,
    /// A token of the organization's service account `nightly-bot`: its number.
    pub service_token: i64,
    /// Webhooks of the organization and of its `labs`.
    pub hooks: [i64; 2],
    /// What each of them was told.
    pub told: [i64; 2],
    /// An issuer that the organization trusts, and a rule of it.
    pub workload: [i64; 2],
    /// The application that Tomas registered, with a secret: its number and its client id.
    pub board: (i64, String),
    /// The one that the organization registered.
    pub classroom: (i64, String),
}

/// An issuer that alta3 trusts, and a rule for what it says of `labs`.
fn workload(office: &Office, owner: &Person) -> [i64; 2] {
    office.service_account("alta3", owner, "builder");
    let made = |rest: &str, body: Value| {
        let path = format!("/api/jeton/v1/orgs/alta3/workload/issuers{rest}");
        let made = office.must("POST", &path, Some(&owner.client), &body);
        made["id"].as_i64().unwrap()
    };
    let issuer = json!({
        "name": "Builds", "url": "https://ci.example.org", "service_account": "builder",
    });
    let issuer = made("", issuer);
    let rule = json!({
        "name": "Main branch of labs", "audience": "https://git.example.org",
        "claims": { "sub": ["repo:alta3/labs:ref:refs/heads/main"] },
        "repositories": ["labs"], "permissions": { "contents": "write" },
    });
    [issuer, made(&format!("/{issuer}/rules"), rule)]
}

impl Town {
    pub fn build() -> Self {
        let letters = tempfile::tempdir().unwrap();
        let mut office = Office::with(&[
            ("mail.from", "jeton@example.org"),
            ("mail.folder", letters.path().to_str().unwrap()),
        ]);
        let noor = office.person("noor", true);
        let [lena, tomas, ines] =
            ["lena", "tomas", "ines"].map(|login| office.person(login, false));
        let owner = Some(lena.client.as_str());
        office.organization("alta3", &lena);
        office.must(
            "PATCH",
            "/api/v3/orgs/alta3",
            owner,
            &json!({ "name": "Alta3 Training", "default_repository_permission": "none" }),
        );
        office.member("alta3", &lena, &tomas, "member");
        for (name, description) in SIX.iter().chain(&[(HIDDEN, "Who earns what")]) {
            office.must(
                "POST",
                "/api/v3/orgs/alta3/repos",
                owner,
                &json!({ "name": name, "visibility": "private", "description": description }),
            );
        }
        office.must(
            "POST",
            "/api/v3/orgs/alta3/repos",
            owner,
            &json!({ "name": "website", "visibility": "public", "description": "What everybody sees" }),
        );
        office.must(
            "POST",
            "/api/v3/orgs/alta3/teams",
            owner,
            &json!({ "name": "Teachers" }),
        );
        for (name, _) in SIX {
            let path = format!("/api/v3/orgs/alta3/teams/teachers/repos/alta3/{name}");
            office.must("PUT", &path, owner, &json!({ "permission": "push" }));
        }
        office.must(
            "PUT",
            "/api/v3/orgs/alta3/teams/teachers/memberships/tomas",
            owner,
            &Value::Null,
        );
        office.collaborator("alta3/labs", &lena, &ines, "pull");
        // What waits for an answer: a role, a membership, and a stranger's.
        office.must(
            "PUT",
            "/api/v3/repos/alta3/gutenberg/collaborators/ines",
            owner,
            &json!({ "permission": "triage" }),
        );
        for who in [
            json!({ "login": "ines" }),
            json!({ "email": "zoe@example.org" }),
        ] {
            office.must("POST", "/api/v3/orgs/alta3/invitations", owner, &who);
        }
        let invitation = mailed_code(letters.path(), "zoe@example.org");
        let rule = office.must(
            "POST",
            "/api/jeton/v1/orgs/alta3/approval-rules",
            owner,
            &json!({ "name": "reading the demo for a day", "permissions": { "contents": "read" },
                "maximum": { "days": 1 }, "repositories": ["demo"], "who": "members" }),
        );
        let rule = rule["id"].as_i64().unwrap();
        office.service_account("alta3", &lena, SERVICE);
        let service_token = office.must(
            "POST",
            &format!("/api/jeton/v1/orgs/alta3/service-accounts/{SERVICE}/tokens"),
            owner,
            &json!({ "name": "nightly", "repositories": "all", "permissions": { "contents": "read" } }),
        );
        let active = office.token(&tomas, &wish("classroom-42", 30, &["labs", "demo"]));
        office.approve("alta3", &lena, &active);
        office.must(
            "GET",
            "/api/v3/repos/alta3/labs",
            Some(&active.value),
            &Value::Null,
        );
        office.call(
            "GET",
            "/api/v3/repos/alta3/payroll",
            Some(&active.value),
            &Value::Null,
        );
        let six = SIX.map(|(name, _)| name);
        // What is made from a token, and what runs for a repository, for a day.
        office.must(
            "POST",
            "/api/jeton/v1/token/children",
            Some(&active.value),
            &json!({ "name": "one exercise", "repositories": ["demo"], "expires_in": 86_400 }),
        );
        office.must(
            "POST",
            "/api/jeton/v1/repos/alta3/labs/jobs",
            owner,
            &json!({ "name": "nightly build", "ref": "refs/heads/main", "expires_in": 86_400 }),
        );
        let pending = office.token(&tomas, &wish("enchilada-install-2026-11-21", 90, &six));
        let own = json!({ "name": "notes on my laptop", "expires_in": 7, "repositories": "all",
            "permissions": { "contents": "write" } });
        office.token(&tomas, &own);
        let suspended = office.token(&tomas, &wish("old-laptop", 60, &["labs"]));
        office.token_call(&tomas, &suspended, "suspend", &Value::Null);
        let classic = office.classic(&tomas, "old deploy tool", &["repo", "gist"]);
        let places = ["orgs/alta3", "repos/alta3/labs"];
        let hooks = places.map(|at| office.hook(&lena, at));
        let labs = office.must(
            "GET",
            "/api/v3/repos/alta3/labs",
            Some(&lena.client),
            &Value::Null,
        );
        let labs = [labs["id"].as_i64().unwrap()];
        for (by, at) in [
            (&lena, "orgs/alta3/actions"),
            (&lena, "repos/alta3/labs/actions"),
            (&tomas, "user/codespaces"),
            (&lena, "user/codespaces"),
        ] {
            office.job_secret(by, at, "DEPLOY_KEY", &labs);
        }
        for (person, owner) in [(&lena, "alta3"), (&tomas, "tomas")] {
            let wish = json!({ "name": format!("publishes {owner}"), "owner": owner, "repositories": "all",
                "permissions": { "packages": "write" } });
            let token = office.token(person, &wish).value;
            let name = format!("@{owner}/pad");
            assert_eq!(office.publish(&token, &name, "1.0.0").status, 201);
        }
        let workload = workload(&office, &lena);
        office.all_delivered();
        let told = [0, 1].map(|one| office.delivery(&lena, places[one], hooks[one]));
        let board = application(&office, "/api/jeton/v1/applications", &tomas, "Board");
        let path = format!("/api/jeton/v1/applications/{}/secrets", board.0);
        office.must("POST", &path, Some(&tomas.client), &json!({}));
        let path = "/api/jeton/v1/orgs/alta3/applications";
        let classroom = application(&office, path, &lena, "Classroom");
        let token = Visitor::signed_in(&office, "tomas").lets_in(GH, "repo gist");
        assert!(token["access_token"].is_string(), "{token}");
        office.must(
            "POST",
            "/api/jeton/v1/orgs/alta3/application-requests",
            Some(&tomas.client),
            &json!({ "client_id": GH }),
        );
        office.later(Span::from_seconds(3600));
        let (noor, lena, tomas) = (
            office.sign_in(&noor.login),
            office.sign_in(&lena.login),
            office.sign_in(&tomas.login),
        );
        Self {
            office,
            invitation,
            _letters: letters,
            noor,
            lena,
            tomas,
            ines,
            rule,
            pending,
            active,
            classic,
            service_token: service_token["id"].as_i64().unwrap(),
            hooks,
            told,
            workload,
            board,
            classroom,
        }
    }

    /// The number of the access that was granted.
    pub fn grant(&self) -> i64 {
        let list = self.office.must(
            "GET",
            "/api/v3/orgs/alta3/personal-access-tokens",
            Some(&self.lena.client),
            &Value::Null,
        );
        list[0]["id"].as_i64().unwrap()
    }

    /// What the page of a sign-in of npm that waits is found by.
    pub fn npm_sign_in(&self) -> String {
        let path = "/npm/-/v1/login";
        let who = json!({ "hostname": "classroom-7" });
        let begun = self.office.must("POST", path, None, &who);
        let (_, code) = begun["loginUrl"]
            .as_str()
            .unwrap()
            .rsplit_once('/')
            .unwrap();
        code.to_owned()
    }

    /// The number of the request that waits.
    pub fn request(&self) -> i64 {
        let list = self.office.must(
            "GET",
            "/api/v3/orgs/alta3/personal-access-token-requests",
            Some(&self.lena.client),
            &Value::Null,
        );
        list[0]["id"].as_i64().unwrap()
    }
}

/// The code of the link in the letter to somebody who is invited, once it is there.
pub fn mailed_code(letters: &std::path::Path, address: &str) -> String {
    for _ in 0..150 {
        for entry in std::fs::read_dir(letters).into_iter().flatten().flatten() {
            let text = std::fs::read_to_string(entry.path()).unwrap_or_default();
            let plain = text.replace("=\r\n", "").replace("=\n", "");
            if let Some((_, rest)) = plain
                .contains(address)
                .then_some(&plain)
                .and_then(|text| text.split_once("/invitations/"))
            {
                return rest.chars().take_while(char::is_ascii_hexdigit).collect();
            }
        }
        std::thread::sleep(std::time::Duration::from_millis(200));
    }
    panic!("no invitation was mailed to {address}");
}

/// Registers an application.
fn application(office: &Office, path: &str, by: &Person, name: &str) -> (i64, String) {
    let wish = json!({ "name": name, "description": "Shows who teaches what", "url": "https://board.example",
        "callbacks": ["https://board.example/back"], "device_flow": true });
    let made = office.must("POST", path, Some(&by.client), &wish);
    let client_id = made["client_id"].as_str().unwrap().to_owned();
    (made["id"].as_i64().unwrap(), client_id)
}

/// GitHub's command line.
pub const GH: &str = "178c6fc778ccc68e1d6a";

fn wish(name: &str, days: u32, repositories: &[&str]) -> Value {
    json!({
        "name": name,
        "description": "Installs the labs of a classroom",
        "owner": "alta3",
        "justification": "The class begins on Monday",
        "expires_in": days,
        "repositories": repositories,
        "permissions": { "contents": "read" },
    })
}
