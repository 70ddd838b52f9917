//! What is kept of a request while it is taken apart, and the request in the words that `jeton explain` takes.

use http::request::Parts;
use http::{Request, Uri};
use hyper::body::Incoming;
use jeton_app::{Door, Named};
use jeton_domain::Access;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

use crate::base::Base;
use crate::conditional::Known;
use crate::route::{Method, Names};
use crate::table::Served;

/// What an answer's form needs to know of its request.
pub(super) struct Asked<'a> {
    pub(super) base: Base<'a>,
    pub(super) uri: Uri,
    /// What the client has already, at reads of the API.
    pub(super) known: Option<Known>,
}

impl<'a> Asked<'a> {
    pub(super) fn new(served: &Served, base: Base<'a>, request: &Request<Incoming>) -> Self {
        let reads = served.door == Door::Api && served.route.method == Method::Get;
        Self {
            base,
            uri: request.uri().clone(),
            known: reads.then(|| Known::of(request.headers())),
        }
    }
}

/// What stands in a path as it is, and means nothing to a shell either.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'%');
/// The longest path that is said again.
const SAID_BYTES: usize = 400;

/// The request as `jeton explain` takes it. Without the query, which may hold anything.
pub(super) fn asked(served: &Served, named: &Named, parts: &Parts) -> String {
    const DECODED: &AsciiSet = &PLAIN.add(b'%');
    let plain = |text: &str, kept: &'static AsciiSet| utf8_percent_encode(text, kept).to_string();
    if let (Names::GitRepository(..), Named::Repository(owner, name)) = (served.route.names, named)
    {
        let word = match served.route.operation.access {
            Access::Read => "clone",
            Access::Write => "push",
        };
        return match owner.len() + name.len() {
            0..=SAID_BYTES => format!(
                "{word} /{}/{}.git",
                plain(owner, DECODED),
                plain(name, DECODED)
            ),
            _ => String::new(),
        };
    }
    match parts.uri.path() {
        path if path.len() <= SAID_BYTES => {
            format!("{} {}", served.route.method.name(), plain(path, PLAIN))
        }
        _ => String::new(),
    }
}
