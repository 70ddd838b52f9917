//! By which name of the server a request came: its own, or `api.` before it, where GitHub's operations stand without a
//! prefix.

use std::borrow::Cow;

use http::uri::{Authority, PathAndQuery};
use http::{HeaderMap, Uri, header::HOST};

/// What stands before paths at `api.HOST`, and is left out there.
const LEFT_OUT: &str = "/api/v3";
/// The one operation that GitHub has beside its REST.
const GRAPHQL: &str = "/graphql";

/// Where an answer's own addresses begin.
#[derive(Clone, Debug)]
pub(crate) struct Base<'a> {
    url: Cow<'a, str>,
    /// The request came to `api.HOST`.
    at_api: bool,
}

impl<'a> Base<'a> {
    /// Reads the host of a request, and puts the path that was left out back before its own.
    ///
    /// SECURITY: only the one name that belongs to the configured address changes anything, and what it changes is the
    /// path alone; any other host is served as if it were the configured one.
    pub(crate) fn of(public_url: &'a str, headers: &HeaderMap, uri: &mut Uri) -> Self {
        let own = Self {
            url: Cow::Borrowed(public_url),
            at_api: false,
        };
        let Some((scheme, host)) = public_url.split_once("://") else {
            return own;
        };
        let asked = uri.authority().cloned().or_else(|| {
            let host = headers.get(HOST)?;
            Authority::try_from(host.as_bytes()).ok()
        });
        let Ok(known) = Authority::try_from(host) else {
            return own;
        };
        let name = known.host().as_bytes();
        let is_api = asked.is_some_and(|asked| {
            let asked = asked.host().as_bytes();
            asked.split_at_checked(4).is_some_and(|(api, rest)| {
                api.eq_ignore_ascii_case(b"api.") && rest.eq_ignore_ascii_case(name)
            })
        });
        if !is_api {
            return own;
        }
        let path = uri.path();
        let before = if path == GRAPHQL { "/api" } else { LEFT_OUT };
        let query = uri.query().map(|query| format!("?{query}"));
        let whole = format!("{before}{path}{}", query.unwrap_or_default());
        let Ok(whole) = PathAndQuery::try_from(whole) else {
            return own;
        };
        *uri = Uri::from(whole);
        Self {
            url: Cow::Owned(format!("{scheme}://api.{host}")),
            at_api: true,
        }
    }

    /// A path of this server as the client asks for it.
    pub(crate) fn address(&self, path: &str) -> String {
        let left_out = path.strip_prefix(LEFT_OUT).filter(|_| self.at_api);
        format!("{}{}", self.url, left_out.unwrap_or(path))
    }

    /// Whether the request came to `api.HOST`, where nothing but GitHub's operations is.
    pub(crate) const fn is_api(&self) -> bool {
        self.at_api
    }
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn asked(public_url: &str, host: &str, uri: &str) -> (String, String) {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_str(host).unwrap());
        let mut uri = uri.parse().unwrap();
        let base = Base::of(public_url, &headers, &mut uri);
        (uri.to_string(), base.address(uri.path()))
    }

    #[test]
    fn paths_at_the_api_s_own_host_are_those_below_the_prefix() {
        let url = "http://github.localhost";
        let to = |host: &str, uri: &str| asked(url, host, uri);
        let pair = |uri: &str, address: &str| (uri.to_owned(), address.to_owned());
        assert_eq!(
            to("api.github.localhost", "/user/repos?page=2"),
            pair(
                "/api/v3/user/repos?page=2",
                "http://api.github.localhost/user/repos"
            )
        );
        assert_eq!(
            to("API.GitHub.localhost:80", "/"),
            pair("/api/v3/", "http://api.github.localhost/")
        );
        assert_eq!(
            to("api.github.localhost", "/graphql"),
            pair("/api/graphql", "http://api.github.localhost/api/graphql")
        );
        // Nothing is stripped twice, and Git's paths are no paths there.
        assert_eq!(
            to("api.github.localhost", "/api/v3/user").0,
            "/api/v3/api/v3/user"
        );
        assert_eq!(
            to("api.github.localhost", "/ada/labs.git/info/refs").0,
            "/api/v3/ada/labs.git/info/refs"
        );
        for host in [
            "github.localhost",
            "api.other.localhost",
            "xapi.github.localhost",
            "api.github.localhost.evil.example",
            "api.api.github.localhost",
            "[::1]",
        ] {
            assert_eq!(
                to(host, "/user"),
                pair("/user", "http://github.localhost/user"),
                "{host}"
            );
        }
    }

    #[test]
    fn a_port_belongs_to_the_address_and_not_to_the_name() {
        let (uri, address) = asked("https://x.test:8443", "api.x.test:8443", "/meta");
        assert_eq!(uri, "/api/v3/meta");
        assert_eq!(address, "https://api.x.test:8443/meta");
        let (uri, _) = asked("http://[::1]:80", "api.[", "/meta");
        assert_eq!(uri, "/meta");
    }
}
