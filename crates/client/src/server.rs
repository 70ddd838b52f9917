//! Speaking to a server: JSON over HTTP, one credential, no cookies, no redirects across hosts.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};
use serde_json::Value;
use ureq::http::{HeaderMap, Method, Request, header};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};

use crate::address::Address;
use crate::error::{ClientError, Refusal};
use crate::hidden::Hidden;

/// The most that an answer may hold, in bytes.
const ANSWER_LIMIT: u64 = 64 << 20;
const CONNECT_TIME: Duration = Duration::from_secs(15);
/// For a whole request: revoking waits until running transfers have ended.
const REQUEST_TIME: Duration = Duration::from_mins(2);
const REDIRECTS: u8 = 3;

/// What stands in a path segment or a query value as it is.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// Names and values of a query.
pub(crate) type Query = Vec<(String, String)>;

/// A request to be sent.
#[derive(Clone, Debug)]
pub(crate) struct Ask {
    method: Method,
    path: String,
    query: Query,
    body: Option<Value>,
    idempotency_key: Option<String>,
}

/// Where a route lives: GitHub's shapes or our own.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Door {
    GitHub,
    Own,
}

impl Ask {
    /// A request to `door` for the path of these segments; each is encoded.
    pub(crate) fn new(method: Method, door: Door, segments: &[&str]) -> Self {
        let mut path = match door {
            Door::GitHub => "/api/v3".to_owned(),
            Door::Own => "/api/jeton/v1".to_owned(),
        };
        for segment in segments {
            path.push('/');
            path.extend(utf8_percent_encode(segment, PLAIN));
        }
        Self {
            method,
            path,
            query: Vec::new(),
            body: None,
            idempotency_key: None,
        }
    }

    pub(crate) fn get(door: Door, segments: &[&str]) -> Self {
        Self::new(Method::GET, door, segments)
    }

    pub(crate) fn post(door: Door, segments: &[&str], body: Value) -> Self {
        Self::new(Method::POST, door, segments).body(body)
    }

    pub(crate) fn put(door: Door, segments: &[&str], body: Value) -> Self {
        Self::new(Method::PUT, door, segments).body(body)
    }

    pub(crate) fn patch(door: Door, segments: &[&str], body: Value) -> Self {
        Self::new(Method::PATCH, door, segments).body(body)
    }

    pub(crate) fn delete(door: Door, segments: &[&str]) -> Self {
        Self::new(Method::DELETE, door, segments)
    }

    #[must_use]
    fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// Adds to the query what is given.
    #[must_use]
    pub(crate) fn query(mut self, name: &str, value: Option<impl Into<String>>) -> Self {
        self.query
            .extend(value.map(|value| (name.to_owned(), value.into())));
        self
    }

    /// The same request for another page.
    #[must_use]
    pub(crate) fn with_query(mut self, query: Query) -> Self {
        self.query = query;
        self
    }

    /// A repeated request with the same key makes nothing twice.
    #[must_use]
    pub(crate) fn idempotent(mut self, key: String) -> Self {
        self.idempotency_key = Some(key);
        self
    }

    /// Whether it takes something away.
    pub(crate) fn takes_away(&self) -> bool {
        self.method == Method::DELETE
    }

    fn uri(&self, base: &str) -> String {
        let mut uri = format!("{base}{}", self.path);
        let mut between = '?';
        for (name, value) in &self.query {
            uri.push(between);
            uri.extend(utf8_percent_encode(name, PLAIN));
            uri.push('=');
            uri.extend(utf8_percent_encode(value, PLAIN));
            between = '&';
        }
        uri
    }
}

/// A server's answer of success.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) body: Value,
    /// The query of the next page.
    pub(crate) next: Option<Query>,
    /// The token, not the person, limits what a list shows.
    pub(crate) narrowed: bool,
}

/// A server and how one speaks to it.
#[derive(Debug)]
pub(crate) struct Server {
    pub(crate) address: Address,
    pub(crate) credential: Option<Hidden>,
    /// The certificate authorities that are trusted, where it is not the usual ones.
    pub(crate) cacert: Option<PathBuf>,
    agent: ureq::Agent,
}

impl Server {
    /// Nothing is sent yet.
    pub(crate) fn new(
        address: Address,
        credential: Option<Hidden>,
        cacert: Option<&Path>,
    ) -> Result<Self, ClientError> {
        let mut config = ureq::Agent::config_builder()
            .http_status_as_error(false)
            .max_redirects(0)
            .timeout_connect(Some(CONNECT_TIME))
            .timeout_global(Some(REQUEST_TIME))
            .user_agent(concat!("jeton/", env!("CARGO_PKG_VERSION")));
        if let Some(file) = cacert {
            let roots = RootCerts::new_with_certs(&certificates(file)?);
            config = config.tls_config(TlsConfig::builder().root_certs(roots).build());
        }
        if address.is_loopback() {
            // A proxy can't reach this machine's own loopback, and has no business with the credential.
            config = config.proxy(None);
        }
        Ok(Self {
            address,
            credential,
            cacert: cacert.map(Path::to_owned),
            agent: config.build().new_agent(),
        })
    }

