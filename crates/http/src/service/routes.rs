//! What a service serves, asked without a request: for `explain`.

use std::sync::Arc;

use http::HeaderMap;
use jeton_app::Resolved;

use super::parse_query;
use crate::input::Input;
use crate::route::Method;
use crate::table::{Found, Tables};
use crate::{moved, path};

/// What a service serves, to be asked without a request.
#[derive(Clone, Debug)]
pub struct Routes(pub(super) Arc<Tables>);

impl Routes {
    /// What a method and a path with its query lead to: what the service would serve. `method` may be
    /// one of Git's words, `clone`, `fetch` or `push`, with a repository's path; a path may leave out
    /// GitHub's prefix.
    pub fn resolve(&self, method: &str, path_and_query: &str) -> Option<Resolved> {
        let (path, query) = path_and_query
            .split_once('?')
            .unwrap_or((path_and_query, ""));
        let git = match method.to_ascii_lowercase().as_str() {
            "clone" | "fetch" | "pull" => Some("git-upload-pack"),
            "push" => Some("git-receive-pack"),
            _ => None,
        };
        if let Some(service) = git {
            let path = format!("/{}/info/refs", path.trim_matches('/'));
            return self.found("GET", &path, &format!("service={service}"));
        }
        let method = method.to_ascii_uppercase();
        self.found(&method, path, query)
            .or_else(|| self.found(&method, &format!("/api/v3{path}"), query))
    }

    fn found(&self, method: &str, path: &str, query: &str) -> Option<Resolved> {
        let path = path::decoded(path)?;
        let query = parse_query(query);
        let Found::Route(served, path) = self.0.find(Method::parse(method), &path, &query) else {
            return None;
        };
        let named = served.named(&path);
        let input = Input {
            path,
            query,
            body: serde_json::Map::new(),
            form: Vec::new(),
            form_key: String::new(),
            headers: HeaderMap::new(),
            basic: None,
            route: served.route,
            strict: served.strict,
            negotiates: served.negotiates,
            at_registry: false,
        };
        let rule = served.route.rule;
        Some(Resolved {
            operation: served.route.operation,
            named,
            door: served.door,
            status: served.route.answer.0,
            moved: moved::status(served.route.method).as_u16(),
            rule: Box::new(move |unit, acting| {
                input.check_query()?;
                rule.map_or(Ok(()), |rule| rule(unit, acting, &input))
            }),
        })
    }
}
