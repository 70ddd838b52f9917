//! A repository with a history that is the same in every run: what paths may name in it.

use std::path::PathBuf;

use jeton_http::Route;

use super::Site;
use super::git::Machine;

/// The one commit, on `main`.
pub const COMMIT: &str = "0d932cc7fff2b34df43440e870f68af33d364b3e";
/// Its tree.
pub const TREE: &str = "e7160b683d05ebfafc9e8aeeacbc9c353aaf9e0d";
/// Its `README.md`.
pub const BLOB: &str = "21b499c04368cecad237013179406a5a1881c623";
/// The tag `v1`, which has words of its own.
pub const TAG: &str = "535527cc415794d0c8d758afc9feac0f8bf6a936";

/// A working copy of that history.
pub fn begun(machine: &mut Machine) -> PathBuf {
    for name in ["GIT_AUTHOR_DATE", "GIT_COMMITTER_DATE"] {
        machine.set(name, "1795248000 +0000");
    }
    let folder = machine.path("begun");
    std::fs::create_dir_all(folder.join("docs")).unwrap();
    std::fs::write(folder.join("README.md"), "# Labs\n").unwrap();
    std::fs::write(folder.join("docs/README.md"), "How to begin\n").unwrap();
    let git = |arguments: &[&str]| machine.git_in(&folder, arguments).succeeded().out;
    git(&["init", "-q", "-b", "main"]);
    git(&["add", "."]);
    git(&["commit", "-q", "-m", "Begin"]);
    git(&["tag", "-a", "v1", "-m", "The first"]);
    let ids = git(&["rev-parse", "main", "main^{tree}", "main:README.md", "v1"]);
    assert_eq!(ids.lines().collect::<Vec<_>>(), [COMMIT, TREE, BLOB, TAG]);
    folder
}

impl Site {
    /// Pushes that history to a repository (`acme/labs`), and publishes a package of it, with somebody's value.
    pub fn fill(&self, repository: &str, value: &str) {
        let mut machine = Machine::new();
        let folder = begun(&mut machine);
        let url = format!("http://x:{value}@{}/{repository}.git", self.address());
        machine
            .git_in(&folder, &["push", "-q", &url, "main", "v1"])
            .succeeded();
        self.package_of(repository, value);
    }
}

/// What stands for a parameter of a route about what a repository holds; nothing for any other.
pub fn named(route: &Route, part: &str) -> Option<&'static str> {
    let reference = route.path.contains("/git/");
    Some(match part {
        "{*path}" => "README.md",
        "{*dir}" => "docs",
        "{*ref}" if reference => "heads/main",
        "{*branch}" | "{*ref}" => "main",
        "{*basehead}" => "v1...main",
        "{*archive}" => "main.zip",
        "{*file}" => "main/README.md",
        "{commit_sha}" => COMMIT,
        "{*tree_sha}" => TREE,
        "{file_sha}" => BLOB,
        "{tag_sha}" => TAG,
        _ => return None,
    })
}
