//! By which name of the server a request came: its own, `api.` before it, where GitHub's operations stand without a prefix, or
//! the name of the registry of packages, which stands there without one.

use std::borrow::Cow;

use http::uri::{Authority, PathAndQuery};
use http::{HeaderMap, Uri, header::HOST};
use jeton_app::{App, Door};

/// What stands before paths at `api.HOST`, and is left out there.
const API: &str = "/api/v3";
/// The same, of the registry.
const REGISTRY: &str = "/npm";
/// The one operation that GitHub has beside its REST.
const GRAPHQL: &str = "/graphql";

/// Under which addresses people and programs reach the server: without a slash at the end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Addresses<'a> {
    pub(crate) public: &'a str,
    /// The registry's own, where the operator gave it one.
    pub(crate) registry: Option<&'a str>,
}

impl<'a> Addresses<'a> {
    pub(crate) fn of(app: &'a App) -> Self {
        Self {
            public: app.public_url(),
            registry: app.registry_url(),
        }
    }
}

/// Which of the names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum At {
    /// The server's own, and any that is not known.
    Own,
    /// `api.HOST`, where nothing but GitHub's operations is.
    Api,
    /// The registry's, where nothing else is.
    Registry,
}

/// Where an answer's own addresses begin.
#[derive(Clone, Debug)]
pub(crate) struct Base<'a> {
    url: Cow<'a, str>,
    at: At,
}

impl<'a> Base<'a> {
    /// Reads the host of a request, and puts the path that was left out back before its own.
    ///
    /// SECURITY: only the names that belong to the configured addresses change anything, and what they change is the
    /// path alone; any other host is served as if it were the configured one.
    pub(crate) fn of(addresses: Addresses<'a>, headers: &HeaderMap, uri: &mut Uri) -> Self {
        let public = addresses.public;
        let own = Self {
            url: Cow::Borrowed(public),
            at: At::Own,
        };
        let asked = uri.authority().cloned().or_else(|| {
            let host = headers.get(HOST)?;
            Authority::try_from(host.as_bytes()).ok()
        });
        let Some(asked) = asked else {
            return own;
        };
        let path = uri.path();
        let (base, before) = if let Some(api) = api_of(public, &asked) {
            let before = if path == GRAPHQL { "/api" } else { API };
            let url = Cow::Owned(api);
            (Self { url, at: At::Api }, before)
        } else if let Some(registry) = addresses.registry.filter(|url| is_of(url, &asked)) {
            let url = Cow::Borrowed(registry);
            let at = At::Registry;
            (Self { url, at }, REGISTRY)
        } else {
            return own;
        };
        let query = uri.query().map(|query| format!("?{query}"));
        let whole = format!("{before}{path}{}", query.unwrap_or_default());
        let Ok(whole) = PathAndQuery::try_from(whole) else {
            return own;
        };
        *uri = Uri::from(whole);
        base
    }

    /// A path of this server as the client asks for it.
    pub(crate) fn address(&self, path: &str) -> String {
        let left_out = match self.at {
            At::Own => None,
            At::Api => path.strip_prefix(API),
            At::Registry => path.strip_prefix(REGISTRY),
        };
        format!("{}{}", self.url, left_out.unwrap_or(path))
    }

    /// By which of the names it came.
    pub(crate) const fn at(&self) -> At {
        self.at
    }

    /// The door that a name has to itself: what is not found there is told as it tells that.
    pub(crate) const fn door(&self) -> Option<Door> {
        match self.at {
            At::Own => None,
            At::Api => Some(Door::Api),
            At::Registry => Some(Door::Npm),
        }
    }
}

/// The address of `api.HOST`, where that was asked.
fn api_of(public: &str, asked: &Authority) -> Option<String> {
    let (scheme, host) = public.split_once("://")?;
    let known = Authority::try_from(host).ok()?;
    let (api, rest) = asked.host().as_bytes().split_at_checked(4)?;
    let is_api =
        api.eq_ignore_ascii_case(b"api.") && rest.eq_ignore_ascii_case(known.host().as_bytes());
    is_api.then(|| format!("{scheme}://api.{host}"))
}

/// Whether the host of an address was asked. A port belongs to the address and not to the name.
fn is_of(url: &str, asked: &Authority) -> bool {
    url.split_once("://")
        .and_then(|(_, host)| Authority::try_from(host).ok())
        .is_some_and(|known| known.host().eq_ignore_ascii_case(asked.host()))
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    fn asked(public_url: &str, host: &str, uri: &str) -> (String, String) {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_str(host).unwrap());
        let mut uri = uri.parse().unwrap();
        let addresses = Addresses {
            public: public_url,
            registry: Some("https://npm.x.test:8443"),
        };
        let base = Base::of(addresses, &headers, &mut uri);
        (uri.to_string(), base.address(uri.path()))
    }

    #[test]
    fn paths_at_the_registry_s_own_host_are_those_below_its_prefix() {
        let to = |host: &str, uri: &str| asked("https://x.test", host, uri);
        let (uri, address) = to("NPM.x.test:8443", "/@ann%2fpad?write=true");
        assert_eq!(uri, "/npm/@ann%2fpad?write=true");
        assert_eq!(address, "https://npm.x.test:8443/@ann%2fpad");
        // Nothing is stripped twice, and nothing else is there.
        assert_eq!(to("npm.x.test", "/npm/-/ping").0, "/npm/npm/-/ping");
        assert_eq!(to("npm.x.test", "/api/v3/user").0, "/npm/api/v3/user");
        for host in ["npm.x.test.evil.example", "xnpm.x.test", "x.test", "[::1]"] {
            let same = (
                "/npm/-/ping".to_owned(),
                "https://x.test/npm/-/ping".to_owned(),
            );
            assert_eq!(to(host, "/npm/-/ping"), same, "{host}");
        }
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
