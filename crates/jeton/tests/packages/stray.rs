//! A file that was kept and whose version was not: the commit failed at the very last.

use std::path::{Path, PathBuf};

use jeton_app::Retention;
use jeton_domain::Span;
use serde_json::json;

use crate::support::Site;
use crate::support::packages::path;

const NAME: &str = "@ann/pad";

/// Every file below a folder.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        if entry.file_type().unwrap().is_dir() {
            found.extend(files(&entry.path()));
        } else {
            found.push(entry.path());
        }
    }
    found
}

fn sweep(site: &Site) {
    let year = Span::from_days(365);
    let retention = Retention {
        organization: year,
        user: year,
    };
    site.app().forget(retention).unwrap();
}

#[test]
fn a_file_whose_commit_failed_is_swept_and_the_others_stay() {
    let mut site = Site::start();
    let ann = site.person("ann", false);
    let wish =
        json!({ "name": "t", "repositories": "all", "permissions": { "packages": "admin" } });
    let token = site.token(&ann, &wish).value;
    assert_eq!(site.publish(&token, NAME, "1.0.0").status, 201);
    let packages = site.folder().join("data/packages");
    let first = files(&packages);
    assert_eq!(first.len(), 1);
    // A reference that is looked at when the unit commits, and leads nowhere.
    let change = |site: &Site, statements: &[&'static str]| {
        let store = site.store();
        let run = |unit: &mut jeton_store::WriteUnit<'_>| {
            for sql in statements {
                unit.execute(*sql, &[])?;
            }
            Ok::<_, jeton_store::StoreError>(())
        };
        store.write(run).unwrap();
    };
    site.stop();
    change(
        &site,
        &[
            "CREATE TABLE trap (id INTEGER REFERENCES accounts (id) DEFERRABLE INITIALLY DEFERRED)",
            "CREATE TRIGGER spring AFTER INSERT ON package_versions BEGIN INSERT INTO trap VALUES (999999); END",
        ],
    );
    site.restart();
    assert_eq!(site.publish(&token, NAME, "1.1.0").status, 500);
    let second = site.publish(&token, "@ann/other", "1.0.0");
    assert_eq!(second.status, 500, "{}", second.text());
    assert_eq!(files(&packages).len(), 3, "both files were kept");
    site.stop();
    change(&site, &["DROP TRIGGER spring", "DROP TABLE trap"]);
    site.restart();
    sweep(&site);
    assert_eq!(files(&packages), first);
    // What was swept is published like anything else.
    assert_eq!(site.publish(&token, NAME, "1.1.0").status, 201);
    sweep(&site);
    let shown = site.npm("GET", &path(NAME), Some(&token), "").json();
    assert_eq!(shown["versions"].as_object().unwrap().len(), 2);
    for version in ["1.0.0", "1.1.0"] {
        let at = format!("/npm/{NAME}/-/pad-{version}.tgz");
        assert_eq!(site.npm("GET", &at, Some(&token), "").status, 200);
    }
    // The last version's file goes with it, and a sweep finds nothing more.
    let rev = site.npm("GET", &path(NAME), Some(&token), "").json()["_rev"].clone();
    let at = format!("{}/-rev/{}", path(NAME), rev.as_str().unwrap());
    assert_eq!(site.npm("DELETE", &at, Some(&token), "").status, 200);
    assert_eq!(files(&packages), Vec::<PathBuf>::new());
    sweep(&site);
}
