//! Secrets for jobs, sealed as clients seal them.

use serde_json::{Value, json};

use super::Site;
use super::world::Person;

impl Site {
    /// The number of the key of a place as `orgs/acme/actions`, and a value that is sealed with it.
    pub fn sealed(&self, by: &Person, at: &str) -> (String, String) {
        let path = format!("/api/v3/{at}/secrets/public-key");
        let key = self.must("GET", &path, Some(&by.client), &Value::Null);
        let text = |name: &str| key[name].as_str().unwrap().to_owned();
        let sealed = jeton_client::sealed(&text("key"), b"well kept").unwrap();
        (text("key_id"), sealed)
    }

    /// Sets one of a place, with these fields besides.
    pub fn set_job_secret(&self, by: &Person, at: &str, name: &str, more: &Value) {
        let (key_id, sealed) = self.sealed(by, at);
        let mut body = json!({ "encrypted_value": sealed, "key_id": key_id });
        let fields = body.as_object_mut().unwrap();
        fields.extend(more.as_object().unwrap().clone());
        let path = format!("/api/v3/{at}/secrets/{name}");
        self.must("PUT", &path, Some(&by.client), &body);
    }

    /// Sets one of a place, for these repositories, where it is not a repository's own.
    pub fn job_secret(&self, by: &Person, at: &str, name: &str, repositories: &[i64]) {
        let mut more = json!({ "visibility": "selected", "selected_repository_ids": repositories });
        if at.starts_with("repos/") {
            more = json!({});
        }
        self.set_job_secret(by, at, name, &more);
    }
}