    /// The same server, spoken to with another credential.
    pub(crate) fn with_credential(&self, credential: Hidden) -> Self {
        Self {
            address: self.address.clone(),
            credential: Some(credential),
            cacert: self.cacert.clone(),
            agent: self.agent.clone(),
        }
    }

    /// Sends a request and reads the answer; an answer that is no success is an error.
    pub(crate) fn ask(&self, ask: &Ask) -> Result<Reply, ClientError> {
        let mut uri = ask.uri(self.address.as_str());
        for _ in 0..=REDIRECTS {
            let (status, headers, body) = self.exchange(ask, &uri)?;
            if (200..300).contains(&status) {
                return Ok(Reply {
                    body,
                    next: headers
                        .get(header::LINK)
                        .and_then(|link| next_page(link.to_str().ok()?)),
                    narrowed: headers.contains_key("x-jeton-narrowed"),
                });
            }
            let location = headers
                .get(header::LOCATION)
                .and_then(|to| to.to_str().ok());
            match location {
                Some(to) if matches!(status, 301 | 302 | 307 | 308) => {
                    uri = self.follow(ask, to)?;
                }
                _ => {
                    let wait = headers
                        .get(header::RETRY_AFTER)
                        .and_then(|wait| wait.to_str().ok())
                        .map(str::to_owned);
                    let mut refusal =
                        Refusal::read(status, &body, wait).about(&format!("{} {uri}", ask.method));
                    if refusal.request_id.is_none() {
                        refusal.request_id = headers
                            .get("x-github-request-id")
                            .and_then(|id| id.to_str().ok())
                            .map(jeton_domain::plain);
                    }
                    return Err(ClientError::Refused(Box::new(refusal)));
                }
            }
        }
        Err(ClientError::other(
            "the server sends from one address to the next without end",
        ))
    }

    fn exchange(&self, ask: &Ask, uri: &str) -> Result<(u16, HeaderMap, Value), ClientError> {
        let mut request = Request::builder()
            .method(ask.method.clone())
            .uri(uri)
            .header(header::ACCEPT, "application/json");
        if let Some(credential) = &self.credential {
            request = request.header(
                header::AUTHORIZATION,
                format!("Bearer {}", credential.expose()),
            );
        }
        if let Some(key) = &ask.idempotency_key {
            request = request.header("idempotency-key", key);
        }
        let unfit = |_| {
            ClientError::usage(
                "the credential or the address holds characters that can't be sent",
                "look at JETON_TOKEN and --host",
            )
        };
        let answer = match &ask.body {
            Some(body) => {
                let request = request.header(header::CONTENT_TYPE, "application/json");
                self.agent
                    .run(request.body(body.to_string()).map_err(unfit)?)
            }
            None => self.agent.run(request.body(()).map_err(unfit)?),
        };
        let mut answer = answer.map_err(|error| self.network(&error))?;
        let bytes = answer
            .body_mut()
            .with_config()
            .limit(ANSWER_LIMIT)
            .read_to_vec()
            .map_err(|error| self.network(&error))?;
        let status = answer.status().as_u16();
        let body = match serde_json::from_slice(&bytes) {
            Ok(body) => body,
            Err(_) if bytes.is_empty() => Value::Null,
            // Something else answers there: a proxy's page, another server.
            Err(_) if (200..300).contains(&status) => {
                return Err(ClientError::Network {
                    host: self.address.to_string(),
                    cause: "the answer is no JSON".to_owned(),
                    hint: "is it a Jeton server? jeton login URL chooses another".to_owned(),
                });
            }
            Err(_) => Value::Null,
        };
        Ok((status, answer.headers().clone(), body))
    }

    /// SECURITY: only a read is repeated elsewhere, and only on the same server: the credential goes
    /// nowhere else.
    fn follow(&self, ask: &Ask, to: &str) -> Result<String, ClientError> {
        let here = self.address.as_str();
        let rest = to.strip_prefix(here).unwrap_or(to);
        let moved = |to: &str| ClientError::Moved {
            to: jeton_domain::plain(to),
        };
        if !rest.starts_with('/') || rest.starts_with("//") {
            return Err(moved(to));
        }
        let there = format!("{here}{rest}");
        if ask.method == Method::GET {
            return Ok(there);
        }
        // People want its name.
        Err(moved(repository(rest).as_deref().unwrap_or(to)))
    }

    fn network(&self, error: &ureq::Error) -> ClientError {
        let (cause, hint) = said(error, &self.address);
        ClientError::Network {
            host: self.address.to_string(),
            cause: cause.unwrap_or_else(|| error.to_string()),
            hint,
        }
    }
}

