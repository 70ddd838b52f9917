//! Dependencies between our own crates point downwards only.

use super::Violation;
use crate::graph::{Graph, Kind};

/// Where a crate stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    /// Ships; may need what stands strictly lower.
    Level(u8),
    /// Ships, as a client of the REST door: no server crate, so that there is no private way in.
    Client,
    /// Proves; needs what it likes, and only tests need it.
    Proof,
    /// The naive decider: needs nothing of ours, not even in its tests, or it would prove nothing.
    Model,
    /// Not part of the product.
    Tool,
}

/// Every crate of the workspace; one that is not here is refused.
const PLACES: &[(&str, Place)] = &[
    ("jeton-domain", Place::Level(0)),
    ("jeton-token", Place::Level(0)),
    ("jeton-decide", Place::Level(1)),
    ("jeton-store", Place::Level(2)),
    ("jeton-repo", Place::Level(2)),
    ("jeton-out", Place::Level(2)),
    ("jeton-factors", Place::Level(2)),
    ("jeton-app", Place::Level(3)),
    // Among the doors, `http` is what the others share.
    ("jeton-http", Place::Level(4)),
    ("jeton-git", Place::Level(5)),
    ("jeton-npm", Place::Level(5)),
    ("jeton-api", Place::Level(5)),
    // The pages do what the API's operations do, and show its table.
    ("jeton-web", Place::Level(6)),
    ("jeton-client", Place::Client),
    ("jeton", Place::Level(7)),
    ("jeton-model", Place::Model),
    ("jeton-agree", Place::Proof),
    ("jeton-agree-faults", Place::Proof),
    ("jeton-testkit", Place::Proof),
    ("xtask", Place::Tool),
];

/// The level of what a client may need: words and formats.
const WORDS: u8 = 0;
/// The binary, the only one that may need the client.
const BINARY: u8 = 7;

fn place(package: &str) -> Option<Place> {
    PLACES
        .iter()
        .find(|(name, _)| *name == package)
        .map(|&(_, place)| place)
}

/// Whether a package proves and does not ship.
pub(super) fn proves(package: &str) -> bool {
    matches!(place(package), Some(Place::Proof | Place::Model))
}

fn may_need(from: Place, to: Place, kind: Kind) -> bool {
    let tests = kind == Kind::Dev;
    match (from, to) {
        (_, Place::Tool) | (Place::Model | Place::Tool, _) | (Place::Client, Place::Client) => {
            false
        }
        (Place::Proof, _) => true,
        (Place::Level(_) | Place::Client, Place::Proof | Place::Model) => tests,
        (Place::Level(from), Place::Level(to)) => to < from,
        (Place::Level(from), Place::Client) => from == BINARY,
        (Place::Client, Place::Level(to)) => to == WORDS,
    }
}

pub(super) fn check(graph: &Graph) -> Vec<Violation> {
    let mut found = Vec::new();
    if graph.members.is_empty() {
        found.push(Violation::new("cargo metadata", "names no crate"));
    }
    for package in graph.ours() {
        let Some(from) = place(&package.name) else {
            found.push(Violation::new(
                &package.name,
                "has no level: add it to the table in `xtask/src/laws/levels.rs`",
            ));
            continue;
        };
        for (need, kinds) in graph.needs(package) {
            if need.source.is_some() {
                continue;
            }
            // A crate without a level is reported by itself.
            let Some(to) = place(&need.name) else {
                continue;
            };
            for &kind in kinds {
                if !may_need(from, to, kind) {
                    let how = match kind {
                        Kind::Normal => "",
                        Kind::Build => " to be built",
                        Kind::Dev => " in its tests",
                    };
                    found.push(Violation::new(
                        &package.name,
                        format!("may not need `{}`{how}", need.name),
                    ));
                }
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn refused(line: &str) -> bool {
        !check(&Graph::of(&[line])).is_empty()
    }

    #[test]
    fn downwards_is_allowed() {
        for line in [
            "jeton-decide: jeton-domain, jeton-token, +serde, dev jeton-model, dev jeton-testkit",
            "jeton-store: jeton-domain, jeton-decide, build +cc",
            "jeton-api: jeton-http, jeton-app, jeton-decide",
            "jeton-client: jeton-domain, jeton-token, dev jeton-testkit",
            "jeton: jeton-client, jeton-api, jeton-store",
            "jeton-testkit: jeton-app, jeton-model, jeton",
        ] {
            assert!(!refused(line), "{line}");
        }
    }

    #[test]
    fn everything_else_is_refused() {
        for line in [
            "jeton-domain: jeton-token",
            "jeton-token: dev jeton-domain",
            "jeton-domain: jeton-decide",
            "jeton-domain: build jeton-store",
            "jeton-store: jeton-repo",
            "jeton-app: jeton-http",
            "jeton-app: jeton-client",
            "jeton-api: jeton-git",
            "jeton-git: jeton",
            "jeton-app: jeton-testkit",
            "jeton-decide: jeton-model",
            "jeton-store: dev jeton-app",
            "jeton-model: jeton-domain",
            "jeton-model: dev jeton-decide",
            "jeton-client: jeton-app",
            "jeton-client: jeton-decide",
            "jeton: xtask",
            "xtask: jeton-domain",
            "jeton-unheard-of: +serde",
        ] {
            assert!(refused(line), "{line}");
        }
    }
}
