//! What clients put: new versions, versions that should not be used, and what is to be left of a package.
//!
//! One method carries all of it. The document is read first, and then the operation that it means is decided by itself.

mod body;
mod document;
mod fault;
mod tarball;

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::StatusCode;
use jeton_app::packages::{self, Publication, Remaining};
use jeton_app::{App, AppError, Call, Named};
use jeton_domain::{Visibility, check_package_name, hex, is_package_version};
use jeton_http::{Answering, Exchange, Refused, Response};
use serde_json::{Map, Value, json};
use tokio::sync::Semaphore;

use self::body::{Body, feed, pipe};
use self::document::{Document, MOST_PART, Received};
use self::fault::Fault;
use crate::answer;

/// Documents that are read at a time: each holds a thread.
const AT_ONCE: usize = 16;

static PLACES: Semaphore = Semaphore::const_new(AT_ONCE);

/// What a document turned out to mean, done.
type Done = Result<(StatusCode, Value), Fault>;

/// `PUT /@owner/name`.
pub(crate) fn put(exchange: Exchange) -> Answering {
    Box::pin(taken(exchange, |app, call, mut document| {
        match document.file.take() {
            Some(file) => publish(app, call, document, file),
            None => deprecate(app, call, &document),
        }
    }))
}

/// `PUT /@owner/name/-rev/REV`.
pub(crate) fn put_revision(exchange: Exchange) -> Answering {
    let revision = exchange.input.path("rev").to_owned();
    Box::pin(taken(exchange, move |app, call, document| {
        leave(app, call, &revision, document)
    }))
}

/// Reads the document while it comes, and does what it means.
async fn taken(
    exchange: Exchange,
    work: impl FnOnce(&App, &Call, Document) -> Done + Send + 'static,
) -> Response {
    let Exchange {
        app, call, payload, ..
    } = exchange;
    let Ok(_place) = PLACES.try_acquire() else {
        let refused = Refused::from_error(&app, call.door, &AppError::Busy, &call.request_id);
        payload.drain().await;
        return answer::refused(&app, &call, &refused);
    };
    let (sender, source) = pipe();
    let (work_app, work_call) = (app.clone(), call.clone());
    let reading = tokio::task::spawn_blocking(move || {
        read(&work_app, &work_call, source)
            .and_then(|document| work(&work_app, &work_call, document))
    });
    let left = feed(payload, sender).await;
    let done = reading.await;
    if let Some(left) = left {
        left.drain().await;
    }
    match done {
        Ok(Ok((status, value))) => answer::json(status, &value),
        Ok(Err(fault)) => {
            let refused = fault.refused(&app, &call);
            answer::refused(&app, &call, &refused)
        }
        Err(error) => answer::refused(&app, &call, &Refused::inside(&error, &call.request_id)),
    }
}

/// Decides as far as the path tells, and reads the document.
fn read(app: &App, call: &Call, source: Body) -> Result<Document, Fault> {
    let incoming = packages::receive(app, call)?;
    let document = document::read(source, incoming)?;
    let (owner, name) = named(call)?;
    if document.name != format!("@{}/{name}", owner.to_ascii_lowercase()) {
        return Err(Fault::Document(format!(
            "the document is of `{}`, and was put to `@{owner}/{name}`",
            jeton_domain::plain(&document.name)
        )));
    }
    Ok(document)
}

/// Owner and name in the path of a request.
fn named(call: &Call) -> Result<(&str, &str), AppError> {
    match &call.named {
        Named::Package(owner, name) | Named::NewPackage(owner, name) => Ok((owner, name)),
        _ => Err(AppError::Missing("package")),
    }
}

fn publish(app: &App, call: &Call, document: Document, file: Received) -> Done {
    let (owner, name) = named(call)?;
    check_package_name(owner, name).map_err(|fault| AppError::invalid("Package", "name", fault))?;
    let publication = publication(document, file, name)?;
    let published = packages::publish(app, call, &publication)?;
    let version = &publication.version;
    Ok((
        StatusCode::CREATED,
        json!({ "ok": true, "success": true, "id": format!("{}@{version}", published.name) }),
    ))
}

/// The one version of a document, with its file looked through.
fn publication(document: Document, mut file: Received, bare: &str) -> Result<Publication, Fault> {
    let name = document.name;
    let mut versions = document.versions.unwrap_or_default();
    let Some((version, mut manifest)) = versions.pop_first().filter(|_| versions.is_empty()) else {
        return Err(Fault::Document(
            "a document with a file has one version".to_owned(),
        ));
    };
    if !is_package_version(&version) {
        return Err(Fault::Document(format!(
            "`{}` is no version: write it as `1.2.3` or `1.2.3-beta.1`",
            jeton_domain::plain(&version)
        )));
    }
    let says = |field: &str| manifest.get(field).and_then(Value::as_str);
    if says("name") != Some(name.as_str()) || says("version") != Some(version.as_str()) {
        return Err(Fault::Document(
            "the version's own name or number is another than the document's".to_owned(),
        ));
    }
    let wanted = [
        format!("{name}-{version}.tgz"),
        format!("{bare}-{version}.tgz"),
    ];
    if !wanted.contains(&file.name) {
        return Err(Fault::Document(format!(
            "the file is to be called `{}`",
            wanted.first().map_or("", String::as_str)
        )));
    }
    check_tags(&document.tags, &version)?;
    check_file(&manifest, &file)?;
    file.incoming
        .finish()
        .map_err(|error| AppError::Data(error.to_string()))?;
    let reader = file
        .incoming
        .reader()
        .map_err(|error| AppError::Data(error.to_string()))?;
    tarball::check(reader, file.bytes, &name, &version)?;
    let deprecated = manifest.remove("deprecated");
    let own_readme = manifest.remove("readme");
    let readme = document
        .readme
        .or(own_readme.and_then(|said| said.as_str().map(str::to_owned)));
    manifest.remove("_id");
    let repository = repository(&manifest);
    let manifest = Value::Object(manifest).to_string();
    if manifest.len() as u64 > MOST_PART {
        return Err(Fault::TooLarge);
    }
    Ok(Publication {
        version,
        manifest,
        repository,
        deprecated: deprecated
            .and_then(|why| why.as_str().map(str::to_owned))
            .filter(|why| !why.is_empty()),
        readme: readme.unwrap_or_default(),
        tags: document.tags.into_keys().collect(),
        access: access(document.access.as_deref())?,
        attestations: document.bundle,
        digest: hex(&file.sha512),
        integrity: format!("sha512-{}", BASE64_STANDARD.encode(file.sha512)),
        shasum: file.sha1,
        bytes: file.bytes,
        file: file.incoming,
    })
}

