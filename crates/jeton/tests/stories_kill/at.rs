//! Where the writers write, and as whom.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};

use serde_json::{Value, json};

use super::server::Server;
use crate::support::http::{Answer, try_send};
use crate::support::world::PASSWORD;

pub const ORGANIZATION: &str = "acme";
/// A private repository that every member may read.
pub const BASE: &str = "base";
/// Who comes and goes.
pub const PAWNS: [&str; 3] = ["pia", "pit", "pol"];

/// The server went away before it answered.
#[derive(Debug)]
pub struct Gone;

/// Values of signed-in clients. They outlive every kill.
pub struct People {
    /// Owns the organization.
    pub owner: String,
    /// A member, whose tokens need approval.
    pub member: String,
    pub pawns: Vec<String>,
    /// An owner's token that may push.
    pub push: String,
}

impl People {
    pub fn arrive(server: &Server) -> Self {
        let gone = AtomicBool::new(false);
        let nobody = Self {
            owner: String::new(),
            member: String::new(),
            pawns: Vec::new(),
            push: String::new(),
        };
        let at = At {
            server: server.address(),
            people: &nobody,
            gone: &gone,
        };
        let arrive = |login: &str| {
            server.add_user(login);
            let body = json!({ "login": login, "password": PASSWORD, "label": "kill" });
            let signed = at
                .must("POST", "/api/jeton/v1/sign-in", None, &body)
                .unwrap();
            signed["token"].as_str().unwrap().to_owned()
        };
        let owner = arrive("olivia");
        let member = arrive("mia");
        let pawns = PAWNS.iter().map(|login| arrive(login)).collect();
        let must =
            |method, path: &str, body: &Value| at.must(method, path, Some(&owner), body).unwrap();
        must(
            "POST",
            "/api/jeton/v1/orgs",
            &json!({ "login": ORGANIZATION }),
        );
        must(
            "PUT",
            &format!("/api/v3/orgs/{ORGANIZATION}/memberships/mia"),
            &json!({ "role": "member" }),
        );
        must(
            "POST",
            &format!("/api/v3/orgs/{ORGANIZATION}/repos"),
            &json!({ "name": BASE }),
        );
        let push = must(
            "POST",
            "/api/jeton/v1/tokens",
            &json!({
                "name": "push", "owner": ORGANIZATION, "repositories": "all", "permissions": { "contents": "write" },
            }),
        );
        let push = push["token"].as_str().unwrap().to_owned();
        // Two who use it for the first time at once would take a number each, and one would say nothing.
        assert_eq!(
            at.look(&format!("/api/v3/repos/{ORGANIZATION}/{BASE}"), &push)
                .0,
            200
        );
        Self {
            owner,
            member,
            pawns,
            push,
        }
    }
}

/// The running server, as a writer sees it.
pub struct At<'a> {
    pub server: SocketAddr,
    pub people: &'a People,
    /// Set just before it is killed.
    pub gone: &'a AtomicBool,
}

impl At<'_> {
    pub fn call(
        &self,
        method: &str,
        path: &str,
        credential: Option<&str>,
        key: Option<&str>,
        body: &Value,
    ) -> Result<Answer, Gone> {
        let bearer = credential.map(|value| format!("Bearer {value}"));
        let mut headers = vec![("accept", "application/json")];
        headers.extend(bearer.as_deref().map(|bearer| ("authorization", bearer)));
        headers.extend(key.map(|key| ("idempotency-key", key)));
        let body = if body.is_null() {
            Vec::new()
        } else {
            body.to_string().into_bytes()
        };
        if !body.is_empty() {
            headers.push(("content-type", "application/json"));
        }
        match try_send(self.server, method, path, &headers, &body) {
            Ok(answer) => Ok(answer),
            Err(_) if self.gone.load(Ordering::SeqCst) => Err(Gone),
            Err(error) => panic!("the server went away by itself: {method} {path}: {error}"),
        }
    }

    /// A request whose answer, if there is one, must be 2xx.
    #[track_caller]
    pub fn must(
        &self,
        method: &str,
        path: &str,
        credential: Option<&str>,
        body: &Value,
    ) -> Result<Value, Gone> {
        self.must_once(method, path, credential, None, body)
    }

    /// As [`At::must`], with an idempotency key.
    #[track_caller]
    pub fn must_once(
        &self,
        method: &str,
        path: &str,
        credential: Option<&str>,
        key: Option<&str>,
        body: &Value,
    ) -> Result<Value, Gone> {
        let answer = self.call(method, path, credential, key, body)?;
        assert!(
            (200..300).contains(&answer.status),
            "{method} {path}: {} {}",
            answer.status,
            answer.text()
        );
        Ok(answer.json())
    }

    /// The status of a reading request, and its body.
    pub fn look(&self, path: &str, credential: &str) -> (u16, Value) {
        let answer = self
            .call("GET", path, Some(credential), None, &Value::Null)
            .unwrap();
        (answer.status, answer.json())
    }
}
