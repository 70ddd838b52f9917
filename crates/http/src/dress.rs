//! What every answer carries, whoever made it.

use http::header::{CACHE_CONTROL, CONTENT_TYPE, LINK, VARY, X_CONTENT_TYPE_OPTIONS};
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, Uri};
use jeton_app::{Door, Told};
use jeton_domain::Time;

use crate::answer::{Answer, Content, Neighbours, Paging};
use crate::base::Base;
use crate::body::{Body, Response};
use crate::conditional::{Known, tagged};
use crate::negotiate::VERSION;

pub(crate) const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
pub(crate) const TEXT: HeaderValue = HeaderValue::from_static("text/plain; charset=utf-8");

const REQUEST_ID: HeaderName = HeaderName::from_static("x-github-request-id");
const MEDIA_TYPE: HeaderName = HeaderName::from_static("x-github-media-type");
const SELECTED_VERSION: HeaderName = HeaderName::from_static("x-github-api-version-selected");
const ACCEPTED: HeaderName = HeaderName::from_static("x-accepted-github-permissions");
const SCOPES: HeaderName = HeaderName::from_static("x-oauth-scopes");
const ACCEPTED_SCOPES: HeaderName = HeaderName::from_static("x-accepted-oauth-scopes");
const NARROWED: HeaderName = HeaderName::from_static("x-jeton-narrowed");
const TOKEN_EXPIRATION: HeaderName =
    HeaderName::from_static("github-authentication-token-expiration");

/// What the answer's headers depend on.
#[derive(Debug)]
pub(crate) struct Dress {
    pub(crate) request_id: HeaderValue,
    pub(crate) door: Door,
    /// A credential came, or the request may have changed something: nobody keeps the answer.
    pub(crate) private: bool,
    /// The route's permission sets.
    pub(crate) accepted: Option<HeaderValue>,
    /// The route's classic scopes, for credentials that have such.
    pub(crate) accepted_scopes: Option<HeaderValue>,
    /// The route lists what the credential reaches.
    pub(crate) lists: bool,
    /// Who asked.
    pub(crate) told: Option<Told>,
}

impl Dress {
    /// Adds the headers. What the door's own handler set stays.
    pub(crate) fn on(self, mut response: Response) -> Response {
        let token = self.told.is_some_and(|told| told.token);
        let narrowed = self.lists && token && shows(response.status());
        let headers = response.headers_mut();
        // Room at once for those that most answers get.
        headers.reserve(8);
        headers.insert(REQUEST_ID, self.request_id);
        headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
        let vary = match self.door {
            // Installers ask for a shorter form of the same.
            Door::Npm => "Authorization, Accept",
            _ => "Authorization, Cookie",
        };
        headers.insert(VARY, HeaderValue::from_static(vary));
        // What installers keep for themselves they ask about again, and are told that it is the same.
        let asked_again = self.door == Door::Npm && headers.contains_key(CACHE_CONTROL);
        if self.private && !asked_again {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
        } else if !headers.contains_key(CACHE_CONTROL) {
            headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
        }
        if self.door == Door::Web {
            crate::browser::guard(headers);
        }
        if self.door == Door::Api {
            headers.insert(
                MEDIA_TYPE,
                HeaderValue::from_static("github.v3; format=json"),
            );
            headers.insert(SELECTED_VERSION, HeaderValue::from_static(VERSION));
            let scopes = self.told.and_then(|told| told.scopes);
            if let Some(scopes) = scopes {
                if let Ok(held) = HeaderValue::from_str(&scopes.to_string()) {
                    headers.insert(SCOPES, held);
                }
                let none = HeaderValue::from_static("");
                headers.insert(ACCEPTED_SCOPES, self.accepted_scopes.unwrap_or(none));
            } else if let Some(accepted) = self.accepted {
                headers.insert(ACCEPTED, accepted);
            }
        }
        if let (Door::Api, Some(rate)) = (self.door, self.told.and_then(|told| told.rate)) {
            for (name, number) in [
                ("x-ratelimit-limit", rate.limit),
                ("x-ratelimit-remaining", rate.remaining()),
                ("x-ratelimit-used", rate.used),
                ("x-ratelimit-reset", rate.reset.micros() / 1_000_000),
            ] {
                headers.insert(HeaderName::from_static(name), number.into());
            }
            let resource = HeaderName::from_static("x-ratelimit-resource");
            headers.insert(resource, HeaderValue::from_static("core"));
        }
        if narrowed {
            headers.insert(NARROWED, HeaderValue::from_static("token"));
        }
        let expires_at = self.told.and_then(|told| told.expires_at);
        if let Some(value) = expires_at.and_then(expiration) {
            headers.insert(TOKEN_EXPIRATION, value);
        }
        response
    }
}

/// Whether an answer shows what was asked for, or that it is the same still.
fn shows(status: StatusCode) -> bool {
    status.is_success() || status == StatusCode::NOT_MODIFIED
}

/// `2026-12-21 08:00:00 UTC`
fn expiration(at: Time) -> Option<HeaderValue> {
    let iso = at.iso();
    let (date, time) = iso.split_once('T')?;
    HeaderValue::from_str(&format!("{date} {} UTC", time.trim_end_matches('Z'))).ok()
}

