//! The documents that installers ask for, written from what was published.

use std::collections::BTreeMap;

use jeton_domain::hex;
use jeton_store::package_versions::VersionRow;
use jeton_store::packages::PackageRow;
use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use super::kept::Written;

/// How much of a package is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Form {
    /// All that its publishers said.
    Full,
    /// What it takes to install it: npm's `application/vnd.npm.install-v1+json`.
    Abbreviated,
}

/// What stands in an abbreviated version, where the publisher said it.
const INSTALLING: &[&str] = &[
    "name",
    "version",
    "dependencies",
    "devDependencies",
    "optionalDependencies",
    "bundleDependencies",
    "bundledDependencies",
    "peerDependencies",
    "peerDependenciesMeta",
    "acceptDependencies",
    "bin",
    "directories",
    "engines",
    "os",
    "cpu",
    "libc",
    "funding",
    "_hasShrinkwrap",
    "hasShrinkwrap",
];

/// Scripts that are run when a package is installed.
const INSTALL_SCRIPTS: &[&str] = &["preinstall", "install", "postinstall"];

/// What the newest version says of the whole package.
const OF_LATEST: &[&str] = &[
    "description",
    "keywords",
    "homepage",
    "bugs",
    "license",
    "author",
    "contributors",
    "repository",
];

/// The path below the registry at which a file is: `/@ann/left-pad/-/left-pad-1.0.0.tgz`.
pub(super) fn file_path(row: &PackageRow, version: &str) -> String {
    format!("/{}/-/{}-{version}.tgz", row.full_name(), row.name)
}

/// One version as it is shown: the publisher's document, with what this server knows of the file.
pub(super) fn version(
    registry: &str,
    row: &PackageRow,
    version: &VersionRow,
) -> Map<String, Value> {
    let mut shown: Map<String, Value> = serde_json::from_str(&version.manifest).unwrap_or_default();
    let mut dist = match shown.remove("dist") {
        Some(Value::Object(dist)) => dist,
        _ => Map::new(),
    };
    let path = file_path(row, &version.version);
    dist.insert("tarball".to_owned(), json!(format!("{registry}{path}")));
    dist.insert("integrity".to_owned(), json!(version.integrity));
    dist.insert("shasum".to_owned(), json!(version.shasum));
    if version.attested {
        let name = row.full_name().replace('/', "%2f");
        let url = format!(
            "{registry}/-/npm/v1/attestations/{name}@{}",
            version.version
        );
        let predicate = dist
            .get("attestations")
            .and_then(|told| told.get("provenance"))
            .cloned()
            .unwrap_or_else(|| json!({ "predicateType": "https://slsa.dev/provenance/v1" }));
        dist.insert(
            "attestations".to_owned(),
            json!({ "url": url, "provenance": predicate }),
        );
    }
    shown.insert("dist".to_owned(), Value::Object(dist));
    shown.insert(
        "_id".to_owned(),
        json!(format!("{}@{}", row.full_name(), version.version)),
    );
    // Who published it is what this server knows, whatever the document says.
    shown.insert("_npmUser".to_owned(), json!({ "name": version.publisher }));
    shown.insert("name".to_owned(), json!(row.full_name()));
    shown.insert("version".to_owned(), json!(version.version));
    match &version.deprecated {
        Some(why) => shown.insert("deprecated".to_owned(), json!(why)),
        None => shown.remove("deprecated"),
    };
    shown
}

fn abbreviated(shown: &Map<String, Value>) -> Map<String, Value> {
    let mut short = Map::new();
    for field in INSTALLING.iter().chain(&["dist", "deprecated"]) {
        if let Some(value) = shown.get(*field) {
            short.insert((*field).to_owned(), value.clone());
        }
    }
    let scripts = shown.get("scripts").and_then(Value::as_object);
    let runs = |name: &&str| scripts.is_some_and(|scripts| scripts.contains_key(*name));
    if INSTALL_SCRIPTS.iter().any(runs) {
        short.insert("hasInstallScript".to_owned(), json!(true));
    }
    short
}

/// A package with all of its versions.
///
/// `keepers`: names and addresses of those who keep it, where the reader may know them.
pub(super) fn write(
    form: Form,
    registry: &str,
    row: &PackageRow,
    versions: &[VersionRow],
    tags: &BTreeMap<String, String>,
    keepers: &[(String, String)],
) -> Written {
    let shown: Vec<(&VersionRow, Map<String, Value>)> = versions
        .iter()
        .map(|each| (each, version(registry, row, each)))
        .collect();
    let document = match form {
        Form::Abbreviated => {
            let versions: Map<String, Value> = shown
                .iter()
                .map(|(each, shown)| (each.version.clone(), Value::Object(abbreviated(shown))))
                .collect();
            json!({
                "name": row.full_name(),
                "dist-tags": tags,
                "versions": versions,
                "modified": row.updated_at.to_string(),
            })
        }
        Form::Full => full(row, &shown, tags, keepers),
    };
    let bytes = document.to_string();
    let tag = hex(&Sha256::digest(bytes.as_bytes()));
    let tag = format!("\"{}\"", tag.get(..32).unwrap_or(&tag));
    Written {
        bytes: bytes.into(),
        tag,
    }
}

fn full(
    row: &PackageRow,
    shown: &[(&VersionRow, Map<String, Value>)],
    tags: &BTreeMap<String, String>,
    keepers: &[(String, String)],
) -> Value {
    let latest = tags.get("latest");
    let newest = shown
        .iter()
        .find(|(each, _)| Some(&each.version) == latest)
        .or(shown.last());
    let mut time = Map::new();
    time.insert("created".to_owned(), json!(row.created_at.to_string()));
    time.insert("modified".to_owned(), json!(row.updated_at.to_string()));
    let mut versions = Map::new();
    for (each, shown) in shown {
        time.insert(each.version.clone(), json!(each.published_at.to_string()));
        versions.insert(each.version.clone(), Value::Object(shown.clone()));
    }
    let mut document = json!({
        "_id": row.full_name(),
        "_rev": revision(row),
        "name": row.full_name(),
        "dist-tags": tags,
        "versions": versions,
        "time": time,
        "readme": row.readme,
    });
    if let (Value::Object(fields), [_, ..]) = (&mut document, keepers) {
        let each = keepers.iter();
        let people: Vec<Value> = each
            .map(|(name, email)| json!({ "name": name, "email": email }))
            .collect();
        fields.insert("maintainers".to_owned(), json!(people));
    }
    if let (Value::Object(fields), Some((_, newest))) = (&mut document, newest) {
        for field in OF_LATEST {
            if let Some(value) = newest.get(*field) {
                fields.insert((*field).to_owned(), value.clone());
            }
        }
    }
    document
}

/// What clients send back with a change, so that it changes what they saw: `7-0000000000000003`.
pub(super) fn revision(row: &PackageRow) -> String {
    format!("{}-{:016x}", row.revision, row.id.get())
}
