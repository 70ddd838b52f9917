//! The files of the project, as the laws and the link check read them.

use std::collections::{BTreeMap, BTreeSet};

use crate::error::Error;
use crate::process::{command, read, root};

/// Every text file of the project by its path from the root; what Git ignores is left out, what it does not know yet is in.
#[derive(Debug, Default)]
pub(crate) struct Tree {
    pub(crate) files: BTreeMap<String, String>,
}

/// A Rust file under `crates/<crate_folder>/src` or `xtask/src` that is not a test.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Source<'a> {
    pub(crate) crate_folder: &'a str,
    pub(crate) path: &'a str,
    pub(crate) text: &'a str,
}

impl Tree {
    pub(crate) fn load() -> Result<Self, Error> {
        let listed = read(command("git").args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ]))?;
        let mut files = BTreeMap::new();
        for path in listed.split('\0').filter(|path| !path.is_empty()) {
            let full = root().join(path);
            // A file that was removed and is still in the index has nothing to say, nor has a link or a binary file.
            if !full.symlink_metadata().is_ok_and(|meta| meta.is_file()) {
                continue;
            }
            let bytes = std::fs::read(&full).map_err(Error::file(&full))?;
            if let Ok(text) = String::from_utf8(bytes) {
                files.insert(path.to_owned(), text);
            }
        }
        Ok(Self { files })
    }

    /// All Rust files that ship or build what ships.
    pub(crate) fn sources(&self) -> impl Iterator<Item = Source<'_>> {
        let test_modules = self.test_modules();
        self.with_ending(".rs").filter_map(move |(path, text)| {
            let module = path.trim_end_matches(".rs");
            if test_modules
                .iter()
                .any(|tests| module.strip_prefix(tests.as_str()).is_some_and(is_below))
            {
                return None;
            }
            let mut parts = path.split('/');
            let crate_folder = match parts.next()? {
                "crates" => parts.next()?,
                "xtask" => "xtask",
                _ => return None,
            };
            let inside: Vec<&str> = parts.collect();
            let test = inside.first() != Some(&"src")
                || inside.contains(&"tests")
                || inside.last() == Some(&"tests.rs");
            (!test).then_some(Source {
                crate_folder,
                path,
                text,
            })
        })
    }

    /// Paths, without an ending, of the modules that stand in files of their own and are marked `#[cfg(test)]`.
    fn test_modules(&self) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for (path, text) in self.with_ending(".rs") {
            let Some((folder, file)) = path.rsplit_once('/') else {
                continue;
            };
            let inside = match file {
                "lib.rs" | "main.rs" | "mod.rs" => folder,
                _ => path.trim_end_matches(".rs"),
            };
            for name in modules_for_tests(text) {
                found.insert(format!("{inside}/{name}"));
            }
        }
        found
    }

    pub(crate) fn with_ending<'a>(
        &'a self,
        ending: &'a str,
    ) -> impl Iterator<Item = (&'a str, &'a str)> {
        self.files
            .iter()
            .filter(move |(path, _)| path.ends_with(ending))
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// A tree made of the given files, for tests.
    #[cfg(test)]
    pub(crate) fn of(files: &[(&str, &str)]) -> Self {
        Self {
            files: files
                .iter()
                .map(|&(path, text)| (path.to_owned(), text.to_owned()))
                .collect(),
        }
    }
}

/// What follows a module's path in the path of one of its files.
fn is_below(rest: &str) -> bool {
    rest.is_empty() || rest.starts_with('/')
}

/// Names in `#[cfg(test)] mod name;`.
fn modules_for_tests(text: &str) -> impl Iterator<Item = &str> {
    text.split("#[cfg(test)]").skip(1).filter_map(|after| {
        let item = after.split_once(';')?.0.trim();
        let name = item.rsplit_once("mod ")?.1;
        // Anything else before the `;` means that the mark belongs to an item with a body, or to no module.
        let plain = name.chars().all(|c| c.is_alphanumeric() || c == '_');
        (plain && !item.contains('{')).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tests_are_no_sources() {
        let tree = Tree::of(&[
            (
                "crates/domain/src/lib.rs",
                "mod a;\n#[cfg(test)]\nmod properties;\n#[cfg(test)]\nmod tests { fn t() {} }\nmod proper;\n",
            ),
            ("crates/domain/src/proper.rs", "#[cfg(test)]\nmod deep;\n"),
            ("crates/domain/src/properties.rs", ""),
            ("crates/domain/src/properties/more.rs", ""),
            ("crates/domain/src/proper/deep.rs", ""),
            ("crates/domain/src/tests.rs", ""),
            ("crates/domain/src/a/tests/b.rs", ""),
            ("crates/domain/tests/c.rs", ""),
            ("crates/domain/build.rs", ""),
            ("xtask/src/main.rs", ""),
            ("bench/src/main.rs", ""),
        ]);
        let paths: Vec<&str> = tree.sources().map(|source| source.path).collect();
        assert_eq!(
            paths,
            [
                "crates/domain/src/lib.rs",
                "crates/domain/src/proper.rs",
                "xtask/src/main.rs"
            ]
        );
    }

    #[test]
    fn the_real_tree_is_read_from_git() {
        let tree = Tree::load().unwrap();
        assert!(tree.files.contains_key("xtask/src/tree.rs"));
        assert!(!tree.files.keys().any(|path| path.starts_with("target/")));
    }
}