impl Answer {
    /// The answer on the wire, by where the request came to as clients name it. `known`: what the client has already, where
    /// it may be told so.
    pub(crate) fn response(self, base: &Base<'_>, uri: &Uri, known: Option<&Known>) -> Response {
        let link = self
            .paging
            .as_ref()
            .and_then(|paging| paging.link(base, uri));
        let mut json = None;
        let (media, body) = match self.content {
            Content::Empty => (None, Body::empty()),
            Content::Json(bytes) => {
                json = Some(bytes.clone());
                (Some(JSON), Body::whole(bytes))
            }
            Content::Text(bytes) => (Some(TEXT), Body::whole(bytes)),
            Content::Media(media, bytes) => {
                (Some(HeaderValue::from_static(media)), Body::whole(bytes))
            }
            Content::Pieces(media, pieces) => (
                Some(HeaderValue::from_static(media)),
                Body::stream(Box::pin(pieces.body())),
            ),
        };
        let mut response = Response::new(body);
        *response.status_mut() = self.status;
        let headers: &mut HeaderMap = response.headers_mut();
        if let Some(media) = media {
            headers.insert(CONTENT_TYPE, media);
        }
        if let Some(link) = link {
            headers.insert(LINK, link);
        }
        headers.extend(self.headers);
        match (known, json) {
            (Some(known), Some(bytes)) if self.status == StatusCode::OK => {
                tagged(response, &bytes, known)
            }
            _ => response,
        }
    }
}

impl Paging {
    /// `Link`, where there is another page.
    fn link(&self, base: &Base<'_>, uri: &Uri) -> Option<HeaderValue> {
        let own = |part: &&str| {
            let (name, _) = part.split_once('=').unwrap_or((part, ""));
            match self {
                Self::Numbered { .. } | Self::Open { .. } => name == "page",
                Self::Between(_) => matches!(name, "page" | "after" | "before"),
                Self::Onward(parameter, _) => name == *parameter,
            }
        };
        let rest: Vec<&str> = uri
            .query()
            .unwrap_or_default()
            .split('&')
            .filter(|part| !part.is_empty() && !own(part))
            .collect();
        let url = |name: &str, value: &str| {
            let mut query = vec![format!("{name}={value}")];
            query.extend(rest.iter().map(|part| (*part).to_owned()));
            format!("<{}?{}>", base.address(uri.path()), query.join("&"))
        };
        let mut links = Vec::new();
        let mut link = |rel: &str, url: String| links.push(format!("{url}; rel=\"{rel}\""));
        match self {
            Self::Numbered { page, last } => {
                let page_url = |page: u32| url("page", &page.to_string());
                if *page > 1 {
                    link("first", page_url(1));
                    link("prev", page_url((page - 1).min(*last)));
                }
                if page < last {
                    link("next", page_url(page + 1));
                    link("last", page_url(*last));
                }
            }
            Self::Open { page, more } => {
                let page_url = |page: u32| url("page", &page.to_string());
                if *page > 1 {
                    link("first", page_url(1));
                    link("prev", page_url(page - 1));
                }
                if *more {
                    link("next", page_url(page.saturating_add(1)));
                }
            }
            Self::Between(Neighbours { before, after }) => {
                if let Some(before) = before {
                    // Behind nothing.
                    link("first", url("after", ""));
                    link("prev", url("before", before));
                }
                if let Some(after) = after {
                    link("next", url("after", after));
                }
            }
            Self::Onward(parameter, next) => {
                if let Some(next) = next {
                    link("next", url(parameter, next));
                }
            }
        }
        if links.is_empty() {
            None
        } else {
            HeaderValue::from_str(&links.join(", ")).ok()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_written_as_github_writes_it() {
        let at = Time::parse_iso("2026-12-21T08:00:00Z").unwrap();
        assert_eq!(expiration(at).unwrap(), "2026-12-21 08:00:00 UTC");
    }

    #[test]
    fn pages_are_linked_to_their_neighbours() {
        let uri: Uri = "/api/v3/user/repos?per_page=2&page=2&sort=name"
            .parse()
            .unwrap();
        let addresses = crate::base::Addresses {
            public: "https://x",
            registry: None,
        };
        let base = Base::of(addresses, &HeaderMap::new(), &mut uri.clone());
        let link = |page, last| Paging::Numbered { page, last }.link(&base, &uri);
        let text = link(2, 3).unwrap();
        assert_eq!(
            text.to_str().unwrap(),
            "<https://x/api/v3/user/repos?page=1&per_page=2&sort=name>; rel=\"first\", \
             <https://x/api/v3/user/repos?page=1&per_page=2&sort=name>; rel=\"prev\", \
             <https://x/api/v3/user/repos?page=3&per_page=2&sort=name>; rel=\"next\", \
             <https://x/api/v3/user/repos?page=3&per_page=2&sort=name>; rel=\"last\""
        );
        assert_eq!(link(1, 1), None);
        let open = |page, more| Paging::Open { page, more }.link(&base, &uri);
        let text = open(2, true).unwrap();
        assert_eq!(
            text.to_str().unwrap(),
            "<https://x/api/v3/user/repos?page=1&per_page=2&sort=name>; rel=\"first\", \
             <https://x/api/v3/user/repos?page=1&per_page=2&sort=name>; rel=\"prev\", \
             <https://x/api/v3/user/repos?page=3&per_page=2&sort=name>; rel=\"next\""
        );
        assert_eq!(open(1, false), None);
        let past = link(9, 3).unwrap();
        assert!(
            past.to_str()
                .unwrap()
                .contains("page=3&per_page=2&sort=name>; rel=\"prev\"")
        );
    }
}