/// Tags lead to the version that is published, and to no other.
fn check_tags(tags: &BTreeMap<String, String>, version: &str) -> Result<(), Fault> {
    if tags.values().all(|to| to == version) {
        return Ok(());
    }
    Err(Fault::Document(
        "a tag leads to another version than the one that is published".to_owned(),
    ))
}

/// What the document says of its file is so.
fn check_file(manifest: &Map<String, Value>, file: &Received) -> Result<(), Fault> {
    let wrong = |what: &str| {
        Err(Fault::Document(format!(
            "the file that came is not the one that the document tells of: {what} differs"
        )))
    };
    if file.told.is_some_and(|told| told != file.bytes) {
        return wrong("its length");
    }
    let dist = manifest.get("dist");
    let says = |field: &str| {
        dist.and_then(|dist| dist.get(field))
            .and_then(Value::as_str)
    };
    if says("shasum").is_some_and(|told| !told.eq_ignore_ascii_case(&file.sha1)) {
        return wrong("`shasum`");
    }
    let integrity = says("integrity").unwrap_or_default();
    let known: Vec<&str> = integrity
        .split_whitespace()
        .filter_map(|word| word.strip_prefix("sha512-"))
        .map(|word| word.split_once('?').map_or(word, |(digest, _)| digest))
        .collect();
    let own = BASE64_STANDARD.encode(file.sha512);
    if !known.is_empty() && !known.contains(&own.as_str()) {
        return wrong("`integrity`");
    }
    if known.is_empty() && says("shasum").is_none() {
        return Err(Fault::Document(
            "the document tells neither `dist.integrity` with SHA-512 nor `dist.shasum` of its file".to_owned(),
        ));
    }
    Ok(())
}

/// The repository that a version names, in either of npm's forms.
fn repository(manifest: &Map<String, Value>) -> Option<String> {
    let said = manifest.get("repository")?;
    let url = said.as_str().or_else(|| said.get("url")?.as_str())?;
    Some(url.to_owned())
}

/// npm's words for who sees a package.
pub(crate) fn access(word: Option<&str>) -> Result<Option<Visibility>, Fault> {
    match word {
        None => Ok(None),
        Some("public") => Ok(Some(Visibility::Public)),
        Some("internal") => Ok(Some(Visibility::Internal)),
        Some("restricted" | "private") => Ok(Some(Visibility::Private)),
        Some(_) => Err(Fault::Document(
            "`access` is `public`, `internal` or `private`".to_owned(),
        )),
    }
}

/// The same request, meaning another operation on a package that is there.
fn meaning(call: &Call, operation: &'static jeton_domain::Operation) -> Result<Call, AppError> {
    let (owner, name) = named(call)?;
    let named = Named::Package(owner.to_owned(), name.to_owned());
    Ok(call.to(operation, named))
}

fn deprecate(app: &App, call: &Call, document: &Document) -> Done {
    let call = meaning(call, &packages::DEPRECATE)?;
    let reasons: BTreeMap<String, String> = document
        .versions
        .iter()
        .flatten()
        .filter_map(|(number, version)| {
            let why = version.get("deprecated")?.as_str()?;
            Some((number.clone(), why.to_owned()))
        })
        .collect();
    if reasons.is_empty() {
        return Err(Fault::Document(
            "the document brings no version, and says of none that it should not be used"
                .to_owned(),
        ));
    }
    packages::deprecate(app, &call, &reasons)?;
    Ok((StatusCode::OK, json!({ "ok": true, "success": true })))
}

fn leave(app: &App, call: &Call, revision: &str, document: Document) -> Done {
    if let (None, None, Some(keepers)) = (&document.versions, &document.file, &document.keepers) {
        let call = meaning(call, &packages::SET_KEEPERS)?;
        packages::set_keepers(app, &call, revision, keepers)?;
        return Ok((StatusCode::OK, json!({ "ok": true, "success": true })));
    }
    let Some(versions) = document.versions.filter(|versions| !versions.is_empty()) else {
        return Err(Fault::Document(
            "the document names no version that is to be left; a whole package is removed by `DELETE`"
                .to_owned(),
        ));
    };
    if document.file.is_some() {
        return Err(Fault::Document(
            "a document that removes versions brings no file".to_owned(),
        ));
    }
    let remaining = Remaining {
        versions: versions.into_keys().collect(),
        tags: document.tags,
    };
    packages::remove_versions(app, call, revision, &remaining)?;
    Ok((StatusCode::OK, json!({ "ok": true, "success": true })))
}
