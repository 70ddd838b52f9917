//! What is wrong with a request whatever it asks for: told before any route is looked for, and the
//! connection ends. What can't be read as HTTP at all hyper answers itself: 400, or 431 for a head that
//! is too long.

use http::header::HOST;
use http::uri::Authority;
use http::{Request, StatusCode, Version};

use crate::codes::Code;
use crate::refusal::Refused;

/// Bytes of path and query.
const URL_BYTES: usize = 8 << 10;

/// The refusal of a request whose head is none that a route could be asked with.
pub(crate) fn refusal<B>(request: &Request<B>) -> Option<Refused> {
    let url = request.uri().path_and_query();
    if url.is_some_and(|url| url.as_str().len() > URL_BYTES) {
        let sentence = format!("The address is longer than {URL_BYTES} bytes.");
        let refused = Refused::new(StatusCode::URI_TOO_LONG, sentence);
        return Some(refused.reason(Code::UrlTooLong));
    }
    if !has_one_host(request) {
        let sentence = "The request must name one host, in one `Host` header.";
        let refused = Refused::new(StatusCode::BAD_REQUEST, sentence);
        return Some(refused.reason(Code::BadHost));
    }
    None
}

/// RFC 9112, 3.2: one host, which HTTP/1.0 may leave out. Proxies on the way choose by it, so two of
/// them could choose differently.
fn has_one_host<B>(request: &Request<B>) -> bool {
    // A target in the absolute form names it too. What stands before an `@` there is a credential that
    // nobody reads.
    let target = request.uri().authority();
    if target.is_some_and(|authority| authority.as_str().contains('@')) {
        return false;
    }
    let mut hosts = request.headers().get_all(HOST).into_iter();
    match (hosts.next(), hosts.next()) {
        (None, _) => request.version() < Version::HTTP_11,
        (Some(host), None) => {
            let host = Authority::try_from(host.as_bytes());
            host.is_ok_and(|host| !host.as_str().contains('@') && !host.host().is_empty())
        }
        (Some(_), Some(_)) => false,
    }
}
