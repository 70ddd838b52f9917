//! What `cargo metadata` says about the packages and who needs whom.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use serde_json::Value;

use crate::artifacts::{list, text};
use crate::error::Error;
use crate::process::{cargo, command, read};

/// How one package needs another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    Normal,
    Build,
    Dev,
}

/// One package, ours or foreign.
#[derive(Debug, Clone, Default)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) version: String,
    pub(crate) licence: Option<String>,
    /// Where it comes from; `None` for a package in this workspace.
    pub(crate) source: Option<String>,
    /// Ids of what it needs, with the ways in which it needs it.
    pub(crate) needs: BTreeMap<String, BTreeSet<Kind>>,
}

/// The packages of one build of the whole workspace on this machine.
#[derive(Debug, Default)]
pub(crate) struct Graph {
    /// By package id.
    pub(crate) packages: BTreeMap<String, Package>,
    /// Ids of the workspace's own packages.
    pub(crate) members: BTreeSet<String>,
    pub(crate) target: PathBuf,
}

impl Graph {
    pub(crate) fn load() -> Result<Self, Error> {
        // Only this machine's platform: otherwise cargo would fetch packages that nobody here builds.
        let versions = read(command("rustc").arg("-vV"))?;
        let host = versions
            .lines()
            .find_map(|line| line.strip_prefix("host: "))
            .unwrap_or_default();
        let json = read(&mut cargo(&[
            "metadata",
            "--format-version=1",
            "--filter-platform",
            host,
        ]))?;
        Self::parse(&json).map_err(|source| Error::Json {
            program: "cargo metadata".into(),
            source,
        })
    }

    fn parse(json: &str) -> Result<Self, serde_json::Error> {
        let value: Value = serde_json::from_str(json)?;
        let mut graph = Self {
            members: list(&value, "/workspace_members")
                .filter_map(Value::as_str)
                .map(str::to_owned)
                .collect(),
            target: PathBuf::from(text(&value, "/target_directory")),
            ..Self::default()
        };
        for package in list(&value, "/packages") {
            graph.packages.insert(
                text(package, "/id").to_owned(),
                Package {
                    name: text(package, "/name").to_owned(),
                    version: text(package, "/version").to_owned(),
                    licence: named(package, "/license"),
                    source: named(package, "/source"),
                    needs: BTreeMap::new(),
                },
            );
        }
        for node in list(&value, "/resolve/nodes") {
            let Some(package) = graph.packages.get_mut(text(node, "/id")) else {
                continue;
            };
            for need in list(node, "/deps") {
                let kinds = list(need, "/dep_kinds").map(|kind| match text(kind, "/kind") {
                    "dev" => Kind::Dev,
                    "build" => Kind::Build,
                    _ => Kind::Normal,
                });
                package
                    .needs
                    .entry(text(need, "/pkg").to_owned())
                    .or_default()
                    .extend(kinds);
            }
        }
        Ok(graph)
    }

    /// The workspace's own packages.
    pub(crate) fn ours(&self) -> impl Iterator<Item = &Package> {
        self.members.iter().filter_map(|id| self.packages.get(id))
    }

    /// What a package needs directly, with the ways in which it needs it.
    pub(crate) fn needs<'a>(
        &'a self,
        package: &'a Package,
    ) -> impl Iterator<Item = (&'a Package, &'a BTreeSet<Kind>)> {
        package
            .needs
            .iter()
            .filter_map(|(id, kinds)| Some((self.packages.get(id)?, kinds)))
    }

    /// The shortest way from a package to another by normal needs, as names joined by arrows.
    pub(crate) fn way(&self, from: &Package, to: &str) -> Option<String> {
        let mut seen = BTreeSet::new();
        let mut front = vec![(from, from.name.clone())];
        while !front.is_empty() {
            let mut further = Vec::new();
            for (package, way) in front {
                for (need, kinds) in self.needs(package) {
                    if !kinds.contains(&Kind::Normal)
                        || !seen.insert((need.name.as_str(), need.version.as_str()))
                    {
                        continue;
                    }
                    let way = format!("{way} → {}", need.name);
                    if need.name == to {
                        return Some(way);
                    }
                    further.push((need, way));
                }
            }
            front = further;
        }
        None
    }

    /// A graph for tests: `a: b, dev c` means that `a` needs `b`, and `c` in its tests; names with a `+` before are foreign.
    #[cfg(test)]
    pub(crate) fn of(lines: &[&str]) -> Self {
        let mut graph = Self::default();
        let add = |graph: &mut Self, name: &str| {
            let foreign = name.starts_with('+');
            let name = name.trim_start_matches('+');
            let package = graph.packages.entry(name.to_owned()).or_default();
            package.name = name.to_owned();
            if foreign {
                package.source = Some(crate::laws::REGISTRY.to_owned());
                package.licence.get_or_insert_with(|| "MIT".to_owned());
            } else {
                graph.members.insert(name.to_owned());
            }
            name.to_owned()
        };
        for line in lines {
            let (name, needs) = line.split_once(':').unwrap();
            let name = add(&mut graph, name.trim());
            for need in needs.split(',').map(str::trim).filter(|n| !n.is_empty()) {
                let (kind, need) = match need.split_once(' ') {
                    Some(("dev", need)) => (Kind::Dev, need),
                    Some(("build", need)) => (Kind::Build, need),
                    _ => (Kind::Normal, need),
                };
                let need = add(&mut graph, need);
                let package = graph.packages.get_mut(&name).unwrap();
                package.needs.entry(need).or_default().insert(kind);
            }
        }
        graph
    }
}

/// A text that may be absent.
fn named(value: &Value, place: &str) -> Option<String> {
    Some(text(value, place))
        .filter(|text| !text.is_empty())
        .map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_real_workspace_is_read() {
        let graph = Graph::load().unwrap();
        let xtask = graph.ours().find(|p| p.name == "xtask").unwrap();
        let (_, kinds) = graph
            .needs(xtask)
            .find(|(need, _)| need.name == "tempfile")
            .unwrap();
        assert_eq!(kinds.iter().collect::<Vec<_>>(), [&Kind::Dev]);
        assert!(graph.way(xtask, "itoa").unwrap().starts_with("xtask → "));
        assert!(graph.target.is_absolute());
    }

    #[test]
    fn a_way_goes_by_normal_needs_only() {
        let graph = Graph::of(&["a: b, dev c", "b: +d", "c: +e"]);
        let a = graph.packages.get("a").unwrap();
        assert_eq!(graph.way(a, "d").as_deref(), Some("a → b → d"));
        assert_eq!(graph.way(a, "e"), None);
    }
}
