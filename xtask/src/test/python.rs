//! What the tests need from `PyPI`: clients and what fuzzes them, in an environment of its own below `target/xtask`, where tests
//! look for it.
//!
//! `xtask/python/requirements.txt` names exact versions of all of it, and what each package hashes to on Linux with x86-64 and
//! Python 3.11, 3.12 and 3.13. To change it: edit the versions, and write the hashes that `pip install --dry-run --report` tells.

use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::time::Duration;

use super::install::{Missing, can_install, three_tries};
use crate::error::Error;
use crate::process::{command, root, run_logged};

/// What is installed, in messages.
pub(super) const NAME: &str = "GitHub's clients from PyPI";
/// Stands in the environment, as the list that it was installed from.
const STAMP: &str = "installed-from.txt";
const LIMIT: Duration = Duration::from_mins(5);
const PAUSE: Duration = Duration::from_secs(5);

/// Installs what the list names, unless that stands there already.
pub(super) fn ensure(folder: &Path) -> Result<Option<Missing>, Error> {
    let list = root().join("xtask/python/requirements.txt");
    let wanted = std::fs::read(&list).map_err(Error::file(&list))?;
    let environment = folder.join("python");
    let stamp = environment.join(STAMP);
    if std::fs::read(&stamp).is_ok_and(|installed| installed == wanted) {
        return Ok(None);
    }
    println!("installing {NAME}");
    std::fs::create_dir_all(folder).map_err(Error::file(folder))?;
    let mut once = || {
        let mut make = command("/usr/bin/python3");
        make.args(["-m", "venv", "--clear"]).arg(&environment);
        let mut pip = command(environment.join("bin/pip"));
        // What is no program yet is not built here: nothing but what the list names runs.
        pip.args([
            "install",
            "--quiet",
            "--no-deps",
            "--only-binary=:all:",
            "--require-hashes",
            "-r",
        ])
        .arg(&list);
        [make, pip].into_iter().enumerate().all(|(at, mut step)| {
            let log = folder.join(format!("python-{at}.log"));
            run_logged(&mut step, &log, LIMIT).is_ok_and(|ran| ran.status.success())
        })
    };
    if !three_tries(PAUSE, &mut once) || !mark_programs(&environment)? {
        return Ok(Some(Missing::new(NAME, can_install())));
    }
    std::fs::write(&stamp, wanted).map_err(Error::file(&stamp))?;
    Ok(None)
}

/// Git Credential Manager's package has its program without the mark of one.
fn mark_programs(environment: &Path) -> Result<bool, Error> {
    let lib = environment.join("lib");
    let versions = std::fs::read_dir(&lib).map_err(Error::file(&lib))?;
    for version in versions.filter_map(Result::ok) {
        let program = version
            .path()
            .join("site-packages/git_credential_manager/git-credential-manager");
        if program.exists() {
            let marked = std::fs::Permissions::from_mode(0o755);
            std::fs::set_permissions(&program, marked).map_err(Error::file(&program))?;
            return Ok(true);
        }
    }
    Ok(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_version_is_named_with_its_hashes_and_no_host() {
        let list = std::fs::read_to_string(root().join("xtask/python/requirements.txt")).unwrap();
        for line in list.lines() {
            let mut words = line.split(' ');
            let (name, version) = words
                .next()
                .and_then(|exact| exact.split_once("=="))
                .unwrap_or_default();
            assert!(
                !name.is_empty() && version.starts_with(|first: char| first.is_ascii_digit()),
                "{line}"
            );
            let hashes: Vec<&str> = words
                .map(|word| word.strip_prefix("--hash=sha256:").unwrap_or(""))
                .collect();
            let whole = |hash: &&str| {
                hash.len() == 64 && hash.bytes().all(|digit| digit.is_ascii_hexdigit())
            };
            assert!(!hashes.is_empty() && hashes.iter().all(whole), "{line}");
            assert!(!line.contains('/'), "{line}");
        }
        assert!(list.contains("PyGithub=="));
    }

    #[test]
    fn what_stands_there_already_is_not_installed_again() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("python")).unwrap();
        let list = root().join("xtask/python/requirements.txt");
        std::fs::copy(list, folder.path().join("python").join(STAMP)).unwrap();
        assert_eq!(ensure(folder.path()).unwrap(), None);
        assert!(!folder.path().join("python/bin").exists());
    }
}
