//! Packages as clients make them, and as nobody should.

use std::io::Write as _;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use flate2::Compression;
use flate2::write::GzEncoder;
use jeton_http::Route;
use serde_json::{Value, json};
use sha2::{Digest as _, Sha512};

use super::Site;
use super::http::{Answer, send};

/// A gzipped tar of these files.
pub fn packed(files: &[(&str, &[u8])]) -> Vec<u8> {
    let mut tar = tar::Builder::new(Vec::new());
    for (path, bytes) in files {
        append(&mut tar, path, bytes);
    }
    zipped(&tar.into_inner().unwrap())
}

/// With a path that the library itself would refuse.
pub fn append(tar: &mut tar::Builder<Vec<u8>>, path: &str, bytes: &[u8]) {
    let mut header = tar::Header::new_ustar();
    header.as_ustar_mut().unwrap().name[..path.len()].copy_from_slice(path.as_bytes());
    header.set_size(bytes.len() as u64);
    header.set_mode(0o644);
    header.set_entry_type(tar::EntryType::Regular);
    header.set_cksum();
    tar.append(&header, bytes).unwrap();
}

pub fn zipped(bytes: &[u8]) -> Vec<u8> {
    let mut zip = GzEncoder::new(Vec::new(), Compression::best());
    zip.write_all(bytes).unwrap();
    zip.finish().unwrap()
}

/// The file of an ordinary package.
pub fn file(name: &str, version: &str) -> Vec<u8> {
    let manifest = json!({ "name": name, "version": version }).to_string();
    packed(&[
        ("package/package.json", manifest.as_bytes()),
        ("package/index.js", b"module.exports = 1\n"),
    ])
}

pub fn integrity(file: &[u8]) -> String {
    format!("sha512-{}", BASE64_STANDARD.encode(Sha512::digest(file)))
}

/// What npm puts.
pub fn document(name: &str, version: &str, file: &[u8]) -> Value {
    let attachment = format!("{name}-{version}.tgz");
    json!({
        "_id": name,
        "name": name,
        "description": "pads",
        "dist-tags": { "latest": version },
        "versions": { version: {
            "name": name,
            "version": version,
            "description": "pads",
            "dependencies": { "other": "^1.0.0" },
            "scripts": { "postinstall": "true" },
            "readme": "# Pads",
            "gitHead": "0d932cc7fff2b34df43440e870f68af33d364b3e",
            "_npmVersion": "11.19.1",
            "dist": {
                "integrity": integrity(file),
                "fileCount": 2,
                "signatures": [{ "keyid": "k", "sig": "s" }],
                "tarball": "http://elsewhere.example/x.tgz",
            },
        } },
        "access": null,
        "_attachments": { attachment: {
            "content_type": "application/octet-stream",
            "data": BASE64_STANDARD.encode(file),
            "length": file.len(),
        } },
    })
}

/// `@ann/pad` as it is sent in a path.
pub fn path(name: &str) -> String {
    format!("/npm/{}", name.replace('/', "%2f"))
}

/// What stands for a parameter of the registry's routes, about the package of a repository; nothing for any other.
pub fn named(route: &Route, part: &str, repository: &str) -> Option<String> {
    Some(match part {
        "{scope}" => "@acme".to_owned(),
        "{name}" if route.path.contains("attestations") => format!("{repository}@1.0.0"),
        "{name}" | "{package_name}" | "{package}" => repository.to_owned(),
        "{version}" => "1.0.0".to_owned(),
        "{file}" => format!("{repository}-1.0.0.tgz"),
        "{rev}" | "{package_version_id}" => "1".to_owned(),
        "{package_type}" => "npm".to_owned(),
        "{token}" | "{code}" => "0".repeat(40),
        "{tag}" => "next".to_owned(),
        "{team}" => "core".to_owned(),
        "{user}" if route.path == "/-/user/{user}" => "org.couchdb.user:mia".to_owned(),
        "{user}" => "mia".to_owned(),
        _ => return None,
    })
}

impl Site {
    /// Asks the registry.
    pub fn npm(&self, method: &str, path: &str, token: Option<&str>, body: &str) -> Answer {
        let bearer = token.map(|token| format!("Bearer {token}"));
        let mut headers = vec![("content-type", "application/json")];
        if let Some(bearer) = &bearer {
            headers.push(("authorization", bearer));
        }
        send(self.address(), method, path, &headers, body.as_bytes())
    }

    /// Publishes an ordinary package.
    pub fn publish(&self, token: &str, name: &str, version: &str) -> Answer {
        let document = document(name, version, &file(name, version));
        self.npm("PUT", &path(name), Some(token), &document.to_string())
    }

    /// The package `@acme/labs` of the repository `acme/labs`, with signatures and the tag `next`.
    pub fn package_of(&self, repository: &str, token: &str) {
        let name = format!("@{repository}");
        let mut put = document(&name, "1.0.0", &file(&name, "1.0.0"));
        let url = format!("git+{}/{repository}.git", self.url());
        put["versions"]["1.0.0"]["repository"] = json!({ "type": "git", "url": url });
        put["dist-tags"]["next"] = json!("1.0.0");
        put["_attachments"][format!("{name}-1.0.0.sigstore")] = json!({ "data": "{}" });
        let made = self.npm("PUT", &path(&name), Some(token), &put.to_string());
        assert_eq!(made.status, 201, "{}", made.text());
    }
}
