//! From an earlier name of a repository or an account to the present one: the same request, at its present address.

use http::header::LOCATION;
use http::{StatusCode, Uri};

use crate::base::Base;
use crate::parameter::parameter_name;
use crate::refusal::Refused;
use crate::route::{Method, Names, Route};

/// What a request named is called now. Lies beside an answer until the request's own address is at hand.
#[derive(Clone, Debug)]
pub(crate) struct Moved {
    /// The account's name, or that of the repository's owner.
    pub(crate) owner: String,
    /// The repository's; nothing, where the path is about the account.
    pub(crate) name: Option<String>,
}

impl Moved {
    /// The answer that leads there. A read has moved for good; of anything else the client is told to
    /// say the same again, by method and body, which 301 does not ask for.
    pub(crate) fn refused(&self, route: &Route, uri: &Uri, base: &Base<'_>) -> Refused {
        let status = status(route.method);
        let target = self.target(route.path, route.names, uri);
        // A form can name what its address does not: the same address would lead here again.
        if uri.path_and_query().is_some_and(|asked| *asked == *target) {
            return Refused::not_found();
        }
        let url = base.address(&target);
        Refused::new(status, status.canonical_reason().unwrap_or("Moved"))
            .field("url", url.clone())
            .header(LOCATION, &url)
    }

    /// The request's path and query with the present names in place of the earlier ones.
    fn target(&self, route: &str, names: Names, uri: &Uri) -> String {
        let mut segments: Vec<&str> = uri.path().split('/').collect();
        let before = before(&segments, route);
        let account = account(route, names);
        for (segment, word) in segments.iter_mut().skip(before).zip(route.split('/')) {
            match (&self.name, parameter_name(word)) {
                (Some(_), Some("owner")) => *segment = &self.owner,
                (Some(name), Some("repo")) => *segment = name,
                (None, Some(word)) if Some(word) == account => *segment = &self.owner,
                _ => {}
            }
        }
        let path = segments.join("/");
        match uri.query() {
            Some(query) => format!("{path}?{query}"),
            None => path,
        }
    }
}

/// The parameter that names the account that a route is about: where the decision does not know of it, the first
/// one, as in `/users/{username}/repos`.
fn account(route: &str, names: Names) -> Option<&str> {
    match names {
        Names::Organization(name) => Some(name),
        Names::Site => route.split('/').find_map(parameter_name),
        Names::Own
        | Names::OrganizationNumber(_)
        | Names::RepositoryNumber(_)
        | Names::Repository(..)
        | Names::Package(..)
        | Names::PackageOf(..)
        | Names::NewPackage(..)
        | Names::GitRepository(..) => None,
    }
}

/// How many segments stand before those that the route speaks of: those of its table's prefix. A route that takes
/// the rest of a path has no length to be counted from the end by; there the first place is meant where its words stand.
fn before(segments: &[&str], route: &str) -> usize {
    let words: Vec<&str> = route.split('/').collect();
    let Some(rest) = words.iter().position(|word| word.starts_with("{*")) else {
        return segments.len().saturating_sub(words.len());
    };
    let words = words.get(..=rest).unwrap_or_default();
    let fits = |before: &usize| {
        // What stands before the first `/` is the prefix's own.
        let pairs = segments.iter().skip(before + 1).zip(words.iter().skip(1));
        pairs.clone().count() + 1 == words.len()
            && pairs
                .filter(|(_, word)| !word.starts_with('{'))
                .all(|(segment, word)| segment == word)
    };
    (0..segments.len()).find(fits).unwrap_or(0)
}

/// By which status a route leads from an earlier name to the present one.
pub(crate) fn status(method: Method) -> StatusCode {
    match method {
        Method::Get => StatusCode::MOVED_PERMANENTLY,
        Method::Post | Method::Put | Method::Patch | Method::Delete => {
            StatusCode::TEMPORARY_REDIRECT
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_names_change() {
        let moved = Moved {
            owner: "Ada".to_owned(),
            name: Some("new.lab".to_owned()),
        };
        let names = Names::Repository("owner", "repo");
        let target = |route, uri: &str| moved.target(route, names, &uri.parse().unwrap());
        let plain = "/repos/{owner}/{repo}";
        assert_eq!(
            target(plain, "/api/v3/repos/ada/lab"),
            "/api/v3/repos/Ada/new.lab"
        );
        assert_eq!(
            target(
                "/repos/{owner}/{repo}/collaborators/{username}",
                "/api/v3/repos/ada/lab/collaborators/lab?a=%20"
            ),
            "/api/v3/repos/Ada/new.lab/collaborators/lab?a=%20"
        );
        assert_eq!(
            target(
                "/orgs/{org}/teams/{team_slug}/repos/{owner}/{repo}",
                "/api/orgs/ada/teams/lab/repos/ada/lab"
            ),
            "/api/orgs/ada/teams/lab/repos/Ada/new.lab"
        );
        let rest = "/repos/{owner}/{repo}/contents/{*path}";
        for (asked, leads) in [
            (
                "/api/v3/repos/ada/lab/contents/a/b/c?ref=x",
                "/api/v3/repos/Ada/new.lab/contents/a/b/c?ref=x",
            ),
            (
                "/api/repos/repos/repos/contents/repos/ada/lab/contents/x",
                "/api/repos/Ada/new.lab/contents/repos/ada/lab/contents/x",
            ),
            (
                "/api/v3/repos/ada/lab/contents/a%2Fb",
                "/api/v3/repos/Ada/new.lab/contents/a%2Fb",
            ),
        ] {
            assert_eq!(target(rest, asked), leads);
        }
        assert_eq!(
            target(
                "/repos/{owner}/{repo}/branches/{*branch}/rename",
                "/api/v3/repos/ada/lab/branches/a/b/rename"
            ),
            "/api/v3/repos/Ada/new.lab/branches/a/b/rename"
        );
    }

    #[test]
    fn only_the_account_changes() {
        let moved = Moved {
            owner: "Ada".to_owned(),
            name: None,
        };
        let target = |route, names, uri: &str| moved.target(route, names, &uri.parse().unwrap());
        for (route, names, asked, leads) in [
            (
                "/orgs/{org}/teams/{team_slug}/repos/{owner}/{repo}",
                Names::Organization("org"),
                "/api/v3/orgs/ad/teams/ad/repos/ad/ad?q=ad",
                "/api/v3/orgs/Ada/teams/ad/repos/ad/ad?q=ad",
            ),
            (
                "/orgs/{org}/members/{username}",
                Names::Organization("org"),
                "/api/orgs/orgs/members/ad",
                "/api/orgs/Ada/members/ad",
            ),
            (
                "/users/{username}/repos",
                Names::Site,
                "/api/v3/users/ad/repos",
                "/api/v3/users/Ada/repos",
            ),
            ("/{owner}", Names::Site, "/ad?page=2", "/Ada?page=2"),
            ("/new", Names::Site, "/new", "/new"),
        ] {
            assert_eq!(target(route, names, asked), leads);
        }
    }
}
