//! Two organizations, their people, and requests to both doors.

use std::path::PathBuf;

use serde_json::{Value, json};

use crate::support::Site;
use crate::support::git::Machine;
use crate::support::http::{Answer, basic, carriers, send};
use crate::support::world::{Person, Token};

/// `acme` has the private repositories `code` and `secret` and the public `open`, all with a commit,
/// and gives members nothing by itself. `mia` is a member who writes `code`; `oscar` reads `code` from
/// outside; `sam` has nothing to do with it; `olivia` owns it. `gwen` owns `globex`.
pub struct World {
    pub site: Site,
    pub machine: Machine,
    pub olivia: Person,
    pub mia: Person,
    pub oscar: Person,
    pub sam: Person,
    pub gwen: Person,
    pub source: PathBuf,
}

impl World {
    pub fn new() -> Self {
        Self::with(&[])
    }

    /// With settings beside those that every world has: one address makes thousands of failures here.
    pub fn with(settings: &[(&'static str, &str)]) -> Self {
        let mut all = vec![("rates.failures", "0"), ("rates.anonymous", "0")];
        all.extend(settings);
        let site = Site::with(&all);
        let machine = Machine::new();
        let [olivia, mia, oscar, sam, gwen] =
            ["olivia", "mia", "oscar", "sam", "gwen"].map(|login| site.person(login, false));
        site.organization("acme", &olivia);
        site.organization("globex", &gwen);
        let none = json!({ "default_repository_permission": "none" });
        site.must("PATCH", "/api/v3/orgs/acme", Some(&olivia.client), &none);
        for (name, visibility) in [
            ("code", "private"),
            ("secret", "private"),
            ("open", "public"),
        ] {
            site.repository("acme", &olivia, name, visibility);
        }
        site.member("acme", &olivia, &mia, "member");
        for (person, permission) in [(&mia, "push"), (&oscar, "pull")] {
            site.collaborator("acme/code", &olivia, person, permission);
        }
        let source = machine.working_copy("source");
        let world = Self {
            site,
            machine,
            olivia,
            mia,
            oscar,
            sam,
            gwen,
            source,
        };
        let fill = world.owners("fill", &json!("all"), &json!({ "contents": "write" }));
        for name in ["code", "secret", "open"] {
            world
                .machine
                .git_in(
                    &world.source,
                    &["push", &world.url(&fill.value, name), "main"],
                )
                .succeeded();
        }
        world
    }

    /// A token of the owner for `acme`: approved by itself.
    pub fn owners(&self, name: &str, repositories: &Value, permissions: &Value) -> Token {
        let wish = json!({
            "name": name, "owner": "acme", "repositories": repositories, "permissions": permissions,
        });
        self.site.token(&self.olivia, &wish)
    }

    /// A member's token for `acme`, not approved yet.
    pub fn asked(&self, name: &str, repositories: &Value, permissions: &Value) -> Token {
        let wish = json!({
            "name": name, "owner": "acme", "repositories": repositories, "permissions": permissions,
        });
        self.site.token(&self.mia, &wish)
    }

    /// A member's token for `acme/code`, approved.
    pub fn members(&self, name: &str, contents: &str) -> Token {
        let token = self.asked(name, &json!(["code"]), &json!({ "contents": contents }));
        self.site.approve("acme", &self.olivia, &token);
        token
    }

    pub fn url(&self, value: &str, name: &str) -> String {
        let host = self.site.url().trim_start_matches("http://");
        format!("http://x:{value}@{host}/acme/{name}.git")
    }

    /// One request without a body, with this `Authorization`.
    pub fn ask(&self, method: &str, target: &str, authorization: Option<&str>) -> Answer {
        let headers: Vec<(&str, &str)> = authorization
            .iter()
            .map(|value| ("authorization", *value))
            .collect();
        send(self.site.address(), method, target, &headers, b"")
    }

    /// One request with a JSON body and this `Authorization`.
    pub fn send(&self, method: &str, path: &str, authorization: &str, body: &Value) -> Answer {
        let headers = [
            ("authorization", authorization),
            ("content-type", "application/json"),
        ];
        let bytes = serde_json::to_vec(body).unwrap();
        send(self.site.address(), method, path, &headers, &bytes)
    }

    /// By every carrier a value shows its kind and its scopes, and does what they cover and no more. `private` and `open`: what
    /// `acme/secret` and `acme/open` answer to a fetch, a push and a change.
    pub fn scopes_hold(
        &self,
        (kind, value, scopes): (&str, &str, &str),
        private: [u16; 3],
        open: [u16; 3],
    ) {
        for (carrier, header) in carriers(value) {
            let view = self.ask("GET", "/api/jeton/v1/token", Some(&header));
            let said = (
                view.json()["kind"].clone(),
                view.header("x-oauth-scopes").map(str::to_owned),
            );
            assert_eq!(said, (json!(kind), Some(scopes.to_owned())), "{carrier}");
            for (name, expected) in [("secret", private), ("open", open)] {
                let change = json!({ "description": carrier });
                let path = format!("/api/v3/repos/acme/{name}");
                let said = [
                    self.ask("GET", &fetch_target(name), Some(&header)).status,
                    self.ask("GET", &push_target(name), Some(&header)).status,
                    self.send("PATCH", &path, &header, &change).status,
                ];
                assert_eq!(
                    said, expected,
                    "{kind} with `{scopes}` as {carrier} on {name}"
                );
            }
        }
    }

    /// The first request of a fetch.
    pub fn fetch(&self, value: Option<&str>, name: &str) -> Answer {
        let header = value.map(|value| basic("x", value));
        self.ask("GET", &fetch_target(name), header.as_deref())
    }

    pub fn get(&self, value: &str, path: &str) -> Answer {
        self.site.call("GET", path, Some(value), &Value::Null)
    }
}

pub fn fetch_target(name: &str) -> String {
    format!("/acme/{name}.git/info/refs?service=git-upload-pack")
}

pub fn push_target(name: &str) -> String {
    format!("/acme/{name}.git/info/refs?service=git-receive-pack")
}
