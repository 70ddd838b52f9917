//! The one test build that all areas run from.

use std::path::PathBuf;
use std::process::Stdio;

use super::Area;
use crate::artifacts::{Artifact, programs};
use crate::error::Error;
use crate::graph::Graph;
use crate::process::cargo;

/// Areas that have test targets of their own: `tests/stories.rs`, `tests/stories_push.rs`, `tests/walk/main.rs`, …
const BY_TARGET: [Area; 6] = [
    Area::Property,
    Area::Conformance,
    Area::Walk,
    Area::Stories,
    Area::Browser,
    Area::Clients,
];

/// One executable of tests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct TestBinary {
    pub(super) package: String,
    pub(super) target: String,
    /// `lib`, `bin`, `test`, …
    pub(super) kind: String,
    pub(super) program: PathBuf,
    /// The package's folder, where its tests run.
    pub(super) folder: PathBuf,
}

impl TestBinary {
    /// The area by the target's name; whatever has no such name is `unit`.
    pub(super) fn area(&self) -> Area {
        BY_TARGET
            .into_iter()
            .filter(|_| self.kind == "test")
            .find(|area| {
                self.target
                    .strip_prefix(area.name())
                    .is_some_and(|rest| rest.is_empty() || rest.starts_with('_'))
            })
            .unwrap_or(Area::Unit)
    }

    /// As nextest names it.
    pub(super) fn id(&self) -> String {
        match self.kind.as_str() {
            "test" => format!("{}::{}", self.package, self.target),
            "bin" | "example" | "bench" => {
                format!("{}::{}/{}", self.package, self.kind, self.target)
            }
            _ => self.package.clone(),
        }
    }
}

#[derive(Debug, Default)]
pub(super) struct Build {
    pub(super) tests: Vec<TestBinary>,
    pub(super) jeton: Option<PathBuf>,
}

impl Build {
    /// Builds all tests of the workspace; `None` if something does not compile, which the compiler has then said.
    pub(super) fn make(graph: &Graph) -> Result<Option<Self>, Error> {
        let output = cargo(&[
            "test",
            "--workspace",
            "--no-run",
            "--message-format=json-render-diagnostics",
        ])
        .stderr(Stdio::inherit())
        .output()
        .map_err(|source| Error::Start {
            program: "cargo".into(),
            source,
        })?;
        if !output.status.success() {
            return Ok(None);
        }
        let text = String::from_utf8_lossy(&output.stdout);
        Ok(Some(Self::of(programs(&text)?, graph)))
    }

    fn of(programs: Vec<Artifact>, graph: &Graph) -> Self {
        let mut build = Self::default();
        for made in programs {
            if made.tests {
                build.tests.push(TestBinary {
                    package: graph
                        .packages
                        .get(&made.package_id)
                        .map_or(made.package_id, |package| package.name.clone()),
                    target: made.target,
                    kind: made.kind,
                    program: made.program,
                    folder: made.folder,
                });
            } else if made.kind == "bin" && made.target == "jeton" {
                build.jeton = Some(made.program);
            }
        }
        build
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::Path;

    #[test]
    fn executables_are_sorted_into_areas() {
        let line = |kind: &str, name: &str, test: bool| {
            format!(
                r#"{{"reason":"compiler-artifact","package_id":"jeton","manifest_path":"/x/jeton/Cargo.toml","target":{{"kind":["{kind}"],"name":"{name}"}},"profile":{{"test":{test}}},"executable":"/t/{name}"}}"#
            )
        };
        let text = [
            r#"{"reason":"compiler-artifact","target":{"kind":["lib"],"name":"x"},"profile":{"test":false},"executable":null}"#.to_owned(),
            line("bin", "jeton", false),
            line("bin", "jeton", true),
            line("lib", "stories", true),
            line("test", "stories_push", true),
            line("test", "walk", true),
            line("test", "walking", true),
            line("test", "browser", true),
            line("test", "conformance", true),
            line("test", "property", true),
        ]
        .join("\n");
        let build = Build::of(programs(&text).unwrap(), &Graph::of(&["jeton:"]));
        assert_eq!(build.jeton.as_deref(), Some(Path::new("/t/jeton")));
        let areas: Vec<(String, Area)> = build
            .tests
            .iter()
            .map(|test| (test.id(), test.area()))
            .collect();
        let expected = [
            ("jeton::bin/jeton", Area::Unit),
            ("jeton", Area::Unit),
            ("jeton::stories_push", Area::Stories),
            ("jeton::walk", Area::Walk),
            ("jeton::walking", Area::Unit),
            ("jeton::browser", Area::Browser),
            ("jeton::conformance", Area::Conformance),
            ("jeton::property", Area::Property),
        ];
        assert_eq!(areas, expected.map(|(id, area)| (id.to_owned(), area)));
        assert!(
            build
                .tests
                .iter()
                .all(|test| test.folder == Path::new("/x/jeton"))
        );
    }
}
