//! People, an organization and its repositories, made through the doors.

use jeton_app::App;
use serde_json::{Value, json};

use super::Site;
use super::http::{Answer, send};

pub const PASSWORD: &str = "correct horse battery";
/// Well-formed, its checksum is right, and it is nobody's.
pub const UNKNOWN: &str = "jtu_0000000000000000000000000000002C8GjS";

/// A person with a signed-in client.
#[derive(Clone, Debug)]
pub struct Person {
    pub login: String,
    pub client: String,
}

/// A token just made.
#[derive(Clone, Debug)]
pub struct Token {
    pub id: i64,
    pub value: String,
    pub made: Value,
}

impl Site {
    /// One request with a JSON body.
    pub fn call(&self, method: &str, path: &str, credential: Option<&str>, body: &Value) -> Answer {
        let bearer = credential.map(|value| format!("Bearer {value}"));
        let mut headers = vec![("accept", "application/json")];
        if let Some(bearer) = &bearer {
            headers.push(("authorization", bearer));
        }
        let body = if body.is_null() {
            Vec::new()
        } else {
            serde_json::to_vec(body).unwrap()
        };
        if !body.is_empty() {
            headers.push(("content-type", "application/json"));
        }
        send(self.address(), method, path, &headers, &body)
    }

    /// A request that must succeed.
    #[track_caller]
    pub fn must(&self, method: &str, path: &str, credential: Option<&str>, body: &Value) -> Value {
        let answer = self.call(method, path, credential, body);
        assert!(
            (200..300).contains(&answer.status),
            "{method} {path}: {} {}",
            answer.status,
            answer.text()
        );
        answer.json()
    }

    /// A person, made by the operator, and signed in.
    pub fn person(&self, login: &str, administrator: bool) -> Person {
        self.made(login, administrator);
        self.sign_in(login)
    }

    /// A person, made by the operator, who has not signed in yet.
    pub fn person_unsigned(&self, login: &str) {
        self.made(login, false);
    }

    fn made(&self, login: &str, administrator: bool) {
        let app: &App = self.app();
        let password = jeton_app::Password::new(PASSWORD);
        let email = format!("{login}@example.org");
        jeton_app::admin::create_user(app, login, &email, &password, administrator).unwrap();
    }

    pub fn sign_in(&self, login: &str) -> Person {
        let signed = self.must(
            "POST",
            "/api/jeton/v1/sign-in",
            None,
            &json!({ "login": login, "password": PASSWORD, "label": "test" }),
        );
        Person {
            login: login.to_owned(),
            client: signed["token"].as_str().unwrap().to_owned(),
        }
    }

    pub fn organization(&self, login: &str, owner: &Person) {
        self.must(
            "POST",
            "/api/jeton/v1/orgs",
            Some(&owner.client),
            &json!({ "login": login }),
        );
    }

    /// Makes a person a member: who is invited accepts.
    pub fn member(&self, org: &str, owner: &Person, person: &Person, role: &str) {
        let path = format!("/api/v3/orgs/{org}/memberships/{}", person.login);
        let role = json!({ "role": role });
        let made = self.must("PUT", &path, Some(&owner.client), &role);
        if made["state"] == "pending" {
            self.accept(org, person);
        }
    }

    /// Accepts the invitation into an organization.
    #[track_caller]
    pub fn accept(&self, org: &str, person: &Person) {
        let path = "/api/jeton/v1/invitations";
        let own = self.must("GET", path, Some(&person.client), &Value::Null);
        let id = own
            .as_array()
            .unwrap()
            .iter()
            .find(|one| one["organization"] == org)
            .and_then(|one| one["id"].as_i64())
            .unwrap();
        let path = format!("{path}/{id}/accept");
        self.must("POST", &path, Some(&person.client), &json!({}));
    }

    /// An organization's service account, which writes to each of its repositories.
    #[track_caller]
    pub fn service_account(&self, org: &str, owner: &Person, login: &str) {
        let path = format!("/api/jeton/v1/orgs/{org}/service-accounts");
        let words = json!({ "login": login, "role": "write" });
        self.must("POST", &path, Some(&owner.client), &words);
    }

    /// Gives a person a role on a repository: who is invited accepts.
    #[track_caller]
    pub fn collaborator(&self, path: &str, owner: &Person, person: &Person, permission: &str) {
        let path = format!("/api/v3/repos/{path}/collaborators/{}", person.login);
        let role = json!({ "permission": permission });
        let invited = self.must("PUT", &path, Some(&owner.client), &role);
        if let Some(id) = invited["id"].as_i64() {
            let answer = format!("/api/v3/user/repository_invitations/{id}");
            self.must("PATCH", &answer, Some(&person.client), &Value::Null);
        }
    }

    pub fn repository(&self, org: &str, owner: &Person, name: &str, visibility: &str) {
        let path = format!("/api/v3/orgs/{org}/repos");
        self.must(
            "POST",
            &path,
            Some(&owner.client),
            &json!({ "name": name, "visibility": visibility }),
        );
    }

    #[track_caller]
    pub fn token(&self, person: &Person, wish: &Value) -> Token {
        self.made_at("/api/jeton/v1/tokens", person, wish)
    }

    /// A classic token with these scopes, called by its name.
    pub fn classic(&self, person: &Person, name: &str, scopes: &[&str]) -> Token {
        let wish = json!({ "name": name, "scopes": scopes });
        self.made_at("/api/jeton/v1/classic-tokens", person, &wish)
    }

    fn made_at(&self, path: &str, person: &Person, wish: &Value) -> Token {
        let made = self.must("POST", path, Some(&person.client), wish);
        Token {
            id: made["id"].as_i64().unwrap(),
            value: made["token"].as_str().unwrap().to_owned(),
            made,
        }
    }

    /// Approves what a token asks for.
    #[track_caller]
    pub fn approve(&self, org: &str, owner: &Person, token: &Token) {
        let list = self.must(
            "GET",
            &format!("/api/v3/orgs/{org}/personal-access-token-requests"),
            Some(&owner.client),
            &Value::Null,
        );
        let id = list
            .as_array()
            .unwrap()
            .iter()
            .find(|r| r["token_id"] == json!(token.id))
            .and_then(|r| r["id"].as_i64())
            .unwrap();
        self.must(
            "POST",
            &format!("/api/v3/orgs/{org}/personal-access-token-requests/{id}"),
            Some(&owner.client),
            &json!({ "action": "approve" }),
        );
    }

    pub fn token_call(&self, person: &Person, token: &Token, what: &str, body: &Value) -> Answer {
        let path = format!("/api/jeton/v1/tokens/{}/{what}", token.id);
        self.call("POST", &path, Some(&person.client), body)
    }
}
