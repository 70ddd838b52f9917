//! Looking at packages and fetching their files.

use http::header::ACCEPT;
use jeton_app::packages::{self, Form, GivenFile, Registry, Written};
use jeton_app::{App, AppError, Call};
use jeton_http::{Answer, Input};
use serde_json::{Value, json};

/// What installers ask for.
const INSTALL: &str = "application/vnd.npm.install-v1+json";
const JSON: &str = "application/json";
const FILE: &str = "application/octet-stream";

/// The form that a client wants. One that names both wants the shorter, as npm's own registry understands it.
fn form(input: &Input) -> Form {
    let wants = input.header(ACCEPT).is_some_and(|accept| {
        accept
            .windows(INSTALL.len())
            .any(|part| part == INSTALL.as_bytes())
    });
    if wants { Form::Abbreviated } else { Form::Full }
}

/// By which name it was asked.
pub(crate) const fn registry(input: &Input) -> Registry {
    if input.at_registry() {
        Registry::Apart
    } else {
        Registry::Below
    }
}

fn shown(written: Written, form: Form, input: &Input) -> Answer {
    let media = match form {
        Form::Abbreviated => INSTALL,
        Form::Full => JSON,
    };
    Answer::tagged(media, written.bytes, &written.tag, input)
}

pub(crate) fn packument(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let form = form(input);
    packages::packument(app, call, form, registry(input)).map(|written| shown(written, form, input))
}

pub(crate) fn packument_at_once(
    app: &App,
    call: &Call,
    input: &Input,
) -> Option<Result<Answer, AppError>> {
    let form = form(input);
    let written = packages::packument_at_once(app, call, form, registry(input))?;
    Some(written.map(|written| shown(written, form, input)))
}

pub(crate) fn version(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let shown = packages::version(app, call, input.path("version"), registry(input))?;
    Ok(Answer::ok(&shown))
}

fn whole(file: Written, input: &Input) -> Answer {
    Answer::tagged(FILE, file.bytes, &file.tag, input)
}

pub(crate) fn tarball(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let mut file = match packages::tarball(app, call, input.path("file"))? {
        GivenFile::Whole(file) => return Ok(whole(file, input)),
        GivenFile::Pieces(file) => file,
    };
    let (bytes, tag) = (file.bytes, file.tag.clone());
    let pieces = Answer::pieces(FILE, Box::new(move || file.piece()));
    Ok(pieces
        .header("content-length", bytes.to_string())
        .header("etag", tag)
        .header("cache-control", "private, no-cache"))
}

pub(crate) fn tarball_at_once(
    app: &App,
    call: &Call,
    input: &Input,
) -> Option<Result<Answer, AppError>> {
    let file = packages::tarball_at_once(app, call, input.path("file"))?;
    Some(file.map(|file| whole(file, input)))
}

/// The bundles that npm checks signatures with, as the publisher sent them.
pub(crate) fn attestations(app: &App, call: &Call, input: &Input) -> Result<Answer, AppError> {
    let (_, version) = name_and_version(input.path("name"));
    let bundle = packages::attestations(app, call, version)?;
    let bundle: Value = serde_json::from_str(&bundle)
        .map_err(|error| AppError::Data(format!("a bundle that is kept is no JSON: {error}")))?;
    let predicate = "https://slsa.dev/provenance/v1";
    Ok(Answer::ok(&json!({
        "attestations": [{ "predicateType": predicate, "bundle": bundle }],
    })))
}

/// `left-pad@1.0.0`.
fn name_and_version(named: &str) -> (&str, &str) {
    named.split_once('@').unwrap_or((named, ""))
}
