//! The routes of the tables, with names in their paths that are there.

use jeton_http::Route;

/// The route's path and query under a prefix, about a repository of `acme`.
pub fn target(route: &Route, prefix: &str, repository: &str) -> String {
    let filled: Vec<String> = route
        .path
        .split('/')
        .map(|part| {
            match part {
                "{org}" | "{owner}" => "acme",
                "{repo}" => repository,
                "{username}" | "{login}" => "mia",
                "{team_slug}" => "core",
                other if other.starts_with('{') => "1",
                other => other,
            }
            .to_owned()
        })
        .collect();
    let query = route
        .selector
        .map_or_else(String::new, |(name, value)| format!("?{name}={value}"));
    format!("{prefix}{}{query}", filled.join("/"))
}