/// What went wrong on the way, where there are better words for it than its own, and what can be done.
fn said(error: &ureq::Error, address: &Address) -> (Option<String>, String) {
    use rustls::{CertificateError as Fault, Error};
    let own = "for a local authority, name its certificate: --cacert FILE";
    let (cause, hint) = match tls(error) {
        Some(Error::InvalidCertificate(fault)) => match fault {
            Fault::UnknownIssuer => (
                "its certificate comes from an authority that is not trusted here",
                own,
            ),
            Fault::NotValidForName | Fault::NotValidForNameContext { .. } => (
                "its certificate is made out to another name",
                "call the server as its certificate does; jeton admin tls init --name NAME makes one for a name",
            ),
            Fault::Expired | Fault::ExpiredContext { .. } => (
                "its certificate has expired",
                "whoever runs the server renews it; is the clock of this machine right?",
            ),
            _ => return (None, own.to_owned()),
        },
        Some(Error::InvalidMessage(_)) if !address.is_clear() => {
            let plain = address.as_str().replacen("https://", "http://", 1);
            let hint = format!("it speaks http there, perhaps: write {plain}");
            return (
                Some("what answers there does not speak TLS".to_owned()),
                hint,
            );
        }
        Some(_) => return (None, own.to_owned()),
        None if matches!(error, ureq::Error::Protocol(_)) && address.is_clear() => {
            let secure = address.as_str().replacen("http://", "https://", 1);
            let hint = format!("it speaks https there, perhaps: write {secure}");
            return (
                Some("what answers there does not speak http".to_owned()),
                hint,
            );
        }
        None => {
            let hint = "is the server running there? --host URL chooses another";
            return (None, hint.to_owned());
        }
    };
    (Some(cause.to_owned()), hint.to_owned())
}

/// The fault in TLS, which comes wrapped as one of input and output.
fn tls(error: &ureq::Error) -> Option<&rustls::Error> {
    match error {
        ureq::Error::Rustls(fault) => Some(fault),
        ureq::Error::Io(fault) => fault.get_ref()?.downcast_ref(),
        _ => None,
    }
}

/// `owner/name` of the repository that a path names.
fn repository(path: &str) -> Option<String> {
    let (_, rest) = path.split_once("/repos/")?;
    let mut segments = rest.split(['/', '?']);
    let (owner, name) = (segments.next()?, segments.next()?);
    let full = format!("{owner}/{name}");
    Some(percent_decode_str(&full).decode_utf8().ok()?.into_owned())
}

fn certificates(file: &Path) -> Result<Vec<ureq::tls::Certificate<'static>>, ClientError> {
    let text = fs::read(file).map_err(ClientError::file(file))?;
    let found: Vec<_> = parse_pem(&text)
        .filter_map(|item| match item {
            Ok(PemItem::Certificate(certificate)) => Some(certificate),
            _ => None,
        })
        .collect();
    if found.is_empty() {
        return Err(ClientError::BadFile {
            path: file.to_owned(),
            what: "holds no certificate".to_owned(),
            hint: "it should be a PEM file with the authority's certificate".to_owned(),
        });
    }
    Ok(found)
}

/// The query of the page that `Link` calls `next`. Only the query is believed: path and host stay ours.
fn next_page(link: &str) -> Option<Query> {
    let (target, _) = link
        .split(',')
        .filter_map(|part| part.split_once(';'))
        .find(|(_, rel)| rel.contains("rel=\"next\""))?;
    let (_, query) = target
        .trim()
        .trim_start_matches('<')
        .trim_end_matches('>')
        .split_once('?')?;
    let decode = |text: &str| {
        percent_decode_str(&text.replace('+', " "))
            .decode_utf8_lossy()
            .into_owned()
    };
    Some(
        query
            .split('&')
            .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
            .map(|(name, value)| (decode(name), decode(value)))
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_and_query_are_encoded() {
        let ask = Ask::get(Door::GitHub, &["repos", "a/b", "x y?#%"])
            .query("q", Some("a&b=c"))
            .query("none", None::<String>);
        assert_eq!(
            ask.uri("http://h"),
            "http://h/api/v3/repos/a%2Fb/x%20y%3F%23%25?q=a%26b%3Dc"
        );
    }

    #[test]
    fn the_next_page_is_read_from_the_link() {
        let link = r#"<http://elsewhere/x?page=2&per_page=100&q=a%26b>; rel="next", <http://h/x?page=9>; rel="last""#;
        let query = next_page(link).unwrap();
        assert_eq!(
            query,
            [
                ("page".into(), "2".into()),
                ("per_page".into(), "100".into()),
                ("q".into(), "a&b".into())
            ]
        );
        assert_eq!(next_page(r#"<http://h/x?page=1>; rel="prev""#), None);
    }
}
