//! The routes of the tables, with names in their paths that are there.

use jeton_http::Route;

/// The route's path and query under a prefix, about a repository of `acme`.
pub fn target(route: &Route, prefix: &str, repository: &str) -> String {
    target_of(route, prefix, repository, &|_| 1)
}

/// As [`target`], with these numbers of tokens, requests, grants and sign-ins.
pub fn target_of(
    route: &Route,
    prefix: &str,
    repository: &str,
    number: &dyn Fn(&str) -> i64,
) -> String {
    let filled: Vec<String> = route
        .path
        .split('/')
        .map(|part| {
            match part {
                "{org}" | "{owner}" => "acme".to_owned(),
                "{repo}" => repository.to_owned(),
                "{username}" | "{login}" => "mia".to_owned(),
                "{team_slug}" => "core".to_owned(),
                "{service}" => "deployer".to_owned(),
                "{secret_name}" => "DEPLOY_KEY".to_owned(),
                "{client_id}" => "178c6fc778ccc68e1d6a".to_owned(),
                "{hook_id}" | "{delivery_id}" if route.path.starts_with("/repos/") => {
                    number(&part.replace('{', "{repository_")).to_string()
                }
                other if super::packages::named(route, other, repository).is_some() => {
                    super::packages::named(route, other, repository).unwrap()
                }
                // People come first.
                "{account_id}" => "1".to_owned(),
                "{org_id}" | "{repository_id}" | "{token_id}" | "{application_id}"
                | "{secret_id}" | "{pat_id}" | "{pat_request_id}" | "{sign_in_id}"
                | "{rule_id}" | "{invitation_id}" | "{passkey_id}" | "{hook_id}"
                | "{delivery_id}" | "{issuer_id}" | "{workload_rule_id}" => {
                    number(part).to_string()
                }
                other if super::filled::named(route, other).is_some() => {
                    super::filled::named(route, other).unwrap().to_owned()
                }
                other => {
                    // A new name says here what is there of its kind.
                    assert!(!other.starts_with('{'), "{other} of {}", route.path);
                    other.to_owned()
                }
            }
        })
        .collect();
    let query = route
        .selector
        .map_or_else(String::new, |(name, value)| format!("?{name}={value}"));
    format!("{prefix}{}{query}", filled.join("/"))
}
