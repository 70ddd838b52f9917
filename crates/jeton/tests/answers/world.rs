//! An organization with a secret repository, and the routes of the REST door.

use jeton::server::TABLES;
use jeton_http::Route;
use serde_json::{Value, json};

use crate::support::Site;
use crate::support::http::Answer;
use crate::support::world::{Person, Token};

pub struct World {
    pub site: Site,
    pub olivia: Person,
    pub mia: Person,
}

impl World {
    pub fn new(settings: &[(&'static str, &str)]) -> Self {
        let all = [("rates.failures", "0"), ("rates.anonymous", "0")];
        let settings: Vec<_> = all.iter().chain(settings).copied().collect();
        let site = Site::with(&settings);
        let (olivia, mia) = (site.person("olivia", true), site.person("mia", false));
        site.organization("acme", &olivia);
        site.member("acme", &olivia, &mia, "member");
        site.repository("acme", &olivia, "secret", "private");
        site.must(
            "POST",
            "/api/v3/orgs/acme/teams",
            Some(&olivia.client),
            &json!({ "name": "core" }),
        );
        Self { site, olivia, mia }
    }

    pub fn by(&self, person: &Person, method: &str, path: &str, body: &Value) -> Answer {
        self.site.call(method, path, Some(&person.client), body)
    }

    /// A token of mia's for `acme`, approved.
    pub fn token(&self, name: &str) -> Token {
        let wish = json!({
            "name": name, "owner": "acme", "repositories": ["secret"], "permissions": { "contents": "read" },
        });
        let token = self.site.token(&self.mia, &wish);
        self.site.approve("acme", &self.olivia, &token);
        token
    }
}

pub fn rest() -> impl Iterator<Item = (&'static Route, &'static str, bool)> {
    TABLES
        .iter()
        .filter(|table| {
            table
                .prefixes
                .iter()
                .any(|prefix| prefix.starts_with("/api"))
        })
        .flat_map(|table| {
            let prefix = table.prefixes[0];
            table
                .routes
                .iter()
                .map(move |route| (route, prefix, table.strict_fields))
        })
}

pub fn check_faults(answer: &Answer, what: &str) -> Vec<String> {
    let body = answer.json();
    assert_eq!(body["message"], "Validation Failed", "{what}");
    let errors = body["errors"].as_array().unwrap();
    assert!(!errors.is_empty(), "{what}");
    errors
        .iter()
        .map(|error| {
            let text = |name: &str| error[name].as_str().unwrap().to_owned();
            let codes = [
                "missing",
                "missing_field",
                "invalid",
                "already_exists",
                "unprocessable",
                "custom",
            ];
            assert!(codes.contains(&text("code").as_str()), "{what}: {error}");
            assert!(!text("resource").is_empty(), "{what}: {error}");
            assert!(text("message").len() > 8, "{what}: {error}");
            text("field")
        })
        .collect()
}
