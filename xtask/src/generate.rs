//! `cargo xtask generate`: the derived files that are committed, written by the program itself.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use crate::artifacts::programs;
use crate::error::Error;
use crate::process::{cargo, command, read, root};

/// A derived file and the words after `jeton` that print it.
pub(crate) struct Derived {
    pub(crate) path: &'static str,
    pub(crate) words: &'static [&'static str],
}

pub(crate) const FILES: &[Derived] = &[
    Derived {
        path: "docs/reference/configuration.md",
        words: &["internal-docs", "configuration"],
    },
    Derived {
        path: "docs/reference/commands.md",
        words: &["internal-docs", "commands"],
    },
    Derived {
        path: "docs/reference/matrix.md",
        words: &["internal-docs", "matrix"],
    },
    Derived {
        path: "docs/reference/openapi.json",
        words: &["internal-docs", "openapi"],
    },
    Derived {
        path: "docs/reference/operations.md",
        words: &["internal-docs", "operations"],
    },
    Derived {
        path: "docs/reference/reasons.md",
        words: &["internal-docs", "reasons"],
    },
];

/// `cargo xtask generate`.
pub(crate) fn write() -> Result<bool, Error> {
    let jeton = build()?;
    for file in FILES {
        let text = printed(&jeton, file)?;
        let path = root().join(file.path);
        if let Some(folder) = path.parent() {
            std::fs::create_dir_all(folder).map_err(Error::file(folder))?;
        }
        std::fs::write(&path, text).map_err(Error::file(&path))?;
        println!("{}", file.path);
    }
    Ok(true)
}

/// `cargo xtask generate --check`.
pub(crate) fn run_check() -> Result<bool, Error> {
    let stale = check(&build()?)?;
    for (path, why) in &stale {
        println!("{path}: {why}");
    }
    println!(
        "{} of {} files are up to date",
        FILES.len() - stale.len(),
        FILES.len()
    );
    Ok(stale.is_empty())
}

/// The files that are not as `jeton` would write them, with what is wrong.
pub(crate) fn check(jeton: &Path) -> Result<Vec<(&'static str, String)>, Error> {
    stale(jeton, root(), FILES)
}

fn stale(
    jeton: &Path,
    root: &Path,
    files: &[Derived],
) -> Result<Vec<(&'static str, String)>, Error> {
    let mut stale = Vec::new();
    for file in files {
        let wanted = match printed(jeton, file) {
            Ok(text) => text,
            Err(error @ Error::Program { .. }) => {
                stale.push((file.path, error.to_string()));
                continue;
            }
            Err(error) => return Err(error),
        };
        let committed = match std::fs::read_to_string(root.join(file.path)) {
            Ok(text) => text,
            Err(error) => {
                stale.push((file.path, error.to_string()));
                continue;
            }
        };
        if let Some(line) = first_difference(&committed, &wanted) {
            stale.push((
                file.path,
                format!("out of date from line {line}: run `cargo xtask generate`"),
            ));
        }
    }
    Ok(stale)
}

fn first_difference(a: &str, b: &str) -> Option<usize> {
    if a == b {
        return None;
    }
    let same = a.lines().zip(b.lines()).take_while(|(a, b)| a == b);
    Some(same.count() + 1)
}

fn printed(jeton: &Path, file: &Derived) -> Result<String, Error> {
    let text = read(command(jeton).args(file.words))?;
    if text.trim().is_empty() {
        return Err(Error::Program {
            program: format!("jeton {}", file.words.join(" ")),
            what: "printed nothing".into(),
        });
    }
    Ok(text)
}

/// The program, built with the features that the whole workspace asks for, as the tests build it.
fn build() -> Result<PathBuf, Error> {
    let text = read(
        cargo(&[
            "build",
            "--workspace",
            "--bin=jeton",
            "--message-format=json-render-diagnostics",
        ])
        .stderr(Stdio::inherit()),
    )?;
    programs(&text)?
        .into_iter()
        .find(|made| made.target == "jeton")
        .map(|made| made.program)
        .ok_or_else(|| Error::Program {
            program: "cargo build".into(),
            what: "made no program `jeton`".into(),
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `printf` stands for the program.
    const FILES: &[Derived] = &[
        Derived {
            path: "same.md",
            words: &["one\\ntwo\\n"],
        },
        Derived {
            path: "old.md",
            words: &["one\\nnew\\n"],
        },
        Derived {
            path: "absent.md",
            words: &["x"],
        },
        Derived {
            path: "same.md",
            words: &[""],
        },
    ];

    #[test]
    fn files_that_are_old_absent_or_not_printed_are_named() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["same.md", "old.md"] {
            std::fs::write(folder.path().join(name), "one\ntwo\n").unwrap();
        }
        let stale = stale(Path::new("printf"), folder.path(), FILES).unwrap();
        let paths: Vec<&str> = stale.iter().map(|(path, _)| *path).collect();
        assert_eq!(paths, ["old.md", "absent.md", "same.md"]);
        assert!(stale[0].1.contains("line 2"), "{}", stale[0].1);
        assert!(stale[2].1.contains("printed nothing"), "{}", stale[2].1);
    }
}
