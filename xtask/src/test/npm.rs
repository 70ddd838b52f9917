//! What the tests need from the npm registry, in the folder `target/xtask`, where tests look for it.
//!
//! `xtask/npm/package-lock.json` names exact versions and what they must hash to. To change it: edit `package.json`, then
//! `npm install --package-lock-only --omit-lockfile-registry-resolved` in that folder.

use std::path::Path;
use std::time::Duration;

use super::install::{Missing, can_install, three_tries};
use crate::error::Error;
use crate::process::{command, find, root, run_logged};

const FILES: [&str; 2] = ["package.json", "package-lock.json"];
/// Stands beside what was installed, as the lock that it was installed from.
const STAMP: &str = "node_modules/.installed-from.json";
/// What is installed, in messages.
pub(super) const NAME: &str = "axe-core, octokit and oidc-provider";
const LIMIT: Duration = Duration::from_mins(5);
const PAUSE: Duration = Duration::from_secs(5);

/// Installs what the lock names, unless that stands there already.
pub(super) fn ensure(folder: &Path) -> Result<Option<Missing>, Error> {
    let from = root().join("xtask/npm");
    let read = |path: &Path| std::fs::read(path).map_err(Error::file(path));
    let lock = read(&from.join("package-lock.json"))?;
    let stamp = folder.join(STAMP);
    if std::fs::read(&stamp).is_ok_and(|installed| installed == lock) {
        return Ok(None);
    }
    let absent = || Missing::new(NAME, can_install());
    if find("npm").is_none() {
        return Ok(Some(absent()));
    }
    println!("installing {NAME}");
    std::fs::create_dir_all(folder).map_err(Error::file(folder))?;
    for file in FILES {
        let path = folder.join(file);
        std::fs::write(&path, read(&from.join(file))?).map_err(Error::file(&path))?;
    }
    let mut ci = || {
        let mut npm = command("npm");
        npm.current_dir(folder)
            .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]);
        run_logged(&mut npm, &folder.join("npm.log"), LIMIT).is_ok_and(|ran| ran.status.success())
    };
    if !three_tries(PAUSE, &mut ci) {
        return Ok(Some(absent()));
    }
    std::fs::write(&stamp, lock).map_err(Error::file(&stamp))?;
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lock_names_what_the_package_asks_for_and_no_host() {
        let folder = root().join("xtask/npm");
        let read = |name: &str| -> serde_json::Value {
            serde_json::from_slice(&std::fs::read(folder.join(name)).unwrap()).unwrap()
        };
        let [package, lock] = FILES.map(read);
        assert_eq!(
            package["dependencies"],
            lock["packages"][""]["dependencies"]
        );
        for (name, entry) in lock["packages"].as_object().unwrap() {
            assert!(
                name.is_empty() || entry["integrity"].is_string(),
                "{name} is not pinned by what it hashes to"
            );
            assert_eq!(entry["resolved"], serde_json::Value::Null, "{name}");
        }
    }

    #[test]
    fn what_stands_there_already_is_not_installed_again() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("node_modules")).unwrap();
        let lock = root().join("xtask/npm/package-lock.json");
        std::fs::copy(lock, folder.path().join(STAMP)).unwrap();
        assert_eq!(ensure(folder.path()).unwrap(), None);
        assert!(!folder.path().join("package.json").exists());
    }
}
