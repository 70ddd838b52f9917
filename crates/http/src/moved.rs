//! From an earlier name of a repository to the present one: the same request, at its present address.

use http::header::LOCATION;
use http::{StatusCode, Uri};

use crate::base::Base;
use crate::refusal::Refused;
use crate::route::{Method, Route};

/// What the repository that a request named is called now. Lies beside an answer until the request's own
/// address is at hand.
#[derive(Clone, Debug)]
pub(crate) struct Moved {
    pub(crate) owner: String,
    pub(crate) name: String,
}

impl Moved {
    /// The answer that leads there. A read has moved for good; of anything else the client is told to
    /// say the same again, by method and body, which 301 does not ask for.
    pub(crate) fn refused(&self, route: &Route, uri: &Uri, base: &Base<'_>) -> Refused {
        let status = status(route.method);
        let url = base.address(&self.target(route.path, uri));
        Refused::new(status, status.canonical_reason().unwrap_or("Moved"))
            .field("url", url.clone())
            .header(LOCATION, &url)
    }

    /// The request's path and query with the present names in place of the earlier ones.
    fn target(&self, route: &str, uri: &Uri) -> String {
        let mut segments: Vec<&str> = uri.path().split('/').collect();
        let before = before(&segments, route);
        for (segment, word) in segments.iter_mut().skip(before).zip(route.split('/')) {
            match word {
                "{owner}" => *segment = &self.owner,
                "{repo}" => *segment = &self.name,
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

/// How many segments stand before those that the route speaks of: those of its table's prefix. A route that takes
/// the rest of a path has no length to be counted from the end by; there the first place is meant where its words stand.
fn before(segments: &[&str], route: &str) -> usize {
    let words: Vec<&str> = route.split('/').collect();
    if !route.contains("{*") {
        return segments.len().saturating_sub(words.len());
    }
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
            name: "new.lab".to_owned(),
        };
        let target = |route, uri: &str| moved.target(route, &uri.parse().unwrap());
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
    }
}
